"""Leases: one holder at a time, across threads, processes and workstations."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from mailadmin.domain.leases import LEASE_SECONDS, Holder, Lease
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import HOLDER, OTHER


def living(_holder: Holder) -> bool:
    return False


def taken(storage: Storage, holder: Holder = HOLDER) -> Lease:
    lease = storage.leases.take("account:1", holder, living)
    assert lease is not None
    return lease


def test_a_lease_is_held_by_one(storage: Storage, opened: OpenAgain) -> None:
    lease = taken(storage)
    assert lease == Lease("account:1", HOLDER, 1)
    assert opened().leases.take("account:1", OTHER, living) is None
    assert storage.leases.take("account:1", HOLDER, living) is None, "not even by the holder's other thread"
    assert storage.leases.take("account:2", OTHER, living) is not None
    assert storage.leases.holds(lease)
    view = storage.leases.view("account:1")
    assert view is not None
    assert (view.holder, view.generation, view.expired) == (HOLDER, 1, False)
    assert view.expires is not None
    assert timedelta(0) < view.expires - storage.now() <= timedelta(seconds=LEASE_SECONDS)


def test_a_released_lease_is_free(storage: Storage) -> None:
    lease = taken(storage)
    storage.leases.release(lease)
    view = storage.leases.view("account:1")
    assert view is not None
    assert (view.holder, view.generation) == (None, 1)
    assert not storage.leases.holds(lease)
    assert not storage.leases.renew(lease)
    assert taken(storage, OTHER).generation == 2
    assert storage.leases.view("account:9") is None


def test_an_expired_lease_is_lost_even_before_somebody_takes_it(storage: Storage) -> None:
    lease = taken(storage)
    storage.leases.expire("account:1")
    view = storage.leases.view("account:1")
    assert view is not None
    assert view.expired
    assert view.holder == HOLDER
    assert not storage.leases.holds(lease)
    assert not storage.leases.renew(lease)
    assert taken(storage, OTHER).generation == 2


def test_who_slept_does_not_go_on_with_the_lease_of_another(storage: Storage) -> None:
    mine = taken(storage)
    storage.leases.expire("account:1")
    theirs = taken(storage, OTHER)
    assert not storage.leases.renew(mine)
    assert not storage.leases.holds(mine)
    storage.leases.release(mine)
    assert storage.leases.holds(theirs), "a lost lease is not given back"
    assert storage.leases.renew(theirs)


def test_a_holder_that_is_gone_is_replaced_at_once(storage: Storage) -> None:
    mine = taken(storage)
    asked: list[Holder] = []

    def gone(holder: Holder) -> bool:
        asked.append(holder)
        return True

    theirs = storage.leases.take("account:1", OTHER, gone)
    assert theirs is not None
    assert theirs.generation == 2
    assert asked == [HOLDER]
    assert not storage.leases.holds(mine)


def test_renewing_puts_the_expiry_off(storage: Storage) -> None:
    lease = taken(storage)
    before = storage.leases.view("account:1")
    assert storage.leases.renew(lease)
    after = storage.leases.view("account:1")
    assert before is not None
    assert after is not None
    assert before.expires is not None
    assert after.expires is not None
    assert after.expires > before.expires


def test_while_one_takes_a_lease_the_next_waits(storage: Storage, opened: OpenAgain) -> None:
    taken(storage)
    other, answers = opened(), []
    next_one = threading.Thread(
        target=lambda: answers.append(other.leases.take("account:1", OTHER, lambda holder: holder == HOLDER))
    )
    third = Holder(host="third", pid=1, started=1.0, user="tester")

    def gone(_holder: Holder) -> bool:
        next_one.start()
        next_one.join(0.2)  # it cannot end; without the lock it would within this time
        return True

    assert storage.leases.take("account:1", third, gone) is not None
    next_one.join()
    assert answers == [None]


def test_a_lease_checked_in_a_transaction_stays_until_its_end(storage: Storage, opened: OpenAgain) -> None:
    """A taker waits for the commit, even if the lease has expired by then."""
    lease = taken(storage)
    storage.leases.expire("account:1")
    with storage.transaction():
        assert not storage.leases.holds(lease)
    storage.leases.release(lease)
    lease = taken(storage)
    other = opened()
    asking, answers = threading.Event(), []

    def take() -> None:
        asking.set()
        answers.append(other.leases.take("account:1", OTHER, lambda _holder: True))

    taker = threading.Thread(target=take)
    with storage.transaction():
        assert storage.leases.holds(lease)
        taker.start()
        asking.wait()
        taker.join(0.2)  # it cannot end; without the lock it would within this time
        assert answers == []
        storage.settings.set("SystemID", "11")
    taker.join()
    assert answers[0] is not None
    assert answers[0].generation == lease.generation + 1
    assert not storage.leases.holds(lease)


TAKE = """
import os, sys
from pathlib import Path
from mailadmin.domain.leases import Holder
from mailadmin.storage import open_storage
storage = open_storage(sys.argv[1], who="me", backups=Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.read()
print(storage.leases.take("account:1", Holder("here", os.getpid(), 1.0, "me"), lambda holder: False) is not None)
storage.close()
"""


@pytest.mark.slow
def test_of_two_processes_one_gets_the_lease(storage: Storage, url: str, tmp_path: object) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, url, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate()[0].strip() for process in processes]
    assert sorted(answers) == ["False", "False", "True"]
