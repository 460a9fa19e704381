"""Tickets and articles as they are read back (FEATURES PM-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from .decisions import Because, Decision, DecisionKind, Protection, TicketFacts
from .names import name_key
from .vocabulary import STATES, StateType

CLOSED_TYPES: Final = frozenset({StateType.CLOSED, StateType.MERGED, StateType.REMOVED})
"""The types of states that nobody works on any more."""
GROUPS: Final = ("open", "closed")
"""The groups of states that lists show: those still worked on, and those that are done."""
STATE_GROUPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "open": frozenset(state for state, kind in STATES.items() if kind not in CLOSED_TYPES),
        "closed": frozenset(state for state, kind in STATES.items() if kind in CLOSED_TYPES),
    }
)
"""The same for the states that OTOBO ships; what is configured besides is known to the database alone."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket in a list. Times are aware UTC; ``articles`` is a count.

    ``merged_into``: the number of the ticket it was merged into, else empty. ``continues``: that of the closed ticket
    whose reply made it. ``fields``: its dynamic fields by name.
    """

    id: int
    number: str
    title: str
    queue: str
    state: str
    priority: str
    lock: str
    type: str
    customer: str
    articles: int
    created: datetime
    changed: datetime
    merged_into: str = ""
    state_type: StateType = StateType.OPEN
    customer_id: str = ""
    owner: str = ""
    responsible: str = ""
    service: str = ""
    sla: str = ""
    pending_until: datetime | None = None
    continues: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether nobody works on it any more."""
        return self.state_type in CLOSED_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Which tickets a list shows; every field narrows it, and one that says nothing shows all.

    ``queue``: its name, in any case; ``subqueues``: also those below it (``Support::Printers`` under ``Support``).
    ``group``: ``open`` (new, open, pending) or ``closed`` (closed, merged, removed). ``state``: exactly this one.
    ``text``: a piece of number, title, customer, or of a mail's sender, subject or Message-ID, in any case; ``bodies``:
    or of a mail's body, which takes seconds where there are many.
    """

    queue: str = ""
    subqueues: bool = False
    group: str = ""
    state: str = ""
    text: str = ""
    bodies: bool = False


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many tickets a queue holds: those of the group ``open``, and all."""

    open: int
    total: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment's facts; its content is cut out of the raw message when asked for. ``sha256`` is hex."""

    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    path: str
    content_id: str
    disposition: str


@dataclass(frozen=True, slots=True)
class FurtherCopy:
    """A message that is another copy of an article's mail, and the account it came by."""

    inbox_id: int
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One mail in a ticket. ``inbox_id`` leads to the raw message."""

    id: int
    inbox_id: int | None
    sender: str
    to: str
    cc: str
    reply_to: str
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    date: datetime | None
    body: str
    body_type: str
    visible_for_customer: bool
    sender_type: str
    attachments: tuple[Attachment, ...]
    decision_kind: str
    queue: str
    because: tuple[Because, ...]
    created: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    """Its dynamic fields by name."""
    protection: Protection = Protection.NONE
    copies: tuple[FurtherCopy, ...] = ()
    """Further copies of the mail, which made no article."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a ticket's history."""

    at: datetime
    by: str
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What an administrator changes on a ticket; None leaves a field as it is.

    ``no_pending``: the time it is pending until is taken off. ``fields``: dynamic fields to set, by name; empty: to
    take off.
    """

    title: str | None = None
    queue: str | None = None
    state: str | None = None
    priority: str | None = None
    lock: str | None = None
    customer: str | None = None
    customer_id: str | None = None
    type: str | None = None
    owner: str | None = None
    responsible: str | None = None
    service: str | None = None
    sla: str | None = None
    pending_until: datetime | None = None
    no_pending: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


ANSWERS: Final = frozenset({DecisionKind.FOLLOW_UP, DecisionKind.FOLLOW_UP_REJECTED})
"""What becomes of mail that joins a ticket; other mail with a ticket makes it."""


@dataclass(frozen=True, slots=True)
class MailPeople:
    """Who wrote and received one mail of a ticket: address fields as an article keeps them.

    ``internal``: an agent's, and the customer does not see it.
    """

    inbox_id: int | None
    wrote: tuple[str, ...]
    received: tuple[str, ...]
    message_id: str
    internal: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """What a mail did to its ticket, for a copy of it that comes later and has a say over it.

    ``opened``: it made the ticket. ``changes``: what every column that mail can change (see :data:`EFFECTS`) was before
    and after, as text; None before: there was no ticket. ``fields``: the same of the dynamic fields it set, by name;
    empty: there was none.
    """

    ticket_id: int
    opened: bool = False
    changes: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counted: tuple[str, ...] = ()
    """Casefolded addresses whose auto-responses it counts in."""
    continues_id: int | None = None
    """The closed ticket that the one it made goes on from."""


EFFECTS: Final = (
    "queue", "title", "state", "priority", "lock", "type", "customer", "customer_id", "owner", "responsible",
    "service", "sla", "pending_until",
)  # fmt: skip
"""What mail can change on a ticket, by the names of :class:`Ticket`."""


def field_text(value: object) -> str:
    """The value of a ticket's field as it is compared and kept in effects; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "" if value is None else str(value)


