"""The system configuration: the values that differ from their defaults."""

from __future__ import annotations

import json

from sqlalchemy import delete, select

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
            rows = connection.execute(select(SettingRow.key, SettingRow.value))
            return Settings({row.key: json.loads(row.value) for row in rows if row.key in SETTINGS})

    def set(self, key: str, value: SettingValue | None) -> None:
        """Set a key; None goes back to the default. Checking the value is the caller's part."""
        setting = SETTINGS[key]
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
