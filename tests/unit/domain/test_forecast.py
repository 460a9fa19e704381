"""When what works will stop working."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from mailadmin.domain import forecast
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.forecast import Lack
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, TokenRecord
from mailadmin.domain.sign_in import Ending, SignIn, SignInState

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MICROSOFT = OAuthProfile(name="cloud", provider=Provider.MICROSOFT, uid="p")
GOOGLE = OAuthProfile(name="cloud", provider=Provider.GOOGLE, uid="p")
CUSTOM = OAuthProfile(name="cloud", provider=Provider.CUSTOM, uid="p")
APPLICATION = dataclasses.replace(MICROSOFT, flow=Flow.CLIENT_CREDENTIALS)
ACCOUNT = IncomingAccount(
    name="support", type=AccountType.IMAPS, username="u@x", authentication=Authentication.OAUTH2, oauth_profile="cloud"
)
RECORD = TokenRecord(
    account_id=1,
    profile_uid="p",
    flow=Flow.AUTHORIZATION_CODE,
    username="u@x",
    address="u@x",
    signed_in=NOW - timedelta(days=3),
    renewed=NOW,
    expires=NOW,
)


def with_secret(profile: OAuthProfile, day: date) -> OAuthProfile:
    return dataclasses.replace(profile, client_authentication=ClientAuthentication.SECRET, secret_expires=day)


@pytest.mark.parametrize(
    ("profile", "record", "expected"),
    [
        (MICROSOFT, RECORD, (NOW + timedelta(days=90), Ending.UNUSED)),
        (MICROSOFT, dataclasses.replace(RECORD, renewed=None), (NOW + timedelta(days=87), Ending.UNUSED)),
        (GOOGLE, RECORD, (NOW + timedelta(days=180), Ending.UNUSED)),
        (GOOGLE, dataclasses.replace(RECORD, died=1), (NOW + timedelta(days=180), Ending.UNUSED)),
        (GOOGLE, dataclasses.replace(RECORD, died=2), (NOW + timedelta(days=4), Ending.TEST_PROJECT)),
        (CUSTOM, RECORD, None),
        (CUSTOM, dataclasses.replace(RECORD, renewable=False), (NOW, Ending.SESSION)),
        (MICROSOFT, None, None),
        (APPLICATION, RECORD, None),
    ],
)
def test_each_provider_has_its_rule(
    profile: OAuthProfile, record: TokenRecord | None, expected: tuple[datetime, Ending] | None
) -> None:
    assert forecast.works_until(profile, record) == expected


def test_the_earliest_end_counts() -> None:
    soon, late = NOW.date() + timedelta(days=10), NOW.date() + timedelta(days=400)
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert forecast.works_until(with_secret(MICROSOFT, soon), RECORD) == (midnight, Ending.SECRET)
    assert forecast.works_until(with_secret(MICROSOFT, late), RECORD) == (NOW + timedelta(days=90), Ending.UNUSED)
    assert forecast.works_until(with_secret(APPLICATION, soon), None) == (midnight, Ending.SECRET)
    unused = dataclasses.replace(with_secret(MICROSOFT, soon), client_authentication=ClientAuthentication.NONE)
    assert forecast.works_until(unused, None) is None, "a public client has no secret that could end"


@pytest.mark.parametrize(
    ("age", "renewed_at", "died"),
    [
        (timedelta(days=7), timedelta(days=6, hours=23), True),
        (timedelta(days=6, hours=13), timedelta(days=6), True),
        (timedelta(days=9), timedelta(days=2), True),  # over a weekend
        (timedelta(days=5), timedelta(days=4), False),
        (timedelta(days=11), timedelta(days=6), False),
        (timedelta(days=8), timedelta(days=7, hours=20), False),  # it has lived on
    ],
)
def test_a_test_projects_sign_in_dies_on_its_seventh_day(age: timedelta, renewed_at: timedelta, *, died: bool) -> None:
    record = dataclasses.replace(RECORD, signed_in=NOW - age, renewed=NOW - age + renewed_at)
    assert forecast.died_as_in_testing(GOOGLE, record, NOW) is died
    assert not forecast.died_as_in_testing(MICROSOFT, record, NOW)


def test_a_sign_in_that_outlived_a_test_project_is_none() -> None:
    record = dataclasses.replace(RECORD, died=2, signed_in=NOW - timedelta(days=9))
    assert forecast.works_until(GOOGLE, record) == (NOW + timedelta(days=180), Ending.UNUSED)


@pytest.mark.parametrize(
    ("died", "age", "cause"),
    [
        (1, 7, "google-sign-in-ended"),
        (2, 7, forecast.TEST_PROJECT),
        (3, 8, forecast.TEST_PROJECT),
        (2, 3, "google-sign-in-ended"),  # that was something else
        (0, 7, "google-sign-in-ended"),
    ],
)
def test_from_the_second_weekly_death_on_the_project_is_named_as_the_cause(died: int, age: int, cause: str) -> None:
    signed_in = NOW - timedelta(days=age)
    record = dataclasses.replace(
        RECORD, died=died, signed_in=signed_in, renewed=signed_in, refused=NOW, cause="google-sign-in-ended", server="s"
    )
    assert forecast.standing(ACCOUNT, GOOGLE, record, NOW).cause == cause
    assert forecast.standing(ACCOUNT, MICROSOFT, record, NOW).cause == "google-sign-in-ended"


@pytest.mark.parametrize(
    ("days", "warning"),
    [(61, None), (60, 60), (31, 60), (30, 30), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0.5, 1), (0, 0), (-3, 0)],
)
def test_warnings_come_nearer(days: float, warning: int | None) -> None:
    sign_in = SignIn(SignInState.SIGNED_IN, works_until=NOW + timedelta(days=days))
    assert forecast.expiring(sign_in, NOW) == warning


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Kiritimati"])
def test_a_secret_ends_on_its_day_as_that_is_shown_here(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for day in (date(2027, 1, 1), date(2027, 7, 1)):
            ends = forecast.works_until(with_secret(MICROSOFT, day), None)
            assert ends is not None
            assert ends[0].astimezone().date() == day
        for day in (date.min, date.max):
            assert forecast.works_until(with_secret(MICROSOFT, day), None) is not None
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_profile_warns_of_its_secret() -> None:
    assert forecast.expiring(with_secret(MICROSOFT, date(2026, 11, 27)), NOW) == 7
    assert forecast.expiring(MICROSOFT, NOW) is None
    assert forecast.expiring(SignIn(SignInState.SIGNED_IN), NOW) is None


@pytest.mark.parametrize(
    ("record", "lack"),
    [
        (None, Lack.NEVER),
        (RECORD, None),
        (dataclasses.replace(RECORD, refused=NOW, cause="password-changed"), None),
        (dataclasses.replace(RECORD, cause=Lack.CLEARED), Lack.CLEARED),
        (dataclasses.replace(RECORD, username="other@x"), Lack.CHANGED),
        (dataclasses.replace(RECORD, profile_uid="other"), Lack.CHANGED),
        (dataclasses.replace(RECORD, flow=Flow.CLIENT_CREDENTIALS), Lack.CHANGED),
        (dataclasses.replace(RECORD, flow=Flow.DEVICE_CODE), None),
        (dataclasses.replace(RECORD, renewable=False), Lack.ENDED),
        (dataclasses.replace(RECORD, renewable=False, expires=NOW + timedelta(minutes=1)), None),
    ],
)
def test_what_only_a_person_can_bring(record: TokenRecord | None, lack: Lack | None) -> None:
    assert forecast.lack_of(ACCOUNT, MICROSOFT, record, NOW) == lack
    assert forecast.lack_of(ACCOUNT, APPLICATION, record, NOW) is None, "an application needs nobody"


def test_standing_says_what_was_said() -> None:
    refused = dataclasses.replace(RECORD, refused=NOW, cause="password-changed", server="AADSTS50173")
    standing = forecast.standing(ACCOUNT, MICROSOFT, refused, NOW)
    assert (standing.state, standing.since) == (SignInState.NEEDED, NOW)
    assert (standing.cause, standing.server, standing.identity) == ("password-changed", "AADSTS50173", "u@x")
    assert forecast.standing(ACCOUNT, None, RECORD, NOW).state is SignInState.NEEDED
    assert forecast.standing(ACCOUNT, APPLICATION, None, NOW).state is SignInState.BY_ITSELF
    changed = dataclasses.replace(refused, username="other@x")
    assert forecast.standing(ACCOUNT, MICROSOFT, changed, NOW).server == "", "that was about another user"
