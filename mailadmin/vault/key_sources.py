"""Where the key of a database comes from: the system's keyring, a key file, or a passphrase, typed or in a file.

Whichever it is, a key is kept first and comes into force in the database afterwards. So a key record in the database
means that its key exists somewhere, whenever the process was killed; what a crash can leave behind is a key too many,
never one too few.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.ports import KeyRecord
from mailadmin.domain.secrets import Secret

from .key_file import KeyFile, read_passphrase
from .sealing import DatabaseKey
from .system_keyring import SystemKeyring
from .wrapping import SHIPPED_COST, Cost, unwrap, wrap

_log = logging.getLogger(__name__)


class KeySource(Protocol):
    """A place that keeps the key. Every method may block and raises UserFixableError."""

    @property
    def where(self) -> str:
        """The stable word of ``Vault.where``."""

    def first(self) -> DatabaseKey:
        """A key for a database that has none: kept already, in force not yet."""

    def fetch(self, record: KeyRecord) -> DatabaseKey:
        """The key of that record, proved to be it."""

    def keep(self, key: DatabaseKey) -> None:
        """Keep a key that is about to come into force; the one in force stays."""

    def settle(self, key: DatabaseKey, old_id: str) -> None:
        """``key`` is in force now: forget the old one. Raises nothing; what is left behind is logged."""

    def discard(self, key: DatabaseKey) -> None:
        """A kept key never came into force: forget it. Raises nothing; what is left behind is logged."""

    def restore(self, key: DatabaseKey, record: KeyRecord) -> None:
        """Keep a key that is in force and got lost here, or never was here."""

    def wrapped(self, key: DatabaseKey) -> tuple[bytes | None, str]:
        """The copy under a passphrase that this place needs in the database, with the JSON of its derivation."""

    def opened_by(self, passphrase: Secret) -> KeySource:
        """This place, now that the copy in the database is under this passphrase."""


class KeyringKeys:
    """The key is an entry of the system's keyring: service ``mailadmin``, user name = key id.

    The value is the base64 of the key, 44 characters: Windows takes 1,280.
    """

    where: Final = "keyring"

    def __init__(self, keyring: SystemKeyring) -> None:
        self._keyring = keyring

    def first(self) -> DatabaseKey:
        """A new key, written to the keyring and read back."""
        key = DatabaseKey.new()
        self.keep(key)
        return key

    def fetch(self, record: KeyRecord) -> DatabaseKey:
        """Raises KEY_NOT_IN_KEYRING (another user's or workstation's database), KEY_WRONG or a KEYRING_* error."""
        text = self._keyring.read(record.key_id)
        if text is None:
            raise UserFixableError(Code.KEY_NOT_IN_KEYRING, {"passphrase": "no" if record.wrapped is None else "yes"})
        try:
            key = DatabaseKey.decode(record.key_id, text.reveal())
        except ValueError:
            raise UserFixableError(Code.KEY_WRONG, {"where": self.where}) from None
        return _proved(key, record, self.where)

    def keep(self, key: DatabaseKey) -> None:
        """Write the key to the keyring and read it back. Raises KEYRING_* errors."""
        self._keyring.write(key.id, key.encode())

    def settle(self, key: DatabaseKey, old_id: str) -> None:
        """Delete the old key's entry."""
        self._delete(old_id)

    def discard(self, key: DatabaseKey) -> None:
        """Delete the unused key's entry."""
        self._delete(key.id)

    def restore(self, key: DatabaseKey, record: KeyRecord) -> None:
        """Write the key to the keyring and read it back. Raises KEYRING_* errors."""
        self.keep(key)

    def wrapped(self, key: DatabaseKey) -> tuple[bytes | None, str]:
        """None: the keyring is enough."""
        return None, ""

    def opened_by(self, passphrase: Secret) -> KeyringKeys:
        """The same: no passphrase is asked for here."""
        return self

    def _delete(self, key_id: str) -> None:
        try:
            self._keyring.delete(key_id)
        except MailadminError as error:
            _log.warning("entry %s of the keyring is not needed any more and could not be deleted: %s", key_id, error)


