"""An administrator's regular expressions: compiled once, searched in any case, cut off when they run away.

Expressions are Perl's as far as the ``regex`` package knows them; ``^`` and ``$`` are the ends of the text. Most
searches find nothing, so each is asked first whether a piece of text that every match must hold is there at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Final

import regex

LONGEST_PATTERN: Final = 4_000
SECONDS_A_SEARCH: Final = 0.25
"""Of the processor's time."""
SECONDS_A_MAIL: Final = 2.0
"""As the clock on the wall goes: with room for a busy machine, since no filter but a runaway comes near it."""

_LETTERS_OF_TWO_CASES: Final = re.compile("[\u0130\u0131\u017f\u212a]")
"""Letters beyond ASCII that count as one of ASCII in the other case: with them, lower() does not tell."""
_SPECIAL: Final = frozenset("\\.[]()^$|*+?{}")
_REPEATS: Final = frozenset("*+?{")
_CLASSES: Final = frozenset("dDwWsSbBAZztnrfvhH")
_GROUP: Final = re.compile(r"\((?:\?(?:(?P<look><?[=!])|:|P?<[A-Za-z_]\w*>))?(?![?*])")
_CLASS: Final = re.compile(r"\[\^?(?:\\.|[^\\\[\]])+\]", re.DOTALL)
_REPEAT: Final = re.compile(r"(?:[*+?]|\{[^}]*\})[?+]?")
_DEEPEST: Final = 20
_MOST_GROUPS: Final = 3


class BadPatternError(ValueError):
    """Text that is no regular expression. ``reason``: the compiler's words; ``position``: where, from 0; or None."""

    def __init__(self, reason: str, position: int | None) -> None:
        super().__init__(reason if position is None else f"{reason} at position {position}")
        self.reason = reason
        self.position = position


class RanAwayError(Exception):
    """A search took too long. ``whole_mail``: the time for all searches in the mail is over."""

    def __init__(self, *, whole_mail: bool) -> None:
        super().__init__()
        self.whole_mail = whole_mail


def compile_pattern(text: str) -> regex.Pattern[str]:
    """Compile an expression.

    :raises BadPatternError: it is none
    """
    if len(text) > LONGEST_PATTERN:
        raise BadPatternError("too long", LONGEST_PATTERN)
    try:
        return regex.compile(text, regex.IGNORECASE, cache_pattern=False)
    except regex.error as error:
        raise BadPatternError(getattr(error, "msg", "") or str(error), getattr(error, "pos", None)) from error
    except (ValueError, OverflowError, RecursionError, MemoryError, KeyError) as error:
        # What the compiler lets through of its own, for numbers too large and groups too deep.
        raise BadPatternError("too complicated", None) from error


