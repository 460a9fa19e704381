"""The audit: who changed what in the configuration, field by field (FEATURES OPS-4)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from mailadmin.domain.audit import AuditEntry

from .database import Database
from .tables import AuditRow

_BOOKKEEPING: Final = {"id", "uid", "version", "created", "changed"}

Changes = dict[str, tuple[object, object]]


class AuditStore:
    """The entries of the audit. Stores write them; nobody else does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, limit: int = 100) -> list[AuditEntry]:
        """The newest entries, newest first."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [
                AuditEntry(
                    at=row.at,
                    by=row.by,
                    table=row.what,
                    record=row.record,
                    action=row.action,
                    changes={name: (before, after) for name, (before, after) in json.loads(row.changes).items()},
                )
                for row in connection.execute(query)
            ]

    def write(self, connection: Connection, table: str, record: str, action: str, changes: Changes) -> None:
        """Add an entry inside the transaction that makes the change.

        :param changes: field to (before, after); never a secret
        """
        self.write_all(connection, action, [(table, record, changes)])

    def write_all(self, connection: Connection, action: str, entries: Iterable[tuple[str, str, Changes]]) -> None:
        """Add entries of one kind of action: table, record and changes of each, as for :meth:`write`."""
        now = self._database.now(connection)
        rows = [
            {
                "at": now,
                "by": self._database.who,
                "what": table,
                "record": record,
                "action": action,
                "changes": json.dumps(changes),
            }
            for table, record, changes in entries
        ]
        if rows:
            connection.execute(insert(AuditRow), rows)


def differences(before: object | None, after: object | None) -> Changes:
    """What differs between two versions of a record, field by field; None for a record that is not there."""
    old, new = _plain(before), _plain(after)
    return {name: (old.get(name), new.get(name)) for name in (new or old) if old.get(name) != new.get(name)}


def _plain(record: object | None) -> Mapping[str, Any]:
    if record is None:
        return {}
    names = (field.name for field in dataclasses.fields(record) if field.name not in _BOOKKEEPING)  # type: ignore[arg-type]
    return {name: _said(getattr(record, name)) for name in names}


def _said(value: object) -> object:
    """A value as JSON has it: parts of records (a filter's conditions) as objects with their fields."""
    if isinstance(value, tuple):
        return [_said(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _said(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value.isoformat() if isinstance(value, date) else value
