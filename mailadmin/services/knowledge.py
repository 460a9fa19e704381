"""What a batch of mail asks of the database: asked once for all, and kept up as each message changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from mailadmin.domain.addresses import address_key, domain_key
from mailadmin.domain.decisions import Answers, CustomerFacts, Decision, Questions, RoutingSnapshot, TicketFacts
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import MailCopy, MailPeople, without_effects
from mailadmin.postmaster import addresses_in
from mailadmin.storage import Storage

_KEPT_FIELDS = 10_000
_addresses_in = lru_cache(_KEPT_FIELDS)(addresses_in)


class Knowledge:
    """The look-ups of one batch.

    Tickets are kept once, by id (below zero: of the batch, without a row yet); what leads to them, as lists of ids.

    :param routing: by which it is decided
    """

    def __init__(self, storage: Storage, asked: Sequence[Questions], routing: RoutingSnapshot) -> None:
        self._storage = storage
        self._lists = routing.lists
        self._participants = any(one.participants for one in asked)
        self._internal = routing.visibility_check
        self._tickets: dict[int, TicketFacts] = {}
        self._people: dict[int, list[MailPeople]] = {}
        self._customers_of: dict[str, frozenset[str]] = {}
        self._by_number: dict[str, tuple[int, ...]] = {}
        self._by_message_id: dict[str, tuple[int, ...]] = {}
        self._by_field: dict[tuple[str, str], tuple[int, ...]] = {}
        self._find(asked)
        self._meet(self._tickets)
        self._customers: Mapping[str, CustomerFacts] = {}
        self._logins: Mapping[str, CustomerFacts] = {}
        self._companies: Mapping[str, str] = {}
        self._look_up_people(asked)
        recipients = {address for one in asked for address in one.recipients}
        self._responses = storage.outbox.counts(recipients) if recipients else {}

    def leads_nowhere(self, questions: Questions) -> bool:
        """Whether no ticket is known for anything a message asks."""
        return (
            self._by_number.keys().isdisjoint(questions.ticket_numbers)
            and self._by_message_id.keys().isdisjoint(questions.message_ids)
            and not self._by_field
        )

    def answers(self, questions: Questions, message_id: str, copies: Sequence[MailCopy] = ()) -> Answers:
        """What is known for one message, as if no copy of it had come before.

        :param message_id: its own; a mail is no reply to itself
        :param copies: the articles that copies of it (or itself) have made
        """
        seen = self._view(copies)
        tickets: dict[int, TicketFacts | None] = {}

        def found(ids: Iterable[int]) -> tuple[TicketFacts, ...]:
            for ticket_id in ids:
                if ticket_id not in tickets:
                    tickets[ticket_id] = seen(ticket_id)
            return tuple(facts for ticket_id in ids if (facts := tickets[ticket_id]) is not None)

        by_number = {number: found(self._by_number.get(number, ())) for number in questions.ticket_numbers}
        fields = {(name.casefold(), value) for name, value in questions.fields}
        responses = self._responses
        if counted := {address for copy in copies for address in copy.effects.counted}:
            responses = {key: number - (key in counted) for key, number in responses.items()}
        return Answers(
            {number: facts[0] for number, facts in by_number.items() if facts},
            {
                asked: facts
                for asked in questions.message_ids
                if asked != message_id and (facts := found(self._by_message_id.get(asked, ())))
            },
            {key: facts for key in fields if (facts := found(self._with_field(key, copies)))},
            self._customers,
            self._logins,
            self._companies,
            responses,
        )

    def note(self, inbox_id: int, decision: Decision, ticket: TicketFacts) -> None:
        """A message was decided: the ones that follow see what it does.

        :param ticket: as it stands afterwards
        """
        article = decision.article
        self._tickets[ticket.id] = ticket
        self._by_number[ticket.number] = (ticket.id,)
        if article.message_id:
            others = self._by_message_id.get(article.message_id, ())
            self._by_message_id[article.message_id] = _first(ticket.id, others)
        for name, value in decision.fields.items():
            key = name_key(name)
            for other in [each for each in self._by_field if each[0] == key and each[1] != value]:
                self._by_field[other] = tuple(one for one in self._by_field[other] if one != ticket.id)
            if value:
                self._by_field[key, value] = _first(ticket.id, self._by_field.get((key, value), ()))
        if decision.response is not None:
            for address in decision.response.counted:
                self._responses[address] = self._responses.get(address, 0) + 1
        internal = article.sender_type == "agent" and not article.visible_for_customer
        if self._participants or (self._internal and internal):
            wrote, received = (article.sender, article.reply_to), (article.to, article.cc)
            one = MailPeople(inbox_id, wrote, received, article.message_id, internal)
            self._people.setdefault(ticket.id, []).append(one)
        if self._people.get(ticket.id):
            self._tickets[ticket.id] = self._met(ticket)

    def stored(self, ids: Mapping[int, int]) -> None:
        """Tickets of the batch have rows now: id below zero to the real one."""
        if not ids:
            return
        self._tickets = {
            ids.get(key, key): replace(facts, id=ids[key]) if key in ids else facts
            for key, facts in self._tickets.items()
        }
        self._people = {ids.get(key, key): people for key, people in self._people.items()}
        places: tuple[dict[Any, tuple[int, ...]], ...] = (self._by_number, self._by_message_id, self._by_field)
        for place in places:
            for key, found in place.items():
                if any(one in ids for one in found):
                    place[key] = tuple(ids.get(one, one) for one in found)

    def look_again(self, ticket_ids: Sequence[int]) -> None:
        """Tickets were changed behind this: read them anew."""
        fresh = self._storage.tickets.facts_by_id(ticket_ids)
        self._tickets |= fresh
        self._meet(fresh)

    def ticket(self, ticket_id: int) -> TicketFacts:
        """A ticket that is known."""
        return self._tickets[ticket_id]

    # --- asking ---

    def _find(self, asked: Sequence[Questions]) -> None:
        tickets = self._storage.tickets
        numbers = list(dict.fromkeys(number for one in asked for number in one.ticket_numbers))
        ids = list(dict.fromkeys(message_id for one in asked for message_id in one.message_ids))
        fields = list(dict.fromkeys(pair for one in asked for pair in one.fields))
        by_number = tickets.facts_by_number(numbers) if numbers else {}
        by_message_id = tickets.facts_by_message_id(ids) if ids else {}
        by_field = tickets.facts_by_field(fields) if fields else {}
        for found in (*((facts,) for facts in by_number.values()), *by_message_id.values(), *by_field.values()):
            self._tickets |= {facts.id: facts for facts in found}
        self._by_number = {number: (facts.id,) for number, facts in by_number.items()}
        self._by_message_id = {key: tuple(facts.id for facts in found) for key, found in by_message_id.items()}
        self._by_field = {key: tuple(facts.id for facts in found) for key, found in by_field.items()}

    def _look_up_people(self, asked: Sequence[Questions]) -> None:
        senders = list(dict.fromkeys(address for one in asked for address in one.senders))
        logins = list(dict.fromkeys(login for one in asked for login in one.logins))
        if senders or logins:
            self._customers, self._logins = self._storage.customers.facts(senders, logins)
        if domains := {domain_key(address.rpartition("@")[2]) for address in senders} - {""}:
            self._companies = self._storage.customers.companies_by_domain(sorted(domains))

    def _meet(self, tickets: Mapping[int, TicketFacts]) -> None:
        """Find out who takes part in tickets, if it matters."""
        ids = [ticket_id for ticket_id in tickets if ticket_id > 0]
        if not ids or not (self._participants or self._internal):
            return
        logins = {facts.customer for facts in tickets.values()} if self._participants else set()
        self._customers_of |= self._storage.tickets.addresses_of(sorted(logins)) if logins else {}
        people = self._storage.tickets.people(ids, internal=not self._participants)
        for ticket_id in ids:
            self._people[ticket_id] = people.get(ticket_id, [])
            if self._participants or self._people[ticket_id]:
                self._tickets[ticket_id] = self._met(tickets[ticket_id])

    def _met(self, ticket: TicketFacts, without: Iterable[int | None] = ()) -> TicketFacts:
        """A ticket with those who take part in it, but for the mails of these messages."""
        mails = [one for one in self._people.get(ticket.id, ()) if one.inbox_id not in without]
        internal = [one for one in mails if one.internal]
        participants: frozenset[str] = frozenset()
        if self._participants:
            texts = [text for one in mails for text in (*one.wrote, *one.received)]
            own = self._customers_of.get(name_key(ticket.customer), frozenset({address_key(ticket.customer)}))
            participants = own.union(*map(_addresses_in, texts)) - {""}
        confidants = frozenset[str]().union(*(_addresses_in(text) for one in internal for text in one.received))
        internal_ids = frozenset(one.message_id for one in internal if one.message_id)
        return replace(ticket, participants=participants, confidants=confidants, internal_ids=internal_ids)

    # --- as if no copy had come before ---

    def _view(self, copies: Sequence[MailCopy]) -> Callable[[int], TicketFacts | None]:
        if not copies:
            return self._tickets.get
        opened = {copy.effects.ticket_id for copy in copies if copy.effects.opened}
        messages = {copy.inbox_id for copy in copies}

        def seen(ticket_id: int) -> TicketFacts | None:
            facts = self._tickets.get(ticket_id)
            if facts is None or ticket_id in opened:
                return None
            for copy in reversed(copies):
                if copy.effects.ticket_id == ticket_id:
                    facts = without_effects(facts, copy.effects)
            facts = replace(facts, state_type=self._lists.state_type(facts.state))
            return self._met(facts, messages) if self._people.get(ticket_id) else facts

        return seen

    def _with_field(self, key: tuple[str, str], copies: Sequence[MailCopy]) -> tuple[int, ...]:
        """The tickets with this dynamic field, but for those that have it by a copy, and with those that had it."""
        found = list(self._by_field.get(key, ()))
        for copy in copies:
            for name, (before, after) in copy.effects.fields.items():
                if name_key(name) != key[0] or before == after:
                    continue
                ticket_id = copy.effects.ticket_id
                if after == key[1] and ticket_id in found:
                    found.remove(ticket_id)
                elif before == key[1] and ticket_id not in found:
                    if ticket_id not in self._tickets:
                        self.look_again([ticket_id])
                    found.append(ticket_id)
        return tuple(found)


def _first(ticket_id: int, others: Sequence[int]) -> tuple[int, ...]:
    return (ticket_id, *(other for other in others if other != ticket_id))
