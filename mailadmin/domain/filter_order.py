"""Moving a filter up or down: which order numbers change, and to what."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .filters import Filter

STEP: Final = 10
"""Between the numbers when all filters are numbered anew."""


def moved(filters: Sequence[Filter], record: Filter, neighbour: Filter) -> list[Filter]:
    """The filters that change so that one runs on the other side of another; as few as can be.

    :param filters: every filter that is stored
    :param neighbour: the one it is to pass, above or below it
    """
    ranked = sorted(filters, key=lambda one: one.rank)
    there = next(one for one in ranked if one.id == neighbour.id)
    moving = next(one for one in ranked if one.id == record.id)
    up = ranked.index(there) < ranked.index(moving)
    wanted = [one for one in ranked if one is not moving]
    place = wanted.index(there) + (0 if up else 1)
    wanted.insert(place, moving)
    swapped = {moving.id: there.order, there.id: moving.order}
    for numbers in (swapped, _between(wanted, place)):
        changed = [replace(one, order=numbers.get(one.id, one.order)) for one in wanted]
        if numbers and _in_rank(changed):
            return _changes(wanted, changed)
    return _changes(wanted, [replace(one, order=STEP * number) for number, one in enumerate(wanted, 1)])


def _between(wanted: Sequence[Filter], place: int) -> dict[int | None, int]:
    """A number between the two neighbours for the one at this place; empty when there is none."""
    before = wanted[place - 1].order if place > 0 else None
    after = wanted[place + 1].order if place + 1 < len(wanted) else None
    if before is None:
        number = (after or 0) - STEP
    elif after is None:
        number = before + STEP
    else:
        number = (before + after) // 2
    return {wanted[place].id: number} if number > 0 else {}


def _in_rank(filters: Sequence[Filter]) -> bool:
    return all(one.rank < other.rank for one, other in itertools.pairwise(filters))


def _changes(before: Sequence[Filter], after: Sequence[Filter]) -> list[Filter]:
    return [new for old, new in zip(before, after, strict=True) if old != new]
