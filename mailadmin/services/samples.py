"""What a text or a pattern would give, tried on a sample before it is saved. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from mailadmin.domain.decisions import AccountFacts, Answers, ResponseOrder, RoutingSnapshot, TicketFacts
from mailadmin.domain.responses import AutoResponse, OutboxDraft
from mailadmin.postmaster import decide, parse, prepare, ticket_number
from mailadmin.postmaster.patterns import PatternFailedError, captures
from mailadmin.postmaster.response_texts import write_response


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMail:
    """A mail that an auto-response answers in its preview. ``sender`` is a bare address; ``company``: a customer id."""

    sender: str
    sender_name: str
    subject: str
    body: str
    company: str = ""


def preview_response(response: AutoResponse, queue: str, sample: SampleMail, routing: RoutingSnapshot) -> OutboxDraft:
    """The message that a text would become, as the answer to a sample mail.

    :param queue: the name of the queue it is sent for; empty or unknown: the default queue
    """
    plain = replace(routing, filters=(), external_numbers=(), responses={}, hold_unknown_senders=False)
    name = queue if queue.casefold() in plain.queues else plain.default_queue
    at = datetime.now(UTC)
    prepared = prepare(parse(_octets(sample, at)), AccountFacts(queue=name), plain, at)
    decision = replace(decide(prepared, Answers()), customer_id=sample.company)
    ticket = TicketFacts(
        id=0,
        number=ticket_number(at.date(), plain.system_id, 1),
        queue=name,
        state=plain.default_state,
        title=sample.subject,
        priority=plain.default_priority,
    )
    return write_response(ResponseOrder(response, (sample.sender,)), decision, ticket, plain, prepared)


def external_numbers(pattern: str, text: str) -> tuple[str, ...] | None:
    """The numbers that a pattern finds in a text; None when it is no regular expression, or takes too long."""
    try:
        return tuple(dict.fromkeys(number for one in captures(pattern, text) if (number := one.strip())))
    except PatternFailedError:
        return None


def _octets(sample: SampleMail, at: datetime) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{sample.sender_name} <{sample.sender}>"
    message["Subject"] = sample.subject
    message["Date"] = at
    message["Message-ID"] = "<sample@example.com>"
    message.set_content(sample.body)
    return message.as_bytes()
