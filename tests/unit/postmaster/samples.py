"""What the PostMaster tests decide by: queues, addresses, tickets, and short ways to write a mail and ask about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from mailadmin.domain.decisions import (
    AccountFacts,
    Answers,
    Because,
    Decision,
    Questions,
    QueueFacts,
    RoutingSnapshot,
    TicketFacts,
)
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.postmaster import ParsedMail, decide, parse, prepare

QUEUES: Final = (
    QueueFacts("Postmaster", True, FollowUpOption.POSSIBLE, False),
    QueueFacts("Raw", True, FollowUpOption.POSSIBLE, False),
    QueueFacts("Support", True, FollowUpOption.POSSIBLE, True),
    QueueFacts("Sales", True, FollowUpOption.REJECT, False),
    QueueFacts("Billing::Invoices", True, FollowUpOption.NEW_TICKET, False),
    QueueFacts("Old", False, FollowUpOption.POSSIBLE, False),
)
ROUTING: Final = RoutingSnapshot(
    queues={queue.name.casefold(): queue for queue in QUEUES},
    addresses={
        "support@example.org": "Support",
        "sales@example.org": "Sales",
        "invoices@example.org": "Billing::Invoices",
        "old@example.org": "Old",
    },
)
UNTRUSTED: Final = AccountFacts("inbox")
TRUSTED: Final = AccountFacts("inbox", trusted=True)
NUMBER: Final = "2026112010000017"
NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""When the mails of these tests are fetched."""
OTHER_NUMBER: Final = "2026112010000025"


def routing(**changes: Any) -> RoutingSnapshot:
    """The usual routing with some settings changed."""
    return replace(ROUTING, **changes)


def ticket(**changes: Any) -> TicketFacts:
    """An open ticket in Support."""
    return replace(TicketFacts(7, NUMBER, "Support", "open", title="Printer"), **changes)


def mail(body: bytes | str = "Hello", **headers: str | bytes) -> bytes:
    """A mail: header names with ``_`` for ``-``; From and To are there unless given (an empty value leaves one out)."""
    fields = {"From": "Ann Lee <ann@customer.example>", "To": "support@example.org", **headers}
    lines = [name.replace("_", "-").encode() + b": " + _octets(value) for name, value in fields.items() if value]
    return b"\n".join(lines) + b"\n\n" + _octets(body)


def decided(
    raw: bytes,
    account: AccountFacts = UNTRUSTED,
    snapshot: RoutingSnapshot = ROUTING,
    *,
    by_number: Mapping[str, TicketFacts] | None = None,
    by_message_id: Mapping[str, TicketFacts] | None = None,
    at: datetime = NOW,
    **answers: Any,
) -> Decision:
    """Parse and decide; ``answers`` are further fields of Answers."""
    answers["by_number"] = by_number or {}
    answers.setdefault("by_message_id", {message_id: (facts,) for message_id, facts in (by_message_id or {}).items()})
    return decide(prepare(parse(raw), account, snapshot, at), Answers(**answers))


def questions(mail_: ParsedMail, account: AccountFacts, snapshot: RoutingSnapshot) -> Questions:
    return prepare(mail_, account, snapshot, NOW).questions


def steps(decision: Decision, step: str) -> list[dict[str, str]]:
    """The facts of every step of that name in the trace."""
    return [dict(because.facts) for because in decision.because if because.step == step]


def step(decision: Decision, name: str) -> dict[str, str]:
    """The facts of the one step of that name."""
    (facts,) = steps(decision, name)
    return facts


def problems(because: tuple[Because, ...]) -> set[str]:
    """The names of the problems met in parsing."""
    return {one.facts["problem"] for one in because if one.step == "parse"}


def _octets(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
