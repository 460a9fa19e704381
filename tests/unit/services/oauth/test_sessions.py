"""Mailboxes are opened with tokens: a fresh one where a server refuses one, another session where one ends with its."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import (
    AccountState,
    AccountType,
    AfterFetch,
    Authentication,
    IncomingAccount,
    account_state,
)
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import ServerState
from mailadmin.domain.oauth import OAuthProfile, Provider, use_of
from mailadmin.domain.outcomes import CheckResult, FetchOutcome, FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.domain.settings import Settings
from mailadmin.services.access import access_of
from mailadmin.services.oauth.advice import advice_on
from tests.servers.memory import MemoryServer
from tests.servers.provider import MemoryProvider, refusal, unavailable
from tests.unit.services.conftest import mail


@dataclasses.dataclass
class OAuthHouse:
    """An application whose accounts open one memory server, by tokens of one provider in memory."""

    app: Application
    server: MemoryServer
    provider: MemoryProvider

    def account(self, name: str = "support", *, signed_in: bool = True, **fields: Any) -> IncomingAccount:
        if self.app.storage.profiles.by_name("cloud") is None:
            self.app.storage.profiles.add(OAuthProfile(name="cloud", provider=Provider.MICROSOFT, client_id="id"))
        profile = self.app.storage.profiles.by_name("cloud")
        assert profile is not None
        account = IncomingAccount(
            name=name,
            type=AccountType.POP3S if self.server.pop3 else AccountType.IMAPS,
            host="mail.example.org",
            username="support@example.org",
            authentication=Authentication.OAUTH2,
            oauth_profile="cloud",
        )
        authorization = self.provider.authorization(profile, use=use_of(account.type)) if signed_in else None
        return self.app.accounts.add(dataclasses.replace(account, **fields), authorization=authorization)

    def fetch(self, *accounts: IncomingAccount) -> FetchOutcome:
        return self.app.fetching.fetch(list(accounts) or None)[0]

    def state(self, account: IncomingAccount) -> AccountState:
        status = self.app.accounts.statuses()[account.id or 0]
        return account_state(account, status, self.provider.clock())

    @property
    def tokens_used(self) -> list[str]:
        return [credential for _, credential in self.server.sign_ins]


@pytest.fixture
def house(tmp_path: Path, family: str, sqlite_template: Path) -> Iterator[OAuthHouse]:
    shutil.copy(sqlite_template, tmp_path / "mailadmin.db")
    server, provider = MemoryServer(pop3=family == "pop3"), MemoryProvider()
    options = Options(home=tmp_path, key_file=tmp_path / "key")
    with open_application(options, open_mailbox=server.open, open_client=provider.open) as app:
        app.tokens._clock = provider.clock
        yield OAuthHouse(app, server, provider)


imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)


# --- a token that is refused ---


def test_a_refused_token_is_renewed_once_and_the_fetch_goes_on(house: OAuthHouse) -> None:
    account = house.account()
    house.server.add(mail(1))
    house.server.refused = {"access-1"}
    outcome = house.fetch(account)
    assert (outcome.status, outcome.errors, outcome.counts.fetched) == (FetchStatus.OK, (), 1)
    assert house.tokens_used == ["access-1", "access-2"]


def test_a_mailbox_that_refuses_fresh_tokens_is_not_asked_for_ever(house: OAuthHouse) -> None:
    account = house.account(opens_mailbox="shared@example.org")
    house.server.refused = {"access-1", "access-2"}
    outcome = house.fetch(account)
    assert outcome.status is FetchStatus.FAILED
    (error,) = outcome.errors
    assert (error.code, error.layer, error.server) == (
        Code.MAILBOX_REFUSES_TOKEN,
        Layer.SIGN_IN,
        "NO AUTHENTICATE failed",
    )
    assert (error.facts["username"], error.facts["signed_in"]) == ("shared@example.org", "support@example.org")
    assert house.server.sign_ins == [("shared@example.org", "access-1"), ("shared@example.org", "access-2")]
    assert house.state(account) is AccountState.FAILING, "the provider is content: no sign-in would help"


@imap_only
def test_a_good_token_that_does_not_open_the_mailbox_is_not_renewed_and_advice_is_at_hand(house: OAuthHouse) -> None:
    account = house.account(opens_mailbox="shared@example.org")
    words = "BAD User is authenticated but not connected."

    def fail() -> None:
        facts = {"username": "shared@example.org", "signed_in": ""}
        raise UserFixableError(Code.MAILBOX_REFUSES_TOKEN, facts, server=words, layer=Layer.FOLDER)

    house.server.before["open"] = fail
    (error,) = house.fetch(account).errors
    assert (error.code, error.layer, error.server) == (Code.MAILBOX_REFUSES_TOKEN, Layer.FOLDER, words)
    assert house.provider.log == [], "the token is good"
    advised = advice_on(error.code, error.facts, error.server)
    assert advised is not None
    assert advised.key == "not-connected"
    assert "-Identity 'shared@example.org' -User 'support@example.org'" in advised.script


@imap_only
@pytest.mark.parametrize("code", [Code.SIGN_IN_NOT_NOW, Code.SERVER_BUSY, Code.SIGN_IN_NO_MECHANISM])
def test_what_is_no_refusal_of_the_token_leaves_it_alone(house: OAuthHouse, code: Code) -> None:
    account = house.account()

    def fail() -> None:
        raise UserFixableError(code, {"username": "u"}, layer=Layer.SIGN_IN)

    house.server.before["open"] = fail
    assert house.fetch(account).errors[0].code is code
    assert house.provider.log == []


@imap_only
def test_a_refused_password_is_tried_once(house: OAuthHouse) -> None:
    plain: dict[str, Any] = {"authentication": Authentication.PASSWORD, "oauth_profile": ""}
    account = house.app.accounts.change(
        dataclasses.replace(house.account(signed_in=False), **plain),
        Secret("pw"),
    )
    house.server.refused = {"pw"}
    assert house.fetch(account).errors[0].code is Code.SIGN_IN_REFUSED
    assert house.tokens_used == ["pw"]


@imap_only
def test_every_way_to_the_mailbox_renews_a_refused_token(house: OAuthHouse) -> None:
    account = house.account()
    house.server.add(mail(1))

    def dry_run() -> None:
        outcomes, _ = house.app.dry_run.fetch([account], 0, None, lambda: False)
        assert outcomes[0].status is FetchStatus.OK

    def put_back() -> None:
        house.app.inbox.put_back(house.app.inbox.list()[0].id, account, "Elsewhere")

    ways: list[Callable[[], object]] = [
        lambda: house.app.checking.check(account),
        lambda: house.app.checking.check(account, lambda: house.app.tokens.credential_of(account)),
        lambda: house.app.checking.folders(account),
        lambda: house.app.adoption.look(account),
        dry_run,
        lambda: house.fetch(account),
        put_back,
    ]
    for number, way in enumerate(ways, start=1):
        house.server.refused = {f"access-{number}"}
        way()
        assert house.tokens_used[-2:] == [f"access-{number}", f"access-{number + 1}"]


@imap_only
def test_a_check_of_a_sign_in_that_is_not_saved_uses_it_alone(house: OAuthHouse) -> None:
    account = house.account()
    profile = house.app.profiles.get("cloud")
    fresh = house.provider.authorization(profile).grant.access_token
    report = house.app.checking.check(account, lambda: fresh)
    assert not [line for line in report.layers if line.result is CheckResult.FAILED]
    assert house.tokens_used == ["access-2"]
    house.server.refused = {"access-2"}
    report = house.app.checking.check(account, lambda: fresh)
    line = next(line for line in report.layers if line.result is CheckResult.FAILED)
    assert line.error is not None
    assert (line.layer, line.error.code) == (Layer.SIGN_IN, Code.MAILBOX_REFUSES_TOKEN)
    assert house.provider.log == [], "the kept token has nothing to do with it"


@imap_only
def test_a_check_says_at_the_sign_in_what_the_provider_says(house: OAuthHouse) -> None:
    account = house.account()
    house.provider.clock.advance(hours=2)
    for failure, code in ((unavailable(), Code.OAUTH_UNAVAILABLE), (refusal("invalid_grant"), Code.SIGN_IN_NEEDED)):
        house.provider.failures = [failure]
        report = house.app.checking.check(account)
        line = next(line for line in report.layers if line.result is CheckResult.FAILED)
        assert line.error is not None
        assert (line.layer, line.error.code) == (Layer.SIGN_IN, code)
    assert house.server.log == []


# --- a session that ends with its token ---


@pytest.mark.parametrize("moment", ["list", "download", "message", "delete", "finish"])
def test_a_session_that_ends_with_its_token_goes_on_in_another(house: OAuthHouse, moment: str) -> None:
    account = house.account()
    house.app.storage.settings.set("FetchBatchMessages", 2)
    mails = [mail(number) for number in range(5)]
    house.server.add(*mails)
    life = house.provider.life

    def end() -> None:
        house.provider.clock.advance(seconds=life.total_seconds())
        house.server.expire_on = moment

    house.server.before["open"] = lambda: house.server.before.update({moment: end})
    outcome = house.fetch(account)
    assert (outcome.status, outcome.errors) == (FetchStatus.OK, ()), outcome.errors
    expected = ["access-1"] if moment == "finish" and not house.server.pop3 else ["access-1", "access-2"]
    assert house.tokens_used == expected
    messages = house.app.inbox.list()
    assert len(messages) == 5, "nothing lost, nothing twice"
    assert {message.server_state for message in messages} == {ServerState.DONE}
    assert house.server.raws == []
    assert len(house.app.tickets.list()) == 5


def expire_on(server: MemoryServer, moment: str, times: int, *, skip: int = 0) -> None:
    """Let sessions end with their token when they come to a moment, so many times, after some that go well."""
    step, left = server.step, iter(range(skip + times))

    def expiring(name: str) -> None:
        if name == moment and (number := next(left, None)) is not None and number >= skip:
            server.expire_on = moment
        step(name)

    server.step = expiring  # type: ignore[method-assign]


@imap_only
def test_the_message_in_hand_is_not_to_blame_when_a_token_ends(house: OAuthHouse) -> None:
    account = house.account()
    house.server.add(mail(1))
    expire_on(house.server, "message", 1)
    outcome = house.fetch(account)
    assert (outcome.status, outcome.errors, outcome.counts.fetched) == (FetchStatus.OK, (), 1)
    assert house.tokens_used == ["access-1", "access-2"]


@imap_only
def test_a_session_that_ended_with_its_token_is_not_tried_again_with_the_same(house: OAuthHouse) -> None:
    """By this computer's clock the token may live on; the server has said that it does not."""
    account = house.account(after_fetch=AfterFetch.KEEP)
    house.app.storage.settings.set("FetchBatchMessages", 1)
    house.server.add(*[mail(number) for number in range(5)])
    expire_on(house.server, "download", 2, skip=2)
    outcome = house.fetch(account)
    assert (outcome.status, outcome.errors, outcome.counts.fetched) == (FetchStatus.OK, (), 5)
    assert house.tokens_used == ["access-1", "access-2", "access-3"]