class Text:
    """A text to search in. ``tells``: whether ``lowered``, the same in lower case, tells what is in it in any case."""

    __slots__ = ("lowered", "tells", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tells = text.isascii() or not _LETTERS_OF_TWO_CASES.search(text)
        self.lowered = text.lower() if self.tells else ""


class Watch:
    """The time that the searches in one mail may take together."""

    __slots__ = ("left",)

    def __init__(self, seconds: float = SECONDS_A_MAIL) -> None:
        self.left = seconds


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    ``needles``: one of these, in lower case, is in every text that it matches; empty: not known. ``literal``: whether
    one of them is there is all it asks. ``harmless``: it has nothing that could make a search take long.
    """

    pattern: regex.Pattern[str]
    needles: tuple[str, ...]
    literal: bool
    harmless: bool

    def may_match(self, lowered: str) -> bool:
        """Whether one of the needles is in a text in lower case."""
        for needle in self.needles:  # a loop, not any(): this is asked for every condition of every mail
            if needle in lowered:
                return True
        return not self.needles

    def find(self, text: Text, watch: Watch, *, whole: bool = False) -> regex.Match[str] | None:
        """Search the text; with ``whole``, match all of it.

        :raises RanAwayError: it took too long
        """
        if text.tells and not self.may_match(text.lowered):
            return None
        look = self.pattern.fullmatch if whole else self.pattern.search
        if self.harmless:
            return look(text.text)
        if watch.left <= 0:
            raise RanAwayError(whole_mail=True)
        begun = perf_counter()
        seconds = min(SECONDS_A_SEARCH, watch.left)
        try:
            return look(text.text, timeout=seconds)
        except (TimeoutError, MemoryError) as error:
            raise RanAwayError(whole_mail=seconds < SECONDS_A_SEARCH) from error
        finally:
            watch.left -= perf_counter() - begun


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """The expression, compiled once.

    :raises BadPatternError: it is none
    """
    pattern = compile_pattern(text)
    reader = _Reader(text)
    try:
        needles = reader.alternatives()
        understood = reader.position == len(text)
    except _UnclearError:
        understood = False
    if not understood:
        return Expression(pattern, (), literal=False, harmless=False)
    harmless = _REPEATS.isdisjoint(text) and text.count("(") <= _MOST_GROUPS
    return Expression(pattern, needles, bool(needles) and reader.plain, harmless)


class _UnclearError(Exception):
    """The expression has something that this reader does not know."""


class _Reader:
    """Reads an expression for the text that every match must hold.

    It knows the plain part of the language; at anything else it gives up, and nothing is known. Each method reads from
    ``position`` on. ``plain``: nothing but letters and ``|`` has been seen.
    """

    def __init__(self, text: str) -> None:
        self.position = 0
        self.plain = True
        self._text = text
        self._depth = 0

    def alternatives(self) -> tuple[str, ...]:
        """What one of must be there, of everything up to the end of the group."""
        found: list[str] = []
        known = True
        while True:
            best = self._sequence()
            known = known and bool(best)
            found += best
            if not self._next("|"):
                return tuple(dict.fromkeys(found)) if known else ()

    def _sequence(self) -> tuple[str, ...]:
        best: tuple[str, ...] = ()
        run = ""
        while (letter := self._text[self.position : self.position + 1]) not in {"", "|", ")"}:
            piece = self._atom(letter)
            repeat = _REPEAT.match(self._text, self.position)
            if repeat:
                self.position = repeat.end()
                self.plain = False
            required = not repeat or repeat[0].startswith("+")
            if isinstance(piece, str):
                if piece and required:
                    run += piece
                if repeat or not piece:
                    best, run = _better(best, (run,)), ""
            else:
                best, run = _better(best, (run,)), ""
                best = _better(best, piece) if required else best
        return _better(best, (run,))

    def _atom(self, letter: str) -> str | tuple[str, ...]:
        """The letter that an atom stands for, or what one of must be there for a group; empty: neither."""
        if letter == "(":
            return self._group()
        if letter == "[":
            return self._skip(_CLASS)
        if letter == "\\":
            escaped = self._text[self.position + 1 : self.position + 2]
            if not escaped or (escaped.isalnum() and escaped not in _CLASSES):
                raise _UnclearError
            self.position += 2
            return self._letter(escaped if not escaped.isalnum() else "")
        if letter in {".", "^", "$"}:
            self.position += 1
            return self._letter("")
        if letter in _SPECIAL:
            raise _UnclearError
        self.position += 1
        return self._letter(letter)

    def _letter(self, letter: str) -> str:
        if letter.isascii() and letter:
            return letter.lower()
        self.plain = False
        return ""

    def _group(self) -> tuple[str, ...]:
        opening = _GROUP.match(self._text, self.position)
        if opening is None or self._depth >= _DEEPEST:
            raise _UnclearError
        self.plain = False
        self.position = opening.end()
        self._depth += 1
        needles = self.alternatives()
        self._depth -= 1
        if not self._next(")"):
            raise _UnclearError
        return () if opening["look"] else needles

    def _skip(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self.position)
        if found is None:
            raise _UnclearError
        self.plain = False
        self.position = found.end()
        return ""

    def _next(self, letter: str) -> bool:
        if self._text.startswith(letter, self.position):
            self.position += 1
            return True
        return False


def _better(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The set of needles whose shortest is longer."""
    return max(one, other, key=lambda needles: min(map(len, needles), default=0)) if any(other) else one
