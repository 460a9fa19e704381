"""Encoded words in headers (RFC 2047) and parameters (RFC 2045, RFC 2231)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from .charsets import codec, decode, superset_of_ascii
from .transfer import decode_base64

ENCODED_WORD: Final = r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?\r\n]*\?="
_WORD: Final = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\r\n]*)\?=")
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_LONGEST_VALUE: Final = 20_000
_SHORT_VALUE: Final = 100
"""Characters of a value whose parameters are remembered: most mails say the same few things."""


def decode_words(text: str, charset: str = "") -> str:
    """Decode the encoded words in a piece of header text.

    Octets of adjacent words in the same charset are joined before they are read (senders split characters). A charset
    that is no superset of ASCII is not used: those octets are read in ``charset`` (the mail's own), else as ASCII.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for match in _WORD.finditer(text):
        gap = text[end : match.start()]
        label, how, encoded = match.groups()
        octets = _octets(how, encoded)
        if pending_charset and (not gap or gap.isspace()):
            if label.lower() == pending_charset.lower():
                pending += octets
                end = match.end()
                continue
            gap = ""
        out += (_word_text(pending, pending_charset, charset), gap)
        pending, pending_charset, end = octets, label, match.end()
    out += (_word_text(pending, pending_charset, charset), text[end:])
    return "".join(out)


def _octets(how: str, encoded: str) -> bytes:
    if how in "qQ":
        return binascii.a2b_qp(encoded.encode("utf-8", "surrogateescape"), header=True)
    return decode_base64(encoded.encode("utf-8", "surrogateescape"))[0]


def _word_text(octets: bytes, label: str, fallback: str) -> str:
    if not octets:
        return ""
    name = codec(label)
    if name and not superset_of_ascii(name):
        name = codec(fallback) if fallback else "ascii"
        label = fallback if name and superset_of_ascii(name) else "us-ascii"
    return decode(octets, label)[0]


def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """Split a Content-Type or Content-Disposition into its first token, lower-cased, and its parameters.

    Names are lower-cased; of several with one name the first counts. RFC 2231 continuations and charsets are resolved,
    encoded words inside values (not allowed, but usual) decoded.
    """
    return _parameters(value) if len(value) <= _SHORT_VALUE else _parameters.__wrapped__(value[:_LONGEST_VALUE])


@lru_cache(maxsize=1_024)
def _parameters(value: str) -> tuple[str, Mapping[str, str]]:
    token = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value, len(value.partition(";")[0])):
        name, text = match[1].lower(), _unquote(match[2])
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(name, decode_words(text))
            continue
        number = rest.rstrip("*")
        if not number or (number.isascii() and number.isdigit() and len(number) < 4):
            pieces.setdefault(base, {}).setdefault(int(number or 0), (text, name.endswith("*")))
    for base, numbered in pieces.items():
        plain[base] = _rfc2231([numbered[number] for number in sorted(numbered)])
    return token, MappingProxyType(plain)


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text.strip('"')


def _rfc2231(numbered: list[tuple[str, bool]]) -> str:
    label, octets = "", b""
    for index, (text, percent) in enumerate(numbered):
        if percent and index == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        octets += unquote_to_bytes(raw) if percent else raw
    text = decode(octets, label)[0]
    # Some cut an encoded word into continuations, which RFC 2231 does not know.
    return text if label else decode_words(text)
