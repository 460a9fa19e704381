"""What a ticket is: its title and number, where it stands, whose it is, its dynamic fields, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QScrollArea,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.icons import icon
from mailadmin.gui.mail_view.header_card import TextLine
from mailadmin.gui.sentences import states, times
from mailadmin.gui.widgets.fold import Fold
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import plain_label, plain_tooltip, quiet_label, wrapped_label
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from .columns import state_icon, title_of
from .flow_layout import FlowLayout

_IN_SIGHT: Final = 3
"""As many dynamic fields stand among the other facts; more are folded away."""


class TicketHead(QWidget):
    """The head of a conversation. What a ticket does not have takes no room."""

    ticket_wanted = Signal(str)
    """The ticket that this one leads to: its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = TextLine(self.tr("Title"), self)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        self.title.setFont(font)
        self.change = QToolButton(self)
        """For the verb that changes all of this."""
        self.change.setAutoRaise(True)
        self.change.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._room = 0
        self._area = QScrollArea(self)
        self._contents = WrappedContents(self._area)
        facts = QWidget(self._contents)
        self._facts = FlowLayout(facts)
        self._facts.setSpacing(self.fontMetrics().averageCharWidth() * 2)
        self.number = self._fact(self.tr("Number"))
        self.queue = self._fact(self.tr("Queue"))
        self.state = self._fact(self.tr("State"))
        self.pending = self._fact(self.tr("Pending until"))
        self.priority = self._fact(self.tr("Priority"))
        self.lock = self._fact(self.tr("Lock"))
        self.owner = self._fact(self.tr("Owner"))
        self.responsible = self._fact(self.tr("Responsible"))
        self.type = self._fact(self.tr("Type"))
        self.service = self._fact(self.tr("Service"))
        self.sla = self._fact(self.tr("SLA"))
        self.customer = self._fact(self.tr("Customer"))
        self.customer_id = self._fact(self.tr("Company"))
        self.fields: list[Fact] = []
        """The dynamic fields that stand among the facts."""
        self.more = Fold("", self._contents)
        """Unfolds the dynamic fields where they are many."""
        self.more_fields = QWidget(self._contents)
        self.merged = _Lead(self)
        """Leads to the ticket that this one was merged into."""
        self.continues = _Lead(self)
        """Leads to the closed ticket whose reply made this one."""
        for lead in (self.merged, self.continues):
            lead.wanted.connect(self.ticket_wanted)
        self._build(facts)

    def show_ticket(self, ticket: Ticket) -> None:
        """Show the head of this ticket."""
        self.title.set_whole(title_of(ticket))
        nothing = QIcon()
        pending = times.exact(ticket.pending_until) if ticket.state_type.value.startswith("pending") else ""
        for fact, text, picture in (
            (self.number, ticket.number, nothing),
            (self.queue, ticket.queue, nothing),
            (self.state, states.ticket_state(ticket.state), state_icon(ticket)),
            (self.pending, pending, icon("clock-outline")),
            (self.priority, states.priority(ticket.priority), nothing),
            (self.lock, states.lock(ticket.lock), icon("lock-open-outline" if ticket.lock == "unlock" else "lock")),
            (self.owner, ticket.owner, nothing),
            (self.responsible, ticket.responsible, nothing),
            (self.type, ticket.type, nothing),
            (self.service, ticket.service, nothing),
            (self.sla, ticket.sla, nothing),
            (self.customer, ticket.customer, nothing),
            (self.customer_id, ticket.customer_id, nothing),
        ):
            fact.show_value(shown(text), picture)
        self._show_fields(ticket.fields)
        self.merged.show_number(
            ticket.merged_into, self.tr("This ticket was merged into {number}; its mails are there.")
        )
        self.continues.show_number(ticket.continues, self.tr("This ticket continues {number}, which was closed."))

    def set_room(self, height: int) -> None:
        """How high the facts may be at most; more of them scroll."""
        self._room = height
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # --- inside ---

    def _build(self, facts: QWidget) -> None:
        self.more.folded.connect(self._on_folded)
        self._fields_column = QVBoxLayout(self.more_fields)
        self._fields_column.setContentsMargins(0, 0, 0, 0)
        spacing = self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing) // 2
        inner = QVBoxLayout(self._contents)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(spacing)
        inner.addWidget(facts)
        inner.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeading)
        inner.addWidget(self.more_fields)
        self._area.setWidget(self._contents)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has it
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.change)
        column = QVBoxLayout(self)
        column.setContentsMargins(self.fontMetrics().averageCharWidth() // 2, 0, 0, 0)
        column.setSpacing(spacing)
        column.addLayout(top)
        for widget in (self._area, self.merged, self.continues):
            column.addWidget(widget)

    def _on_folded(self) -> None:
        self.more_fields.setVisible(self.more.unfolded)
        self._fit()

    def _fit(self) -> None:
        """As high as the facts are, as far as there is room."""
        layout = self._contents.layout()
        assert layout is not None, "it is built"
        width = self._area.viewport().width()
        for inner in self._contents.findChildren(QLayout):
            inner.invalidate()
        height = max(layout.totalHeightForWidth(width), self.fontMetrics().height())
        self._area.setFixedHeight(min(height, max(self._room, 4 * self.fontMetrics().height())))

    def _fact(self, label: str) -> Fact:
        fact = Fact(label, self)
        self._facts.addWidget(fact)
        return fact

    def _show_fields(self, fields: Mapping[str, str]) -> None:
        for fact in self.fields:
            self._facts.removeWidget(fact)
            fact.hide()
            fact.deleteLater()
        few = len(fields) <= _IN_SIGHT
        self.fields = []
        for name, value in fields.items() if few else ():
            fact = self._fact(shown(name))
            fact.show_value(shown(value), QIcon())
            self.fields.append(fact)
        self.more.setVisible(not few)
        self.more.setText(self.tr("Dynamic fields ({count})").format(count=times.number(len(fields))))
        self.more_fields.setVisible(not few and self.more.unfolded)
        while (item := self._fields_column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        if not few:
            self._fields_column.addWidget(self._lines(fields))
        self._fit()

    def _lines(self, fields: Mapping[str, str]) -> QWidget:
        lines = QWidget(self.more_fields)
        form = QFormLayout(lines)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(0)
        for name, value in fields.items():
            line = TextLine(shown(name), lines)
            line.set_whole(value)
            form.addRow(quiet_label(shown(name), lines), line)
        return lines


class _Lead(QFrame):
    """A sentence about another ticket, and the way there."""

    wanted = Signal(str)
    """The other ticket's number."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = ""
        self._text = wrapped_label("", self)
        self.follow = QPushButton(self)
        self.follow.clicked.connect(lambda: self.wanted.emit(self._number))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self.follow)

    def show_number(self, number: str, sentence: str) -> None:
        """Lead to this ticket; without a number, nowhere."""
        self._number = number
        self.setVisible(bool(number))
        self._text.setText(sentence.format(number=number))
        self.follow.setText(self.tr("Go to {number}").format(number=number))


class Fact(QWidget):
    """A quiet label, an icon where there is one, and a value."""

    def __init__(self, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        quiet = quiet_label(self._cut(label), self)
        self._picture = IconLabel(QIcon(), self)
        self.value = plain_label("", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.fontMetrics().averageCharWidth())
        row.addWidget(quiet)
        row.addWidget(self._picture)
        row.addWidget(self.value, 1)

    def show_value(self, text: str, picture: QIcon) -> None:
        """Show this, or nothing at all where there is nothing to say."""
        self.setVisible(bool(text))
        self.value.setText(self._cut(text))
        self.value.setToolTip(plain_tooltip(text))
        self._picture.setVisible(not picture.isNull())
        self._picture.set_icon(picture)

    def _cut(self, text: str) -> str:
        """Never wider than the narrowest pane."""
        metrics = self.fontMetrics()
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, metrics.averageCharWidth() * 30)
