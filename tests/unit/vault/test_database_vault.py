from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.vault import DatabaseVault, open_vault
from mailadmin.vault.key_sources import KeyringKeys, PassphraseFileKeys
from mailadmin.vault.sealing import DatabaseKey
from mailadmin.vault.system_keyring import SystemKeyring
from mailadmin.vault.wrapping import Cost

from .conftest import UseKeyring
from .keyrings import ForgetfulKeyring, MemoryKeyring, PromptingKeyring
from .memory_rows import MemoryRows

CHEAP = Cost(n=2, r=1, p=1)
PASSPHRASE = Secret("correct horse battery")
OTHER = SecretRef(SecretOwner.INCOMING, "c0de", SecretKind.PASSWORD)


def with_keyring(rows: MemoryRows) -> DatabaseVault:
    return DatabaseVault(rows, KeyringKeys(SystemKeyring(30)), cost=CHEAP)


def with_passphrase_file(rows: MemoryRows, path: Path) -> DatabaseVault:
    return DatabaseVault(rows, PassphraseFileKeys(path, cost=CHEAP), cost=CHEAP)


def code_of(call: Callable[[], object]) -> Code:
    with pytest.raises(UserFixableError) as caught:
        call()
    return caught.value.code


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE.reveal() + "\n")
    path.chmod(0o600)
    return path


def test_opening_touches_nothing(rows: MemoryRows, use_keyring: UseKeyring, tmp_path: Path) -> None:
    prompting = PromptingKeyring()
    use_keyring(prompting)
    vaults = [
        open_vault(rows),
        open_vault(rows, key_file=tmp_path / "no" / "key"),
        open_vault(rows, passphrase_file=tmp_path / "no"),
    ]
    assert [vault.where() for vault in vaults] == ["keyring", "key-file", "passphrase-file"]
    assert prompting.prompts == 0
    assert rows.record is None


def test_two_files_are_one_too_many(rows: MemoryRows, tmp_path: Path) -> None:
    code = code_of(lambda: open_vault(rows, key_file=tmp_path / "key", passphrase_file=tmp_path / "passphrase"))
    assert code is Code.TWO_KEY_SOURCES


def test_it_is_the_vault_of_the_domain(rows: MemoryRows) -> None:
    vault: Vault = open_vault(rows)
    assert vault.list() == []


def test_secrets_are_kept_replaced_listed_and_deleted(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring
) -> None:
    vault = with_keyring(rows)
    assert vault.get(ref) is None
    assert not vault.delete(ref)
    assert memory_keyring.entries == {}  # nothing to open, nothing asked
    vault.put(ref, Secret("one"))
    vault.put(OTHER, Secret("two"))
    vault.put(ref, Secret("three"))
    again = with_keyring(rows)
    assert again.get(ref) == Secret("three")
    assert again.get(OTHER) == Secret("two")
    assert sorted(map(str, again.list())) == sorted([str(ref), str(OTHER)])
    assert again.delete(ref)
    assert again.get(ref) is None


def test_a_secret_larger_than_windows_keyring_entries_fits(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring
) -> None:
    with_keyring(rows).put(ref, Secret("x" * 10_000))
    assert [len(value) for value in memory_keyring.entries.values()] == [44]
    assert with_keyring(rows).get(ref) == Secret("x" * 10_000)


