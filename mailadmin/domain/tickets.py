"""Tickets and articles as they are read back (FEATURES PM-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .decisions import Because


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
