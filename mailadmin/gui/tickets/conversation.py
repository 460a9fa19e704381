"""The conversation in a ticket: its head, its mails as cards, the newest on top and open, and its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.responses import OutboxMessage
from mailadmin.domain.tickets import Article, HistoryEntry, Ticket
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import EmptyState
from mailadmin.gui.widgets.records import RecordModel
from mailadmin.gui.widgets.table import RecordTable

from .article_card import ArticleCard
from .columns import HISTORY_COLUMNS
from .reading import Conversation, TicketReader
from .response_card import ResponseCard
from .ticket_head import TicketHead

_MOVE_ON: Final = 80
"""Milliseconds that a ticket must stay chosen before it is read: whoever holds the arrow key passes by."""


class ConversationView(QStackedWidget):
    """Shows one ticket. Read again, it keeps what is open and where one was."""

    said = Signal(str)
    """What just happened."""
    failed = Signal(object)
    """A MailadminError."""
    message_wanted = Signal(int)
    """The entry of the inbox or archive with this id."""
    life_wanted = Signal(int)
    """The life of the mail that the message with this id is a copy of."""
    ticket_wanted = Signal(str)
    """The ticket with this number."""
    outbox_wanted = Signal()
    """The outbox."""
    shown = Signal()
    """Another ticket is shown, or none."""

    def __init__(self, reader: TicketReader, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._tasks = tasks
        self._wanted = ""
        self.ticket: Ticket | None = None
        """The ticket that is shown."""
        self.cards: list[ArticleCard] = []
        """The newest first."""
        self.responses: list[ResponseCard] = []
        """What answers these mails by itself and is in the outbox; each above the mail it answers."""
        self.nothing = EmptyState("email-multiple-outline", self)
        self.head = TicketHead(self)
        self.history: RecordModel[tuple[int, HistoryEntry]] = RecordModel(HISTORY_COLUMNS, lambda row: row[0], self)
        self.history_table: RecordTable[tuple[int, HistoryEntry]] = RecordTable(self.history, self.tr("History"), self)
        self.area = QScrollArea(self)
        self.tabs = QTabWidget(self)
        self._build()
        self._timer = QTimer(self, singleShot=True, interval=_MOVE_ON)
        self._timer.timeout.connect(self._load)
        self._loader: Loader[str, Conversation] = Loader(tasks, "read ticket", reader.conversation, self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.head.ticket_wanted.connect(self.ticket_wanted)

    # --- what the page uses ---

    def show_number(self, number: str) -> None:
        """Show the ticket with this number."""
        if number != self._wanted:
            self._wanted = number
            self._timer.start()

    def show_nothing(self, text: str) -> None:
        """Show no ticket, and say so."""
        self._timer.stop()
        self._wanted = ""
        self.nothing.say(text)
        self.setCurrentWidget(self.nothing)
        if self.ticket is not None:
            self.ticket = None
            self._clear()
            self.shown.emit()

    def refresh(self) -> None:
        """Read the ticket anew."""
        if self._wanted and not self._timer.isActive():
            self._loader.load(self._wanted)

    @property
    def card(self) -> ArticleCard | None:
        """The open article that has the focus, else the newest open one."""
        focused = QApplication.focusWidget()
        opened = [card for card in self.cards if card.is_open and card.view is not None]
        return next((card for card in opened if focused and card.isAncestorOf(focused)), opened[0] if opened else None)

    def take_focus(self) -> None:
        """Put the focus on the newest mail, or on what stands in its place."""
        if self.ticket is None:
            return
        if self.tabs.currentWidget() is self.history_table:
            self.history_table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self.cards:
            self.cards[0].head.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.area.ensureWidgetVisible(self.cards[0].head)
        else:
            self.head.title.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- building ---

    def _build(self) -> None:
        self._list = QWidget(self.area)
        self._column = QVBoxLayout(self._list)
        margin = self.fontMetrics().averageCharWidth() // 2
        self._column.setContentsMargins(0, margin, 0, margin)
        self._column.setSpacing(margin)
        self._column.addStretch()
        self.area.setWidget(self._list)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its cards have it
        self.area.setAccessibleName(self.tr("Mails"))
        self.area.viewport().installEventFilter(self)
        self.history_table.setSortingEnabled(False)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Parts of the ticket"))
        self.tabs.tabBar().setAccessibleName(self.tr("Parts of the ticket"))
        self.tabs.addTab(self.area, self.tr("&Conversation"))
        self.tabs.addTab(self.history_table, self.tr("Histor&y"))
        self._ticket = QWidget(self)
        column = QVBoxLayout(self._ticket)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.head)
        column.addWidget(self.tabs, 1)
        self.addWidget(self.nothing)
        self.addWidget(self._ticket)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 46)

    # --- reading ---

    def _load(self) -> None:
        self._loader.load(self._wanted)

    def _on_loaded(self, number: str, read: Conversation) -> None:
        if number != self._wanted:  # one has moved on
            return
        another = self.ticket is None or self.ticket.number != number
        if another:
            self._clear()
        self.ticket = read.ticket
        self.head.show_ticket(read.ticket)
        self._show_articles(read)
        self._show_history(read)
        if another:
            if self.cards:
                self.cards[0].set_open(True)
            self.area.verticalScrollBar().setValue(0)
        self.setCurrentWidget(self._ticket)
        if another:
            self.shown.emit()

    def _on_failed(self, error: MailadminError) -> None:
        if self.ticket is not None and self.ticket.number == self._wanted:  # what was read before stays in sight
            self.failed.emit(error)
            return
        self.nothing.say(errors.sentence(error), self.tr("Try agai&n"), self._load)
        self.setCurrentWidget(self.nothing)

    def _show_articles(self, read: Conversation) -> None:
        known = {card.article.id: card for card in self.cards}
        articles = list(reversed(read.articles))
        for card in self.cards:
            if card.article.id not in {article.id for article in articles}:
                self._remove(card)
        self._list.setUpdatesEnabled(False)
        for article in articles:
            if article.id not in known:
                known[article.id] = self._new_card(read.ticket, article)
        self.cards = [known[article.id] for article in articles]
        self._show_responses(read.outgoing)
        for place, widget in enumerate(self._in_order()):
            if self._column.indexOf(widget) != place:
                self._column.removeWidget(widget)
                self._column.insertWidget(place, widget)
                if isinstance(widget, ArticleCard):
                    self._give_room(widget, widget.is_open)
        self._list.setUpdatesEnabled(True)

    def _show_responses(self, outgoing: Sequence[OutboxMessage]) -> None:
        """Those that are shown and have not changed stay as they are, unfolded or not."""
        known = {card.message: card for card in self.responses}
        for message, card in known.items():
            if message not in outgoing:
                self._remove(card)
        self.responses = []
        for message in reversed(outgoing):
            card = known.get(message) or ResponseCard(message, self._list)
            if message not in known:
                card.outbox_wanted.connect(self.outbox_wanted)
            self.responses.append(card)

    def _in_order(self) -> Iterator[QWidget]:
        """All cards, the newest first; an answer above the mail it answers."""
        answered = {card.article.message_id for card in self.cards} - {""}
        left = [one for one in self.responses if one.message.draft.in_reply_to in answered]
        yield from (one for one in self.responses if one not in left)
        for card in self.cards:
            mine = [one for one in left if one.message.draft.in_reply_to == card.article.message_id]
            left = [one for one in left if one not in mine]
            yield from mine
            yield card

    def _new_card(self, ticket: Ticket, article: Article) -> ArticleCard:
        card = ArticleCard(ticket, article, self._reader, self._tasks, self._list)
        card.said.connect(self.said)
        card.failed.connect(self.failed)
        card.message_wanted.connect(self.message_wanted)
        card.life_wanted.connect(self.life_wanted)
        card.head.toggled.connect(partial(self._give_room, card))
        card.set_room(self.area.viewport().height())
        return card

    def _give_room(self, card: ArticleCard, is_open: bool) -> None:
        """What room the cards leave is for those that are open."""
        self._column.setStretchFactor(card, int(is_open))

    def _show_history(self, read: Conversation) -> None:
        """The newest first, as the mails."""
        self.history.show_records(list(reversed(list(enumerate(read.history)))))

    def _clear(self) -> None:
        for card in (*self.cards, *self.responses):
            self._remove(card)
        self.cards, self.responses = [], []
        self.history.show_records([])

    def _remove(self, card: QWidget) -> None:
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.head.set_room(self.height() * 2 // 5)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.area.viewport():
            for card in self.cards:
                card.set_room(self.area.viewport().height())
        return False
