"""Changing the key: everything is sealed anew, and wherever it is interrupted, everything can still be read."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord, SealedSecret
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.vault import DatabaseVault
from mailadmin.vault.key_sources import KeyFileKeys, KeyringKeys, KeySource, PassphraseFileKeys
from mailadmin.vault.system_keyring import SystemKeyring
from mailadmin.vault.wrapping import Cost

from .keyrings import MemoryKeyring
from .memory_rows import MemoryRows

CHEAP = Cost(n=2, r=1, p=1)
PASSPHRASE = Secret("correct horse battery")
REFS = [SecretRef(SecretOwner.INCOMING, str(number), SecretKind.PASSWORD) for number in range(3)]

MakeKeys = Callable[[], KeySource]


@pytest.fixture(params=["keyring", "key-file", "passphrase-file"])
def keys(request: pytest.FixtureRequest, tmp_path: Path, memory_keyring: MemoryKeyring) -> MakeKeys:
    passphrase_file = tmp_path / "passphrase"
    passphrase_file.write_text(PASSPHRASE.reveal())
    passphrase_file.chmod(0o600)
    makers: dict[str, MakeKeys] = {
        "keyring": lambda: KeyringKeys(SystemKeyring(30)),
        "key-file": lambda: KeyFileKeys(tmp_path / "key"),
        "passphrase-file": lambda: PassphraseFileKeys(passphrase_file, cost=CHEAP),
    }
    return makers[request.param]


def filled(rows: MemoryRows, keys: KeySource) -> DatabaseVault:
    vault = DatabaseVault(rows, keys, cost=CHEAP)
    for ref in REFS:
        vault.put(ref, Secret(f"secret of {ref}"))
    return vault


def assert_readable(rows: MemoryRows, keys: MakeKeys) -> None:
    vault = DatabaseVault(rows, keys(), cost=CHEAP)
    assert [vault.get(ref) for ref in REFS] == [Secret(f"secret of {ref}") for ref in REFS]


def test_everything_is_sealed_anew_under_another_key(rows: MemoryRows, keys: MakeKeys) -> None:
    vault = filled(rows, keys())
    before, record = dict(rows.rows), rows.record
    assert vault.change_key() == 3
    assert record is not None
    assert rows.record is not None
    assert rows.record.key_id != record.key_id
    for ref in REFS:
        assert rows.rows[ref].key_id == rows.record.key_id
        assert rows.rows[ref].sealed != before[ref].sealed
    assert_readable(rows, keys)
    assert vault.get(REFS[0]) is not None


def test_the_old_key_is_forgotten(rows: MemoryRows, memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    filled(rows, KeyringKeys(SystemKeyring(30))).change_key()
    assert rows.record is not None
    assert list(memory_keyring.entries) == [("mailadmin", rows.record.key_id)]

    key_file = tmp_path / "key"
    vault = filled(MemoryRows(), KeyFileKeys(key_file))
    before = key_file.read_bytes()
    vault.change_key()
    assert key_file.read_bytes() != before
    assert list(tmp_path.iterdir()) == [key_file]


def test_a_database_without_secrets_gets_a_key(rows: MemoryRows, keys: MakeKeys) -> None:
    assert DatabaseVault(rows, keys(), cost=CHEAP).change_key() == 0
    assert rows.record is not None


class Killed(BaseException):
    """The process ends here."""


class Tripwire:
    """Passes calls on until it is stepped on: the process is killed just before its call number ``at``."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.calls = 0

    def around(self, thing: Any) -> Any:
        tripwire = self

        class Around:
            def __getattr__(self, name: str) -> Any:
                attribute = getattr(thing, name)
                if not callable(attribute):
                    return attribute

                def call(*arguments: Any, **named: Any) -> Any:
                    if tripwire.calls == tripwire.at:
                        raise Killed
                    tripwire.calls += 1
                    return attribute(*arguments, **named)

                return call

        return Around()


def steps(rows: MemoryRows, keys: MakeKeys) -> Iterator[int]:
    """Change the key again and again, killed one call later each time, until a change gets through."""
    for at in itertools.count():
        tripwire = Tripwire(at)
        vault = DatabaseVault(tripwire.around(rows), tripwire.around(keys()), cost=CHEAP)
        try:
            vault.change_key()
        except Killed:
            yield at
        else:
            return


