"""What the communication log will say of one connection or message, while it is still going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from mailadmin import diagnostics
from mailadmin.domain.communication import (
    LogEntry,
    LogKind,
    LogObject,
    LogStatus,
    LogStep,
    Priority,
    facts_of_error,
)
from mailadmin.domain.errors import Layer, MailadminError
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.ports import LayerReached

ENTRIES_AT_MOST: Final = 200
"""A long fetch has thousands of batches. What matters more than others is noted beyond that, up to twice as many."""

_NOTHING: Final[Mapping[str, str]] = {}
_RANKS: Final = {priority: rank for rank, priority in enumerate(Priority)}
_ORDINARY: Final = _RANKS[Priority.INFO]
_LAYERS: Final = {
    Layer.NAME: Priority.TRACE,
    Layer.CAPABILITIES: Priority.TRACE,
    Layer.SIGN_IN: Priority.INFO,
}
_OUTCOMES: Final = {
    InboxState.QUARANTINED.value: (Priority.ERROR, LogStatus.FAILED),
    InboxState.HELD.value: (Priority.NOTICE, LogStatus.WARNING),
}
_WORSE: Final = {LogStatus.PROCESSING: 0, LogStatus.SUCCESSFUL: 1, LogStatus.WARNING: 2, LogStatus.FAILED: 3}

_OWN_WORDS: Final = frozenset(
    {LogStep.COMMITTED.value, LogStep.BECAME.value, LogStep.BATCH.value, LogStep.HANDED_IN.value}
)
"""Steps with nothing in them that a server said; every message has some of them."""

Facts: TypeAlias = Mapping[str, str]


@dataclass(eq=False, slots=True)
class Noted:
    """One object of the log in the making. An error's facts grow until it is told, so they are taken at the end.

    What a server said may repeat a secret, and not only where its words stand: in a capability, a folder's name, the
    name it gives a message. So everything is cleaned at the end, on the only way out; by then all secrets are known.
    """

    kind: LogKind
    started: datetime
    source: str = ""
    inbox_id: int | None = None
    status: LogStatus = LogStatus.PROCESSING
    waits_for_processing: bool = False
    waits_for_server: bool = False
    _entries: list[LogEntry] = field(default_factory=list)
    _errors: list[tuple[int, MailadminError]] = field(default_factory=list)
    _highest: Priority = Priority.TRACE
    _left_out: int = 0

    @property
    def eventful(self) -> bool:
        """Whether something happened that is worth more than a line in passing."""
        return _RANKS[self._highest] > _ORDINARY

    def add(self, at: datetime, priority: Priority, step: LogStep, facts: Facts = _NOTHING) -> None:
        """Note a step."""
        rank = _RANKS[priority]
        if len(self._entries) >= (ENTRIES_AT_MOST * 2 if rank > _ORDINARY else ENTRIES_AT_MOST):
            self._left_out += 1
            return
        self._entries.append(LogEntry(at, priority, step, facts))
        if rank > _RANKS[self._highest]:
            self._highest = priority

    def reached(self, at: datetime, layer: LayerReached) -> None:
        """Note that a layer is well, with what the server said there."""
        facts = {**layer.facts, "layer": layer.layer.value, **({"server": layer.server} if layer.server else {})}
        self.add(at, _LAYERS.get(layer.layer, Priority.DEBUG), LogStep.LAYER, facts)

    def failed(self, at: datetime, error: MailadminError) -> None:
        """Note what went wrong; the object has failed by that."""
        self._tell(at, error)
        self.status = LogStatus.FAILED

    def survived(self, at: datetime, errors: Sequence[MailadminError]) -> None:
        """Note what went wrong without ending it."""
        for error in errors:
            self._tell(at, error)
        if errors:
            self.at_least(LogStatus.WARNING)

    def failed_or_stopped(self, at: datetime, errors: Sequence[MailadminError], *, stopped: bool) -> None:
        """Note what is left to tell at the end. What the session survived is a warning; one that never ended failed."""
        survived = self.status is not LogStatus.PROCESSING
        for error in errors:
            self._tell(at, error)
        if errors:
            self.at_least(LogStatus.WARNING if survived else LogStatus.FAILED)
        if stopped:
            self.add(at, Priority.NOTICE, LogStep.STOPPED)

    def became(self, at: datetime, processed: Processed) -> None:
        """Note what became of a message."""
        priority, status = _OUTCOMES.get(processed.outcome, (Priority.INFO, LogStatus.SUCCESSFUL))
        queue = processed.decision.queue if processed.decision is not None else ""
        said = {"outcome": str(processed.outcome), "ticket": processed.ticket, "queue": queue}
        self.add(at, priority, LogStep.BECAME, {name: value for name, value in said.items() if value})
        self.at_least(status)

    def waits(self, at: datetime) -> None:
        """Note that a message is committed, and could not be processed yet."""
        self.add(at, Priority.NOTICE, LogStep.BECAME, {"outcome": InboxState.STORED.value})
        self.at_least(LogStatus.WARNING)

    def acted(self, at: datetime, result: str, said: Mapping[str, str]) -> None:
        """Note what the server did with its copy of a message."""
        failed = result == "failed"
        self.add(at, Priority.WARN if failed else Priority.DEBUG, LogStep.SERVER_COPY, {"result": result, **said})
        if failed:
            self.at_least(LogStatus.WARNING)

    def at_least(self, status: LogStatus) -> None:
        """End like that, or worse if it is so already."""
        self.status = worse(self.status, status)

    def ended(self, at: datetime, lowest: Priority = Priority.TRACE) -> LogObject:
        """The object for the log, without secrets.

        :param lowest: entries below this priority are left out
        """
        for place, error in self._errors:
            self._entries[place] = replace(self._entries[place], facts=facts_of_error(error))
        entries = self._entries
        if lowest is not Priority.TRACE:
            entries = [entry for entry in entries if _RANKS[entry.priority] >= _RANKS[lowest]]
        if self._left_out:
            entries.append(LogEntry(at, Priority.INFO, LogStep.LEFT_OUT, {"count": str(self._left_out)}))
        return LogObject(
            kind=self.kind,
            status=worse(self.status, LogStatus.SUCCESSFUL),
            started=self.started,
            ended=at,
            inbox_id=self.inbox_id,
            source=diagnostics.SECRETS.scrub(self.source),
            highest=self._highest,
            entries=tuple(map(_clean, entries)),
        )

    def _tell(self, at: datetime, error: MailadminError) -> None:
        before = len(self._entries)
        self.add(at, Priority.ERROR, LogStep.ERROR)
        if len(self._entries) > before:
            self._errors.append((before, error))


def worse(one: LogStatus, other: LogStatus) -> LogStatus:
    """The worse of two."""
    return max(one, other, key=_WORSE.__getitem__)


def _clean(entry: LogEntry) -> LogEntry:
    """A secret is no fact to begin with; if a server repeats one, it is hidden here as in the program's log."""
    if entry.step in _OWN_WORDS or not entry.facts:
        return entry
    return replace(entry, facts={key: diagnostics.SECRETS.scrub(value) for key, value in entry.facts.items()})
