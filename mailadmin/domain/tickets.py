"""Tickets and articles as they are read back (FEATURES PM-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from .decisions import Because, Decision, TicketFacts
from .vocabulary import STATES, StateType

_CLOSED: Final = frozenset({StateType.CLOSED, StateType.MERGED, StateType.REMOVED})
STATE_GROUPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "open": frozenset(state for state, kind in STATES.items() if kind not in _CLOSED),
        "closed": frozenset(state for state, kind in STATES.items() if kind in _CLOSED),
    }
)
"""The ticket states still worked on, and those that are done."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket in a list. Times are aware UTC; ``articles`` is a count.

    ``merged_into``: the number of the ticket it was merged into, else empty.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """Which tickets a list shows; every field narrows it, and one that says nothing shows all.

    ``queue``: its name, in any case; ``subqueues``: also those below it (``Support::Printers`` under ``Support``).
    ``group``: ``open`` (new, open, pending) or ``closed`` (closed, merged, removed). ``state``: exactly this one.
    ``text``: a piece of number, title, customer, or of a mail's sender, subject or Message-ID, in any case.
    """

    queue: str = ""
    subqueues: bool = False
    group: str = ""
    state: str = ""
    text: str = ""


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


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a ticket's history."""

    at: datetime
    by: str
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What an administrator changes on a ticket; None leaves a field as it is."""

    title: str | None = None
    queue: str | None = None
    state: str | None = None
    priority: str | None = None
    lock: str | None = None
    customer: str | None = None


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
