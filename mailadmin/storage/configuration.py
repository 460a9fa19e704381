"""Whether anything was configured anew since somebody looked."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sqlalchemy import func, literal, select, union_all

from .database import Database
from .rule_tables import AutoResponseRow, ExternalNumberRow, FilterAccountRow, FilterRow, ListEntryRow
from .tables import AccountRow, MailAddressRow, QueueRow, SettingRow

Version: TypeAlias = tuple[tuple[object, ...], ...]

_TABLES: Final[tuple[Any, ...]] = (
    QueueRow, MailAddressRow, FilterRow, ListEntryRow, ExternalNumberRow, AutoResponseRow,
)  # fmt: skip
_RECORDS: Final = [
    # Numbers are never given twice and versions only grow: two states with these three alike are the same.
    select(literal(place), func.count(), func.max(row.id), func.sum(row.version))
    for place, row in enumerate(_TABLES)
]
_ACCOUNTS: Final = (
    select(literal(len(_TABLES)), func.count(), func.max(AccountRow.id), func.sum(AccountRow.version))
    .select_from(FilterAccountRow)
    .join(AccountRow, AccountRow.id == FilterAccountRow.account_id)
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
