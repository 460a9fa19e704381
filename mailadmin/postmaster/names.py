"""File names of attachments: safe on every file system, different within one mail."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_FORBIDDEN: Final = re.compile(r"[^\w\-+.#]")
_LONGEST: Final = 220
_EXTENSION: Final = re.compile(r"\.[^.]{1,20}$")
_OURS: Final = frozenset({"file-1", "file-2"})


def clean_name(name: str) -> str:
    """Make a sender's file name safe: letters, digits (any script) and ``_ - + . #`` stay, the rest becomes ``_``.

    No leading dots, at most 220 octets of UTF-8 (shortened before the extension), never ``file-1`` or ``file-2``
    (the names that body parts get). Empty when nothing is left.
    """
    name = unicodedata.normalize("NFC", name[:2_000].replace("\r", "").replace("\n", "")).strip().lstrip(".")
    if not name.isascii():
        name = "".join("_" if unicodedata.category(char) in {"No", "Nl"} else char for char in name)
    name = _FORBIDDEN.sub("_", name)
    if name in _OURS:
        name = name.capitalize()
    return _shortened(name)


def _shortened(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    found = _EXTENSION.search(name)
    extension = found[0] if found else ""
    room = _LONGEST - len(extension.encode())
    return name[: len(name) - len(extension)].encode()[:room].decode("utf-8", "ignore") + extension


class Names:
    """The file names of one mail, each given once: the second ``a.pdf`` becomes ``a-1.pdf``."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._next: dict[str, int] = {}
        self._nameless = 0
        self._untitled = 0

    def nameless(self) -> str:
        """The name of the next part that has none: ``file-1``, ``file-2`` ... Not yet given."""
        self._nameless += 1
        return f"file-{self._nameless}"

    def untitled(self) -> str:
        """The name of the next nested mail without a subject. Not yet given."""
        self._untitled += 1
        return f"Untitled-{self._untitled}.eml"

    def give(self, name: str) -> str:
        """The name itself, or with a number before its extension when it is taken (compared without case)."""
        key = name.casefold()
        candidate, number = name, self._next.get(key, 0)
        while candidate.casefold() in self._given:
            number += 1
            found = _EXTENSION.search(name)
            at = found.start() if found else len(name)
            candidate = f"{name[:at]}-{number}{name[at:]}"
        self._next[key] = number
        self._given.add(candidate.casefold())
        return candidate
