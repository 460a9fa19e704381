"""An application's own tokens: in memory only, one for all accounts, and never in the place of a person's."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.forecast import Lack
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.oauth import Authorization, Flow, OAuthProfile, Use
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.domain.sign_in import SignInState
from tests.servers.provider import refusal, unavailable

from .conftest import FIRST, Station

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def by_application(station: Station) -> OAuthProfile:
    """A second profile, by which nobody signs in."""
    return station.profile(name="app", flow=Flow.CLIENT_CREDENTIALS, tenant="example.org")


def test_an_application_gets_its_token_by_itself(station: Station, application_profile: OAuthProfile) -> None:
    account = station.account()
    assert station.standing(account).state is SignInState.BY_ITSELF
    assert station.tokens.credential_of(account) == FIRST
    assert station.tokens.credential_of(account) == FIRST
    station.provider.clock.advance(minutes=56)
    assert station.tokens.credential_of(account) == Secret("access-2")
    assert station.provider.log == ["application", "application"]
    assert station.tokens.renewed(account, Secret("access-2")) == Secret("access-3")
    assert station.vault.list() == []
    assert station.storage.tokens.all() == {}
    station.tokens.clear()
    assert station.standing(account).state is SignInState.BY_ITSELF
    assert station.tokens.credential_of(account) == Secret("access-4")


def test_accounts_that_ask_the_same_share_one(station: Station, application_profile: OAuthProfile) -> None:
    accounts = [station.account(name=f"{n}", username=f"{n}@example.org") for n in range(6)]
    together = threading.Barrier(len(accounts))

    def ask(number: int) -> str:
        together.wait(20)
        return station.tokens.credential_of(accounts[number]).reveal()

    with ThreadPoolExecutor(len(accounts)) as pool:
        assert set(pool.map(ask, range(len(accounts)))) == {"access-1"}
    other = station.account(name="graph", type=AccountType.MSGRAPH, host="")
    assert station.tokens.credential_of(other) == Secret("access-2")
    assert [request.use for request in station.provider.requests] == [Use.IMAP, Use.GRAPH]


def test_who_waits_for_anothers_request_can_be_stopped(station: Station, application_profile: OAuthProfile) -> None:
    account, asked, over = station.account(), threading.Event(), threading.Event()

    def before() -> None:
        asked.set()
        assert over.wait(20)

    station.provider.before = before
    interrupt = Interrupt()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(station.tokens.credential_of, account)
        assert asked.wait(20)
        second = pool.submit(station.tokens.credential_of, account, None, interrupt)
        interrupt.ask()
        with pytest.raises(UserFixableError, match="stopped"):
            second.result(20)
        over.set()
        assert first.result(20) == FIRST


def test_a_changed_profile_gets_another(station: Station, application_profile: OAuthProfile) -> None:
    account = station.account()
    assert station.tokens.credential_of(account) == FIRST
    station.storage.profiles.change(dataclasses.replace(application_profile, client_id="other"))
    assert station.tokens.credential_of(account) == Secret("access-2")


def test_trying_an_application_leaves_what_a_person_has_signed_in_for(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    by_application(station)
    shown = dataclasses.replace(account, oauth_profile="app")
    assert station.tokens.credential_of(shown) == Secret("access-2")
    assert station.standing(account).state is SignInState.SIGNED_IN
    assert station.cache(account) == "refresh-1"
    assert station.tokens.credential_of(account) == FIRST


def test_after_a_saved_change_to_an_application_there_is_a_way_back(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    app = by_application(station)
    account = station.storage.accounts.change(dataclasses.replace(account, oauth_profile="app"))
    given = station.tokens.credential_of(account)
    own = Authorization(app.uid or "", "app", app.flow, Use.IMAP, account.username, station.provider.sign_in())
    station.tokens.keep(account, own)
    assert station.tokens.credential_of(account) == given
    assert station.standing(account).state is SignInState.BY_ITSELF
    account = station.storage.accounts.change(dataclasses.replace(account, oauth_profile="cloud"))
    assert station.standing(account).state is SignInState.SIGNED_IN
    assert station.tokens.credential_of(account) == FIRST
    assert station.cache(account) == "refresh-1"


def test_what_lies_in_the_vault_does_not_matter(station: Station, application_profile: OAuthProfile) -> None:
    account = station.account()
    station.vault.put(SecretRef.token_of(account.uid or ""), Secret("not ours"))
    assert station.tokens.credential_of(account) == FIRST


def test_an_account_that_is_not_saved_is_tried(station: Station, application_profile: OAuthProfile) -> None:
    account = dataclasses.replace(station.account(), id=None, uid=None)
    assert station.tokens.credential_of(account) == FIRST
    assert station.vault.list() == []


def test_what_is_cleared_in_mid_request_is_got_all_the_same(
    station: Station, application_profile: OAuthProfile
) -> None:
    account = station.account()

    def after() -> None:
        station.tokens.clear()

    station.provider.after = after
    assert station.tokens.credential_of(account) == FIRST


def test_a_refused_application_is_its_profiles_trouble(station: Station, application_profile: OAuthProfile) -> None:
    account = station.account()
    station.provider.failures = [refusal("invalid_grant"), refusal("invalid_client", "secret-expired")]
    for _ in range(2):
        with pytest.raises(UserFixableError, match="oauth2-refused"):
            station.tokens.credential_of(account)
    assert station.standing(account).state is SignInState.BY_ITSELF


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "away"])
def test_a_living_token_goes_on_being_used(station: Station, application_profile: OAuthProfile, error: str) -> None:
    account = station.account()
    station.tokens.credential_of(account)
    station.provider.clock.advance(minutes=57)
    station.provider.failures = [unavailable() if error == "away" else refusal(error) for _ in range(3)]
    assert station.tokens.credential_of(account) == FIRST
    with pytest.raises(UserFixableError):  # but not one that the mail server refuses
        station.tokens.credential_of(account, refused=FIRST)
    station.provider.clock.advance(minutes=4)
    with pytest.raises(UserFixableError) as raised:
        station.tokens.credential_of(account)
    assert raised.value.code is (Code.OAUTH_UNAVAILABLE if error == "away" else Code.OAUTH_REFUSED)


def test_a_profile_that_becomes_personal_needs_a_person(station: Station, application_profile: OAuthProfile) -> None:
    account = station.account()
    station.tokens.credential_of(account)
    station.storage.profiles.change(dataclasses.replace(application_profile, flow=Flow.AUTHORIZATION_CODE))
    with pytest.raises(UserFixableError, match="sign-in-needed") as raised:
        station.tokens.credential_of(account)
    assert raised.value.facts["cause"] == Lack.NEVER
