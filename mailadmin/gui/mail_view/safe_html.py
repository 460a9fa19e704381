"""A stranger's HTML made safe to be shown: what can act, load, hide or cover is left out, and what was is counted.

nh3 decides about elements and attributes by lists of what is allowed; values of attributes are decided here, by what
they may be. QTextBrowser understands a small part of HTML 4 and CSS, so little of use is lost.

nh3 repairs HTML as browsers do, which a few kilobytes of elements that are never closed can turn into gigabytes. So
another parser that takes its time by the length alone reads the HTML first, and says how much it would become.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

import nh3
from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HTMLParser, document_fromstring, tostring  # type: ignore[import-untyped]

from .layout_tables import ATTRIBUTE, TABLES, stacked
from .safe_style import COLOUR, is_shown, safe_style
from .weight import DEEPEST_TABLE, WORTHWHILE_TABLE, Light, light_html

LONGEST_HTML: Final = 500_000
"""Characters of HTML that are shown; whoever needs the rest saves the mail."""
_MOST_WORK: Final = 200_000
"""Elements, each as often as there are formats around it: a browser repeats those in every block."""
MOST_IMAGES: Final = 200
_MOST_SPANNED: Final = 20
"""Columns or rows of one cell."""

_TAGS: Final = TABLES | {
    "a", "address", "b", "big", "blockquote", "br", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "ul", "var",
}  # fmt: skip
_WITH_THEIR_CONTENT: Final = {
    "applet", "embed", "frameset", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea", "title", "xml",
}  # fmt: skip
_FORMATS: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_SCHEMES: Final = {"cid", "data", "file", "ftp", "http", "https", "mailto"}
"""What nh3 lets the filter below see; that decides."""
_LINK: Final = re.compile(r"(?:https?://|mailto:)\S{1,8000}", re.IGNORECASE)
"""Browsers and servers take no longer ones, either."""
_INLINE: Final = re.compile(r"cid:[^\s\"'<>]{1,500}", re.IGNORECASE)
_REMOTE: Final = re.compile(r"\s*(?:(?:https?|ftp|file):|//|\\\\)", re.IGNORECASE)
_REMOTE_STYLE: Final = re.compile(r"(?:url\(|@import)\s*+['\"]?\s*+(?:(?:https?|ftp|file):|//|\\\\)", re.IGNORECASE)
_LENGTH: Final = re.compile(r"([0-9]{1,3})(%?)")
_IMAGE: Final = re.compile(r'<img((?:\s[^\s"=<>]+="[^"]*")*)\s*/?>')
"""An image as nh3 writes it."""


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that may be shown, and what was left out of it.

    ``pictures``: images that would have been loaded from elsewhere. ``sheets``: style sheets and other things of that
    kind. ``coloured``: it brings colours of its own, made for a white ground. ``cut``: it was longer than is shown.
    ``content_ids``: the images of the mail itself that it shows. ``long_words``: see :class:`.weight.Light`.
    """

    html: str
    pictures: int = 0
    sheets: int = 0
    coloured: bool = False
    cut: bool = False
    content_ids: tuple[str, ...] = ()
    long_words: bool = False


def safe_html(html: str) -> SafeHtml | None:
    """What may be shown of a mail's HTML; None when it is nested so much that showing it might take for ever.

    Remote images are replaced with their words, scripts, forms, frames and style sheets are gone, links lead to web
    and mail addresses only, and no style hides, moves or shrinks anything.
    """
    cut = len(html) > LONGEST_HTML
    page = _parsed(html[:LONGEST_HTML])
    if page is None:
        return SafeHtml("", cut=cut)
    if not page.bounded:
        return None
    made = _Filter()
    clean, content_ids = _only_own_images(made.clean(page.html))
    light = _light(clean)
    return SafeHtml(
        light.text,
        made.pictures,
        page.sheets + made.styles,
        made.coloured,
        cut or light.cut,
        content_ids,
        light.long_words,
    )


def _light(clean: str) -> Light:
    """As much of it as can be shown in a moment; before words are left out, tables that are there for the looks go."""
    light = light_html(clean)
    for every in (False, True):
        if light.depth > DEEPEST_TABLE or (light.cut and light.depth > WORTHWHILE_TABLE):
            light = light_html(stacked(clean, every=every))
    return light


@dataclass(frozen=True, slots=True)
class _Page:
    """HTML with every element closed; how many things its style sheets would load; whether it is of a sane build."""

    html: str
    sheets: int
    bounded: bool


