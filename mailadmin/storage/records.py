"""What all stores of edited records share: look-up by a casefolded key, optimistic locking, stamps and audit."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from mailadmin.domain.accounts import EditedRecord, Stamp
from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Problem

from .audit import AuditStore, differences
from .database import AnyRow, AnySelect, Database
from .faults import is_integrity
from .ledger import chunks
from .tables import ProfileRow, QueueRow

R = TypeVar("R", bound=EditedRecord)


class RecordStore(ABC, Generic[R]):
    """Records an administrator edits, all, one by one, and by their name."""

    table: ClassVar[Any]
    """The mapped class of the table, an :class:`.base.Edited`."""
    what: ClassVar[str]
    """The table's name in facts and audit, as in the file of ``apply``."""
    key: ClassVar[str]
    """The field that names a record; its casefolded form lies in the column ``<key>_key``."""
    unique_parts: ClassVar[Mapping[str, str]] = {}
    """Further tables whose key must be free: the table's name to the field that is kept there."""

    def __init__(self, database: Database, audit: AuditStore) -> None:
        self._database = database
        self._audit = audit

    # --- reading ---

    def all(self) -> list[R]:
        """Every record, by name."""
        with self._database.reading() as connection:
            return self._read(connection)

    def get(self, record_id: int) -> R | None:
        """One record, or None."""
        with self._database.reading() as connection:
            return self._one(connection, self.table.id == record_id)

    def named(self, names: Sequence[str]) -> list[R]:
        """The records of these names, in any case, however many there are."""
        with self._database.reading() as connection:
            keys = sorted(set(map(name_key, names)))
            return [one for chunk in chunks(keys) for one in self._read(connection, self._key_column().in_(chunk))]

    def used_by(self, record: R) -> list[str]:
        """What refers to a stored record and forbids its removal: ``queue Raw``; the first hundred."""
        with self._database.reading() as connection:
            return list(itertools.islice(self._users(connection, record), 100))

    # --- writing ---

    def add(self, record: R) -> R:
        """Store a new record; it comes back with id, version and stamps.

        :raises UserFixableError: INVALID_RECORD when the name is taken, or what it refers to is not there
        """
        return self.add_all([record])[0]

    def add_all(self, records: Sequence[R]) -> list[R]:
        """Store new records, all or none, in their order; few statements for many. As :meth:`add`."""
        if not records:
            return []
        with self._unique(records), self._database.writing() as connection:
            now = self._database.now(connection)
            common = {"version": 1, "created_at": now, "created_by": self._database.who, **self._changed(now)}
            rows = [{**values, **common} for values in self._rows(connection, records)]
            ids = self._inserted(connection, rows)
            self._attach(connection, list(zip(ids, records, strict=True)))
            added = self._stored(connection, ids)
            for record in added:
                self._added(connection, record)
            self._note(connection, "add", [(None, record) for record in added])
            return added

    def change(self, record: R) -> R:
        """Store a changed record, by its id; it comes back with its new version.

        :raises UserFixableError: EDIT_CONFLICT when somebody else changed it since it was read, INVALID_RECORD as
            for :meth:`add`
        """
        return self.change_all([record])[0]

    def change_all(self, records: Sequence[R]) -> list[R]:
        """Store changed records, all or none, in their order; few statements for many. As :meth:`change`."""
        if not records:
            return []
        with self._unique(records), self._database.writing() as connection:
            before = self._unchanged(connection, records)
            changed = self._changed(self._database.now(connection))
            rows = [
                {**values, **changed, "version": record.version + 1, "row_id": record.id}
                for record, values in zip(records, self._rows(connection, records), strict=True)
            ]
            connection.execute(update(self.table).where(self.table.id == bindparam("row_id")), rows)
            ids = [stored_id(record) for record in records]
            self._attach(connection, list(zip(ids, records, strict=True)))
            after = self._stored(connection, ids)
            pairs = list(zip(before, after, strict=True))
            for one, other in pairs:
                self._replaced(connection, one, other)
            self._note(connection, "change", pairs)
            return after

    def delete(self, record: R) -> None:
        """Remove a stored record; nothing happens if it is gone already.

        :raises UserFixableError: EDIT_CONFLICT as for :meth:`change`, IN_USE when something refers to it
        """
        with self._database.writing() as connection:
            stored = self._one(connection, self.table.id == record.id, lock=True)
            if stored is None:
                return
            if stored.version != record.version:
                raise self._conflict(record, stored)
            if (user := next(self._users(connection, stored), None)) is not None:
                facts = {"table": self._what(stored), "record": self._name(stored), "used_by": user}
                raise UserFixableError(Code.IN_USE, facts)
            self._deleting(connection, stored)
            connection.execute(delete(self.table).where(self.table.id == stored.id))
            self._note(connection, "delete", [(stored, None)])

    def ensure_unchanged(self, record: R) -> None:
        """Go on only with a record that is stored as it was read; it stays so until the transaction ends.

        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed or removed it
        """
        with self._database.writing() as connection:
            self._unchanged(connection, [record])

    # --- inside ---

    def _by_key(self, name: str) -> R | None:
        with self._database.reading() as connection:
            return self._one(connection, self._key_column() == name_key(name))

    def _one(self, connection: Connection, *where: ColumnElement[bool], lock: bool = False) -> R | None:
        return next(iter(self._read(connection, *where, lock=lock)), None)

    def _read(self, connection: Connection, *where: ColumnElement[bool], lock: bool = False) -> list[R]:
        """The records for which conditions on the table hold, in order."""
        query = self._query().where(*where).order_by(*self._order())
        rows = connection.execute(query.with_for_update(of=self.table) if lock else query).all()
        return self._records(connection, rows, where)

    def _records(self, connection: Connection, rows: Sequence[AnyRow], where: Sequence[ColumnElement[bool]]) -> list[R]:
        """The records of these rows. A store with tables of its own for parts of a record reads them here."""
        return [self._record(row) for row in rows]

    def _by_id(self, connection: Connection, ids: Sequence[int], *, lock: bool = False) -> dict[int, R]:
        found: dict[int, R] = {}
        for chunk in chunks(ids):
            found |= {stored_id(one): one for one in self._read(connection, self.table.id.in_(chunk), lock=lock)}
        return found

    def _unchanged(self, connection: Connection, records: Sequence[R]) -> list[R]:
        """The records as they are stored, locked; the caller's versions must be the stored ones."""
        found = self._by_id(connection, sorted(stored_id(record) for record in records), lock=True)
        stored = []
        for record in records:
            there = found.get(stored_id(record))
            if there is None or there.version != record.version:
                raise self._conflict(record, there)
            stored.append(there)
        return stored

    def _stored(self, connection: Connection, ids: Sequence[int]) -> list[R]:
        found = self._by_id(connection, ids)
        if len(found) < len(set(ids)):
            raise BugError(f"a {self.what} vanished inside its own transaction")
        return [found[one] for one in ids]

    def _changed(self, now: datetime) -> dict[str, object]:
        return {"changed_at": now, "changed_by": self._database.who}

    def _note(self, connection: Connection, action: str, pairs: Sequence[tuple[R | None, R | None]]) -> None:
        entries = []
        for before, after in pairs:
            record = after if after is not None else before
            assert record is not None, "one of the two is there"
            entries.append((self._what(record), self._name(record), differences(before, after)))
        self._audit.write_all(connection, action, entries)

    def _what(self, record: R) -> str:
        return self.what

    def _name(self, record: R) -> str:
        return str(getattr(record, self.key))

    def _key_column(self) -> Any:  # noqa: ANN401  (a column of whichever table)
        return getattr(self.table, f"{self.key}_key")

    def _unique_columns(self) -> tuple[str, ...]:
        """The columns that no two records have alike."""
        return (f"{self.key}_key",)

    def _order(self) -> tuple[Any, ...]:
        return (self._key_column(),)

    def _conflict(self, mine: R, theirs: R | None) -> UserFixableError:
        stamp: Stamp | None = theirs.changed if theirs is not None else None
        facts = {
            "table": self._what(mine),
            "record": self._name(mine),
            "changed_by": stamp.by if stamp else "",
            "changed_at": stamp.at.isoformat() if stamp else "",
        }
        return UserFixableError(Code.EDIT_CONFLICT, facts)

    def _unique(self, records: Sequence[R]) -> _NameTaken:
        one = records[0] if len(records) == 1 else None
        return _NameTaken(
            self.what if one is None else self._what(one),
            "" if one is None else self._name(one),
            self.key,
            self.unique_parts,
        )

    @abstractmethod
    def _query(self) -> AnySelect:
        """The SELECT that :meth:`_record` understands."""

    def _record(self, row: AnyRow) -> R:
        """The domain's record of a row; of a store that does not say how in :meth:`_records`."""
        raise NotImplementedError

    def _inserted(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> list[int]:
        """Insert rows; their ids, in their order. Databases give back what they inserted in any order."""
        names = self._unique_columns()
        statement = insert(self.table).returning(self.table.id, *(getattr(self.table, name) for name in names))
        made = {tuple(found): made_id for made_id, *found in connection.execute(statement, rows)}
        return [made[tuple(row[name] for name in names)] for row in rows]

    def _rows(self, connection: Connection, records: Sequence[R]) -> list[dict[str, object]]:
        """The columns of records, in their order. A store that looks things up for many at once says how here."""
        return [self._values(connection, record) for record in records]

    def _values(self, connection: Connection, record: R) -> dict[str, object]:
        """The columns of a record, apart from version and stamps; of a store that does not say how in :meth:`_rows`."""
        raise NotImplementedError

    def _users(self, connection: Connection, record: R) -> Iterator[str]:
        """What refers to a record and forbids its removal; nothing by default."""
        yield from ()

    def _attach(self, connection: Connection, records: Sequence[tuple[int, R]]) -> None:
        """Records of these ids were written: write anew what of them is kept in tables of its own."""

    def _added(self, connection: Connection, record: R) -> None:
        """A record was added: make what goes with it."""

    def _replaced(self, connection: Connection, before: R, after: R) -> None:
        """A record was changed: keep up what goes with it."""

    def _deleting(self, connection: Connection, record: R) -> None:
        """A record is about to be removed: remove what goes with it."""


class _NameTaken:
    """Turns the unique key's refusal into a fault of the record."""

    def __init__(self, what: str, record: str, key: str, parts: Mapping[str, str]) -> None:
        self._facts = {"table": what, "record": record, "problem": Problem.NOT_UNIQUE}
        self._key = key
        self._parts = parts

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MailadminError) and is_integrity(error):
            said = str(error.__cause__).casefold()  # both databases name the table or its key
            if "unique" in said:
                key = next((field for table, field in self._parts.items() if table in said), self._key)
                raise UserFixableError(Code.INVALID_RECORD, {**self._facts, "key": key}) from error


