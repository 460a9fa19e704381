"""What the page changes: several tickets in one task, with a summary and a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.tickets import Ticket, TicketChange
from mailadmin.gui.sentences import errors, states, times
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.tickets import TicketService


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The tickets that were changed, as they were and as they are now; those that were not, and why."""

    changed: tuple[tuple[Ticket, Ticket], ...]
    failed: tuple[tuple[Ticket, MailadminError], ...]
    asked: int


class TicketChanges(QObject):
    """Changes tickets in tasks and says what came of it."""

    done = Signal(str)
    """What was done, in words."""
    undoable = Signal(str, object)
    """The same for what can be taken back, with a callable that does so."""
    not_done = Signal(str, str)
    """What was not done, and the reasons, a line each."""
    failed = Signal(object)
    """A MailadminError."""

    def __init__(self, tickets: TicketService, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tickets = tickets
        self._tasks = tasks

    def move(self, tickets: Sequence[Ticket], queue: str) -> None:
        """Move tickets into a queue."""
        there = [ticket for ticket in tickets if ticket.queue != queue]
        one, several = self.tr('{ticket} was moved to "{queue}".'), self.tr('{count} tickets were moved to "{queue}".')
        self._change(there, "queue", queue, (one, several))

    def close(self, tickets: Sequence[Ticket], state: str) -> None:
        """Close tickets with this state."""
        one, several = self.tr("{ticket}: {state}."), self.tr("{count} tickets: {state}.")
        self._change(tickets, "state", state, (one, several))

    def reopen(self, tickets: Sequence[Ticket], state: str) -> None:
        """Open tickets again, in this state."""
        one, several = self.tr("{ticket} was opened again."), self.tr("{count} tickets were opened again.")
        self._change(tickets, "state", state, (one, several))

    def note(self, before: Ticket, after: Ticket) -> None:
        """Say that a ticket was changed elsewhere, with the way back."""
        if before != after:
            text = self.tr("{ticket} was changed.").format(ticket=after.number)
            self.undoable.emit(text, partial(self._put_back, [(before, after)]))

    # --- inside ---

    def _change(self, tickets: Sequence[Ticket], field: str, value: str, words: tuple[str, str]) -> None:
        """Give a field of these tickets this value.

        :param words: what is said then of one, and of several
        """
        wanted = tuple(tickets)
        values: dict[str, Any] = {field: value}

        def change(ticket: Ticket) -> tuple[Ticket, Ticket]:
            before = self._tickets.get(ticket.number)
            return before, self._tickets.change(ticket.number, TicketChange(**values))

        if wanted:
            self._start("change tickets", wanted, change, partial(self._on_changed, field, words))

    def _put_back(self, changed: Sequence[tuple[Ticket, Ticket]]) -> None:
        """Give every ticket what it had; one in which somebody has changed the same meanwhile is left alone."""
        had = {after.number: (before, after) for before, after in changed}

        def put_back(ticket: Ticket) -> tuple[Ticket, Ticket] | None:
            before, after = had[ticket.number]
            now = self._tickets.get(ticket.number)
            if any(part_of(now, name) != part_of(after, name) for name in differences(before, after)):
                return None
            return now, self._tickets.change(ticket.number, change_between(after, before))

        self._start("undo", [after for _, after in changed], put_back, self._on_put_back)

    def _start(
        self,
        name: str,
        tickets: Sequence[Ticket],
        act: Callable[[Ticket], tuple[Ticket, Ticket] | None],
        then: Callable[[_Outcome], None],
    ) -> None:
        def work(task: Task) -> _Outcome:
            changed: list[tuple[Ticket, Ticket]] = []
            failed: list[tuple[Ticket, MailadminError]] = []
            for ticket in tickets:
                if task.should_stop():
                    break
                try:
                    pair = act(ticket)
                except MailadminError as error:
                    failed.append((ticket, error))
                else:
                    changed += [pair] if pair else []
            return _Outcome(tuple(changed), tuple(failed), len(tickets))

        task = self._tasks.task(name, work)
        task.succeeded.connect(then)
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _on_changed(self, field: str, words: tuple[str, str], outcome: _Outcome) -> None:
        if outcome.changed:
            one, several = words
            ticket = outcome.changed[0][1]
            value = states.ticket_state(ticket.state) if field == "state" else ticket.queue
            text = (one if len(outcome.changed) == 1 else several).format_map(
                {"ticket": ticket.number, "count": times.number(len(outcome.changed)), field: value}
            )
            self.undoable.emit(text, partial(self._put_back, outcome.changed))
        self._tell_failures(outcome)

    def _on_put_back(self, outcome: _Outcome) -> None:
        left = outcome.asked - len(outcome.changed) - len(outcome.failed)
        if left:
            self.done.emit(self.tr("Undone; {count} changed since were left alone.").format(count=times.number(left)))
        else:
            self.done.emit(self.tr("Undone"))
        self._tell_failures(outcome)

    def _tell_failures(self, outcome: _Outcome) -> None:
        if not outcome.failed:
            return
        if outcome.asked == 1:
            error = outcome.failed[0][1]
            self.not_done.emit(errors.sentence(error), errors.server_words(error))
            return
        text = self.tr("{count} of {all} tickets could not be changed.").format(
            count=times.number(len(outcome.failed)), all=times.number(outcome.asked)
        )
        lines = [f"{ticket.number}: {errors.sentence(error)}" for ticket, error in outcome.failed]
        self.not_done.emit(text, "\n".join(lines))


_PLAIN: Final = (
    "title", "queue", "state", "priority", "lock", "type", "owner", "responsible", "service", "sla", "customer",
    "customer_id",
)  # fmt: skip
"""What a ticket and a change call by the same name, and is text."""


def part_of(ticket: Ticket, name: str) -> object:
    """A field of a ticket, or a dynamic field of it (``fields.NAME``)."""
    plain, _, dynamic = name.partition(".")
    return ticket.fields.get(dynamic, "") if dynamic else getattr(ticket, plain)


def differences(before: Ticket, after: Ticket) -> list[str]:
    """The names of what differs between two versions of a ticket, of all that can be changed by hand."""
    fields = (f"fields.{name}" for name in dict.fromkeys((*before.fields, *after.fields)))
    return [name for name in (*_PLAIN, "pending_until", *fields) if part_of(before, name) != part_of(after, name)]


def change_between(before: Ticket, after: Ticket) -> TicketChange:
    """What makes a ticket that is as ``before`` as ``after``: nothing but the differences."""
    different = differences(before, after)
    values: dict[str, Any] = {name: getattr(after, name) for name in different if name in _PLAIN}
    fields = {name.partition(".")[2]: str(part_of(after, name)) for name in different if name.startswith("fields.")}
    pending = "pending_until" in different
    return TicketChange(
        **values,
        pending_until=after.pending_until if pending else None,
        no_pending=pending and after.pending_until is None,
        fields=fields,
    )
