"""The header block: fields in their order, as octets, and read as text (RFC 5322, RFC 2047, raw 8-bit headers)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from typing import Final

from .charsets import clean_text, codec, decode
from .words import decode_words, parameters

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_BREAKS: Final = re.compile(r"[\r\n]+")
_LONGEST: Final = 100_000
"""Octets of one field that are looked at; what is longer is bait."""


class Headers:
    """The fields of a header block: ``fields`` holds names and raw octets (folds included) in their order."""

    __slots__ = ("_by_name", "_charset", "fields")

    def __init__(self, fields: tuple[tuple[str, bytes], ...]) -> None:
        self.fields = fields
        by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            by_name.setdefault(name.lower(), []).append(value)
        self._by_name = by_name
        self._charset: str | None = None

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name

    def raw(self, name: str) -> list[bytes]:
        """The raw octets of every field of that name (any case), in order."""
        return self._by_name.get(name.lower(), [])

    def values(self, name: str) -> list[str]:
        """Every field of that name, unfolded, its 8-bit octets read, its encoded words still encoded."""
        found = self._by_name.get(name.lower())
        return [self._unfolded(value) for value in found] if found else []

    def text(self, name: str) -> str:
        """The decoded text of a field; several of one name are joined with one blank; empty when there is none."""
        found = self._by_name.get(name.lower())
        if not found:
            return ""
        value = self._unfolded(found[0]) if len(found) == 1 else " ".join(map(self._unfolded, found[:100]))[:_LONGEST]
        if "=?" in value:
            value = decode_words(value, self.charset)
            if "\r" in value or "\n" in value:
                value = _BREAKS.sub(" ", value)
        return clean_text(value).strip()

    def decoded(self, text: str) -> str:
        """Decode the encoded words of a piece cut from :meth:`values`, on one line, cleaned."""
        return clean_text(_BREAKS.sub(" ", decode_words(text, self.charset))) if "=?" in text else clean_text(text)

    def without(self, prefix: str) -> tuple[Headers, tuple[str, ...]]:
        """The same without the fields whose names begin with ``prefix`` (lower case), and the names left out."""
        if not any(name.startswith(prefix) for name in self._by_name):
            return self, ()
        kept = tuple(field for field in self.fields if not field[0].lower().startswith(prefix))
        left_out = dict.fromkeys(name for name, _ in self.fields if name.lower().startswith(prefix))
        return Headers(kept), tuple(left_out)

    @property
    def charset(self) -> str:
        """The charset that the mail's Content-Type names, for header octets that name none; empty when unusable."""
        if self._charset is None:
            self._charset = ""
            if found := self._by_name.get("content-type"):
                label = parameters(found[0][:1000].decode("latin-1"))[1].get("charset", "")
                self._charset = label if codec(label) else ""
        return self._charset

    def _unfolded(self, value: bytes) -> str:
        if len(value) > _LONGEST:
            value = value[:_LONGEST]
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = decode(value, self.charset)[0]
        if "\n" in text:
            text = _FOLD.sub(" ", text)
        if "\r" in text or "\n" in text:
            text = _BREAKS.sub(" ", text)
        return text.strip()


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A message cut into header and rest: ``body`` is where the rest begins.

    ``regular``: the block is written as RFC 5322 wants it and begins at octet 0, so that any parser cuts it alike.
    ``start`` is where the first field begins (behind an mbox "From " line).
    """

    headers: Headers
    start: int
    end: int
    body: int
    regular: bool


def split_header(raw: bytes) -> HeaderBlock:
    """Find the header block: it ends at the first empty line or before the first line that is no field."""
    start = 0
    if raw.startswith((b"From ", b">From ")):
        start = raw.find(b"\n") + 1 or len(raw)
    fields: list[tuple[str, bytes]] = []
    position, match = start, _FIELD.match
    while found := match(raw, position):
        name, value = found.groups()
        fields.append((name.decode("ascii"), value.rstrip(b"\r")))
        position = found.end()
    rest = position
    while raw.startswith(b"\r", rest):
        rest += 1
    if empty_line := raw.startswith(b"\n", rest):
        rest += 1
    body = rest if empty_line or rest == len(raw) else position
    regular = not start and body - position <= 2 and (empty_line or position == len(raw))
    return HeaderBlock(Headers(tuple(fields)), start, position, body, regular)


def date_of(headers: Headers) -> datetime | None:
    """The Date field as an aware time in UTC, or None when it is missing or means nothing."""
    text = headers.text("date")[:100]
    if not text:
        return None
    try:
        parsed = parsedate_tz(text)
        if parsed is None:
            return None
        moment = datetime(*parsed[:6], tzinfo=UTC)
        return moment - timedelta(seconds=parsed[9] or 0)
    except (ValueError, IndexError, TypeError, OverflowError):
        # The standard library's reader stumbles over some dates instead of refusing them.
        return None
