"""Tickets: list, read, change, and the files in them (PM-10)."""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.domain.decisions import LOCKS, PRIORITIES, STATES
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket, TicketChange
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.postmaster import part_content
from mailadmin.storage import Storage

_CHOICES = {"state": tuple(STATES), "priority": PRIORITIES, "lock": LOCKS}


class TicketService:
    """What an administrator does with tickets."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def list(self, *, queue: str = "", state: str = "", text: str = "", limit: int | None = None) -> list[Ticket]:
        """Tickets, newest first.

        :raises UserFixableError: UNKNOWN_QUEUE
        :raises InvalidRecordError: a state that there is not
        """
        if queue:
            queue = self._queue(queue)
        if state:
            state = state.casefold()
            if state not in STATES:
                choices = Fault("state", Problem.NOT_A_CHOICE, {"choices": ", ".join(STATES)})
                raise InvalidRecordError([("ticket", "", choices)])
        return self._storage.tickets.list(queue=queue, state=state, text=text, limit=limit)

    def get(self, number: str) -> Ticket:
        """One ticket.

        :raises UserFixableError: UNKNOWN_TICKET
        """
        ticket = self._storage.tickets.by_number(number)
        if ticket is None:
            raise UserFixableError(Code.UNKNOWN_TICKET, {"number": number})
        return ticket

    def articles(self, ticket: Ticket) -> Sequence[Article]:
        """A ticket's mails, in order."""
        return self._storage.tickets.articles(ticket.id)

    def history(self, ticket: Ticket) -> Sequence[HistoryEntry]:
        """What happened to a ticket, in order."""
        return self._storage.tickets.history(ticket.id)

    def counts(self) -> dict[str, int]:
        """How many tickets each queue holds."""
        return self._storage.tickets.counts()

    def change(self, number: str, change: TicketChange) -> Ticket:
        """Change fields of a ticket.

        :raises InvalidRecordError: an unknown state, priority, lock or queue
        """
        self.get(number)
        faults = [
            Fault(key, Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)})
            for key, choices in _CHOICES.items()
            if getattr(change, key) is not None and getattr(change, key) not in choices
        ]
        if change.queue is not None and self._storage.queues.by_name(change.queue) is None:
            faults.append(Fault("queue", Problem.UNKNOWN_QUEUE, {"queue": change.queue}))
        if change.title is not None and not change.title.strip():
            faults.append(Fault("title", Problem.REQUIRED))
        if faults:
            raise InvalidRecordError(("ticket", number, fault) for fault in faults)
        return self._storage.tickets.change(number, change)

    def content(self, article: Article, attachment: Attachment) -> bytes:
        """An attachment's decoded content, cut out of the raw message.

        :raises UserFixableError: UNKNOWN_MESSAGE when the raw copy is gone
        """
        raw = self._storage.inbox.raw(article.inbox_id) if article.inbox_id is not None else None
        if raw is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": article.inbox_id or ""})
        return part_content(raw, attachment.path)

    def _queue(self, name: str) -> str:
        queue = self._storage.queues.by_name(name)
        if queue is None:
            queues = ", ".join(known.name for known in self._storage.queues.all())
            raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": name, "queues": queues})
        return queue.name
