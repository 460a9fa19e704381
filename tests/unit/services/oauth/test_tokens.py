"""What accounts sign in with stays fresh, and no token is lost."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from mailadmin.domain import forecast
from mailadmin.domain.accounts import AccountType, Authentication, Validity
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.forecast import Lack
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import Holder, token_lease
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, Use
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.domain.sign_in import Ending, SignInState
from mailadmin.services.leases import this_process
from mailadmin.services.oauth import renewal, shelf
from mailadmin.services.oauth.shelf import Renewed
from tests.servers.provider import refusal, unavailable

from .conftest import FIRST, Station

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NewStation = Callable[[], Station]


def needed(station: Station, account: object, **more: object) -> UserFixableError:
    with pytest.raises(UserFixableError) as raised:
        station.tokens.credential_of(account, **more)  # type: ignore[arg-type]
    assert raised.value.code is Code.SIGN_IN_NEEDED, raised.value
    assert raised.value.layer is Layer.SIGN_IN
    return raised.value


# --- what is handed out ---


@sqlite_only
def test_a_password_account_has_its_password(station: Station) -> None:
    account = station.account(authentication=Authentication.PASSWORD, oauth_profile="")
    with pytest.raises(UserFixableError, match="no-password") as raised:
        station.tokens.credential_of(account)
    assert raised.value.layer is Layer.SIGN_IN
    station.vault.put(SecretRef.password_of(account.uid or ""), Secret("pw"))
    assert station.tokens.credential_of(account) == Secret("pw")


def test_a_token_that_lasts_is_used_as_it_is(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.clock.advance(minutes=54)
    assert station.tokens.credential_of(account) == FIRST
    assert station.provider.log == []


@sqlite_only
def test_a_profile_that_is_not_valid_gives_nothing(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    stored = station.storage.profiles.change(dataclasses.replace(profile, validity=Validity.INVALID_TEMPORARILY))
    with pytest.raises(UserFixableError) as raised:
        station.tokens.credential_of(account)
    facts = {"profile": profile.name, "validity": "invalid-temporarily"}
    assert (raised.value.code, raised.value.facts, raised.value.layer) == (Code.PROFILE_NOT_VALID, facts, Layer.SIGN_IN)
    assert station.provider.log == []
    station.storage.profiles.change(dataclasses.replace(stored, validity=Validity.VALID))
    assert station.tokens.credential_of(account) == FIRST, "and nothing was lost by it"


def test_a_token_is_renewed_ahead_of_its_end_and_its_successor_is_kept(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.clock.advance(minutes=56)
    assert station.tokens.credential_of(account) == Secret("access-2")
    assert station.provider.log == ["refresh refresh-1"]
    assert station.cache(account) == "refresh-2"
    record = station.record(account)
    assert (record.renewed, record.expires) == (station.provider.clock(), station.provider.clock() + timedelta(hours=1))
    assert record.signed_in == station.provider.clock() - timedelta(minutes=56)
    assert station.tokens.credential_of(account) == Secret("access-2"), "and used from then on"
    assert len(station.provider.log) == 1


@sqlite_only
def test_a_refused_token_is_renewed_however_long_it_would_last(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2"), "a newer one is stored by now"
    assert station.provider.log == ["refresh refresh-1"]


@sqlite_only
def test_only_a_token_of_the_accounts_own_is_renewed_for_a_mail_server(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    assert station.tokens.renewed(account, Secret("of a sign-in that is not saved")) is None
    assert station.provider.log == []
    token = station.tokens.credential_of(account)
    assert station.tokens.renewed(account, token) == Secret("access-2")


@sqlite_only
def test_a_token_for_another_use_is_not_used(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    account = station.storage.accounts.change(dataclasses.replace(account, type=AccountType.MSGRAPH, host=""))
    assert station.tokens.credential_of(account) == Secret("access-2")
    (request,) = station.provider.requests
    assert request.use is Use.GRAPH
    assert request.login_hint == account.username
    assert all("graph.microsoft.com" in scope for scope in request.scopes)


@sqlite_only
def test_the_profiles_secret_goes_along(station: Station) -> None:
    profile = station.profile(client_authentication=ClientAuthentication.SECRET)
    account = station.signed_in()
    ref = SecretRef(SecretOwner.PROFILE, profile.uid or "", SecretKind.CLIENT_SECRET)
    station.vault.put(ref, Secret("the client secret"))
    station.tokens.credential_of(account, refused=FIRST)
    assert station.provider.credentials == [Secret("the client secret")]


# --- who must sign in ---


@sqlite_only
def test_without_a_sign_in_nobody_is_asked(station: Station, profile: OAuthProfile) -> None:
    account = station.account()
    assert needed(station, account).facts == {"name": "support", "cause": ""}
    assert needed(station, dataclasses.replace(account, id=None, uid=None)).facts["cause"] == ""
    assert station.provider.log == []


@sqlite_only
def test_a_token_is_for_its_user_and_its_profile_only(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    assert station.tokens.credential_of(dataclasses.replace(account, username=" Support@Example.ORG ")) == FIRST
    assert needed(station, dataclasses.replace(account, username="sales@example.org")).facts["cause"] == Lack.CHANGED
    station.profile(name="other")
    assert needed(station, dataclasses.replace(account, oauth_profile="other")).facts["cause"] == Lack.CHANGED
    with pytest.raises(UserFixableError, match="unknown-profile"):
        station.tokens.credential_of(dataclasses.replace(account, oauth_profile="gone", id=None, uid=None))


@sqlite_only
def test_a_token_that_cannot_be_renewed_lasts_to_its_end(station: Station, profile: OAuthProfile) -> None:
    station.provider.renewable = False
    account = station.signed_in()
    ends = station.provider.clock() + timedelta(hours=1)
    assert (station.standing(account).works_until, station.standing(account).ending) == (ends, Ending.SESSION)
    station.provider.clock.advance(minutes=59)
    assert station.tokens.credential_of(account) == FIRST
    station.provider.clock.advance(minutes=1)
    assert needed(station, account).facts["cause"] == Lack.ENDED
    assert (station.standing(account).state, station.standing(account).since) == (SignInState.NEEDED, ends)
    assert station.provider.log == []


@sqlite_only
@pytest.mark.parametrize("error", sorted(renewal.ENDED))
def test_a_no_for_good_is_known_at_once(
    station: Station, profile: OAuthProfile, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = station.signed_in()
    station.provider.failures = [
        refusal(error, "password-changed", "AADSTS50173: no"),
        refusal(error, "password-changed"),
    ]
    asked = needed(station, account, refused=FIRST)
    assert (asked.facts["cause"], asked.server) == ("password-changed", "AADSTS50173: no")
    standing = station.standing(account)
    assert standing.state is SignInState.NEEDED
    assert (standing.since, standing.cause) == (station.provider.clock(), "password-changed")
    assert standing.server == "AADSTS50173: no"
    assert station.cache(account) == "refresh-1", "an administrator's mistake at the provider can be undone"
    since = station.provider.clock()
    station.provider.clock.advance(hours=2)
    needed(station, account)
    assert len(station.provider.log) == 2, "who tries again is not answered from memory"
    assert station.standing(account).since == since
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING and "support" in one.getMessage()]
    assert len(warnings) == 1, "said once"
    assert station.tokens.credential_of(account) == Secret("access-2"), "the provider has changed its mind"
    assert station.standing(account).state is SignInState.SIGNED_IN


@sqlite_only
@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "invalid_scope", "invalid_request"])
def test_what_is_wrong_with_the_profile_does_not_end_a_sign_in(
    station: Station, profile: OAuthProfile, error: str
) -> None:
    account = station.signed_in()
    station.provider.failures = [refusal(error, "secret-expired")]
    with pytest.raises(UserFixableError, match="oauth2-refused") as raised:
        station.tokens.credential_of(account, refused=FIRST)
    assert raised.value.facts["cause"] == "secret-expired"
    assert station.standing(account).state is SignInState.SIGNED_IN
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")


@sqlite_only
@pytest.mark.parametrize("failure", [unavailable, lambda: UserFixableError(Code.OAUTH_BAD_ANSWER, {"check": "format"})])
def test_while_the_provider_is_away_a_living_token_goes_on_being_used(
    station: Station, profile: OAuthProfile, failure: Callable[[], UserFixableError]
) -> None:
    account = station.signed_in()
    station.provider.clock.advance(minutes=57)
    station.provider.failures = [failure(), failure(), failure()]
    assert station.tokens.credential_of(account) == FIRST
    with pytest.raises(UserFixableError) as raised:  # but not one that the mail server refuses
        station.tokens.credential_of(account, refused=FIRST)
    assert raised.value.layer is Layer.SIGN_IN
    station.provider.clock.advance(minutes=4)
    with pytest.raises(UserFixableError) as raised:
        station.tokens.credential_of(account)
    assert raised.value.code is failure().code
    assert station.standing(account).state is SignInState.SIGNED_IN, "nothing is discarded"
    assert station.tokens.credential_of(account) == Secret("access-2")


# --- one at a time ---


@pytest.mark.parametrize("life", [timedelta(hours=1), timedelta(seconds=60)], ids=["usual", "short"])
def test_of_many_who_need_a_token_one_asks(
    station: Station, profile: OAuthProfile, new_station: NewStation, life: timedelta
) -> None:
    station.provider.life = life
    account = station.signed_in()
    station.provider.clock.advance(hours=2)
    stations = [station, station, station, new_station(), new_station(), new_station()]
    together = threading.Barrier(len(stations))

    def ask(one: Station) -> str:
        together.wait(20)
        return one.tokens.credential_of(account).reveal()

    with ThreadPoolExecutor(len(stations)) as pool:
        assert set(pool.map(ask, stations)) == {"access-2"}
    assert station.provider.log == ["refresh refresh-1"]
    assert new_station().cache(account) == "refresh-2"


@sqlite_only
def test_a_token_of_a_short_life_is_used_for_half_of_it(station: Station, profile: OAuthProfile) -> None:
    """Whoever comes after the one who renewed it takes it, though it ends soon."""
    station.provider.life = timedelta(seconds=60)
    account = station.signed_in()
    station.provider.clock.advance(hours=2)
    assert station.tokens.credential_of(account) == Secret("access-2")
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    station.provider.clock.advance(seconds=29)
    assert station.tokens.credential_of(account) == Secret("access-2")
    assert station.provider.log == ["refresh refresh-1"]
    station.provider.clock.advance(seconds=1)
    assert station.tokens.credential_of(account) == Secret("access-3")


def test_others_work_on_the_database_while_the_provider_is_waited_for(
    station: Station, profile: OAuthProfile, new_station: NewStation
) -> None:
    account = station.signed_in()
    other = new_station()
    station.provider.before = lambda: other.storage.settings.set("FetchParallel", 3)
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert station.storage.settings.load().number("FetchParallel") == 3


def test_a_holder_that_has_died_is_replaced(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    me = this_process()
    dead = Holder(me.host, me.pid, me.started - 1000, me.user)
    assert station.storage.leases.take(token_lease(account.id or 0), dead, lambda holder: False)
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")


@sqlite_only
def test_a_holder_that_comes_to_no_end_is_not_waited_for_for_ever(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "WAIT_SECONDS", 0.3)
    account = station.signed_in()
    holder = Holder("elsewhere", 1, 1.0, "somebody")
    assert station.storage.leases.take(token_lease(account.id or 0), holder, lambda holder: False)
    station.provider.clock.advance(minutes=57)
    assert station.tokens.credential_of(account) == FIRST, "good enough, as long as it lives"
    station.provider.clock.advance(minutes=4)
    with pytest.raises(UserFixableError, match="unavailable") as raised:
        station.tokens.credential_of(account)
    assert "somebody@elsewhere" in raised.value.facts["detail"]
    assert station.provider.log == [], "two would use one refresh token"


@sqlite_only
def test_who_waits_can_be_stopped(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    holder = Holder("elsewhere", 1, 1.0, "somebody")
    assert station.storage.leases.take(token_lease(account.id or 0), holder, lambda holder: False)
    interrupt = Interrupt()
    take, tried = station.storage.leases.take, threading.Event()

    def noted(*arguments: object) -> object:
        tried.set()
        return take(*arguments)  # type: ignore[arg-type]

    station.storage.leases.take = noted  # type: ignore[method-assign,assignment]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(station.tokens.credential_of, account, FIRST, interrupt)
        assert tried.wait(20)
        interrupt.ask()
        with pytest.raises(UserFixableError, match="stopped"):
            waiting.result(20)


def test_the_lease_is_given_back(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    station.provider.failures = [unavailable()]
    with pytest.raises(UserFixableError):
        station.tokens.credential_of(account, refused=FIRST)
    view = station.storage.leases.view(token_lease(account.id or 0))
    assert view is not None
    assert view.holder is None


# --- nothing is lost ---


def test_whoever_signs_in_meanwhile_wins(station: Station, profile: OAuthProfile, new_station: NewStation) -> None:
    account = station.signed_in()
    other = new_station()

    def person() -> None:
        station.provider.after = lambda: None
        other.tokens.keep(account, station.provider.authorization(profile))

    station.provider.after = person  # access-2 was given, and then access-3 to the person
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-3")
    assert station.cache(account) == "refresh-3"
    assert station.record(account).signed_in == station.provider.clock()


def test_a_refusal_of_the_old_does_not_touch_the_new(
    station: Station, profile: OAuthProfile, new_station: NewStation
) -> None:
    account = station.signed_in()
    other = new_station()

    def person() -> None:
        station.provider.before = lambda: None
        station.provider.clock.advance(seconds=1)
        other.tokens.keep(account, station.provider.authorization(profile))

    station.provider.before = person
    station.provider.failures = [refusal("invalid_grant")]
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2"), "of the new sign-in"
    assert station.standing(account).state is SignInState.SIGNED_IN


def test_what_is_cleared_meanwhile_stays_cleared(
    station: Station, profile: OAuthProfile, new_station: NewStation
) -> None:
    account = station.signed_in()
    other = new_station()
    cleared: list[int] = []
    station.provider.after = lambda: cleared.append(other.tokens.clear())
    assert needed(station, account, refused=FIRST).facts["cause"] == Lack.CLEARED
    assert station.kept(account) is None
    assert cleared == [1]


@sqlite_only
@pytest.mark.parametrize("broken", ["vault", "record"])
def test_what_could_not_be_stored_is_held_and_stored_later(
    station: Station,
    profile: OAuthProfile,
    broken: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelf, "STORE_SECONDS", 0.0)
    account = station.signed_in()
    whole = {"vault": station.vault, "record": station.storage.tokens}[broken]
    put = whole.put  # type: ignore[attr-defined]

    def failing(*arguments: object) -> None:
        raise UserFixableError(Code.DATABASE_FULL, {"url": "x"})

    whole.put = failing  # type: ignore[attr-defined]
    for _ in range(2):
        with pytest.raises(MailadminError, match="database-full"):
            station.tokens.credential_of(account, refused=FIRST)
    assert station.provider.log == ["refresh refresh-1"], "not asked again with a token that is used up"
    assert any(one.levelno == logging.ERROR and "could not be stored" in one.getMessage() for one in caplog.records)
    assert station.cache(account) == "refresh-1"
    whole.put = put  # type: ignore[attr-defined]
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert station.cache(account) == "refresh-2"
    assert station.provider.log == ["refresh refresh-1"]


@sqlite_only
def test_what_is_just_being_stored_is_nothing_left_over(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account = station.signed_in()
    kept_in = station.tokens._shelf
    store = kept_in._store

    def looking(renewed: Renewed) -> None:
        monkeypatch.setattr(kept_in, "_store", store)
        assert kept_in.look(account).kept is not None, "as another thread does"
        store(renewed)

    monkeypatch.setattr(kept_in, "_store", looking)
    assert station.tokens.credential_of(account, refused=FIRST) == Secret("access-2")
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_tokens_are_cleared_while_one_is_stored(
    station: Station, profile: OAuthProfile, new_station: NewStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Account, token, secret: both lock them in this order, so neither has what the other waits for."""
    account = station.signed_in()
    other = new_station()
    storing, clearing = threading.Event(), threading.Event()
    get, forget = station.vault.get, other.storage.secrets.forget_tokens

    def got(ref: SecretRef) -> Secret | None:
        if station.storage.secrets._database.in_transaction:  # with the token's row held
            storing.set()
            clearing.wait(0.5)
        return get(ref)

    def forgotten(uids: Sequence[str]) -> int:
        count = forget(uids)
        clearing.set()
        return count

    monkeypatch.setattr(station.vault, "get", got)
    monkeypatch.setattr(other.storage.secrets, "forget_tokens", forgotten)

    def clear() -> int:
        assert storing.wait(20)
        return other.tokens.clear()

    with ThreadPoolExecutor(2) as pool:
        renewing, cleared = pool.submit(station.tokens.credential_of, account, FIRST), pool.submit(clear)
        assert cleared.result(30) == 1
        failure = renewing.exception(30)
    # it was handed out before, or not any more
    assert failure is None or (isinstance(failure, UserFixableError) and failure.code is Code.SIGN_IN_NEEDED), failure
    assert station.kept(account) is None
    assert station.standing(account).cause == Lack.CLEARED


