"""The plain lists under Configuration: agents, services, SLAs, ticket types, states, dynamic fields (PM-4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from .accounts import Stamp, Validity
from .vocabulary import STATES, StateType


class ListKind(enum.StrEnum):
    """Which list an entry is in; the values are the tables' names in the file of ``apply``."""

    AGENT = "agent"
    SERVICE = "service"
    SLA = "sla"
    TICKET_TYPE = "ticket_type"
    STATE = "state"
    DYNAMIC_FIELD = "dynamic_field"


class FieldOf(enum.StrEnum):
    """Where a dynamic field's value is kept."""

    TICKET = "ticket"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry. ``state_type`` is for states alone, ``field_of`` for dynamic fields alone, ``email`` for agents alone.

    ``name`` of an agent is the login, of a service or SLA the full path with ``::``.
    """

    kind: ListKind
    name: str
    state_type: StateType | None = None
    field_of: FieldOf | None = None
    email: str = ""
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


SHIPPED_STATES: Final = tuple(
    ListEntry(kind=ListKind.STATE, name=name, state_type=kind) for name, kind in STATES.items()
)
SHIPPED_TYPE: Final = ListEntry(kind=ListKind.TICKET_TYPE, name="Unclassified")
"""What every database starts with (OTOBO's)."""


def is_shipped(entry: ListEntry) -> bool:
    """Whether every database starts with an entry of this list and name."""
    return (entry.kind, entry.name.casefold()) in _SHIPPED


_SHIPPED: Final = frozenset((entry.kind, entry.name.casefold()) for entry in (*SHIPPED_STATES, SHIPPED_TYPE))
