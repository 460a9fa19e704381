"""The vault: secrets as encrypted rows of the database, under a key that is kept elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.ports import KeyRecord, SecretRows
from mailadmin.domain.secrets import Secret, SecretRef

from .key_sources import KeyFileKeys, KeySource, PassphraseKeys
from .sealing import DatabaseKey, open_secret, seal_secret
from .wrapping import SHIPPED_COST, Cost, unwrap, wrap

_log = logging.getLogger(__name__)
_ATTEMPTS: Final = 3  # each one lost means that another process changed the key in that instant


class DatabaseVault:
    """Implements ``domain.ports.Vault``, and what a passphrase needs. Any thread may use it.

    Nothing is touched before the first call. The key is made by the first :meth:`put`, :meth:`available` or
    :meth:`set_passphrase` on a database that has none, and held in memory as long as the vault lives.

    :param rows: where the rows are
    :param keys: where the key is
    :param on_reveal: told every secret that passes through, so that logs can hide it
    :param cost: what a new copy of the key under a passphrase costs to guess
    """

    def __init__(
        self,
        rows: SecretRows,
        keys: KeySource,
        *,
        on_reveal: Callable[[Secret], None] | None = None,
        cost: Cost = SHIPPED_COST,
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._on_reveal = on_reveal
        self._cost = cost
        self._key: DatabaseKey | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"DatabaseVault({self.where()})"

    def get(self, ref: SecretRef) -> Secret | None:
        """A secret, or None if there is none (then no key is asked for).

        Raises SECRET_DAMAGED, and the KEY*, KEYRING* and PASSPHRASE* errors when the key cannot be had.
        """
        for _ in range(_ATTEMPTS):
            row = self._rows.load(ref)
            if row is None:
                return None
            key = self._key_in_force(row.key_id)
            if key is not None and key.id == row.key_id:
                secret = open_secret(key, ref, row)
                self._reveal(secret)
                return secret
        raise UserFixableError(Code.SECRET_DAMAGED, {"ref": ref})  # sealed under a key that is no more

    def put(self, ref: SecretRef, secret: Secret) -> None:
        """Keep a secret under this reference, replacing the one before. Raises like :meth:`get`."""
        self._reveal(secret)
        for _ in range(_ATTEMPTS):
            key = self._key_or_first()
            row = seal_secret(key, ref, secret)
            with self._unless_changed():
                if self._in_force(key):
                    self._rows.store(row)
                    return
            self._forget(key)
        raise _changing()

    def delete(self, ref: SecretRef) -> bool:
        """Forget a secret; whether there was one. Needs no key."""
        return self._rows.delete(ref)

    def list(self) -> list[SecretRef]:
        """The references of all secrets kept. Needs no key."""
        return [row.ref for row in self._rows.all()]

    def where(self) -> str:
        """A stable word for where the key is: ``keyring``, ``key-file``, ``passphrase-file``, ``passphrase``."""
        return self._keys.where

    def use_key_file(self, path: Path) -> None:
        """From now on the key is in this file, made if the database has no key yet.

        Nothing changes when it raises: KEY_FILE_*, KEY_WRONG, FOLDER_NOT_WRITABLE.
        """
        self._use(KeyFileKeys(path))

    def use_passphrase(self, passphrase: Secret) -> None:
        """From now on, as long as this vault lives, the key is the database's copy under this passphrase.

        A database without a key gets one, kept there alone. Nothing changes when it raises: PASSPHRASE_TOO_SHORT (of a
        new one), PASSPHRASE_WRONG, PASSPHRASE_NOT_SET.
        """
        self._reveal(passphrase)
        self._use(PassphraseKeys(lambda: passphrase, cost=self._cost))

    def _use(self, keys: KeySource) -> None:
        with self._lock:
            record = self._rows.key_record()
            key = self._first(keys) if record is None else keys.fetch(record)
            self._keys = keys
            self._hold(key)

    def available(self) -> None:
        """Raise what a :meth:`get` or :meth:`put` would raise if the key cannot be had.

        A database without a key gets one: there is no other proof that a keyring keeps what it is given.
        """
        self._key_or_first()

    def has_passphrase(self) -> bool:
        """Whether the database holds a copy of its key under a passphrase."""
        record = self._rows.key_record()
        return record is not None and record.wrapped is not None

    def set_passphrase(self, passphrase: Secret) -> None:
        """Store a copy of the key under this passphrase, replacing the one before.

        With it another workstation can :meth:`unlock` the database. Where the key comes from the passphrase before, it
        comes from this one from now on. Raises PASSPHRASE_TOO_SHORT, and like :meth:`get`.
        """
        self._reveal(passphrase)
        for _ in range(_ATTEMPTS):
            key = self._key_or_first()
            stored = False
            wrapped, kdf = wrap(key, passphrase, self._cost)
            with self._unless_changed():
                record = self._rows.key_record()
                if record is not None and key.fits(record):
                    self._rows.store_key_record(replace(record, wrapped=wrapped, kdf=kdf))
                    stored = True
            if stored:
                self._opened_by(passphrase)
                return
            self._forget(key)
        raise _changing()

    def unlock(self, passphrase: Secret) -> None:
        """Take the key from its copy under the passphrase and keep it here, in the keyring or the key file.

        For a second workstation, or after a keyring was lost. Raises PASSPHRASE_NOT_SET, PASSPHRASE_WRONG, and the
        KEYRING* and KEY_FILE* errors when it cannot be kept.
        """
        self._reveal(passphrase)
        with self._lock:
            record = self._rows.key_record()
            if record is None:
                raise UserFixableError(Code.PASSPHRASE_NOT_SET)
            key = unwrap(record, passphrase)
            if not key.fits(record):
                raise UserFixableError(Code.KEY_WRONG, {"where": "passphrase"})
            self._keys.restore(key, record)
            self._opened_by(passphrase)
            self._hold(key)

    def change_key(self, passphrase: Secret | None = None) -> int:
        """Encrypt everything under a new key; the number of secrets. The old key is forgotten.

        The new key is kept first, then everything changes in one transaction, then the old key is forgotten: killed
        anywhere, the database opens with a key that is kept. The copy under a passphrase is renewed if the passphrase
        is known (given here, or by a passphrase file), otherwise it is dropped, which is logged and shows in
        :meth:`has_passphrase`: other workstations then need a new one, as their keyrings hold the old key only.

        Raises like :meth:`get`, and PASSPHRASE_WRONG if the passphrase given is not the one in use. Nothing is
        changed then.
        """
        if passphrase is not None:
            self._reveal(passphrase)
        for _ in range(_ATTEMPTS):
            old = self._key_or_first()
            if passphrase is not None and (record := self._rows.key_record()) is not None and record.wrapped:
                unwrap(record, passphrase)
                self._opened_by(passphrase)  # another process may have set it
            keys = self._keys  # another thread may switch to others; the new key is to be in one place
            new = DatabaseKey.new()
            record = self._new_record(keys, new, passphrase)
            keys.keep(new)
            count = self._reseal(old, new, record)
            if count is not None:
                with self._lock:
                    self._hold(new)
                keys.settle(new, old.id)
                return count
            keys.discard(new)
            self._forget(old)
        raise _changing()

    def _new_record(self, keys: KeySource, key: DatabaseKey, passphrase: Secret | None = None) -> KeyRecord:
        wrapped, kdf = keys.wrapped(key)
        if passphrase is not None and wrapped is None:
            wrapped, kdf = wrap(key, passphrase, self._cost)
        return KeyRecord(key.id, key.check_value(), wrapped, kdf)

    def _reseal(self, old: DatabaseKey, new: DatabaseKey, record: KeyRecord) -> int | None:
        """Change key record and rows in one transaction; None when another process was first.

        After an error the new key stays where it is kept: a commit whose answer was lost may have taken place.
        """
        count: int | None = None
        lost_copy = False
        with self._unless_changed():
            before = self._rows.key_record(to_change=True)
            if before is not None and before.key_id == old.id:
                resealed = [seal_secret(new, row.ref, open_secret(old, row.ref, row)) for row in self._rows.all()]
                self._rows.change_key(record, resealed)
                lost_copy = before.wrapped is not None and record.wrapped is None
                count = len(resealed)
        if count is not None and lost_copy:
            _log.warning("the copy of the old key under a passphrase was dropped; set the passphrase again")
        return count

    def _key_in_force(self, wanted_id: str) -> DatabaseKey | None:
        """The key of the record in force, from memory if it is the wanted one; None when there is no record."""
        with self._lock:
            if self._key is not None and self._key.id == wanted_id:
                return self._key
            record = self._rows.key_record()
            return None if record is None else self._hold(self._fetched(record))

    def _key_or_first(self) -> DatabaseKey:
        """The key in force, made if there is none."""
        with self._lock:
            if self._key is not None:
                return self._key
            record = self._rows.key_record()
            return self._hold(self._first(self._keys) if record is None else self._fetched(record))

    def _fetched(self, record: KeyRecord) -> DatabaseKey:
        """The key of a record, or the one that another process has put in its place just now."""
        for _ in range(_ATTEMPTS):
            try:
                return self._keys.fetch(record)
            except UserFixableError:
                now = self._rows.key_record()
                if now is None or now.key_id == record.key_id:
                    raise
                record = now
        raise _changing()

    def _first(self, keys: KeySource) -> DatabaseKey:
        """Make the first key, or use that of the process that was faster: one record is in force, ever."""
        key = keys.first()
        winner = self._rows.claim_key_record(self._new_record(keys, key))
        if winner.key_id == key.id:
            return key
        keys.discard(key)
        return keys.fetch(winner)

    def _hold(self, key: DatabaseKey) -> DatabaseKey:
        self._reveal(key.encode())
        self._key = key
        return key

    def _opened_by(self, passphrase: Secret) -> None:
        with self._lock:
            self._keys = self._keys.opened_by(passphrase)

    def _forget(self, key: DatabaseKey) -> None:
        with self._lock:
            if self._key is key:
                self._key = None

    @contextmanager
    def _unless_changed(self) -> Iterator[None]:
        """One transaction, ended without an error when another process changed the key or the rows meanwhile.

        On servers that can happen between two statements; the rows then refuse the second one.
        """
        try:
            with self._rows.transaction():
                yield
        except UserFixableError as error:
            if error.code not in {Code.KEY_WRONG, Code.EDIT_CONFLICT}:
                raise
            _log.debug("another process was first: %s", error)

    def _in_force(self, key: DatabaseKey) -> bool:
        record = self._rows.key_record()
        return record is not None and record.key_id == key.id

    def _reveal(self, secret: Secret) -> None:
        if self._on_reveal is not None and secret:
            self._on_reveal(secret)


def _changing() -> UserFixableError:
    return UserFixableError(Code.WRONG_STATE, {"what": "key", "state": "changing"})
