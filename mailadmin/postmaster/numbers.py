"""Ticket numbers, as OTOBO's DateChecksum generator makes them."""

from __future__ import annotations

from datetime import date


def ticket_number(day: date, system_id: str, counter: int) -> str:
    """Make a ticket number: date (yyyymmdd), SystemID, counter (at least five digits) and a check digit.

    The digits are weighted 1, 2, 1, 2 ... from the left and summed; the check digit is 10 minus the sum modulo 10, and
    10 becomes 1. ``system_id`` holds digits only.
    """
    digits = f"{day:%Y%m%d}{system_id}{counter:05d}"
    total = sum(int(digit) * (1 + index % 2) for index, digit in enumerate(digits))
    check = 10 - total % 10
    return f"{digits}{1 if check == 10 else check}"
