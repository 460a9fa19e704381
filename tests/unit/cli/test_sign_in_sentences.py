"""How an OAuth2 account stands with its provider, in words and as JSON."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.cli import documents, report
from mailadmin.cli.output import Output
from mailadmin.cli.sign_in_sentences import ending, reason, reason_code, signed_in
from mailadmin.domain import forecast
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.sign_in import Ending, SignIn, SignInState

ACCOUNT = IncomingAccount(name="our orders", type=AccountType.IMAPS, username="orders@example.org", id=7)
SOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
REFUSED = SignIn(SignInState.NEEDED, "orders@example.org", since=SOON, cause="revoked", server="AADSTS50173: \x1b no")


@pytest.mark.parametrize("why", list(Ending))
def test_every_ending_has_a_sentence_with_its_day(why: Ending) -> None:
    standing = SignIn(SignInState.SIGNED_IN, "orders@example.org", SOON, why)
    assert reason_code(standing) == why.value
    assert reason(ACCOUNT, standing).endswith(".")
    assert "2026-12-24" in ending(standing)


@pytest.mark.parametrize(
    ("days", "said"),
    [(61, ""), (60, "60 days"), (20, "30 days"), (6, "7 days"), (0.5, "1 day"), (0, "was to end"), (-3, "was to end")],
)
@pytest.mark.parametrize("why", list(Ending))
def test_it_is_said_that_something_ends_soon(days: float, said: str, why: Ending) -> None:
    standing = SignIn(SignInState.SIGNED_IN, "orders@example.org", SOON, why)
    out = io.StringIO()
    report.sign_ins(Output(out=out, err=io.StringIO()), [(ACCOUNT, standing)], SOON - timedelta(days=days))
    lines = [line for line in out.getvalue().splitlines() if line.startswith("our orders: ")]
    assert len(lines) == bool(said)
    assert all(said in line for line in lines)


def test_a_project_in_testing_is_told_of_with_the_switch_to_flip() -> None:
    standing = SignIn(SignInState.SIGNED_IN, "orders@example.org", SOON, Ending.TEST_PROJECT)
    needed = SignIn(SignInState.NEEDED, since=SOON, cause=forecast.TEST_PROJECT, server="invalid_grant")
    for said in (reason(ACCOUNT, standing), reason(ACCOUNT, needed)):
        assert "probably" in said
        assert "Audience" in said
        assert '"Publish app"' in said


def test_nothing_is_said_of_an_ending_that_is_not_known() -> None:
    standing = SignIn(SignInState.SIGNED_IN, "orders@example.org")
    assert (ending(standing), reason(ACCOUNT, standing), reason_code(standing)) == ("", "", "")


def test_somebody_who_must_sign_in_is_told_how() -> None:
    assert "mailadmin oauth2 authorize 'our orders'" in reason(ACCOUNT, SignIn(SignInState.NEEDED))


def test_a_refusal_is_told_with_its_code_and_the_providers_words_made_harmless() -> None:
    document = documents.sign_in(ACCOUNT, REFUSED)
    assert (document["state"], document["reason_code"], document["since"]) == (
        "needs sign-in", "revoked", "2026-12-24T12:00:00Z",
    )  # fmt: skip
    assert document["server"] == r"AADSTS50173: \x1b no"
    assert document["reason"]


def test_an_application_is_said_to_sign_in_by_itself() -> None:
    assert "by itself" in signed_in(SignIn(SignInState.BY_ITSELF), ACCOUNT)


def test_the_table_says_what_to_do_when_somebody_must_sign_in() -> None:
    out = io.StringIO()
    report.sign_ins(Output(out=out, err=io.StringIO()), [(ACCOUNT, REFUSED)])
    assert "our orders" in out.getvalue()
    assert "needs sign-in" in out.getvalue()
    assert out.getvalue().endswith("To sign in: mailadmin oauth2 authorize ACCOUNT\n")
    assert "\x1b" not in out.getvalue()
