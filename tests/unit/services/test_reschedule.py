"""When the schedules of the settings change, accounts that go by them are due by the new ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.services.due import next_times, reschedule
from mailadmin.storage import Storage, open_storage

NEW_YEAR = "0 0 1 1 *"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = open_storage(f"sqlite:///{tmp_path / 'mailadmin.db'}", who="test", backups=tmp_path)
    yield storage
    storage.close()


def _account(storage: Storage, name: str, due_in: timedelta | None, **fields: object) -> int:
    record = IncomingAccount(name=name, type=AccountType.IMAPS, host="mail.example.org", username=name)
    added = storage.accounts.add(replace(record, **fields))  # type: ignore[arg-type]
    assert added.id is not None
    storage.accounts.set_due(added.id, None if due_in is None else storage.now() + due_in)
    return added.id


def test_only_those_that_go_by_the_changed_setting_and_wait_are_moved(storage: Storage) -> None:
    minutes = timedelta(minutes=5)
    waiting = _account(storage, "waiting", minutes)
    own = _account(storage, "own", minutes, schedule="*/7 * * * *")
    overdue = _account(storage, "overdue", -minutes)
    never = _account(storage, "never", None)
    before = {one: storage.accounts.status(one).next_due for one in (waiting, own, overdue, never)}
    storage.settings.set("FetchSchedule", NEW_YEAR)
    reschedule(storage)
    after = {one: storage.accounts.status(one).next_due for one in before}
    [new_year] = next_times(NEW_YEAR, storage.now(), 1)
    assert after.pop(waiting) == new_year
    assert after == {one: before[one] for one in after}


def test_accounts_that_sign_in_by_oauth2_go_by_their_own_setting(storage: Storage) -> None:
    password = _account(storage, "password", timedelta(minutes=5))
    due = storage.accounts.status(password).next_due
    storage.settings.set("FetchScheduleOAuth2", NEW_YEAR)
    reschedule(storage)
    moved = storage.accounts.status(password).next_due
    assert moved is not None
    assert due is not None
    assert moved - storage.now() <= timedelta(minutes=10)


def test_the_next_times_follow_each_other(storage: Storage) -> None:
    times = next_times("*/15 * * * *", storage.now(), 3)
    assert [later - earlier for earlier, later in pairwise(times)] == [timedelta(minutes=15)] * 2
    assert times[0] > storage.now()
