"""The vault's rows: one key per database, no secret under a key that is gone, nothing about them in the audit."""

from __future__ import annotations

import threading

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord, SealedSecret, SecretRows
from mailadmin.domain.secrets import SecretKind, SecretOwner, SecretRef
from mailadmin.storage import Storage

from .conftest import OpenAgain

KEY = KeyRecord("key-1", b"\x00check", None, "")
NEXT = KeyRecord("key-2", b"\x00next", b"\xff\x00", '{"n": 1}')


def sealed(
    owner: str,
    key: KeyRecord = KEY,
    octets: bytes = b"\x00\xff",
    *,
    kind: SecretKind = SecretKind.PASSWORD,
    row: str = "",
) -> SealedSecret:
    ref = SecretRef(SecretOwner.INCOMING, owner, kind)
    return SealedSecret(ref, row or f"row-{owner}-{kind}", key.key_id, b"n", octets)


@pytest.fixture
def rows(storage: Storage) -> SecretRows:
    """The store as the vault knows it, with a key."""
    assert storage.secrets.key_record() is None
    assert storage.secrets.claim_key_record(KEY) == KEY
    return storage.secrets


def test_the_first_key_wins(rows: SecretRows) -> None:
    assert rows.claim_key_record(NEXT) == KEY
    assert rows.key_record() == KEY


def test_first_starts_at_once_agree_on_one_key(storage: Storage, opened: OpenAgain) -> None:
    everybody = threading.Barrier(6)
    got: list[KeyRecord] = []

    def claim(one: Storage, record: KeyRecord) -> None:
        everybody.wait()
        got.append(one.secrets.claim_key_record(record))

    threads = [threading.Thread(target=claim, args=(opened(), KeyRecord(f"key-{number}", b"c"))) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len(set(got)) == 1
    assert storage.secrets.key_record() == got[0]


def test_the_wrapped_copy_is_replaced_for_the_key_in_force_only(rows: SecretRows) -> None:
    wrapped = KeyRecord(KEY.key_id, KEY.check, b"\x00wrapped", '{"n": 2}')
    rows.store_key_record(wrapped)
    assert rows.key_record() == wrapped
    with pytest.raises(UserFixableError) as caught:
        rows.store_key_record(NEXT)
    assert caught.value.code is Code.KEY_WRONG


def test_secrets_are_kept_replaced_and_deleted(rows: SecretRows) -> None:
    first, second = sealed("a"), sealed("b")
    rows.store(second)
    rows.store(first)
    assert rows.load(first.ref) == first
    assert rows.all() == [first, second]
    replaced = sealed("a", octets=b"new", row="another")
    rows.store(replaced)
    assert rows.load(first.ref) == replaced
    assert rows.delete(first.ref)
    assert not rows.delete(first.ref)
    assert rows.load(first.ref) is None
    assert rows.all() == [second]


def test_a_secret_under_a_key_that_is_not_in_force_is_refused(rows: SecretRows) -> None:
    with pytest.raises(UserFixableError) as caught:
        rows.store(sealed("a", NEXT))
    assert caught.value.code is Code.KEY_WRONG
    assert rows.all() == []


def test_the_key_is_changed_with_all_secrets_or_not_at_all(rows: SecretRows) -> None:
    rows.store(sealed("a"))
    rows.store(sealed("b"))
    changed = [sealed("a", NEXT, b"1"), sealed("b", NEXT, b"2")]
    with pytest.raises(UserFixableError) as caught:
        rows.change_key(NEXT, changed[:1])
    assert caught.value.code is Code.EDIT_CONFLICT
    assert caught.value.facts["record"] == "incoming/b/password"
    assert rows.key_record() == KEY
    assert rows.load(sealed("a").ref) == sealed("a")
    with rows.transaction():
        assert len(rows.all()) == 2
        rows.change_key(NEXT, changed)
    assert rows.key_record() == NEXT
    assert rows.all() == changed


def test_a_transaction_around_secrets_goes_back_as_a_whole(rows: SecretRows) -> None:
    def store_and_fail() -> None:
        with rows.transaction():
            rows.store(sealed("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_and_fail()
    assert rows.all() == []


def test_the_audit_says_which_secret_but_nothing_of_it(rows: SecretRows, storage: Storage) -> None:
    rows.store(sealed("a", octets=b"hunter2"))
    rows.store(sealed("a", octets=b"renewed", kind=SecretKind.TOKEN_CACHE))
    rows.delete(sealed("a").ref)
    entries = storage.audit.list()
    assert [(entry.table, entry.record, entry.action, dict(entry.changes)) for entry in entries] == [
        ("secret", "incoming/a/password", "delete", {}),
        ("secret", "incoming/a/password", "set", {}),
    ]
    assert "hunter2" not in repr(entries)
