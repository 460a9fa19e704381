"""The communication log: what a fetch leaves in it, what it never does, how it is read and thrown away."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailadmin.diagnostics import hide
from mailadmin.domain.accounts import AfterFetch, IncomingAccount, Validity
from mailadmin.domain.communication import (
    HANDED_IN_TYPE,
    Communication,
    LogKind,
    LogObject,
    LogQuery,
    LogStatus,
    LogStep,
    Priority,
)
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.leases import account_lease
from mailadmin.domain.outcomes import FetchCounts, FetchRun, FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.domain.settings import Settings
from mailadmin.domain.tickets import TicketWrite
from mailadmin.services.communication import RUNS_KEPT, Purging, purge
from mailadmin.services.communication_export import json_lines
from mailadmin.services.fetch import log_writer
from mailadmin.services.fetch.account import AccountFetch
from mailadmin.services.fetch.noted import ENTRIES_AT_MOST
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.steps import Step
from mailadmin.storage import Storage
from mailadmin.storage import communication as storage_module

from .conftest import House, mail

imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)
EVERYTHING = LogQuery()


def log_of(house: House, number: int = 0) -> tuple[Communication, list[LogObject], list[LogObject]]:
    """A communication (0: the newest), its connections, its messages."""
    one = house.app.communication.page(EVERYTHING)[number]
    objects = house.app.communication.objects(one.id)
    kinds = {kind: [each for each in objects if each.kind is kind] for kind in LogKind}
    return one, kinds[LogKind.CONNECTION], kinds[LogKind.MESSAGE]


def steps(one: LogObject) -> list[str]:
    return [entry.step for entry in one.entries]


def facts(one: LogObject, step: LogStep) -> dict[str, str]:
    """The facts of the last such entry."""
    return dict([entry.facts for entry in one.entries if entry.step == step][-1])


# --- what a fetch leaves ---


def test_a_fetch_says_what_happened_to_the_connection_and_to_each_message(house: House) -> None:
    house.server.add(mail(1), mail(2))
    account = house.account()
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.account, one.account_id, one.account_type) == ("support", account.id, account.type.value)
    assert (one.status, one.connections, one.messages, one.failed_messages) == (LogStatus.SUCCESSFUL, 1, 2, 0)
    assert one.ended is not None
    assert connection.status is LogStatus.SUCCESSFUL
    assert facts(connection, LogStep.LISTED) == {"listed": "2", "new": "2"}
    octets = str(len(mail(1)) + len(mail(2)))
    assert facts(connection, LogStep.BATCH) == {"asked": "2", "downloaded": "2", "bytes": octets}
    assert facts(connection, LogStep.CLOSED) == {"fetched": "2", "bytes": octets, "deleted": "2"}
    stored = house.messages
    assert [each.inbox_id for each in messages] == [message.id for message in stored]
    assert [each.source for each in messages] == [message.source for message in stored]
    assert [each.subject for each in messages] == ["Question 1", "Question 2"]
    for each, message in zip(messages, stored, strict=True):
        assert each.status is LogStatus.SUCCESSFUL
        assert facts(each, LogStep.COMMITTED) == {"id": str(message.id), "bytes": str(message.size)}
        became = facts(each, LogStep.BECAME)
        assert became == {"outcome": "new_ticket", "ticket": message.ticket, "queue": "Raw"}
        assert facts(each, LogStep.SERVER_COPY)["layer"] == "delete"
        assert one.started <= each.started <= (each.ended or each.started) <= one.ended


@imap_only
def test_the_servers_copy_is_told_as_it_was_treated(house: House) -> None:
    house.server.add(mail(1))
    house.account(after_fetch=AfterFetch.MOVE, move_to="Archive")
    house.fetch()
    _, _, (message,) = log_of(house)
    assert facts(message, LogStep.SERVER_COPY) == {"result": "done", "layer": "move"}


def test_a_copy_that_is_kept_is_told_as_kept_and_a_duplicate_as_one(house: House) -> None:
    house.server.add(mail(1), mail(1))
    house.account(after_fetch=AfterFetch.KEEP)
    house.fetch()
    one, _, messages = log_of(house)
    assert one.messages == 2
    assert {facts(each, LogStep.BECAME)["outcome"] for each in messages} == {"new_ticket", "duplicate"}
    assert {facts(each, LogStep.SERVER_COPY)["result"] for each in messages} == {"kept"}


def test_a_refusal_is_told_in_the_servers_own_words_and_the_secret_never(house: House) -> None:
    house.account()
    house.server.refused.add("pw")
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, connection.status, messages) == (LogStatus.FAILED, LogStatus.FAILED, [])
    told = facts(connection, LogStep.ERROR)
    assert (told["code"], told["server"], told["layer"]) == ("sign-in-refused", "NO AUTHENTICATE failed", "sign-in")
    assert connection.highest is Priority.ERROR
    assert steps(connection)[0] == LogStep.LAYER


def test_a_server_that_repeats_a_known_secret_does_not_get_it_into_the_log(house: House) -> None:
    account = house.account()
    hide(Secret("correct horse battery"))
    words = "NO user support correct horse battery is unknown"

    def refuse() -> None:
        raise UserFixableError(Code.SERVER_REFUSED, {"command": "LOGIN"}, server=words, layer=Layer.SIGN_IN)

    house.server.before["open"] = refuse
    house.fetch(account)
    _, (connection,), _ = log_of(house)
    assert facts(connection, LogStep.ERROR)["server"] == "NO user support *** is unknown"


def test_what_the_server_would_not_delete_is_a_warning_of_connection_and_message(house: House) -> None:
    house.server.add(mail(1))
    house.account()
    setattr(house.server, "refuse_quit" if house.server.pop3 else "refuse_delete", "NO [NOPERM] not yours")
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, connection.status) == (LogStatus.WARNING, LogStatus.WARNING)
    assert facts(connection, LogStep.ERROR)["server"] == "NO [NOPERM] not yours"
    assert steps(connection)[-1] == LogStep.CLOSED
    assert one.failed_messages == 0
    last = messages[-1]
    assert (last.status, last.inbox_id) == (LogStatus.WARNING, house.messages[0].id)
    assert facts(last, LogStep.SERVER_COPY) == {
        "result": "failed",
        "layer": "delete",
        "server": "NO [NOPERM] not yours",
    }


def test_what_fails_again_is_counted_and_not_told_message_by_message(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.account()
    setattr(house.server, "refuse_quit" if house.server.pop3 else "refuse_delete", "NO")
    house.fetch()
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, messages) == (LogStatus.WARNING, [])
    assert facts(connection, LogStep.SERVER_ACTION)["failed"] == "2"
    house.server.refuse_delete = house.server.refuse_quit = ""
    house.fetch()
    one, _, messages = log_of(house)
    assert one.status is LogStatus.SUCCESSFUL
    if not house.server.pop3:
        assert [steps(each) for each in messages] == [[LogStep.FROM_BEFORE, LogStep.SERVER_COPY]] * 2


def test_a_lost_connection_and_the_one_that_went_on_are_two(house: House) -> None:
    house.server.add(*(mail(number) for number in range(60)))
    house.account()
    house.server.poison.add(mail(55))
    house.fetch()
    one, connections, messages = log_of(house)
    assert one.connections == len(connections) > 1
    assert connections[0].status is LogStatus.FAILED
    assert facts(connections[0], LogStep.ERROR)["code"] == "connection-lost"
    assert steps(connections[1])[0] == LogStep.WENT_ON
    assert facts(connections[1], LogStep.WENT_ON) == {"code": "connection-lost"}
    assert one.status in {LogStatus.WARNING, LogStatus.FAILED}
    assert len({each.inbox_id for each in messages if each.inbox_id}) == 59
    (failed,) = [each for each in messages if each.status is LogStatus.FAILED]
    assert facts(failed, LogStep.ERROR)["code"] == "message-unavailable"
    assert one.failed_messages == 1


def test_a_message_that_is_too_big_is_told_when_it_is_met_first(house: House) -> None:
    house.server.add(mail(1))
    house.server.size_of[mail(1)] = 900 * 1024
    house.account(max_message_size_kb=100)
    house.fetch()
    one, _, (message,) = log_of(house)
    assert (one.status, message.status) == (LogStatus.WARNING, LogStatus.WARNING)
    assert message.inbox_id == house.messages[0].id
    assert facts(message, LogStep.TOO_BIG) == {"size": str(900 * 1024), "limit_kb": "100"}
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, messages) == (LogStatus.SUCCESSFUL, [])
    assert facts(connection, LogStep.LISTED)["too_big"] == "1"


def test_a_quarantined_message_has_failed_and_the_fetch_has_warnings(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.account()
    writing = house.app.storage.tickets.write

    def fails_for_two(writes: list[TicketWrite]) -> object:
        if any(one.decision.article.subject == "Question 2" for one in writes):
            raise ZeroDivisionError
        return writing(writes)

    house.app.storage.tickets.write = fails_for_two  # type: ignore[assignment,method-assign]
    house.fetch()
    one, _, messages = log_of(house)
    assert (one.status, one.failed_messages) == (LogStatus.WARNING, 1)
    assert [facts(each, LogStep.BECAME)["outcome"] for each in messages] == ["new_ticket", "quarantined"]
    assert messages[1].highest is Priority.ERROR


def test_a_fetch_that_found_nothing_leaves_one_small_connection(house: House) -> None:
    house.account()
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, one.messages, messages) == (LogStatus.SUCCESSFUL, 0, [])
    assert steps(connection) == [LogStep.LISTED, LogStep.CLOSED]
    assert {entry.priority for entry in connection.entries} == {Priority.INFO}


def test_busy_and_invalid_accounts_leave_nothing(house: House) -> None:
    account = house.account(validity=Validity.INVALID)
    assert house.fetch(account).status is FetchStatus.INVALID
    assert house.app.communication.page(EVERYTHING) == []


def test_a_stopped_fetch_says_so_and_tells_what_it_did(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.server.add(*(mail(number) for number in range(120)))
    house.account()
    stop, halted = threading.Event(), threading.Event()
    halt = AccountFetch.halt

    def halt_and_tell(self: AccountFetch, *, overdue: bool = False) -> None:
        halt(self, overdue=overdue)
        halted.set()

    def at_step(step: Step) -> None:
        if step is Step.STORED:
            stop.set()
            assert halted.wait(10)

    monkeypatch.setattr(AccountFetch, "halt", halt_and_tell)
    house.on_step.append(at_step)
    assert house.fetch(should_stop=stop.is_set).status is FetchStatus.STOPPED
    one, connections, messages = log_of(house)
    assert one.status is LogStatus.SUCCESSFUL
    assert LogStep.STOPPED in steps(connections[-1])
    assert len(messages) == len(house.messages) > 0


# --- what it never does ---


def test_switched_off_it_writes_nothing(house: House) -> None:
    house.app.storage.settings.set("CommunicationLog", False)
    house.server.add(mail(1))
    house.account()
    assert house.fetch().counts.fetched == 1
    house.app.reading.read(mail(2))
    assert house.app.communication.page(EVERYTHING) == []


def test_a_log_that_cannot_be_written_costs_a_warning_and_no_mail(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.server.add(*(mail(number) for number in range(3)))
    house.account()

    def refuses(*args: object, **options: object) -> None:
        raise UserFixableError(Code.DATABASE_FULL, {"url": "x"})

    house.app.storage.communication.write = refuses  # type: ignore[method-assign]
    outcome = house.fetch()
    assert (outcome.status, outcome.counts.deleted) == (FetchStatus.OK, 3)
    assert house.tickets == 3
    warnings = [record for record in caplog.records if "communication log" in record.getMessage()]
    assert len(warnings) == 1


def test_it_is_written_in_bulk_and_what_was_written_survives_a_kill(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "WRITTEN_AT_ONCE", 100)
    written: list[int] = []
    write = house.app.storage.communication.write

    def counted(communication_id: int, objects: list[LogObject], **options: Any) -> None:
        written.append(len(objects))
        write(communication_id, objects, **options)

    house.app.storage.communication.write = counted  # type: ignore[method-assign,assignment]
    house.server.add(*(mail(number) for number in range(230)))
    house.account()
    house.fetch()
    assert sum(written) == 231
    assert len(written) <= 4
    assert max(written) <= 200


def test_one_whose_process_is_gone_is_told_as_interrupted_and_closed_by_the_next_fetch(house: House) -> None:
    account = house.account()
    assert account.id is not None
    store = house.app.storage.communication
    left = store.begin(Communication(account_id=account.id, account="support", started=datetime.now(UTC)))
    keeper = LeaseKeeper(house.app.storage)
    lease = keeper.take(account_lease(account.id))
    assert lease is not None
    assert house.app.communication.get(left).status is LogStatus.PROCESSING
    keeper.release(lease)
    keeper.close()
    (shown,) = house.app.communication.page(EVERYTHING)
    assert (shown.status, shown.interrupted, shown.ended) == (LogStatus.FAILED, True, None)
    assert house.app.communication.get(left).interrupted
    house.fetch()
    stored = store.get(left)
    assert stored is not None
    assert (stored.status, stored.ended) == (LogStatus.FAILED, None)
    assert store.open() == []


def test_memory_stays_bounded_when_one_connection_has_very_much_to_tell(house: House) -> None:
    house.app.storage.settings.set("FetchBatchMessages", 1)
    house.server.add(*(mail(number) for number in range(ENTRIES_AT_MOST + 50)))
    house.account()
    house.fetch()
    _, (connection,), messages = log_of(house)
    assert len(connection.entries) <= ENTRIES_AT_MOST + 1
    assert int(facts(connection, LogStep.LEFT_OUT)["count"]) > 0
    assert len(messages) == ENTRIES_AT_MOST + 50


# --- messages that are handed in ---


@imap_only
def test_a_message_that_is_handed_in_is_a_communication_without_a_connection(house: House) -> None:
    processed = house.app.reading.read(mail(1))
    assert processed is not None
    one, connections, (message,) = log_of(house)
    assert (one.account, one.account_type, one.status) == ("", HANDED_IN_TYPE, LogStatus.SUCCESSFUL)
    assert (connections, one.messages) == ([], 1)
    assert message.inbox_id == processed.inbox_id
    assert facts(message, LogStep.HANDED_IN) == {"bytes": str(len(mail(1)))}
    assert facts(message, LogStep.BECAME)["ticket"] == processed.ticket
    assert one.ended is not None


@imap_only
def test_a_message_that_could_not_be_taken_in_has_failed(house: House) -> None:
    with pytest.raises(UserFixableError):
        house.app.reading.read(mail(1), queue="Nowhere")
    one, _, (message,) = log_of(house)
    assert (one.status, message.status) == (LogStatus.FAILED, LogStatus.FAILED)
    assert facts(message, LogStep.ERROR) == {"code": "unknown-queue", "name": "Nowhere"}


@imap_only
def test_a_database_that_does_not_work_is_not_tried_again_for_the_log(house: House) -> None:
    asked: list[str] = []

    def locked(account: IncomingAccount) -> int:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})

    def load() -> Settings:
        asked.append("whether a log is kept")
        return Settings()

    house.app.storage.accounts.mailbox_id = locked  # type: ignore[method-assign]
    house.app.storage.settings.load = load  # type: ignore[method-assign]
    with pytest.raises(UserFixableError) as raised:
        house.app.reading.read(mail(1))
    assert raised.value.code is Code.DATABASE_LOCKED
    assert asked == []
    assert house.app.communication.page(EVERYTHING) == []


@imap_only
def test_handing_in_a_message_for_an_account_closes_no_fetch_of_it(house: House) -> None:
    account = house.account()
    store = house.app.storage.communication
    going_on = store.begin(Communication(account_id=account.id, account="support", started=datetime.now(UTC)))
    house.app.reading.read(mail(1), account=account)
    assert [one.id for one in store.open()] == [going_on]


# --- reading it ---


@imap_only
def test_of_a_message_the_log_says_where_it_came_by(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.account()
    house.fetch()
    (told,) = house.app.communication.of_message(house.messages[1].id)
    assert told.subject == "Question 2"


@imap_only
def test_the_export_holds_everything_oldest_first(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    house.fetch()
    house.server.refused.add("pw")
    house.fetch()
    lines = [json.loads(line) for line in json_lines(house.app.communication.export(EVERYTHING))]
    assert [line["status"] for line in lines] == ["successful", "failed"]
    for line in lines:
        one = house.app.communication.get(line["id"])
        objects = house.app.communication.objects(one.id)
        assert (line["account"], line["messages"]) == (one.account, one.messages)
        assert datetime.fromisoformat(line["started"]) == one.started.replace(
            microsecond=one.started.microsecond // 1000 * 1000
        )
        for document, each in zip(line["objects"], objects, strict=True):
            assert [(entry["priority"], entry["step"], entry["facts"]) for entry in document["entries"]] == [
                (entry.priority.value, entry.step, entry.facts) for entry in each.entries
            ]
            assert document["message"] == each.inbox_id


@imap_only
def test_a_communication_that_is_not_there_is_told(house: House) -> None:
    with pytest.raises(UserFixableError) as raised:
        house.app.communication.get(99)
    assert raised.value.code is Code.UNKNOWN_COMMUNICATION


# --- throwing it away ---


def old(storage: Storage, hours: int, status: LogStatus, messages: int = 0) -> int:
    """A communication that began so many hours ago."""
    began = storage.now() - timedelta(hours=hours)
    made = storage.communication.begin(Communication(account="old", started=began))
    objects = [LogObject(kind=LogKind.MESSAGE, status=LogStatus.SUCCESSFUL, started=began)] * messages
    storage.communication.write(made, objects, status=status, ended=began)
    return made


@imap_only
def test_purging_keeps_what_the_settings_say(house: House) -> None:
    storage = house.app.storage
    old(storage, 169, LogStatus.SUCCESSFUL)
    kept = [old(storage, 167, LogStatus.SUCCESSFUL), old(storage, 169, LogStatus.WARNING)]
    kept += [old(storage, 743, LogStatus.FAILED)]
    old(storage, 745, LogStatus.FAILED)
    old(storage, 745, LogStatus.PROCESSING)
    assert house.app.communication.purge() == 3
    assert sorted(one.id for one in house.app.communication.page(EVERYTHING)) == kept
    storage.settings.set("CommunicationLog::PurgeAfterHours::AllCommunications", 168)
    assert house.app.communication.purge() == 2


@imap_only
def test_a_long_communication_goes_in_pieces_with_everything_that_belongs_to_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "_OBJECTS_AT_ONCE", 10)
    monkeypatch.setattr(storage_module, "_COMMUNICATIONS_AT_ONCE", 3)
    storage = house.app.storage
    for number in range(10):
        old(storage, 800 + number, LogStatus.SUCCESSFUL, messages=7)
    assert purge(storage) == (10, True)
    with sqlite3.connect(storage.url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM communication_object").fetchone() == (0,)


@imap_only
def test_runs_go_too_but_for_the_last_of_each_account(house: House) -> None:
    account = house.account()
    assert account.id is not None
    storage = house.app.storage
    for number in range(RUNS_KEPT + 20):
        began = storage.now() - timedelta(hours=2000 - number)
        storage.runs.record(FetchRun(account.id, began, 1.0, FetchStatus.OK, FetchCounts()))
    purge(storage)
    left = storage.runs.last(account.id, 1000)
    assert len(left) == RUNS_KEPT
    assert left[0].started > left[-1].started > storage.now() - timedelta(hours=2000 - 20, minutes=1)


@imap_only
def test_whoever_fetches_purges_now_and_then(house: House) -> None:
    old(house.app.storage, 800, LogStatus.FAILED)
    house.app.fetching.fetch()
    assert house.app.communication.page(EVERYTHING) == []
    old(house.app.storage, 800, LogStatus.FAILED)
    house.app.fetching.fetch()  # not again within the hour
    assert len(house.app.communication.page(EVERYTHING)) == 1


@imap_only
def test_a_purge_that_is_told_to_stop_stops_and_goes_on_the_next_time(house: House) -> None:
    storage = house.app.storage
    old(storage, 800, LogStatus.FAILED)
    purging = Purging(storage)
    purging.purge_if_due(lambda: True)
    assert len(house.app.communication.page(EVERYTHING)) == 1
    purging.purge_if_due()
    assert house.app.communication.page(EVERYTHING) == []
