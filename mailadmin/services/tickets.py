"""Tickets: list, read, change, and the files in them (PM-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mailadmin.domain.decisions import AS_IT_CAME
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import (
    GROUPS,
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

_MAY_BE_EMPTY = frozenset({"type", "owner", "responsible", "service", "sla"})
LONGEST_NAME = 191
"""Characters of a dynamic field's name."""
_LONGEST_PERSON = {"customer": 191, "customer_id": 150}


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

    def list(
        self, *, queue: str = "", state: str = "", text: str = "", bodies: bool = False, limit: int | None = None
    ) -> list[Ticket]:
        """Tickets, newest first; ``text`` is looked for as :class:`TicketQuery` says.

        :raises UserFixableError: UNKNOWN_QUEUE
        :raises InvalidRecordError: a state that there is not
        """
        query = self._checked(TicketQuery(queue=queue, state=state, text=text, bodies=bodies))
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
        :raises InvalidRecordError: an unknown queue, or a value that is not on the list it is chosen from (states,
            types, agents, services, SLAs: in any case of their letters)
        """
        self.get(number)
        faults = []
        for key, choices in self.choices().items():
            wanted = getattr(change, key)
            if wanted is None or (not wanted and key in _MAY_BE_EMPTY):
                continue
            written = {name_key(name): name for name in choices}.get(name_key(wanted))
            if written is None:
                faults.append(Fault(key, Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)}))
            else:
                change = replace(change, **{key: written})  # type: ignore[arg-type]
        if change.queue is not None and self._storage.queues.by_name(change.queue) is None:
            faults.append(Fault("queue", Problem.UNKNOWN_QUEUE, {"queue": change.queue}))
        if change.title is not None and not change.title.strip():
            faults.append(Fault("title", Problem.REQUIRED))
        faults += [
            Fault(key, Problem.TOO_LONG, {"maximum": str(maximum)})
            for key, maximum in _LONGEST_PERSON.items()
            if len(getattr(change, key) or "") > maximum
        ]
        if any(not name.strip() for name in change.fields):
            faults.append(Fault("fields", Problem.REQUIRED))
        if any(len(name) > LONGEST_NAME for name in change.fields):
            faults.append(Fault("fields", Problem.TOO_LONG, {"maximum": str(LONGEST_NAME)}))
        if faults:
            raise InvalidRecordError(("ticket", number, fault) for fault in faults)
        return self._storage.tickets.change(number, change)

    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """What fields of a ticket can be chosen from, by the field: what is valid, as it is written."""
        lists = self._storage.lists.snapshot()
        states = _in_order(name for key, (name, _) in lists.states.items() if key in lists.valid_states)
        agents = tuple(sorted(lists.agents.values()))
        return {
            "state": states,
            "priority": PRIORITIES,
            "lock": LOCKS,
            "type": tuple(sorted(lists.types.values())),
            "owner": agents,
            "responsible": agents,
            "service": tuple(sorted(lists.services.values())),
            "sla": tuple(sorted(lists.slas.values())),
        }

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
        state = query.state
        if state:
            states = {key: name for key, (name, _) in self._storage.lists.snapshot().states.items()}
            state = states.get(name_key(state), "")
            if not state:
                raise _no_choice("state", _in_order(states.values()))
        if query.group and query.group not in GROUPS:
            raise _no_choice("group", GROUPS)
        return replace(query, queue=self._queue(query.queue) if query.queue else "", state=state)

    def _queue(self, name: str) -> str:
        queue = self._storage.queues.by_name(name)
        if queue is None:
            queues = ", ".join(known.name for known in self._storage.queues.all())
            raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": name, "queues": queues})
        return queue.name


def _in_order(states: Iterable[str]) -> tuple[str, ...]:
    """The shipped states first, in the order OTOBO has them; then the others by name."""
    shipped = {name: place for place, name in enumerate(STATES)}
    return tuple(sorted(states, key=lambda name: (shipped.get(name, len(shipped)), name_key(name))))


def _no_choice(field: str, choices: Iterable[str]) -> InvalidRecordError:
    return InvalidRecordError([("ticket", "", Fault(field, Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)}))])


def _is_as_it_came(article: Article) -> bool:
    """Whether an article's mail was put into the ticket without being taken apart, which must never be tried again."""
    return any(step.step == AS_IT_CAME for step in article.because)