def _parsed(html: str) -> _Page | None:
    """Read HTML as libxml2 does: in a time that only its length decides. None: there is nothing in it."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(html.replace("\x00", "").encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    # What is nested too deep is left out by libxml2: then it is not the mail that would be shown.
    bounded = not any("depth" in error.message for error in parser.error_log) and _work(tree) <= _MOST_WORK
    links = sum(1 for link in tree.iter("link") if link.get("href"))
    styles = sum(len(_REMOTE_STYLE.findall(style.text or "")) for style in tree.iter("style"))
    return _Page(tostring(tree, encoding="unicode") if bounded else "", links + styles, bounded)


def _work(tree: etree._Element) -> int:
    """How many elements there are, each counted as often as formats are around it."""
    work = formats = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _FORMATS:
            formats += 1 if event == "start" else -1
        if event == "start":
            work += 1 + formats
    return work


class _Filter:
    """Decides about the values of attributes, and counts what would have been loaded."""

    def __init__(self) -> None:
        self.pictures = 0
        self.styles = 0
        self.coloured = False

    def clean(self, html: str) -> str:
        """The HTML with what is allowed only."""
        return nh3.clean(
            html,
            tags=set(_TAGS),
            clean_content_tags=set(_WITH_THEIR_CONTENT),
            attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
            attribute_filter=self._value,
            strip_comments=True,
            link_rel=None,
            url_schemes=set(_SCHEMES),
        )

    def _value(self, tag: str, name: str, value: str) -> str | None:
        """The value an attribute keeps; None: it goes."""
        if name == "src":
            return self._source(value)
        if name == "background":
            self.pictures += 1 if _REMOTE.match(value) else 0
            return None
        if name == "style":
            self.styles += len(_REMOTE_STYLE.findall(value))
            style = safe_style(value)
            self.coloured = self.coloured or "color:" in style
            return style or None
        if name in {"color", "bgcolor"}:
            kept = value.strip() if COLOUR.fullmatch(value.strip()) else None
            if kept is not None and name == "color" and not is_shown(kept):
                kept = None
            self.coloured = self.coloured or kept is not None
            return kept
        judge = _VALUES.get(name)
        return judge(value) if judge is not None else None

    def _source(self, value: str) -> str | None:
        value = value.strip()
        if _INLINE.fullmatch(value):
            return value
        if _REMOTE.match(value):
            self.pictures += 1
        return None


def _link(value: str) -> str | None:
    value = value.strip()
    return value if _LINK.fullmatch(value) else None


def _length(value: str) -> str | None:
    """More than all of the width would have Qt lay a table out again and again."""
    match = _LENGTH.fullmatch(value.strip())
    return None if match is None or (match[2] and int(match[1]) > 100) else match[0]


def _span(value: str) -> str | None:
    """A cell over more than these columns or rows would only cost memory."""
    value = value.strip()
    if not (value.isascii() and value.isdecimal() and len(value) <= 3):
        return None
    return str(min(int(value), _MOST_SPANNED))


def _one_of(*choices: str) -> Callable[[str], str | None]:
    return lambda value: value.strip().lower() if value.strip().lower() in choices else None


def _matching(pattern: str) -> Callable[[str], str | None]:
    allowed = re.compile(pattern)
    return lambda value: value.strip() if allowed.fullmatch(value.strip()) else None


_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "*": frozenset({"style", "align", "dir"}),
    "a": frozenset({"href"}),
    "div": frozenset({"background"}),
    "font": frozenset({"color", "face", "size"}),
    "hr": frozenset({"width"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "ol": frozenset({"type", "start"}),
    "ul": frozenset({"type"}),
    "table": frozenset({"width", "border", "cellpadding", "cellspacing", "bgcolor", "background"}),
    "td": frozenset({"width", "valign", "colspan", "rowspan", "bgcolor", "background"}),
    "th": frozenset({"width", "valign", "colspan", "rowspan", "bgcolor", "background"}),
    "tr": frozenset({"valign", "bgcolor", "background"}),
}
_VALUES: Final[Mapping[str, Callable[[str], str | None]]] = {
    "href": _link,
    "alt": lambda value: value,
    "width": _length,
    "height": _length,
    "border": _matching(r"\d"),
    "cellpadding": _matching(r"\d{1,2}"),
    "cellspacing": _matching(r"\d{1,2}"),
    "colspan": _span,
    "rowspan": _span,
    "start": _matching(r"\d{1,3}"),
    "type": _matching(r"[1aAiI]|disc|circle|square"),
    "face": _matching(r"[\w ,'-]{1,100}"),
    "size": _matching(r"[+-]?[1-7]"),
    "align": _one_of("left", "right", "center", "justify"),
    "valign": _one_of("top", "middle", "bottom", "baseline"),
    "dir": _one_of("ltr", "rtl", "auto"),
}


def _only_own_images(clean: str) -> tuple[str, tuple[str, ...]]:
    """Images of the mail itself, bounded to the width; in place of any other one its words, as far as it has some."""
    content_ids: dict[str, None] = {}

    def replaced(match: re.Match[str]) -> str:
        values = dict(ATTRIBUTE.findall(match[1]))
        source = unescape(values.get("src", ""))
        if source and (source in content_ids or len(content_ids) < MOST_IMAGES):
            content_ids[source] = None
            sizes = "".join(f' {name}="{values[name]}"' for name in ("width", "height") if name in values)
            return f'<img src="{values["src"]}"{sizes} style="max-width:100%">'
        words = values.get("alt", "").strip().replace("<", "&lt;").replace(">", "&gt;")
        return f"[{words}]" if words else ""

    return _IMAGE.sub(replaced, clean), tuple(content_ids)
