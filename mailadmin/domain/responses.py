"""Auto-responses, and the outbox they wait in (FEATURES PM-8, postmaster.md 4.6)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .accounts import Stamp, Validity

EXPIRES_AFTER: Final = timedelta(hours=24)
"""How long an auto-response may wait for being sent; later it would only confuse."""

PLACEHOLDERS: Final = (
    "TicketNumber", "Title", "Queue", "State", "Priority", "CustomerName", "CustomerAddress", "CustomerID",
    "Subject", "Body", "Date", "QueueAddress", "QueueName",
)  # fmt: skip
"""What texts may hold as ``<OTOBO_NAME>``; ``<OTOBO_Body:N>``: at most N lines, quoted."""


class ResponseType(enum.StrEnum):
    """When a text is sent, by OTOBO's names."""

    AUTO_REPLY = "auto reply"
    AUTO_REJECT = "auto reject"
    AUTO_FOLLOW_UP = "auto follow up"
    AUTO_REPLY_NEW_TICKET = "auto reply/new ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoResponse:
    """A text that answers mail by itself, for some queues. One valid text per queue and type.

    ``queues``: names; the text is sent from the queue's sender address.
    """

    name: str
    type: ResponseType = ResponseType.AUTO_REPLY
    subject: str = ""
    body: str = ""
    queues: tuple[str, ...] = ()
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


class OutboxState(enum.StrEnum):
    """What has become of an outgoing message. Expired ones are told by their time."""

    DRAFT = "draft"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxDraft:
    """An outgoing message on its way into the outbox. ``to`` and ``cc`` are bare addresses."""

    sender: str
    sender_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    body: str
    in_reply_to: str
    references: str
    response: str
    """The auto-response's name."""
    type: ResponseType


@dataclass(frozen=True, slots=True)
class ResponseWrite:
    """An auto-response on its way into the outbox, with the mail it answers and the ticket that was meant.

    ``counted``: casefolded addresses whose auto-responses of the day go up.
    """

    inbox_id: int
    ticket_id: int
    draft: OutboxDraft
    message_id: str
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One message of the outbox. Times are aware UTC."""

    id: int
    state: OutboxState
    ticket: str
    draft: OutboxDraft
    message_id: str
    created: datetime
    expires: datetime

    def expired(self, now: datetime) -> bool:
        """Whether it waited for so long that it is not sent any more."""
        return self.state is OutboxState.DRAFT and self.expires <= now
