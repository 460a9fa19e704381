"""Secrets, encrypted under one key. The only package that knows keyring and cryptography."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import SecretRows
from mailadmin.domain.secrets import Secret

from .database_vault import DatabaseVault
from .key_sources import KeyFileKeys, KeyringKeys, KeySource, PassphraseFileKeys
from .system_keyring import SystemKeyring
from .wrapping import MINIMUM_LENGTH

__all__ = ["MINIMUM_LENGTH", "DatabaseVault", "open_vault"]


def open_vault(
    rows: SecretRows,
    *,
    key_file: Path | None = None,
    passphrase_file: Path | None = None,
    keyring_timeout: float = 10.0,
    on_reveal: Callable[[Secret], None] | None = None,
) -> DatabaseVault:
    """The vault of a database, with its key in the system's keyring unless a file is given.

    Cheap: touches neither keyring nor files before the vault is first used.

    :param rows: the database's rows for secrets
    :param key_file: the file that holds the key; made, mode 0600, with a database that has no key yet
    :param passphrase_file: the file that holds the passphrase over the key in the database; the keyring is not used
    :param keyring_timeout: seconds a call to the keyring may take
    :param on_reveal: told every secret that passes through (passwords, passphrases, the key as base64)
    :raises UserFixableError: TWO_KEY_SOURCES when both files are given: which one to believe is for people to say
    """
    keys: KeySource
    if key_file is not None and passphrase_file is not None:
        raise UserFixableError(Code.TWO_KEY_SOURCES, {"key_file": key_file, "passphrase_file": passphrase_file})
    if key_file is not None:
        keys = KeyFileKeys(key_file)
    elif passphrase_file is not None:
        keys = PassphraseFileKeys(passphrase_file, on_reveal)
    else:
        keys = KeyringKeys(SystemKeyring(keyring_timeout))
    return DatabaseVault(rows, keys, on_reveal=on_reveal)
