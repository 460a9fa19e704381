"""Accounts side by side, schedules and checks."""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Connection

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, AfterFetch, Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import Holder, Lease
from mailadmin.domain.outcomes import CheckResult, FetchOutcome, FetchStatus
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.domain.settings import Settings
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.services import leases
from mailadmin.services.check import layers_of
from mailadmin.services.due import next_due, schedule_of
from mailadmin.services.leases import LeaseKeeper, is_gone, this_process
from mailadmin.storage.database import Database
from tests.servers.memory import MemoryMailbox, MemoryServer
from tests.threads import running

from .conftest import House, mail

imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)


class Servers:
    """A memory server per host."""

    def __init__(self) -> None:
        self.by_host: dict[str, MemoryServer] = {}
        self.refusals: dict[str, UserFixableError] = {}

    def __getitem__(self, host: str) -> MemoryServer:
        return self.by_host.setdefault(host, MemoryServer())

    def open(
        self,
        access: ServerAccess,
        password: Secret,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt | None = None,
        /,
    ) -> MemoryMailbox:
        if access.host in self.refusals:
            raise self.refusals[access.host]
        return self[access.host].open(access, password, on_layer, interrupt)


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def app(tmp_path: Path, servers: Servers, sqlite_template: Path) -> object:
    shutil.copy(sqlite_template, tmp_path / "mailadmin.db")
    options = Options(home=tmp_path, key_file=tmp_path / "key")
    with open_application(options, open_mailbox=servers.open) as application:
        yield application


def add(app: Application, name: str, **fields: object) -> IncomingAccount:
    account = IncomingAccount(name=name, type=AccountType.IMAPS, host=f"{name}.example.org", username="u")
    return app.accounts.add(dataclasses.replace(account, **fields), Secret("pw"))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_hung_account_delays_no_other_even_when_all_places_are_taken(app: Application, servers: Servers) -> None:
    app.storage.settings.set("FetchParallel", 1)
    release = threading.Event()
    for name in ("a", "b"):
        add(app, name)
        servers[f"{name}.example.org"].add(mail(1, To=name))

    def hang() -> None:
        release.wait(60)

    servers["a.example.org"].before["list"] = hang
    done: list[FetchOutcome] = []

    def watch() -> bool:
        finished = len(app.storage.inbox.list(account="b")) == 1
        if finished:
            release.set()
        return False

    done = app.fetching.fetch(should_stop=watch)
    assert release.is_set(), "b was fetched while a hung"
    assert [(o.name, o.status) for o in done] == [("a", FetchStatus.OK), ("b", FetchStatus.OK)]


def test_a_failing_account_does_not_stop_the_others(app: Application, servers: Servers) -> None:
    for name in ("a", "b", "c"):
        add(app, name)
        servers[f"{name}.example.org"].add(mail(1, To=name))
    servers.refusals["b.example.org"] = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"}, server="NO no")
    outcomes = app.fetching.fetch()
    assert [(o.name, o.status.value) for o in outcomes] == [("a", "ok"), ("b", "failed"), ("c", "ok")]
    assert outcomes[1].error is not None
    assert outcomes[1].error.server == "NO no"


def test_no_more_connections_to_one_server_than_allowed(app: Application, servers: Servers) -> None:
    app.storage.settings.set("FetchConnectionsPerServer", 2)
    now = 0
    most = 0
    lock = threading.Lock()
    open_real = servers.open

    def counting(access: ServerAccess, password: Secret, *more: Any) -> MemoryMailbox:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        mailbox = open_real(access, password, *more)
        original = mailbox.finish

        def finish() -> object:
            nonlocal now
            with lock:
                now -= 1
            return original()

        mailbox.finish = finish  # type: ignore[method-assign,assignment]
        return mailbox

    app.fetching._mailboxes._open_mailbox = counting
    for number in range(6):
        add(app, f"a{number}", host="one.example.org", username=f"u{number}")
    assert all(o.status is FetchStatus.OK for o in app.fetching.fetch())
    assert 1 <= most <= 2


