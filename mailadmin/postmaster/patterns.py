"""An administrator's regular expressions, searched in a stranger's text: in any case, and never for long."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Final

import regex

from mailadmin.domain.surroundings import PatternFacts

TIMEOUT: Final = 0.5
"""Seconds that one search may take."""
NOT_COMPILED: Final = (regex.error, RecursionError, OverflowError, ValueError)
"""What the compiler raises for what is no pattern."""
_MOST: Final = 20


class PatternFailedError(Exception):
    """The search took too long, or the expression is none."""


def finds(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text.

    :raises PatternFailedError: it ran away, or does not compile
    """
    try:
        return _compiled(pattern).search(text, timeout=TIMEOUT) is not None
    except (TimeoutError, *NOT_COMPILED) as error:
        raise PatternFailedError(pattern) from error


def captures(pattern: str, text: str) -> tuple[str, ...]:
    """What the first group of the pattern (the whole of one without groups) is, at each find; each once, at most 20.

    ``^`` and ``$`` stand for the ends of a line.

    :raises PatternFailedError: it ran away, or does not compile
    """
    try:
        compiled = _compiled(pattern)
        group = 1 if compiled.groups else 0
        found = (match[group] for match in compiled.finditer(text, timeout=TIMEOUT))
        return tuple(islice(dict.fromkeys(text for text in found if text), _MOST))
    except (TimeoutError, *NOT_COMPILED) as error:
        raise PatternFailedError(pattern) from error


def check_pattern(pattern: str) -> PatternFacts:
    """Compile a pattern, as a rule for what is saved: what is wrong with it, or how many groups it has and their names."""
    try:
        compiled = _compiled(pattern)
    except NOT_COMPILED as error:
        return PatternFacts(problem=str(error) or type(error).__name__)
    return PatternFacts(groups=compiled.groups, names=frozenset(compiled.groupindex))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