def test_killed_before_any_of_its_steps_everything_can_still_be_read(rows: MemoryRows, keys: MakeKeys) -> None:
    filled(rows, keys())
    killed = 0
    for _ in steps(rows, keys):
        killed += 1
        assert_readable(rows, keys)
    assert killed >= 8  # key record, key, wrapped copy, keep, transaction, key record, rows, change, settle
    assert_readable(rows, keys)


def test_a_change_after_a_killed_one_cleans_up_the_key_file(rows: MemoryRows, tmp_path: Path) -> None:
    def keys() -> KeySource:
        return KeyFileKeys(tmp_path / "key")

    filled(rows, keys())
    *_, last = steps(rows, keys)
    assert last
    assert_readable(rows, keys)
    assert rows.record is not None
    assert not (tmp_path / f"key.{rows.record.key_id}").exists()


def test_killed_between_commit_and_settling_the_next_start_finishes_the_key_file(
    rows: MemoryRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file = tmp_path / "key"
    vault = filled(rows, KeyFileKeys(key_file))
    before = key_file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(KeyFileKeys, "settle", lambda *arguments: None)
        vault.change_key()
    assert key_file.read_bytes() == before
    assert_readable(rows, lambda: KeyFileKeys(key_file))
    assert list(tmp_path.iterdir()) == [key_file]
    assert key_file.read_bytes() != before


def test_a_key_that_is_changed_while_it_is_fetched_is_fetched_anew(
    rows: MemoryRows, keys: MakeKeys, ref: SecretRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(rows, keys()).put(ref, Secret("mine"))
    other, key_record = DatabaseVault(rows, keys(), cost=CHEAP), rows.key_record

    def changed(**named: bool) -> KeyRecord | None:
        monkeypatch.setattr(rows, "key_record", key_record)
        record = key_record(**named)
        other.change_key()
        return record

    monkeypatch.setattr(rows, "key_record", changed)
    reader = DatabaseVault(rows, keys(), cost=CHEAP)
    reader.available()
    assert reader.get(ref) == Secret("mine")


class LostAnswer(MemoryRows):
    """The commit takes place, and the connection is lost before its answer."""

    def change_key(self, record: KeyRecord, secrets: Any) -> None:
        super().change_key(record, secrets)
        self.committed = self.record, dict(self.rows)

    def transaction(self) -> Any:
        rows, inner = self, super().transaction()

        class Transaction:
            def __enter__(self) -> None:
                inner.__enter__()

            def __exit__(self, *error: Any) -> None:
                inner.__exit__(*error)
                if rows.committed is not None:
                    raise UserFixableError(Code.DATABASE_UNREACHABLE, {"url": "", "detail": "lost"})

        return Transaction()

    committed: tuple[KeyRecord | None, dict[SecretRef, SealedSecret]] | None = None


def test_a_commit_whose_answer_was_lost_has_its_key(keys: MakeKeys) -> None:
    rows = LostAnswer()
    vault = filled(rows, keys())
    with pytest.raises(UserFixableError, match="unreachable"):
        vault.change_key()
    rows.committed = None
    assert_readable(rows, keys)


def test_a_damaged_row_stops_the_change_and_changes_nothing(rows: MemoryRows, keys: MakeKeys) -> None:
    vault = filled(rows, keys())
    intact = rows.rows[REFS[1]]
    rows.rows[REFS[1]] = SealedSecret(intact.ref, intact.row_uid, intact.key_id, intact.nonce, b"damaged")
    record = rows.record
    with pytest.raises(UserFixableError) as caught:
        vault.change_key()
    assert (caught.value.code, caught.value.facts) == (Code.SECRET_DAMAGED, {"ref": str(REFS[1])})
    assert rows.record == record
    rows.rows[REFS[1]] = intact
    assert_readable(rows, keys)


class Meanwhile(MemoryRows):
    """Another process acts just before a transaction of this one begins."""

    act: Callable[[], object] | None = None

    def transaction(self) -> Any:
        act, self.act = self.act, None
        if act is not None:
            act()
        return super().transaction()


def test_two_changes_at_once_leave_the_key_of_one(
    keys: MakeKeys, memory_keyring: MemoryKeyring, tmp_path: Path
) -> None:
    rows = Meanwhile()
    one, other = filled(rows, keys()), DatabaseVault(rows, keys(), cost=CHEAP)
    assert other.get(REFS[0]) is not None
    rows.act = other.change_key
    assert one.change_key() == 3
    assert_readable(rows, keys)
    assert len(memory_keyring.entries) <= 1
    assert {path.name for path in tmp_path.iterdir()} <= {"key", "passphrase"}


def test_a_vault_notices_that_another_process_changed_the_key(keys: MakeKeys) -> None:
    rows = Meanwhile()
    one, other = filled(rows, keys()), DatabaseVault(rows, keys(), cost=CHEAP)
    other.change_key()
    assert one.get(REFS[0]) == Secret(f"secret of {REFS[0]}")
    rows.act = other.change_key
    one.put(REFS[1], Secret("new"))
    assert other.get(REFS[1]) == Secret("new")
    rows.act = other.change_key
    one.set_passphrase(PASSPHRASE)
    DatabaseVault(rows, keys(), cost=CHEAP).unlock(PASSPHRASE)


class RefusingOnce(MemoryRows):
    """As a server's database: the key record changed between two statements of one transaction."""

    refuse: Code | None = None

    def _refused(self) -> None:
        code, self.refuse = self.refuse, None
        if code is not None:
            raise UserFixableError(code)

    def store(self, secret: SealedSecret) -> None:
        self._refused()
        super().store(secret)

    def change_key(self, record: KeyRecord, secrets: Any) -> None:
        self._refused()
        super().change_key(record, secrets)


def test_a_refused_row_is_tried_again(keys: MakeKeys) -> None:
    rows = RefusingOnce()
    vault = filled(rows, keys())
    rows.refuse = Code.KEY_WRONG
    vault.put(REFS[0], Secret("new"))
    assert vault.get(REFS[0]) == Secret("new")
    rows.refuse = Code.EDIT_CONFLICT
    assert vault.change_key() == 3
    assert DatabaseVault(rows, keys(), cost=CHEAP).get(REFS[0]) == Secret("new")
    rows.refuse = Code.DATABASE_FULL
    with pytest.raises(UserFixableError, match="full"):
        vault.put(REFS[0], Secret("newer"))


def test_the_copy_under_an_unknown_passphrase_is_dropped_and_said(
    rows: MemoryRows, memory_keyring: MemoryKeyring, caplog: pytest.LogCaptureFixture
) -> None:
    vault = filled(rows, KeyringKeys(SystemKeyring(30)))
    vault.set_passphrase(PASSPHRASE)
    vault.change_key()
    assert not vault.has_passphrase()
    assert "passphrase was dropped" in caplog.text


def test_the_copy_under_a_known_passphrase_is_renewed(
    rows: MemoryRows, memory_keyring: MemoryKeyring, tmp_path: Path
) -> None:
    vault = filled(rows, KeyringKeys(SystemKeyring(30)))
    vault.set_passphrase(PASSPHRASE)
    before = rows.record
    with pytest.raises(UserFixableError, match="passphrase-wrong"):
        vault.change_key(Secret("wrong horse battery"))
    assert rows.record == before
    assert len(memory_keyring.entries) == 1
    vault.change_key(PASSPHRASE)
    assert vault.has_passphrase()
    (tmp_path / "p").write_text(PASSPHRASE.reveal())
    (tmp_path / "p").chmod(0o600)
    assert_readable(rows, lambda: PassphraseFileKeys(tmp_path / "p", cost=CHEAP))


def test_an_old_key_that_cannot_be_forgotten_is_only_logged(
    rows: MemoryRows, memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    vault = filled(rows, KeyringKeys(SystemKeyring(30)))

    def refuse(*arguments: object) -> None:
        raise RuntimeError("not now")

    monkeypatch.setattr(memory_keyring, "delete_password", refuse)
    assert vault.change_key() == 3
    assert "could not be deleted" in caplog.text
    assert_readable(rows, lambda: KeyringKeys(SystemKeyring(30)))
