"""What mail changes on a ticket, field by field: as columns, as text for comparing, and as lines of history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from mailadmin.domain.decisions import Decision
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import ANSWERS, EFFECTS, Effects

MAX_TITLE: Final = 191
EVENTS: Final[Mapping[str, str]] = {
    "title": "TitleUpdate",
    "queue": "Move",
    "state": "StateUpdate",
    "priority": "PriorityUpdate",
    "lock": "LockUpdate",
    "type": "TypeUpdate",
    "customer": "CustomerUpdate",
    "customer_id": "CustomerUpdate",
    "owner": "OwnerUpdate",
    "responsible": "ResponsibleUpdate",
    "service": "ServiceUpdate",
    "sla": "SLAUpdate",
    "pending_until": "SetPendingTime",
}
"""What a line of a ticket's history is called, by the field that was changed."""
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
FIELD_EVENT: Final = "TicketDynamicFieldUpdate"

_FOR_NEW: Final = {
    "queue": "queue",
    "title": "title",
    "state": "state",
    "priority": "priority",
    "lock": "lock",
    "type": "ticket_type",
    "customer": "customer",
    "customer_id": "customer_id",
    "owner": "owner",
    "responsible": "responsible",
    "service": "service",
    "sla": "sla",
    "pending_until": "pending_until",
}
_FOR_KNOWN: Final = {
    "queue": "new_queue",
    "title": "new_title",
    "state": "new_state",
    "priority": "new_priority",
    "lock": "new_lock",
    "type": "new_type",
    "owner": "new_owner",
    "responsible": "new_responsible",
    "service": "new_service",
    "sla": "new_sla",
    "pending_until": "new_pending_until",
}


def changes_of(decision: Decision) -> dict[str, object]:
    """What a decision writes into its ticket, by field: everything for a new one, else what the reply changes."""
    if decision.kind not in ANSWERS:
        values = {name: getattr(decision, source) for name, source in _FOR_NEW.items()}
    else:
        said = {name: getattr(decision, source) for name, source in _FOR_KNOWN.items()}
        values = {name: value for name, value in said.items() if value is not None}
    if "title" in values:
        values["title"] = values["title"][:MAX_TITLE]
    return values


def as_columns(values: Mapping[str, object], queues: Mapping[str, int]) -> dict[str, object]:
    """Fields as the columns of a ticket's row.

    :param queues: ids by casefolded name
    """
    columns = dict(values)
    if "queue" in columns:
        columns["queue_id"] = queues[name_key(str(columns.pop("queue")))]
    return columns


def field_detail(name: str, before: str, after: str) -> str:
    """A line of history about a dynamic field."""
    return f"{name}: {before} -> {after}"


def dump_effects(effects: Effects) -> str:
    """JSON of what a mail did to its ticket; what it left as it was takes the least room."""
    said: dict[str, object] = {"ticket": effects.ticket_id}
    if effects.opened:
        said["opened"] = True
    said["changes"] = {
        name: after if effects.opened or before == after else [before, after]
        for name, (before, after) in effects.changes.items()
        if before or after
    }
    if effects.fields:
        said["fields"] = {name: list(change) for name, change in effects.fields.items()}
    if effects.continues_id is not None:
        said["continues"] = effects.continues_id
    if effects.counted:
        said["counted"] = list(effects.counted)
    return _ENCODER.encode(said)


def load_effects(text: str) -> Effects:
    """The effects again; those of an article of an older version say nothing."""
    said = json.loads(text)
    changes: dict[str, tuple[str | None, str]] = {}
    opened = bool(said.get("opened"))
    if "changes" in said:
        for name in EFFECTS:
            entry = said["changes"].get(name, "")
            before, after = (None if opened else entry, entry) if isinstance(entry, str) else entry
            changes[name] = before, after
    fields = {name: (before, after) for name, (before, after) in said.get("fields", {}).items()}
    counted = tuple(said.get("counted", ()))
    return Effects(said.get("ticket", 0), opened, changes, fields, counted, said.get("continues"))
