"""Words for what is configured beside accounts and queues: lists, auto-responses, external numbers; and the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mailadmin.domain.lists import FieldOf, ListKind
from mailadmin.domain.responses import OutboxMessage, OutboxState, ResponseType
from mailadmin.domain.vocabulary import StateType

from .wording import QT_TRANSLATE_NOOP, harmless, translate

EXPIRED: Final = "expired"
"""A draft of the outbox that waited for too long."""


def response_type(value: str) -> str:
    """When an auto-response is sent, by its type's name."""
    return _word(RESPONSE_TYPES, value)


def response_type_description(value: str) -> str:
    """The same in a sentence."""
    return _word(RESPONSE_TYPE_DESCRIPTIONS, value)


def placeholder(name: str) -> str:
    """What a placeholder of an auto-response stands for."""
    return _word(PLACEHOLDER_WORDS, name)


def state_type(value: str) -> str:
    """A ticket state's type."""
    return _word(STATE_TYPES, value)


def field_of(value: str) -> str:
    """Where a dynamic field's value is kept."""
    return _word(FIELDS_OF, value)


def list_title(kind: str) -> str:
    """What a list is called: ``Agents``."""
    return _word(LIST_TITLES, kind)


def outbox_state_of(message: OutboxMessage, now: datetime) -> str:
    """What has become of an outgoing message at a moment (aware); a draft whose time is over is ``expired``."""
    return EXPIRED if message.expired(now) else message.state.value


def outbox_state(value: str) -> str:
    """What has become of an outgoing message."""
    return _word(OUTBOX_STATES, value)


def _word(words: Mapping[str, str], value: str) -> str:
    word = words.get(value)
    return harmless(value) if word is None else translate("Sentences", word)


RESPONSE_TYPES: Final[Mapping[str, str]] = {
    ResponseType.AUTO_REPLY: QT_TRANSLATE_NOOP("Sentences", "auto reply"),
    ResponseType.AUTO_REJECT: QT_TRANSLATE_NOOP("Sentences", "auto reject"),
    ResponseType.AUTO_FOLLOW_UP: QT_TRANSLATE_NOOP("Sentences", "auto follow up"),
    ResponseType.AUTO_REPLY_NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "auto reply/new ticket"),
}
RESPONSE_TYPE_DESCRIPTIONS: Final[Mapping[str, str]] = {
    ResponseType.AUTO_REPLY: QT_TRANSLATE_NOOP("Sentences", "Answers a mail that made a new ticket."),
    ResponseType.AUTO_REJECT: QT_TRANSLATE_NOOP(
        "Sentences", "Answers a reply to a closed ticket, in a queue that rejects such replies."
    ),
    ResponseType.AUTO_FOLLOW_UP: QT_TRANSLATE_NOOP("Sentences", "Answers a reply that went into its ticket."),
    ResponseType.AUTO_REPLY_NEW_TICKET: QT_TRANSLATE_NOOP(
        "Sentences", "Answers a reply to a closed ticket that made a new ticket."
    ),
}
PLACEHOLDER_WORDS: Final[Mapping[str, str]] = {
    "TicketNumber": QT_TRANSLATE_NOOP("Sentences", "the ticket's number"),
    "Title": QT_TRANSLATE_NOOP("Sentences", "the ticket's title"),
    "Queue": QT_TRANSLATE_NOOP("Sentences", "the ticket's queue"),
    "State": QT_TRANSLATE_NOOP("Sentences", "the ticket's state"),
    "Priority": QT_TRANSLATE_NOOP("Sentences", "the ticket's priority"),
    "CustomerName": QT_TRANSLATE_NOOP("Sentences", "the customer's name"),
    "CustomerAddress": QT_TRANSLATE_NOOP("Sentences", "the customer's e-mail address"),
    "CustomerID": QT_TRANSLATE_NOOP("Sentences", "the customer's company"),
    "Subject": QT_TRANSLATE_NOOP("Sentences", "the subject of the mail that is answered"),
    "Body": QT_TRANSLATE_NOOP("Sentences", "the mail's first lines, quoted (the number says how many)"),
    "Date": QT_TRANSLATE_NOOP("Sentences", "the date of the mail that is answered"),
    "QueueAddress": QT_TRANSLATE_NOOP("Sentences", "the address that the queue writes from"),
    "QueueName": QT_TRANSLATE_NOOP("Sentences", "the name beside that address"),
}
STATE_TYPES: Final[Mapping[str, str]] = {
    StateType.NEW: QT_TRANSLATE_NOOP("Sentences", "new"),
    StateType.OPEN: QT_TRANSLATE_NOOP("Sentences", "open"),
    StateType.CLOSED: QT_TRANSLATE_NOOP("Sentences", "closed"),
    StateType.PENDING_REMINDER: QT_TRANSLATE_NOOP("Sentences", "pending reminder"),
    StateType.PENDING_AUTO: QT_TRANSLATE_NOOP("Sentences", "pending auto"),
    StateType.REMOVED: QT_TRANSLATE_NOOP("Sentences", "removed"),
    StateType.MERGED: QT_TRANSLATE_NOOP("Sentences", "merged"),
}
FIELDS_OF: Final[Mapping[str, str]] = {
    FieldOf.TICKET: QT_TRANSLATE_NOOP("Sentences", "ticket"),
    FieldOf.ARTICLE: QT_TRANSLATE_NOOP("Sentences", "article"),
}
LIST_TITLES: Final[Mapping[str, str]] = {
    ListKind.AGENT: QT_TRANSLATE_NOOP("Sentences", "Agents"),
    ListKind.SERVICE: QT_TRANSLATE_NOOP("Sentences", "Services"),
    ListKind.SLA: QT_TRANSLATE_NOOP("Sentences", "SLAs"),
    ListKind.TICKET_TYPE: QT_TRANSLATE_NOOP("Sentences", "Ticket types"),
    ListKind.STATE: QT_TRANSLATE_NOOP("Sentences", "States"),
    ListKind.DYNAMIC_FIELD: QT_TRANSLATE_NOOP("Sentences", "Dynamic fields"),
}
OUTBOX_STATES: Final[Mapping[str, str]] = {
    OutboxState.DRAFT: QT_TRANSLATE_NOOP("Sentences", "draft"),
    OutboxState.DISCARDED: QT_TRANSLATE_NOOP("Sentences", "discarded"),
    EXPIRED: QT_TRANSLATE_NOOP("Sentences", "expired"),
}
