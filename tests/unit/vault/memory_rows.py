"""Secret rows in memory, with transactions that roll back, for tests of the vault alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mailadmin.domain.ports import KeyRecord, SealedSecret
from mailadmin.domain.secrets import SecretRef


class MemoryRows:
    """Implements ``domain.ports.SecretRows``: one key record at most, no row under a key that is gone."""

    def __init__(self) -> None:
        self.record: KeyRecord | None = None
        self.rows: dict[SecretRef, SealedSecret] = {}
        self._lock = threading.RLock()

    def key_record(self, *, to_change: bool = False) -> KeyRecord | None:
        with self._lock:
            return self.record

    def claim_key_record(self, record: KeyRecord) -> KeyRecord:
        with self._lock:
            if self.record is None:
                self.record = record
            return self.record

    def store_key_record(self, record: KeyRecord) -> None:
        with self._lock:
            assert self.record is not None
            assert self.record.key_id == record.key_id
            self.record = replace(self.record, wrapped=record.wrapped, kdf=record.kdf)

    def load(self, ref: SecretRef) -> SealedSecret | None:
        with self._lock:
            return self.rows.get(ref)

    def all(self) -> list[SealedSecret]:
        with self._lock:
            return list(self.rows.values())

    def store(self, secret: SealedSecret) -> None:
        with self._lock:
            assert self.record is not None
            assert self.record.key_id == secret.key_id
            self.rows[secret.ref] = secret

    def delete(self, ref: SecretRef) -> bool:
        with self._lock:
            return self.rows.pop(ref, None) is not None

    def change_key(self, record: KeyRecord, secrets: Sequence[SealedSecret]) -> None:
        with self._lock:
            self.record = record
            self.rows = {secret.ref: secret for secret in secrets}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            before = self.record, dict(self.rows)
            try:
                yield
            except BaseException:
                self.record, self.rows = before
                raise
