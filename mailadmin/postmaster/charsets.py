"""From octets to text: charset names as mail really writes them, and text that any database driver takes."""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_UNSAFE: Final = re.compile("[\x00\ud800-\udfff]")
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")
_WINDOWS: Final = re.compile(r"(?:x-)?(?:windows|win|cp|ms|ansi)[-_]?125([0-8])")
_LATIN: Final = frozenset({"ascii", "us-ascii", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1"})
_ASCII: Final = frozenset({"ascii", "us-ascii"})
_PRINTABLE: Final = bytes(range(0x20, 0x7F))
_REFUSED: Final = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
"""Python codecs that are no charsets: slow on purpose-made input, or they read meaning into backslashes."""

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
        "iso-8859-8-i": "iso8859_8",
        "iso-8859-8-e": "iso8859_8",
        "iso-8859-6-i": "iso8859_6",
        "iso-8859-6-e": "iso8859_6",
        "windows-874": "cp874",
        "x-mac-roman": "mac_roman",
        "macintosh": "mac_roman",
        "x-koi8-r": "koi8_r",
        "utf8mb4": "utf_8",
        "x-utf-8": "utf_8",
        "unicode-1-1-utf-8": "utf_8",
        "cp65001": "utf_8",
        "unicode-1-1-utf-7": "utf_7",
        "x-unicode-2-0-utf-7": "utf_7",
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
    if not _LABEL.fullmatch(name):
        return ""
    if windows := _WINDOWS.fullmatch(name):
        return f"cp125{windows[1]}"
    name = "cp1252" if name in _LATIN else _ALIASES.get(name, name)
    if name.replace("-", "_") in _REFUSED:
        return ""
    try:
        b"a".decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    return name


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
    text was guessed) or ``charset_damaged`` (octets that the charset does not have became U+FFFD).
    No label, or plain ASCII with octets beyond: UTF-8 if it is, else Windows-1252.
    """
    if octets.isascii() and not label:
        return clean_text(octets.decode("ascii")), ""
    name = codec(label) if label else ""
    if not name or label.strip(" \t\"'").lower() in _ASCII:
        return clean_text(_guess(octets)), "charset_unknown" if label and not name else ""
    if name == "cp1252":
        return clean_text(_western(octets)), ""
    try:
        return clean_text(octets.decode(name)), ""
    except ValueError:
        pass
    try:
        return clean_text(octets.decode(name, "replace")), "charset_damaged"
    except ValueError:
        return clean_text(_guess(octets)), "charset_damaged"


def _guess(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return _western(octets)


def _western(octets: bytes) -> str:
    """Windows-1252 where it is defined: what is labelled ISO-8859-1 has its quotes and dashes there."""
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
