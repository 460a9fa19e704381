"""Where words, tables and JSON documents go, and how text from outside is made harmless on its way there.

Words and tables are for people: plain aligned text, without colour or box drawing, coloured a little on a terminal.
With ``--json`` exactly one document goes to standard output and every word to standard error.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mailadmin.domain.outside_text import shown, shown_lines

_NOT_IN_JSON: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MARK_WIDTH: Final = 11
_GAP: Final = 2
_PIPE_WIDTH: Final = 100_000
"""A pipe has no width: a sentence stays one line."""
_WHOLE_WORD: Final = 24
"""A longer word may be broken in a table."""
_WIDEST_TABLE: Final = 160
"""One long subject must not push the other columns out of sight."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    ``whole``: never wrapped; ``right``: numbers, so whole. ``least``: at least so wide. ``drop``: where a terminal is
    too narrow, the columns with the highest number go first; 0 stays. ``elide``: on a terminal the middle of a long
    cell gives way to an ellipsis (an address, of which both ends say something), where others wrap.
    """

    name: str
    right: bool = False
    whole: bool = False
    least: int = 10
    drop: int = 0
    elide: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it is as wide as its widest cell."""
        return self.whole or self.right


def _longest_word(texts: Iterable[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.split()), default=0)


def _least(column: Column, cells: Sequence[str], *, whole_words: bool) -> int:
    """The least width of a column, with the words of its cells whole or (where there is no room for that) not."""
    name = _longest_word([column.name])
    if column.fixed:
        return max([name, *map(cell_len, cells)])
    least = max(column.least, name)
    return max(least, min(_longest_word(cells), _WHOLE_WORD)) if whole_words and not column.elide else least


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _fitting(columns: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """The places of the columns that are shown: those that can go do so until the others fit, words whole."""
    places = list(range(len(columns)))
    least = [_least(column, [row[place] for row in cells], whole_words=True) for place, column in enumerate(columns)]
    while _needed([least[place] for place in places]) > room:
        last = max(places, key=lambda place: columns[place].drop)
        if not columns[last].drop:
            break
        places.remove(last)
    return places


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column becomes: as its cells, the widest ones narrowed until all fit; words break last."""
    widths = []
    for place, column in enumerate(columns):
        name = _longest_word([column.name]) if column.fixed else cell_len(column.name)
        widths.append(max([name, *(cell_len(row[place]) for row in cells)]))
    for whole_words in (True, False):
        least = [
            _least(column, [row[place] for row in cells], whole_words=whole_words)
            for place, column in enumerate(columns)
        ]
        while _needed(widths) > room:
            widest = max(range(len(widths)), key=lambda place: widths[place] if widths[place] > least[place] else 0)
            if widths[widest] <= least[widest]:
                break
            widths[widest] -= 1
    return widths


def elided(text: str, width: int) -> str:
    """A text that fits a width: the middle of a longer one gives way to an ellipsis."""
    if cell_len(text) <= width:
        return text
    front, back = text, text
    while cell_len(front) > width // 2:
        front = front[:-1]
    while cell_len(back) > width - cell_len(front) - 1:
        back = back[1:]
    return f"{front}\u2026{back}"


class Output:
    """Standard output and standard error of one run.

    :param as_json: whether standard output belongs to the one JSON document
    """

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err
        self.console = _console(self._err if as_json else self._out)
        self.errors = _console(self._err)

    @property
    def width(self) -> int:
        """Characters on a line where words go; very many in a pipe."""
        return self.console.width

    @property
    def live(self) -> bool:
        """Whether somebody watches: a terminal, and no JSON wanted."""
        return not self.as_json and self.errors.is_terminal

    def say(self, text: str = "", *, style: str = "") -> None:
        """A line or a paragraph for people. Text from outside has gone through :func:`shown` before."""
        self._print(self.console, Text(text, style=style))

    def complain(self, text: str) -> None:
        """A line or a paragraph about what went wrong, to standard error."""
        self._print(self.errors, Text(text))

    def unbroken(self, text: str) -> None:
        """A line to be copied (an address): a terminal may wrap it, but it stays one line."""
        self.console.print(Text(shown(text)), soft_wrap=True)

    def indented(self, text: str, by: int = 2, *, style: str = "") -> None:
        """A paragraph that stands in from the left, also where it wraps."""
        self._print(self.console, Padding(Text(text, style=style), (0, 0, 0, by)))

    def heading(self, text: str) -> None:
        """A line that names what follows."""
        self.say(text, style="bold")

    def section(self, text: str) -> None:
        """A heading with room before and after it."""
        self.say()
        self.heading(text)
        self.say()

    def bullet(self, text: str) -> None:
        """One of several sentences, each with a dash before it."""
        self._print(self.console, _hanging("  - ", text))

    def entry(self, name: str, mark: str, text: str, *, style: str = "") -> None:
        """A line of a report that grows: a name, a mark, a sentence; the sentence wraps below itself."""
        self._print(self.console, _hanging(f"{name:<14}", text, mark=mark, style=style))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Aligned columns under their names; long cells wrap."""
        cells = [[shown(cell) for cell in row] for row in rows]
        room, every = min(self.width, _WIDEST_TABLE), columns
        if self.console.is_terminal:  # a pipe gets everything
            places = _fitting(columns, cells, room)
            columns, cells = [columns[place] for place in places], [[row[place] for place in places] for row in cells]
        widths = _widths(columns, cells, room)
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
        for column, width in zip(columns, widths, strict=True):
            table.add_column(column.name, justify="right" if column.right else "left", width=width, overflow="fold")
        for row in cells:
            table.add_row(*map(self._cell, columns, row, widths))
        needed = _needed(widths)
        before, self.console.width = self.console.width, max(self.console.width, needed)
        self._print(self.console, table)  # where even the least does not fit, the terminal breaks the lines
        self.console.width = before
        if len(columns) < len(every):
            self.say("More columns: widen the window, or --json", style="dim")

    def _cell(self, column: Column, text: str, width: int) -> Text:
        return Text(elided(text, width) if column.elide and self.console.is_terminal else text)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and values, the values below each other; pairs without a value are left out."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, style="bold" if self.console.is_terminal else "")
        table.add_column(overflow="fold")
        for name, value in pairs:
            if value:
                table.add_row(name, Text(shown(value)))
        if table.row_count:
            self._print(self.console, table)

    def document(self, document: object) -> None:
        """The JSON document, to standard output, ended by a line break."""
        unicode = (getattr(self._out, "encoding", None) or "").lower().replace("-", "") == "utf8"
        text = json.dumps(document, ensure_ascii=not unicode, indent=2 if self._out.isatty() else None)
        # Escape sequences for terminals may begin with one of these, which json leaves as they are.
        self._out.write(_NOT_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n")
        self._out.flush()

    def text(self, text: str) -> None:
        """Text as it is (a file for somebody else to read), to standard output."""
        self._out.write(text)
        self._out.flush()

    def octets(self, octets: bytes) -> None:
        """Octets as they are; on a terminal, which would act on some of them, as text that is shown."""
        binary = getattr(self._out, "buffer", None)
        if self._out.isatty() or binary is None:
            self.text(shown_lines(octets.decode("utf-8", "replace")))
            return
        self._out.flush()
        binary.write(octets)
        binary.flush()

    @property
    def to_terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return self._out.isatty()

    @staticmethod
    def _print(console: Console, what: RenderableType) -> None:
        if console.is_terminal:
            console.print(what)
            return
        with console.capture() as capture:
            console.print(what)
        console.file.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))
        console.file.flush()


def _hanging(first: str, text: str, *, mark: str = "", style: str = "") -> Table:
    """A paragraph whose lines after the first stand below its text."""
    grid = Table.grid(padding=0)
    grid.add_column(width=len(first), no_wrap=True)
    cells = [Text(first)]
    if mark:
        grid.add_column(width=_MARK_WIDTH, no_wrap=True)
        cells.append(Text(mark, style=style))
    grid.add_column(overflow="fold")
    grid.add_row(*cells, Text(text))
    return grid


def _console(stream: TextIO) -> Console:
    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=terminal,
        width=None if terminal else _PIPE_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def opened() -> None:
    """Have standard output and standard error go nowhere where whoever started us has closed them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (open to the end)


def forgiving(stream: TextIO) -> None:
    r"""Have a stream write what its encoding lacks as ``\u20ac`` instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
