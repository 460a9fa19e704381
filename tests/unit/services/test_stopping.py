"""Stop is heard while a fetch or a check waits for a server that says nothing, and stops no more than it should."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.outcomes import CheckLayer, CheckResult, FetchOutcome, FetchStatus
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.services.fetch.account import AccountFetch
from mailadmin.services.stoppable import never, until_stopped
from tests.servers.scripted import Conversation, ScriptedServer, imap, pop3
from tests.threads import running

from .conftest import House, mail

SOON = 5.0
imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)


@dataclass
class Person:
    """Presses Stop once something hangs; knows when."""

    hangs: threading.Event = field(default_factory=threading.Event)
    asked: float = 0.0

    def __call__(self) -> bool:
        if self.hangs.is_set() and not self.asked:
            self.asked = time.monotonic()
        return self.hangs.is_set()

    def hang(self, conversation: Conversation) -> None:
        self.hangs.set()
        conversation.hang()

    def prove(self) -> None:
        assert self.asked
        assert time.monotonic() - self.asked < SOON


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        for key in ("TimeoutConnect", "TimeoutTLS", "TimeoutGreeting", "TimeoutCommand"):
            application.storage.settings.set(key, 60)
        yield application


def account_on(port: int, kind: AccountType = AccountType.IMAP, name: str = "a") -> IncomingAccount:
    return IncomingAccount(name=name, type=kind, host="localhost", port=port, username=name)


# --- fetching ---


@pytest.mark.parametrize("kind", [AccountType.IMAP, AccountType.IMAPS, AccountType.POP3, AccountType.POP3S])
def test_a_fetch_stops_before_its_server_has_said_anything(app: Application, person: Person, kind: AccountType) -> None:
    with ScriptedServer(person.hang) as server:
        account = app.accounts.add(account_on(server.port, kind), Secret("pw"))
        (outcome,) = app.fetching.fetch([account], should_stop=person)
    person.prove()
    assert (outcome.status, outcome.errors) == (FetchStatus.STOPPED, ())


def test_one_account_is_stopped_and_the_others_go_on(app: Application, person: Person) -> None:
    halted: list[int] = []
    ended: list[FetchOutcome] = []

    def told(outcome: FetchOutcome) -> None:
        ended.append(outcome)
        go_on.set()

    listing, go_on = threading.Event(), threading.Event()

    def later(conversation: Conversation) -> bytes:
        listing.set()
        assert go_on.wait(20)
        return b"* SEARCH 4 7\r\nTAG OK done\r\n"

    with ScriptedServer(person.hang) as silent, ScriptedServer(imap({"UID SEARCH ALL": later})) as good:
        hung = app.accounts.add(account_on(silent.port, name="hung"), Secret("pw"))
        well = app.accounts.add(account_on(good.port, name="well"), Secret("pw"))
        assert hung.id is not None

        def look() -> list[int]:
            if listing.is_set() and person():
                halted[:] = [hung.id or 0]
            return halted

        outcomes = app.fetching.fetch([hung, well], on_outcome=told, halted=look)
    person.prove()
    assert [(o.name, o.status) for o in outcomes] == [("hung", FetchStatus.STOPPED), ("well", FetchStatus.OK)]
    assert [o.name for o in ended] == ["hung", "well"]
    assert any(command.startswith(b"UID FETCH") for command in good.commands), "there was more to do"


@imap_only
def test_an_account_that_waits_for_its_turn_is_taken_out(house: House) -> None:
    house.app.storage.settings.set("FetchParallel", 1)
    house.server.add(mail(1))
    first, second = house.account(), house.account("second", username="b@example.org")
    outcomes = house.app.fetching.fetch([first, second], halted=lambda: [second.id or 0])
    assert [o.status for o in outcomes] == [FetchStatus.OK, FetchStatus.STOPPED]
    assert house.app.accounts.runs(second.id or 0) == []


@imap_only
def test_stop_is_heard_while_the_vault_is_asked_for_the_password(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = house.account()
    asking, halted = threading.Event(), threading.Event()
    get, halt = house.app.vault.get, AccountFetch.halt

    def slow(ref: SecretRef) -> Secret | None:
        asking.set()
        assert halted.wait(20)
        return get(ref)

    def noted(fetch: AccountFetch, *, overdue: bool = False) -> None:
        halt(fetch, overdue=overdue)
        halted.set()

    monkeypatch.setattr(house.app.vault, "get", slow)
    monkeypatch.setattr(AccountFetch, "halt", noted)
    (outcome,) = house.app.fetching.fetch([account], should_stop=asking.is_set)
    assert (outcome.status, outcome.errors) == (FetchStatus.STOPPED, ())
    assert house.server.log == [], "the server is not even asked"


@imap_only
def test_each_outcome_is_told_once(house: House) -> None:
    ended: list[FetchOutcome] = []
    outcomes = house.app.fetching.fetch([house.account(), house.account("b")], on_outcome=ended.append)
    assert sorted(o.name for o in ended) == sorted(o.name for o in outcomes) == ["b", "support"]


# --- checking ---


@pytest.mark.parametrize(
    ("kind", "well"),
    [
        (AccountType.IMAP, [Layer.NAME, Layer.CONNECT]),
        (AccountType.IMAPS, [Layer.NAME, Layer.CONNECT]),
        (AccountType.POP3, [Layer.NAME, Layer.CONNECT]),
    ],
)
def test_a_check_stops_at_a_silent_server(
    app: Application, person: Person, kind: AccountType, well: list[Layer]
) -> None:
    told: list[CheckLayer] = []
    with ScriptedServer(person.hang) as server:
        account = account_on(server.port, kind)
        report = app.checking.check(account, lambda: Secret("pw"), told.append, person)
    person.prove()
    assert report.stopped
    assert not report.ok
    assert [line.layer for line in report.layers if line.result is CheckResult.OK] == well
    assert {line.result for line in report.layers} == {CheckResult.OK, CheckResult.NOT_TRIED}
    assert tuple(told) == report.layers


def test_a_check_stops_while_a_keyring_asks_its_user(app: Application, person: Person) -> None:
    answered = threading.Event()
    told: list[CheckLayer] = []

    def password() -> Secret:
        person.hangs.set()
        answered.wait(60)
        return Secret("pw")

    with ScriptedServer(imap()) as server:
        report = app.checking.check(account_on(server.port), password, told.append, person)
        person.prove()
        known = len(told)
        answered.set()
        for thread in running():
            if thread.name == "stoppable work":
                thread.join(20)
        assert server.commands == []
    assert report.stopped
    assert len(told) == known, "a check that was left behind tells nothing more"


@imap_only
def test_a_check_that_was_left_behind_goes_no_further(house: House, person: Person) -> None:
    released = threading.Event()
    told: list[CheckLayer] = []

    def name_server() -> None:
        person.hangs.set()
        released.wait(60)

    house.server.before["open"] = name_server
    report = house.app.checking.check(house.account(), lambda: Secret("pw"), told.append, person)
    assert report.stopped
    released.set()
    for thread in running():
        if thread.name == "stoppable work":
            thread.join(20)
    assert {line.result for line in told} == {CheckResult.NOT_TRIED}
    assert house.server.log == ["open"]


def test_a_check_that_was_complete_was_not_stopped(app: Application) -> None:
    with ScriptedServer(imap()) as server:
        report = app.checking.check(account_on(server.port), lambda: Secret("pw"))
    assert report.ok
    assert not report.stopped


@pytest.mark.parametrize("script", ["LIST", "LOGIN"])
def test_looking_for_folders_stops(app: Application, person: Person, script: str) -> None:
    with ScriptedServer(imap({script: person.hang})) as server, pytest.raises(UserFixableError) as caught:
        app.checking.folders(account_on(server.port), lambda: Secret("pw"), person)
    person.prove()
    assert caught.value.code is Code.STOPPED


def test_a_refusal_is_told_as_it_was(app: Application) -> None:
    with ScriptedServer(pop3({"PASS": b"-ERR [AUTH] no\r\n"})) as server:
        report = app.checking.check(account_on(server.port, AccountType.POP3), lambda: Secret("pw"))
    (failed,) = [line for line in report.layers if line.result is CheckResult.FAILED]
    assert (failed.layer, failed.error and failed.error.code) == (Layer.SIGN_IN, Code.SIGN_IN_REFUSED)
    assert not report.stopped


# --- the mechanism ---


def test_what_a_job_gives_or_raises_is_handed_on() -> None:
    def mistaken(interrupt: Interrupt) -> None:
        raise ValueError("ours")

    assert until_stopped(lambda interrupt: 7, never) == 7
    with pytest.raises(ValueError, match="ours"):
        until_stopped(mistaken, never)


def test_whoever_is_asked_and_fails_leaves_no_job_running() -> None:
    """Ctrl+C while it is waited for, say."""
    ended = threading.Event()

    def job(interrupt: Interrupt) -> None:
        interrupt.on_ask(ended.set)
        ended.wait(60)

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        until_stopped(job, interrupted)
    assert ended.wait(20)
    for thread in running():
        if thread.name == "stoppable work":
            thread.join(20)
