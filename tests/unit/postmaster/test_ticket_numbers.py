from __future__ import annotations

from datetime import date

import pytest

from mailadmin.postmaster import ticket_number


def test_number_is_date_system_counter_and_check_digit() -> None:
    # 2 0 2 6 1 1 2 0 1 0 0 0 0 0 1, weighted 1 2 1 2 ...: 23, and 10 - 3 is 7.
    assert ticket_number(date(2026, 11, 20), "10", 1) == "2026112010000017"


@pytest.mark.parametrize(("counter", "check"), [(2, "6"), (3, "5"), (8, "1"), (9, "9"), (10, "6")])
def test_check_digit_follows_the_weighted_sum_and_is_never_ten(counter: int, check: str) -> None:
    assert ticket_number(date(2026, 11, 20), "10", counter)[-1] == check


def test_a_check_sum_of_ten_becomes_one() -> None:
    # The sum is 30 here: 10 - 0 would be 10.
    assert ticket_number(date(2026, 11, 20), "10", 8).endswith("000081")


def test_counter_may_grow_beyond_five_digits() -> None:
    assert ticket_number(date(2026, 1, 2), "99", 123456).startswith("2026010299123456")
