"""Moments, durations, sizes and numbers in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QLocale

from mailadmin.gui.sentences import times

NOW = datetime(2026, 11, 20, 12, 0).astimezone()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The rules of one country, whatever the machine's."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("ago", "said", "short"),
    [
        (timedelta(0), "just now", "just now"),
        (timedelta(seconds=44), "just now", "just now"),
        (timedelta(seconds=50), "a minute ago", "1 min ago"),
        (timedelta(minutes=3), "3 minutes ago", "3 min ago"),
        (timedelta(minutes=59, seconds=50), "an hour ago", "1 h ago"),
        (timedelta(hours=5), "5 hours ago", "5 h ago"),
        (timedelta(hours=20), "yesterday", "yesterday"),
        (timedelta(days=1, hours=3), "yesterday", "yesterday"),
        (timedelta(days=3), "17/11/2026", "17/11/2026"),
        (-timedelta(seconds=10), "now", "now"),
        (-timedelta(minutes=1), "in a minute", "in 1 min"),
        (-timedelta(minutes=7), "in 7 minutes", "in 7 min"),
        (-timedelta(hours=1), "in an hour", "in 1 h"),
        (-timedelta(hours=4), "in 4 hours", "in 4 h"),
        (-timedelta(hours=20), "tomorrow", "tomorrow"),
        (-timedelta(days=3), "23/11/2026", "23/11/2026"),
    ],
)
def test_a_moment_is_told_from_now(ago: timedelta, said: str, short: str) -> None:
    moment = (NOW - ago).astimezone(UTC)
    assert times.relative(moment, NOW) == said
    assert times.relative(moment, NOW, short=True) == short


def test_no_moment_says_nothing() -> None:
    assert times.relative(None, NOW) == times.exact(None) == ""


def test_a_moment_is_exact_in_local_time() -> None:
    assert times.exact(NOW.astimezone(UTC)) == "20/11/2026 12:00"
    assert times.clock(NOW.astimezone(UTC)) == "12:00"


def test_dates_of_facts() -> None:
    assert times.iso_date("2026-03-01T10:00:00+00:00") == "01/03/2026"
    assert times.iso_date("some day") == "some day"
    assert times.iso_exact(NOW.astimezone(UTC).isoformat()) == "20/11/2026 12:00"
    assert times.iso_exact("some day") == "some day"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (0.84, "0.8 seconds"),
        (1, "1 second"),
        (45.4, "45 seconds"),
        (300, "5 minutes"),
        (7200, "2 hours"),
        (259_200, "3 days"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert times.duration(seconds) == said


def test_a_duration_that_is_no_number_stays() -> None:
    assert times.duration_of("soon") == "soon"
    assert times.duration_of("nan") == "nan"


def test_sizes_and_numbers_follow_the_country() -> None:
    assert times.number(4312) == "4,312"
    assert times.messages(4312) == "4,312 messages"
    assert times.messages(1) == "1 message"
    assert times.size(512) == "512 bytes"
    QLocale.setDefault(QLocale(QLocale.Language.German))
    assert times.number(4312) == "4.312"
    assert times.size(1_572_864) == "1,5 MB"
