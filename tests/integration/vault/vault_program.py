"""A program that uses the vault as mailadmin does: a process of its own for the tests.

``vault_program.py DATABASE COMMAND ...``; prints the answer, or the code of the error and the other side's words.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.storage import Storage, open_storage
from mailadmin.vault import DatabaseVault, open_vault


def account(number: str) -> SecretRef:
    """The password of an account."""
    return SecretRef(SecretOwner.INCOMING, number, SecretKind.PASSWORD)


def main(database: str, command: str, *arguments: str) -> str:
    """Do one thing; what to print."""
    if command == "race":
        return race(database, *arguments)
    storage = open_storage(f"sqlite:///{database}", who="test@host", backups=Path(database).parent / "backups")
    try:
        return act(storage, command, *arguments)
    finally:
        storage.close()


def vault_of(storage: Storage, key_file: str = "") -> DatabaseVault:
    """The vault of a database, with its key in a file if one is named."""
    return open_vault(storage.secrets, key_file=Path(key_file) if key_file else None, keyring_timeout=60)


def act(storage: Storage, command: str, *arguments: str) -> str:
    """One command on an open database."""
    if command == "put":
        number, secret, *key_file = arguments
        vault_of(storage, *key_file).put(account(number), Secret(secret))
        return "kept"
    if command == "put-when-told":
        number, secret, *key_file = arguments
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        vault_of(storage, *key_file).put(account(number), Secret(secret))
        return "kept"
    if command == "get":
        number, *key_file = arguments
        secret_kept = vault_of(storage, *key_file).get(account(number))
        return secret_kept.reveal() if secret_kept else "none"
    if command == "change-key":
        return str(vault_of(storage, *arguments).change_key())
    raise ValueError(command)


def race(database: str, starts: str, *key_file: str) -> str:
    """Several processes that keep their first secret at once, then all the secrets as one more process reads them."""
    program = [sys.executable, __file__, database]
    children = [
        subprocess.Popen(
            [*program, "put-when-told", str(number), f"secret {number}", *key_file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(int(starts))
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    said = [child.communicate()[0].strip() for child in children]
    kept = [
        subprocess.run(
            [*program, "get", str(number), *key_file], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
        for number in range(int(starts))
    ]
    return "\n".join(said + kept)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))  # noqa: T201
    except UserFixableError as error:
        print(f"{error.code} {error.facts} {error.server}")  # noqa: T201