@imap_only
@pytest.mark.parametrize("moment", ["list", "download"])
def test_sessions_that_end_again_and_again_come_to_an_end(house: OAuthHouse, moment: str) -> None:
    account = house.account()
    house.server.add(mail(1))
    expire_on(house.server, moment, 100)
    outcome = house.fetch(account)
    assert outcome.status is FetchStatus.FAILED
    assert outcome.errors[0].code is Code.SESSION_EXPIRED
    assert house.tokens_used == ["access-1", "access-2"]
    assert house.provider.log == ["refresh refresh-1"]


@imap_only
@pytest.mark.parametrize("times", [1, 2])
def test_a_token_that_ends_while_the_mailbox_is_opened_is_renewed_once(house: OAuthHouse, times: int) -> None:
    account = house.account()
    house.server.add(mail(1))
    open_mailbox, left = house.server.open, iter(range(times))

    def ending(*arguments: Any) -> Any:
        opened = open_mailbox(*arguments)
        if next(left, None) is None:
            return opened
        raise UserFixableError(Code.SESSION_EXPIRED, {"host": "memory"}, server="expired", layer=Layer.FOLDER)

    house.app.checking._mailboxes._open_mailbox = ending
    outcome = house.fetch(account)
    assert [error.code for error in outcome.errors] == ([] if times == 1 else [Code.SESSION_EXPIRED])
    assert house.tokens_used == ["access-1", "access-2"]


