"""What an administrator does with records of one kind: list, check, add, change, delete. One class for all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mailadmin.domain.accounts import EditedRecord
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.filter_rules import names_entry, renamed
from mailadmin.domain.filters import Action, Filter
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem, Surroundings
from mailadmin.services.kinds import KINDS, Kind
from mailadmin.services.surroundings import (
    answers,
    surroundings,
    surroundings_of_companies,
    surroundings_of_customers,
)
from mailadmin.storage import Storage

R = TypeVar("R", bound=EditedRecord)


class RecordService(Generic[R]):
    """The records of one kind.

    ``after_change`` is called after anything was saved or deleted, outside transactions. What it raises reaches the
    caller, but the record is saved all the same: who waits for held mail to be released is told why it was not.
    """

    def __init__(self, storage: Storage, kind: type[R], after_change: Callable[[], object] | None = None) -> None:
        self._storage = storage
        self._kind: Kind[R] = KINDS[kind]
        self._store = self._kind.store_of(storage)
        self._after_change = after_change

    def all(self) -> list[R]:
        """Every record: filters in the order they run, list entries by list and name, others by name."""
        return self._store.all()

    def get(self, record_id: int) -> R | None:
        """One record as it is stored now; None when it is gone."""
        return self._store.get(record_id)

    def faults(self, record: R) -> list[Fault]:
        """Every rule the record breaks, as it would be saved."""
        return self._faults([self._kind.tidy(record)])[0]

    def add(self, record: R) -> R:
        """Save a new record; it comes back with id, version and stamps.

        :raises InvalidRecordError: it breaks rules
        """
        with self._storage.transaction():
            (checked,) = self._checked([record])
            added = self._store.add(checked)
        self._changed()
        return added

    def change(self, record: R) -> R:
        """Save a changed record.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else changed it since it was read
        """
        return self.change_all([record])[0]

    def change_all(self, records: Sequence[R]) -> list[R]:
        """Save several changed records, all or none; ``after_change`` is called once.

        An entry of a list that gets another name has it in settings, filters, accounts and tickets as well.

        :raises InvalidRecordError: one breaks rules
        :raises UserFixableError: EDIT_CONFLICT
        """
        with self._storage.transaction():
            before = {record.id: self._store.get(record.id or 0) for record in records}
            changed = self._store.change_all(self._checked(records))
            for record in changed:
                old = before[record.id]
                if isinstance(old, ListEntry) and isinstance(record, ListEntry):
                    follow_entry(self._storage, old, record.name)
        self._changed()
        return changed

    def delete(self, record: R) -> None:
        """Remove a record.

        :raises UserFixableError: EDIT_CONFLICT, IN_USE when something refers to it
        """
        self._store.delete(record)
        self._changed()

    def used_by(self, record: R) -> Sequence[str]:
        """What refers to a stored record and stands in the way of its deletion, in words like ``filter Spam``."""
        return self._store.used_by(record)

    # --- inside ---

    def _changed(self) -> None:
        if self._after_change is not None:
            self._after_change()

    def _checked(self, records: Sequence[R]) -> list[R]:
        tidied = [self._kind.tidy(record) for record in records]
        faults = [
            (self._kind.table_of(record), self._kind.name_of(record), fault)
            for record, found in zip(tidied, self._faults(tidied), strict=True)
            for fault in found
        ]
        if faults:
            raise InvalidRecordError(faults)
        return tidied

    def _faults(self, records: Sequence[R]) -> list[list[Fault]]:
        """The faults of each record; of several, they are checked as if the others were saved already."""
        around = self._surroundings(records)
        taken = self._taken(records)
        found = []
        for record in records:
            before = self._store.get(record.id) if record.id is not None else None
            faults = self._kind.faults(record, dataclasses.replace(around, before=before))
            if self._name(record) in taken:
                faults.append(Fault(self._kind.key, Problem.NOT_UNIQUE))
            found.append(faults)
        return found

    def _surroundings(self, records: Sequence[R]) -> Surroundings:
        around = surroundings(self._storage)
        users = [record for record in records if isinstance(record, CustomerUser)]
        companies = [record for record in records if isinstance(record, Company)]
        if users:
            return surroundings_of_customers(self._storage, users, around)
        if companies:
            return surroundings_of_companies(self._storage, companies, around)
        if any(isinstance(record, AutoResponse) for record in records):
            ids = {record.id for record in records}
            others = [response for response in self._storage.auto_responses.all() if response.id not in ids]
            return dataclasses.replace(around, responses=answers(others))
        return around

    def _taken(self, records: Sequence[R]) -> set[tuple[str, str]]:
        """The names that these records would have and others have already."""
        ids = {record.id for record in records}
        wanted = {self._name(record) for record in records}
        twice = {name for name in wanted if sum(self._name(record) == name for record in records) > 1}
        there = self._store.named([self._kind.name_of(record) for record in records])
        return twice | {self._name(other) for other in there if other.id not in ids and self._name(other) in wanted}

    def _name(self, record: R) -> tuple[str, str]:
        return self._kind.table_of(record), name_key(self._kind.name_of(record))


def follow_entry(storage: Storage, before: ListEntry, after: str) -> None:
    """What names an entry of a list by its name gets the new one. Within the transaction that renames the entry."""
    if before.name == after:
        return

    def named(action: Action) -> bool:
        return names_entry(action, before)

    follow_in_filters(storage, named, after)
    storage.lists.follow_rename(before, after)
    if before.kind is ListKind.STATE:
        for key, state in storage.settings.load().states().items():
            if name_key(state) == name_key(before.name):
                storage.settings.set(key, after)
    if before.kind is ListKind.TICKET_TYPE:
        for account in storage.accounts.all():
            if name_key(account.ticket_type) == name_key(before.name):
                storage.accounts.change(dataclasses.replace(account, ticket_type=after))
    if before.kind is ListKind.DYNAMIC_FIELD:
        for rule in storage.external_numbers.all():
            if name_key(rule.dynamic_field) == name_key(before.name):
                storage.external_numbers.change(dataclasses.replace(rule, dynamic_field=after))


def follow_in_filters(storage: Storage, names: Callable[[Action], bool], after: str) -> None:
    """Filters whose actions name something by its old name get the new one.

    :param names: tells which actions have the old name
    """
    filters: list[Filter] = storage.filters.all()
    followed = [renamed(record, names, after) for record in filters]
    storage.filters.change_all([new for old, new in zip(filters, followed, strict=True) if new != old])
