"""JSON documents of the life of a mail and of the outbox, as :mod:`.documents` makes the others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from mailadmin.domain.responses import OutboxMessage
from mailadmin.services.communication_export import object_document
from mailadmin.services.life import Life

from .documents import Document, message_with_trace, time


def outgoing(one: OutboxMessage, now: datetime | None = None) -> Document:
    """One message of the outbox."""
    expired = one.expired(now or datetime.now(UTC))
    return {
        "id": one.id,
        "state": "expired" if expired else one.state.value,
        "ticket": one.ticket or None,
        "type": one.draft.type.value,
        "response": one.draft.response,
        "from": one.draft.sender,
        "to": list(one.draft.to),
        "cc": list(one.draft.cc),
        "subject": one.draft.subject,
        "body": one.draft.body,
        "message_id": one.message_id,
        "created": time(one.created),
        "expires": time(one.expires),
    }


def life(copies: Iterable[Life]) -> list[Document]:
    """Every copy of a mail with what is known of it, and what the communication log says."""
    return [{**message_with_trace(one.message), "log": [object_document(each) for each in one.log]} for one in copies]
