"""When two names are one: in any case, and however their letters with marks are put together."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection
from typing import Final

_NUMBERED: Final = re.compile(r" \(\d+\)$")


def tidy(name: str) -> str:
    """A name as it is stored: without outer blanks, letters composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", name.strip())


def name_key(name: str) -> str:
    """What names are compared by."""
    return tidy(name).casefold()


def search_key(text: str) -> str:
    """What a text is searched by: in any case and any script, and however its letters are put together."""
    return unicodedata.normalize("NFKC", text).casefold()


def copied_name(name: str, taken: Collection[str], maximum: int) -> str:
    """The name of a copy: the first of ``support (2)``, ``support (3)`` ... that is free.

    :param taken: the names that there are, as :func:`name_key` has them
    :param maximum: how long a name may be
    """
    stem = _NUMBERED.sub("", name)
    endings = (f" ({number})" for number in itertools.count(2))
    copies = (stem[: maximum - len(ending)].rstrip() + ending for ending in endings)
    return next(copy for copy in copies if name_key(copy) not in taken)
