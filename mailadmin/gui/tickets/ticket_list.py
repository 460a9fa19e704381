"""The tickets of a queue: search, state, the list that grows as one scrolls, and why it is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.tickets import Ticket, TicketQuery
from mailadmin.gui.sentences import errors
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.labels import quiet_label
from mailadmin.gui.widgets.paged_records import PagedModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.tickets import TicketService

from .columns import TICKET_COLUMNS

PAGE: Final = 200
"""Tickets that are read at once."""
SEARCH_DELAY: Final = 150
"""Milliseconds to wait for the next letter: the database is asked."""
_OPEN, _ALL = "open", ""
_MAILS: Final = [column.key for column in TICKET_COLUMNS].index("articles")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question: the first ``limit`` tickets, or those after the ticket ``before``."""

    query: TicketQuery
    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """The tickets, whether others follow, and how many there are of all (not counted anew for later pages)."""

    tickets: list[Ticket]
    more: bool
    count: int = 0


class TicketList(QWidget):
    """Lists the tickets that queue, state and search leave."""

    selection_changed = Signal()
    """Other tickets are selected, or the selected ones have changed."""
    chosen = Signal()
    """Enter on a ticket, or a double click."""
    all_queues_wanted = Signal()
    """Look in all queues, whichever is chosen."""
    failed = Signal(object)
    """A MailadminError; what was read before stays in sight."""

    def __init__(self, tickets: TicketService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tickets = tickets
        self._queue = ""
        self._shown: TicketQuery | None = None
        self._to_select = ""
        self.search = FilterEdit(self.tr("Search number, title, sender, subject"), self, delay=SEARCH_DELAY)
        self.search.setToolTip(self.tr("Number, title, customer; sender, subject and Message-ID of the mails"))
        self.state = ChoiceCombo(self)
        self.state.setAccessibleName(self.tr("State"))
        self.state.setMinimumContentsLength(6)
        for group, label in (("open", self.tr("Open")), ("closed", self.tr("Closed")), ("", self.tr("All"))):
            self.state.add_choice(group, label)
        self.bodies = QCheckBox(self.tr("Also in te&xts (slower)"), self)
        self.bodies.setToolTip(self.tr("Looks into the text of every mail, which takes seconds where there are many"))
        self.count = quiet_label("", self)
        self.model: PagedModel[Ticket] = PagedModel(TICKET_COLUMNS, lambda ticket: ticket.id, self)
        self.table: RecordTable[Ticket] = RecordTable(self.model, self.tr("Tickets"), self)
        self.table.setSortingEnabled(False)
        narrow = (
            self.fontMetrics().horizontalAdvance(TICKET_COLUMNS[_MAILS].title())
            + 3 * self.fontMetrics().averageCharWidth()
        )
        self.table.horizontalHeader().resizeSection(_MAILS, narrow)
        self.table.keep_in_sight()
        self.contents = Contents(self.table, self)
        self._loader: Loader[_Wanted, _Found] = Loader(tasks, "list tickets", self._read, self)
        self._pages: Loader[_Wanted, _Found] = Loader(tasks, "list more tickets", self._read_page, self)
        self._build()
        self._connect()

    # --- what the page uses ---

    @property
    def query(self) -> TicketQuery:
        """What is asked for."""
        text = self.search.text().strip()
        bodies = bool(text) and self.bodies.isChecked()
        return TicketQuery(queue=self._queue, subqueues=True, group=self.state.value, text=text, bodies=bodies)

    def show_queue(self, queue: str) -> None:
        """List this queue's tickets with those of its sub-queues; all with an empty name."""
        self._queue = queue
        self.refresh()

    def select_number(self, number: str) -> bool:
        """Select the ticket with this number; whether it is in the list."""
        known = next((ticket for ticket in self.model.records if ticket.number == number), None)
        return known is not None and self.table.select(known)

    def find_number(self, number: str) -> None:
        """Look for the ticket with this number in all states, and select it."""
        self._to_select = number
        self.state.choose(_ALL)
        self.search.setText(number)
        self.refresh()

    def refresh(self) -> None:
        """Read what is shown anew, as far as one has scrolled."""
        query = self.query
        limit = max(PAGE, len(self.model.records)) if query == self._shown else PAGE
        if query.bodies and query != self._shown:
            self.count.setText(self.tr("Searching the texts..."))
        self._loader.load(_Wanted(query, limit))

    def remember(self, settings: WindowSettings) -> None:
        """Keep columns and state for the next start; what was searched for is not kept."""
        settings.set_state("tickets/columns", self.table.layout_state())
        settings.set_text("tickets/state", self.state.value or "all")

    def restore(self, settings: WindowSettings) -> None:
        """As it was remembered."""
        self.table.restore_layout(settings.state("tickets/columns"))
        state = settings.text("tickets/state", _OPEN)
        self.state.choose(_ALL if state == "all" else state)

    # --- building ---

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self.state)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.bodies)
        column.addWidget(self.contents, 1)
        column.addWidget(self.count)

    def _connect(self) -> None:
        self.search.filtered.connect(self._on_asked)
        self.search.left.connect(self.table.take_focus)
        self.search.take_typing_of(self.table)
        self.state.currentIndexChanged.connect(self._on_asked)
        self.bodies.toggled.connect(self._on_asked)
        self.table.selection_changed.connect(self.selection_changed)
        self.table.chosen.connect(lambda ticket: self.chosen.emit())
        self.model.more_wanted.connect(self._load_more)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._pages.loaded.connect(self._on_page)
        self._pages.failed.connect(self._on_no_page)

    # --- reading ---

    def _read(self, wanted: _Wanted) -> _Found:
        found = self._read_page(wanted)
        count = self._tickets.count(wanted.query) if found.more else len(found.tickets)
        return _Found(found.tickets, found.more, count)

    def _read_page(self, wanted: _Wanted) -> _Found:
        tickets = self._tickets.page(wanted.query, before=wanted.before, limit=wanted.limit + 1)
        return _Found(tickets[: wanted.limit], len(tickets) > wanted.limit)

    def _load_more(self) -> None:
        if self._shown is None or not self.model.records:
            self.model.asked_in_vain()
            return
        self._pages.load(_Wanted(self._shown, PAGE, self.model.records[-1].id))

    def _on_asked(self) -> None:
        if self._shown is not None and self.query != self._shown:
            self.refresh()

    def _on_loaded(self, wanted: _Wanted, found: _Found) -> None:
        if wanted.query != self.query:  # one has typed on; the next answer is on its way
            return
        anew = wanted.query != self._shown
        self._shown = wanted.query
        current = self.table.current()
        number = self._to_select or (current.number if current and anew else "")
        self._to_select = ""
        self.model.begin(found.tickets, more=found.more, anew=anew)
        again = next((ticket for ticket in found.tickets if number and ticket.number == number), None)
        if again is not None:
            self.table.select(again)
        elif anew and found.tickets:
            self.table.scrollToTop()
        self._show_counts(found.count)
        self.selection_changed.emit()

    def _on_page(self, wanted: _Wanted, found: _Found) -> None:
        records = self.model.records
        if wanted.query == self._shown and records and records[-1].id == wanted.before:
            self.model.append(found.tickets, more=found.more)
        else:
            self.model.asked_in_vain()

    def _on_no_page(self, error: MailadminError) -> None:
        self.model.asked_in_vain()
        self.failed.emit(error)

    def _on_failed(self, error: MailadminError) -> None:
        self.count.clear()
        if self._shown is None:
            self.contents.show_failure(errors.sentence(error), self.tr("Try agai&n"), self.refresh)
        else:
            self.failed.emit(error)

    def _show_counts(self, count: int) -> None:
        text = self.tr("1 ticket") if count == 1 else self.tr("%Ln tickets", "", count)
        self.count.setText(text if count else "")
        self._say_why_empty()
        self.contents.show_counts(total=len(self.query.text), shown=count)

    def _say_why_empty(self) -> None:
        query = self.query
        if query.text:
            self._say_nothing_found(query)
            return
        if query.group == _OPEN:
            said = self.tr("No open tickets in {queue}.") if query.queue else self.tr("No open tickets.")
        elif query.group:
            said = self.tr("No closed tickets in {queue}.") if query.queue else self.tr("No closed tickets.")
        else:
            said = self.tr("No tickets in {queue}.") if query.queue else self.tr("No tickets.")
        said = said.replace("{queue}", query.queue)
        label = self.tr("Show &all states") if query.group else ""
        self.contents.nothing_there.say(said, label, lambda: self.state.choose(_ALL))

    def _say_nothing_found(self, query: TicketQuery) -> None:
        if not query.queue:
            said = (
                self.tr("No ticket in this state matches the search.")
                if query.group
                else self.tr("No ticket matches the search.")
            )
            self.contents.nothing_found.say(said, self.tr("Clear the &search"), self.search.clear)
            return
        said = (
            self.tr("Nothing in {queue} matches in this state.")
            if query.group
            else self.tr("Nothing in {queue} matches.")
        )
        self.contents.nothing_found.say(
            said.replace("{queue}", query.queue), self.tr("Look in all &queues"), self.all_queues_wanted.emit
        )