@imap_only
def test_the_provider_goes_away_in_mid_run(house: OAuthHouse) -> None:
    account = house.account(after_fetch=AfterFetch.KEEP)
    house.app.storage.settings.set("FetchBatchMessages", 1)
    house.server.add(mail(1), mail(2))

    def end() -> None:
        house.provider.clock.advance(hours=1)
        house.provider.failures = [unavailable()]
        house.server.expire_on = "download"

    house.server.before["message"] = end  # of the first
    outcome = house.fetch(account)
    assert outcome.status is FetchStatus.FAILED
    assert [error.code for error in outcome.errors] == [Code.SESSION_EXPIRED, Code.OAUTH_UNAVAILABLE]
    assert outcome.counts.fetched == 1, "what had arrived is kept"
    assert house.state(account) is AccountState.FAILING
    assert house.fetch(account).status is FetchStatus.OK
    assert len(house.app.inbox.list()) == 2


# --- accounts that need a sign-in ---


def run_until_idle(house: OAuthHouse) -> list[FetchOutcome]:
    """One look of the runner and what it begins."""
    outcomes: list[FetchOutcome] = []
    looks = itertools.count()

    def idle() -> bool:
        return next(looks) > 0 and not any(thread.name.startswith("fetch ") for thread in threading.enumerate())

    house.app.schedule.run(idle, outcomes.append)
    return outcomes


