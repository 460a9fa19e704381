"""The communication log as documents for other programs: one JSON object a communication.

Times are ISO 8601 in UTC with milliseconds. Keys are relied on: add to them, do not change them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from mailadmin.domain.communication import Communication, LogEntry, LogObject
from mailadmin.domain.outside_text import shown

Document: TypeAlias = dict[str, Any]


def document(one: Communication, objects: Sequence[LogObject] | None = None) -> Document:
    """One communication, with its connections and messages if they are given."""
    duration = one.duration
    said: Document = {
        "id": one.id,
        "account_id": one.account_id,
        "account": one.account,
        "type": one.account_type,
        "status": one.status.value,
        "interrupted": one.interrupted,
        "started": time(one.started),
        "ended": time(one.ended),
        "seconds": None if duration is None else round(duration.total_seconds(), 3),
        "connections": one.connections,
        "messages": one.messages,
        "failed_messages": one.failed_messages,
    }
    if objects is not None:
        said["objects"] = [object_document(each) for each in objects]
    return said


def object_document(one: LogObject) -> Document:
    """One connection or message with its entries."""
    return {
        "id": one.id,
        "kind": one.kind.value,
        "status": one.status.value,
        "started": time(one.started),
        "ended": time(one.ended),
        "message": one.inbox_id,
        "source": shown(one.source),
        "sender": shown(one.sender),
        "subject": shown(one.subject),
        "entries": [_entry(entry) for entry in one.entries],
    }


def json_lines(found: Iterable[tuple[Communication, Sequence[LogObject]]]) -> Iterator[str]:
    """A line of JSON for each communication (ASCII, so that no program stumbles over it), with its line break."""
    for one, objects in found:
        yield json.dumps(document(one, objects)) + "\n"


def time(moment: datetime | None) -> str | None:
    """A moment in UTC, to the millisecond; None for none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


def _entry(entry: LogEntry) -> Document:
    return {
        "at": time(entry.at),
        "priority": entry.priority.value,
        "step": entry.step,
        "facts": {key: shown(value) for key, value in entry.facts.items()},
    }
