"""Which ticket a reply belongs to, and what the reply changes there (PM-6, postmaster.md 4.3 and 4.4)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mailadmin.domain.decisions import (
    Answers,
    Questions,
    RoutingSnapshot,
    TicketFacts,
)
from mailadmin.domain.vocabulary import STATES, FollowUpOption, StateType

from .dispatch import queue_facts
from .headers import Headers
from .trace import Step, Trace
from .trust import Orders

LONGEST_SUBJECT: Final = 3_800
LONGEST_MESSAGE_ID: Final = 998
_BRACKETED: Final = re.compile(r"<([^<>]+)>")
_MOST_NUMBERS: Final = 20
_MOST_REFERENCES: Final = 100


@lru_cache(maxsize=32)
def _number_pattern(hook: str, divider: str, system_id: str) -> re.Pattern[str]:
    """Match hook, divider and number, or hook, colon, up to two blanks and number; group 1 or 2 is the number."""
    number = rf"([0-9]{{8}}{re.escape(system_id)}[0-9]{{4,40}})"
    hook, divider = re.escape(hook), re.escape(divider)
    return re.compile(rf"{hook}(?:{divider}{number}|:[ \t]{{0,2}}{number})", re.IGNORECASE)


def _pattern(routing: RoutingSnapshot) -> re.Pattern[str]:
    system_id = routing.system_id if routing.check_system_id else ""
    return _number_pattern(routing.ticket_hook, routing.ticket_hook_divider, system_id)


def numbers_in(subject: str, routing: RoutingSnapshot) -> tuple[str, ...]:
    """Everything in a subject that is written like a ticket number of ours, in order, each once, at most 20."""
    found = (match[1] or match[2] for match in _pattern(routing).finditer(subject[:LONGEST_SUBJECT]))
    return tuple(dict.fromkeys(found))[:_MOST_NUMBERS]


def without_number(subject: str, number: str, routing: RoutingSnapshot) -> str:
    """The subject without a ticket's number, its hook, and the square brackets round them."""
    out: list[str] = []
    end = 0
    for match in _pattern(routing).finditer(subject):
        if (match[1] or match[2]) != number:
            continue
        start, stop = match.span()
        if subject[:start].endswith("[") and subject[stop : stop + 1] == "]":
            start, stop = start - 1, stop + 1
        out.append(subject[end:start])
        end = stop
    return " ".join("".join([*out, subject[end:]]).split()) if out else subject


def message_ids(text: str) -> list[str]:
    """The Message-IDs in a field, in brackets, in order; blanks inside (of a fold) are taken out."""
    found = (f"<{''.join(inner.split())}>" for inner in _BRACKETED.findall(text))
    return [message_id for message_id in found if 2 < len(message_id) <= LONGEST_MESSAGE_ID]


def message_id_of(headers: Headers) -> str:
    """The mail's own Message-ID, in brackets as sent (brackets are added when they are missing); empty if none."""
    text = headers.text("message-id")
    if not text:
        return ""
    if found := message_ids(text):
        return found[0]
    bare = "".join(text.split()).strip("<>")[: LONGEST_MESSAGE_ID - 2]
    return f"<{bare}>" if bare else ""


def reference_ids(headers: Headers) -> tuple[str, ...]:
    """The mails this one refers to, newest first: In-Reply-To, then References from its end; each once, at most 100."""
    replied = headers.text("in-reply-to")
    ids = message_ids(replied)
    bare = replied.strip("<>")
    if not ids and bare and " " not in bare and len(bare) <= LONGEST_MESSAGE_ID - 2:
        ids = [f"<{bare}>"]
    if references := headers.text("references"):
        ids = ids + message_ids(references)[::-1]
    return tuple(dict.fromkeys(ids))[:_MOST_REFERENCES]


def questions_of(headers: Headers, routing: RoutingSnapshot) -> Questions:
    """What must be looked up to find the mail's ticket, by the checks that are switched on."""
    return Questions(
        ticket_numbers=numbers_in(headers.text("subject"), routing) if routing.follow_up_by_subject else (),
        message_ids=reference_ids(headers) if routing.follow_up_by_references else (),
    )


def find_ticket(asked: Questions, answers: Answers, trace: Trace) -> TicketFacts | None:
    """The first ticket by a number in the subject, else by a reference; what was tried goes to the trace."""
    for by, values, known in (
        ("subject", asked.ticket_numbers, answers.by_number),
        ("references", asked.message_ids, {key: found[0] for key, found in answers.by_message_id.items() if found}),
    ):
        tried: list[str] = []
        for value in values:
            if ticket := known.get(value):
                if tried:
                    trace.add(Step.FOLLOW_UP_LOOKED, by=by, tried=", ".join(tried))
                trace.add(Step.FOLLOW_UP_FOUND, by=by, value=value, ticket=ticket.number)
                return ticket
            tried.append(value)
        if tried:
            trace.add(Step.FOLLOW_UP_LOOKED, by=by, tried=", ".join(tried))
    return None


def option_for(ticket: TicketFacts, routing: RoutingSnapshot, trace: Trace) -> FollowUpOption:
    """What happens to a reply to this ticket: possible while it is open, else as its queue says."""
    if not ticket.closed:
        return FollowUpOption.POSSIBLE
    queue = queue_facts(routing, ticket.queue)
    option = queue.follow_up if queue else FollowUpOption.POSSIBLE
    trace.add(Step.FOLLOW_UP_CLOSED, ticket=ticket.number, state=ticket.state, queue=ticket.queue, option=option.value)
    return option


def new_state(ticket: TicketFacts, routing: RoutingSnapshot, orders: Orders, trace: Trace) -> str | None:
    """The state a reply gives its ticket; None: it keeps its own."""
    if orders.flag("State-Keep"):
        trace.add(Step.STATE_KEPT, state=ticket.state, reason="header")
        return None
    wanted = orders.state()
    if wanted is None:
        if STATES.get(ticket.state) is StateType.NEW:
            trace.add(Step.STATE_KEPT, state=ticket.state, reason="new")
            return None
        wanted = (routing.follow_up_state_closed if ticket.closed else "") or routing.follow_up_state
    if wanted == ticket.state:
        return None
    trace.add(Step.STATE_CHANGED, from_=ticket.state, to=wanted)
    return wanted


def new_lock(ticket: TicketFacts, routing: RoutingSnapshot, orders: Orders, trace: Trace) -> str | None:
    """The lock a reply gives its ticket; None: it keeps its own."""
    wanted = orders.lock()
    if wanted is None:
        queue = queue_facts(routing, ticket.queue)
        wanted = "lock" if ticket.closed and queue and queue.follow_up_lock else ticket.lock
    if wanted == ticket.lock:
        return None
    trace.add(Step.LOCK_CHANGED, from_=ticket.lock, to=wanted)
    return wanted
