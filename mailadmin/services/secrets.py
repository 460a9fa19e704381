"""Secrets by the names administrators use: ``incoming/NAME/password``, ``profile/NAME/client-secret`` (CLI.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import Vault
from mailadmin.domain.profile_rules import credential_faults
from mailadmin.domain.secrets import Secret, SecretKind, SecretOwner, SecretRef
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.services.oauth.profiles import PROFILE_TABLE
from mailadmin.storage import Storage

_KINDS: Final[Mapping[str, frozenset[str]]] = {
    SecretOwner.INCOMING: frozenset({SecretKind.PASSWORD, SecretKind.TOKEN_CACHE}),
    SecretOwner.PROFILE: frozenset({SecretKind.CLIENT_SECRET, SecretKind.CLIENT_CERTIFICATE}),
}


class SecretService:
    """Set, list and delete secrets; change the key they are encrypted under."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def set(self, reference: str, secret: Secret) -> None:
        """Keep a secret.

        :raises UserFixableError: UNKNOWN_SECRET (also for a token, which nobody types), UNKNOWN_ACCOUNT,
            UNKNOWN_PROFILE, or what the vault says
        :raises InvalidRecordError: it cannot be the client secret or certificate of its profile
        """
        ref, profile = self._settable(reference)
        if profile is not None and (faults := credential_faults(profile, secret, ref.kind)):
            raise InvalidRecordError((PROFILE_TABLE, profile.name, fault) for fault in faults)
        self._vault.put(ref, secret)

    def ensure_settable(self, reference: str) -> None:
        """Refuse a reference that no secret can be kept under, before somebody is asked for one.

        :raises UserFixableError: as for :meth:`set`
        """
        self._settable(reference)

    def delete(self, reference: str) -> None:
        """Forget a secret. With an account's token goes what is known of it: somebody must sign in again.

        :raises UserFixableError: UNKNOWN_SECRET when there is none
        """
        ref, _ = self._resolve(reference)
        with self._storage.transaction():
            if ref.kind is SecretKind.TOKEN_CACHE:
                self._forget_token(ref)
            found = self._vault.delete(ref)
        if not found:
            raise UserFixableError(Code.UNKNOWN_SECRET, {"ref": reference})

    def list(self) -> list[str]:
        """The names of all secrets kept, sorted. Needs no key."""
        names = {account.uid: account.name for account in self._storage.accounts.all()}
        names |= {profile.uid: profile.name for profile in self._storage.profiles.all()}
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

    def ready(self) -> None:
        """Make sure that the key is at hand; a database without one gets it. A keyring may ask its user for seconds.

        :raises UserFixableError: KEYRING_*, KEY_*, PASSPHRASE_*: what is wrong
        """
        self._vault.available()

    def use_key_file(self, path: Path) -> None:
        """Keep the key in a file from now on, as long as the program runs; it is made if there is no key yet.

        :raises UserFixableError: KEY_FILE_* (MISSING: the database has a key that is elsewhere), KEY_WRONG,
            FOLDER_NOT_WRITABLE; then nothing has changed
        """
        self._vault.use_key_file(path.expanduser().absolute())

    def use_passphrase(self, passphrase: Secret) -> None:
        """Open the secrets with a passphrase, as long as the program runs. A database without a key gets one by it.

        :raises UserFixableError: PASSPHRASE_TOO_SHORT, PASSPHRASE_WRONG, PASSPHRASE_NOT_SET; then nothing has changed
        """
        self._vault.use_passphrase(passphrase)

    def has_passphrase(self) -> bool:
        """Whether a passphrase is set with which :meth:`unlock` and :meth:`use_passphrase` open the secrets."""
        return self._vault.has_passphrase()

    def where(self) -> str:
        """Where the key is kept: ``keyring``, ``key-file``, ``passphrase-file`` or (typed) ``passphrase``."""
        return self._vault.where()

    def _settable(self, reference: str) -> tuple[SecretRef, OAuthProfile | None]:
        ref, profile = self._resolve(reference)
        if ref.kind is SecretKind.TOKEN_CACHE:
            raise UserFixableError(Code.UNKNOWN_SECRET, {"ref": reference})
        return ref, profile

    def _forget_token(self, ref: SecretRef) -> None:
        for account in self._storage.accounts.all():
            if account.uid == ref.owner_uid and account.id is not None:
                self._storage.tokens.forget(account.id)

    def _resolve(self, reference: str) -> tuple[SecretRef, OAuthProfile | None]:
        """Which secret is meant, and with that of a profile the profile."""
        owner, _, rest = reference.partition("/")
        name, _, kind = rest.rpartition("/")
        if not name or kind not in _KINDS.get(owner, ()):
            raise UserFixableError(Code.UNKNOWN_SECRET, {"ref": reference})
        if owner == SecretOwner.PROFILE:
            profile = self._storage.profiles.by_name(name)
            if profile is None or profile.uid is None:
                raise UserFixableError(Code.UNKNOWN_PROFILE, {"name": name})
            return SecretRef(SecretOwner.PROFILE, profile.uid, SecretKind(kind)), profile
        account = self._storage.accounts.by_name(name)
        if account is None or account.uid is None:
            raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": name})
        return SecretRef(SecretOwner.INCOMING, account.uid, SecretKind(kind)), None
