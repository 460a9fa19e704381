"""What can be offered as the value of an X-OTOBO header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mailadmin.domain.lists import ListKind
from mailadmin.domain.vocabulary import LOCKS, PRIORITIES, SENDER_TYPES
from mailadmin.domain.x_headers import ValueKind, x_header

from .surroundings import FilterSurroundings

_YES: Final = ("yes",)
_OFFERS: Final[Mapping[ValueKind, Callable[[FilterSurroundings], Sequence[str]]]] = {
    ValueKind.QUEUE: lambda there: there.queue_names,
    ValueKind.STATE: lambda there: there.names(ListKind.STATE),
    ValueKind.PENDING_TIME: lambda _: ("+1d", "+2d", "+7d"),
    ValueKind.PRIORITY: lambda _: PRIORITIES,
    ValueKind.TICKET_TYPE: lambda there: there.names(ListKind.TICKET_TYPE),
    ValueKind.LOCK: lambda _: LOCKS,
    ValueKind.SERVICE: lambda there: there.names(ListKind.SERVICE),
    ValueKind.SLA: lambda there: there.names(ListKind.SLA),
    ValueKind.AGENT: lambda there: there.names(ListKind.AGENT),
    ValueKind.SENDER_TYPE: lambda _: SENDER_TYPES,
    ValueKind.YES_NO: lambda _: ("1", "0"),
    ValueKind.IGNORE: lambda _: _YES,
    ValueKind.LOOP: lambda _: _YES,
    ValueKind.ANYTHING: lambda _: _YES,
}


def values_for(header: str, there: FilterSurroundings) -> Sequence[str]:
    """The values that are usual for a header; empty for one that takes any text."""
    known = x_header(header)
    offer = _OFFERS.get(known.kind) if known is not None else None
    return offer(there) if offer is not None else ()