@imap_only
def test_the_schedule_leaves_an_account_alone_that_needs_a_sign_in(
    house: OAuthHouse, caplog: pytest.LogCaptureFixture
) -> None:
    account = house.account()
    house.provider.clock.advance(hours=2)
    house.provider.failures = [refusal("invalid_grant")]
    outcomes = run_until_idle(house)
    assert [error.code for outcome in outcomes for error in outcome.errors] == [Code.SIGN_IN_NEEDED]
    assert house.state(account) is AccountState.NEEDS_SIGN_IN
    house.app.storage.accounts.set_due(account.id or 0, None)
    assert run_until_idle(house) == []
    assert house.app.schedule.due_times() == {}
    assert house.app.schedule.next_due_of_all() is None
    assert len(house.provider.log) == 1
    assert house.state(account) is AccountState.NEEDS_SIGN_IN
    warnings = [one for one in caplog.records if one.levelno >= logging.WARNING and "sign in" in one.getMessage()]
    assert len(warnings) == 1
    assert house.fetch(account).status is FetchStatus.OK, "by hand it is tried, and the provider has changed its mind"
    assert house.state(account) is AccountState.OK
    assert set(house.app.schedule.due_times()) == {account.id}


@imap_only
@pytest.mark.parametrize(("asked", "state"), [("120", AccountState.WAITING), ("", AccountState.FAILING)])
def test_a_provider_that_asks_for_patience_gets_it(house: OAuthHouse, asked: str, state: AccountState) -> None:
    account = house.account()
    house.provider.clock.now = house.app.storage.now() + timedelta(hours=2)
    facts = {"host": "login.example.org", "detail": "429", "retry_after": asked}
    house.provider.failures = [UserFixableError(Code.OAUTH_UNAVAILABLE, facts)]
    run_until_idle(house)
    house.provider.clock.now = house.app.storage.now()
    assert house.state(account) is state


