from __future__ import annotations

import os
import time
from typing import Any

import pytest

from mailadmin.services.trial import survives_parsing


@pytest.mark.parametrize(("parsing", "given", "good"), [(len, b"x", True), (int, b"x", False), (os._exit, 3, False)])
def test_a_trial_tells_a_good_end_from_a_bad_one(parsing: Any, given: Any, good: bool) -> None:
    assert survives_parsing(given, parsing) is good


def test_a_trial_that_does_not_end_is_ended() -> None:
    never: Any = time.sleep
    a_day: Any = 86_400
    assert not survives_parsing(a_day, never, seconds=0.5)


def test_a_mail_survives() -> None:
    assert survives_parsing(b"Subject: x\r\n\r\nHello.\r\n")
