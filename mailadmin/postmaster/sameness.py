"""What of a text is the same in every copy of a mail: not its line ends, nor blanks before them, nor its last lines."""

from __future__ import annotations

import re
from typing import Final

_BLANKS: Final = re.compile(rb"(?<![ \t\r])[ \t\r]++(?=\n|\Z)")
_BEFORE_AN_END: Final = (b" \n", b"\t\n", b"\r\n")


def same_text(text: str) -> str:
    """A text without what servers change at the ends of its lines and at its own."""
    return "\n".join([line.rstrip() for line in text.split("\n")]).rstrip()


def same_content(content: bytes, content_type: str, encoding: str) -> bytes:
    """An attachment's content without what servers change at its line ends, where it has some.

    It has when it is a text or a mail, or was sent as lines: those are ended in one way in a mailbox and in another in
    a pipe. What was sent in Base64 is taken by the octet.

    :param encoding: the Content-Transfer-Encoding
    """
    has_lines = content_type.startswith(("text/", "message/")) or encoding.strip().lower() != "base64"
    if not has_lines:
        return content
    content = content.replace(b"\r\n", b"\n")
    if any(end in content for end in _BEFORE_AN_END):
        content = _BLANKS.sub(b"", content)
    return content.rstrip()