@imap_only
def test_signing_in_again_keeps_the_ledger(house: OAuthHouse) -> None:
    account = house.account(after_fetch=AfterFetch.KEEP)
    house.server.add(mail(1))
    house.fetch(account)
    house.provider.revoke()
    house.provider.clock.advance(hours=2)
    assert house.fetch(account).errors[0].code is Code.SIGN_IN_NEEDED
    house.app.tokens.keep(account, house.provider.authorization(house.app.profiles.get("cloud")))
    assert house.state(account) in {AccountState.OK, AccountState.FAILING}
    house.server.add(mail(2))
    outcome = house.fetch(account)
    assert (outcome.status, outcome.counts.fetched) == (FetchStatus.OK, 1)
    assert house.state(account) is AccountState.OK


@imap_only
def test_an_account_and_its_sign_in_are_saved_as_one(house: OAuthHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    account = house.account()
    profile = house.app.profiles.get("cloud")
    assert house.state(account) is AccountState.NEVER_FETCHED
    authorization = house.provider.authorization(profile, "sales@example.org")
    changed = dataclasses.replace(account, username="sales@example.org")

    def failing(*arguments: object) -> None:
        raise UserFixableError(Code.DATABASE_FULL, {"url": "x"})

    with monkeypatch.context() as patch:
        patch.setattr(house.app.vault, "put", failing)
        with pytest.raises(UserFixableError, match="database-full"):
            house.app.accounts.change(changed, authorization=authorization)
    assert house.app.accounts.get("support").username == "support@example.org"
    assert house.app.tokens.credential_of(account) == Secret("access-1")
    changed = house.app.accounts.change(changed, authorization=authorization)
    assert house.app.tokens.credential_of(changed) == Secret("access-2")


@imap_only
def test_the_way_to_sign_in_can_be_changed_and_changed_back(house: OAuthHouse) -> None:
    account = house.account()
    plain = dataclasses.replace(account, authentication=Authentication.PASSWORD, oauth_profile="")
    plain = house.app.accounts.change(plain, Secret("pw"))
    assert house.app.tokens.credential_of(plain) == Secret("pw")
    assert house.app.tokens.sign_ins() == {}
    back = dataclasses.replace(plain, authentication=Authentication.OAUTH2, oauth_profile="cloud")
    back = house.app.accounts.change(back)
    assert house.app.tokens.credential_of(back) == Secret("access-1")
    house.app.accounts.delete(back)
    assert house.app.vault.list() == [], "with the account everything goes"


# --- where a mailbox is ---


def test_how_a_mailbox_is_reached() -> None:
    settings = Settings({})
    profile = OAuthProfile(name="cloud", provider=Provider.MICROSOFT, ca_file="/ca.pem")
    account = IncomingAccount(
        name="a", type=AccountType.IMAPS, host="imap.example.org", username="u@x", opens_mailbox="shared@x"
    )
    plain = access_of(account, settings)
    assert (plain.username, plain.authentication) == ("u@x", Authentication.PASSWORD)
    oauth = dataclasses.replace(account, authentication=Authentication.OAUTH2, oauth_profile="cloud")
    access = access_of(oauth, settings, profile)
    assert (access.username, access.host, access.ca_file) == ("shared@x", "imap.example.org", "")
    assert access.authentication is Authentication.OAUTH2
    graph = dataclasses.replace(oauth, type=AccountType.MSGRAPH, host="", opens_mailbox="")
    access = access_of(graph, settings, profile)
    assert (access.username, access.host, access.port, access.ca_file) == ("u@x", "graph.microsoft.com", 443, "/ca.pem")
    local = dataclasses.replace(profile, graph_url="https://localhost:8443/graph")
    assert access_of(graph, settings, local).port == 8443