@sqlite_only
def test_an_account_that_is_deleted_meanwhile_leaves_no_token(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()

    def delete() -> None:
        station.storage.accounts.delete(account)
        station.vault.delete(SecretRef.token_of(account.uid or ""))

    station.provider.after = delete
    with pytest.raises(MailadminError):
        station.tokens.credential_of(account, refused=FIRST)
    assert station.vault.list() == []
    assert station.storage.leases.view(token_lease(account.id or 0)) is None
    assert not station.tokens._shelf._unstored, "nor is one held for it"


@sqlite_only
def test_what_lies_in_the_vault_and_is_no_token_is_said_to_be_damaged(station: Station, profile: OAuthProfile) -> None:
    account = station.signed_in()
    for text in ("not ours", "{}", '{"version": 2}'):
        station.vault.put(SecretRef.token_of(account.uid or ""), Secret(text))
        with pytest.raises(UserFixableError, match="secret-damaged") as raised:
            station.tokens.credential_of(account)
        assert raised.value.__cause__ is None
    station.tokens.keep(account, station.provider.authorization(profile))
    assert station.tokens.credential_of(account) == Secret("access-2"), "signing in mends it"


@sqlite_only
def test_what_is_kept_shows_no_token(station: Station, profile: OAuthProfile, tmp_path: Path) -> None:
    account = station.signed_in()
    kept = station.kept(account)
    assert "access-1" not in f"{kept!r} {kept} {station.record(account)!r}"
    assert "refresh-1" not in f"{kept!r} {kept}"
    for file in tmp_path.glob("mailadmin.db*"):
        octets = file.read_bytes()
        assert b"access-1" not in octets
        assert b"refresh-1" not in octets


# --- how accounts stand ---


@sqlite_only
def test_standings_need_no_key_and_no_network(
    station: Station, profile: OAuthProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = station.signed_in()
    never = station.account(name="never")
    station.account(name="plain", authentication=Authentication.PASSWORD, oauth_profile="")
    monkeypatch.setattr(station.vault, "get", None)
    standings = station.tokens.sign_ins()
    assert set(standings) == {account.id, never.id}
    good = standings[account.id or 0]
    assert (good.state, good.identity, good.ending) == (SignInState.SIGNED_IN, "support@example.org", Ending.UNUSED)
    assert good.works_until == station.provider.clock() + timedelta(days=90)
    assert standings[never.id or 0].state is SignInState.NEEDED
    assert set(station.tokens.sign_ins([never])) == {never.id}


@sqlite_only
def test_standings_cost_three_queries_however_many_accounts(station: Station, profile: OAuthProfile) -> None:
    for number in range(20):
        station.account(name=f"account {number}")
    statements: list[str] = []
    engine = station.storage._database.engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert len(station.tokens.sign_ins()) == 20
    assert len([one for one in statements if one.lstrip().upper().startswith("SELECT")]) == 3


@sqlite_only
def test_save_needs_a_token_for_what_is_shown(station: Station, profile: OAuthProfile) -> None:
    tokens, account = station.tokens, station.account()
    other = station.profile(name="other")
    assert not tokens.is_authorized(account, None)
    for_user = station.provider.authorization(profile)
    assert tokens.is_authorized(account, for_user)
    assert tokens.is_authorized(dataclasses.replace(account, username="SUPPORT@example.org "), for_user)
    assert not tokens.is_authorized(dataclasses.replace(account, username="sales@example.org"), for_user)
    assert not tokens.is_authorized(account, station.provider.authorization(other))
    assert not tokens.is_authorized(dataclasses.replace(account, oauth_profile="gone"), for_user)
    for_whoever = dataclasses.replace(for_user, username="")
    assert tokens.is_authorized(account, for_whoever), "the username was filled in from it"
    assert not tokens.is_authorized(dataclasses.replace(account, username="sales@example.org"), for_whoever)
    tokens.keep(account, for_user)
    assert tokens.is_authorized(account, None)
    assert not tokens.is_authorized(dataclasses.replace(account, username="sales@example.org"), None)
    assert not tokens.is_authorized(dataclasses.replace(account, oauth_profile="other"), None)
    by_application = station.storage.profiles.change(dataclasses.replace(other, flow=Flow.CLIENT_CREDENTIALS))
    assert tokens.is_authorized(dataclasses.replace(account, oauth_profile=by_application.name), None)
    tokens.clear([account])
    assert not tokens.is_authorized(account, None)


@sqlite_only
def test_at_microsoft_a_new_sign_in_is_for_the_type_and_mailbox_it_was_asked_for(
    station: Station, profile: OAuthProfile
) -> None:
    tokens, imap = station.tokens, station.account()
    graph = dataclasses.replace(imap, type=AccountType.MSGRAPH, host="")
    shared = dataclasses.replace(graph, opens_mailbox="shared@example.org")
    for_imap, for_graph = (station.provider.authorization(profile, use=use) for use in (Use.IMAP, Use.GRAPH))
    for_shared = dataclasses.replace(for_graph, shared=True)
    assert tokens.is_authorized(dataclasses.replace(imap, opens_mailbox="shared@example.org"), for_imap)
    assert not tokens.is_authorized(dataclasses.replace(imap, type=AccountType.POP3S), for_imap)
    assert not tokens.is_authorized(graph, for_imap)
    assert not tokens.is_authorized(imap, for_graph)
    assert tokens.is_authorized(graph, for_graph)
    assert not tokens.is_authorized(shared, for_graph)
    assert tokens.is_authorized(shared, for_shared)
    assert tokens.is_authorized(graph, for_shared), "one's own mailbox is among those one may open"
    reads_all = station.storage.profiles.change(
        dataclasses.replace(profile, scopes="https://graph.microsoft.com/Mail.ReadWrite.Shared")
    )
    named = station.provider.authorization(reads_all, use=Use.GRAPH)
    assert tokens.is_authorized(shared, named), "the profile names what is asked for"


@sqlite_only
def test_elsewhere_a_new_sign_in_is_for_every_type(station: Station) -> None:
    google = station.profile(name="Google", provider=Provider.GOOGLE, tenant="")
    account = station.account(name="pop", oauth_profile="Google", type=AccountType.POP3S)
    assert station.tokens.is_authorized(account, station.provider.authorization(google, use=Use.IMAP))


@pytest.mark.parametrize(
    ("granted", "kind", "opens", "suffices"),
    [
        ("IMAP.AccessAsUser.All", AccountType.IMAPS, "", True),
        ("IMAP.AccessAsUser.All", AccountType.POP3S, "", False),
        ("IMAP.AccessAsUser.All", AccountType.MSGRAPH, "", False),
        ("Mail.ReadWrite", AccountType.MSGRAPH, "", True),
        ("Mail.ReadWrite", AccountType.MSGRAPH, "shared@example.org", False),
        ("Mail.ReadWrite.Shared", AccountType.MSGRAPH, "shared@example.org", True),
        ("Mail.ReadWrite.Shared", AccountType.MSGRAPH, "", True),
        ("", AccountType.MSGRAPH, "shared@example.org", True),
    ],
)
@sqlite_only
def test_whether_what_was_granted_is_enough(
    granted: str, kind: AccountType, opens: str, suffices: bool, station: Station, profile: OAuthProfile
) -> None:
    account = station.signed_in()
    record = station.storage.tokens.get(account.id or 0)
    assert record is not None
    station.storage.tokens.put(dataclasses.replace(record, scopes=granted))
    assert station.tokens.suffices(dataclasses.replace(account, type=kind, opens_mailbox=opens)) is suffices


@sqlite_only
def test_clearing_leaves_accounts_that_need_a_sign_in(station: Station, profile: OAuthProfile) -> None:
    account, other = station.signed_in(), station.account(name="other")
    station.tokens.keep(other, station.provider.authorization(profile))
    station.vault.put(SecretRef.password_of(account.uid or ""), Secret("pw"))
    assert station.tokens.clear([other]) == 1
    assert station.tokens.clear() == 1
    assert station.tokens.clear() == 0
    assert [ref.kind for ref in station.vault.list()] == [SecretKind.PASSWORD]
    standing = station.standing(account)
    assert (standing.state, standing.cause) == (SignInState.NEEDED, Lack.CLEARED)
    assert standing.since == station.provider.clock()
    assert needed(station, account).facts["cause"] == Lack.CLEARED
    station.tokens.keep(account, station.provider.authorization(profile))
    assert station.tokens.credential_of(account) == Secret("access-3")


@sqlite_only
def test_deaths_on_the_seventh_day_are_counted(station: Station) -> None:
    station.profile(provider=Provider.GOOGLE)
    profile = station.storage.profiles.by_name("cloud")
    assert profile is not None
    account = station.signed_in()
    clock = station.provider.clock
    for deaths in (1, 2):
        clock.advance(days=6)
        station.tokens.credential_of(account)
        clock.advance(days=1, hours=1)
        station.provider.failures = [refusal("invalid_grant")]
        needed(station, account)
        assert station.record(account).died == deaths
        assert (station.standing(account).cause == forecast.TEST_PROJECT) is (deaths > 1)
        station.tokens.keep(account, station.provider.authorization(profile))
        standing = station.standing(account)
        assert (standing.ending is Ending.TEST_PROJECT) is (deaths > 1), "once is no proof"
    assert standing.works_until == clock() + timedelta(days=7)
    clock.advance(days=8)
    station.tokens.credential_of(account)
    assert station.record(account).died == 0, "it is published now"
    assert station.standing(account).ending is Ending.UNUSED
