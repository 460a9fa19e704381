"""An administrator's expressions that are no filters'."""

from __future__ import annotations

import pytest

from mailadmin.postmaster import patterns
from mailadmin.postmaster.patterns import PatternFailedError, captures, finds


class _Greedy:
    """Stands for an expression that takes all the memory there is."""

    groups = 0

    def search(self, text: str, timeout: float) -> None:
        raise MemoryError

    finditer = search


def test_a_search_that_takes_all_memory_has_failed_like_one_that_takes_all_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "_compiled", lambda pattern: _Greedy())
    with pytest.raises(PatternFailedError):
        finds("x", "x")
    with pytest.raises(PatternFailedError):
        captures("x", "x")
