"""One batch of claimed messages: decided in order of arrival, written in few statements, each mail once."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.decisions import Decision, DecisionKind, Lists, RoutingSnapshot, TicketFacts
from mailadmin.domain.messages import DecidedMessage, InboxState
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.responses import ResponseWrite
from mailadmin.domain.tickets import ANSWERS, AccountStanding, LaterCopy, MailCopy, TicketWrite
from mailadmin.postmaster import PreparedMail, decide, ticket_number, write_response
from mailadmin.services.copies import WITHOUT_SAY, as_copy, as_decider, fitting, takes_over
from mailadmin.services.knowledge import Knowledge
from mailadmin.storage import Storage

_STATES: Final = {
    DecisionKind.IGNORED: InboxState.IGNORED,
    DecisionKind.HELD: InboxState.HELD,
    DecisionKind.COPY: InboxState.DUPLICATE,
}


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """A message that was claimed and prepared.

    ``digest``: of its octets. ``standing``: its account's, as it is configured now.
    """

    inbox_id: int
    mail: PreparedMail
    account_id: int | None
    account: str
    standing: AccountStanding | None
    digest: bytes

    @property
    def message_id(self) -> str:
        """Its Message-ID as it was sent."""
        return self.mail.mail.headers.text("Message-ID")


@dataclass(frozen=True, slots=True)
class _Pending:
    """A message that is decided and not written yet. ``ticket``: as it stands afterwards, None when there is none."""

    message: PreparedMessage
    decision: Decision
    ticket: TicketFacts | None
    copy: MailCopy | None = None


class Batch:
    """Decides and writes one batch, inside a transaction. Use it once.

    :param messages: in order of arrival
    """

    def __init__(self, storage: Storage, routing: RoutingSnapshot, messages: Sequence[PreparedMessage]) -> None:
        self._storage = storage
        self._routing = routing
        self._messages = messages
        keys = {one.mail.copy_key for one in messages if one.mail.copy_key is not None}
        storage.copies.lock(keys)
        self._copies = storage.copies.of_keys(keys)
        self._knowledge = Knowledge(storage, [one.mail.questions for one in messages], routing)
        self._numbers = TicketNumbers(storage, routing.system_id, self._expected())
        self._pending: list[_Pending] = []
        self._unwritten: set[bytes] = set()
        self._to_come = Counter(one.mail.copy_key for one in messages)
        self._processed: list[Processed] = []

    def decide(self) -> None:
        """Decide every message; what one changes, the next ones see."""
        for place, one in enumerate(self._messages, start=1):
            key = one.mail.copy_key
            if key is not None and key in self._unwritten:
                self.write()
            self._to_come[key] -= 1
            copies = self._copies.get(key, []) if key is not None else []
            decision = self._alone(one, copies)
            copy = None
            if copies and decision.kind not in WITHOUT_SAY:
                copy = fitting(decision, copies, one_ticket=self._routing.one_ticket_for_copies)
            if copy is None:
                self._settle(one, decision, -place)
            elif takes_over(decision, one.standing, one.digest, copy):
                if self._pending:  # it may be about the same ticket, and that may have no row yet
                    self.write()
                    decision = self._alone(one, copies)
                self._take_over(one, as_decider(decision, copy), copy)
            else:
                self._pending.append(_Pending(one, as_copy(decision, copy), None, copy))

    def write(self) -> list[Processed]:
        """Write what is decided; what became of each message until now."""
        pending, self._pending, self._unwritten = self._pending, [], set()
        tickets = [one for one in pending if one.ticket is not None]
        writes = [
            TicketWrite(one.message.inbox_id, one.ticket, one.decision, one.message.mail.at)
            for one in tickets
            if one.ticket is not None
        ]
        places = self._places(pending)
        written = {row.inbox_id: row for row in self._storage.tickets.write(writes)} if writes else {}
        self._knowledge.stored(
            {write.ticket.id: written[write.inbox_id].ticket_id for write in writes if write.ticket.id < 0}
        )
        results, responses = [], []
        for one in pending:
            row, message, decision = written.get(one.message.inbox_id), one.message, one.decision
            ticket_id, article_id = (row.ticket_id, row.article_id) if row else (None, None)
            number = row.number if row else ""
            if one.copy is not None:
                article_id, (ticket_id, number) = one.copy.article_id, places[one.copy.ticket_id]
            results.append(self._decided(message, decision, ticket_id, article_id, one.copy))
            if row is not None and one.ticket is not None:
                responses += self._responses(message, decision, one.ticket, row.ticket_id)
            self._done(message, decision.kind, number, decision)
        self._storage.inbox.decided(results)
        self._storage.outbox.add(responses)
        self._look_at_copies([one.message for one in tickets])
        return self._processed

    def _places(self, pending: Sequence[_Pending]) -> dict[int, tuple[int, str]]:
        """Where copies belong now, by the ticket of their article: nobody merges it until these are written.

        Locked together with the other tickets that are about to be written into, in one order.
        """
        copies = {one.copy.ticket_id for one in pending if one.copy is not None}
        if not copies:
            return {}
        others = {one.ticket.id for one in pending if one.ticket is not None and one.ticket.id > 0}
        return self._storage.copies.places(copies | others)

    # --- one message ---

    def _alone(self, one: PreparedMessage, copies: Sequence[MailCopy]) -> Decision:
        """What becomes of a message as if no copy of it had been here."""
        return decide(one.mail, self._knowledge.answers(one.mail.questions, one.message_id, copies))

    def _settle(self, one: PreparedMessage, decision: Decision, place: int) -> None:
        """A message that is no copy of what is there already."""
        ticket = ticket_after(decision, place, self._numbers.next, self._routing.lists)
        self._pending.append(_Pending(one, decision, ticket))
        if ticket is not None:
            self._knowledge.note(one.inbox_id, decision, ticket)
            if one.mail.copy_key is not None:
                self._unwritten.add(one.mail.copy_key)

    def _take_over(self, one: PreparedMessage, decision: Decision, copy: MailCopy) -> None:
        """A copy that came later decides; nothing is pending."""
        counted = copy.effects.counted
        unsent = self._storage.outbox.take_back(copy.inbox_id, counted)
        if unsent:
            counted = decision.response.counted if decision.response is not None else ()
        later = LaterCopy(one.inbox_id, one.account, decision, one.mail.at, counted)
        ticket_id = self._storage.copies.take_over(copy, later)
        self._knowledge.look_again([copy.ticket_id, ticket_id])
        ticket = self._knowledge.ticket(ticket_id)
        self._storage.inbox.decided([self._decided(one, decision, ticket_id, copy.article_id, None)])
        if unsent:
            self._storage.outbox.add(self._responses(one, decision, ticket, ticket_id))
        self._done(one, DecisionKind.COPY, ticket.number, decision)
        self._look_at_copies([one])

    def _decided(
        self,
        one: PreparedMessage,
        decision: Decision,
        ticket_id: int | None,
        article_id: int | None,
        copy: MailCopy | None,
    ) -> DecidedMessage:
        return DecidedMessage(
            inbox_id=one.inbox_id,
            state=_STATES.get(decision.kind, InboxState.PROCESSED),
            decision=decision,
            ticket_id=ticket_id,
            article_id=article_id,
            copy_key=one.mail.copy_key,
            copy_of=copy.inbox_id if copy else None,
        )

    def _done(self, one: PreparedMessage, outcome: DecisionKind, number: str, decision: Decision) -> None:
        self._processed.append(Processed(one.inbox_id, one.account_id, outcome, number, decision))

    def _responses(
        self, one: PreparedMessage, decision: Decision, ticket: TicketFacts, ticket_id: int
    ) -> list[ResponseWrite]:
        if decision.response is None:
            return []
        draft = write_response(decision.response, decision, ticket, self._routing, one.mail)
        message_id = new_message_id(draft.sender)
        return [ResponseWrite(one.inbox_id, ticket_id, draft, message_id, decision.response.counted)]

    def _look_at_copies(self, messages: Sequence[PreparedMessage]) -> None:
        """What these have made is known to copies of them that are still to come in this batch."""
        keys = {key for one in messages if (key := one.mail.copy_key) is not None and self._to_come[key]}
        if keys:
            self._copies |= self._storage.copies.of_keys(keys)

    def _expected(self) -> int:
        """How many ticket numbers will probably be needed."""
        here = {one.message_id for one in self._messages}
        return sum(
            here.isdisjoint(one.mail.questions.message_ids) and self._knowledge.leads_nowhere(one.mail.questions)
            for one in self._messages
        )


class TicketNumbers:
    """Ticket numbers of today, passing over any that are taken (a restored counter, a changed SystemID).

    :param expected: how many will probably be needed; they are taken from the counter at once
    """

    def __init__(self, storage: Storage, system_id: str, expected: int) -> None:
        self._tickets = storage.tickets
        self._system_id = system_id
        self._day = datetime.now(UTC).date()
        self._expected = expected
        self._ready: deque[str] = deque()

    def next(self) -> str:
        """One that nobody else has."""
        while not self._ready:
            count = max(1, self._expected)
            self._expected = 0
            first = self._tickets.take_counters(self._day, count)
            numbers = [ticket_number(self._day, self._system_id, first + place) for place in range(count)]
            taken = self._tickets.number_exists(numbers)
            self._ready.extend(number for number in numbers if number not in taken)
        return self._ready.popleft()


def ticket_after(decision: Decision, new_id: int, next_number: Callable[[], str], lists: Lists) -> TicketFacts | None:
    """The ticket a decision leads to, as it will stand afterwards; None when it leads to none.

    :param new_id: what a new ticket goes by until it has a row
    """
    if decision.kind in WITHOUT_SAY:
        return None
    old = decision.ticket
    if decision.kind not in ANSWERS:
        return TicketFacts(
            new_id,
            next_number(),
            decision.queue,
            decision.state,
            decision.lock,
            decision.title,
            state_type=lists.state_type(decision.state),
            priority=decision.priority,
            type=decision.ticket_type,
            owner=decision.owner,
            responsible=decision.responsible,
            service=decision.service,
            sla=decision.sla,
            customer=decision.customer,
            customer_id=decision.customer_id,
            pending_until=decision.pending_until,
        )
    assert old is not None, "a follow-up names its ticket"
    state = decision.new_state or old.state
    return replace(
        old,
        queue=decision.new_queue or old.queue,
        title=decision.new_title or old.title,
        state=state,
        state_type=lists.state_type(state),
        lock=decision.new_lock or old.lock,
        priority=decision.new_priority or old.priority,
        type=decision.new_type or old.type,
        owner=decision.new_owner or old.owner,
        responsible=decision.new_responsible or old.responsible,
        service=decision.new_service or old.service,
        sla=decision.new_sla or old.sla,
        pending_until=decision.new_pending_until or old.pending_until,
    )


def new_message_id(sender: str) -> str:
    """A Message-ID of our own (RFC 5322, 3.6.4): unique by chance, under the sender's domain; no host is named."""
    return f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2] or 'mailadmin.invalid'}>"
