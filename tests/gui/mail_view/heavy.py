"""Mails that are built to keep whoever lays them out busy: small or at most as long as is shown, none is large."""

from __future__ import annotations

import random
from typing import Final

LENGTH: Final = 500_000
"""Characters of each, unless a few are enough."""


def _filled(part: str, begin: str = "") -> str:
    return begin + part * ((LENGTH - len(begin)) // len(part))


def _numbered(pattern: str) -> str:
    return "".join(pattern.format(number=number) for number in range(LENGTH // (len(pattern) + 4)))


def _letters(alphabet: str, spaces: int = 0) -> str:
    """Any order of these letters, always the same."""
    return "".join(random.Random(1).choices(alphabet + " " * spaces, k=LENGTH // 3))


_DIRECTIONS: Final = "abcאבגمرح123(\u202a\u202b\u202d\u202e\u2066\u2067\u2068"

TEXTS: Final = {
    "one word": "x" * LENGTH,
    "words on one line": _filled("word "),
    "long words": _filled("x" * 900 + " "),
    "short lines": _filled("x\n"),
    "empty lines": "\n" * LENGTH,
    "arabic on one line": _filled("مرح "),
    "one arabic word": _filled("مرح"),
    "letters with marks": _filled("a\u0301\u0302\u0303\u0304"),
    "words with marks": _filled("a\u0301\u0302\u0303\u0304 "),
    "one letter with marks": _filled("\u0301", "a"),
    "marks and spaces": _filled("\u0301 "),
    "emoji": _filled("\U0001f469\u200d\U0001f4bb"),
    "emoji words": _filled("\U0001f469\u200d\U0001f4bb "),
    "chinese": _filled("漢字"),
    "many scripts": _filled("aбγא漢ကሀກ"),
    "many scripts in words": _filled("aб γא 漢က ሀກ "),
    "directions": _letters(_DIRECTIONS),
    "directions in words": _letters(_DIRECTIONS, 5),
    "tabs": _filled("\t"),
    "control characters": _filled("\x01"),
    "soft hyphens": _filled("x\u00ad"),
    "no-break spaces": _filled("x\u00a0"),
    "zero width spaces": _filled("x\u200b"),
    "rare characters": "".join(map(chr, range(0x370, 0xD7FF))) * 9,
    "lines of rare characters": "".join(chr(0x370 + at % 50_000) + "\n" for at in range(LENGTH // 2)),
}
"""Plain texts by what they are full of."""

_NESTED: Final = "<table><tr><td>"
_CLOSED: Final = "</td></tr></table>"

HTMLS: Final = {
    **{f"<p> {name}": f"<p>{text}" for name, text in TEXTS.items()},
    "cells": "<table>" + ("<tr>" + "<td>x</td>" * 50 + "</tr>") * (LENGTH // 510),
    "one row of cells": _filled("<td>x", "<table><tr>"),
    "one column of cells": _filled("<tr><td>x", "<table>"),
    "tables": _filled(f"{_NESTED}x{_CLOSED}"),
    "8 nested tables of 200 cells": _NESTED * 8 + "<td>x</td>" * 200,
    "8 nested tables of cells": _filled("<td>x</td>", _NESTED * 8),
    "8 nested tables of 20 cells each": ("<table><tr>" + "<td>y</td>" * 20 + "<td>") * 8 + "z" * 100,
    "many times 8 nested tables": _filled(_NESTED * 8 + "z" + _CLOSED * 8),
    "4 nested tables of words": _filled("word ", _NESTED * 4),
    "3 nested tables of paragraphs": _filled("<p>x", _NESTED * 3),
    "3 nested tables of cells": _filled("<td>x</td>", _NESTED * 3),
    "tables beside tables in a cell": _filled("<table><tr><td>x<td>y</table>", _NESTED),
    "colspan": _filled("<tr><td colspan=99>x<td>y</tr>", "<table>"),
    "rowspan": _filled("<tr><td rowspan=99>x<td>y</tr>", "<table>"),
    "colspan and rowspan": _filled("<tr><td rowspan=99 colspan=99>x</tr>", "<table>"),
    "some with colspan and rowspan": "<table>" + "<tr><td rowspan=20 colspan=20>x</tr>" * 100,
    "width of 999 %": _filled("x y ", "<table width='999%'><tr><td width='999%'>" * 8),
    "table of a style as wide": _filled("x y ", "<table style='width:999%'><tr><td style='width:999%'>" * 3),
    "width of 100 %": _filled("x y ", "<table width='100%'><tr><td width='100%'>" * 4),
    "empty places of a table": "<table><tr>" + "<td>x" * 800 + "<tr><td>x" * 2000,
    "rows without cells": "<table><tr>" + "<td>x" * 300 + "<tr></tr>" * 20_000,
    "spans that grow": "<table>" + "".join(f"<tr><td rowspan=20 colspan={at % 20}>x" for at in range(5000)),
    "all of the width for each": "<table width='100%'><tr>" + "<td width='100%'>word word" * 2000,
    "all of the width for nested ones": _filled(
        "<td width='100%'>word", "<table width='100%'><tr><td width='100%'>" * 4
    ),
    "tables of some depth, one after the other": _filled(_NESTED * 3 + "words of a table" + _CLOSED * 3),
    "narrow cells of words": "<table><tr>" + (f"<td width=1>{'word ' * 1000}</td>" * 100),
    "cells of long words": "<table><tr>" + (f"<td>{'x' * 900}</td>" * 500),
    "cellpadding": _filled("<td>x", "<table cellpadding=99 cellspacing=99><tr>"),
    "divs": _filled("<div>x</div>"),
    "deep divs": "<div>" * 200 + "x" * 1000,
    "deep divs of words": _filled("x y ", "<div>" * 200),
    "paragraphs": _filled("<p>x"),
    "lists": _filled("<ul><li>" * 100 + "x" + "</ul>" * 100),
    "list": _filled("<li>x", "<ol>"),
    "numbers of a list": _filled("<li>x", "<ol type=i start=9999>"),
    "blockquotes": _filled("<blockquote>" * 100 + "x" + "</blockquote>" * 100),
    "deep margins": _filled("x y z ", "<div style='margin:99px;padding:99px'>" * 100),
    "deep lists": _filled("<li>x y z ", "<ul>" * 100),
    "deep blockquotes in a cell": _filled("x y z ", _NESTED * 2 + "<blockquote>" * 50),
    "deep blockquotes": _filled("x y z ", "<blockquote>" * 240),
    "line breaks": _filled("<br>"),
    "line breaks in a cell": _filled("x<br>", _NESTED),
    "rules": _filled("<hr>"),
    "links": _filled('<a href="http://a.b/c">x</a> '),
    "different links": _numbered('<a href="http://a.b/{number}">x</a> '),
    "formats": _numbered("<font color=#{number:06x}>x</font> "),
    "formats without spaces": _numbered("<font color=#{number:06x}>x</font>"),
    "fonts": _numbered("<span style='font-family:f{number}'>x</span> "),
    "sizes": _numbered("<span style='font-size:{number}px'>x</span> "),
    "huge letters": _filled("word ", "<p style='font-size:48px'>"),
    "relative sizes": _filled("word ", "<div style='font-size:300%'>" * 100),
    "styles": _filled("<p style='margin:99px;padding:99px;font-size:48px;border:9px solid red;color:#123456'>x"),
    "<pre>": _filled("word ", "<pre>"),
    "<pre> of one word": _filled("x", "<pre>"),
    "<pre> of lines": _filled("x\n", "<pre>"),
    "nowrap": _filled("word ", "<p style='white-space:nowrap'>"),
    "justified": _filled("word ", "<p align=justify>"),
    "from right to left": _filled("word ", "<p dir=rtl>"),
    "blocked pictures": _filled('<img src="http://a/b.png" alt="x">'),
    "own pictures": _numbered('<img src="cid:{number}" width=999 height=999>'),
    "one own picture, often": _filled("<img src='cid:1' width=9>"),
    "spaces in a style sheet": _filled(" ", "<style>p { background: url("),
    "spaces in a style": _filled(" ", "<p style='background: url("),
    "style sheets that load nothing": _filled("@import ", "<style>"),
    "slashes": _filled("//", "<img src='"),
    "one link": _filled("x", "<a href='http://"),
    "entities": _filled("&#x20AC;"),
    "words in formats": "".join(f"<b>{'x' * 400}</b>" for _ in range(1200)),
}
"""HTML by what it is full of."""
