"""Several who want the tokens of one account or of one provider, and accounts that need somebody to sign in."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountState, AccountType, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.oauth import Flow, OAuthProfile, Provider, Use
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.secrets import SecretRef
from mailadmin.services.oauth import access_tokens
from mailadmin.services.oauth.kept import KeptToken
from tests.servers.memory import MemoryMailbox, MemoryServer
from tests.servers.provider import MemoryProvider, refusal
from tests.unit.services.conftest import mail

from .test_sessions import OAuthHouse, expire_on, house

__all__ = ["house"]

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


# --- one account, several sessions ---


def test_a_check_beside_a_fetch_renews_for_both(house: OAuthHouse) -> None:
    account = house.account()
    house.server.refused = {"access-1"}

    def check() -> None:  # while the fetch's refusal is on its way
        house.server.before.clear()
        assert not [layer for layer in house.app.checking.check(account).layers if layer.error]

    house.server.before["open"] = check
    assert house.fetch(account).errors == ()
    assert house.provider.log == ["refresh refresh-1"]


def test_a_session_that_ended_goes_on_with_the_token_that_another_got(house: OAuthHouse) -> None:
    account = house.account()
    house.server.add(mail(1))
    tokens, renewed = house.app.tokens, []

    def renew() -> None:
        house.server.before.clear()
        renewed.append(tokens.credential_of(account, tokens.credential_of(account)))

    house.server.before["download"] = renew
    expire_on(house.server, "download", 1)
    assert house.fetch(account).errors == ()
    assert house.tokens_used == ["access-1", "access-2"]
    assert house.provider.log == ["refresh refresh-1"]
    assert len(renewed) == 1


def test_graph_is_no_server_whose_connections_are_counted(house: OAuthHouse) -> None:
    house.app.storage.settings.set("FetchConnectionsPerServer", 1)
    together = threading.Barrier(3)

    def meet(*arguments: Any) -> MemoryMailbox:
        together.wait(20)
        return house.server.open(*arguments)

    house.app.fetching._mailboxes._open_mailbox = meet
    accounts = [
        house.account(f"a{n}", signed_in=False, type=AccountType.MSGRAPH, host="", username=f"{n}@x.example")
        for n in range(3)
    ]
    for account in accounts:
        authorization = house.provider.authorization(house.app.profiles.get("cloud"), account.username, Use.GRAPH)
        house.app.tokens.keep(account, authorization)
    outcomes = house.app.fetching.fetch(accounts)
    assert [outcome.status for outcome in outcomes] == [FetchStatus.OK] * 3


# --- trying, without saving ---


def test_a_check_by_an_application_leaves_the_stored_sign_in_alone(house: OAuthHouse) -> None:
    account = house.account()
    app = OAuthProfile(
        name="app",
        provider=Provider.MICROSOFT,
        client_id="id",
        tenant="t.example.org",
        flow=Flow.CLIENT_CREDENTIALS,
    )
    house.app.storage.profiles.add(app)
    shown = dataclasses.replace(account, oauth_profile="app")
    for try_it in (house.app.checking.check, house.app.checking.folders):
        try_it(shown, lambda: house.app.tokens.credential_of(shown))
    assert house.fetch(account).errors == ()
    assert house.tokens_used == ["access-2", "access-2", "access-1"]


def test_a_check_of_another_type_does_not_stop_the_stored_account(house: OAuthHouse) -> None:
    account = house.account()
    shown = dataclasses.replace(account, type=AccountType.MSGRAPH, host="")
    house.provider.failures = [refusal("invalid_grant", "consent-missing", "AADSTS65001: no consent")]
    report = house.app.checking.check(shown, lambda: house.app.tokens.credential_of(shown))
    assert [layer.error.code for layer in report.layers if layer.error] == [Code.SIGN_IN_NEEDED]
    assert house.state(account) is AccountState.NEVER_FETCHED
    assert house.fetch(account).errors == ()


def test_a_change_that_is_saved_and_taken_back_is_fetched_again(house: OAuthHouse) -> None:
    account = house.account()
    other = house.app.accounts.change(dataclasses.replace(account, type=AccountType.MSGRAPH, host=""))
    house.provider.failures = [refusal("invalid_grant", "consent-missing")]
    assert house.fetch(other).errors[0].code is Code.SIGN_IN_NEEDED
    assert house.state(other) is AccountState.NEEDS_SIGN_IN
    back = house.app.accounts.change(dataclasses.replace(other, type=account.type, host=account.host))
    assert house.state(back) is not AccountState.NEEDS_SIGN_IN
    assert set(house.app.schedule.due_times()) == {account.id}


# --- accounts that need a sign-in ---


def test_whoever_signs_in_is_fetched_for_at_once(house: OAuthHouse) -> None:
    account = house.account(schedule="0 0 1 1 *")
    house.provider.clock.advance(hours=2)
    house.provider.failures = [refusal("invalid_grant")]
    assert house.fetch(account).errors[0].code is Code.SIGN_IN_NEEDED
    profile = house.app.profiles.get("cloud")
    house.app.tokens.keep(account, house.provider.authorization(profile))
    assert house.app.schedule.due_times() == {account.id: None}
    assert house.fetch(account).errors == ()
    due = house.app.schedule.due_times()[account.id or 0]
    assert due is not None
    house.app.tokens.keep(account, house.provider.authorization(profile))
    assert house.app.schedule.due_times() == {account.id: due}, "it was fetched by the sign-in before, too"


@pytest.mark.parametrize("how", ["never", "cleared", "changed"])
def test_whatever_was_missing_the_account_is_due_then(house: OAuthHouse, how: str) -> None:
    account = house.account(signed_in=how != "never")
    if how == "cleared":
        house.app.tokens.clear()
    if how == "changed":
        account = house.app.accounts.change(dataclasses.replace(account, username="sales@example.org"))
    house.app.storage.accounts.set_due(account.id or 0, house.app.storage.now() + timedelta(days=100))
    house.app.tokens.keep(account, house.provider.authorization(house.app.profiles.get("cloud"), account.username))
    assert house.app.schedule.due_times() == {account.id: None}


def test_fetching_all_does_not_ask_a_provider_again_that_has_said_no(house: OAuthHouse) -> None:
    account = house.account()
    house.provider.clock.advance(hours=2)
    house.provider.failures = [refusal("invalid_grant", "password-changed", "AADSTS50173: no")]
    for _ in range(3):
        outcome = house.fetch()
        assert outcome.status is FetchStatus.FAILED
        (error,) = outcome.errors
        assert (error.code, error.facts["cause"]) == (Code.SIGN_IN_NEEDED, "password-changed")
        assert error.server == "AADSTS50173: no"
    assert len(house.provider.log) == 1
    assert house.fetch(account).status is FetchStatus.OK, "asked for by name it is tried anew"
    assert house.fetch().status is FetchStatus.OK


# --- the end of the program ---


def kept_token(app: Application, account: IncomingAccount) -> str:
    ref = SecretRef.token_of(account.uid or "")
    sealed = app.vault.get(ref)
    assert sealed is not None
    return KeptToken.opened(ref, sealed).cache.reveal()


def test_a_check_that_is_stopped_and_left_loses_no_token(
    tmp_path: Path, sqlite_template: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, tmp_path / "mailadmin.db")
    options, provider, server = Options(home=tmp_path, key_file=tmp_path / "key"), MemoryProvider(), MemoryServer()
    asked, ending = threading.Event(), threading.Event()
    wait = access_tokens.InFlight.wait

    def waiting(*arguments: Any) -> bool:
        ending.set()
        return wait(*arguments)

    def after() -> None:  # the old token is used up, and the answer on its way
        asked.set()
        assert ending.wait(20)

    monkeypatch.setattr(access_tokens.InFlight, "wait", waiting)
    with open_application(options, open_mailbox=server.open, open_client=provider.open) as app:
        app.tokens._clock = provider.clock
        account = OAuthHouse(app, server, provider).account()
        provider.clock.advance(hours=2)
        provider.after = after
        assert app.checking.check(account, should_stop=asked.is_set).stopped
        assert kept_token(app, account) == "refresh-1"
    with open_application(options) as app:
        assert kept_token(app, account) == "refresh-2"
