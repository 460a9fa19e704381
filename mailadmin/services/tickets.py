"""Tickets: list, read, change, and the files in them (PM-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mailadmin.domain.decisions import AS_IT_CAME
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.tickets import (
    STATE_GROUPS,
    Article,
    Attachment,
    HistoryEntry,
    QueueCounts,
    Ticket,
    TicketChange,
    TicketQuery,
)
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, STATES
from mailadmin.postmaster import part_content
from mailadmin.services import contents
from mailadmin.storage import Storage

_CHOICES = {"state": tuple(STATES), "priority": PRIORITIES, "lock": LOCKS}


class TicketService:
    """What an administrator does with tickets."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, query: TicketQuery, *, before: int | None = None, limit: int = 200) -> list[Ticket]:
        """One page of tickets, newest first.

        :param before: the id of the last ticket of the page before; None: the first page
        :raises UserFixableError: UNKNOWN_QUEUE
        :raises InvalidRecordError: a state or group that there is not
        """
        return self._storage.tickets.page(self._checked(query), before=before, limit=limit)

    def count(self, query: TicketQuery) -> int:
        """How many tickets a query finds; it raises what :meth:`page` raises."""
        return self._storage.tickets.count(self._checked(query))

    def list(self, *, queue: str = "", state: str = "", text: str = "", limit: int | None = None) -> list[Ticket]:
        """Tickets, newest first; ``text`` is looked for as :class:`TicketQuery` says.

        :raises UserFixableError: UNKNOWN_QUEUE
        :raises InvalidRecordError: a state that there is not
        """
        query = self._checked(TicketQuery(queue=queue, state=state, text=text))
        return self._storage.tickets.page(query, limit=limit)

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

    def queue_counts(self) -> Mapping[str, QueueCounts]:
        """How many tickets each queue holds, open ones and all, by the queue's name and in the order of names.

        Queues without tickets are there, queues below a queue are not counted with it.
        """
        return self._storage.tickets.queue_counts()

    def change(self, number: str, change: TicketChange) -> Ticket:
        """Change fields of a ticket. Its state says whether it is closed, so this closes and reopens it too.

        :raises UserFixableError: UNKNOWN_TICKET, TICKET_MERGED when the state of a merged ticket is changed
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

    def merge(self, number: str, into: str) -> Ticket:
        """Merge a ticket into another one, which gets its mails and keeps its own state; that one.

        Where the other has been merged itself, the one at the end of that way is meant. Replies to the merged ticket
        go to the other one from now on.

        :raises UserFixableError: UNKNOWN_TICKET, TICKET_MERGED when it is merged already, MERGE_INTO_ITSELF
        """
        return self._storage.tickets.merge(number, into)

    def raw(self, article: Article) -> bytes:
        """The octets of the mail an article was made of.

        :raises UserFixableError: UNKNOWN_MESSAGE when they are gone
        """
        raw = self._storage.inbox.raw(article.inbox_id) if article.inbox_id is not None else None
        if raw is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": article.inbox_id or ""})
        return raw

    def html(self, article: Article) -> str | None:
        """The HTML body of an article's mail as sent, decoded; None when there is none, or it must not be taken apart.

        It must be made safe before it is shown.

        :raises UserFixableError: UNKNOWN_MESSAGE when the raw copy is gone
        """
        raw = self.raw(article)
        return None if _is_as_it_came(article) else contents.html_of(raw)

    def inline(self, article: Article, content_id: str) -> bytes | None:
        """The image that the HTML body refers to as ``cid:...``; None when there is none.

        :raises UserFixableError: UNKNOWN_MESSAGE when the raw copy is gone
        """
        raw = self.raw(article)
        return None if _is_as_it_came(article) else contents.image(raw, content_id)

    def content(self, article: Article, attachment: Attachment) -> bytes:
        """An attachment's decoded content, cut out of the raw message.

        :raises UserFixableError: UNKNOWN_MESSAGE when the raw copy is gone
        """
        return part_content(self.raw(article), attachment.path)

    def _checked(self, query: TicketQuery) -> TicketQuery:
        """The query by names as they are written."""
        state = query.state.casefold()
        for field, value, choices in (("state", state, tuple(STATES)), ("group", query.group, tuple(STATE_GROUPS))):
            if value and value not in choices:
                fault = Fault(field, Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)})
                raise InvalidRecordError([("ticket", "", fault)])
        return replace(query, queue=self._queue(query.queue) if query.queue else "", state=state)

    def _queue(self, name: str) -> str:
        queue = self._storage.queues.by_name(name)
        if queue is None:
            queues = ", ".join(known.name for known in self._storage.queues.all())
            raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": name, "queues": queues})
        return queue.name


def _is_as_it_came(article: Article) -> bool:
    """Whether an article's mail was put into the ticket without being taken apart, which must never be tried again."""
    return any(step.step == AS_IT_CAME for step in article.because)
