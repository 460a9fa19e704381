"""Incoming accounts as the window lists and copies them."""

from __future__ import annotations

import dataclasses

import pytest

from mailadmin.domain.accounts import AfterFetch, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import Holder, account_lease
from mailadmin.domain.secrets import Secret
from mailadmin.services.leases import LeaseKeeper, this_process

from .conftest import House, mail

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


def test_a_copy_has_a_free_name_and_no_past(house: House) -> None:
    account = house.account(comment="Second floor.", after_fetch=AfterFetch.KEEP, validity=Validity.INVALID)
    copy = house.app.accounts.duplicate(account)
    assert (copy.name, copy.id, copy.uid, copy.version, copy.created, copy.changed) == (
        "support (2)", None, None, 0, None, None,
    )  # fmt: skip
    assert (copy.comment, copy.after_fetch, copy.validity) == ("Second floor.", AfterFetch.KEEP, Validity.INVALID)
    assert len(house.app.accounts.all()) == 1
    second = house.app.accounts.add(dataclasses.replace(copy, name="Support (2)"))
    assert second.uid != account.uid
    assert not house.app.accounts.has_password(second)
    assert house.app.accounts.duplicate(account).name == "support (3)"
    assert house.app.accounts.duplicate(second).name == "Support (3)"


def test_the_name_of_a_copy_is_not_too_long(house: House) -> None:
    account = house.account("a" * 191)
    copy = house.app.accounts.duplicate(account)
    assert house.app.accounts.faults(copy) == []
    assert copy.name.endswith("a (2)")


def test_whether_there_is_a_password_is_told_without_the_key(house: House) -> None:
    account = house.account()
    bare = house.app.accounts.add(house.app.accounts.duplicate(account))
    (house.app.places.backups.parent / "key").unlink()
    assert house.app.accounts.has_password(account)
    assert not house.app.accounts.has_password(bare)
    assert not house.app.accounts.has_password(dataclasses.replace(account, uid=None))


def test_the_table_has_every_account_with_its_status(house: House) -> None:
    house.server.add(mail(1))
    fetched, waiting = house.account(), house.account("another", username="b@example.org")
    house.fetch(fetched)
    rows = house.app.accounts.all_with_status()
    assert [account.name for account, _ in rows] == [waiting.name, fetched.name]
    assert [bool(status and status.last_good) for _, status in rows] == [False, True]


def test_a_copy_is_fetched_with_its_own_password(house: House) -> None:
    copy = house.app.accounts.duplicate(house.account())
    stored = house.app.accounts.add(dataclasses.replace(copy, username="c@example.org"), Secret("pw"))
    assert house.app.accounts.has_password(stored)


def test_an_account_that_is_fetched_just_now_is_not_deleted(house: House) -> None:
    account = house.account()
    elsewhere = Holder("another-computer", 4711, 1.0, "ann")
    keeper = LeaseKeeper(house.app.storage, elsewhere)
    lease = keeper.take(account_lease(account.id or 0))
    assert lease is not None
    with pytest.raises(UserFixableError) as caught:
        house.app.accounts.delete(account)
    assert (caught.value.code, caught.value.facts) == (
        Code.ACCOUNT_BUSY,
        {"name": "support", "holder": str(elsewhere)},
    )
    assert house.app.accounts.has_password(house.app.accounts.get("support"))
    keeper.release(lease)
    keeper.close()
    house.app.accounts.delete(account)
    assert house.app.accounts.all() == []


@pytest.mark.parametrize("expired", [False, True])
def test_an_account_whose_fetch_was_killed_is_deleted(house: House, expired: bool) -> None:
    account = house.account()
    lease = account_lease(account.id or 0)
    holder = (
        Holder("another-computer", 4711, 1.0, "ann") if expired else dataclasses.replace(this_process(), started=-1e9)
    )
    assert house.app.storage.leases.take(lease, holder, lambda holder: False) is not None
    if expired:
        house.app.storage.leases.expire(lease)
    house.app.accounts.delete(account)
    assert house.app.accounts.all() == []


def test_an_account_that_somebody_else_has_changed_is_not_deleted(house: House) -> None:
    account = house.account()
    changed = house.app.accounts.change(dataclasses.replace(account, comment="keep this one"))
    with pytest.raises(UserFixableError) as caught:
        house.app.accounts.delete(account)
    assert caught.value.code is Code.EDIT_CONFLICT
    assert house.app.accounts.all() == [changed]
    assert house.app.accounts.has_password(changed)
