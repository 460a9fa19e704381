"""A renewal that goes wrong: nothing is lost by it, and nothing is said of an account that is not so."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.forecast import Lack
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import token_lease
from mailadmin.domain.oauth import OAuthProfile, TokenRecord
from mailadmin.domain.secrets import Secret
from mailadmin.domain.sign_in import SignInState
from mailadmin.services.accounts import change_account
from mailadmin.services.oauth import shelf
from mailadmin.services.oauth.profiles import change_profile
from mailadmin.services.oauth.shelf import Found
from tests.servers.provider import MemoryClient, refusal, unavailable
from tests.unit.storage.samples import wait_until_blocked

from .conftest import FIRST, Station

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NewStation = Callable[[], Station]


def throttled(seconds: str = "120") -> UserFixableError:
    facts = {"host": "login.example.org", "detail": "429", "retry_after": seconds}
    return UserFixableError(Code.OAUTH_UNAVAILABLE, facts)


# --- what was asked for something else ---


@sqlite_only
@pytest.mark.parametrize(
    "shown", [{"type": AccountType.MSGRAPH, "host": "", "port": None}, {"opens_mailbox": "shared@example.org"}]
)
def test_values_that_are_tried_do_not_stop_the_stored_account(
    station: Station, profile: OAuthProfile, shown: dict[str, object]
) -> None:
    account = station.signed_in()
    tried = dataclasses.replace(account, **shown)  # type: ignore[arg-type]
    station.provider.failures = [refusal("invalid_grant", "consent-missing")]
    with pytest.raises(UserFixableError, match="sign-in-needed") as raised:
        station.tokens.credential_of(tried, refused=FIRST)
    assert raised.value.facts["cause"] == "consent-missing"
    assert station.standing(account).state is SignInState.SIGNED_IN
    assert station.tokens.credential_of(account) == FIRST


@sqlite_only
def test_a_saved_change_of_type_is_tried_anew(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    account = change_account(station.storage, dataclasses.replace(account, type=AccountType.MSGRAPH, host=""))
    station.provider.failures = [refusal("invalid_grant", "consent-missing")]
    with pytest.raises(UserFixableError, match="sign-in-needed"):
        station.tokens.credential_of(account)
    assert station.standing(account).cause == "consent-missing"
    account = change_account(station.storage, dataclasses.replace(account, comment="of no account here"))
    assert station.standing(account).state is SignInState.NEEDED
    account = change_account(
        station.storage, dataclasses.replace(account, type=AccountType.IMAPS, host="mail.example.org")
    )
    assert station.standing(account).state is SignInState.SIGNED_IN
    assert station.tokens.credential_of(account) == FIRST


@sqlite_only
def test_a_saved_change_of_type_does_not_bring_back_what_was_cleared(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.tokens.clear()
    account = change_account(station.storage, dataclasses.replace(account, type=AccountType.MSGRAPH, host=""))
    assert station.standing(account).cause == Lack.CLEARED


@sqlite_only
def test_a_profile_is_renamed_while_its_account_waits_in_a_round(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.storage.profiles.change(dataclasses.replace(profile, name="cloud 2"))
    assert station.tokens.credential_of(account) == FIRST
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    station.provider.failures = [refusal("invalid_grant")]
    with pytest.raises(UserFixableError, match="sign-in-needed"):
        station.tokens.credential_of(account, refused=Secret("access-2"))
    assert station.standing(station.storage.accounts.all()[0]).state is SignInState.NEEDED


# --- what could not be stored ---


@sqlite_only
def test_a_database_that_is_away_for_a_moment_costs_no_sign_in(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "AGAIN_SECONDS", 0.01)
    account = station.signed_in()
    put, failures = station.vault.put, [Code.DATABASE_LOCKED, Code.DATABASE_UNREACHABLE, Code.KEYRING_LOCKED]

    def failing(*arguments: object) -> None:
        if failures:
            raise UserFixableError(failures.pop(0), {"url": "x"})
        put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(station.vault, "put", failing)
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert new_station().tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert station.provider.log == ["refresh refresh-1"]
    assert not station.tokens._shelf._unstored


@sqlite_only
def test_whatever_ends_the_storing_the_token_is_held(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = station.signed_in()

    def cut(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(station.vault, "put", cut)
        with pytest.raises(KeyboardInterrupt):
            station.tokens.credential_of(account, refused=FIRST)
    assert station.cache(account) == "refresh-1"
    station.tokens.close()
    assert station.cache(account) == "refresh-2", "it is stored at the end at the latest"


@sqlite_only
def test_a_refusal_that_was_written_since_stays(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "STORE_SECONDS", 0.0)
    account, other = station.signed_in(), new_station()

    def failing(*arguments: object) -> None:
        raise UserFixableError(Code.DATABASE_UNREACHABLE, {"url": "x"})

    with monkeypatch.context() as patch:
        patch.setattr(station.vault, "put", failing)
        with pytest.raises(UserFixableError, match="unreachable"):
            station.tokens.credential_of(account, refused=FIRST)
    with pytest.raises(UserFixableError, match="sign-in-needed"):
        other.tokens.credential_of(account, refused=FIRST)
    refused = other.record(account).refused
    station.provider.clock.advance(minutes=1)
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2"), "stored by now, and lives"
    assert station.cache(account) == "refresh-2"
    assert station.record(account).refused == refused
    assert station.standing(account).state is SignInState.NEEDED


# --- who may ask ---


def lose(station: Station, account_id: int | None) -> None:
    """As when the computer slept for longer than a lease lasts."""
    station.storage.leases.expire(token_lease(account_id or 0))


@sqlite_only
def test_a_lease_that_was_lost_before_asking_is_taken_anew(
    station: Station, profile: OAuthProfile, new_station: NewStation
) -> None:
    account, other = station.signed_in(), new_station()

    def opening(*arguments: object) -> MemoryClient:  # the keyring is waited for, and the computer sleeps
        station.tokens._open_client = station.provider.open
        lose(station, account.id)
        assert other.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
        return station.provider.open(*arguments)  # type: ignore[arg-type]

    station.tokens._open_client = opening
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert station.provider.log == ["refresh refresh-1"]


@sqlite_only
def test_without_the_lease_the_provider_is_not_asked(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = station.signed_in()
    look = station.tokens._shelf.look

    def looking(*arguments: object) -> Found:
        found = look(*arguments)  # type: ignore[arg-type]
        lose(station, account.id)
        return found

    monkeypatch.setattr(station.tokens._shelf, "look", looking)
    with pytest.raises(UserFixableError, match="unavailable"):
        station.tokens.credential_of(account, refused=FIRST)
    assert station.provider.log == []
    monkeypatch.undo()
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")


@sqlite_only
def test_a_sign_in_between_the_record_and_the_secret_is_not_refused(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, other = station.signed_in(), new_station()
    get, looks = station.vault.get, iter(range(9))

    def getting(*arguments: object) -> Secret | None:
        got = get(*arguments)  # type: ignore[arg-type]
        if next(looks) == 1:  # with the old token in hand, under the lease
            station.provider.clock.advance(seconds=1)
            other.tokens.keep(account, station.provider.authorization(profile))
        return got

    monkeypatch.setattr(station.vault, "get", getting)
    station.provider.failures = [refusal("invalid_grant")]
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2"), "of the new sign-in"
    assert station.standing(account).state is SignInState.SIGNED_IN


# --- several sessions, and a provider that is asked too often ---


@sqlite_only
def test_several_sessions_are_told_of_the_newer_token(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    one, other = station.tokens.credential_of(account), station.tokens.credential_of(account)
    assert station.tokens.renewed(account, one) == Secret("access-2")
    assert station.tokens.renewed(account, other) == Secret("access-2")
    assert station.provider.log == ["refresh refresh-1"]


@sqlite_only
def test_a_provider_that_wants_patience_is_not_asked_for_each_account(station: Station, profile: OAuthProfile) -> None:
    accounts = [station.account(name=f"{n}", username=f"{n}@example.org") for n in range(3)]
    for account in accounts:
        station.tokens.keep(account, station.provider.authorization(profile, account.username))
    station.provider.clock.advance(hours=2)
    station.provider.failures = [throttled()]
    for account in accounts:
        with pytest.raises(UserFixableError) as raised:
            station.tokens.credential_of(account)
        assert raised.value.facts["retry_after"] == "120"
    assert len(station.provider.log) == 1
    station.provider.clock.advance(seconds=119)
    with pytest.raises(UserFixableError) as raised:
        station.tokens.credential_of(accounts[2])
    assert raised.value.facts["retry_after"] == "1"
    station.provider.clock.advance(seconds=1)
    station.tokens.credential_of(accounts[2])
    assert len(station.provider.log) == 2


@sqlite_only
def test_patience_has_an_end_and_a_living_token_needs_none(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.clock.advance(minutes=57)
    station.provider.failures = [throttled("9" * 30)]
    for _ in range(2):
        assert station.tokens.credential_of(account) == FIRST
    assert len(station.provider.log) == 1
    station.provider.clock.advance(hours=1)
    assert station.tokens.credential_of(account) == Secret("access-2")


@sqlite_only
def test_a_changed_profile_asks_at_once(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.failures = [throttled(), unavailable()]
    for _ in range(2):
        with pytest.raises(UserFixableError, match="unavailable"):
            station.tokens.credential_of(account, refused=FIRST)
    assert len(station.provider.log) == 1
    station.storage.profiles.change(dataclasses.replace(profile, comment="behind a proxy now"))
    with pytest.raises(UserFixableError, match="503"):
        station.tokens.credential_of(account, refused=FIRST)


@sqlite_only
def test_what_needs_no_person_does_not_end_a_living_token(
    station: Station, profile: OAuthProfile, caplog: pytest.LogCaptureFixture
) -> None:
    account = station.signed_in()
    station.provider.clock.advance(minutes=57)
    station.provider.failures = [refusal("invalid_client", "secret-expired")]
    assert station.tokens.credential_of(account) == FIRST
    assert [one.levelno for one in caplog.records if "secret-expired" in one.getMessage()] == [logging.WARNING]


@sqlite_only
def test_a_refused_account_is_told_so_without_asking(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.failures = [refusal("invalid_grant", "password-changed", "AADSTS50173: no")]
    with pytest.raises(UserFixableError, match="sign-in-needed") as first:
        station.tokens.credential_of(account, refused=FIRST)
    with pytest.raises(UserFixableError, match="sign-in-needed") as again:
        station.tokens.credential_of(account, refused=FIRST, anew=False)
    assert len(station.provider.log) == 1
    assert (again.value.server, again.value.layer) == (first.value.server, first.value.layer)
    assert again.value.facts["cause"] == "password-changed"
    assert set(first.value.facts) - {"error"} <= set(again.value.facts), "what advice needs to know"
    assert station.tokens.credential_of(account, anew=False) == FIRST, "as long as it lives"
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")


# --- the end ---


@sqlite_only
def test_the_end_waits_for_a_token_that_is_on_its_way(station: Station, profile: OAuthProfile) -> None:
    account, asked, answer = station.signed_in(), threading.Event(), threading.Event()

    def after() -> None:
        asked.set()
        assert answer.wait(20)

    station.provider.after = after
    with ThreadPoolExecutor(2) as pool:
        renewing = pool.submit(station.tokens.credential_of, account, FIRST)
        assert asked.wait(20)
        closing = pool.submit(station.tokens.close, 20)
        assert not closing.done()
        answer.set()
        closing.result(20)
        assert station.cache(account) == "refresh-2"
        renewing.result(20)
    with pytest.raises(UserFixableError, match="stopped"):  # and none begins any more
        station.tokens.credential_of(account, refused=Secret("access-2"))
    assert len(station.provider.log) == 1


@sqlite_only
def test_the_end_does_not_wait_for_ever(
    station: Station, profile: OAuthProfile, caplog: pytest.LogCaptureFixture
) -> None:
    account, asked, answer = station.signed_in(), threading.Event(), threading.Event()

    def before() -> None:
        asked.set()
        assert answer.wait(20)

    station.provider.before = before
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(station.tokens.credential_of, account, FIRST)
        assert asked.wait(20)
        station.tokens.close(0.05)
        answer.set()
        assert renewing.result(20) == Secret("access-2")
    assert any("comes to no end" in one.getMessage() for one in caplog.records)


@sqlite_only
def test_who_was_stopped_does_not_begin(station: Station, profile: OAuthProfile) -> None:
    account, interrupt = station.signed_in(), Interrupt()
    interrupt.ask()
    with pytest.raises(UserFixableError, match="stopped"):
        station.tokens.credential_of(account, FIRST, interrupt)
    assert station.provider.log == []


# --- however many ---


def test_many_tokens_are_cleared_in_few_steps(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_AT_ONCE", 7)
    accounts = [station.signed_in(name=f"{n}", username=f"{n}@example.org") for n in range(20)]
    assert station.tokens.clear(accounts[:3]) == 3
    assert {account.id for account in accounts[3:]} == {
        account_id
        for account_id, sign_in in station.tokens.sign_ins().items()
        if sign_in.state is SignInState.SIGNED_IN
    }
    when = station.provider.clock()
    station.provider.clock.advance(minutes=1)
    assert station.tokens.clear() == 17
    assert station.vault.list() == []
    assert {one.cause for one in station.tokens.sign_ins().values()} == {Lack.CLEARED}
    assert station.standing(accounts[0]).since == when, "since when it was cleared"


def test_another_registration_ends_its_own_tokens_only(station: Station, profile: OAuthProfile) -> None:
    other = station.profile(name="other")
    accounts = [station.signed_in(name=f"{n}", username=f"{n}@example.org") for n in range(5)]
    apart = station.signed_in(name="apart", oauth_profile=other.name)
    change_profile(station.storage, dataclasses.replace(profile, client_id="another"))
    assert {station.standing(account).cause for account in accounts} == {Lack.CHANGED}
    assert [ref.owner_uid for ref in station.vault.list()] == [apart.uid]
    assert station.standing(apart).state is SignInState.SIGNED_IN


# --- a new key in mid-transaction ---


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_new_key_in_the_middle_of_a_sign_in_waits_for_it(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, other = station.signed_in(), new_station()
    other.vault.available()
    station.provider.clock.advance(seconds=1)
    store, changed = station.storage.secrets.store, list[int]()
    changing = threading.Thread(target=lambda: changed.append(other.vault.change_key()))

    def storing(*arguments: object) -> None:
        changing.start()
        wait_until_blocked(other.storage, changing)
        store(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(station.storage.secrets, "store", storing)
    station.tokens.keep(account, station.provider.authorization(profile))
    changing.join(30)
    assert changed == [1]
    assert station.cache(account) == "refresh-2"
    assert new_station().cache(account) == "refresh-2"


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_new_key_before_the_secret_is_stored_is_used(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, other = station.signed_in(), new_station()
    put = station.storage.tokens.put

    def putting(record: TokenRecord) -> bool:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(other.vault.change_key).result(30) == 1
        return put(record)

    monkeypatch.setattr(station.storage.tokens, "put", putting)
    station.tokens.keep(account, station.provider.authorization(profile))
    assert station.cache(account) == "refresh-2"
