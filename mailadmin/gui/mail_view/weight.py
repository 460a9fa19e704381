"""How long Qt takes to lay a mail out, told beforehand: it does that in the GUI thread, and nobody can stop it.

The unit is what a letter in a line takes, about half a microsecond. The numbers were measured with PySide6 6.11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_WEIGHT: Final = 120_000
"""What is heavier than this is cut."""
HEAVIEST_WORD: Final = 5_000
"""A longer word may break anywhere: where else it could is looked for from its beginning for every line."""
DEEPEST_TABLE: Final = 8
"""Tables within tables: laying out the inner ones takes twice as long with each around them."""
WORTHWHILE_TABLE: Final = 2
"""Deeper tables are there for the looks: they go before words do."""

_RUN: Final = 24
"""A part of a line in another script or direction is shaped on its own."""
_NEW_LETTER: Final = 40
"""A letter that is drawn for the first time."""
_RARE_LETTER: Final = 150
"""One for which a font has to be looked for."""
_MORE: Final = {"arabic": 1, "hebrew": 1, "ideographs": 5, "marks": 2}
"""What a letter of a script, or a mark on one, takes beside that."""
_LINE: Final = 8
_LATIN: Final = re.compile(r"[\s!-\u024f\u2010-\u2027]*")
_RUNS: Final = re.compile(
    r"(?P<latin>[!-\u02ff\u2010-\u2027]+)|(?P<marks>[\u0300-\u036f]+)|(?P<greek>[\u0370-\u03ff]+)"
    r"|(?P<cyrillic>[\u0400-\u052f]+)|(?P<hebrew>[\u0590-\u05ff]+)|(?P<arabic>[\u0600-\u06ff]+)"
    r"|(?P<ideographs>[\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]+)|."
)
"""Parts of a word that are likely to be shaped at once; a script goes on over the space between words."""
_KNOWN: Final = re.compile(r"[\s!-\u06ff\u2000-\u2027\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_SPACE: Final = re.compile(r"[ \t\n]")
_PART: Final = 500
"""A text is weighed, and cut, in parts of so many characters."""

_TAG: Final = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s[^\s"=<>]+="[^"]*")*)\s*/?>|&#?\w{1,10};|[^<&]+|[<&]')
"""A tag as nh3 writes it, an entity, or text."""
_SPAN: Final = re.compile(r'\s(?:col|row)span="(\d+)"')
_FONT: Final = re.compile(r"font-|\ssize=")
_FAMILY: Final = re.compile(r'font-family:([^;"]*)|\sface="([^"]*)"')
_INDENT: Final = re.compile(r"margin|padding")
_VOID: Final = frozenset({"br", "hr", "img"})
_INLINE: Final = frozenset(
    {"a", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "q", "s", "samp", "small", "span"}
    | {"strike", "strong", "sub", "sup", "tt", "u", "var"}
)
_INDENTING: Final = frozenset({"blockquote", "dd", "dl", "ol", "ul"})
_WEIGHTS: Final = {
    "blockquote": 60, "hr": 40, "img": 300, "li": 30, "table": 100, "td": 30, "th": 30, "tr": 45,
}  # fmt: skip
_ANY_TAG: Final = 18
_NEW_FONT: Final = 100
_NEW_FAMILY: Final = 600
_SLOT: Final = 20
"""A place in the grid of a table."""
_TABLE: Final = 200
_ITEMS: Final = 10
"""For each item of a list Qt counts those before it: so many in the time of a letter."""
_MANY_INDENTS: Final = 6
_NARROW: Final = 8
"""A letter where there is hardly room for a word on a line."""


class Scales:
    """Weighs a text piece by piece, and knows its heaviest word."""

    def __init__(self) -> None:
        self.weight = 0
        self.heaviest_word = 0
        self._word = 0
        self._script = "latin"
        self._letters: set[str] = set()

    def add(self, text: str, factor: int = 1, letter: int = 1) -> None:
        """Lay a part of a text on the scales."""
        self.weight += text.count("\n") * _LINE * factor
        words = _SPACE.split(text)
        if _LATIN.fullmatch(text):  # most of all mails: no need to look at every word
            self.weight += len(text) * letter * factor
            weights = list(map(len, words))
        else:
            new = set(text) - self._letters
            self._letters |= new
            self.weight += sum(_NEW_LETTER if _KNOWN.match(letter) else _RARE_LETTER for letter in new)
            weights = [len(word) * letter + self._shaping(word) for word in words]
            self.weight += (sum(weights) + len(words)) * factor
        weights[0] += self._word
        self.heaviest_word = max(self.heaviest_word, *weights)
        self._word = weights[-1]

    def _shaping(self, word: str) -> int:
        """What the parts of a word weigh beside their letters."""
        weight = 0
        for run in _RUNS.finditer(word):
            script = run.lastgroup or ""
            weight += _MORE.get(script, 0) * len(run[0])
            if script == "marks":
                continue
            if not script or script != self._script:
                weight += _RUN
            self._script = script
        return weight

    def end_word(self) -> None:
        """What comes is not part of the word before."""
        self._word = 0


@dataclass(frozen=True, slots=True)
class Light:
    """As much of a text or of HTML as can be laid out in a moment.

    ``cut``: there was more. ``long_words``: lines must be broken anywhere. ``depth``: of the tables within tables.
    """

    text: str
    cut: bool = False
    long_words: bool = False
    depth: int = 0


def light_text(text: str, most: int = MOST_WEIGHT) -> Light:
    """The beginning of a plain text."""
    scales = Scales()
    end = _fitting(scales, text, most, 1, 1)
    return Light(text[:end], end < len(text), scales.heaviest_word > HEAVIEST_WORD)


def light_html(clean: str, most: int = MOST_WEIGHT) -> Light:
    """The beginning of HTML.

    :param clean: as nh3 writes it
    """
    weigher = _Weigher()
    for match in _TAG.finditer(clean):
        if match[2] is None:
            kept = weigher.text(match[0], most)
        else:
            weigher.tag(match[2], match[3], closing=bool(match[1]))
            kept = 0 if weigher.scales.weight > most else len(match[0])
        if kept < len(match[0]):
            return weigher.light(clean[: match.start() + kept], cut=True)
    return weigher.light(clean, cut=False)


class _Weigher:
    """Weighs HTML, tag by tag."""

    def __init__(self) -> None:
        self.scales = Scales()
        self._open: list[tuple[str, int]] = []
        """Elements, and how far they push their lines in."""
        self._indents = 0
        self._grids: list[_Grid] = []
        self._deepest = 0
        self._items = 0
        self._fonts: set[str] = set()
        self._families: set[tuple[str, str]] = set()

    @property
    def _factor(self) -> int:
        return 1 << max(len(self._grids) - 1, 0)

    def text(self, text: str, most: int) -> int:
        """Weigh text; how much of it can be had."""
        narrow = self._indents > _MANY_INDENTS or any(grid.narrow for grid in self._grids)
        return _fitting(self.scales, text, most, self._factor, _NARROW if narrow else 1)

    def tag(self, tag: str, attributes: str, *, closing: bool) -> None:
        """Weigh a tag."""
        if tag not in _INLINE:
            self.scales.end_word()
        if closing:
            self._close(tag)
            return
        weight = _WEIGHTS.get(tag, _ANY_TAG)
        if tag == "li":
            self._items += 1
            weight += self._items // _ITEMS
        if tag == "table":
            self.scales.weight += _TABLE
            self._grids.append(_Grid())
            self._deepest = max(self._deepest, len(self._grids))
        elif self._grids and tag in {"tr", "td", "th"}:
            weight += _SLOT * self._grids[-1].place(tag, attributes)
        if _FONT.search(attributes) and attributes not in self._fonts:
            self._fonts.add(attributes)
            weight += _NEW_FONT
        for family in _FAMILY.findall(attributes):
            if family not in self._families:
                self._families.add(family)
                self.scales.weight += _NEW_FAMILY
        self.scales.weight += weight * self._factor
        if tag not in _VOID:
            indents = int(tag in _INDENTING) + len(_INDENT.findall(attributes))
            self._indents += indents
            self._open.append((tag, indents))

    def light(self, html: str, *, cut: bool) -> Light:
        """What was weighed; what is still open is closed."""
        ends = "".join(f"</{tag}>" for tag, _ in reversed(self._open)) if cut else ""
        return Light(html + ends, cut, self.scales.heaviest_word > HEAVIEST_WORD, self._deepest)

    def _close(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            _, indents = self._open.pop()
            self._indents -= indents
            if tag == "table":
                self._grids.pop()


class _Grid:
    """The places of a table: it is laid out as a whole, with those that hold nothing."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns = 0
        self._in_row = 0

    @property
    def narrow(self) -> bool:
        """Whether its cells may have no more room than a word needs."""
        return self._columns > 10

    def place(self, tag: str, attributes: str) -> int:
        """How many places a row or a cell adds."""
        if tag == "tr":
            self._rows += 1
            self._in_row = 0
            return self._columns
        across = down = 1
        for match in _SPAN.finditer(attributes):
            if match[0].lstrip().startswith("col"):
                across = max(int(match[1]), 1)
            else:
                down = max(int(match[1]), 1)
        self._in_row += across
        wider = max(self._in_row - self._columns, 0)
        self._columns += wider
        return across * down + wider * self._rows


def _fitting(scales: Scales, text: str, most: int, factor: int, letter: int) -> int:
    """How many characters of a text can be laid on the scales."""
    for at in range(0, len(text), _PART):
        scales.add(text[at : at + _PART], factor, letter)
        if scales.weight > most:
            return at
    return len(text)
