"""The communication log: what was said and done with servers, and what became of each message (FEATURES FE-11)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from .errors import Code, Layer, MailadminError


class Priority(enum.StrEnum):
    """How much an entry matters; lowest first."""

    TRACE = "Trace"
    DEBUG = "Debug"
    INFO = "Info"
    NOTICE = "Notice"
    WARN = "Warn"
    ERROR = "Error"

    @property
    def rank(self) -> int:
        """Its place, 0 the lowest."""
        return list(Priority).index(self)


class LogStatus(enum.StrEnum):
    """How a communication, a connection or a message ended. WARNING: done, but something is to be looked at."""

    PROCESSING = "processing"
    SUCCESSFUL = "successful"
    WARNING = "warning"
    FAILED = "failed"


class LogKind(enum.StrEnum):
    """What an object of the log is about."""

    CONNECTION = "connection"
    MESSAGE = "message"


class LogStep(enum.StrEnum):
    """What an entry tells. Faces have a sentence for each; add, do not change. Facts in brackets."""

    # of a connection
    LAYER = "layer-reached"  # layer, server, and what the layer tells of itself
    LISTED = "listed"  # listed, new, known, owed, doubtful, too_big
    BATCH = "batch-fetched"  # asked, downloaded, bytes, new, duplicates
    SERVER_ACTION = "server-action"  # done, gone, deferred, failed, layer (delete or move), server
    WENT_ON = "connected-again"  # code: why another connection was made
    STOPPED = "stopped"
    CLOSED = "session-ended"  # fetched, bytes, duplicates, deleted, moved, too_big; what is 0 is left out
    LEFT_OUT = "entries-left-out"  # count
    # of either
    ERROR = "error"  # code, layer, server, and the error's own facts
    # of a message
    HANDED_IN = "handed-in"  # bytes
    COMMITTED = "committed"  # id, bytes
    FROM_BEFORE = "from-an-earlier-run"
    TOO_BIG = "too-big"  # size, limit_kb
    BECAME = "became"  # outcome (DecisionKind, or InboxState of what was not decided), ticket, queue
    SERVER_COPY = "server-copy"  # result (done, gone, deferred, kept, failed), layer (delete or move), server


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One step: a stable name with the facts that a sentence needs (never a secret), as in a decision's trace."""

    at: datetime
    priority: Priority
    step: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogObject:
    """One connection or one message of a communication. ``inbox_id`` leads to the message in inbox or archive.

    ``highest``: the highest priority among its entries. ``sender`` and ``subject`` are the message's, as the inbox has
    them by now.
    """

    id: int = 0
    kind: LogKind
    status: LogStatus
    started: datetime
    ended: datetime | None = None
    inbox_id: int | None = None
    source: str = ""
    highest: Priority = Priority.INFO
    entries: tuple[LogEntry, ...] = ()
    sender: str = ""
    subject: str = ""


HANDED_IN_TYPE: Final = "STDIN"
"""The account type of a communication that was a message handed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """One fetch of one account, or one message handed in (type STDIN). Counts are of its objects."""

    id: int = 0
    account_id: int | None = None
    account: str = ""
    account_type: str = ""
    status: LogStatus = LogStatus.PROCESSING
    started: datetime
    ended: datetime | None = None
    connections: int = 0
    messages: int = 0
    failed_messages: int = 0

    @property
    def interrupted(self) -> bool:
        """Whether the process ended in the middle of it."""
        return self.status is LogStatus.FAILED and self.ended is None

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it goes on, or when nobody knows."""
        return None if self.ended is None else self.ended - self.started


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which communications a list shows; every field narrows it. Times are aware; ``since`` included, ``until`` not.

    ``text`` is looked for in accounts, in what entries tell (servers' words, error codes, addresses of messages on the
    server), and in senders, subjects and Message-IDs of messages; a communication is found by any of them.
    """

    account: str = ""
    statuses: frozenset[LogStatus] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """The boxes above the list: numbers in the range that is looked at, and seconds a communication took on average.

    ``failing_accounts``: those whose last communication in the range failed, by name.
    """

    successful: int
    warning: int
    failed: int
    open: int
    average_seconds: float | None
    failing_accounts: tuple[str, ...]


def facts_of_error(error: MailadminError) -> dict[str, str]:
    """An error as the facts of an entry."""
    named = {"code": error.code.value, "layer": error.layer.value if error.layer else "", "server": error.server}
    return {**error.facts, **{name: value for name, value in named.items() if value}}


def error_of_facts(facts: Mapping[str, str]) -> MailadminError | None:
    """The error again, for its sentence; None where a later program wrote a code that this one does not know."""
    layer = facts.get("layer", "")
    try:
        code, where = Code(facts.get("code", "")), Layer(layer) if layer else None
    except ValueError:
        return None
    named = {"code", "layer", "server"}
    rest = {key: value for key, value in facts.items() if key not in named}
    return MailadminError(code, rest, server=facts.get("server", ""), layer=where)
