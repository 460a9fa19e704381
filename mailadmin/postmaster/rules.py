"""Filters as they are run: conditions that ask the same are one search, and searches in one header stand together."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import regex

from mailadmin.domain.filters import EMAILADDRESS, Filter
from mailadmin.domain.x_headers import can_be_set

from .expressions import BadPatternError, Expression, expression


class Found(enum.Enum):
    """What is known of a pattern in this mail, when it is neither a match nor that there is none."""

    UNREAD = enum.auto()
    """Nobody has looked at the header yet."""
    TO_SEARCH = enum.auto()
    """Only the expression can tell."""
    PLAINLY = enum.auto()
    """It is there, and captures nothing."""
    MISSING = enum.auto()
    """The mail has no such header."""
    FAILED = enum.auto()
    """The search was cut off."""


UNREAD, TO_SEARCH, PLAINLY, MISSING, FAILED = Found

Key: TypeAlias = tuple[str, bool]
"""The lower-cased name of a header, and whether it is about each of its addresses."""
Finding: TypeAlias = "regex.Match[str] | Found | None"
"""What a search found; None: it is not there."""


@dataclass(frozen=True, slots=True)
class Search:
    """One pattern in one header; conditions that ask the same share one. ``expression``: None when it is none."""

    index: int
    key: Key
    header: str
    pattern: str
    expression: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter, compiled.

    ``tests``: by its conditions the index of a search, whether that must find nothing, and the search itself.
    ``accounts``: casefolded names; empty: all. ``refused``: headers of its actions that no filter can set.
    """

    name: str
    accounts: frozenset[str]
    tests: tuple[tuple[int, bool, Search], ...]
    actions: tuple[tuple[str, str], ...]
    stop: bool
    refused: tuple[str, ...]


@dataclass(slots=True)
class Searches:
    """The searches in one header, by index: those with one needle, those with several, and those with none.

    Beside the needles stands what is known when one is there.
    """

    all: list[int] = field(default_factory=list)
    by_needle: list[tuple[int, str, Found]] = field(default_factory=list)
    by_needles: list[tuple[int, tuple[str, ...], Found]] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def add(self, search: Search) -> None:
        """Add one."""
        self.all.append(search.index)
        wanted = search.expression
        if wanted is None or not wanted.needles:
            self.others.append(search.index)
            return
        there = PLAINLY if wanted.literal and not search.key[1] else TO_SEARCH
        if len(wanted.needles) == 1:
            self.by_needle.append((search.index, wanted.needles[0], there))
        else:
            self.by_needles.append((search.index, wanted.needles, there))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All filters, compiled. ``count``: of searches. ``by_key``: those in each header."""

    rules: tuple[Rule, ...]
    count: int
    by_key: Mapping[Key, Searches]


_known: dict[int, tuple[tuple[Filter, ...], RuleSet]] = {}
_MOST_KNOWN: Final = 8


def compiled(filters: tuple[Filter, ...]) -> RuleSet:
    """The rules of a set of filters, made once: it is the same object as long as nobody changes a filter.

    What is kept holds the set, so that no other can come by its id.
    """
    known = _known.get(id(filters))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(filters)] = (filters, _rule_set(filters))
    return known[1]


def _rule_set(filters: tuple[Filter, ...]) -> RuleSet:
    searches: dict[tuple[str, str], Search] = {}
    by_key: dict[Key, Searches] = {}
    rules: list[Rule] = []
    for record in filters:
        tests: list[tuple[int, bool, Search]] = []
        for condition in record.conditions:
            header = condition.header.strip()
            asked = header.lower(), condition.pattern
            if (search := searches.get(asked)) is None:
                search = searches[asked] = _search(len(searches), header, condition.pattern)
                by_key.setdefault(search.key, Searches()).add(search)
            tests.append((search.index, condition.negated, search))
        actions = [(action.header.strip(), action.value) for action in record.actions]
        rules.append(
            Rule(
                name=record.name,
                accounts=frozenset(name.casefold() for name in record.accounts),
                tests=tuple(tests),
                actions=tuple(action for action in actions if can_be_set(action[0])),
                stop=record.stop,
                refused=tuple(header for header, _ in actions if not can_be_set(header)),
            )
        )
    return RuleSet(tuple(rules), len(searches), by_key)


def _search(index: int, header: str, pattern: str) -> Search:
    key = header.lower(), pattern.startswith(EMAILADDRESS)
    wanted: Expression | None
    try:
        wanted = expression(pattern.removeprefix(EMAILADDRESS))
    except BadPatternError:
        wanted = None
    return Search(index, key, header, pattern, wanted)
