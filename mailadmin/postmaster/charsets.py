"""From octets to text: charset names as mail really writes them, and text that any database driver takes."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_UNSAFE: Final = re.compile("[\x00\ud800-\udfff]")
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")
_SPELLINGS: Final = (
    (re.compile(r"(?:x-)?(?:windows|win|cp|ms|ansi)[-_]?(125[0-8])"), "cp"),
    (re.compile(r"(?:x-)?(?:cp|ibm|dos)[-_]?(\d{3,4})"), "cp"),
    (re.compile(r"(?:x-)?(?:iso[-_]?)?8859[-_]?(\d{1,2})(?:[-_][ie]|:\d{4})?"), "iso8859-"),
)
"""Spellings of whole families, and Python's."""
_LATIN: Final = frozenset({"ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1"})
_ASCII: Final = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968", "iso646-us", "us"})
_SEQUENCE: Final = re.compile(
    rb"[\xc3-\xdf][\x80-\xbf]|\xc2[\xa0-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_CUT_OFF: Final = 3
"""Octets at the end that may be a character cut off."""
_SAMPLE: Final = 1_000
_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_REFUSED: Final = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
"""Python codecs that are no charsets, by their own names: slow on purpose-made input, or backslashes mean things."""

_ALIASES: Final = MappingProxyType(
    {
        "ks_c_5601-1987": "cp949",
        "ks_c_5601-1989": "cp949",
        "ks_c_5601": "cp949",
        "ksc5601": "cp949",
        "euc-kr": "cp949",
        "korean": "cp949",
        "gb2312": "gb18030",
        "gb_2312-80": "gb18030",
        "x-gbk": "gb18030",
        "gbk": "gb18030",
        "hz-gb-2312": "hz",
        "big5": "big5hkscs",
        "x-big5": "big5hkscs",
        "shift_jis": "cp932",
        "shift-jis": "cp932",
        "x-sjis": "cp932",
        "sjis": "cp932",
        "windows-31j": "cp932",
        "iso-2022-jp": "iso2022_jp_ext",
        "x-euc-jp": "euc_jp",
        "iso-2022-kr": "iso2022_kr",
        "iso-2022-cn": "gb18030",
        "iso-8859-1-windows-3.1-latin-1": "cp1252",
        "iso-8859-1-windows-3.0-latin-1": "cp1252",
        "windows-874": "cp874",
        "dos-874": "cp874",
        "windows-949": "cp949",
        "windows-936": "gb18030",
        "windows-932": "cp932",
        "windows-950": "cp950",
        "cp936": "gb18030",
        "x-windows-949": "cp949",
        "x-johab": "johab",
        "x-mac-cyrillic": "mac_cyrillic",
        "x-mac-ce": "mac_latin2",
        "x-mac-greek": "mac_greek",
        "x-mac-turkish": "mac_turkish",
        "x-mac-roman": "mac_roman",
        "macintosh": "mac_roman",
        "x-koi8-r": "koi8_r",
        "latin-9": "iso8859-15",
        "latin-0": "iso8859-15",
        "_iso-2022-jp$esc": "iso2022_jp_ext",
        "utf8mb4": "utf_8",
        "utf-8mb4": "utf_8",
        "utf8mb3": "utf_8",
        "utf-8-mac": "utf_8",
        "x-utf-8": "utf_8",
        "unicode-1-1-utf-8": "utf_8",
        "cp65001": "utf_8",
        "unicode-1-1-utf-7": "utf_7",
        "x-unicode-2-0-utf-7": "utf_7",
        "unicodefeff": "utf_16",
        "unicode": "utf_16",
        "ucs-2": "utf_16",
        "iso-10646-ucs-2": "utf_16",
    }
)


def clean_text(text: str) -> str:
    """Make text safe for any database driver: NUL and lone surrogates become U+FFFD, the rest is unchanged."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNSAFE.sub("\ufffd", text)
    return text.replace("\0", "\ufffd") if "\0" in text else text


@lru_cache(maxsize=512)
def codec(label: str) -> str:
    """Give the Python codec for a charset name as found in mail; empty when there is none that may be used."""
    name = label.strip(" \t\"'").lower()
    if not _LABEL.fullmatch(name) and name not in _ALIASES:
        return ""
    for pattern, python_name in _SPELLINGS:
        if found := pattern.fullmatch(name):
            name = f"{python_name}{found[1]}"
    try:
        # Python finds one codec by many names (any punctuation will do): what counts is how that calls itself.
        name = codecs.lookup(_ALIASES.get(name, name)).name
        if name in _REFUSED:
            return ""
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    return "cp1252" if name in _LATIN else name


@lru_cache(maxsize=512)
def superset_of_ascii(name: str) -> bool:
    """Whether a codec writes ASCII as itself; UTF-7, UTF-16 and HZ do not, and have no place in a header."""
    try:
        return _PRINTABLE.decode(name).encode(name) == _PRINTABLE and _PRINTABLE.decode(name) == _PRINTABLE.decode()
    except (LookupError, ValueError):
        return False


def decode(octets: bytes, label: str = "") -> tuple[str, str]:
    """Read octets in the charset they are labelled with, whatever the label and the octets.

    Gives the text, cleaned, and a problem's name or an empty string: ``charset_unknown`` (the label means nothing; the
    text was guessed), ``charset_wrong`` (the label is wrong for sure: UTF-8 labelled as Latin-1, or the other way
    round) or ``charset_damaged`` (octets that the charset does not have became U+FFFD).
    No label, or plain ASCII with octets beyond: UTF-8 if it is, UTF-16 if it looks so, else Windows-1252.
    """
    if octets.isascii() and (not label or label in _LATIN) and b"\0" not in octets:
        return octets.decode("ascii"), ""
    name = codec(label) if label else ""
    if not name or label.strip(" \t\"'").lower() in _ASCII:
        return clean_text(_guess(octets)), "charset_unknown" if label and not name else ""
    if name == "cp1252":
        return _read_as_western(octets)
    if name == "utf-16":
        name = _byte_order(octets)
    broken = 0
    try:
        return clean_text(octets.decode(name)), ""
    except UnicodeDecodeError as failure:
        broken = failure.start
    except ValueError:
        pass
    if name == "utf-8" and broken < len(octets) - _CUT_OFF and not _holds_utf_8(octets):
        return clean_text(_western(octets)), "charset_wrong"
    try:
        return clean_text(octets.decode(name, "replace")), "charset_damaged"
    except ValueError:
        return clean_text(_guess(octets)), "charset_damaged"


def _guess(octets: bytes) -> str:
    if _looks_wide(octets):
        return octets.decode(_byte_order(octets), "replace")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return _western(octets)


def _read_as_western(octets: bytes) -> tuple[str, str]:
    """Latin-1 as labelled, unless it is UTF-8: no text in Latin-1 is that by chance."""
    if not octets.isascii() and _holds_utf_8(octets):
        try:
            return clean_text(octets.decode()), "charset_wrong"
        except UnicodeDecodeError:
            pass
    return clean_text(_western(octets)), ""


def _western(octets: bytes) -> str:
    """Windows-1252 where it is defined: what is labelled ISO-8859-1 has its quotes and dashes there."""
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _holds_utf_8(octets: bytes) -> bool:
    """Whether there is any character beyond ASCII in UTF-8."""
    return bool(_SEQUENCE.search(octets))


def _looks_wide(octets: bytes) -> bool:
    """Whether octets without a label are UTF-16: every other one of the first is NUL."""
    start = octets[:_SAMPLE]
    if b"\0" not in start or len(octets) % 2 or len(start) < 4:
        return False
    half = len(start) // 2
    low, high = start[1::2].count(0), start[0::2].count(0)
    return max(low, high) > 0.6 * half and min(low, high) < 0.1 * half


def _byte_order(octets: bytes) -> str:
    """The codec for UTF-16 that says its byte order or not: the half that is mostly NUL is the high one."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf_16"
    start = octets[:_SAMPLE]
    return "utf_16_be" if start[0::2].count(0) >= start[1::2].count(0) else "utf_16_le"
