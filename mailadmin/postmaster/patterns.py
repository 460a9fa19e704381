"""An administrator's regular expressions other than those of filters: whether one is found, what it captures."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Final

from mailadmin.domain.surroundings import PatternFacts

from .expressions import SECONDS_A_SEARCH, BadPatternError, compile_pattern

_MOST: Final = 20
_BY_LINES: Final = "(?m)"


class PatternFailedError(Exception):
    """The search took too long, or the expression is none."""


def finds(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, in any case.

    :raises PatternFailedError: it ran away (in time or memory), or does not compile
    """
    try:
        return _compiled(pattern).search(text, timeout=SECONDS_A_SEARCH) is not None
    except (TimeoutError, MemoryError, BadPatternError) as error:
        raise PatternFailedError(pattern) from error


def captures(pattern: str, text: str) -> tuple[str, ...]:
    """What the first group of the pattern (the whole of one without groups) is, at each find; each once, at most 20.

    ``^`` and ``$`` stand for the ends of a line.

    :raises PatternFailedError: it ran away (in time or memory), or does not compile
    """
    try:
        compiled = _compiled(_BY_LINES + pattern)
        group = 1 if compiled.groups else 0
        found = (match[group] for match in compiled.finditer(text, timeout=SECONDS_A_SEARCH))
        return tuple(islice(dict.fromkeys(text for text in found if text), _MOST))
    except (TimeoutError, MemoryError, BadPatternError) as error:
        raise PatternFailedError(pattern) from error


def check_pattern(pattern: str) -> PatternFacts:
    """Compile a pattern before it is saved: what is wrong with it, or how many groups it has and their names."""
    try:
        compiled = _compiled(pattern)
    except BadPatternError as error:
        return PatternFacts(problem=str(error))
    return PatternFacts(groups=compiled.groups, names=frozenset(compiled.groupindex))


_compiled: Final = lru_cache(maxsize=256)(compile_pattern)
