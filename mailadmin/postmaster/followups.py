"""Which ticket a mail belongs to (PM-6, postmaster.md 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailadmin.domain.decisions import Answers, TicketFacts
from mailadmin.domain.external_numbers import ExternalNumberRule

from .clues import By, Clue
from .dispatch import choose_queue
from .orders import Orders
from .preparing import PreparedMail
from .senders import sender_of
from .trace import Step, Trace

_MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the search for the ticket came to.

    ``ticket``: None when the mail belongs to none. ``rule``: the one whose external number led there. ``fields``: what
    a new ticket gets, so that the next mail with the external number finds it. ``strange``: numbers of tickets that the
    mail quotes and its sender has no part in.
    """

    ticket: TicketFacts | None = None
    rule: ExternalNumberRule | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    strange: tuple[str, ...] = ()


def find_ticket(prepared: PreparedMail, answers: Answers, trace: Trace) -> Recognition:
    """The first ticket that any of the checks leads to; what was tried goes to the trace.

    A number or a Message-ID of no ticket does not end the search, as it does in OTOBO: the next one is tried.
    """
    return _Search(prepared, answers, trace).run()


class _Search:
    def __init__(self, prepared: PreparedMail, answers: Answers, trace: Trace) -> None:
        self._prepared = prepared
        self._answers = answers
        self._trace = trace
        self._fields: dict[str, str] = {}
        self._strange: list[str] = []

    def run(self) -> Recognition:
        prepared = self._prepared
        for clue in prepared.clues:
            if clue.rule and clue.values:
                self._remember(clue.rule, clue.values[0])
            if ticket := self._follow(clue):
                return Recognition(ticket, clue.rule, self._fields, tuple(self._strange))
        return Recognition(None, None, self._fields, tuple(self._strange))

    def _remember(self, rule: ExternalNumberRule, number: str) -> None:
        name = rule.dynamic_field
        if name:
            known = self._prepared.routing.lists.ticket_fields
            self._fields.setdefault(known.get(name.casefold(), name), number)

    def _follow(self, clue: Clue) -> TicketFacts | None:
        tried: list[str] = []
        found = None
        for value in clue.values:
            tickets = self._tickets(clue, value)
            if not tickets:
                tried.append(value)
                continue
            admitted = [ticket for ticket in tickets if self._may_write(clue, ticket)]
            if admitted:
                found = value, admitted
                break
            self._turn_away(clue, value, tickets[0])
        rule = clue.rule.name if clue.rule else ""
        if tried:
            more = f" (+{len(tried) - _MOST_SHOWN})" if len(tried) > _MOST_SHOWN else ""
            shown = ", ".join(tried[:_MOST_SHOWN]) + more
            self._trace.add(Step.FOLLOW_UP_LOOKED, by=clue.by.value, tried=shown, rule=rule)
        if found is None:
            return None
        value, admitted = found
        ticket, reason = self._best(admitted)
        others = str(len(admitted) - 1) if len(admitted) > 1 else ""
        facts = {"by": clue.by.value, "value": value, "ticket": ticket.number, "rule": rule, "others": others}
        self._trace.add(Step.FOLLOW_UP_FOUND, **facts, reason=reason)
        return ticket

    def _tickets(self, clue: Clue, value: str) -> list[TicketFacts]:
        """The tickets that one value leads to, newest first, each once."""
        answers = self._answers
        tickets: Sequence[TicketFacts]
        if clue.rule:
            tickets = answers.by_field.get((clue.rule.dynamic_field.casefold(), value), ())
            kinds = clue.rule.state_types
            tickets = [ticket for ticket in tickets if not kinds or ticket.kind in kinds]
        elif clue.by.is_by_id:
            tickets = answers.by_message_id.get(value, ())
        else:
            ticket = answers.by_number.get(value)
            tickets = (ticket,) if ticket else ()
        return list({ticket.id: ticket for ticket in tickets}.values())

    def _may_write(self, clue: Clue, ticket: TicketFacts) -> bool:
        """Whether the sender check lets the sender into the ticket.

        A bounce comes from a server that has no part in anything, and a rule for another system that says whose mail it
        is for has answered the question. But a report that only answers one of our mails is a reply like any other.
        X-OTOBO headers are no answer: a filter may have set them. An agent has a part in every ticket.
        """
        routing, bounce = self._prepared.routing, self._prepared.mail.bounce
        check = routing.sender_check
        if check not in {"numbers", "all"} or (clue.rule and clue.rule.from_pattern):
            return True
        if clue.by is By.BOUNCE and bounce is not None and bounce.certain:
            return True
        if clue.by.is_by_id and check != "all":
            return True
        sender = sender_of(self._prepared.headers)
        return sender is not None and sender.key in (ticket.participants | routing.lists.agent_addresses)

    def _turn_away(self, clue: Clue, value: str, ticket: TicketFacts) -> None:
        sender = sender_of(self._prepared.headers)
        address = sender.address if sender else ""
        self._trace.add(Step.FOLLOW_UP_STRANGER, by=clue.by.value, value=value, ticket=ticket.number, address=address)
        self._strange.append(ticket.number if clue.by.is_by_id or clue.rule else value)

    def _best(self, tickets: list[TicketFacts]) -> tuple[TicketFacts, str]:
        """Of several tickets: those of the queue this mail would go to, of them the newest open, else the newest.

        One Message-ID in several tickets is no reason to open another (OTOBO finds none of them then): a mail to two
        queues made them.
        """
        if len(tickets) == 1:
            return tickets[0], ""
        silent = Trace()
        prepared = self._prepared
        orders = Orders(prepared.headers, silent)
        queue = choose_queue(prepared.headers, prepared.account, prepared.routing, orders, silent)
        here = [ticket for ticket in tickets if ticket.queue.casefold() == queue.casefold()]
        still_open = [ticket for ticket in here or tickets if not ticket.closed]
        reason = "queue" if here else "open" if still_open else "newest"
        return (still_open or here or tickets)[0], reason
