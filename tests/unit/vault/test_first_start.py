"""Several first starts at once make one key; a first start that is killed leaves a database that can be used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.vault import DatabaseVault, open_vault
from mailadmin.vault.key_sources import KeyFileKeys, KeyringKeys, KeySource, PassphraseFileKeys
from mailadmin.vault.system_keyring import SystemKeyring
from mailadmin.vault.wrapping import Cost

from .keyrings import MemoryKeyring
from .memory_rows import MemoryRows

STARTS = 6
CHEAP = Cost(n=2, r=1, p=1)


class RacingRows(MemoryRows):
    """Lets nobody claim before everybody is about to: all have seen a database without a key."""

    def __init__(self, starts: int) -> None:
        super().__init__()
        self.barrier = threading.Barrier(starts)

    def claim_key_record(self, record: KeyRecord) -> KeyRecord:
        self.barrier.wait(30)
        return super().claim_key_record(record)


def account(number: int) -> SecretRef:
    return SecretRef(SecretOwner.INCOMING, str(number), SecretKind.PASSWORD)


def race(keys: Callable[[], KeySource]) -> MemoryRows:
    """Several vaults, as of several processes, keep their first secret at once; every one can be read afterwards."""
    rows = RacingRows(STARTS)
    vaults = [DatabaseVault(rows, keys(), cost=CHEAP) for _ in range(STARTS)]
    with ThreadPoolExecutor(STARTS) as pool:
        done = [pool.submit(vault.put, account(at), Secret(f"s{at}")) for at, vault in enumerate(vaults)]
        for future in done:
            future.result()
    for vault in (*vaults, DatabaseVault(rows, keys())):
        assert [vault.get(account(at)) for at in range(STARTS)] == [Secret(f"s{at}") for at in range(STARTS)]
    return rows


def test_the_keyring_ends_with_the_one_key(memory_keyring: MemoryKeyring) -> None:
    rows = race(lambda: KeyringKeys(SystemKeyring(30)))
    assert rows.record is not None
    assert list(memory_keyring.entries) == [("mailadmin", rows.record.key_id)]


def test_one_key_file_serves_all(tmp_path: Path) -> None:
    race(lambda: KeyFileKeys(tmp_path / "key"))
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_one_passphrase_serves_all(tmp_path: Path) -> None:
    passphrase_file = tmp_path / "passphrase"
    passphrase_file.write_text("correct horse battery")
    passphrase_file.chmod(0o600)
    race(lambda: PassphraseFileKeys(passphrase_file, cost=CHEAP))


def test_threads_that_share_a_vault_make_one_key(rows: MemoryRows, memory_keyring: MemoryKeyring) -> None:
    vault = open_vault(rows, keyring_timeout=30)
    with ThreadPoolExecutor(STARTS) as pool:
        list(pool.map(lambda at: vault.put(account(at), Secret(f"s{at}")), range(STARTS)))
    assert len(memory_keyring.entries) == 1
    assert [vault.get(account(at)) for at in range(STARTS)] == [Secret(f"s{at}") for at in range(STARTS)]


def test_of_two_key_files_the_slower_is_wrong_and_stays(tmp_path: Path) -> None:
    rows = RacingRows(2)
    vaults = [open_vault(rows, key_file=tmp_path / name) for name in ("a", "b")]

    def start(vault: DatabaseVault) -> Code | None:
        try:
            vault.put(account(0), Secret("one"))
        except UserFixableError as error:
            return error.code
        return None

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(start, vaults)) == {None, Code.KEY_WRONG}
    assert len(list(tmp_path.iterdir())) == 2


class Killed(BaseException):
    """The process ends here."""


class KilledAtClaim(MemoryRows):
    def claim_key_record(self, record: KeyRecord) -> KeyRecord:
        raise Killed


@pytest.mark.parametrize("keep_in", ["keyring", "file"])
def test_a_start_killed_before_the_key_came_into_force_can_be_repeated(
    keep_in: str, memory_keyring: MemoryKeyring, tmp_path: Path
) -> None:
    key_file = tmp_path / "key" if keep_in == "file" else None
    rows = KilledAtClaim()
    with pytest.raises(Killed):
        open_vault(rows, key_file=key_file).put(account(0), Secret("one"))
    assert rows.record is None
    again = MemoryRows()
    open_vault(again, key_file=key_file).put(account(0), Secret("one"))
    assert open_vault(again, key_file=key_file).get(account(0)) == Secret("one")
