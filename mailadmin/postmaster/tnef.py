"""What is in a ``winmail.dat``: Microsoft's TNEF ([MS-OXTNEF]), read for its texts and files.

Read here and not by a library: the counts in such a file are a stranger's, and the reader at hand obeys them (forty
octets keep it busy for hours). Every step of this reader consumes octets, and nothing is copied twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from .charsets import clean_text, decode
from .rtf import LONGEST_RICH, decompressed, rtf_to_text

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_HEADER: Final = struct.Struct("<BII")
"""Level, attribute, length; the data and a checksum of two octets follow."""
_TYPE_AND_TAG: Final = struct.Struct("<HH")
_CHECKSUM: Final = 2
_LONG: Final = struct.Struct("<I")
_MOST_FILES: Final = 500

_BODY: Final = 0x0002800C
_CODE_PAGE: Final = 0x00069007
_PROPERTIES: Final = 0x00069003
_FILE_BEGINS: Final = 0x00069002
_FILE_TITLE: Final = 0x00018010
_FILE_DATA: Final = 0x0006800F
_FILE_PROPERTIES: Final = 0x00069005

_TAG_BODY: Final = 0x1000
_TAG_RTF: Final = 0x1009
_TAG_HTML: Final = 0x1013
_TAG_CODE_PAGE: Final = 0x3FDE
_TAG_DISPLAY_NAME: Final = 0x3001
_TAG_FILE: Final = 0x3701
_TAG_FILE_NAME: Final = 0x3704
_TAG_LONG_NAME: Final = 0x3707
_TAG_TYPE: Final = 0x370E
_TAG_CONTENT_ID: Final = 0x3712
_WANTED: Final = frozenset(
    {_TAG_BODY, _TAG_RTF, _TAG_HTML, _TAG_CODE_PAGE, _TAG_DISPLAY_NAME}
    | {_TAG_FILE, _TAG_FILE_NAME, _TAG_LONG_NAME, _TAG_TYPE, _TAG_CONTENT_ID}
)

_STRING: Final = 0x1E
_UNICODE: Final = 0x1F
_OBJECT: Final = 0x0D
_VARIABLE: Final = frozenset({_STRING, _UNICODE, _OBJECT, 0x102})
_WIDTHS: Final = MappingProxyType(
    {0x00: 0, 0x01: 0, 0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8}
    | {0x48: 16}
)
"""Octets of a property's value by its type; a list of them is filled up to a multiple of four."""
_CODE_PAGES: Final = MappingProxyType(
    {1200: "utf-16-le", 20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 51932: "euc-jp"}
    | {51949: "euc-kr", 52936: "hz-gb-2312", 54936: "gb18030", 65001: "utf-8"}
    | {28590 + part: f"iso-8859-{part}" for part in range(1, 17)}
)
_SEVERAL: Final = 0x1000
_NAMED: Final = 0x8000
_MESSAGE: Final = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
"""IID_IMessage: what follows is a TNEF file of its own."""
_STORAGE: Final = b"\x0b\x00" + _MESSAGE[2:].replace(b"\x02", b"\x00")
_OBJECTS: Final = (_MESSAGE, _STORAGE)

Value = bytes | str | int


class UnreadableError(ValueError):
    """This is no TNEF file."""


@dataclass(slots=True)
class WrappedFile:
    """One file in a TNEF file. ``content_type`` is empty when it is not said."""

    name: str = ""
    content: bytes = b""
    content_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Winmail:
    """What a TNEF file holds: the body as text and as HTML (empty when there is none) and the files in order.

    ``cut``: it ended too early, or held more than is taken. ``rich``: octets of rich text that were read for it.
    """

    text: str = ""
    html: str = ""
    files: list[WrappedFile] = field(default_factory=list)
    cut: bool = False
    rich: int = 0


