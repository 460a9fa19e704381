"""Text from outside (mails, servers, libraries), made harmless before a face shows it."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    r"""Text from a mail or a server on one line: control characters are shown (``\x1b``), never acted on."""
    return _CONTROL.sub(_visible, text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def shown_lines(text: str) -> str:
    """The same for a text of several lines, such as a mail's body."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(8)
    return _CONTROL_BUT_LINES.sub(_visible, lines)


def recommends_plain_text(words: str) -> bool:
    """Whether these are the keyring library's words that advise a place without encryption."""
    return "keyrings.alt" in words


def _visible(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
