"""Which parts of a mail are its body (postmaster.md 6.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailadmin.domain.decisions import Protection

from .charsets import decode
from .flowed import unflowed
from .html import html_to_text, is_cut, text_to_html
from .invitations import CALENDAR_TYPES, summaries
from .structure import Leaf
from .words import parameters

LONGEST_BODY: Final = 1_800_000
"""Characters of a body; the rest of a longer one is in its attachment."""
ENCRYPTED_MAIL: Final = "(encrypted mail: it is kept as it came, see the attachments)"
"""The body of an article whose mail is encrypted."""
ENCRYPTED_TEXT: Final = "(encrypted text: it is kept below, as it came)"
"""What stands above a body that is encrypted by itself (inline PGP)."""
_ARMOUR: Final = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)
_ARMOUR_END: Final = re.compile(r"^-----END PGP MESSAGE-----[ \t]*$", re.MULTILINE)
_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_TEXTS: Final = frozenset({"text/plain", "text/html"})
_META_CHARSET: Final = re.compile(rb"""<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:+-]{1,40})""", re.IGNORECASE)
_META_LABEL: Final = re.compile(r"""(<meta\b[^<>]{0,200}?charset\s*=\s*["']?\s*)[\w.:+-]{1,40}""", re.IGNORECASE)


@dataclass(slots=True)
class _Item:
    """One stretch of body: the same words as text, as HTML, or as both (multipart/alternative)."""

    plain: list[Leaf] = field(default_factory=list)
    html: list[Leaf] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Body:
    """A mail's body. ``text`` is None when it is HTML only, ``html`` when it is text only; both None: no body at all.

    ``html_path`` is the path of the first HTML part. ``used`` are the paths of the parts that went into the body and
    are therefore no attachments; ``left_out`` those of texts that the mail says in other words. ``problems``: pairs of
    a part's path and a problem's name. ``protection``: that of the text itself.
    """

    text: str | None = None
    html: str | None = None
    html_path: str = ""
    used: frozenset[str] = frozenset()
    problems: tuple[tuple[str, str], ...] = ()
    left_out: frozenset[str] = frozenset()
    protection: Protection = Protection.NONE


def choose_body(leaves: Sequence[Leaf], *, encrypted: bool = False) -> Body:
    """Find the body: the first text of the mail, and further texts below a multipart/mixed joined to it.

    A text with a file name, or marked as an attachment, is an attachment (but for a mail that is nothing else). Of
    alternatives the plain text counts, unless it is blank. Calendars are summed up below it, or instead of it.
    ``encrypted``: the mail holds what nobody here can read; the body says so.
    """
    own = [leaf for leaf in leaves if not leaf.spare]
    items = _items(own)
    left_out: frozenset[str] = frozenset()
    if len(own) < len(leaves):
        texts = [leaf for item in items for leaf in item.plain + item.html]
        spare = [leaf for leaf in leaves if leaf.spare]
        if not all(map(_is_blank, texts)):
            left_out = frozenset(leaf.path for leaf in spare)
        elif spare_items := _items(spare):
            items, left_out = spare_items, frozenset(leaf.path for leaf in texts)
    reader = _Reader()
    notes = summaries(reader.plain(leaf) for leaf in leaves if leaf.content_type in CALENDAR_TYPES and leaf.readable)
    text, html, used = _read(items, reader)
    protection = Protection.NONE
    if text is not None and "-----BEGIN PGP " in text:
        protection = _protection_of(text)
        if protection is Protection.ENCRYPTED:
            text = f"{ENCRYPTED_TEXT}\n\n{text}"
    above = [ENCRYPTED_MAIL] if encrypted else []
    if above or notes:
        text, html = _with_notes(text, html, above, notes)
    if text is not None and len(text) > LONGEST_BODY:
        # What does not fit must stay within reach: the parts are attachments as well.
        text, used = text[:LONGEST_BODY], set()
        first = next((leaf for item in items for leaf in item.plain + item.html), None)
        reader.problems.append((first.path if first else "", "body_cut"))
    elif html is not None and text is None and is_cut(html):
        reader.problems.append((items[0].html[0].path, "body_cut"))
    first_rich = next((leaf for item in items for leaf in item.html), None)
    return Body(
        text,
        html,
        first_rich.path if first_rich else "",
        frozenset(used),
        tuple(reader.problems),
        left_out,
        protection,
    )


def _read(items: Sequence[_Item], reader: _Reader) -> tuple[str | None, str | None, set[str]]:
    """The body as text and as HTML, and the paths of the parts in it."""
    if not items:
        return None, None, set()
    parts = [(reader.joined(item.plain), reader.joined(item.html)) for item in items]
    first_plain, first_html = parts[0]
    as_text = first_plain is not None and (first_html is None or not first_html.strip() or bool(first_plain.strip()))
    text = html = None
    if as_text:
        text = _join(plain if plain is not None else html_to_text(rich or "") for plain, rich in parts)
    if any(rich is not None for _, rich in parts):
        html = _join(rich if rich is not None else text_to_html(plain or "") for plain, rich in parts)
    used = {leaf.path for item in items for leaf in item.plain}
    if not as_text:
        used |= {leaf.path for item in items for leaf in item.html}
    return text, html, used


def _with_notes(
    text: str | None, html: str | None, above: Sequence[str], below: Sequence[str]
) -> tuple[str | None, str | None]:
    """A body with notes of ours around it; a blank body is replaced by them."""
    if html is not None:
        html = _join([*map(text_to_html, above), html, *map(text_to_html, below)])
    if text is not None or html is None:
        said = (text or "").strip("\n")
        text = "\n\n".join([*above, *([said] if said.strip() else []), *below])
    return text, html


def _protection_of(text: str) -> Protection:
    """Whether a text is PGP armour, or hardly anything else; one that only speaks of it is not."""
    if (begin := _ARMOUR.search(text)) and (end := _ARMOUR_END.search(text, begin.end())):
        armour = end.end() - begin.start()
        return Protection.ENCRYPTED if 2 * armour >= len(text.strip()) else Protection.NONE
    return Protection.SIGNED if text.lstrip().startswith(_SIGNED) else Protection.NONE


def _items(leaves: Sequence[Leaf]) -> list[_Item]:
    items: dict[str, _Item] = {}
    for leaf in leaves:
        if leaf.content_type not in _TEXTS or not leaf.readable or not _may_be_body(leaf):
            continue
        key = f"alternative {leaf.alternative}" if leaf.alternative else leaf.path
        if key not in items:
            if items and not leaf.mixed:
                continue
            items[key] = _Item()
        same = items[key].plain if leaf.content_type == "text/plain" else items[key].html
        if not same or leaf.mixed:
            same.append(leaf)
    return list(items.values())


def _may_be_body(leaf: Leaf) -> bool:
    if leaf.alone:
        return True
    disposition, extra = parameters(leaf.headers.get("content-disposition", ""))
    if disposition not in {"", "inline"}:
        return False
    return not extra.get("filename") and not parameters(leaf.headers.get("content-type", ""))[1].get("name")


def _is_blank(leaf: Leaf) -> bool:
    """Whether a text says nothing: no word, and in HTML no image either."""
    text = decode(leaf.content)[0]
    if leaf.content_type == "text/html":
        return "<img" not in text.lower() and not html_to_text(text).strip()
    return not text.strip()


def _join(pieces: Iterable[str]) -> str:
    joined: list[str] = []
    for piece in pieces:
        if joined and not joined[-1].endswith("\n"):
            joined.append("\n")
        if piece:
            joined.append(piece)
    return "".join(joined)


class _Reader:
    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def joined(self, leaves: Sequence[Leaf]) -> str | None:
        """The text of some leaves of one kind; None when there are none."""
        if not leaves:
            return None
        return _join(map(self._text, leaves))

    def plain(self, leaf: Leaf) -> str:
        """The text of one part that is no HTML, its line ends unified."""
        return self._text(leaf)

    def _text(self, leaf: Leaf) -> str:
        label, flowed, spaces = "", False, False
        if ";" in (content_type := leaf.headers.get("content-type", "")):
            extra = parameters(content_type)[1]
            label = extra.get("charset", "")
            flowed = extra.get("format", "").lower() == "flowed" and leaf.content_type == "text/plain"
            spaces = extra.get("delsp", "").lower() != "yes"
        is_html = leaf.content_type == "text/html"
        content = leaf.content
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            label = "utf-16"
        elif is_html and not label and (declared := _META_CHARSET.search(content[:2_000])):
            label = declared[1].decode("ascii", "replace")
        text, problem = decode(content, label)
        if problem:
            self.problems.append((leaf.path, problem))
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = text.removeprefix("\ufeff")
        if flowed:
            return unflowed(text, keep_spaces=spaces)
        return _META_LABEL.sub(r"\g<1>utf-8", text[:2_000], count=1) + text[2_000:] if is_html else text
