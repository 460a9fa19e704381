"""The plain lists: agents, services, SLAs, ticket types, states, dynamic fields; and external ticket numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, select

from mailadmin.domain.accounts import Validity
from mailadmin.domain.addresses import address_key
from mailadmin.domain.decisions import Lists
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.vocabulary import StateType

from .database import AnyRow, AnySelect
from .list_users import rename_in_tickets, users_of
from .records import RecordStore, stamps
from .rule_tables import ExternalNumberRow, ListEntryRow


class ListStore(RecordStore[ListEntry]):
    """The entries of all lists."""

    table = ListEntryRow
    what = "list_entry"
    key = "name"

    def of(self, kind: ListKind) -> list[ListEntry]:
        """The entries of one list, by name."""
        with self._database.reading() as connection:
            return self._read(connection, ListEntryRow.kind == kind.value)

    def by_name(self, kind: ListKind, name: str) -> ListEntry | None:
        """The entry of a list by its name, in any case."""
        with self._database.reading() as connection:
            return self._one(connection, ListEntryRow.kind == kind.value, ListEntryRow.name_key == name_key(name))

    def snapshot(self) -> Lists:
        """What PostMaster decides by: names by their casefolded form, agents by their number as well."""
        entries: dict[ListKind, list[ListEntry]] = {kind: [] for kind in ListKind}
        for entry in self.all():
            entries[entry.kind].append(entry)
        valid = {kind: [entry for entry in of if entry.validity is Validity.VALID] for kind, of in entries.items()}
        fields = valid[ListKind.DYNAMIC_FIELD]
        return Lists(
            agents=_names(valid[ListKind.AGENT]),
            agent_addresses=frozenset(address_key(entry.email) for entry in valid[ListKind.AGENT] if entry.email),
            agent_ids={str(entry.id): entry.name for entry in valid[ListKind.AGENT]},
            services=_names(_usable(entries[ListKind.SERVICE])),
            slas=_names(valid[ListKind.SLA]),
            types=_names(valid[ListKind.TICKET_TYPE]),
            states={
                name_key(entry.name): (entry.name, entry.state_type or StateType.OPEN)
                for entry in entries[ListKind.STATE]
            },
            valid_states=frozenset(_names(valid[ListKind.STATE])),
            ticket_fields=_names(entry for entry in fields if entry.field_of is not FieldOf.ARTICLE),
            article_fields=_names(entry for entry in fields if entry.field_of is FieldOf.ARTICLE),
            refused_fields=frozenset(
                name_key(entry.name)
                for entry in entries[ListKind.DYNAMIC_FIELD]
                if entry.validity is not Validity.VALID
            ),
        )

    def follow_rename(self, before: ListEntry, after: str) -> None:
        """Tickets name an entry by its name: give them the new one, in the transaction that renames it."""
        with self._database.writing() as connection:
            rename_in_tickets(connection, before, after)

    def _what(self, record: ListEntry) -> str:
        return record.kind.value

    def _unique_columns(self) -> tuple[str, ...]:
        return "kind", "name_key"

    def _order(self) -> tuple[Any, ...]:
        return ListEntryRow.kind, ListEntryRow.name_key

    def _query(self) -> AnySelect:
        return select(*ListEntryRow.__table__.columns)

    def _record(self, row: AnyRow) -> ListEntry:
        return ListEntry(
            kind=ListKind(row.kind),
            name=row.name,
            state_type=StateType(row.state_type) if row.state_type else None,
            field_of=FieldOf(row.field_of) if row.field_of else None,
            email=row.email,
            validity=Validity(row.validity),
            comment=row.comment,
            id=row.id,
            **stamps(row),
        )

    def _values(self, connection: Connection, record: ListEntry) -> dict[str, object]:
        return {
            "kind": record.kind.value,
            "name": record.name,
            "name_key": name_key(record.name),
            "state_type": record.state_type.value if record.state_type else None,
            "field_of": record.field_of.value if record.field_of else None,
            "email": record.email,
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _users(self, connection: Connection, record: ListEntry) -> Iterator[str]:
        yield from users_of(connection, record)


def _names(entries: Iterable[ListEntry]) -> dict[str, str]:
    return {name_key(entry.name): entry.name for entry in entries}


def _usable(services: Sequence[ListEntry]) -> Iterator[ListEntry]:
    """The valid services, but for those below one that is not (``A::B`` below ``A``; postmaster.md 3.2)."""
    invalid = {name_key(service.name) for service in services if service.validity is not Validity.VALID}
    for service in services:
        branch = accumulate(name_key(service.name).split("::"), "{}::{}".format)
        if invalid.isdisjoint(branch):
            yield service


class ExternalNumberStore(RecordStore[ExternalNumberRule]):
    """How numbers of other systems are recognised."""

    table = ExternalNumberRow
    what = "external_number"
    key = "name"

    def _query(self) -> AnySelect:
        return select(*ExternalNumberRow.__table__.columns)

    def _record(self, row: AnyRow) -> ExternalNumberRule:
        return ExternalNumberRule(
            name=row.name,
            from_pattern=row.from_pattern,
            number_pattern=row.number_pattern,
            in_subject=row.in_subject,
            in_body=row.in_body,
            state_types=tuple(map(StateType, json.loads(row.state_types))),
            dynamic_field=row.dynamic_field,
            sender_type=row.sender_type,
            visible_for_customer=row.visible_for_customer,
            validity=Validity(row.validity),
            comment=row.comment,
            id=row.id,
            **stamps(row),
        )

    def _values(self, connection: Connection, record: ExternalNumberRule) -> dict[str, object]:
        return {
            "name": record.name,
            "name_key": name_key(record.name),
            "from_pattern": record.from_pattern,
            "number_pattern": record.number_pattern,
            "in_subject": record.in_subject,
            "in_body": record.in_body,
            "state_types": json.dumps([kind.value for kind in record.state_types]),
            "dynamic_field": record.dynamic_field,
            "sender_type": record.sender_type,
            "visible_for_customer": record.visible_for_customer,
            "validity": record.validity.value,
            "comment": record.comment,
        }
