"""Another place for the key while the program runs: a key file, or a passphrase that was typed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.vault import DatabaseVault
from mailadmin.vault.key_sources import KeyFileKeys, KeyringKeys
from mailadmin.vault.system_keyring import SystemKeyring
from mailadmin.vault.wrapping import Cost

from .conftest import UseKeyring
from .keyrings import ForgetfulKeyring, MemoryKeyring
from .memory_rows import MemoryRows

CHEAP = Cost(n=2, r=1, p=1)
PASSPHRASE = Secret("correct horse battery")


def code_of(call: Callable[[], object]) -> Code:
    with pytest.raises(UserFixableError) as caught:
        call()
    return caught.value.code


@pytest.fixture
def no_keyring(use_keyring: UseKeyring) -> None:
    use_keyring(ForgetfulKeyring())


def vault_on(rows: MemoryRows, told: list[Secret] | None = None) -> DatabaseVault:
    return DatabaseVault(
        rows, KeyringKeys(SystemKeyring(30)), on_reveal=None if told is None else told.append, cost=CHEAP
    )


@pytest.mark.usefixtures("no_keyring")
def test_a_key_file_takes_over_where_no_keyring_keeps_anything(
    rows: MemoryRows, ref: SecretRef, tmp_path: Path
) -> None:
    vault = vault_on(rows)
    assert code_of(vault.available) is Code.KEYRING_SWALLOWS
    vault.use_key_file(tmp_path / "key")
    vault.available()
    vault.put(ref, Secret("pw"))
    assert vault.where() == "key-file"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert DatabaseVault(rows, KeyFileKeys(tmp_path / "key")).get(ref) == Secret("pw")


@pytest.mark.usefixtures("no_keyring")
def test_a_key_file_that_was_made_before_is_used(rows: MemoryRows, ref: SecretRef, tmp_path: Path) -> None:
    DatabaseVault(rows, KeyFileKeys(tmp_path / "key")).put(ref, Secret("pw"))
    vault = vault_on(rows)
    assert code_of(lambda: vault.get(ref)) is Code.KEY_NOT_IN_KEYRING
    vault.use_key_file(tmp_path / "key")
    assert vault.get(ref) == Secret("pw")


def test_no_second_key_is_made_for_a_database_that_has_one(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring, tmp_path: Path
) -> None:
    vault = vault_on(rows)
    vault.put(ref, Secret("pw"))
    assert code_of(lambda: vault.use_key_file(tmp_path / "key")) is Code.KEY_FILE_MISSING
    assert not (tmp_path / "key").exists()
    DatabaseVault(MemoryRows(), KeyFileKeys(tmp_path / "other")).available()
    assert code_of(lambda: vault.use_key_file(tmp_path / "other")) is Code.KEY_WRONG
    assert vault.where() == "keyring"
    assert vault.get(ref) == Secret("pw")


@pytest.mark.usefixtures("no_keyring")
def test_a_passphrase_makes_the_first_key_and_opens_it_in_the_next_session(rows: MemoryRows, ref: SecretRef) -> None:
    told: list[Secret] = []
    vault = vault_on(rows, told)
    assert code_of(lambda: vault.use_passphrase(Secret("short"))) is Code.PASSPHRASE_TOO_SHORT
    assert (rows.record, vault.where()) == (None, "keyring")
    vault.use_passphrase(PASSPHRASE)
    vault.put(ref, Secret("pw"))
    assert vault.where() == "passphrase"
    assert vault.has_passphrase()
    assert PASSPHRASE in told, "so that logs can hide it"
    assert PASSPHRASE.reveal() not in repr(vault) + repr(rows.record)

    later = vault_on(rows)
    assert code_of(lambda: later.use_passphrase(Secret("wrong horse battery"))) is Code.PASSPHRASE_WRONG
    assert later.where() == "keyring"
    later.use_passphrase(PASSPHRASE)
    assert later.get(ref) == Secret("pw")


def test_the_teams_passphrase_opens_for_a_session_and_leaves_the_keyring_alone(
    rows: MemoryRows, ref: SecretRef, use_keyring: UseKeyring
) -> None:
    first = MemoryKeyring()
    use_keyring(first)
    owner = vault_on(rows)
    owner.put(ref, Secret("pw"))
    other = MemoryKeyring()
    use_keyring(other)
    vault = vault_on(rows)
    assert code_of(lambda: vault.use_passphrase(PASSPHRASE)) is Code.PASSPHRASE_NOT_SET
    owner.set_passphrase(PASSPHRASE)
    vault.use_passphrase(PASSPHRASE)
    assert vault.get(ref) == Secret("pw")
    assert other.entries == {}
    back = vault_on(rows)
    back.unlock(PASSPHRASE)
    assert len(other.entries) == 1


def test_a_changed_key_lies_under_the_passphrase_of_the_session(rows: MemoryRows, ref: SecretRef) -> None:
    vault = DatabaseVault(rows, KeyringKeys(SystemKeyring(30)), cost=CHEAP)
    vault.use_passphrase(PASSPHRASE)
    vault.put(ref, Secret("pw"))
    assert vault.change_key() == 1
    later = vault_on(rows)
    later.use_passphrase(PASSPHRASE)
    assert later.get(ref) == Secret("pw")


NEW_PASSPHRASE = Secret("staple battery horse")


def test_a_session_goes_on_with_the_passphrase_it_has_set(rows: MemoryRows, ref: SecretRef) -> None:
    vault = vault_on(rows)
    vault.use_passphrase(PASSPHRASE)
    vault.put(ref, Secret("pw"))
    vault.set_passphrase(NEW_PASSPHRASE)
    vault.change_key()
    later = vault_on(rows)
    assert code_of(lambda: later.use_passphrase(PASSPHRASE)) is Code.PASSPHRASE_WRONG
    later.use_passphrase(NEW_PASSPHRASE)
    assert later.get(ref) == Secret("pw")


@pytest.mark.parametrize("unlocks", [True, False])
def test_a_session_goes_on_with_the_passphrase_that_another_has_set(
    rows: MemoryRows, ref: SecretRef, unlocks: bool
) -> None:
    vault, other = vault_on(rows), vault_on(rows)
    vault.use_passphrase(PASSPHRASE)
    vault.put(ref, Secret("pw"))
    other.use_passphrase(PASSPHRASE)
    other.set_passphrase(NEW_PASSPHRASE)
    if unlocks:
        vault.unlock(NEW_PASSPHRASE)
    vault.change_key(None if unlocks else NEW_PASSPHRASE)
    later = vault_on(rows)
    assert code_of(lambda: later.use_passphrase(PASSPHRASE)) is Code.PASSPHRASE_WRONG
    later.use_passphrase(NEW_PASSPHRASE)
    assert later.get(ref) == Secret("pw")
    assert vault.get(ref) == Secret("pw")


def test_a_passphrase_set_for_others_moves_no_key(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring
) -> None:
    vault = vault_on(rows)
    vault.put(ref, Secret("pw"))
    vault.set_passphrase(PASSPHRASE)
    assert vault.where() == "keyring"
    vault.change_key(PASSPHRASE)
    assert (vault.where(), len(memory_keyring.entries)) == ("keyring", 1)


@pytest.mark.usefixtures("no_keyring")
def test_who_reads_while_the_key_moves_gets_the_secret(rows: MemoryRows, ref: SecretRef, tmp_path: Path) -> None:
    vault = vault_on(rows)
    vault.use_passphrase(PASSPHRASE)
    vault.put(ref, Secret("pw"))
    got: list[Secret | None] = []
    readers = [threading.Thread(target=lambda: got.extend(vault.get(ref) for _ in range(50))) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(10):
        vault.use_passphrase(PASSPHRASE)
    for reader in readers:
        reader.join()
    assert len(got) == 200
    assert all(secret == Secret("pw") for secret in got)