def stored_id(record: EditedRecord) -> int:
    """The id of a record that is stored."""
    if record.id is None:
        raise BugError(f"a {type(record).__name__} without id is taken for a stored one")
    return record.id


def stamps(row: AnyRow) -> Mapping[str, Any]:
    """Version and stamps of a row, by the names they have on a record."""
    return {
        "version": row.version,
        "created": Stamp(row.created_at, row.created_by),
        "changed": Stamp(row.changed_at, row.changed_by),
    }


def profile_id(connection: Connection, name: str, facts: Mapping[str, str]) -> int:
    """The id of the OAuth2 profile of that name, which stays; facts and error as for :func:`queue_id`."""
    query = select(ProfileRow.id).where(ProfileRow.name_key == name_key(name))
    found = connection.execute(query.with_for_update(read=True, key_share=True)).scalar_one_or_none()
    if found is None:
        raise UserFixableError(Code.INVALID_RECORD, {**facts, "problem": Problem.UNKNOWN_PROFILE, "profile": name})
    return found


def queue_id(connection: Connection, name: str, facts: Mapping[str, str]) -> int:
    """The id of the queue of that name.

    :param facts: table, record and key that refer to it, for the error
    :raises UserFixableError: INVALID_RECORD
    """
    found = connection.execute(select(QueueRow.id).where(QueueRow.name_key == name_key(name))).scalar_one_or_none()
    if found is None:
        raise UserFixableError(Code.INVALID_RECORD, {**facts, "problem": Problem.UNKNOWN_QUEUE, "queue": name})
    return found
