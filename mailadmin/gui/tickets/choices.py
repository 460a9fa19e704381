"""What fields of a ticket can be chosen from: the plain lists, as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailadmin.domain.accounts import Validity
from mailadmin.domain.lists import SHIPPED_STATES, SHIPPED_TYPE, FieldOf, ListEntry, ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.vocabulary import STATES, StateType

_PENDING = frozenset({StateType.PENDING_REMINDER, StateType.PENDING_AUTO})


@dataclass(frozen=True, slots=True)
class Choices:
    """Valid names. ``states`` with their types: those that OTOBO ships first, in its order, then others by name."""

    states: tuple[tuple[str, StateType], ...]
    types: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    slas: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Dynamic fields of tickets."""

    @classmethod
    def of(cls, entries: Iterable[ListEntry]) -> Choices:
        """What these entries of lists offer."""
        names: dict[ListKind, list[str]] = {kind: [] for kind in ListKind}
        kinds: dict[str, StateType] = {}
        for entry in entries:
            if entry.validity is Validity.VALID and entry.field_of is not FieldOf.ARTICLE:
                names[entry.kind].append(entry.name)
                kinds[entry.name] = entry.state_type or StateType.OPEN
        shipped = {name_key(name): at for at, name in enumerate(STATES)}
        states = sorted(names[ListKind.STATE], key=lambda name: (shipped.get(name_key(name), len(shipped)), name))
        return cls(
            tuple((name, kinds[name]) for name in states),
            *(
                tuple(sorted(names[kind], key=name_key))
                for kind in (
                    ListKind.TICKET_TYPE,
                    ListKind.AGENT,
                    ListKind.SERVICE,
                    ListKind.SLA,
                    ListKind.DYNAMIC_FIELD,
                )
            ),
        )

    @property
    def closing(self) -> tuple[str, ...]:
        """The states that close a ticket."""
        return tuple(name for name, kind in self.states if kind is StateType.CLOSED)

    @property
    def reopening(self) -> str:
        """The state of a ticket that is opened again; empty where there is none."""
        return next((name for name, kind in self.states if kind is StateType.OPEN), "")

    def is_pending(self, state: str) -> bool:
        """Whether a ticket in this state waits for a time."""
        return dict(self.states).get(state, STATES.get(state)) in _PENDING


SHIPPED = Choices.of((*SHIPPED_STATES, SHIPPED_TYPE))
"""What every database starts with."""