def test_an_account_without_a_password_says_so(app: Application) -> None:
    account = app.accounts.add(IncomingAccount(name="x", type=AccountType.IMAPS, host="h.example", username="u"))
    (outcome,) = app.fetching.fetch([account])
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.layer) == (Code.NO_PASSWORD, Layer.SIGN_IN)


@pytest.mark.parametrize("mails", [1, 5])
def test_a_loss_whose_reconnect_is_refused_is_told_before_the_refusal(
    app: Application, servers: Servers, mails: int
) -> None:
    account = add(app, "cut")
    server = servers["cut.example.org"]
    server.add(*(mail(n) for n in range(mails)))
    busy = UserFixableError(Code.SERVER_BUSY, server="too many connections", layer=Layer.CONNECT)
    server.before["download"] = lambda: servers.refusals.update({"cut.example.org": busy})
    server.lose_on = "download"
    (outcome,) = app.fetching.fetch([account])
    assert outcome.error is not None
    assert outcome.error.code is Code.CONNECTION_LOST
    assert (outcome.errors[0].server, outcome.errors[-1].server) == ("bye", "too many connections")
    assert app.storage.accounts.status(account.id or 0).error_code == "connection-lost"


def test_a_loss_that_was_got_over_is_not_told_with_a_later_error(app: Application, servers: Servers) -> None:
    account = add(app, "cut")
    server = servers["cut.example.org"]
    server.add(*(mail(n) for n in range(5)))

    def refuse() -> None:
        raise UserFixableError(Code.SERVER_BUSY, server="come back later", layer=Layer.DOWNLOAD)

    server.before["download"] = lambda: server.before.update({"list": lambda: server.before.update(message=refuse)})
    server.lose_on = "download"
    (outcome,) = app.fetching.fetch([account])
    assert server.log.count("open") == 2
    assert [error.code for error in outcome.errors] == [Code.SERVER_BUSY]


# --- the schedule ---


def test_due_times_follow_cron_in_local_time() -> None:
    account = IncomingAccount(name="x", type=AccountType.IMAPS)
    now = datetime(2026, 11, 20, 8, 3, tzinfo=UTC)
    assert next_due(account, Settings(), now) == datetime(2026, 11, 20, 8, 10, tzinfo=UTC)
    own = dataclasses.replace(account, schedule="15 * * * *")
    assert next_due(own, Settings(), now).minute == 15
    oauth = dataclasses.replace(account, authentication=Authentication.OAUTH2)
    assert schedule_of(oauth, Settings({"FetchScheduleOAuth2": "1 1 * * *"})) == "1 1 * * *"


def test_a_runner_fetches_what_is_due_once_and_sets_the_next_time(app: Application, servers: Servers) -> None:
    due = add(app, "due")
    later = add(app, "later")
    add(app, "off", validity=Validity.INVALID)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    app.storage.accounts.set_due(later.id or 0, tomorrow)
    servers["due.example.org"].add(mail(1))
    outcomes: list[FetchOutcome] = []
    app.schedule.run(lambda: bool(outcomes), outcomes.append)
    assert [o.name for o in outcomes] == ["due"]
    times = app.schedule.due_times()
    assert set(times) == {due.id, later.id}
    next_time = times[due.id or 0]
    assert next_time is not None
    assert datetime.now(UTC) < next_time <= datetime.now(UTC) + timedelta(minutes=10)


