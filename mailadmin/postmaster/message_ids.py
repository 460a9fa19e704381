"""Message-IDs (RFC 5322, 3.6.4): a mail's own, and those it refers to."""

from __future__ import annotations

import re
from typing import Final

from .headers import Headers

LONGEST_MESSAGE_ID: Final = 998
_BRACKETED: Final = re.compile(r"<([^<>]+)>")
_MOST_REFERENCES: Final = 100


def message_ids(text: str) -> list[str]:
    """The Message-IDs in a field, in brackets, in order; blanks inside (of a fold) are taken out."""
    found = (f"<{''.join(inner.split())}>" for inner in _BRACKETED.findall(text))
    return [message_id for message_id in found if 2 < len(message_id) <= LONGEST_MESSAGE_ID]


def message_id_of(headers: Headers) -> str:
    """The mail's own Message-ID, in brackets as sent (brackets are added when they are missing); empty if none."""
    text = headers.text("message-id")
    if not text:
        return ""
    if found := message_ids(text):
        return found[0]
    bare = "".join(text.split()).strip("<>")[: LONGEST_MESSAGE_ID - 2]
    return f"<{bare}>" if bare else ""


def reference_ids(headers: Headers) -> tuple[str, ...]:
    """The mails this one refers to, newest first: In-Reply-To, then References from its end; each once, at most 100."""
    replied = headers.text("in-reply-to")
    ids = message_ids(replied)
    bare = replied.strip("<>")
    if not ids and bare and " " not in bare and len(bare) <= LONGEST_MESSAGE_ID - 2:
        ids = [f"<{bare}>"]
    if references := headers.text("references"):
        ids = ids + message_ids(references)[::-1]
    return tuple(dict.fromkeys(ids))[:_MOST_REFERENCES]
