"""The communication log: what was said and done with servers, and what became of each message (FEATURES FE-11)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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

    ``highest``: the highest priority among its entries.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """One fetch of one account, or one message handed in (``account`` empty). Counts are of its objects."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """Which communications a list shows; every field narrows it. Times are aware; ``since`` included, ``until`` not."""

    account: str = ""
    statuses: frozenset[LogStatus] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """The boxes above the list: numbers in the range that is looked at, and seconds a communication took on average."""

    successful: int
    warning: int
    failed: int
    open: int
    average_seconds: float | None
    failing_accounts: tuple[str, ...]
