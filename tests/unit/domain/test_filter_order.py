"""Moving filters: the order that is wanted, by as few changes as possible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.filter_order import moved
from mailadmin.domain.filters import Filter


def filters(*orders: int) -> list[Filter]:
    """Filters a, b, c ... with these numbers."""
    return [Filter(name=chr(ord("a") + place), order=order, id=place + 1) for place, order in enumerate(orders)]


def names(every: list[Filter], changed: list[Filter]) -> str:
    """The names in the order they run after a change."""
    new = {one.id: one for one in changed}
    return "".join(one.name for one in sorted((new.get(one.id, one) for one in every), key=lambda one: one.rank))


def test_neighbours_exchange_their_numbers() -> None:
    every = filters(10, 20, 30)
    changed = moved(every, every[2], every[1])
    assert {one.name: one.order for one in changed} == {"c": 20, "b": 30}


def test_one_that_passes_hidden_ones_gets_a_number_between() -> None:
    every = filters(10, 20, 30, 40)
    changed = moved(every, every[3], every[1])
    assert {one.name: one.order for one in changed} == {"d": 15}


def test_equal_numbers_are_given_anew() -> None:
    every = filters(100, 100, 100)
    changed = moved(every, every[2], every[1])
    assert names(every, changed) == "acb"
    assert {one.name: one.order for one in changed} == {"a": 10, "c": 20, "b": 30}


@given(st.lists(st.integers(0, 60), min_size=2, max_size=7), st.data())
def test_the_moved_one_stands_right_beside_the_one_it_passed(orders: list[int], data: st.DataObject) -> None:
    every = filters(*orders)
    ranked = sorted(every, key=lambda one: one.rank)
    at, to = data.draw(st.lists(st.integers(0, len(every) - 1), min_size=2, max_size=2, unique=True))
    changed = moved(every, ranked[at], ranked[to])
    wanted = [one.name for one in ranked if one is not ranked[at]]
    wanted.insert(wanted.index(ranked[to].name) + (at < to), ranked[at].name)
    assert names(every, changed) == "".join(wanted)
    assert all(one.order >= 0 for one in changed)
