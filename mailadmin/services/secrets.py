"""Secrets by the names administrators use: ``incoming/NAME/password`` (CLI.md)."""

from __future__ import annotations

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.storage import Storage


class SecretService:
    """Set, list and delete secrets; change the key they are encrypted under."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def set(self, reference: str, secret: Secret) -> None:
        """Keep a secret.

        :raises UserFixableError: UNKNOWN_SECRET, UNKNOWN_ACCOUNT, or what the vault says
        """
        self._vault.put(self._resolve(reference), secret)

    def delete(self, reference: str) -> None:
        """Forget a secret.

        :raises UserFixableError: UNKNOWN_SECRET when there is none
        """
        if not self._vault.delete(self._resolve(reference)):
            raise UserFixableError(Code.UNKNOWN_SECRET, {"ref": reference})

    def list(self) -> list[str]:
        """The names of all secrets kept, sorted. Needs no key."""
        names = {account.uid: account.name for account in self._storage.accounts.all()}
        return sorted(f"{ref.owner}/{names.get(ref.owner_uid, ref.owner_uid)}/{ref.kind}" for ref in self._vault.list())

    def change_key(self) -> tuple[int, bool]:
        """Encrypt every secret under a new key.

        :returns: how many there are, and whether a team passphrase was dropped and must be set anew
        """
        had_passphrase = self._vault.has_passphrase()
        count = self._vault.change_key()
        return count, had_passphrase and not self._vault.has_passphrase()

    def set_passphrase(self, passphrase: Secret) -> None:
        """Let other workstations on this database unlock its secrets with a passphrase.

        :raises UserFixableError: PASSPHRASE_TOO_SHORT, or what the vault says
        """
        self._vault.set_passphrase(passphrase)

    def unlock(self, passphrase: Secret) -> None:
        """Unlock this database's secrets on this workstation: its key is kept here from now on.

        :raises UserFixableError: PASSPHRASE_WRONG, PASSPHRASE_NOT_SET, or why the key cannot be kept
        """
        self._vault.unlock(passphrase)

    def where(self) -> str:
        """Where the key is kept: ``keyring``, ``key-file`` or ``passphrase-file``."""
        return self._vault.where()

    def _resolve(self, reference: str) -> SecretRef:
        owner, _, rest = reference.partition("/")
        name, _, kind = rest.rpartition("/")
        if owner != SecretOwner.INCOMING or kind != SecretKind.PASSWORD or not name:
            raise UserFixableError(Code.UNKNOWN_SECRET, {"ref": reference})
        account = self._storage.accounts.by_name(name)
        if account is None or account.uid is None:
            raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": name})
        return SecretRef.password_of(account.uid)
