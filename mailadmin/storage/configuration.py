"""Whether anything was configured anew since somebody looked."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sqlalchemy import literal, select, union_all

from .database import Database
from .rule_tables import AutoResponseRow, ExternalNumberRow, FilterAccountRow, FilterRow, ListEntryRow
from .tables import AccountRow, MailAddressRow, QueueRow, SettingRow

Version: TypeAlias = tuple[tuple[object, ...], ...]

_TABLES: Final[tuple[Any, ...]] = (
    QueueRow, MailAddressRow, FilterRow, ListEntryRow, ExternalNumberRow, AutoResponseRow,
)  # fmt: skip
_RECORDS: Final = [
    # Each by itself: numbers are given before they are committed, so that no sum tells one more from one less.
    select(literal(place), row.id, row.version)
    for place, row in enumerate(_TABLES)
]
_ACCOUNTS: Final = (
    # A filter names its accounts; which of them, its own version tells.
    select(literal(len(_TABLES)), AccountRow.id, AccountRow.version).where(
        AccountRow.id.in_(select(FilterAccountRow.account_id))
    )
)
_VERSION: Final = union_all(*_RECORDS, _ACCOUNTS)
_SETTINGS: Final = select(SettingRow.key, SettingRow.value).order_by(SettingRow.key)


class ConfigurationStore:
    """What PostMaster decides by, as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> Version:
        """Equal to an earlier one if and only if everything that PostMaster decides by is as it was then."""
        with self._database.reading() as connection:
            records = sorted(tuple(row) for row in connection.execute(_VERSION))
            return (*records, *(tuple(row) for row in connection.execute(_SETTINGS)))
