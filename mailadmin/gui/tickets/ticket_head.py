"""What a ticket is: its title and number, where it stands, and where it went."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStyle, QVBoxLayout, QWidget

from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.icons import icon
from mailadmin.gui.mail_view.header_card import TextLine
from mailadmin.gui.sentences import states
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import plain_label, plain_tooltip, quiet_label, wrapped_label

from .columns import state_icon, title_of
from .flow_layout import FlowLayout


class TicketHead(QWidget):
    """The head of a conversation."""

    ticket_wanted = Signal(str)
    """The ticket that this one was merged into: its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target = ""
        self.title = TextLine(self.tr("Title"), self)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        self.title.setFont(font)
        facts = QWidget(self)
        self._facts = FlowLayout(facts)
        self._facts.setSpacing(self.fontMetrics().averageCharWidth() * 2)
        self.number = self._fact(self.tr("Number"), facts)
        self.queue = self._fact(self.tr("Queue"), facts)
        self.state = self._fact(self.tr("State"), facts)
        self.priority = self._fact(self.tr("Priority"), facts)
        self.lock = self._fact(self.tr("Lock"), facts)
        self.customer = self._fact(self.tr("Customer"), facts)
        self.merged = QFrame(self)
        self._merged_text = wrapped_label("", self.merged)
        self.follow = QPushButton(self.merged)
        self.follow.clicked.connect(lambda: self.ticket_wanted.emit(self._target))
        row = QHBoxLayout(self.merged)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._merged_text, 1)
        row.addWidget(self.follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(self.fontMetrics().averageCharWidth() // 2, 0, 0, 0)
        column.setSpacing(self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutVerticalSpacing) // 2)
        for widget in (self.title, facts, self.merged):
            column.addWidget(widget)

    def show_ticket(self, ticket: Ticket) -> None:
        """Show the head of this ticket."""
        self.title.set_whole(title_of(ticket))
        for fact, text, picture in (
            (self.number, ticket.number, QIcon()),
            (self.queue, ticket.queue, QIcon()),
            (self.state, states.ticket_state(ticket.state), state_icon(ticket.state)),
            (self.priority, states.priority(ticket.priority), QIcon()),
            (self.lock, states.lock(ticket.lock), icon("lock-open-outline" if ticket.lock == "unlock" else "lock")),
            (self.customer, shown(ticket.customer), QIcon()),
        ):
            fact.show_value(text, picture)
        self._target = ticket.merged_into
        self.merged.setVisible(bool(self._target))
        self._merged_text.setText(
            self.tr("This ticket was merged into {number}; its mails are there.").format(number=self._target)
        )
        self.follow.setText(self.tr("Go to {number}").format(number=self._target))

    def _fact(self, label: str, parent: QWidget) -> _Fact:
        fact = _Fact(label, parent)
        self._facts.addWidget(fact)
        return fact


class _Fact(QWidget):
    """A quiet label, an icon where there is one, and a value."""

    def __init__(self, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        quiet = quiet_label(label, self)
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
