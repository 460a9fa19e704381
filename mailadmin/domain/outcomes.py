"""What services report: fetch results and progress, check reports, plans (FEATURES FE-1, IN-8; CLI.md JSON)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from .decisions import Decision, DecisionKind
from .errors import Layer, MailadminError
from .messages import InboxState


class FetchStatus(enum.StrEnum):
    """How one account's fetch ended."""

    OK = "ok"
    FAILED = "failed"
    STOPPED = "stopped"
    BUSY = "busy"
    INVALID = "invalid"


_COUNTED: Final[Mapping[str, str]] = {
    DecisionKind.NEW_TICKET: "new_tickets",
    DecisionKind.FOLLOW_UP_NEW_TICKET: "new_tickets",
    DecisionKind.FOLLOW_UP: "follow_ups",
    DecisionKind.FOLLOW_UP_REJECTED: "rejected",
    DecisionKind.IGNORED: "ignored",
    DecisionKind.HELD: "held",
    DecisionKind.COPY: "duplicates",
    InboxState.QUARANTINED: "quarantined",
}


@dataclass(slots=True)
class FetchCounts:
    """The numbers of one account's fetch. Grows while it runs; `fetched` is the sum named in CLI.md."""

    seen: int = 0
    fetched: int = 0
    bytes: int = 0
    new_tickets: int = 0
    follow_ups: int = 0
    ignored: int = 0
    rejected: int = 0
    held: int = 0
    duplicates: int = 0
    quarantined: int = 0
    too_big: int = 0
    deleted: int = 0
    moved: int = 0
    left_on_server: int = 0

    def add(self, outcome: str) -> None:
        """Count what became of one message: a DecisionKind, or the InboxState of one that was not decided."""
        name = _COUNTED[outcome]
        setattr(self, name, getattr(self, name) + 1)


def outcomes_of(count: str) -> frozenset[str]:
    """Which outcomes a number of :class:`FetchCounts` counts: what :class:`InboxQuery` lists them by.

    :param count: the name of the field
    :returns: empty where the number does not count what became of messages here (``seen``, ``deleted`` ...)
    """
    here = {"duplicates": InboxState.DUPLICATE, "too_big": InboxState.TOO_BIG}
    if count in here:
        return frozenset({here[count].value})
    return frozenset(str(outcome) for outcome, name in _COUNTED.items() if name == count)


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """One account's result. ``errors`` holds everything that went wrong, the first one decides the headline.

    ``started``: by the database's clock, as the times of messages are; None when it was not begun.
    """

    account_id: int
    name: str
    status: FetchStatus
    counts: FetchCounts
    seconds: float
    errors: tuple[MailadminError, ...] = ()
    started: datetime | None = None

    @property
    def ended(self) -> datetime | None:
        """By the same clock."""
        return None if self.started is None else self.started + timedelta(seconds=self.seconds)

    @property
    def error(self) -> MailadminError | None:
        """The error that is shown for the account."""
        return self.errors[0] if self.errors else None


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """A moment of one account's fetch, for a progress display: `done` of `total` messages to download."""

    account_id: int
    name: str
    layer: Layer
    done: int
    total: int
    bytes: int


class CheckResult(enum.StrEnum):
    """How one layer of a check went."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class CheckLayer:
    """One line of a check. ``facts`` are for a sentence; ``server`` is the other side's own words."""

    layer: Layer
    result: CheckResult
    facts: Mapping[str, str] = field(default_factory=dict)
    server: str = ""
    error: MailadminError | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A whole check, layer by layer, down to the first that failed, or to where somebody stopped it."""

    account: str
    layers: tuple[CheckLayer, ...]
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """Whether every layer that was tried is well and none was left out for a failure."""
        return all(layer.result is CheckResult.OK for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Processed:
    """What processing made of one inbox message."""

    inbox_id: int
    account_id: int | None
    outcome: str
    """An InboxState, or for a processed message its DecisionKind."""
    ticket: str = ""
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class FetchRun:
    """One past fetch of one account, for the results table and the sparkline."""

    account_id: int
    started: datetime
    seconds: float
    status: FetchStatus
    counts: FetchCounts
    error_code: str = ""
    error_layer: str = ""
    error_server: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that `apply` changes."""

    what: str
    name: str
    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` is going to do. Entries of ``add`` and ``remove`` are (table, name)."""

    add: tuple[tuple[str, str], ...] = ()
    change: tuple[FieldChange, ...] = ()
    remove: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the database already says what the file says."""
        return not (self.add or self.change or self.remove)


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What `db status` tells. ``url`` holds no secret; ``bytes`` is the database's size."""

    url: str
    schema: str
    program: str
    messages: int
    tickets: int
    bytes: int
