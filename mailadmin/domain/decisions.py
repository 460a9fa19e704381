"""What PostMaster is given and what it answers (DESIGN 1.2, 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final


class DecisionKind(enum.StrEnum):
    """What becomes of a message. Values are part of the JSON that scripts rely on."""

    NEW_TICKET = "new_ticket"
    FOLLOW_UP = "follow_up"
    FOLLOW_UP_NEW_TICKET = "follow_up_new_ticket"
    FOLLOW_UP_REJECTED = "follow_up_rejected"
    IGNORED = "ignored"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Because:
    """One step of the trace: a stable step name and the facts a sentence needs."""

    step: str
    facts: Mapping[str, str] = field(default_factory=dict)


AS_IT_CAME: Final = "as-it-came"
"""The step of a trace that says that a mail was not taken apart: trying had ended the program before."""


class FollowUpOption(enum.StrEnum):
    """What a queue does with a reply to a closed ticket."""

    POSSIBLE = "possible"
    REJECT = "reject"
    NEW_TICKET = "new ticket"


class StateType(enum.StrEnum):
    """OTOBO's ticket state types."""

    NEW = "new"
    OPEN = "open"
    CLOSED = "closed"
    PENDING_REMINDER = "pending reminder"
    PENDING_AUTO = "pending auto"
    REMOVED = "removed"
    MERGED = "merged"


STATES: Final[Mapping[str, StateType]] = MappingProxyType(
    {
        "new": StateType.NEW,
        "open": StateType.OPEN,
        "closed successful": StateType.CLOSED,
        "closed unsuccessful": StateType.CLOSED,
        "removed": StateType.REMOVED,
        "pending reminder": StateType.PENDING_REMINDER,
        "pending auto close+": StateType.PENDING_AUTO,
        "pending auto close-": StateType.PENDING_AUTO,
        "merged": StateType.MERGED,
    }
)
"""Ticket states, as shipped by OTOBO, with their types."""

PRIORITIES: Final = ("1 very low", "2 low", "3 normal", "4 high", "5 very high")
LOCKS: Final = ("unlock", "lock", "tmp_lock")
SENDER_TYPES: Final = ("agent", "system", "customer")


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What PostMaster needs to know of the account a message came by. ``queue`` empty means dispatch by address."""

    name: str = ""
    trusted: bool = False
    queue: str = ""
    ticket_type: str = ""
    images_as_attachments: bool = False


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue as PostMaster sees it. ``name`` keeps its case; look-ups are case-insensitive."""

    name: str
    valid: bool
    follow_up: FollowUpOption
    follow_up_lock: bool


@dataclass(frozen=True, slots=True)
class RoutingSnapshot:
    """Everything configured that PostMaster decides by, frozen for one batch.

    ``queues`` by casefolded name; ``addresses`` (valid ones only) by casefolded address to the queue's name;
    the rest are settings of the same name (postmaster.md 1.4).
    """

    queues: Mapping[str, QueueFacts]
    addresses: Mapping[str, str]
    default_queue: str = "Raw"
    default_priority: str = "3 normal"
    default_state: str = "new"
    follow_up_state: str = "open"
    follow_up_state_closed: str = ""
    ticket_hook: str = "Ticket#"
    ticket_hook_divider: str = ""
    system_id: str = "10"
    check_system_id: bool = True
    auto_html_to_text: bool = True
    follow_up_by_subject: bool = True
    follow_up_by_references: bool = True


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as PostMaster sees it. Merged tickets have been followed to their target before it gets here."""

    id: int
    number: str
    queue: str
    state: str
    lock: str = "unlock"
    title: str = ""

    @property
    def closed(self) -> bool:
        """Whether a reply meets the queue's follow-up option (postmaster.md 4.4: closed or removed, merged is not)."""
        return STATES.get(self.state) in {StateType.CLOSED, StateType.REMOVED}


@dataclass(frozen=True, slots=True)
class Questions:
    """What PostMaster must know of the database before it can decide; asked for a whole batch at once.

    ``message_ids`` are in brackets, newest first.
    """

    ticket_numbers: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """The tickets that :class:`Questions` found, by number and by Message-ID in brackets."""

    by_number: Mapping[str, TicketFacts]
    by_message_id: Mapping[str, TicketFacts]


@dataclass(frozen=True, slots=True)
class AttachmentDraft:
    """An attachment's row: the content stays in the raw message, at ``path`` (``1.2``; IMAP's part numbers).

    ``size`` and ``sha256`` (hex) are over the decoded content. A ``path`` beginning with ``!`` names an attachment
    that PostMaster made itself from the part behind it (the HTML body as ``file-1``).
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    path: str
    content_id: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDraft:
    """One mail as an article: decoded, cleaned (no NUL, no lone surrogate), ready for any database driver."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    reply_to: str = ""
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: str = ""
    date: datetime | None = None
    body: str = ""
    body_type: str = "text/plain"
    visible_for_customer: bool = True
    sender_type: str = "customer"
    attachments: tuple[AttachmentDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one message, and why.

    ``ticket`` is set for the follow-up kinds. ``queue`` and the ticket fields are for a new ticket; for a follow-up
    ``queue`` is the ticket's queue and the ``new_...`` fields are what the reply changes (None: nothing).
    ``customer_id`` is the customer's company, when the mail names one.
    """

    kind: DecisionKind
    article: ArticleDraft
    queue: str = ""
    ticket: TicketFacts | None = None
    title: str = ""
    state: str = "new"
    priority: str = "3 normal"
    lock: str = "unlock"
    ticket_type: str = ""
    customer: str = ""
    new_state: str | None = None
    new_lock: str | None = None
    new_priority: str | None = None
    new_queue: str | None = None
    new_title: str | None = None
    customer_id: str = ""
    because: tuple[Because, ...] = field(default=())
