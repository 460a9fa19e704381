"""Chooses the ticket that a message is put into: type a number or a piece of a title, pick, done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Ticket, TicketQuery
from mailadmin.gui.sentences import errors, states, times
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.labels import quiet_label, wrapped_label
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.tickets import TicketService

translate = QCoreApplication.translate
Button = QDialogButtonBox.ButtonRole

SEARCH_DELAY: Final = 150
MOST_SHOWN: Final = 100


def _is_open(ticket: Ticket) -> bool:
    return not ticket.closed and not ticket.merged_into


_COLUMNS: Final[tuple[Column[Ticket], ...]] = (
    Column(
        key="number",
        title=lambda: translate("TicketPicker", "Ticket"),
        text=lambda one: one.number,
        second=lambda one: states.ticket_state(one.state),
        width=18,
    ),
    Column(
        key="title",
        title=lambda: translate("TicketPicker", "Title"),
        text=lambda one: shown(one.title),
        second=lambda one: shown(one.customer),
        tooltip=lambda one: shown(one.title),
        stretch=True,
    ),
    Column(key="queue", title=lambda: translate("TicketPicker", "Queue"), text=lambda one: one.queue, width=14),
    Column(
        key="changed",
        title=lambda: translate("TicketPicker", "Changed"),
        text=lambda one: times.relative(one.changed, datetime.now(UTC), short=True),
        sort=lambda one: (_is_open(one), one.changed),
        tooltip=lambda one: times.exact(one.changed),
        width=11,
    ),
)


def _found(tickets: TicketService, words: str) -> list[Ticket]:
    """The newest tickets that match, those first that are open. Runs in a task."""
    found = tickets.page(TicketQuery(text=words, group="open"), limit=MOST_SHOWN + 1)
    known = {ticket.id for ticket in found}
    others = tickets.page(TicketQuery(text=words), limit=MOST_SHOWN + 1)
    return [*found, *(ticket for ticket in others if ticket.id not in known)]


class TicketPicker(QDialog):
    """Searches tickets as one types; open ones come first, and only such a one is selected unasked.

    :param text: what is put into the ticket ("Put 3 messages into this ticket:")
    :param title: the window's title; empty: *Assign to ticket*
    :param verb: the button's text; empty: *Assign*
    :param accepts: which tickets are offered; None: all
    """

    picked = Signal(str)
    """The chosen ticket's number."""

    def __init__(
        self,
        text: str,
        tickets: TicketService,
        tasks: Tasks,
        parent: QWidget,
        *,
        title: str = "",
        verb: str = "",
        accepts: Callable[[Ticket], bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title or self.tr("Assign to ticket"))
        self._accepts = accepts
        said = wrapped_label(text, self)
        self.search = FilterEdit(self.tr("Number, title, customer, sender or subject"), self, delay=SEARCH_DELAY)
        self.model: RecordModel[Ticket] = RecordModel(_COLUMNS, lambda one: one.id, self)
        self.table: RecordTable[Ticket] = RecordTable(self.model, self.tr("Tickets"), self)
        self.table.setSelectionMode(RecordTable.SelectionMode.SingleSelection)
        self.table.sort_by("changed", Qt.SortOrder.DescendingOrder)
        self.contents = Contents(self.table, self)
        self.contents.nothing_there.say(self.tr("There is no ticket yet."))
        self.contents.nothing_found.say(self.tr("No ticket matches."), self.tr("&Clear the search"), self.search.clear)
        self.note = quiet_label("", self)
        buttons = QDialogButtonBox(self)
        self.assign = buttons.addButton(verb or self.tr("&Assign"), Button.AcceptRole)
        self.cancel = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        self.assign.setDefault(True)
        buttons.accepted.connect(self._pick)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (said, self.search):
            column.addWidget(widget)
        column.addWidget(self.contents, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        self._loader: Loader[str, list[Ticket]] = Loader(
            tasks, "find tickets", lambda words: _found(tickets, words), self
        )
        self._connect()
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 95, metrics.height() * 24)
        self._loader.load("")
        self.search.setFocus()

    def _connect(self) -> None:
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.search.filtered.connect(self._search)
        self.search.left.connect(self.table.take_focus)
        self.table.chosen.connect(lambda ticket: self._pick())
        self.table.selection_changed.connect(self._update)
        self._update()

    def _search(self, text: str) -> None:
        self._loader.load(text.strip())

    def _on_loaded(self, words: str, found: list[Ticket]) -> None:
        found = [ticket for ticket in found if self._accepts is None or self._accepts(ticket)]
        before = [ticket.id for ticket in self.table.selected()]
        self.model.show_records(found[:MOST_SHOWN])
        self._select_unasked(before)
        more = len(found) > MOST_SHOWN
        self.note.setText(
            self.tr("The newest {count} are shown; type more to find others.").format(count=times.number(MOST_SHOWN))
            if more
            else ""
        )
        self.contents.show_counts(total=len(found) + len(words), shown=len(found))
        self._update()

    def _select_unasked(self, before: list[int]) -> None:
        """What was selected stays so; else the first, if it is open: Qt would take a neighbour, whatever it is."""
        if before and [ticket.id for ticket in self.table.selected()] == before:
            return
        self.table.clearSelection()
        if self.model.records and _is_open(self.model.records[0]):
            self.table.select_row(0)

    def _on_failed(self, error: MailadminError) -> None:
        self.contents.show_failure(
            errors.sentence(error), self.tr("&Try again"), lambda: self._search(self.search.text())
        )

    def _update(self) -> None:
        self.assign.setEnabled(len(self.table.selected()) == 1)

    def _pick(self) -> None:
        chosen = self.table.selected()
        if len(chosen) == 1:
            self.picked.emit(chosen[0].number)
            self.accept()
