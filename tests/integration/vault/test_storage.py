"""The vault on the database's own rows."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.storage import Storage, open_storage
from mailadmin.vault import open_vault

from . import vault_program

STARTS = 4
PASSPHRASE = Secret("correct horse battery")
REFS = [SecretRef(SecretOwner.INCOMING, str(number), SecretKind.PASSWORD) for number in range(3)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "mailadmin.db"


@pytest.fixture
def storage(database: Path, tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(f"sqlite:///{database}", who="test@host", backups=tmp_path / "backups")
    yield opened
    opened.close()


def test_a_life_of_secrets(storage: Storage, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    vault = open_vault(storage.secrets, key_file=key_file)
    for ref in REFS:
        vault.put(ref, Secret(f"secret of {ref}"))
    vault.set_passphrase(PASSPHRASE)
    assert vault.has_passphrase()
    assert vault.change_key(PASSPHRASE) == 3
    assert vault.delete(REFS[2])
    assert sorted(map(str, vault.list())) == sorted(map(str, REFS[:2]))

    key_file.unlink()
    other = open_vault(storage.secrets, key_file=key_file)
    with pytest.raises(UserFixableError, match="key-file-missing"):
        other.get(REFS[0])
    other.unlock(PASSPHRASE)
    assert other.get(REFS[0]) == Secret(f"secret of {REFS[0]}")
    assert other.change_key() == 2
    assert not other.has_passphrase()


def test_rows_swapped_behind_our_back_are_damage(storage: Storage, database: Path, tmp_path: Path) -> None:
    vault = open_vault(storage.secrets, key_file=tmp_path / "key")
    for ref in REFS:
        vault.put(ref, Secret(f"secret of {ref}"))
    with sqlite3.connect(database) as connection:
        for before, after in (("0", "x"), ("1", "0"), ("x", "1")):
            connection.execute("UPDATE secret SET owner_uid = ? WHERE owner_uid = ?", (after, before))
    connection.close()
    for ref in REFS[:2]:
        with pytest.raises(UserFixableError, match="secret-damaged"):
            vault.get(ref)
    assert vault.get(REFS[2]) is not None


def test_first_starts_of_several_processes_with_one_key_file_make_one_key(database: Path, tmp_path: Path) -> None:
    program = [sys.executable, vault_program.__file__, str(database)]
    done = subprocess.run(
        [*program, "race", str(STARTS), str(tmp_path / "key")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert done.stdout.splitlines() == ["kept"] * STARTS + [f"secret {number}" for number in range(STARTS)], done.stderr