def field_value(name: str, text: str) -> str | datetime | None:
    """The value again."""
    if name == "pending_until":
        return datetime.fromisoformat(text) if text else None
    return text


def standing_of(ticket: TicketFacts) -> dict[str, str]:
    """How a ticket stands, field by field, as text."""
    return {name: field_text(getattr(ticket, name)) for name in EFFECTS}


def without_effects(ticket: TicketFacts, effects: Effects) -> TicketFacts:
    """A ticket as it would stand without what a mail did to it, where nobody has changed that since."""
    before = {
        name: field_value(name, was)
        for name, (was, became) in effects.changes.items()
        if was is not None and was != became and field_text(getattr(ticket, name)) == became
    }
    return replace(ticket, **before) if before else ticket  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """Where an account stands among those that one mail reaches, as it is configured now."""

    name: str
    precedence: int


def rank(standing: AccountStanding | None, digest: bytes) -> tuple[bool, int, str, bytes]:
    """What copies are ordered by: the lowest decides. What came by no account, or one that is gone, stands last.

    :param digest: of the mail's octets, which tells apart copies that came by one account
    """
    if standing is None:
        return True, 0, "", digest
    return False, standing.precedence, name_key(standing.name), digest


@dataclass(frozen=True, slots=True)
class MailCopy:
    """An article that a copy of a mail has made already.

    ``inbox_id`` is the message it is made of, which decides; ``account`` and ``standing`` are those it came by.
    ``queue``: what was decided for it; ``ticket_queue``: where the ticket is now. ``digest``: of the message's octets.
    ``by_hand``: somebody put it there.
    """

    article_id: int
    inbox_id: int
    account: str
    standing: AccountStanding | None
    kind: DecisionKind
    queue: str
    ticket_id: int
    ticket_number: str
    ticket_queue: str
    effects: Effects
    digest: bytes = b""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class LaterCopy:
    """A copy of a mail that came later and has the say: by which account, and what was decided for it by itself.

    ``counted``: casefolded addresses whose auto-responses the mail counts in now.
    """

    inbox_id: int
    account: str
    decision: Decision
    at: datetime
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketWrite:
    """One processed message on its way into a ticket.

    ``ticket.id`` below zero stands for a ticket of this batch that has no row yet; every write of the batch with the
    same negative id belongs to it. ``at`` is when the mail was fetched.
    """

    inbox_id: int
    ticket: TicketFacts
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """Where a :class:`TicketWrite` ended up."""

    inbox_id: int
    ticket_id: int
    number: str
    article_id: int
