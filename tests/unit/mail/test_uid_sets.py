"""UID sets: ranges, lengths, and reading them back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.mail.incoming.uid_sets import parse_uid_set, uid_sets


@pytest.mark.parametrize(
    ("uids", "text"),
    [([4], "4"), ([1, 2, 3], "1:3"), ([3, 1, 2, 7, 9, 10], "1:3,7,9:10"), ([5, 5], "5"), ([], "")],
)
def test_only_uids_that_follow_each_other_join(uids: list[int], text: str) -> None:
    assert ";".join(uid_sets(uids)) == text


@given(st.sets(st.integers(1, 4_294_967_295), max_size=200), st.integers(21, 300))
def test_sets_hold_exactly_the_uids_within_the_length(uids: set[int], limit: int) -> None:
    lines = list(uid_sets(uids, limit))
    assert all(len(line) <= limit for line in lines)
    assert [uid for line in lines for uid in parse_uid_set(line, 200)] == sorted(uids)


@pytest.mark.parametrize("text", ["", "a", "1,", "1:", "*", "1:*", "1 2", "1:4294967295", "1,2,3,4,5,6"])
def test_what_is_no_set_or_too_large_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UID"):
        parse_uid_set(text, 5)


def test_a_range_may_be_written_backwards() -> None:
    assert parse_uid_set("7:5,1", 4) == [5, 6, 7, 1]
