from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.postmaster.expressions import BadPatternError, RanAwayError, Text, Watch, compile_pattern, expression

AWAY = r"(a|aa)+$"
LONG = "a" * 60 + "b"


@pytest.mark.parametrize(
    ("pattern", "reason", "position"),
    [("*a", "nothing to repeat", 0), ("(a", "missing )", 2), ("[a", "unterminated character set", 2)],
)
def test_what_is_no_expression_is_said_with_its_place(pattern: str, reason: str, position: int) -> None:
    with pytest.raises(BadPatternError) as raised:
        compile_pattern(pattern)
    assert (raised.value.reason, raised.value.position) == (reason, position)
    assert isinstance(raised.value, ValueError)


def test_good_ones_pass() -> None:
    for pattern in ("", "a", r"(?<name>\d+)", "^x$", r"\bfoo++", "[[:alpha:]]"):
        compile_pattern(pattern)


def test_too_long_is_refused() -> None:
    with pytest.raises(BadPatternError):
        compile_pattern("a" * 5_000)


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("Invoice", ("invoice",)),
        (r"\[spam\]", ("[spam]",)),
        ("spam|casino games", ("spam", "casino games")),
        (r"^re:.*invoice\s+(\d+)$", ("invoice",)),
        (r"(?:foo|barbaz)qux", ("foo", "barbaz")),
        (r"(?<nr>order)\d", ("order",)),
        ("colou?r", ("colo",)),
        ("abc*d", ("ab",)),
        ("abc+d", ("abc",)),
        ("ab{2}cd", ("cd",)),
        ("(?=foobar)x", ("x",)),
        ("foo|.", ()),
        ("foo|", ()),
        ("(?i)foo", ()),
        ("(?x)f o o", ()),
        (r"(a)\1", ()),
        (r"\x41", ()),
        ("[[a]b]c", ()),
        ("gr\u00fc\u00dfe", ("gr",)),
        ("", ()),
    ],
)
def test_needles(pattern: str, needles: tuple[str, ...]) -> None:
    assert expression(pattern).needles == needles


PIECES = st.sampled_from(
    [
        *("a", "B", "s", "k", "i", "\u00e4", "\u212a", "\u0131", "x1", " ", "-", "|", "(", ")", "(?:", "(?=", "(?!"),
        *("(?<n>", "[", "]", "[^", "*", "+", "?", "{2}", "{0,1}", "{", "}", ".", "^", "$"),
        *("\\d", "\\b", "\\.", "\\[", "\\"),
    ]
)
TEXTS = st.text(st.sampled_from("aAbBsSkKi\u0130\u0131\u017f\u212a\u00e4\u00c4x1 .[]-\n"), max_size=20)


@settings(deadline=None, max_examples=600)
@given(st.lists(PIECES, max_size=8).map("".join), TEXTS)
def test_the_short_way_finds_what_the_expression_finds(pattern: str, text: str) -> None:
    try:
        wanted = expression(pattern)
    except BadPatternError:
        return
    there = regex.search(pattern, text, regex.IGNORECASE) is not None
    assert (wanted.find(Text(text), Watch()) is not None) is there
    if wanted.literal and Text(text).tells:
        assert wanted.may_match(text.lower()) is there


def test_a_search_that_runs_away_is_cut_off() -> None:
    watch = Watch(1)
    begun = time.thread_time()
    with pytest.raises(RanAwayError) as raised:
        expression(AWAY).find(Text(LONG), watch)
    assert time.thread_time() - begun < 1
    assert not raised.value.whole_mail
    assert watch.left < 1


def test_all_searches_in_a_mail_share_their_time() -> None:
    watch = Watch(0.05)
    with pytest.raises(RanAwayError):
        expression(AWAY).find(Text(LONG), watch)
    begun = time.thread_time()
    with pytest.raises(RanAwayError) as raised:
        expression(r"a+b").find(Text(LONG), watch)
    assert raised.value.whole_mail
    assert time.thread_time() - begun < 0.05
    assert expression("b").find(Text(LONG), watch), "what cannot run away is searched all the same"
