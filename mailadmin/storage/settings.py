"""The system configuration: the values that differ from their defaults."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, delete, select

from mailadmin.domain.names import name_key
from mailadmin.domain.settings import SETTINGS, Settings, SettingValue

from .audit import AuditStore
from .database import Database
from .tables import SettingRow


class SettingStore:
    """The settings."""

    def __init__(self, database: Database, audit: AuditStore) -> None:
        self._database = database
        self._audit = audit

    def load(self) -> Settings:
        """The settings in force. Keys this program does not know are left alone."""
        with self._database.reading() as connection:
            return _load(connection)

    def set(self, key: str, value: SettingValue | None) -> None:
        """Set a key; None goes back to the default, which is not stored. Checking the value is the caller's part."""
        setting = SETTINGS[key]
        if value == setting.default:
            value = None
        with self._database.writing() as connection:
            query = select(SettingRow.value, SettingRow.version).where(SettingRow.key == key).with_for_update()
            row = connection.execute(query).one_or_none()
            before = setting.default if row is None else json.loads(row.value)
            if value is None:
                connection.execute(delete(SettingRow).where(SettingRow.key == key))
            else:
                values = {
                    "value": json.dumps(value),
                    "version": 1 if row is None else row.version + 1,
                    "changed_at": self._database.now(connection),
                    "changed_by": self._database.who,
                }
                connection.execute(
                    self._database.insert(SettingRow)
                    .values(key=key, **values)
                    .on_conflict_do_update(index_elements=["key"], set_=values)
                )
            after = setting.default if value is None else value
            if after != before:
                self._audit.write(connection, "settings", key, "change", {"value": (before, after)})


def settings_naming(connection: Connection, kinds: Collection[str], name: str) -> Iterator[str]:
    """The keys of the settings of these kinds whose value, default or not, is this name in any case."""
    for key, value in _load(connection).named(*kinds).items():
        if name_key(value) == name_key(name):
            yield key


def _load(connection: Connection) -> Settings:
    rows = connection.execute(select(SettingRow.key, SettingRow.value))
    return Settings({row.key: json.loads(row.value) for row in rows if row.key in SETTINGS})
