"""Make the database say what a file says: all or nothing, with a plan that can be looked at first (CLI.md)."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filters import ExampleChange
from mailadmin.domain.names import name_key
from mailadmin.domain.outcomes import FieldChange, Plan
from mailadmin.domain.settings import SETTINGS, Settings
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.services.due import SCHEDULES, reschedule
from mailadmin.services.what_if import WhatIfService
from mailadmin.storage import Storage

from .records import TABLES, Record, Table
from .world import SETTINGS_TABLE, Records, World, spell, stored


class ExamplesChangedError(UserFixableError):
    """A file would change what becomes of pinned examples; nothing has changed. ``changes`` says how."""

    def __init__(self, changes: list[ExampleChange]) -> None:
        self.changes = tuple(changes)
        examples = "\n".join(f"{one.filter}: {one.subject}" for one in changes)
        super().__init__(Code.EXAMPLES_CHANGED, {"count": len(changes), "examples": examples})


class _LookedEnoughError(Exception):
    """Ends the transaction of a dry run."""


class ApplyService:
    """Applies configuration files.

    :param what_if: asked what becomes of pinned examples; None: they are not looked at
    """

    def __init__(self, storage: Storage, what_if: WhatIfService | None = None) -> None:
        self._storage = storage
        self._what_if = what_if

    def apply(
        self, text: str, *, dry_run: bool = False, prune: bool = False, accept_changed_examples: bool = False
    ) -> Plan:
        """Add and change what the file says; with ``prune`` also remove, in the tables it uses, what it does not name.

        A record is said whole: a key left out takes its default. Settings left out stay as they are. What every
        database starts with (queues, states, a ticket type) is never removed. Mail that is held is not released here:
        that is the caller's part.

        :param text: the file's content, TOML
        :param dry_run: only plan; it is carried out and undone, so that what would be refused is refused
        :param accept_changed_examples: what becomes of pinned examples is what is expected of them from now on
        :raises UserFixableError: BAD_FILE (not TOML), IN_USE (a record to be removed is needed); nothing has changed
        :raises InvalidRecordError: unknown keys, wrong values, references to what is not there; nothing has changed
        :raises ExamplesChangedError: pinned examples would be decided otherwise; nothing has changed
        """
        target = self._read(text)
        plan = Plan()
        try:
            with self._storage.transaction():
                now = stored(self._storage, target.said)
                spell(now, target)
                plan = self._plan(now, target, prune=prune)
                if faults := list(World(now, target, plan).faults()):
                    raise InvalidRecordError(faults)
                if not plan.empty:
                    self._carry_out_and_ask(now, target, plan, accept=accept_changed_examples)
                if dry_run:
                    raise _LookedEnoughError
        except _LookedEnoughError:
            pass
        return plan

    # --- reading ---

    def _read(self, text: str) -> Records:
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # not TOML, or nested and numbered beyond reason
            raise UserFixableError(Code.BAD_FILE, {"detail": str(error)}) from error
        faults: list[tuple[str, str, Fault]] = []
        known = {SETTINGS_TABLE, *(table.name for table in TABLES)}
        faults += [("", "", Fault(name, Problem.UNKNOWN_KEY)) for name in document if name not in known]
        target = Records(said=frozenset(document))
        settings = document.get(SETTINGS_TABLE, {})
        if isinstance(settings, dict):
            target.settings = settings
        else:
            expected = {"expected": "a table"}
            faults.append((SETTINGS_TABLE, "", Fault(SETTINGS_TABLE, Problem.WRONG_TYPE, expected)))
        for table in TABLES:
            faults += self._read_table(table, document.get(table.name, []), target.of(table))
        if faults:
            raise InvalidRecordError(faults)
        return target

    @staticmethod
    def _read_table(table: Table[Any], entries: object, into: dict[str, Any]) -> list[tuple[str, str, Fault]]:
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
            into[name_key(name)] = table.kind.tidy(record)
        return faults

    # --- planning ---

    @staticmethod
    def _plan(now: Records, target: Records, *, prune: bool) -> Plan:
        add: list[tuple[str, str]] = []
        change: list[FieldChange] = []
        remove: list[tuple[str, str]] = []
        for key, value in target.settings.items():
            before = Settings(now.settings)[key] if key in SETTINGS else None
            if before != value:
                change.append(FieldChange(SETTINGS_TABLE, key, key, before, value))
        for table in TABLES:
            here, there = now.of(table), target.of(table)
            for key, record in there.items():
                if key not in here:
                    add.append((table.name, table.name_of(record)))
                    continue
                for name, (before, after) in table.differences(here[key], record).items():
                    change.append(FieldChange(table.name, table.name_of(here[key]), name, before, after))
            if prune and table.name in target.said:
                gone = [key for key in here if key not in there and not table.is_shipped(key)]
                remove += [(table.name, table.name_of(here[key])) for key in gone]
        return Plan(tuple(add), tuple(change), tuple(remove))

    # --- carrying out ---

    def _carry_out_and_ask(self, now: Records, target: Records, plan: Plan, *, accept: bool) -> None:
        """Carry the plan out; then see what becomes of pinned examples, by everything as it is then."""
        before = self._what_if.outcomes_of_examples() if self._what_if is not None else {}
        self._carry_out(now, target, plan)
        if not before or self._what_if is None:
            return
        changes = self._what_if.changes_of_examples(before)
        if changes and not accept:
            raise ExamplesChangedError(changes)
        self._what_if.accept(changes)

    def _carry_out(self, now: Records, target: Records, plan: Plan) -> None:
        """What depends on each other comes in two steps, with what goes between them."""
        added = {(table, name_key(name)) for table, name in plan.add}
        changed = {(change.what, name_key(change.name)) for change in plan.change}
        later: list[tuple[Table[Any], dict[str, Any]]] = []
        for table in TABLES:
            wanted = {key: one for key, one in target.of(table).items() if (table.name, key) in added | changed}
            first = table.first(wanted, now.by_table)
            later.append((table, {key: wanted[key] for key in first}))
            self._write(table, {**wanted, **first}, now.of(table))
        for setting, value in target.settings.items():
            if (SETTINGS_TABLE, name_key(setting)) in changed:
                self._storage.settings.set(setting, value)
        if any((SETTINGS_TABLE, name_key(setting)) in changed for setting in SCHEDULES):
            reschedule(self._storage)
        self._remove(now, plan)
        for table, whole in later:
            if whole:
                self._write(table, whole, table.of(self._storage))
        for table in TABLES:
            changes = {key: one for key, one in target.of(table).items() if (table.name, key) in changed}
            self._follow(table, changes, now.of(table))

    def _write(self, table: Table[Record], records: Mapping[str, Record], there: Mapping[str, Record]) -> None:
        """Add records, and change those that there are."""
        store = table.kind.store_of(self._storage)
        store.add_all([record for key, record in records.items() if key not in there])
        onto = [_onto(there[key], record) for key, record in records.items() if key in there]
        if table.change is None:
            store.change_all(onto)
            return
        for record in onto:
            table.change(self._storage, record)

    def _follow(self, table: Table[Record], records: Mapping[str, Record], before: Mapping[str, Record]) -> None:
        """What names changed records goes along; at the end, since what the file says is written as it was read."""
        if table.follow is not None:
            for key, record in records.items():
                table.follow(self._storage, before[key], record)

    def _remove(self, now: Records, plan: Plan) -> None:
        """What refers to others goes before them; what holds on to each other lets go first."""
        gone: dict[str, list[Any]] = {table.name: [] for table in TABLES}
        for table in TABLES:
            gone[table.name] = [now.of(table)[name_key(name)] for where, name in plan.remove if where == table.name]
        for table in TABLES:
            gone[table.name] = self._loosened(table, gone[table.name])
        for table in reversed(TABLES):
            remove = table.remove
            for record in gone[table.name]:
                if remove is None:
                    table.kind.store_of(self._storage).delete(record)
                else:
                    remove(self._storage, record)

    def _loosened(self, table: Table[Record], records: list[Record]) -> list[Record]:
        store = table.kind.store_of(self._storage)
        loose = ((record, table.loose(record)) for record in records)
        return [record if record == other else store.change(other) for record, other in loose]


def _onto(there: Record, said: Record) -> Record:
    """What the file says, as a change of the stored record."""
    kept = {f.name: getattr(there, f.name) for f in dataclasses.fields(there) if f.name in {"id", "uid", "version"}}
    return replace(said, **kept)
