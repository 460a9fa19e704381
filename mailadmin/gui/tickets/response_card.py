"""An auto-response of a ticket that waits in the outbox, as a discreet line between the mails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mailadmin.domain.outside_text import shown, shown_lines
from mailadmin.domain.responses import OutboxMessage, OutboxState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.mail_view.header_card import TextLine
from mailadmin.gui.sentences import configured, times
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, readable_label

translate = QCoreApplication.translate
_BEGINNING: Final = 4_000
"""Characters of a text that are shown; the outbox has the rest."""


class ResponseCard(QFrame):
    """Says to whom an answer goes and how it stands; unfolds what it says."""

    outbox_wanted = Signal()
    """Show the outbox."""

    def __init__(self, message: OutboxMessage, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.line = TextLine(self.tr("Answer"), self)
        self.line.set_whole(line_of(message))
        self.fold = Fold("", self)
        self.fold.setAccessibleName(line_of(message))
        self.fold.setToolTip(self.tr("Show or hide what it says"))
        self._body: QWidget | None = None
        head = QHBoxLayout()
        head.addWidget(self.fold)
        head.addWidget(IconLabel(icon("message-reply-text-outline", Tone.QUIET), self))
        head.addWidget(self.line, 1)
        self._column = QVBoxLayout(self)
        margin = self.fontMetrics().averageCharWidth()
        self._column.setContentsMargins(margin // 2, 0, margin, 0)
        self._column.setSpacing(margin // 2)
        self._column.addLayout(head)
        self.fold.folded.connect(self._show_body)

    def _show_body(self) -> None:
        if self._body is None:
            self._body = self._new_body()
            self._column.addWidget(self._body)
        self._body.setVisible(self.fold.unfolded)

    def _new_body(self) -> QWidget:
        draft = self.message.draft
        body = QFrame(self)
        body.setFrameShape(QFrame.Shape.StyledPanel)
        body.setBackgroundRole(QPalette.ColorRole.Base)
        body.setAutoFillBackground(True)
        lead = QPushButton(self.tr("Show in the outbox"), body)
        lead.clicked.connect(self.outbox_wanted)
        column = QVBoxLayout(body)
        column.addWidget(embolden(readable_label(shown(draft.subject), body)))
        column.addWidget(readable_label(shown_lines(draft.body[:_BEGINNING]), body))
        column.addWidget(lead, 0, Qt.AlignmentFlag.AlignLeading)
        return body


def line_of(message: OutboxMessage) -> str:
    """``Auto reply to ann@example.net: draft, expires in 3 h``."""
    now = datetime.now(UTC)
    state = configured.outbox_state_of(message, now)
    facts = {
        "type": configured.response_type(message.draft.type),
        "to": shown(", ".join((*message.draft.to, *message.draft.cc))),
        "state": configured.outbox_state(state),
        "when": times.relative(message.expires, now, short=True),
    }
    if state == OutboxState.DRAFT:
        text = translate("ResponseCard", "{type} to {to}: {state}, expires {when}")
    else:
        text = translate("ResponseCard", "{type} to {to}: {state}")
    said = text.format_map(facts)
    return said[:1].upper() + said[1:]
