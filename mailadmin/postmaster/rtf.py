"""The rich text of Outlook: decompressed ([MS-OXRTFCP]) and read as plain text."""

from __future__ import annotations

import re
import struct
from typing import Final

from .charsets import clean_text, decode

_START: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_HEADER: Final = struct.Struct("<II4sI")
LONGEST_RICH: Final = 1_000_000
"""Octets of rich text that are read of one mail; they are a stranger's, and 17 for every two that came."""
_WINDOW: Final = 4096
_TOKEN: Final = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|[\r\n]+|[^\\{}\r\n]+"
)
_BREAKS: Final = {b"par": "\n", b"line": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS: Final = {b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"} | {
    b"endash": "–",
    b"emdash": "—",
}
_HIDDEN: Final = frozenset({b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer"})
_HIGHEST: Final = 0x10000
_DEEPEST: Final = 200


def decompressed(octets: bytes, longest: int = LONGEST_RICH) -> bytes:
    """Undo the compression, as far as it goes and not much further than ``longest``; empty when it is none."""
    if len(octets) < _HEADER.size:
        return b""
    _, _, how, _ = _HEADER.unpack_from(octets)
    if how == b"MELA":
        return octets[_HEADER.size :][:longest]
    if how != b"LZFu":
        return b""
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    out = bytearray()
    write, at = len(_START), _HEADER.size
    while at < len(octets) and len(out) < longest:
        control = octets[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = octets[at : at + 1]
                at += 1
            else:
                pair = octets[at : at + 2]
                at += 2
                if len(pair) < 2:
                    return bytes(out)
                start, length = pair[0] << 4 | pair[1] >> 4, (pair[1] & 15) + 2
                if start == write:
                    return bytes(out)
                piece = b""
                for step in range(length):
                    octet = window[(start + step) % _WINDOW]
                    window[(write + step) % _WINDOW] = octet
                    out.append(octet)
                write = (write + length) % _WINDOW
            if piece:
                window[write] = piece[0]
                out += piece
                write = (write + 1) % _WINDOW
    return bytes(out)


def rtf_to_text(rtf: bytes) -> str:
    """The words of rich text, also of HTML packed into it ([MS-OXRTFEX]); empty when there are none."""
    if not rtf.startswith(b"{\\rtf"):
        return ""
    reader = _Reader()
    for match in _TOKEN.finditer(rtf[:LONGEST_RICH]):
        reader.take(match)
    return clean_text(reader.text()).strip()


class _Reader:
    """Walks the tokens; what is hidden in a group is so until the group ends."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._octets = bytearray()
        self._label = "cp1252"
        self._hidden = [False]
        self._depth = 0
        self._twin = False
        self._skip = 0

    def text(self) -> str:
        """What was read until here."""
        self._flush()
        return "".join(self._out)

    def take(self, match: re.Match[bytes]) -> None:
        """Take the next token."""
        octet, word, number, sign, brace = match.groups()
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, number)
        elif sign == b"*":
            self._hidden[-1] = True
        elif self._hidden[-1] or self._twin:
            return
        elif octet or sign:
            if self._skip:
                self._skip -= 1
            else:
                self._octets += bytes.fromhex(octet.decode()) if octet else {b"~": b" ", b"_": b"-"}.get(sign, sign)
        elif not match[0].isspace() or b" " in match[0]:
            self._octets += match[0][self._skip :]
            self._skip = 0

    def _brace(self, brace: bytes) -> None:
        # Beyond a depth nobody reaches the groups are only counted.
        if brace == b"{":
            self._depth += 1
            if len(self._hidden) < _DEEPEST:
                self._hidden.append(self._hidden[-1])
        else:
            self._depth = max(self._depth - 1, 0)
            if self._depth < len(self._hidden) - 1:
                self._hidden.pop()

    def _word(self, word: bytes, number: bytes | None) -> None:
        if word in _HIDDEN:
            self._hidden[-1] = True
        elif word == b"htmlrtf":
            self._twin = number != b"0"
        elif word == b"ansicpg" and number:
            self._label = "utf-8" if number == b"65001" else f"cp{int(number)}"
        elif self._hidden[-1] or self._twin:
            return
        elif word == b"u" and number:
            self._flush()
            code = int(number) % _HIGHEST
            self._out.append(chr(code))
            self._skip = 1
        elif sign := _BREAKS.get(word) or _SIGNS.get(word):
            self._flush()
            self._out.append(sign)

    def _flush(self) -> None:
        if self._octets:
            self._out.append(decode(bytes(self._octets), self._label)[0])
            self._octets.clear()
