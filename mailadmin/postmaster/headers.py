"""The header block: fields in their order, as octets, and read as text (RFC 5322, RFC 2047, raw 8-bit headers)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from types import MappingProxyType
from typing import Final

from .charsets import clean_text, codec, decode
from .words import decode_words, parameters

_FIELD: Final = re.compile(rb"([!-9;-~]+)([ \t]*):[ \t]*([^\n]*(?:\n(?:[ \t]|\r++(?!\n|\Z))[^\n]*)*)(?:\n|\Z)")
"""A field with its folds; a CR that is not before an LF is as good as a blank, at the start of a line as well."""
_MOST_FIELDS: Final = 20_000
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_BREAKS: Final = re.compile(r"[\r\n]+")
_LONGEST: Final = 100_000
"""Octets of one field that are looked at; what is longer is bait."""
_NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})


class Headers:
    """The fields of a header block: ``fields`` holds names and raw octets (folds included) in their order.

    ``texts``: by lower-cased name, what :meth:`text` gives for fields that never were octets (see with_values).
    """

    __slots__ = ("_by_name", "_charset", "_texts", "fields")

    def __init__(self, fields: tuple[tuple[str, bytes], ...], texts: Mapping[str, str] = _NO_TEXTS) -> None:
        self.fields = fields
        by_name: dict[str, list[bytes]] = {}
        for name, value in fields:
            by_name.setdefault(name.lower(), []).append(value)
        self._by_name = by_name
        self._charset: str | None = None
        self._texts = texts

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
        found = self._by_name.get(key := name.lower())
        if not found:
            return ""
        if key in self._texts:
            return self._texts[key]
        value = self._unfolded(found[0]) if len(found) == 1 else " ".join(map(self._unfolded, found[:100]))[:_LONGEST]
        if "=?" in value:
            value = decode_words(value, self.charset)
            if "\r" in value or "\n" in value:
                value = _BREAKS.sub(" ", value)
        return clean_text(value).strip()

    def decoded(self, text: str) -> str:
        """Decode the encoded words of a piece cut from :meth:`values`, on one line, cleaned."""
        return clean_text(_BREAKS.sub(" ", decode_words(text, self.charset))) if "=?" in text else clean_text(text)

    def names(self, wanted: Callable[[str], object] = bool) -> tuple[str, ...]:
        """The names of fields as they are written, each once in any case; those whose lower-cased name is wanted."""
        keys = {key for key in self._by_name if wanted(key)}
        if not keys:
            return ()
        written: dict[str, str] = {}
        for name, _ in self.fields:
            if (key := name.lower()) in keys:
                written.setdefault(key, name)
        return tuple(written.values())

    def without(self, names: Iterable[str]) -> Headers:
        """The same without the fields of these names, in any case."""
        left_out = {name.lower() for name in names}
        if left_out.isdisjoint(self._by_name):
            return self
        kept = tuple(field for field in self.fields if field[0].lower() not in left_out)
        return Headers(kept, {name: text for name, text in self._texts.items() if name not in left_out})

    def renamed(self, names: Mapping[str, str]) -> Headers:
        """The same with other names for some fields, by their lower-cased names."""
        return Headers(tuple((names.get(name.lower(), name), value) for name, value in self.fields))

    def with_values(self, values: Mapping[str, str]) -> Headers:
        """The same with these texts as the only fields of their names; the texts are what they are, not decoded."""
        clean = {name: clean_text(_BREAKS.sub(" ", text)).strip() for name, text in values.items()}
        fields = (*self.without(values).fields, *((name, text.encode()) for name, text in clean.items()))
        return Headers(fields, {**self._texts, **{name.lower(): text for name, text in clean.items()}})

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
    ``end`` is where its last field ends, ``cut``: there are more fields than are taken.
    """

    headers: Headers
    end: int
    body: int
    regular: bool
    cut: bool = False

    def rewritten(self) -> bytes:
        """The fields as RFC 5322 wants them written, with the empty line that ends them."""
        lines = (
            name.encode() + b": " + value.replace(b"\r\n", b"\n").replace(b"\r", b" ") + b"\r\n"
            for name, value in self.headers.fields
        )
        return b"".join(lines) + b"\r\n"


def split_header(raw: bytes) -> HeaderBlock:
    """Find the header block: it ends at the first empty line or before the first line that is no field."""
    start = 0
    if raw.startswith((b"From ", b">From ")) and not _FIELD.match(raw):
        # A line of an mbox file, and not a field with blanks before its colon (RFC 5322 4.5).
        start = raw.find(b"\n") + 1 or len(raw)
    fields: list[tuple[str, bytes]] = []
    position, match = start, _FIELD.match
    cut = odd = False
    for _ in range(_MOST_FIELDS):
        if not (found := match(raw, position)):
            break
        name, blanks, value = found.groups()
        if blanks:
            odd = True
        fields.append((name.decode("ascii"), value.rstrip(b"\r")))
        position = found.end()
    else:
        while found := match(raw, position):
            cut, position = True, found.end()
    rest = position
    while raw.startswith(b"\r", rest):
        rest += 1
    if empty_line := raw.startswith(b"\n", rest):
        rest += 1
    body = rest if empty_line or rest == len(raw) else position
    odd = odd or cut or raw.count(b"\r", 0, position) != raw.count(b"\r\n", 0, position)
    regular = not start and not odd and body - position <= 2 and (empty_line or position == len(raw))
    return HeaderBlock(Headers(tuple(fields)), position, body, regular, cut)


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
