"""What stands in the dialog: a card for every copy, or where a mail may be that was never seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mailadmin.domain.communication import Priority
from mailadmin.domain.messages import INBOX_STATES, InboxState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.mail_view import why
from mailadmin.gui.mail_view.story_panel import StoryPanel
from mailadmin.gui.widgets.columns import account_icon, message_icon
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.icon_label import IconLabel, icon_line
from mailadmin.gui.widgets.labels import embolden, quiet_label, readable_label, wrapped_label
from mailadmin.services.life import Life

from . import words
from .reading import Answer

_ENTRIES_IN_SIGHT: Final = 6
"""A longer log is folded away."""


class LifeCard(QFrame):
    """One copy of a mail, from the server to where it is now."""

    ticket_wanted = Signal(str)
    """The ticket of this number."""
    message_wanted = Signal(int)
    """The entry of inbox or archive with this id."""

    def __init__(self, copies: Sequence[Life], at: int, parent: QWidget) -> None:
        super().__init__(parent)
        life = copies[at]
        message = life.message
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        head = QHBoxLayout()
        head.addWidget(IconLabel(message_icon(message.state), self), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(embolden(readable_label(words.headline(copies, at), self)), 1)
        self.panel = StoryPanel("", why.story(message, life.log), self._ways(life), self)
        self.panel.column.setContentsMargins(0, 0, 0, 0)
        self.panel.add_row(self.tr("Log"), self._log(life))
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.panel)

    def _ways(self, life: Life) -> list[QAction]:
        message, ways = life.message, []
        if message.ticket:
            ticket = QAction(icon("open-in-app"), self.tr("Open ticket {number}").format(number=message.ticket), self)
            ticket.triggered.connect(lambda: self.ticket_wanted.emit(message.ticket))
            ways.append(ticket)
        waits = message.state in INBOX_STATES
        text = self.tr("Show in the inbox") if waits else self.tr("Show in the archive")
        show = QAction(icon("inbox-outline" if waits else "archive-outline"), text, self)
        show.triggered.connect(lambda: self.message_wanted.emit(message.id))
        return [*ways, show]

    def _log(self, life: Life) -> QWidget:
        entries = words.entries(life)
        contents = QWidget(self)
        contents.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = _tight(contents)
        if not entries:
            column.addWidget(quiet_label(words.nothing_logged(), contents, wrapped=True))
            return contents
        rest = QWidget(contents)
        inner = _tight(rest)
        for one in entries:
            failed = one.priority.rank >= Priority.WARN.rank
            picture = icon("alert-outline", Tone.WARNING) if failed else icon("circle-small", Tone.QUIET)
            inner.addLayout(icon_line(picture, words.entry(one, life.message.account), rest))
        if len(entries) > _ENTRIES_IN_SIGHT:
            fold = Fold(self.tr("%Ln entries", "", len(entries)), contents)
            fold.folded.connect(lambda: rest.setVisible(fold.unfolded))
            rest.hide()
            column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(rest)
        return contents


class UnseenPanel(QWidget):
    """Where a mail may be that was never seen, the likeliest first; each with a way on where there is one."""

    message_chosen = Signal(int)
    """This message may be the one: its number in inbox or archive."""
    state_wanted = Signal(object)
    """Show the messages in this InboxState."""
    accounts_wanted = Signal()
    """Show the accounts."""

    def __init__(self, answer: Answer, parent: QWidget) -> None:
        super().__init__(parent)
        head = QHBoxLayout()
        head.addWidget(IconLabel(icon("email-search-outline", Tone.WARNING), self, scale=1.5))
        head.addWidget(embolden(readable_label(words.not_seen(), self), scale=1.1), 1)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(self.fontMetrics().height() // 3)
        self._column.addLayout(head)
        self._similar(answer)
        self._not_read(answer)
        self._accounts(answer)
        self._heading(self.tr("Otherwise it may be"))
        for line in words.elsewhere():
            self._column.addLayout(icon_line(icon("circle-small", Tone.QUIET), line, self))

    def _similar(self, answer: Answer) -> None:
        if answer.unseen is None or not answer.unseen.similar:
            return
        self._heading(self.tr("Messages that are found by it, or by a part of it"))
        for message in answer.unseen.similar:
            self._row(
                message_icon(message.state),
                words.similar(message),
                self.tr("Its life"),
                lambda _=False, ident=message.id: self.message_chosen.emit(ident),
            )

    def _not_read(self, answer: Answer) -> None:
        if answer.unseen is None:
            return
        for number, words_for, state in (
            (answer.unseen.waiting, words.waiting, InboxState.STORED),
            (answer.unseen.too_big, words.too_big, InboxState.TOO_BIG),
        ):
            if number:
                self._row(
                    message_icon(state),
                    words_for(number),
                    self.tr("Show in the inbox"),
                    lambda _=False, wanted=state: self.state_wanted.emit(wanted),
                )

    def _accounts(self, answer: Answer) -> None:
        self._heading(self.tr("Accounts that could have fetched it"))
        if not answer.accounts:
            self._column.addLayout(icon_line(icon("circle-small", Tone.QUIET), self.tr("There is no account."), self))
        for account, status in answer.accounts:
            state, line = words.account_line(account, status)
            self._column.addLayout(icon_line(account_icon(state), line, self))
        if answer.accounts:
            button = QPushButton(self.tr("Show the accounts"), self)
            button.setAutoDefault(False)
            button.clicked.connect(self.accounts_wanted)
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeading)

    def _heading(self, text: str) -> None:
        self._column.addSpacing(self.fontMetrics().height() // 2)
        self._column.addWidget(embolden(wrapped_label(text, self)))

    def _row(self, picture: QIcon, text: str, label: str, act: Callable[..., object]) -> None:
        button = QPushButton(label, self)
        button.setAutoDefault(False)
        button.setAccessibleDescription(text)
        button.clicked.connect(act)
        row = icon_line(picture, text, self)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(row)


def _tight(parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(parent.fontMetrics().height() // 4)
    return column
