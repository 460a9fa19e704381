"""Make the database say what a file says: all or nothing, with a plan that can be looked at first (CLI.md)."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.outcomes import FieldChange, Plan
from mailadmin.domain.profile_rules import normalised_profile, profile_faults
from mailadmin.domain.queues import SHIPPED_QUEUES, MailAddress, Queue
from mailadmin.domain.setting_rules import setting_faults
from mailadmin.domain.settings import SETTINGS, Settings, SettingValue
from mailadmin.domain.validation import (
    Fault,
    InvalidRecordError,
    Problem,
    Surroundings,
    account_faults,
    address_faults,
    normalised,
    queue_faults,
)
from mailadmin.services.accounts import change_account, delete_account
from mailadmin.services.oauth.profiles import change_profile, delete_profile
from mailadmin.storage import Storage

from .records import ACCOUNTS, ADDRESSES, PROFILES, QUEUES, TABLES, Record, Table

_SHIPPED = frozenset(name_key(queue.name) for queue in SHIPPED_QUEUES)


@dataclass(slots=True)
class _Records:
    """What the file or the database says, by casefolded name."""

    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    addresses: dict[str, MailAddress] = field(default_factory=dict)
    profiles: dict[str, OAuthProfile] = field(default_factory=dict)
    accounts: dict[str, IncomingAccount] = field(default_factory=dict)
    said: frozenset[str] = frozenset()
    """The tables that occur in the file; --prune touches no others."""

    def of(self, table: Table[Any]) -> dict[str, Any]:
        records: dict[str, dict[str, Any]] = {
            QUEUES.name: self.queues,
            ADDRESSES.name: self.addresses,
            PROFILES.name: self.profiles,
            ACCOUNTS.name: self.accounts,
        }
        return records[table.name]


class ApplyService:
    """Applies configuration files."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def apply(self, text: str, *, dry_run: bool = False, prune: bool = False) -> Plan:
        """Add and change what the file says; with ``prune`` also remove, in the tables it uses, what it does not name.

        A record is said whole: a key left out takes its default. Settings left out stay as they are. The four shipped
        queues are never removed.

        :param text: the file's content, TOML
        :param dry_run: only plan
        :raises UserFixableError: BAD_FILE (not TOML), IN_USE (a record to be removed is needed); nothing has changed
        :raises InvalidRecordError: unknown keys, wrong values, references to what is not there; nothing has changed
        """
        target = self._read(text)
        with self._storage.transaction():
            now = self._now()
            self._spell(now, target)
            plan = self._plan(now, target, prune=prune)
            self._check(now, target, plan)
            if not dry_run:
                self._carry_out(now, target, plan)
        return plan

    # --- reading ---

    def _read(self, text: str) -> _Records:
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML, or nested and numbered beyond reason
            raise UserFixableError(Code.BAD_FILE, {"detail": str(error)}) from error
        faults: list[tuple[str, str, Fault]] = []
        known = {"settings", *(table.name for table in TABLES)}
        faults += [("", "", Fault(name, Problem.UNKNOWN_KEY)) for name in document if name not in known]
        target = _Records(said=frozenset(document))
        settings = document.get("settings", {})
        if isinstance(settings, dict):
            target.settings = settings
        else:
            faults.append(("settings", "", Fault("settings", Problem.WRONG_TYPE, {"expected": "a table"})))
        for table in TABLES:
            faults += self._read_table(table, document.get(table.name, []), target.of(table))
        if faults:
            raise InvalidRecordError(faults)
        target.profiles = {key: normalised_profile(profile) for key, profile in target.profiles.items()}
        target.accounts = {key: normalised(account) for key, account in target.accounts.items()}
        return target

    @staticmethod
    def _read_table(table: Table[Record], entries: object, into: dict[str, Record]) -> list[tuple[str, str, Fault]]:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            expected = {"expected": f"an array of tables, [[{table.name}]]"}
            return [(table.name, "", Fault(table.name, Problem.WRONG_TYPE, expected))]
        faults: list[tuple[str, str, Fault]] = []
        for number, entry in enumerate(entries, start=1):
            name = str(entry.get(table.key, f"number {number}"))
            record, wrong = table.read(entry)
            faults += [(table.name, name, fault) for fault in wrong]
            if record is None:
                continue
            if name_key(name) in into:
                faults.append((table.name, name, Fault(table.key, Problem.NOT_UNIQUE)))
            into[name_key(name)] = record
        return faults

    def _now(self) -> _Records:
        return _Records(
            self._storage.settings.load().changed,
            {name_key(queue.name): queue for queue in self._storage.queues.all()},
            {name_key(address.address): address for address in self._storage.addresses.all()},
            {name_key(profile.name): profile for profile in self._storage.profiles.all()},
            {name_key(account.name): account for account in self._storage.accounts.all()},
        )

    # --- planning ---

    @staticmethod
    def _spell(now: _Records, target: _Records) -> None:
        """What a record refers to is spelled as that is, so that another case is no change."""
        queues = {**now.queues, **target.queues}
        profiles = {**now.profiles, **target.profiles}

        def spelled(name: str, records: Mapping[str, Queue] | Mapping[str, OAuthProfile]) -> str:
            record = records.get(name_key(name))
            return name if record is None else record.name

        target.addresses = {
            key: replace(address, queue=spelled(address.queue, queues)) for key, address in target.addresses.items()
        }
        target.accounts = {
            key: replace(
                account,
                queue=spelled(account.queue, queues),
                oauth_profile=spelled(account.oauth_profile, profiles),
            )
            for key, account in target.accounts.items()
        }

    @staticmethod
    def _plan(now: _Records, target: _Records, *, prune: bool) -> Plan:
        add: list[tuple[str, str]] = []
        change: list[FieldChange] = []
        remove: list[tuple[str, str]] = []
        for key, value in target.settings.items():
            before = Settings(now.settings)[key] if key in SETTINGS else None
            if before != value:
                change.append(FieldChange("settings", key, key, before, value))
        for table in TABLES:
            here, there = now.of(table), target.of(table)
            for key, record in there.items():
                if key not in here:
                    add.append((table.name, table.name_of(record)))
                    continue
                for name, (before, after) in table.differences(here[key], record).items():
                    change.append(FieldChange(table.name, table.name_of(here[key]), name, before, after))
            if prune and table.name in target.said:
                gone = [key for key in here if key not in there and not (table is QUEUES and key in _SHIPPED)]
                remove += [(table.name, table.name_of(here[key])) for key in gone]
        return Plan(tuple(add), tuple(change), tuple(remove))

    @staticmethod
    def _check(now: _Records, target: _Records, plan: Plan) -> None:
        """Every rule, against the world as it will be."""
        removed = {(table, name_key(name)) for table, name in plan.remove}

        def after(table: Table[Any]) -> dict[str, Any]:
            kept = {key: r for key, r in now.of(table).items() if (table.name, key) not in removed}
            return {**kept, **target.of(table)}

        queues, addresses, profiles, accounts = after(QUEUES), after(ADDRESSES), after(PROFILES), after(ACCOUNTS)
        faults: list[tuple[str, str, Fault]] = []
        named = Settings({**now.settings, **target.settings}).queues()
        defaults = frozenset(map(name_key, named.values()))
        world = Surroundings(queues, addresses, tuple(accounts.values()), defaults, profiles)
        for setting, value in target.settings.items():
            faults += [("settings", setting, fault) for fault in setting_faults(setting, value, world)]
        for setting, name in named.items():  # that it stays valid is a rule for the queue
            if setting not in target.settings and name_key(name) not in queues:
                faults.append(("settings", setting, Fault(setting, Problem.UNKNOWN_QUEUE, {"queue": name})))
        for key, queue in target.queues.items():
            around = replace(world, queues=_without(queues, key))
            faults += [(QUEUES.name, queue.name, fault) for fault in queue_faults(queue, around)]
        for key, address in target.addresses.items():
            around = replace(world, addresses=_without(addresses, key))
            faults += [(ADDRESSES.name, address.address, fault) for fault in address_faults(address, around)]
        for key, profile in target.profiles.items():
            around = replace(world, profiles=_without(profiles, key))
            faults += [(PROFILES.name, profile.name, fault) for fault in profile_faults(profile, around)]
        for key, account in target.accounts.items():
            others = tuple(other for name, other in accounts.items() if name != key)
            faults += [
                (ACCOUNTS.name, account.name, f) for f in account_faults(account, replace(world, accounts=others))
            ]
        if faults:
            raise InvalidRecordError(faults)

    # --- carrying out ---

    def _carry_out(self, now: _Records, target: _Records, plan: Plan) -> None:
        changed = {(change.what, name_key(change.name)) for change in plan.change}
        added = {(table, name_key(name)) for table, name in plan.add}
        self._queues_and_addresses(now, target, added, changed)
        for key, profile in target.profiles.items():
            if (PROFILES.name, key) in added:
                self._storage.profiles.add(profile)
            elif (PROFILES.name, key) in changed:
                change_profile(self._storage, _onto(now.profiles[key], profile))
        for key, account in target.accounts.items():
            if (ACCOUNTS.name, key) in added:
                self._storage.accounts.add(account)
            elif (ACCOUNTS.name, key) in changed:
                change_account(self._storage, _onto(now.accounts[key], account))
        for setting, value in target.settings.items():
            if ("settings", name_key(setting)) in changed:
                self._storage.settings.set(setting, value)
        if any(("settings", name_key(setting)) in changed for setting in SCHEDULES):
            reschedule(self._storage)
        self._remove(now, plan.remove)

    def _queues_and_addresses(
        self, now: _Records, target: _Records, added: set[tuple[str, str]], changed: set[tuple[str, str]]
    ) -> None:
        """A queue may name an address that names the queue: queues come first without, and get it afterwards."""
        for key, queue in target.queues.items():
            if (QUEUES.name, key) in added:
                self._storage.queues.add(replace(queue, sender_address=""))
        for key, address in target.addresses.items():
            if (ADDRESSES.name, key) in added:
                self._storage.addresses.add(address)
            elif (ADDRESSES.name, key) in changed:
                self._storage.addresses.change(_onto(now.addresses[key], address))
        for key, queue in target.queues.items():
            if (QUEUES.name, key) in changed or ((QUEUES.name, key) in added and queue.sender_address):
                stored = self._storage.queues.by_name(queue.name)
                assert stored is not None, "it was there or has just been added"
                self._storage.queues.change(_onto(stored, queue))

    def _remove(self, now: _Records, remove: Iterable[tuple[str, str]]) -> None:
        """Accounts and addresses go before the queues and profiles they name."""
        by_table: dict[str, list[str]] = {}
        for table, name in remove:
            by_table.setdefault(table, []).append(name_key(name))
        for key in by_table.get(ACCOUNTS.name, []):
            delete_account(self._storage, now.accounts[key])
        for key in by_table.get(PROFILES.name, []):
            delete_profile(self._storage, now.profiles[key])
        for key in by_table.get(ADDRESSES.name, []):
            self._storage.addresses.delete(now.addresses[key])
        for key in by_table.get(QUEUES.name, []):
            self._storage.queues.delete(now.queues[key])


def _without(records: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: record for name, record in records.items() if name != key}


def _onto(stored: Record, said: Record) -> Record:
    """What the file says, as a change of the stored record."""
    kept = {f.name: getattr(stored, f.name) for f in dataclasses.fields(stored) if f.name in {"id", "uid", "version"}}
    return replace(said, **kept)
