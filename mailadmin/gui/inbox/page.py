"""Inbox and archive: the list, the message beside it, and what is shown when there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage, InboxQuery, InboxState
from mailadmin.domain.outside_text import shown
from mailadmin.gui.sentences import errors
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.paged_records import PagedModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.accounts import AccountService
from mailadmin.services.inbox import InboxService
from mailadmin.services.routing import RoutingService
from mailadmin.services.tickets import TicketService

from .columns import COLUMNS
from .filters import MessageFilters
from .pane import MessagePane
from .verbs import MessageVerbs

translate = QCoreApplication.translate

PAGE: Final = 200
"""Messages that are read at once."""
_MOST_ANEW: Final = 1_000
"""Messages that are read again every now and then; those further down are when something was done."""
_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class PageWords:
    """How a page of messages is called, and what it says when there is nothing."""

    key: str
    title: str
    subtitle: str
    nothing_there: str


@dataclass(frozen=True, slots=True)
class _Ask:
    """Messages of a query: the first ones, or those before an id."""

    query: InboxQuery
    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many messages a query finds, how many there are in each state, and the accounts to choose from."""

    found: int
    states: Mapping[InboxState, int]
    accounts: tuple[str, ...]


class MessagesPage(Page):
    """Messages in some states: the list at the left, the chosen one at the right, the verbs by hand."""

    ticket_wanted = Signal(str)
    """Show the ticket of this number."""
    known_wanted = Signal(object)
    """The sender of this InboxMessage, which is held, is to become a customer user."""
    life_wanted = Signal(int)
    """Tell the life of the mail that the message with this id is a copy of."""
    counted = Signal(int)
    """How many messages need somebody (quarantined and held)."""

    def __init__(
        self,
        words: PageWords,
        shown_states: Sequence[InboxState],
        *,
        inbox: InboxService,
        tickets: TicketService,
        accounts: AccountService,
        routing: RoutingService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            words.title,
            words.subtitle,
            menu_title=translate("Inbox", "Me&ssage"),
            help_page="inbox.md",
            parent=parent,
        )
        self.words = words
        self._inbox = inbox
        self._accounts = accounts
        self._settings = settings
        self._query: InboxQuery | None = None
        self._row = 0
        self._wanted: int | None = None
        self.model: PagedModel[InboxMessage] = PagedModel(COLUMNS, lambda message: message.id, self)
        self.table: RecordTable[InboxMessage] = RecordTable(self.model, words.title, self)
        self.contents = Contents(self.table, self)
        self.filters = MessageFilters(shown_states, self)
        self.verbs = MessageVerbs(self, self.table, inbox, tickets, accounts, routing, tasks)
        self.pane = MessagePane(inbox, tasks, self.verbs.open_ticket, self)
        self._build()
        self._load(tasks)
        self._connect()
        self._restore()
        self.update_actions()

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        self._read_anew(_MOST_ANEW)

    def refresh_all(self) -> None:
        """The same, for every message that was read so far."""
        self._read_anew(self.model.rowCount())

    def refresh_counts(self) -> None:
        """Count what needs somebody, also while the page is not shown."""
        self._counter.load(self.filters.query)

    def show_query(self, query: InboxQuery, title: str) -> None:
        """Show what a number stands for ("new tickets of support at 10:02"), until *Show all* is pressed."""
        self.filters.fix(query, title)

    def show_state(self, state: InboxState) -> None:
        """Show the messages in one state, of all accounts."""
        self.filters.show_state(state)

    def show_message(self, message: InboxMessage) -> None:
        """Show one message, wherever it stands in the list."""
        if self._select(message.id):
            return
        self._wanted = message.id
        moment = message.fetched_at
        query = InboxQuery(fetched_from=moment, fetched_until=moment + timedelta(microseconds=1))
        self.filters.fix(query, shown(message.subject) or self.tr("one message"))

    @override
    def focus_filter(self) -> None:
        self.filters.text.take_focus()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.table.column_actions(parent)

    @override
    def update_actions(self) -> None:
        self.verbs.update(self.table.selected())

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state(f"{self.words.key}/columns", self.table.layout_state())
        self._settings.set_state(f"{self.words.key}/split", self._split.saveState())

    # --- building ---

    def _build(self) -> None:
        self.table.setSortingEnabled(False)
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self.table.horizontalHeader().setSectionsClickable(False)
        self._narrow_columns()
        self.table.keep_in_sight()
        self.table.set_context_actions(self.menu_actions)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.addWidget(self.contents)
        self._split.addWidget(self.pane)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 5)
        self._split.setSizes([450, 550])  # in proportion
        self.body.addWidget(self.filters)
        self.body.addWidget(self._split, 1)
        self.contents.nothing_there.say(self.words.nothing_there)

    def _narrow_columns(self) -> None:
        """The list shares its width with the message: nothing is kept free for the mark of a sorting."""
        header, metrics = self.table.horizontalHeader(), self.fontMetrics()
        room = 3 * metrics.averageCharWidth()
        for number, column in enumerate(self.model.columns):
            if not column.stretch:
                width = max(metrics.horizontalAdvance(column.title()), column.width * metrics.averageCharWidth())
                header.resizeSection(number, width + room)

    def _load(self, tasks: Tasks) -> None:
        key = self.words.key
        self._loader: Loader[_Ask, list[InboxMessage]] = Loader(tasks, f"read {key}", self._page, self)
        self._more_loader: Loader[_Ask, list[InboxMessage]] = Loader(tasks, f"read more of {key}", self._page, self)
        self._counter: Loader[InboxQuery, _Counted] = Loader(tasks, f"count {key}", self._count, self)

    def _connect(self) -> None:
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self._more_loader.loaded.connect(self._on_more)
        self._more_loader.failed.connect(self._on_no_more)
        self._counter.loaded.connect(self._on_counted)
        self._counter.failed.connect(lambda error: self.filters.show_count(None))
        self.model.more_wanted.connect(self._load_more)
        self.verbs.ticket_wanted.connect(self.ticket_wanted)
        self.verbs.known_wanted.connect(self.known_wanted)
        self.verbs.life_wanted.connect(self.life_wanted)
        self.verbs.refresh_wanted.connect(self.refresh_all)
        self.filters.changed.connect(self.refresh)
        self.filters.left.connect(self.table.take_focus)
        self.table.selection_changed.connect(self._on_selection)
        self.table.chosen.connect(self._on_chosen)
        self.pane.mail.said.connect(self.said)
        self.pane.mail.failed.connect(self.show_error)
        self._clock = QTimer(self, interval=_MINUTE)
        self._clock.timeout.connect(self.model.refresh_texts)
        self._clock.start()

    def _restore(self) -> None:
        self.table.restore_layout(self._settings.state(f"{self.words.key}/columns"))
        self._split.restoreState(self._settings.state(f"{self.words.key}/split"))

    def _read_anew(self, most: int) -> None:
        anew = self.filters.query != self._query
        limit = PAGE if anew else max(PAGE, min(self.model.rowCount(), most))
        self._loader.load(_Ask(self.filters.query, limit))
        self.refresh_counts()

    # --- reading; these run in tasks ---

    def _page(self, ask: _Ask) -> list[InboxMessage]:
        return self._inbox.page(ask.query, before=ask.before, limit=ask.limit)

    def _count(self, query: InboxQuery) -> _Counted:
        names = tuple(account.name for account in self._accounts.all())
        return _Counted(self._inbox.count(query), self._inbox.counts(), names)

    # --- the list ---

    @property
    def _last_id(self) -> int | None:
        """The id of the last message, before which the next page begins."""
        return self.model.records[-1].id if self.model.records else None

    def _on_loaded(self, ask: _Ask, messages: list[InboxMessage]) -> None:
        anew = ask.query != self._query
        self._query = ask.query
        more = len(messages) == ask.limit
        rest = [one for one in self.model.records if one.id < messages[-1].id] if more and messages and not anew else []
        self.model.begin(messages, more=more, anew=anew, rest=rest)
        self.pane.setVisible(bool(messages))
        if not messages:
            self._show_nothing()
            self.contents.show_counts(total=int(self.filters.narrow), shown=0)
        else:
            self.contents.show_view()
            wanted, self._wanted = self._wanted, None
            if (
                wanted is None or not self._select(wanted)
            ) and not self.table.selected():  # what was selected is done with: go on with the one that took its place
                self.table.select_row(0 if anew else min(self._row, self.model.rowCount() - 1))
        self.update_actions()

    def _on_not_loaded(self, error: MailadminError) -> None:
        if self._query is not None and self.model.rowCount():  # what was read before stays in sight
            self.show_error(error)
        else:
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.refresh)

    def _load_more(self) -> None:
        if self._query is not None:
            self._more_loader.load(_Ask(self._query, PAGE, self._last_id))

    def _on_more(self, ask: _Ask, messages: list[InboxMessage]) -> None:
        if ask.query == self._query and ask.before == self._last_id:
            self.model.append(messages, more=len(messages) == ask.limit)
        else:
            self.model.asked_in_vain()

    def _on_no_more(self, error: MailadminError) -> None:
        self.model.asked_in_vain()
        self.show_error(error)

    def _on_counted(self, query: InboxQuery, counted: _Counted) -> None:
        self.filters.show_accounts(counted.accounts)
        self.filters.show_count(counted.found)
        self.counted.emit(counted.states[InboxState.QUARANTINED] + counted.states[InboxState.HELD])

    def _show_nothing(self) -> None:
        nothing = self.contents.nothing_found
        text = (
            self.tr("No message is found.") if self.filters.text.text().strip() else self.tr("There is none of them.")
        )
        nothing.say(text, self.tr("Show &all"), self.filters.show_everything)

    def _select(self, ident: int) -> bool:
        """Select the message of that id; whether it is in the list."""
        row = next((row for row, message in enumerate(self.model.records) if message.id == ident), None)
        if row is not None:
            self.table.select_row(row)
        return row is not None

    def _on_chosen(self, message: InboxMessage) -> None:
        self.pane.mail.focus_message()

    # --- the message ---

    def _on_selection(self) -> None:
        selected = self.table.selected()
        if selected:
            self._row = self.table.currentIndex().row()
        if len(selected) == 1:
            self.pane.show_message(selected[0])
        else:
            self.pane.show_nothing(self.tr("%n messages are selected.", "", len(selected)) if selected else "")
        self.update_actions()
