"""Waiting for somebody who signs in on another device (RFC 8628 3.4, 3.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from mailadmin.domain.errors import Code, Layer, UserFixableError

from .tokens import now

_INTERVAL: Final = 5  # seconds between two questions, where the provider names none
_SLOWER: Final = 5  # more of them each time it says slow_down
_TICK: Final = 0.1


def interval_of(answer: Mapping[str, object]) -> int:
    """How many seconds the provider wants between two questions."""
    try:
        return max(1, int(str(answer.get("interval") or _INTERVAL)))
    except ValueError:
        return _INTERVAL


def poll(
    ask: Callable[[], Mapping[str, object]],
    *,
    interval: int,
    begun: datetime,
    ends_at: datetime,
    should_stop: Callable[[], bool],
) -> Mapping[str, object]:
    """Ask until there is an answer. A provider that cannot be reached for a while is asked again, less often.

    :param ask: asks once; ``error`` in its answer is ``authorization_pending`` or ``slow_down``, or there is none
    :raises UserFixableError: OAUTH_TIMED_OUT, STOPPED, or what ``ask`` raises
    """
    while True:
        _wait(interval, ends_at, should_stop)
        if now() >= ends_at:
            minutes = max(1, round((ends_at - begun).total_seconds() / 60))
            raise UserFixableError(Code.OAUTH_TIMED_OUT, {"minutes": minutes}, layer=Layer.SIGN_IN)
        try:
            answer = ask()
        except UserFixableError as error:
            if error.code is not Code.OAUTH_UNAVAILABLE:
                raise
            interval *= 2
            continue
        if not answer.get("error"):
            return answer
        if answer["error"] == "slow_down":
            interval += _SLOWER


def _wait(seconds: float, ends_at: datetime, should_stop: Callable[[], bool]) -> None:
    over = time.monotonic() + seconds
    while time.monotonic() < over and now() < ends_at:
        if should_stop():
            raise UserFixableError(Code.STOPPED)
        time.sleep(_TICK)