def test_a_key_file_is_made_with_the_database_it_is_first_used_for(
    rows: MemoryRows, ref: SecretRef, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    assert open_vault(rows, key_file=key_file).get(ref) is None
    assert not key_file.exists()
    open_vault(rows, key_file=key_file).put(ref, Secret("one"))
    assert open_vault(rows, key_file=key_file).get(ref) == Secret("one")


def test_a_key_file_that_got_lost_is_not_made_anew(rows: MemoryRows, ref: SecretRef, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    open_vault(rows, key_file=key_file).available()
    key_file.unlink()
    assert code_of(open_vault(rows, key_file=key_file).available) is Code.KEY_FILE_MISSING
    assert code_of(lambda: open_vault(rows, key_file=key_file).put(ref, Secret("one"))) is Code.KEY_FILE_MISSING
    assert not key_file.exists()


def test_a_key_file_made_beforehand_is_used(rows: MemoryRows, ref: SecretRef, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(DatabaseKey.new().encode().reveal())
    key_file.chmod(0o600)
    before = key_file.read_bytes()
    open_vault(rows, key_file=key_file).put(ref, Secret("one"))
    assert key_file.read_bytes() == before
    assert open_vault(rows, key_file=key_file).get(ref) == Secret("one")


@pytest.mark.parametrize("content", ["nonsense", "QUFB"])
def test_a_key_file_with_nonsense_is_malformed(rows: MemoryRows, tmp_path: Path, content: str) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(content)
    key_file.chmod(0o600)
    assert code_of(open_vault(rows, key_file=key_file).available) is Code.KEY_FILE_MALFORMED
    assert rows.record is None


def test_the_key_file_of_another_database_is_wrong(rows: MemoryRows, ref: SecretRef, tmp_path: Path) -> None:
    open_vault(rows, key_file=tmp_path / "key").put(ref, Secret("one"))
    open_vault(MemoryRows(), key_file=tmp_path / "other").available()
    vault = open_vault(rows, key_file=tmp_path / "other")
    assert code_of(lambda: vault.get(ref)) is Code.KEY_WRONG
    assert code_of(lambda: vault.put(ref, Secret("two"))) is Code.KEY_WRONG
    assert open_vault(rows, key_file=tmp_path / "key").get(ref) == Secret("one")


@pytest.mark.parametrize("value", ["nonsense", DatabaseKey.new().encode().reveal()], ids=["nonsense", "another key"])
def test_a_keyring_entry_that_is_not_the_key_is_wrong(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring, value: str
) -> None:
    with_keyring(rows).put(ref, Secret("one"))
    memory_keyring.entries = dict.fromkeys(memory_keyring.entries, value)
    assert code_of(lambda: with_keyring(rows).get(ref)) is Code.KEY_WRONG


def test_a_keyring_without_the_key_says_whether_a_passphrase_helps(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring, use_keyring: UseKeyring
) -> None:
    vault = with_keyring(rows)
    vault.put(ref, Secret("one"))
    use_keyring(MemoryKeyring())
    for answer in ("no", "yes"):
        with pytest.raises(UserFixableError) as caught:
            with_keyring(rows).get(ref)
        assert (caught.value.code, caught.value.facts) == (Code.KEY_NOT_IN_KEYRING, {"passphrase": answer})
        vault.set_passphrase(PASSPHRASE)


def test_a_keyring_that_swallows_gets_no_secret_and_leaves_no_trace(
    rows: MemoryRows, ref: SecretRef, use_keyring: UseKeyring
) -> None:
    use_keyring(ForgetfulKeyring())
    assert code_of(with_keyring(rows).available) is Code.KEYRING_SWALLOWS
    assert code_of(lambda: with_keyring(rows).put(ref, Secret("one"))) is Code.KEYRING_SWALLOWS
    assert rows.record is None
    assert rows.rows == {}


def test_a_keyring_that_is_silent_costs_one_wait_and_no_record(
    rows: MemoryRows, ref: SecretRef, use_keyring: UseKeyring
) -> None:
    prompting = PromptingKeyring()
    use_keyring(prompting)
    vault = open_vault(rows, keyring_timeout=0.05)
    assert code_of(lambda: vault.put(ref, Secret("one"))) is Code.KEYRING_SILENT
    assert code_of(vault.available) is Code.KEYRING_SILENT
    assert rows.record is None
    prompting.answered.set()
    for thread in prompting.threads:
        thread.join()


def test_a_second_workstation_unlocks_by_the_passphrase_and_keeps_the_key(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring, use_keyring: UseKeyring
) -> None:
    first = with_keyring(rows)
    first.put(ref, Secret("one"))
    assert code_of(lambda: first.unlock(PASSPHRASE)) is Code.PASSPHRASE_NOT_SET
    first.set_passphrase(PASSPHRASE)
    assert first.has_passphrase()

    use_keyring(MemoryKeyring())
    second = with_keyring(rows)
    assert code_of(lambda: second.unlock(Secret("wrong horse battery"))) is Code.PASSPHRASE_WRONG
    second.unlock(PASSPHRASE)
    assert second.get(ref) == Secret("one")
    assert with_keyring(rows).get(ref) == Secret("one")


def test_unlocking_makes_a_lost_key_file_again_but_never_overwrites_another(
    rows: MemoryRows, ref: SecretRef, tmp_path: Path
) -> None:
    key_file, other = tmp_path / "key", tmp_path / "other"
    vault = open_vault(rows, key_file=key_file)
    vault.put(ref, Secret("one"))
    vault.set_passphrase(PASSPHRASE)
    key_file.unlink()
    open_vault(rows, key_file=key_file).unlock(PASSPHRASE)
    assert open_vault(rows, key_file=key_file).get(ref) == Secret("one")

    open_vault(MemoryRows(), key_file=other).available()
    before = other.read_bytes()
    assert code_of(lambda: open_vault(rows, key_file=other).unlock(PASSPHRASE)) is Code.KEY_WRONG
    assert other.read_bytes() == before


def test_unlocking_a_database_without_a_key_has_nothing_to_open(rows: MemoryRows) -> None:
    assert code_of(lambda: with_keyring(rows).unlock(PASSPHRASE)) is Code.PASSPHRASE_NOT_SET


def test_a_short_passphrase_is_not_set(rows: MemoryRows, memory_keyring: MemoryKeyring) -> None:
    assert code_of(lambda: with_keyring(rows).set_passphrase(Secret("short"))) is Code.PASSPHRASE_TOO_SHORT
    assert not with_keyring(rows).has_passphrase()


def test_a_passphrase_file_alone_makes_key_and_copy_and_leaves_the_keyring_alone(
    rows: MemoryRows, ref: SecretRef, passphrase_file: Path, memory_keyring: MemoryKeyring
) -> None:
    with_passphrase_file(rows, passphrase_file).put(ref, Secret("one"))
    again = with_passphrase_file(rows, passphrase_file)
    assert again.get(ref) == Secret("one")
    assert again.has_passphrase()
    assert memory_keyring.entries == {}


def test_a_passphrase_file_opens_what_a_workstation_with_a_keyring_made(
    rows: MemoryRows, ref: SecretRef, passphrase_file: Path, memory_keyring: MemoryKeyring
) -> None:
    with_keyring(rows).put(ref, Secret("one"))
    vault = with_passphrase_file(rows, passphrase_file)
    assert code_of(lambda: vault.get(ref)) is Code.PASSPHRASE_NOT_SET
    with_keyring(rows).set_passphrase(PASSPHRASE)
    assert vault.get(ref) == Secret("one")


def test_a_wrong_or_short_or_missing_passphrase_file_is_told_apart(
    rows: MemoryRows, ref: SecretRef, passphrase_file: Path
) -> None:
    passphrase_file.write_text("short\n")
    assert code_of(with_passphrase_file(rows, passphrase_file).available) is Code.PASSPHRASE_TOO_SHORT
    assert rows.record is None
    passphrase_file.write_text(PASSPHRASE.reveal())
    with_passphrase_file(rows, passphrase_file).put(ref, Secret("one"))
    passphrase_file.write_text("quite another passphrase")
    assert code_of(lambda: with_passphrase_file(rows, passphrase_file).get(ref)) is Code.PASSPHRASE_WRONG
    passphrase_file.unlink()
    assert code_of(lambda: with_passphrase_file(rows, passphrase_file).get(ref)) is Code.PASSPHRASE_FILE_UNREADABLE


def test_swapped_rows_are_damage(rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring) -> None:
    vault = with_keyring(rows)
    vault.put(ref, Secret("one"))
    vault.put(OTHER, Secret("two"))
    rows.rows = {ref: replace(rows.rows[OTHER], ref=ref), OTHER: replace(rows.rows[ref], ref=OTHER)}
    assert code_of(lambda: vault.get(ref)) is Code.SECRET_DAMAGED
    assert code_of(lambda: vault.get(OTHER)) is Code.SECRET_DAMAGED


def test_a_row_of_a_key_that_is_no_more_is_damage(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring
) -> None:
    vault = with_keyring(rows)
    vault.put(ref, Secret("one"))
    rows.rows[ref] = replace(rows.rows[ref], key_id="gone")
    assert code_of(lambda: vault.get(ref)) is Code.SECRET_DAMAGED


def test_everything_that_passes_through_is_told(rows: MemoryRows, ref: SecretRef, passphrase_file: Path) -> None:
    told: list[str] = []
    keys = PassphraseFileKeys(passphrase_file, lambda secret: told.append(secret.reveal()), CHEAP)
    DatabaseVault(rows, keys, on_reveal=lambda secret: told.append(secret.reveal()), cost=CHEAP).put(ref, Secret("one"))
    assert {"one", PASSPHRASE.reveal()} <= set(told)
    told.clear()
    reader = DatabaseVault(rows, keys, on_reveal=lambda secret: told.append(secret.reveal()))
    assert reader.get(ref) == Secret("one")
    assert told.count("one") == 1
    assert [len(text) for text in told if text not in {"one", PASSPHRASE.reveal()}] == [44]  # the key


def test_nothing_shows_a_secret(
    rows: MemoryRows, ref: SecretRef, memory_keyring: MemoryKeyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    vault = with_keyring(rows)
    vault.put(ref, Secret("marker-4711"))
    vault.set_passphrase(PASSPHRASE)
    vault.change_key()
    (key,) = memory_keyring.entries.values()
    shown = f"{vault!r} {vault} {vars(vault)} {rows.record!r} {rows.rows!r} {caplog.text}"
    for secret in ("marker-4711", PASSPHRASE.reveal(), key):
        assert secret not in shown
