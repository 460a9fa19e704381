"""Conditions for people who write no regular expressions: a few ways to compare, as patterns and back."""

from __future__ import annotations

import enum
from typing import Final

from .filters import EMAILADDRESS


class Match(enum.StrEnum):
    """How a text is compared. With EMAILADDRESS: it is each address of the header that is compared, as a whole."""

    CONTAINS = "contains"
    IS = "is"
    BEGINS = "begins"
    ENDS = "ends"
    PATTERN = "pattern"


_SPECIAL: Final = frozenset("\\.^$*+?{}[]|()")
_FORMS: Final = {
    False: {Match.IS: ("^", "$"), Match.BEGINS: ("^", ""), Match.ENDS: ("", "$"), Match.CONTAINS: ("", "")},
    True: {Match.CONTAINS: (".*", ".*"), Match.BEGINS: ("", ".*"), Match.ENDS: (".*", ""), Match.IS: ("", "")},
}
"""What stands before and after the escaped text, whether for whole addresses or not; the most particular first."""


def pattern_of(match: Match, text: str, *, as_address: bool = False) -> str:
    """The pattern of a condition, EMAILADDRESS: included.

    :param text: what is compared; with ``Match.PATTERN`` a regular expression, taken as it is
    """
    prefix = EMAILADDRESS if as_address else ""
    if match is Match.PATTERN:
        return prefix + text
    before, after = _FORMS[as_address][match]
    escaped = "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)
    return f"{prefix}{before}{escaped}{after}"


def match_of(pattern: str) -> tuple[Match, str, bool]:
    """What :func:`pattern_of` would make this pattern of: the way to compare, the text, whether as address.

    What none of the simple ways writes is ``Match.PATTERN`` with the expression as it is.
    """
    as_address = pattern.startswith(EMAILADDRESS)
    expression = pattern.removeprefix(EMAILADDRESS)
    for match, (before, after) in _FORMS[as_address].items():
        if len(expression) < len(before) + len(after):
            continue
        if expression.startswith(before) and expression.endswith(after):
            text = _literal(expression[len(before) : len(expression) - len(after)])
            if text is not None and pattern_of(match, text, as_address=as_address) == pattern:
                return match, text, as_address
    return Match.PATTERN, expression, as_address


def _literal(expression: str) -> str | None:
    """The text that an expression without any operators stands for; None when it has some."""
    text = []
    letters = iter(expression)
    for letter in letters:
        if letter == "\\":
            letter = next(letters, "")
            if letter not in _SPECIAL:
                return None
        elif letter in _SPECIAL:
            return None
        text.append(letter)
    return "".join(text)
