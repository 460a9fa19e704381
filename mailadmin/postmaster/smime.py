"""S/MIME (RFC 8551): what is in a ``smime.p7m``. Nothing is verified, nothing decrypted.

Read here and not by a library: of CMS (RFC 5652) only the way to the content is wanted, and the readers at hand take
time that grows with the square of a stranger's object identifiers and tags. Every step of this one consumes octets.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_LONGEST: Final = 100_000_000
_LONGEST_IDENTIFIER: Final = 20
_MOST_STEPS: Final = 1_000
"""Elements that are read of one that ends itself."""
_USUAL_PIECE: Final = 16
"""Octets that a piece of what was signed has at least, where there are many: smaller ones cost more than they bring."""
_IDENTIFIER: Final = 0x06
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_SEQUENCE: Final = 0x30
_EXPLICIT: Final = 0xA0
_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_LONG_FORM: Final = 0x80
_MOST_LENGTH_OCTETS: Final = 8
_END: Final = b"\0\0"


class Wrapping(enum.Enum):
    """What a CMS object (RFC 5652) is."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"


_PKCS7: Final = bytes.fromhex("2a864886f70d0107")
_AUTHENTICATED_AND_ENVELOPED: Final = bytes.fromhex("2a864886f70d0109100117")
_WRAPPINGS: Final = MappingProxyType(
    {_PKCS7 + b"\x02": Wrapping.SIGNED, _AUTHENTICATED_AND_ENVELOPED: Wrapping.ENCRYPTED}
    | dict.fromkeys((_PKCS7 + b"\x03", _PKCS7 + b"\x04", _PKCS7 + b"\x06"), Wrapping.ENCRYPTED)
)
"""By object identifier: signed data; enveloped, signed and enveloped, encrypted data."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A CMS object. ``content``: what was signed, None when it is not in there (certificates only)."""

    wrapping: Wrapping
    content: bytes | None = None


class UnreadableError(ValueError):
    """This is no CMS object, or a damaged one."""


def unwrap(octets: bytes) -> Wrapped:
    """Say what a CMS object is, and give what it signs; raises UnreadableError."""
    if len(octets) > _LONGEST:
        raise UnreadableError
    reader = _Reader(octets)
    info = reader.enter(_SEQUENCE, _Place(0, len(octets)))
    kind = reader.identifier(info)
    wrapping = _WRAPPINGS.get(kind, Wrapping.OTHER)
    if wrapping is not Wrapping.SIGNED:
        return Wrapped(wrapping)
    data = reader.enter(_SEQUENCE, reader.enter(_EXPLICIT, info))
    reader.skip(data)
    reader.skip(data)
    signed = reader.enter(_SEQUENCE, data)
    reader.identifier(signed)
    if reader.ends(signed):
        return Wrapped(wrapping)
    return Wrapped(wrapping, reader.content(reader.enter(_EXPLICIT, signed)))


@dataclass(slots=True)
class _Place:
    """Where the reader is within an element, and where that ends at the latest."""

    at: int
    end: int


class _Reader:
    """Reads BER (X.690): elements with a length, and those that end with two octets of zero."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def enter(self, tag: int, place: _Place) -> _Place:
        """Go into the next element, which must have this tag."""
        found, length = self._head(place)
        if found != tag:
            raise UnreadableError
        return _Place(place.at, place.end if length is None else place.at + length)

    def identifier(self, place: _Place) -> bytes:
        """Read an object identifier."""
        tag, length = self._head(place)
        if tag != _IDENTIFIER or not length or length > _LONGEST_IDENTIFIER:
            raise UnreadableError
        place.at += length
        return self._octets[place.at - length : place.at]

    def ends(self, place: _Place) -> bool:
        """Whether nothing follows."""
        return place.at >= place.end or self._octets.startswith(_END, place.at)

    def skip(self, place: _Place) -> None:
        """Pass over the next element, whatever is in it."""
        open_ones = 0
        for _ in range(_MOST_STEPS):
            if open_ones and self._octets.startswith(_END, place.at):
                place.at += len(_END)
                open_ones -= 1
            else:
                _, length = self._head(place)
                open_ones += length is None
                place.at += length or 0
            if not open_ones:
                return
        raise UnreadableError

    def content(self, place: _Place) -> bytes:
        """Read an octet string, also one that was written piece by piece (X.690 8.7.3), pieces of pieces as well."""
        tag, length = self._head(place)
        if tag == _OCTETS and length is not None:
            return self._octets[place.at : place.at + length]
        if tag != _OCTETS_IN_PIECES:
            raise UnreadableError
        end = place.end if length is None else place.at + length
        return b"".join(self._pieces(_Place(place.at, end), ends_itself=length is None))

    def _pieces(self, place: _Place, *, ends_itself: bool) -> Iterator[bytes]:
        open_ones = int(ends_itself)
        for _ in range(_MOST_STEPS + (place.end - place.at) // _USUAL_PIECE):
            if open_ones and self._octets.startswith(_END, place.at):
                place.at += len(_END)
                open_ones -= 1
                if ends_itself and not open_ones:
                    return
            elif place.at == place.end and not open_ones:
                return
            else:
                tag, length = self._head(place)
                if tag == _OCTETS_IN_PIECES:
                    # One with a length needs no end: its pieces follow, and are as good as ours.
                    open_ones += length is None
                elif tag == _OCTETS and length is not None:
                    yield self._octets[place.at : place.at + length]
                    place.at += length
                else:
                    raise UnreadableError
        raise UnreadableError

    def _head(self, place: _Place) -> tuple[int, int | None]:
        """Read tag and length of the next element; no length: it ends where two octets of zero say so."""
        octets, at = self._octets, place.at
        if at + 2 > place.end:
            raise UnreadableError
        tag, length = octets[at], octets[at + 1]
        at += 2
        if tag & _LONG_TAG == _LONG_TAG:
            raise UnreadableError
        if length == _LONG_FORM:
            if not tag & _CONSTRUCTED:
                raise UnreadableError
            place.at = at
            return tag, None
        if length > _LONG_FORM:
            more = length - _LONG_FORM
            if more > _MOST_LENGTH_OCTETS or at + more > place.end:
                raise UnreadableError
            length = int.from_bytes(octets[at : at + more])
            at += more
        if at + length > place.end:
            raise UnreadableError
        place.at = at
        return tag, length
