"""When two names are one: in any case, and however their letters with marks are put together."""

from __future__ import annotations

import unicodedata


def tidy(name: str) -> str:
    """A name as it is stored: without outer blanks, letters composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", name.strip())


def name_key(name: str) -> str:
    """What names are compared by."""
    return tidy(name).casefold()


def search_key(text: str) -> str:
    """What a text is searched by: in any case and any script, and however its letters are put together."""
    return unicodedata.normalize("NFKC", text).casefold()
