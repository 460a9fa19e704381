"""The ledger's vocabulary: what a message is, where it is, and what became of it (FEATURES FE-4, FE-10)."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from .decisions import Because, Decision, DecisionKind

HANDED_IN: Final = "read:"
"""What the source of a message begins with that came by no server."""

LONGEST_HEADER: Final = 65_536
"""Octets of a message that are looked at for where it comes from."""

_LINE_END = re.compile(rb"\r*\n|\r")
_IN_FOLDER = re.compile(r"(.+)/\d+/\d+", re.DOTALL)


def canonical(raw: bytes) -> bytes:
    r"""The form in which one mail is the same whatever server and protocol it came by.

    Every line end (CR CR LF, LF, CR) is made CRLF, trailing line ends are removed.
    """
    if not raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r"):
        raw = _LINE_END.sub(b"\r\n", raw)
    return raw.rstrip(b"\r\n")


def digest(raw: bytes) -> bytes:
    """SHA-256 (32 octets) over the canonical form of a message."""
    return hashlib.sha256(canonical(raw)).digest()


def source_key(source: str) -> bytes:
    """SHA-256 (32 octets) of a source; the ledger's unique key compares by octets, never by collation."""
    return hashlib.sha256(source.encode("utf-8", "surrogateescape")).digest()


def folder_of(source: str) -> str:
    """The folder on the server that a source names; empty where it names none (POP3, Graph, handed in)."""
    found = None if source.startswith(("uidl:", "graph:", HANDED_IN)) else _IN_FOLDER.fullmatch(source)
    return found[1] if found else ""


class InboxState(enum.StrEnum):
    """What has become of a message on our side."""

    TOO_BIG = "too_big"
    STORED = "stored"
    PROCESSED = "processed"
    IGNORED = "ignored"
    HELD = "held"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    DISCARDED = "discarded"


INBOX_STATES: Final = frozenset({InboxState.STORED, InboxState.HELD, InboxState.QUARANTINED, InboxState.TOO_BIG})
"""The states of what still needs something: the inbox."""
ARCHIVE_STATES: Final = frozenset(InboxState) - INBOX_STATES
"""The states of what is done with: the archive."""


class ByHand(enum.StrEnum):
    """What people do with single messages."""

    RETRY = "retry"
    RELEASE = "release"
    ASSIGN = "assign"
    ARCHIVE = "archive"
    DISCARD = "discard"


_SET_ASIDE: Final = frozenset({InboxState.QUARANTINED, InboxState.HELD, InboxState.IGNORED})
# A stored one waits to be processed anyway.
_TO_PROCESS: Final = _SET_ASIDE | {InboxState.DISCARDED, InboxState.STORED, InboxState.DUPLICATE}
POSSIBLE_IN: Final[Mapping[ByHand, frozenset[InboxState]]] = MappingProxyType(
    {
        ByHand.RETRY: _TO_PROCESS,
        ByHand.RELEASE: _TO_PROCESS,
        ByHand.ASSIGN: _SET_ASIDE,
        ByHand.ARCHIVE: _SET_ASIDE,
        ByHand.DISCARD: _SET_ASIDE,
    }
)
"""The states in which each of it is possible; in others it is refused as WRONG_STATE.

Of duplicates those alone that are copies of a mail: others have no octets of their own (see :func:`is_possible`).
"""
ASSIGNED_BY_HAND: Final = "assigned-by-hand"
"""The reason of a message that somebody put into a ticket, and the step of its trace that says so."""
UNKNOWN_SENDER: Final = "unknown-sender"
"""The reason of a message that is held until its sender is known."""


class ServerState(enum.StrEnum):
    """What has become of the copy on the server."""

    PENDING = "pending"
    DONE = "done"
    KEPT = "kept"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Intake:
    """One downloaded message on its way into the database."""

    source: str
    raw: bytes
    digest: bytes
    server_size: int | None
    received_at: datetime | None
    server_state: ServerState
    duplicate_of: int | None = None
    replaces: int | None = None
    """The id of a too_big row that this download turns into a stored one."""


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """What must survive with a message whatever happens to its account: who fetched it, with which trust and queue."""

    account_id: int | None
    account_name: str
    trusted: bool
    queue: str = ""
    ticket_type: str = ""
    images_as_attachments: bool = False
    trusted_authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What the ledger knows of one message on a server."""

    id: int
    source: str
    digest: bytes | None
    server_size: int | None
    state: InboxState
    server_state: ServerState
    copied_to: str
    """Where an unfinished move has already put a copy (``folder/uidvalidity/uid``), or empty."""


@dataclass(frozen=True, slots=True)
class LeftMail:
    """A message that an account left in a mailbox it opens no more; ``first``: the one it is a duplicate of, or it."""

    origin: bytes
    first: int
    mailbox_id: int


@dataclass(frozen=True, slots=True)
class Leftover:
    """A stored message that waits to be processed. ``begun``: a process had taken it up, and did not come back."""

    id: int
    attempts: int
    begun: bool


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A stored row with its octets, ready to be processed."""

    id: int
    raw: bytes
    context: IntakeContext
    attempts: int
    received_at: datetime | None
    fetched_at: datetime
    digest: bytes
    held_for: str = ""
    """The sender it was held for until now."""


@dataclass(frozen=True, slots=True)
class DecidedMessage:
    """What became of a message that was claimed.

    ``copy_key``: what it shares with all copies of its mail. ``copy_of``: the message whose article it is a copy of.
    """

    inbox_id: int
    state: InboxState
    decision: Decision
    ticket_id: int | None = None
    article_id: int | None = None
    copy_key: bytes | None = None
    copy_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """One entry of the inbox or archive, without its octets."""

    id: int
    account: str
    account_id: int | None
    source: str
    message_id: str
    sender: str
    subject: str
    size: int
    sha256: str
    state: InboxState
    server_state: ServerState
    server_words: str
    reason_code: str
    reason_facts: Mapping[str, str] = field(default_factory=dict)
    because: tuple[Because, ...] = ()
    decision_kind: str = ""
    ticket: str
    article_id: int | None
    duplicate_of: int | None
    trusted: bool
    queue: str
    attempts: int
    fetched_at: datetime
    processed_at: datetime | None
    trusted_authserv_id: str = ""
    """The server that must prove a sender of the account that fetched it, as the account said then."""


def is_possible(what: ByHand, message: InboxMessage) -> bool:
    """Whether this can be done with a message now."""
    same_octets = message.state is InboxState.DUPLICATE and message.decision_kind != DecisionKind.COPY
    return message.state in POSSIBLE_IN[what] and not same_octets


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which messages a list shows; every field narrows it, and one that says nothing shows all.

    ``account``: its name, in any case. ``text``: a piece of Message-ID, sender, subject, account name or ticket
    number, in any case of any script. ``outcomes``: what became of them, as :class:`DecisionKind` values or as
    :class:`InboxState` values of those that were not decided (``outcomes.outcomes_of`` says which a number of a fetch
    counts). ``fetched_from`` (included) and ``fetched_until`` (not included) are aware.
    """

    states: frozenset[InboxState] | None = None
    account: str = ""
    text: str = ""
    outcomes: frozenset[str] = frozenset()
    server_states: frozenset[ServerState] = frozenset()
    fetched_from: datetime | None = None
    fetched_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that is listed on the server but could not be had.

    ``attempts`` counts how often it was the only one asked for, or was left out; such a message is asked for last and
    alone. ``batch``: the connection ended while it was asked for with others; next time with at most so many.
    """

    source: str
    attempts: int
    detail: str
    first_seen: datetime
    batch: int | None = None
