"""HTML bodies: as text, and the images that are written into them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from itertools import islice
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display, WhiteSpace
from inscriptis.model.canvas import Canvas
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_document_state import HtmlDocumentState
from inscriptis.model.html_element import HtmlElement
from inscriptis.model.tag import CustomHtmlTagHandlerMapping
from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

from .charsets import clean_text

LONGEST_HTML: Final = 1_000_000
"""Characters of HTML that are turned into text; the rest is only in the HTML."""
_DEEPEST_QUOTE: Final = 8
_MOST_LINKS: Final = 500
_MOST_IMAGES: Final = 200
_TAG: Final = re.compile(r"<(/?)([a-zA-Z0-9!]*)[^<>]*>")
_XML_DECLARATION: Final = re.compile(r"<\?xml[^<>]*\?>")
_HIDDEN: Final = frozenset({"style", "script", "title"})
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_BREAKING: Final = frozenset({"br", "p", "div", "tr", "table", "li", "ul", "ol", "hr", "h1", "h2", "h3", "blockquote"})
_CITE: Final = re.compile(r"""<div\b[^<>]{0,500}?\btype\s*=\s*["']?cite""", re.IGNORECASE)
_NO_DISPLAY: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_SAFE_LINK: Final = re.compile(r"(?:https?|ftps?|mailto|tel|sips?|xmpp|news):[^\s<>]+", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_EMBEDDED: Final = re.compile(
    r"""src\s*=\s*(["'])\s*data:(image/[a-z0-9.+-]{1,60})((?:;[a-z0-9=_-]{1,60})*),([^"'<>]*)\1""", re.IGNORECASE
)
_CID: Final = re.compile(r"""\bcid:([^\s"'<>)]{1,500})""", re.IGNORECASE)


# --- as text -------------------------------------------------------------------------------------------------------


def html_to_text(html: str) -> str:
    """Turn HTML into text: links numbered with a list at the end, quotations marked ``> ``, tables line by line.

    Never raises, and takes time in proportion to the length: of CSS only ``display: none`` counts (margins and column
    widths of a stranger's choosing would cost memory of his choosing).
    """
    html = _XML_DECLARATION.sub("", clean_text(_shown(html)[:LONGEST_HTML]), count=1)
    if not html.strip():
        return ""
    page = _Page()
    parser = HTMLParser(encoding="utf-8")
    try:
        tree = document_fromstring(html.encode(), parser=parser)
        if _CITE.search(html):
            for block in tree.iter("div"):
                if (block.get("type") or "").lower() == "cite":
                    block.tag = "blockquote"
        text = Inscriptis(tree, page.config).get_text()
    except Exception:  # noqa: BLE001 - a third-party renderer over hostile input; the tags can always be cut out
        return _tags_cut_out(html)
    text = _tidy(text)
    if not text or any("depth" in error.message for error in parser.error_log):
        # libxml2 leaves out what is nested too deep; a few hundred tags that were never closed are enough.
        return _tags_cut_out(html)
    if page.links:
        text += "\n\n" + "\n".join(f"[{number}] {target}" for target, number in page.links.items())
    return clean_text(text)


def is_cut(html: str) -> bool:
    """Whether HTML is so long that its end does not become text."""
    return len(_shown(html)) > LONGEST_HTML


def _shown(html: str) -> str:
    """HTML, too long HTML without its images: their letters are no words of anybody."""
    return html if len(html) <= LONGEST_HTML else _EMBEDDED.sub("", html)


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip("\n")


def _tags_cut_out(html: str) -> str:
    out: list[str] = []
    end, hidden = 0, ""
    for match in _TAG.finditer(html):
        if not hidden:
            out.append(html[end : match.start()])
        end, name = match.end(), match[2].lower()
        if name == hidden and match[1]:
            hidden = ""
        elif name in _HIDDEN and not match[1] and not hidden:
            hidden = name
        elif name in _BREAKING:
            out.append("\n")
    if not hidden:
        out.append(html[end:])
    return clean_text(_tidy(unescape("".join(out))).strip())


def text_to_html(text: str) -> str:
    """Show text unchanged within HTML."""
    return f"<pre>{escape(text, quote=False)}</pre>"


def _apply_style(style: str, html_element: HtmlElement) -> None:
    if _NO_DISPLAY.search(style):
        html_element.display = Display.none


def _css() -> dict[str, HtmlElement]:
    css = dict(CSS_PROFILES["strict"])
    css["table"] = css["tr"] = css["caption"] = css["hr"] = css["dt"] = css["dd"] = css["form"] = css["center"] = css[
        "div"
    ]
    css["ul"] = css["ol"] = css["div"]
    css["blockquote"] = HtmlElement(display=Display.block, margin_before=1, margin_after=1)
    css["noscript"] = css["template"] = css["script"]
    return css


_CSS: Final = _css()


class _Page:
    """One conversion: what inscriptis calls while it walks the page, and the links it met."""

    def __init__(self) -> None:
        self.links: dict[str, int] = {}
        self._targets: list[str] = []
        self._quotes: list[bool] = []
        self.config = ParserConfig(css=_CSS, custom_html_tag_handler_mapping=self._handlers())
        self.config.attribute_handler.attribute_mapping = {"style": _apply_style}

    def _handlers(self) -> CustomHtmlTagHandlerMapping:
        nothing: Callable[..., None] = _nothing
        return CustomHtmlTagHandlerMapping(
            start_tag_mapping={
                "a": self._open_link,
                "blockquote": self._open_quote,
                "table": nothing,
                "tr": nothing,
                "td": nothing,
                "th": nothing,
                "hr": _rule,
                "li": _bullet,
                "ul": nothing,
                "ol": nothing,
            },
            end_tag_mapping={
                "a": self._close_link,
                "blockquote": self._close_quote,
                "table": nothing,
                "td": _cell,
                "th": _cell,
                "ul": nothing,
                "ol": nothing,
            },
        )

    def _open_link(self, _state: HtmlDocumentState, attributes: Mapping[str, str]) -> None:
        target = clean_text(attributes.get("href", "").strip())
        safe = _SAFE_LINK.match(target, 0, 2_000)
        self._targets.append(safe[0] if safe else "")

    def _close_link(self, state: HtmlDocumentState) -> None:
        target = self._targets.pop() if self._targets else ""
        if target and (target in self.links or len(self.links) < _MOST_LINKS):
            number = self.links.setdefault(target, len(self.links) + 1)
            state.tags[-1].write(f" [{number}]")

    def _open_quote(self, state: HtmlDocumentState, _attributes: Mapping[str, str]) -> None:
        own = len(self._quotes) < _DEEPEST_QUOTE and state.tags[-1].display != Display.none
        self._quotes.append(own)
        if own:
            state.tags[-1].set_canvas(Canvas())

    def _close_quote(self, state: HtmlDocumentState) -> None:
        if not self._quotes.pop():
            return
        text = _tidy(state.tags[-1].canvas.get_text())
        quoted = "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))
        outer = state.tags[-2].canvas
        state.tags[-1].set_canvas(outer)
        outer.open_block(state.tags[-1])
        outer.write(state.tags[-1], quoted, whitespace=WhiteSpace.pre)


def _nothing(*_unused: object) -> None:
    """Take the place of a handler that is not wanted."""


def _rule(state: HtmlDocumentState, _attributes: Mapping[str, str]) -> None:
    state.tags[-1].write("-" * 40)


def _bullet(state: HtmlDocumentState, _attributes: Mapping[str, str]) -> None:
    state.tags[-1].list_bullet = " - "


def _cell(state: HtmlDocumentState) -> None:
    tag = state.tags[-1]
    if tag.display != Display.none:
        tag.canvas.write(tag, "  ", whitespace=WhiteSpace.pre)


# --- images --------------------------------------------------------------------------------------------------------


def referenced_content_ids(html: str) -> frozenset[str]:
    """The Content-IDs (without brackets, lower-cased) that HTML refers to as ``cid:``."""
    if "cid:" not in html and "CID:" not in html:
        return frozenset()
    found = _CID.findall(html)
    return frozenset(unquote_to_bytes(cid).decode("utf-8", "replace").lower() for cid in found)


def embedded_images(html: str) -> list[tuple[str, bytes]]:
    """The images written into HTML as ``data:`` addresses: content type and octets, in order, at most 200."""
    if "data:image" not in html:
        return []
    return [(match[2].lower(), _octets(match)) for match in islice(_EMBEDDED.finditer(html), _MOST_IMAGES)]


def with_images_by_id(html: str, content_ids: list[str]) -> str:
    """Replace the n-th embedded image by a reference to the n-th Content-ID (given in brackets)."""
    left = iter(content_ids)
    return (
        _EMBEDDED.sub(lambda _match: f'src="cid:{next(left).strip("<>")}"', html, len(content_ids))
        if content_ids
        else html
    )


def without_images(html: str) -> str:
    """Take every image that came with the mail (``cid:``, ``data:``) out of HTML."""
    own = re.compile(r"""src\s*=\s*["']?\s*(?:cid|data):""", re.IGNORECASE)
    return _IMAGE.sub(lambda match: "" if own.search(match[0]) else match[0], html)


def _octets(match: re.Match[str]) -> bytes:
    octets = unquote_to_bytes(match[4])
    if ";base64" not in match[3].lower():
        return octets
    try:
        letters = b"".join(octets.split()).rstrip(b"=")
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return octets


IMAGE_EXTENSIONS: Final = MappingProxyType(
    {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg"}
)
"""File name extensions of the images that are met inside HTML."""
