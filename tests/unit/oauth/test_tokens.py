"""What a token endpoint answers is taken only as far as it makes sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.oauth import tokens

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_bearer_token_is_taken_whatever_the_case_of_its_kind() -> None:
    for kind in ("Bearer", "bearer", "BEARER"):
        assert tokens.access_token_of({"access_token": "abc", "token_type": kind}).reveal() == "abc"
    assert tokens.access_token_of({"access_token": "abc"}).reveal() == "abc"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "with\x01separators\x01"},
        {"access_token": "two words"},
        {"access_token": "abc\r\nA1 LOGOUT"},
        {"access_token": "abc", "token_type": "mac"},
    ],
)
def test_what_cannot_be_borne_is_no_token(answer: dict[str, object]) -> None:
    with pytest.raises(UserFixableError) as caught:
        tokens.access_token_of(answer)
    assert caught.value.code is Code.OAUTH_BAD_ANSWER
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "lasts"),
    [(3599, 3599), ("3599", 3599), ("3599.9", 3599), (-5, 0), (10**12, 366 * 24 * 3600)],
)
def test_a_token_ends_when_the_provider_says(seconds: object, lasts: int) -> None:
    assert tokens.expiry_of({"expires_in": seconds}, NOW) == NOW + timedelta(seconds=lasts)


def test_a_token_without_an_end_lasts_an_hour() -> None:
    assert tokens.expiry_of({}, NOW) == NOW + timedelta(hours=1)


@pytest.mark.parametrize("seconds", ["soon", None, [], "inf", "nan"])
def test_an_end_that_is_no_number_is_refused(seconds: object) -> None:
    with pytest.raises(UserFixableError):
        tokens.expiry_of({"expires_in": seconds}, NOW)


def test_granted_scopes_are_read_in_either_form() -> None:
    assert tokens.granted_by({"scope": "a  b"}) == ("a", "b")
    assert tokens.granted_by({"scope": ["a", "b"]}) == ("a", "b")
    assert tokens.granted_by({}) == ()