class KeyFileKeys:
    """The key is a file of its own, mode 0600. It is made with the database it is first used for.

    One file serves one database: ``change_key`` forgets the old key.
    """

    where: Final = "key-file"

    def __init__(self, path: Path) -> None:
        self._file = KeyFile(path)

    def first(self) -> DatabaseKey:
        """The key in the file if there is one (made beforehand, or by a first start that was killed), or a new one."""
        key = DatabaseKey.new()
        if self._file.create(key.encode()):
            return key
        text = self._file.read()
        if text is None:  # removed in between
            raise UserFixableError(Code.KEY_FILE_MISSING, {"path": self._file.path})
        return self._decoded(key.id, text)

    def fetch(self, record: KeyRecord) -> DatabaseKey:
        """Raises KEY_FILE_MISSING, KEY_FILE_* or KEY_WRONG.

        A key change that was killed between its commit and its last step is finished here.
        """
        newer = self._file.read_kept(record.key_id)
        if newer is not None:
            key = self._decoded(record.key_id, newer)
            if key.fits(record):
                self.settle(key, "")
                return key
        text = self._file.read()
        if text is None:
            raise UserFixableError(Code.KEY_FILE_MISSING, {"path": self._file.path})
        return _proved(self._decoded(record.key_id, text), record, str(self._file.path))

    def keep(self, key: DatabaseKey) -> None:
        """Write the key to a file beside the key file, named by the key's id."""
        self._file.keep(key.id, key.encode())

    def settle(self, key: DatabaseKey, old_id: str) -> None:
        """Put the kept file in the place of the key file."""
        try:
            self._file.promote(key.id)
        except OSError as error:
            # Nothing is lost: fetch() finds the file by the key's id, and tries this again.
            _log.warning("%s could not be replaced by its successor: %s", self._file.path, error.strerror)

    def discard(self, key: DatabaseKey) -> None:
        """Delete the kept file. The key file itself is never deleted."""
        try:
            self._file.discard(key.id)
        except OSError as error:
            _log.warning("an unused key beside %s could not be deleted: %s", self._file.path, error.strerror)

    def restore(self, key: DatabaseKey, record: KeyRecord) -> None:
        """Make the key file again. One that is there is never overwritten: KEY_WRONG if it is another's."""
        if not self._file.create(key.encode()):
            self.fetch(record)

    def wrapped(self, key: DatabaseKey) -> tuple[bytes | None, str]:
        """None: the file is enough."""
        return None, ""

    def opened_by(self, passphrase: Secret) -> KeyFileKeys:
        """The same: no passphrase is asked for here."""
        return self

    def _decoded(self, key_id: str, text: Secret) -> DatabaseKey:
        try:
            return DatabaseKey.decode(key_id, text.reveal())
        except ValueError:
            raise UserFixableError(Code.KEY_FILE_MALFORMED, {"path": self._file.path}) from None


class PassphraseKeys:
    """The key lies in the database alone, under a passphrase.

    It is kept nowhere else, not even where a keyring is at hand.

    :param passphrase: gives it, whenever the key is to be opened or wrapped
    :param where: the stable word of ``Vault.where``
    :param cost: what a new wrapped copy costs to guess
    """

    def __init__(
        self, passphrase: Callable[[], Secret], *, where: str = "passphrase", cost: Cost = SHIPPED_COST
    ) -> None:
        self._passphrase = passphrase
        self._where = where
        self._cost = cost

    @property
    def where(self) -> str:
        """The stable word of ``Vault.where``."""
        return self._where

    def first(self) -> DatabaseKey:
        """A new key; :meth:`wrapped` gives the copy that makes it last."""
        return DatabaseKey.new()

    def fetch(self, record: KeyRecord) -> DatabaseKey:
        """Raises PASSPHRASE_NOT_SET, PASSPHRASE_WRONG, KEY_WRONG, or what the passphrase's source raises."""
        if record.wrapped is None:
            raise UserFixableError(Code.PASSPHRASE_NOT_SET)
        return _proved(unwrap(record, self._passphrase()), record, self.where)

    def keep(self, key: DatabaseKey) -> None:
        """Nothing: the wrapped copy comes into force together with the key."""

    def settle(self, key: DatabaseKey, old_id: str) -> None:
        """Nothing: the old wrapped copy went with the old key."""

    def discard(self, key: DatabaseKey) -> None:
        """Nothing: the key was nowhere."""

    def restore(self, key: DatabaseKey, record: KeyRecord) -> None:
        """Nothing: the copy in the database is the key."""

    def wrapped(self, key: DatabaseKey) -> tuple[bytes | None, str]:
        """The key's copy under the passphrase. Raises PASSPHRASE_TOO_SHORT, or what the passphrase's source raises."""
        return wrap(key, self._passphrase(), self._cost)

    def opened_by(self, passphrase: Secret) -> PassphraseKeys:
        """The same with this passphrase."""
        return PassphraseKeys(lambda: passphrase, where=self._where, cost=self._cost)


class PassphraseFileKeys(PassphraseKeys):
    """The same with the passphrase in a file: the way of machines without a person.

    Every method that needs it may raise PASSPHRASE_FILE_UNREADABLE.

    :param on_read: told the passphrase whenever the file is read
    """

    def __init__(self, path: Path, on_read: Callable[[Secret], None] | None = None, cost: Cost = SHIPPED_COST) -> None:
        def read() -> Secret:
            passphrase = read_passphrase(path)
            if on_read is not None:
                on_read(passphrase)
            return passphrase

        super().__init__(read, where="passphrase-file", cost=cost)

    def opened_by(self, passphrase: Secret) -> PassphraseFileKeys:
        """The same: what is in the file is for its owner to change."""
        return self


def _proved(key: DatabaseKey, record: KeyRecord, where: str) -> DatabaseKey:
    if not key.fits(record):
        raise UserFixableError(Code.KEY_WRONG, {"where": where})
    return key
