"""Merging a ticket into another one: which, whether really, and then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mailadmin.domain.tickets import Ticket
from mailadmin.gui.sentences import times
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.confirm import confirm_delete
from mailadmin.gui.widgets.labels import shortened
from mailadmin.gui.widgets.ticket_picker import TicketPicker
from mailadmin.services.tickets import TicketService

from .columns import title_of


class Merging(QObject):
    """Asks for the other ticket, says what will happen, and merges. It cannot be taken back."""

    merged = Signal(object)
    """The ticket that has the mails of both now."""
    failed = Signal(object)
    """A MailadminError."""

    def __init__(self, tickets: TicketService, tasks: Tasks, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._tickets = tickets
        self._tasks = tasks

    def begin(self, ticket: Ticket) -> None:
        """Ask into which ticket this one goes."""
        picker = TicketPicker(
            self.tr('Merge ticket {number}, "{title}", into:').format(
                number=ticket.number, title=shortened(title_of(ticket))
            ),
            self._tickets,
            self._tasks,
            self._page,
            title=self.tr("Merge into"),
            verb=self.tr("&Merge..."),
            accepts=lambda other: other.id != ticket.id and not other.merged_into,
        )
        picker.picked.connect(partial(self._look_at_target, ticket))
        picker.open()

    def _look_at_target(self, ticket: Ticket, number: str) -> None:
        """Both as they are now: what is asked must be what will be done."""
        self._start(lambda: (self._tickets.get(ticket.number), self._tickets.get(number)), self._ask)

    def _ask(self, pair: tuple[Ticket, Ticket]) -> None:
        ticket, into = pair
        ask_to_merge(self._page, ticket, into, partial(self._merge, ticket, into))

    def _merge(self, ticket: Ticket, into: Ticket) -> None:
        self._start(lambda: self._tickets.merge(ticket.number, into.number), self.merged.emit)

    def _start(self, do: Callable[[], object], then: Callable[..., object]) -> None:
        task = self._tasks.task("merge tickets", lambda _: do())
        task.succeeded.connect(then)
        task.failed.connect(self.failed)
        self._tasks.start(task)


def ask_to_merge(parent: QWidget, ticket: Ticket, into: Ticket, on_merge: Callable[[], object]) -> QMessageBox:
    """Ask before two tickets become one; says what happens.

    :returns: the question, open already
    """
    facts = {
        "from": ticket.number,
        "from_title": shortened(title_of(ticket)),
        "into": into.number,
        "into_title": shortened(title_of(into)),
        "messages": times.messages(ticket.articles),
    }
    return confirm_delete(
        parent,
        translate("Tickets", "Merge tickets"),
        translate("Tickets", 'Merge ticket {from}, "{from_title}", into {into}, "{into_title}"?').format_map(facts),
        translate(
            "Tickets",
            "What happens: {messages} of {from} will be in {into}, which keeps its queue and its state. {from} stays "
            "as an empty ticket that leads there, and replies to it go to {into}.\n\nThis cannot be undone.",
        ).format_map(facts),
        translate("Tickets", "&Merge tickets"),
        on_merge,
    )
