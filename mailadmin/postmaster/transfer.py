"""Content-Transfer-Encodings, read with tolerance: what can be saved is saved, and it is said what was wrong."""

from __future__ import annotations

import binascii
import re
from typing import Final

_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/=\s]")
_LETTERS: Final = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_NO_LETTERS: Final = re.compile(rb"[^A-Za-z0-9+/=]")
_LOOKED_AT: Final = 10_000
_MOST_LINES: Final = 20
_NAME_ENDS: Final = re.compile(r"[\s;(\"']")
_UU_NAMES: Final = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})
_PLAIN_NAMES: Final = frozenset({"", "7bit", "8bit", "binary"})
_TOLERATED: Final = 16
"""Base64 with more foreign octets than one in so many is no base64."""


def decode_transfer(encoded: bytes, encoding: str, *, is_text: bool = False) -> tuple[bytes, str]:
    """Undo a Content-Transfer-Encoding (RFC 2045 and uuencode).

    Gives the octets and a problem's name or an empty string: ``encoding_damaged`` (what could be read was),
    ``encoding_failed`` and ``encoding_unknown`` (the octets are as they were sent), ``encoding_wrong`` (labelled as
    base64, and plain text: the octets are that). ``is_text``: the octets are labelled as text.
    """
    name = _NAME_ENDS.split(encoding.strip(" \t\r\n\"'"), maxsplit=1)[0].lower()
    if name in _PLAIN_NAMES:
        return encoded, ""
    if name == "quoted-printable":
        return binascii.a2b_qp(encoded), ""
    if name == "base64":
        return (encoded, "encoding_wrong") if is_text and _is_plain(encoded) else decode_base64(encoded)
    if name in _UU_NAMES:
        return _decode_uu(encoded)
    return encoded, "encoding_unknown"


def decode_base64(encoded: bytes) -> tuple[bytes, str]:
    """Undo base64, also when it is cut off or has foreign octets in it; for the result see decode_transfer."""
    try:
        return binascii.a2b_base64(b"".join(encoded.split()), strict_mode=True), ""
    except binascii.Error:
        pass
    foreign = len(_FOREIGN.findall(encoded))
    if foreign * _TOLERATED > len(encoded):
        return encoded, "encoding_failed"
    letters = _FOREIGN.sub(b"", b"".join(encoded.split())).partition(b"=")[0]
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), "encoding_damaged"


def start_of_base64(octets: bytes) -> bytes:
    """The first letters of some octets in base64, as they stand on one line."""
    return binascii.b2a_base64(octets[: min(len(octets) // 3 * 3, 12)], newline=False)


def _is_plain(encoded: bytes) -> bool:
    """Whether what should be base64 is words: the first line that can only be one of both says it.

    The first, as some mailing lists write their plain footer below base64.
    """
    for line in encoded[:_LOOKED_AT].split(b"\n")[:_MOST_LINES]:
        line = line.strip()
        if len(line) % 4 == 0 and _LETTERS.fullmatch(line):
            return False
        if len(_NO_LETTERS.findall(line)) * _TOLERATED > len(line):
            return True
    return False


def _decode_uu(encoded: bytes) -> tuple[bytes, str]:
    lines = iter(encoded.splitlines())
    if not any(line.startswith(b"begin ") for line in lines):
        return encoded, "encoding_failed"
    out: list[bytes] = []
    for line in lines:
        if line.strip() == b"end":
            return b"".join(out), ""
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders leave out trailing blanks or pad the line with rubbish: take what its length says.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return encoded, "encoding_failed"
    return b"".join(out), "encoding_damaged"
