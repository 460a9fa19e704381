"""Conditions without regular expressions: what is written is what is recognised, and what it matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.filters import EMAILADDRESS
from mailadmin.domain.matching import Match, match_of, pattern_of

SIMPLE = [match for match in Match if match is not Match.PATTERN]


@given(st.sampled_from(SIMPLE), st.text(min_size=1), st.booleans())
def test_what_was_written_is_recognised(match: Match, text: str, as_address: bool) -> None:
    assert match_of(pattern_of(match, text, as_address=as_address)) == (match, text, as_address)


@given(st.text())
def test_recognising_a_pattern_never_changes_it(pattern: str) -> None:
    match, text, as_address = match_of(pattern)
    assert pattern_of(match, text, as_address=as_address) == pattern


@pytest.mark.parametrize(
    ("match", "found", "missed"),
    [
        (Match.CONTAINS, "a 1.5 (b) c", "a 1x5 (b) c"),
        (Match.IS, "1.5 (b)", "1.5 (b) c"),
        (Match.BEGINS, "1.5 (b) c", "a 1.5 (b)"),
        (Match.ENDS, "a 1.5 (b)", "1.5 (b) c"),
    ],
)
def test_a_simple_comparison_takes_its_text_literally(match: Match, found: str, missed: str) -> None:
    pattern = pattern_of(match, "1.5 (b)")
    assert re.search(pattern, found)
    assert not re.search(pattern, missed)


@pytest.mark.parametrize(
    ("match", "text", "found", "missed"),
    [
        (Match.IS, "a.b@example.org", "a.b@example.org", "axb@example.org"),
        (Match.CONTAINS, "b@ex", "a.b@example.org", "a.b@sample.org"),
        (Match.BEGINS, "a.b@", "a.b@example.org", "xa.b@example.org"),
        (Match.ENDS, "@example.org", "a.b@example.org", "a.b@example.org.test"),
    ],
)
def test_an_address_is_compared_as_a_whole(match: Match, text: str, found: str, missed: str) -> None:
    pattern = pattern_of(match, text, as_address=True)
    assert pattern.startswith(EMAILADDRESS)
    whole = pattern.removeprefix(EMAILADDRESS)
    assert re.fullmatch(whole, found)
    assert not re.fullmatch(whole, missed)


@pytest.mark.parametrize("expression", [r"\d+", "a|b", "^PROBLEM: (.*)", "a.b", "trailing\\"])
def test_an_expression_stays_one(expression: str) -> None:
    assert match_of(expression) == (Match.PATTERN, expression, False)