def test_two_runners_fetch_a_due_account_once(app: Application, servers: Servers) -> None:
    add(app, "due")
    outcomes: list[FetchOutcome] = []
    start = threading.Barrier(2)
    other_is_done = threading.Barrier(2)

    def run() -> None:
        looked = 0

        def enough() -> bool:
            nonlocal looked
            looked += 1
            if looked == 1:
                start.wait()  # both look at the same time
            return looked > 5

        app.schedule.run(enough, outcomes.append)
        other_is_done.wait()

    runners = [threading.Thread(target=run) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert servers["due.example.org"].log.count("open") == 1
    assert [o.status for o in outcomes if o.status is not FetchStatus.BUSY] == [FetchStatus.OK]


def test_a_server_that_asks_for_patience_is_left_alone_until_then(app: Application, servers: Servers) -> None:
    account = add(app, "slow")
    words = "NO Request is throttled. Suggested Backoff Time: 299000 milliseconds"
    servers.refusals["slow.example.org"] = UserFixableError(Code.THROTTLED, {"retry_after": "299"}, server=words)
    outcomes: list[FetchOutcome] = []
    app.schedule.run(lambda: bool(outcomes), outcomes.append)
    until = app.storage.accounts.status(account.id or 0).waiting_until
    assert until is not None
    assert timedelta(seconds=280) < until - datetime.now(UTC) <= timedelta(seconds=299)


def test_a_runner_that_is_stopped_ends_cleanly(app: Application, servers: Servers) -> None:
    add(app, "due")
    servers["due.example.org"].add(*(mail(n) for n in range(30)))
    app.schedule.run(lambda: True)
    assert running() == {threading.main_thread()}


@pytest.mark.parametrize("asked", ["9999999999999", "1e400", "soon", "nan"])
def test_absurd_patience_is_bounded(app: Application, servers: Servers, asked: str) -> None:
    account = add(app, "slow")
    servers.refusals["slow.example.org"] = UserFixableError(Code.SIGN_IN_NOT_NOW, {"retry_after": asked})
    outcomes: list[FetchOutcome] = []
    app.schedule.run(lambda: bool(outcomes), outcomes.append)
    until = app.storage.accounts.status(account.id or 0).waiting_until
    assert until is not None
    assert until - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "schedule", "due"),
    [
        ("2026-03-28T07:00:00+00:00", "0 8 * * *", "2026-03-29T06:00:00+00:00"),  # the clocks go forward
        ("2026-10-24T06:00:00+00:00", "0 8 * * *", "2026-10-25T07:00:00+00:00"),  # and back
        ("2026-10-25T00:25:00+00:00", "*/10 * * * *", "2026-10-25T00:30:00+00:00"),  # 2:25 the first time
        ("2026-10-25T01:25:00+00:00", "*/10 * * * *", "2026-10-25T01:30:00+00:00"),  # 2:25 the second time
    ],
)
def test_eight_o_clock_stays_eight_o_clock(monkeypatch: pytest.MonkeyPatch, now: str, schedule: str, due: str) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        account = IncomingAccount(name="x", type=AccountType.IMAPS, schedule=schedule)
        assert next_due(account, Settings(), datetime.fromisoformat(now)) == datetime.fromisoformat(due)
    finally:
        monkeypatch.undo()
        time.tzset()


# --- leases ---


def test_a_clock_that_is_set_makes_nobody_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    me = this_process()
    boot, created = psutil.boot_time(), psutil.Process().create_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: boot + 3600)
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: created + 3600)
    assert not is_gone(me)


