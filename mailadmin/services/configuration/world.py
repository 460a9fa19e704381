"""The configuration as it is, as a file says it, and as it will be: records by table and casefolded name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mailadmin.domain.addresses import address_key
from mailadmin.domain.names import name_key
from mailadmin.domain.outcomes import Plan
from mailadmin.domain.setting_rules import setting_faults
from mailadmin.domain.settings import Settings, SettingValue
from mailadmin.domain.validation import Fault, Problem, Surroundings
from mailadmin.postmaster.patterns import check_pattern
from mailadmin.services.surroundings import answers, default_states
from mailadmin.storage import Storage

from .records import (
    ACCOUNTS,
    ADDRESSES,
    AUTO_RESPONSES,
    COMPANIES,
    CUSTOMERS,
    LISTS,
    PROFILES,
    QUEUES,
    TABLES,
    Table,
)

SETTINGS_TABLE = "settings"


@dataclass(slots=True)
class Records:
    """What the file or the database says. ``said``: the tables that occur in the file; --prune touches no others."""

    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    by_table: dict[str, dict[str, Any]] = field(default_factory=lambda: {table.name: {} for table in TABLES})
    said: frozenset[str] = frozenset()

    def of(self, table: Table[Any]) -> dict[str, Any]:
        """The records of a table, by casefolded name."""
        return self.by_table[table.name]


def stored(storage: Storage, said: frozenset[str]) -> Records:
    """What the database says.

    :param said: the tables of a file; customers, who may be many, are left out when it has none
    """
    many = {CUSTOMERS.name, COMPANIES.name}
    tables = [table for table in TABLES if table.name not in many or said & many]
    records = Records(storage.settings.load().changed)
    records.by_table |= {table.name: table.of(storage) for table in tables}
    return records


def spell(now: Records, target: Records) -> None:
    """What a record refers to is spelled as that is, so that another case is no change."""
    for table in TABLES:
        names = {name: _names(other, now, target) for name, other in table.refers.items()}
        records = target.of(table)
        for key, record in records.items():
            changed = {}
            for name, spelled in names.items():
                value = getattr(record, name)
                several = tuple(spelled.get(name_key(one), one) for one in value) if isinstance(value, tuple) else None
                changed[name] = several if several is not None else spelled.get(name_key(value), value)
            records[key] = replace(record, **changed) if changed else record


def _names(table: str, now: Records, target: Records) -> dict[str, str]:
    """The names of a table's records as they will be spelled, by their casefolded form."""
    other = next(one for one in TABLES if one.name == table)
    return {key: other.name_of(record) for key, record in {**now.of(other), **target.of(other)}.items()}


class World:
    """The configuration as it will be when a plan is carried out, and the rules it breaks."""

    def __init__(self, now: Records, target: Records, plan: Plan) -> None:
        self._now = now
        self._target = target
        removed = {(table, name_key(name)) for table, name in plan.remove}
        self._after = {
            table.name: {
                **{key: one for key, one in now.of(table).items() if (table.name, key) not in removed},
                **target.of(table),
            }
            for table in TABLES
        }
        self._settings = Settings({**now.settings, **target.settings})

    def faults(self) -> Iterator[tuple[str, str, Fault]]:
        """Every rule that something in the file breaks, or a setting that stays: table, record, fault."""
        around = self._surroundings()
        for setting, value in self._target.settings.items():
            for fault in setting_faults(setting, value, around):
                yield SETTINGS_TABLE, setting, fault
        for setting, name in self._settings.queues().items():  # that it stays valid is a rule for the queue
            if setting not in self._target.settings and name_key(name) not in around.queues:
                yield SETTINGS_TABLE, setting, Fault(setting, Problem.UNKNOWN_QUEUE, {"queue": name})
        for table in TABLES:
            for key, record in self._target.of(table).items():
                mine = replace(self._apart(around, table, record), before=self._now.of(table).get(key))
                for fault in table.kind.faults(record, mine):
                    yield table.name, table.name_of(record), table.fault(fault)

    def _surroundings(self) -> Surroundings:
        after = self._after
        return Surroundings(
            queues=after[QUEUES.name],
            addresses=after[ADDRESSES.name],
            accounts=tuple(after[ACCOUNTS.name].values()),
            default_queues=frozenset(map(name_key, self._settings.queues().values())),
            profiles=after[PROFILES.name],
            default_states=default_states(self._settings),
            lists={kind: after[table.name] for kind, table in LISTS.items()},
            companies=after[COMPANIES.name].keys(),
            address_owners=self._owners(CUSTOMERS, "addresses"),
            domain_owners=self._owners(COMPANIES, "domains"),
            responses=answers(self._kept_last(AUTO_RESPONSES)),
            check_pattern=check_pattern,
        )

    def _owners(self, table: Table[Any], name: str) -> dict[str, str]:
        return {
            address_key(value): table.name_of(record)
            for record in self._kept_last(table)
            for value in getattr(record, name)
        }

    def _kept_last(self, table: Table[Any]) -> Iterator[Any]:
        """The records as they will be; those that the file does not say come last, and so have what they have."""
        said = self._target.of(table)
        yield from said.values()
        yield from (record for key, record in self._after[table.name].items() if key not in said)

    @staticmethod
    def _apart(around: Surroundings, table: Table[Any], record: object) -> Surroundings:
        """The surroundings of one record, without itself."""
        if not table.apart:
            return around
        records = getattr(around, table.apart)
        if isinstance(records, tuple):
            others: Any = tuple(one for one in records if one is not record)
        else:
            others = {key: one for key, one in records.items() if one is not record}
        return replace(around, **{table.apart: others})
