"""Tickets and articles as they are read back (FEATURES PM-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .decisions import Because, Decision, TicketFacts


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket in a list. Times are aware UTC; ``articles`` is a count."""

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
