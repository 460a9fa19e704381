"""Ticket numbers: made as OTOBO's DateChecksum generator makes them, and found in mail by hook and shape."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Final

from mailadmin.domain.decisions import RoutingSnapshot

_MOST_NUMBERS: Final = 20


def ticket_number(day: date, system_id: str, counter: int) -> str:
    """Make a ticket number: date (yyyymmdd), SystemID, counter (at least five digits) and a check digit.

    The digits are weighted 1, 2, 1, 2 ... from the left and summed; the check digit is 10 minus the sum modulo 10, and
    10 becomes 1. ``system_id`` holds digits only.
    """
    digits = f"{day:%Y%m%d}{system_id}{counter:05d}"
    total = sum(int(digit) * (1 + index % 2) for index, digit in enumerate(digits))
    check = 10 - total % 10
    return f"{digits}{1 if check == 10 else check}"


def numbers_in(text: str, routing: RoutingSnapshot) -> tuple[str, ...]:
    """Everything in a text that is written like a ticket number of ours, in order, each once, at most 20.

    That is the hook, the divider and the number; or the hook, a colon, up to two blanks and the number; further hooks
    need no divider. The check digit is not looked at (OTOBO's rule: numbers of other generators count as well).
    """
    found = dict.fromkeys(match[1] for match in _pattern(routing).finditer(text))
    return tuple(islice(found, _MOST_NUMBERS))


def numbers_in_octets(octets: bytes, routing: RoutingSnapshot, start: int = 0) -> tuple[str, ...]:
    """The same in octets of any charset that writes ASCII as itself, from ``start`` on."""
    pattern = re.compile(_pattern(routing).pattern.encode(), re.IGNORECASE)
    found = dict.fromkeys(match[1].decode("ascii") for match in pattern.finditer(octets, start))
    return tuple(islice(found, _MOST_NUMBERS))


def without_number(subject: str, number: str, routing: RoutingSnapshot) -> str:
    """The subject without a ticket's number, its hook, and the square brackets round them."""
    out: list[str] = []
    end = 0
    for match in _pattern(routing).finditer(subject):
        if match[1] != number:
            continue
        start, stop = match.span()
        if subject[:start].endswith("[") and subject[stop : stop + 1] == "]":
            start, stop = start - 1, stop + 1
        out.append(subject[end:start])
        end = stop
    return " ".join("".join([*out, subject[end:]]).split()) if out else subject


def _pattern(routing: RoutingSnapshot) -> re.Pattern[str]:
    system_id = routing.system_id if routing.check_system_id else ""
    return _number_pattern(routing.ticket_hook, routing.ticket_hook_divider, routing.further_hooks, system_id)


@lru_cache(maxsize=32)
def _number_pattern(hook: str, divider: str, further: tuple[str, ...], system_id: str) -> re.Pattern[str]:
    """Group 1 is the number."""
    hook, divider = re.escape(hook), re.escape(divider)
    before = [f"{hook}(?:{divider}|:[ \t]{{0,2}})"]
    before += [f"{re.escape(old)}(?:{divider}|:[ \t]{{0,2}})?" for old in further if old]
    return re.compile(rf"(?:{'|'.join(before)})([0-9]{{8}}{re.escape(system_id)}[0-9]{{4,40}})", re.IGNORECASE)
