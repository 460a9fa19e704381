"""A device sign-in is asked for as often as the provider allows, until there is an answer or the code has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.oauth import answers, device

BEGUN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PENDING = {"error": "authorization_pending"}
SLOW_DOWN = {"error": "slow_down"}


class Clock:
    """Time that passes only while it is waited for."""

    def __init__(self) -> None:
        self.passed = 0.0

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return BEGUN + timedelta(seconds=self.passed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(device, "now", clock.now)
    monkeypatch.setattr("mailadmin.oauth.device.time.sleep", clock.sleep)
    monkeypatch.setattr("mailadmin.oauth.device.time.monotonic", clock.monotonic)
    return clock


def scripted(
    clock: Clock, *said: Mapping[str, object] | UserFixableError
) -> tuple[Callable[[], Mapping[str, object]], list[int]]:
    script: Iterator[Mapping[str, object] | UserFixableError] = iter(said)
    asked: list[int] = []

    def ask() -> Mapping[str, object]:
        asked.append(round(clock.passed))
        answer = next(script)
        if isinstance(answer, UserFixableError):
            raise answer
        return answer

    return ask, asked


def poll(ask: Callable[[], Mapping[str, object]], stop: Callable[[], bool] = lambda: False) -> Mapping[str, object]:
    return device.poll(ask, interval=5, begun=BEGUN, ends_at=BEGUN + timedelta(minutes=15), should_stop=stop)


def test_it_asks_at_the_providers_pace(clock: Clock) -> None:
    ask, asked = scripted(clock, PENDING, SLOW_DOWN, PENDING, {"access_token": "a"})
    assert poll(ask) == {"access_token": "a"}
    assert asked == [5, 10, 20, 30]


def test_a_provider_that_is_away_is_asked_less_often(clock: Clock) -> None:
    away = answers.unavailable("login.example")
    ask, asked = scripted(clock, away, away, {"access_token": "a"})
    assert poll(ask)
    assert asked == [5, 15, 35]


def test_a_no_ends_it(clock: Clock) -> None:
    ask, _ = scripted(clock, UserFixableError(Code.OAUTH_REFUSED))
    with pytest.raises(UserFixableError) as caught:
        poll(ask)
    assert caught.value.code is Code.OAUTH_REFUSED


def test_the_codes_end_ends_it(clock: Clock) -> None:
    ask, asked = scripted(clock, *[PENDING] * 1000)
    with pytest.raises(UserFixableError) as caught:
        poll(ask)
    assert caught.value.code is Code.OAUTH_TIMED_OUT
    assert caught.value.facts == {"minutes": "15"}
    assert clock.passed == pytest.approx(900, abs=1)
    assert len(asked) == 179


def test_it_stops_at_once_when_asked_to(clock: Clock) -> None:
    ask, asked = scripted(clock)
    with pytest.raises(UserFixableError) as caught:
        poll(ask, lambda: clock.passed > 1)
    assert caught.value.code is Code.STOPPED
    assert clock.passed < 1.3
    assert asked == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [({}, 5), ({"interval": "7"}, 7), ({"interval": 0}, 5), ({"interval": "x"}, 5), ({"interval": -3}, 1)],
)
def test_the_interval_is_the_providers(said: dict[str, object], seconds: int) -> None:
    assert device.interval_of(said) == seconds
