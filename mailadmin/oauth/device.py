"""A sign-in on another device: what is to be shown, and waiting for it (RFC 8628 3.2 to 3.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import PendingDevice

from . import answers
from .tokens import now

_INTERVAL: Final = 5  # seconds between two questions, where the provider names none
_SLOWER: Final = 5  # more of them each time it says slow_down
_TICK: Final = 0.1


def pending_of(answer: Mapping[str, object], begun: datetime, details: object) -> PendingDevice:
    """What the person is to be told, from the answer of the device authorization endpoint.

    :param begun: when it was asked (aware UTC)
    :raises UserFixableError: OAUTH_BAD_ANSWER: something is missing, or is not what it ought to be
    """
    uri = answer.get("verification_uri") or answer.get("verification_url")  # Google's older name
    whole = answer.get("verification_uri_complete") or ""
    user_code = answer.get("user_code")
    try:
        ends_at = begun + timedelta(seconds=int(str(answer.get("expires_in"))))
    except (ValueError, OverflowError):
        raise answers.bad("format", expected="expires_in", found=str(answer.get("expires_in"))) from None
    texts = {"user_code": user_code, "device_code": answer.get("device_code"), "verification_uri": uri}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise answers.bad("format", expected=name, found=", ".join(sorted(answer)))
    return PendingDevice(str(user_code), str(uri), str(whole), ends_at, details)


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