def test_the_heartbeat_outlives_whatever_goes_wrong_with_one_beat(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[Lease] = []
    beaten = threading.Event()

    def renew(lease: Lease) -> bool:
        beats.append(lease)
        if len(beats) > 2:
            beaten.set()
        raise RuntimeError("a driver's whim")

    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(app.storage.leases, "renew", renew)
    keeper = LeaseKeeper(app.storage)
    assert keeper.take("x")
    assert beaten.wait(10)
    keeper.close()


def test_a_holder_is_gone_when_its_process_is() -> None:
    me = this_process()
    assert not is_gone(me)
    assert is_gone(dataclasses.replace(me, started=me.started - 1000)), "the pid was used again"
    assert is_gone(dataclasses.replace(me, pid=2**22 - 3))
    assert not is_gone(Holder("another-host", me.pid, 0.0, "u"))


# --- check ---


@imap_only
def test_a_check_goes_layer_by_layer_on_values_that_are_not_saved(house: House) -> None:
    shown = IncomingAccount(name="new", type=AccountType.IMAPS, host="mail.example.org", username="u")
    told: list[Layer] = []
    report = house.app.checking.check(shown, lambda: Secret("pw"), lambda line: told.append(line.layer))
    assert {line.layer: line.result for line in report.layers}[Layer.DELETE] is CheckResult.OK
    assert told == [line.layer for line in report.layers]
    assert house.app.accounts.all() == []
    assert house.server.log == ["open", "finish", "finished"]


@imap_only
def test_the_folder_tree_can_be_listed_whatever_folder_the_account_names(house: House) -> None:
    house.server.folders["Archive"] = []
    account = house.account(folder="Nowhere")
    folders = house.app.checking.folders(account, lambda: Secret("pw"))
    assert [folder.name for folder in folders] == ["INBOX", "Archive"]


@imap_only
def test_a_check_stops_at_the_first_failure_and_says_what_was_not_tried(house: House) -> None:
    account = house.account()
    refusal = UserFixableError(Code.SIGN_IN_REFUSED, {"username": "u"}, server="NO [AUTH]", layer=Layer.SIGN_IN)

    def refuse() -> Secret:
        raise refusal

    report = house.app.checking.check(account, refuse)
    results = {line.layer: line.result for line in report.layers}
    assert not report.ok
    assert results[Layer.SIGN_IN] is CheckResult.FAILED
    assert results[Layer.FOLDER] is results[Layer.DELETE] is CheckResult.NOT_TRIED
    failed = next(line for line in report.layers if line.result is CheckResult.FAILED)
    assert failed.server == "NO [AUTH]"


@imap_only
def test_a_check_of_values_that_break_rules_is_refused(house: House) -> None:
    with pytest.raises(InvalidRecordError):
        house.app.checking.check(IncomingAccount(name="x", type=AccountType.IMAPS), lambda: Secret(""))


@imap_only
def test_a_plain_type_is_told_to_be_readable_by_others(house: House) -> None:
    open_real = house.server.open

    def opened(
        access: ServerAccess, password: Secret, on_layer: Callable[[LayerReached], None], *more: Any
    ) -> MemoryMailbox:
        on_layer(LayerReached(Layer.CAPABILITIES, {"capabilities": "IMAP4REV1 STARTTLS"}))
        return open_real(access, password, on_layer, *more)

    house.app.checking._mailboxes._open_mailbox = opened
    account = house.account(type=AccountType.IMAP)
    report = house.app.checking.check(account, lambda: Secret("pw"))
    (line,) = [line for line in report.layers if line.layer is Layer.TLS]
    assert dict(line.facts) == {"encryption": "none", "starttls_offered": "yes", "type": "IMAP"}


def test_layers_depend_on_the_type_and_the_rule() -> None:
    plain = IncomingAccount(name="x", type=AccountType.POP3)
    assert Layer.FOLDER not in layers_of(plain)
    mover = IncomingAccount(name="x", type=AccountType.IMAPS, after_fetch=AfterFetch.MOVE)
    assert layers_of(mover)[-1] is Layer.MOVE


def test_a_fetch_is_dated_by_the_clock_that_dates_its_messages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workstation's clock may be wrong by hours."""
    now = Database.now

    def ahead(database: Database, connection: Connection | None = None) -> datetime:
        return now(database, connection) + timedelta(hours=7)

    monkeypatch.setattr(Database, "now", ahead)
    house.server.add(mail(1))
    account = house.account()
    outcome = house.fetch(account)
    (message,) = house.messages
    assert outcome.started is not None
    assert outcome.ended is not None
    assert outcome.started <= message.fetched_at <= outcome.ended
    assert house.app.accounts.runs(account.id or 0)[0].started == outcome.started
    house.app.accounts.set_validity([account], Validity.INVALID)
    refused = house.fetch(house.app.accounts.get("support"))
    assert (refused.started, refused.ended) == (None, None)