def unpack(octets: bytes, most_rich: int = LONGEST_RICH) -> Winmail:
    """Read a TNEF file; raises UnreadableError when it is none, takes what can be read when it is damaged.

    ``most_rich``: octets of rich text that may be read.
    """
    if not octets.startswith(_SIGNATURE):
        raise UnreadableError
    return _Reader(octets).read(most_rich)


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._found = Winmail()
        self._label = "cp1252"

    def read(self, most_rich: int) -> Winmail:
        at = 6
        rtf = b""
        octets, found = self._octets, self._found
        while at + _HEADER.size <= len(octets):
            _, attribute, length = _HEADER.unpack_from(octets, at)
            at += _HEADER.size
            if at + length > len(octets):
                found.cut = True
                break
            if attribute == _FILE_BEGINS:
                if len(found.files) == _MOST_FILES:
                    found.cut = True
                    break
                found.files.append(WrappedFile())
            elif attribute == _CODE_PAGE and length >= _LONG.size:
                self._label = _code_page(_LONG.unpack_from(octets, at)[0])
            elif attribute == _BODY:
                found.text = found.text or self._string(octets[at : at + length])
            elif attribute == _PROPERTIES:
                rtf = self._message(self._properties(at, at + length)) or rtf
            elif found.files:
                self._file(found.files[-1], attribute, at, length)
            at += length + _CHECKSUM
        if rtf and not found.text and not found.html:
            rich = decompressed(rtf, most_rich) if most_rich > 0 else b""
            found.text, found.rich = rtf_to_text(rich), len(rich)
            found.cut |= len(rich) >= most_rich
        return found

    def _message(self, properties: dict[int, Value]) -> bytes:
        """Take the texts of the message; gives the compressed RTF."""
        label = self._label
        if isinstance(page := properties.get(_TAG_CODE_PAGE), int):
            label = _code_page(page)
        text, html, rtf = (properties.get(tag, b"") for tag in (_TAG_BODY, _TAG_HTML, _TAG_RTF))
        self._found.text = _text(text, label) or self._found.text
        self._found.html = _text(html, label) or self._found.html
        return rtf if isinstance(rtf, bytes) else b""

    def _file(self, file: WrappedFile, attribute: int, at: int, length: int) -> None:
        if attribute == _FILE_TITLE:
            file.name = file.name or self._string(self._octets[at : at + length])
        elif attribute == _FILE_DATA:
            file.content = self._octets[at : at + length]
        elif attribute == _FILE_PROPERTIES:
            properties = self._properties(at, at + length)
            names = [properties.get(tag) for tag in (_TAG_LONG_NAME, _TAG_FILE_NAME, _TAG_DISPLAY_NAME)]
            if name := next((name for name in names if name), ""):
                file.name = _text(name, self._label)
            file.content_type = _text(properties.get(_TAG_TYPE, ""), "us-ascii")
            file.content_id = _text(properties.get(_TAG_CONTENT_ID, ""), "us-ascii")
            content = properties.get(_TAG_FILE)
            if isinstance(content, bytes) and content:
                file.content = content[len(_MESSAGE) :] if content.startswith(_OBJECTS) else content
                if content.startswith(_MESSAGE):
                    file.content_type = "application/ms-tnef"

    def _properties(self, at: int, end: int) -> dict[int, Value]:
        """The wanted MAPI properties of a list of them; what is damaged ends it."""
        found: dict[int, Value] = {}
        try:
            for tag, kind, value in self._walk(at, end):
                if tag not in _WANTED:
                    continue
                if kind in _VARIABLE:
                    found.setdefault(tag, _text(value, "utf-16-le") if kind == _UNICODE else value)
                elif len(value) >= _LONG.size:
                    found.setdefault(tag, _LONG.unpack_from(value)[0])
        except (struct.error, UnreadableError):
            self._found.cut = True
        return found

    def _walk(self, at: int, end: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield tag, type and first value of every property; struct.error and UnreadableError when it is damaged."""
        octets = self._octets
        count = self._long(at)
        at += 4
        for _ in range(count):
            if at >= end:
                raise UnreadableError
            kind, tag = _TYPE_AND_TAG.unpack_from(octets, at)
            at += 4
            if tag >= _NAMED:
                by_name = self._long(at + 16)
                at += 24 + (_padded(self._long(at + 20)) if by_name else 0)
            several, kind = kind & _SEVERAL, kind & ~_SEVERAL
            if kind in _VARIABLE:
                values = self._long(at)
                at += 4
                for number in range(values):
                    length = self._long(at)
                    at += 4
                    if at + length > end:
                        raise UnreadableError
                    if not number:
                        yield tag, kind, octets[at : at + length] if tag in _WANTED else b""
                    at += _padded(length)
                continue
            width = _WIDTHS.get(kind)
            if width is None:
                raise UnreadableError
            if several:
                at += 4 + _padded(self._long(at) * width)
                continue
            yield tag, kind, octets[at : at + width]
            at += _padded(width)

    def _long(self, at: int) -> int:
        number: int = _LONG.unpack_from(self._octets, at)[0]
        return number

    def _string(self, octets: bytes) -> str:
        return _text(octets, self._label)


def _padded(length: int) -> int:
    return length + -length % 4


def _text(value: Value, label: str) -> str:
    if isinstance(value, bytes):
        if label == "utf-16-le":
            return clean_text(value.decode("utf-16-le", "replace").rstrip("\0"))
        return decode(value.rstrip(b"\0"), label)[0]
    return value if isinstance(value, str) else ""


def _code_page(number: int) -> str:
    """The charset of one of Microsoft's code pages."""
    return _CODE_PAGES.get(number, f"cp{number}")
