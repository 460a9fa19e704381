"""UID sets as commands take them (RFC 3501 9, ``sequence-set``): ranges, and never a line too long for a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

MAX_SET: Final = 7800
"""Octets of one set. Courier closes the connection on a command of 17,000, some servers stop at 8,192."""

_SET: Final = re.compile(r"\d{1,10}(:\d{1,10})?(,\d{1,10}(:\d{1,10})?)*")


def uid_sets(uids: Iterable[int], limit: int = MAX_SET) -> Iterator[str]:
    """The UIDs as few sets of ranges, each at most ``limit`` characters long. Only UIDs that follow each other join."""
    line = ""
    for part in _ranges(sorted(set(uids))):
        if line and len(line) + 1 + len(part) > limit:
            yield line
            line = part
        else:
            line = f"{line},{part}" if line else part
    if line:
        yield line


def _ranges(uids: list[int]) -> Iterator[str]:
    index = 0
    while index < len(uids):
        first = last = uids[index]
        while index + 1 < len(uids) and uids[index + 1] == last + 1:
            index += 1
            last = uids[index]
        yield str(first) if first == last else f"{first}:{last}"
        index += 1


def parse_uid_set(text: str, most: int) -> list[int]:
    """The UIDs of a set, in the order written (RFC 4315: COPYUID pairs two sets by position).

    :param most: how many there can be at most
    :raises ValueError: text is not a set, or names more UIDs than ``most``
    """
    if not _SET.fullmatch(text):
        raise ValueError("not a UID set")
    uids: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        low, high = sorted((int(first), int(last or first)))
        if high - low >= most - len(uids):
            raise ValueError("more UIDs than were asked for")
        uids += range(low, high + 1)
    return uids
