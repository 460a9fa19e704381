"""PostMaster filters, and the examples pinned to them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.filters import Action, Condition, Filter, PinnedExample
from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Problem

from .database import AnyRow, AnySelect, Database
from .ledger import chunks
from .mail_tables import InboxMessageRow
from .records import RecordStore, stamps
from .rule_tables import FilterAccountRow, FilterExampleRow, FilterRow
from .tables import AccountRow


class FilterStore(RecordStore[Filter]):
    """The filters, in the order they run."""

    table = FilterRow
    what = "filter"
    key = "name"

    def by_name(self, name: str) -> Filter | None:
        """The filter of that name, in any case."""
        return self._by_key(name)

    def _order(self) -> tuple[Any, ...]:
        return FilterRow.place, FilterRow.name_key

    def _query(self) -> AnySelect:
        return select(*FilterRow.__table__.columns)

    def _records(
        self, connection: Connection, rows: Sequence[AnyRow], where: Sequence[ColumnElement[bool]]
    ) -> list[Filter]:
        accounts: dict[int, list[str]] = {}
        query = select(FilterAccountRow.filter_id, AccountRow.name).join(FilterRow).join(AccountRow)
        for link in connection.execute(query.where(*where).order_by(AccountRow.name_key)):
            accounts.setdefault(link.filter_id, []).append(link.name)
        return [
            Filter(
                name=row.name,
                order=row.place,
                stop=row.stop,
                conditions=tuple(Condition(**entry) for entry in json.loads(row.conditions)),
                actions=_actions(row.actions),
                accounts=tuple(accounts.get(row.id, ())),
                validity=Validity(row.validity),
                comment=row.comment,
                id=row.id,
                **stamps(row),
            )
            for row in rows
        ]

    def _values(self, connection: Connection, record: Filter) -> dict[str, object]:
        return {
            "name": record.name,
            "name_key": name_key(record.name),
            "place": record.order,
            "stop": record.stop,
            "conditions": json.dumps([dataclasses.asdict(condition) for condition in record.conditions]),
            "actions": json.dumps([dataclasses.asdict(action) for action in record.actions]),
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _attach(self, connection: Connection, records: Sequence[tuple[int, Filter]]) -> None:
        for chunk in chunks([record_id for record_id, _ in records]):
            connection.execute(delete(FilterAccountRow).where(FilterAccountRow.filter_id.in_(chunk)))
        ids = _account_ids(connection, [name for _, record in records for name in record.accounts])
        links = []
        for record_id, record in records:
            for name in record.accounts:
                if name_key(name) not in ids:
                    facts = {"table": self.what, "record": record.name, "key": "accounts", "account": name}
                    raise UserFixableError(Code.INVALID_RECORD, {**facts, "problem": Problem.UNKNOWN_ACCOUNT})
            wanted = {ids[name_key(name)] for name in record.accounts}
            links += [{"filter_id": record_id, "account_id": account_id} for account_id in sorted(wanted)]
        if links:
            connection.execute(insert(FilterAccountRow), links)


def filters_naming(connection: Connection, names: Callable[[Action], bool]) -> Iterator[str]:
    """The filters that have an action of which this is true: ``filter Spam``."""
    for row in connection.execute(select(FilterRow.name, FilterRow.actions).order_by(FilterRow.name_key)).all():
        if any(map(names, _actions(row.actions))):
            yield f"filter {row.name}"


def _actions(stored: str) -> tuple[Action, ...]:
    return tuple(Action(**entry) for entry in json.loads(stored))


def _account_ids(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """The ids of accounts by casefolded name; they stay until the transaction ends."""
    found: dict[str, int] = {}
    for chunk in chunks(sorted({name_key(name) for name in names})):
        query = select(AccountRow.name_key, AccountRow.id).where(AccountRow.name_key.in_(chunk))
        rows = connection.execute(query.order_by(AccountRow.id).with_for_update(read=True, key_share=True))
        found |= {row.name_key: row.id for row in rows}
    return found


class ExampleStore:
    """Stored messages that are pinned to filters, each with the outcome that is expected of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[PinnedExample]:
        """The examples of all filters, by filter, then in the order they were pinned."""
        return self._read()

    def of(self, filter_id: int) -> list[PinnedExample]:
        """The examples of one filter, in the order they were pinned."""
        return self._read(FilterExampleRow.filter_id == filter_id)

    def pin(self, example: PinnedExample) -> PinnedExample:
        """Keep an example, as of now; one that is pinned to this filter already gets the new outcome."""
        with self._database.writing() as connection:
            values = {"outcome": _dumped(example.outcome), "pinned": self._database.now(connection)}
            key = {"filter_id": example.filter_id, "inbox_id": example.inbox_id}
            statement = self._database.insert(FilterExampleRow).values(**key, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=sorted(key), set_=values))
            here = FilterExampleRow.inbox_id == example.inbox_id
            return self._read(FilterExampleRow.filter_id == example.filter_id, here)[0]

    def unpin(self, example: PinnedExample) -> None:
        """Take an example off its filter; nothing happens if it is off already."""
        with self._database.writing() as connection:
            connection.execute(delete(FilterExampleRow).where(*_is(example.filter_id, example.inbox_id)))

    def expect(self, filter_id: int, inbox_id: int, outcome: Sequence[tuple[str, str]]) -> None:
        """From now on this is the outcome that is expected of an example."""
        with self._database.writing() as connection:
            statement = update(FilterExampleRow).where(*_is(filter_id, inbox_id))
            connection.execute(statement, {"outcome": _dumped(outcome)})

    def _read(self, *where: ColumnElement[bool]) -> list[PinnedExample]:
        query = select(*FilterExampleRow.__table__.columns, InboxMessageRow.subject).join(InboxMessageRow)
        order = FilterExampleRow.filter_id, FilterExampleRow.pinned, FilterExampleRow.inbox_id
        with self._database.reading() as connection:
            return [
                PinnedExample(
                    filter_id=row.filter_id,
                    inbox_id=row.inbox_id,
                    outcome=tuple((name, value) for name, value in json.loads(row.outcome)),
                    pinned=row.pinned,
                    subject=row.subject,
                )
                for row in connection.execute(query.where(*where).order_by(*order))
            ]


def _is(filter_id: int, inbox_id: int) -> tuple[ColumnElement[bool], ...]:
    return FilterExampleRow.filter_id == filter_id, FilterExampleRow.inbox_id == inbox_id


def _dumped(outcome: Sequence[tuple[str, str]]) -> str:
    return json.dumps([list(pair) for pair in outcome])
