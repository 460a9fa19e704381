"""The communication log on both databases: pages, filters, numbers, texts from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.communication import (
    Communication,
    LogEntry,
    LogKind,
    LogObject,
    LogQuery,
    LogStatus,
    LogStep,
    Priority,
)
from mailadmin.storage import Storage

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
EVERYTHING = LogQuery()


def made(
    storage: Storage,
    account: str = "support",
    *,
    minutes: int = 0,
    status: LogStatus = LogStatus.SUCCESSFUL,
    seconds: float = 2,
    words: str = "",
    messages: int = 0,
) -> int:
    """A communication that began so many minutes after NOW."""
    began = NOW + timedelta(minutes=minutes)
    ident = storage.communication.begin(Communication(account_id=None, account=account, started=began))
    entry = LogEntry(began + timedelta(milliseconds=1234), Priority.ERROR, LogStep.ERROR, {"server": words})
    objects = [
        LogObject(
            kind=LogKind.CONNECTION, status=status, started=began, ended=began, highest=Priority.ERROR, entries=(entry,)
        ),
        *[LogObject(kind=LogKind.MESSAGE, status=LogStatus.FAILED, started=began)] * messages,
    ]
    ended = None if status is LogStatus.PROCESSING else began + timedelta(seconds=seconds)
    storage.communication.write(ident, objects, status=status, ended=ended)
    return ident


def ids(storage: Storage, query: LogQuery) -> list[int]:
    return [one.id for one in storage.communication.page(query)]


def test_what_is_written_is_read_again(storage: Storage) -> None:
    ident = made(storage, words="NO [ALERT] Größe \0 \ud800 'quoted' \"twice\"", messages=2, status=LogStatus.WARNING)
    one = storage.communication.get(ident)
    assert one is not None
    assert (one.connections, one.messages, one.failed_messages) == (1, 2, 2)
    assert (one.started, one.ended) == (NOW, NOW + timedelta(seconds=2))
    connection, *messages = storage.communication.objects(ident)
    assert [each.kind for each in messages] == [LogKind.MESSAGE] * 2
    (entry,) = connection.entries
    assert entry.at == NOW + timedelta(milliseconds=1234)
    assert (entry.priority, entry.step) == (Priority.ERROR, LogStep.ERROR)
    assert entry.facts["server"].startswith("NO [ALERT] Größe ")
    assert "\ud800" not in entry.facts["server"]


def test_pages_are_newest_first_and_follow_each_other(storage: Storage) -> None:
    every = [made(storage, minutes=minute) for minute in range(7)]
    first = storage.communication.page(EVERYTHING, limit=3)
    second = storage.communication.page(EVERYTHING, before=first[-1].id, limit=3)
    assert [one.id for one in (*first, *second)] == every[::-1][:6]
    assert [one.id for one in storage.communication.page(EVERYTHING, after=every[1], limit=2)] == every[2:4]


def test_every_field_of_a_query_narrows_it(storage: Storage) -> None:
    one = made(storage, "Müller", minutes=0)
    two = made(storage, "support", minutes=10, status=LogStatus.FAILED, words="NO mailbox is over quota")
    three = made(storage, "support", minutes=20, status=LogStatus.WARNING)
    assert ids(storage, LogQuery(account="mÜLLER")) == [one]
    assert ids(storage, LogQuery(account="mÜLL")) == []
    assert ids(storage, LogQuery(statuses=frozenset({LogStatus.FAILED, LogStatus.WARNING}))) == [three, two]
    assert ids(storage, LogQuery(since=NOW + timedelta(minutes=10))) == [three, two]
    assert ids(storage, LogQuery(until=NOW + timedelta(minutes=10))) == [one]
    assert ids(storage, LogQuery(text="OVER Quota")) == [two]
    assert ids(storage, LogQuery(text="müll")) == [one]
    assert ids(storage, LogQuery(text="nothing like it")) == []
    assert ids(storage, LogQuery(text="over quota", account="Müller")) == []


@pytest.mark.parametrize("text", ['say "no"', "back\\slash", "100%", "_"])
def test_a_text_is_looked_for_as_it_is(storage: Storage, text: str) -> None:
    made(storage, "a", words="plain words")
    found = made(storage, "b", words=f"it did {text} today")
    assert ids(storage, LogQuery(text=text)) == [found]


def test_numbers_are_of_what_the_query_finds(storage: Storage) -> None:
    for minute, status in enumerate((LogStatus.FAILED, LogStatus.SUCCESSFUL, LogStatus.SUCCESSFUL)):
        made(storage, "recovered", minutes=minute, status=status, seconds=1)
    made(storage, "failing", minutes=0)
    made(storage, "failing", minutes=5, status=LogStatus.FAILED, seconds=4)
    made(storage, "failing", minutes=6, status=LogStatus.PROCESSING)
    summary = storage.communication.summary(EVERYTHING)
    assert (summary.successful, summary.warning, summary.failed, summary.open) == (3, 0, 2, 1)
    assert summary.average_seconds == pytest.approx((1 + 1 + 1 + 2 + 4) / 5, abs=0.01)
    assert summary.failing_accounts == ("failing",)
    assert storage.communication.summary(LogQuery(account="recovered")).failing_accounts == ()
    nothing = storage.communication.summary(LogQuery(account="nobody"))
    assert (nothing.successful, nothing.average_seconds) == (0, None)


def test_objects_come_page_by_page_connections_first_and_by_priority(storage: Storage) -> None:
    ident = storage.communication.begin(Communication(account="support", started=NOW))
    kinds = [LogKind.MESSAGE, LogKind.CONNECTION, LogKind.MESSAGE, LogKind.MESSAGE]
    highest = [Priority.TRACE, Priority.WARN, Priority.ERROR, Priority.INFO]
    objects = [
        LogObject(kind=kind, status=LogStatus.SUCCESSFUL, started=NOW, highest=priority)
        for kind, priority in zip(kinds, highest, strict=True)
    ]
    storage.communication.write(ident, objects)
    every = storage.communication.objects(ident)
    assert [one.highest for one in every] == [Priority.WARN, Priority.TRACE, Priority.ERROR, Priority.INFO]
    first = storage.communication.objects(ident, limit=2)
    assert first + storage.communication.objects(ident, after=first[-1], limit=9) == every
    told = storage.communication.objects(ident, at_least=Priority.WARN)
    assert [one.highest for one in told] == [Priority.WARN, Priority.ERROR]


def test_the_next_fetch_of_an_account_closes_what_was_left_open(storage: Storage) -> None:
    first, other = (
        storage.communication.begin(Communication(account_id=ident, account="a", started=NOW)) for ident in (1, 2)
    )
    second = storage.communication.begin(Communication(account_id=1, account="a", started=NOW))
    assert [one.id for one in storage.communication.open()] == [other, second]
    closed = storage.communication.get(first)
    assert closed is not None
    assert closed.interrupted


def test_what_was_purged_in_the_middle_of_it_takes_no_more(storage: Storage) -> None:
    ident = made(storage, status=LogStatus.PROCESSING)
    later = NOW + timedelta(days=1)
    assert storage.communication.purge(successful_before=later, any_before=later) == (1, False)
    one = LogObject(kind=LogKind.MESSAGE, status=LogStatus.SUCCESSFUL, started=NOW)
    storage.communication.write(ident, [one])
    assert storage.communication.objects(ident) == []
