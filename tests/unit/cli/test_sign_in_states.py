"""How OAuth2 accounts are doing, in the list of accounts and as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.cli import documents, report
from mailadmin.cli.states import brief, state_of
from mailadmin.domain.accounts import AccountStatus, Authentication
from mailadmin.domain.sign_in import Ending, SignIn, SignInState

from . import samples
from .samples import Seen

UNTIL = datetime(2027, 2, 18, 12, 0, tzinfo=UTC)
ACCOUNT = replace(samples.account(), authentication=Authentication.OAUTH2, oauth_profile="cloud")
GOOD = AccountStatus(
    1, last_run=samples.NOON, last_good=samples.NOON, sign_in=SignIn(SignInState.SIGNED_IN, "a", UNTIL, Ending.UNUSED)
)
REFUSED = replace(GOOD, failures=2, sign_in=SignIn(SignInState.NEEDED, since=samples.NOON, server="AADSTS50173"))


def test_an_account_that_needs_a_sign_in_says_so_first() -> None:
    word, text = state_of(ACCOUNT, REFUSED)
    assert word == "needs-sign-in"
    assert text.startswith("needs sign-in since 2026-11-20")
    assert brief(ACCOUNT, REFUSED) == "needs sign-in"
    never = replace(REFUSED, sign_in=SignIn(SignInState.NEEDED))
    assert state_of(ACCOUNT, never) == ("needs-sign-in", "needs sign-in")


def test_the_list_says_until_when_accounts_work_and_how_to_sign_in() -> None:
    seen = Seen(width=140)
    report.accounts(seen.output, [ACCOUNT], {1: GOOD}, {1: samples.NOON})
    assert "Works until" in seen.out
    assert "2027-02-18" in seen.out
    assert "authorize" not in seen.out
    seen = Seen(width=140)
    report.accounts(seen.output, [ACCOUNT], {1: REFUSED}, {})
    assert "mailadmin oauth2 authorize" in seen.out
    assert "mailadmin check" not in seen.out
    seen = Seen(width=140)
    report.accounts(seen.output, [samples.account()], {1: replace(GOOD, sign_in=None)}, {1: samples.NOON})
    assert "Works until" not in seen.out, "nothing that no account has"


def test_scripts_are_told_the_same() -> None:
    good = documents.account(ACCOUNT, GOOD, {1: samples.NOON})
    assert (good["state"], good["authentication"]) == ("ok", "oauth2")
    assert good["works_until"] == "2027-02-18T12:00:00Z"
    refused = documents.account(ACCOUNT, REFUSED, {})
    assert (refused["state"], refused["works_until"], refused["next_due"]) == ("needs-sign-in", None, None)
    plain = documents.account(samples.account(), None, {})
    assert (plain["authentication"], plain["works_until"]) == ("password", None)
