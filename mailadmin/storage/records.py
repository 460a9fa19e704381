"""What all stores of edited records share: look-up by a casefolded key, optimistic locking, stamps and audit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Connection, delete, insert, select, update

from mailadmin.domain.accounts import IncomingAccount, Stamp
from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import Problem

from .audit import AuditStore, differences
from .database import AnyRow, AnySelect, Database
from .faults import is_integrity
from .tables import AccountRow, MailAddressRow, ProfileRow, QueueRow

R = TypeVar("R", IncomingAccount, Queue, MailAddress, OAuthProfile)


class RecordStore(ABC, Generic[R]):
    """Records an administrator edits, all, one by one, and by their name."""

    table: ClassVar[type[AccountRow | QueueRow | MailAddressRow | ProfileRow]]
    what: ClassVar[str]
    """The table's name in facts and audit, as in the file of ``apply``."""
    key: ClassVar[str]
    """The field that names a record; its casefolded form lies in the column ``<key>_key``."""

    def __init__(self, database: Database, audit: AuditStore) -> None:
        self._database = database
        self._audit = audit

    def all(self) -> list[R]:
        """Every record, by name."""
        with self._database.reading() as connection:
            return [self._record(row) for row in connection.execute(self._query().order_by(self._key_column()))]

    def get(self, record_id: int) -> R | None:
        """One record, or None."""
        with self._database.reading() as connection:
            return self._one(connection, self._query().where(self.table.id == record_id))

    def add(self, record: R) -> R:
        """Store a new record; it comes back with id, version and stamps.

        :raises UserFixableError: INVALID_RECORD when the name is taken, or what it refers to is not there
        """
        with self._unique(record), self._database.writing() as connection:
            now = self._database.now(connection)
            values = {
                **self._values(connection, record),
                "version": 1,
                "created_at": now,
                "created_by": self._database.who,
                **self._changed(now),
            }
            identity = connection.execute(insert(self.table).returning(self.table.id), values).scalar_one()
            added = self._stored(connection, identity)
            self._added(connection, added)
            self._audit.write(connection, self.what, self._name(added), "add", differences(None, added))
            return added

    def change(self, record: R) -> R:
        """Store a changed record, by its id; it comes back with its new version.

        :raises UserFixableError: EDIT_CONFLICT when somebody else changed it since it was read, INVALID_RECORD as
            for :meth:`add`
        """
        if record.id is None:
            raise BugError(f"a {self.what} without id is changed")
        with self._unique(record), self._database.writing() as connection:
            before = self._unchanged(connection, record)
            values = {
                **self._values(connection, record),
                "version": record.version + 1,
                **self._changed(self._database.now(connection)),
            }
            connection.execute(update(self.table).where(self.table.id == record.id), values)
            after = self._stored(connection, record.id)
            self._replaced(connection, before, after)
            self._audit.write(connection, self.what, self._name(after), "change", differences(before, after))
            return after

    def delete(self, record: R) -> None:
        """Remove a stored record; nothing happens if it is gone already.

        :raises UserFixableError: EDIT_CONFLICT as for :meth:`change`, IN_USE when something refers to it
        """
        with self._database.writing() as connection:
            stored = self._locked(connection, record)
            if stored is None:
                return
            if stored.version != record.version:
                raise self._conflict(record, stored)
            if user := self._user(connection, stored):
                facts = {"table": self.what, "record": self._name(stored), "used_by": user}
                raise UserFixableError(Code.IN_USE, facts)
            self._deleting(connection, stored)
            connection.execute(delete(self.table).where(self.table.id == stored.id))
            self._audit.write(connection, self.what, self._name(stored), "delete", differences(stored, None))

    def ensure_unchanged(self, record: R) -> None:
        """Go on only with a record that is stored as it was read; it stays so until the transaction ends.

        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed or removed it
        """
        with self._database.writing() as connection:
            self._unchanged(connection, record)

    def _by_key(self, name: str) -> R | None:
        with self._database.reading() as connection:
            return self._one(connection, self._query().where(self._key_column() == name_key(name)))

    def _one(self, connection: Connection, query: AnySelect) -> R | None:
        row = connection.execute(query).one_or_none()
        return None if row is None else self._record(row)

    def _locked(self, connection: Connection, record: R) -> R | None:
        return self._one(connection, self._query().where(self.table.id == record.id).with_for_update(of=self.table))

    def _unchanged(self, connection: Connection, record: R) -> R:
        stored = self._locked(connection, record)
        if stored is None or stored.version != record.version:
            raise self._conflict(record, stored)
        return stored

    def _stored(self, connection: Connection, identity: int) -> R:
        record = self._one(connection, self._query().where(self.table.id == identity))
        if record is None:
            raise BugError(f"a {self.what} vanished inside its own transaction")
        return record

    def _changed(self, now: datetime) -> dict[str, object]:
        return {"changed_at": now, "changed_by": self._database.who}

    def _name(self, record: R) -> str:
        return str(getattr(record, self.key))

    def _key_column(self) -> Any:  # noqa: ANN401  (a column of whichever table)
        return getattr(self.table, f"{self.key}_key")

    def _conflict(self, mine: R, theirs: R | None) -> UserFixableError:
        stamp = theirs.changed if theirs is not None else None
        facts = {
            "table": self.what,
            "record": self._name(mine),
            "changed_by": stamp.by if stamp else "",
            "changed_at": stamp.at.isoformat() if stamp else "",
        }
        return UserFixableError(Code.EDIT_CONFLICT, facts)

    def _unique(self, record: R) -> _NameTaken:
        return _NameTaken(self.what, self._name(record), self.key)

    @abstractmethod
    def _query(self) -> AnySelect:
        """The SELECT that :meth:`_record` understands."""

    @abstractmethod
    def _record(self, row: AnyRow) -> R:
        """The domain's record of a row."""

    @abstractmethod
    def _values(self, connection: Connection, record: R) -> dict[str, object]:
        """The columns of a record, apart from version and stamps."""

    @abstractmethod
    def _user(self, connection: Connection, record: R) -> str:
        """What refers to a record and forbids its removal; empty if nothing does."""

    def _added(self, connection: Connection, record: R) -> None:
        """A record was added: make what goes with it."""

    def _replaced(self, connection: Connection, before: R, after: R) -> None:
        """A record was changed: keep up what goes with it."""

    def _deleting(self, connection: Connection, record: R) -> None:
        """A record is about to be removed: remove what goes with it."""


class _NameTaken:
    """Turns the unique key's refusal into a fault of the record."""

    def __init__(self, what: str, record: str, key: str) -> None:
        self._facts = {"table": what, "record": record, "key": key, "problem": Problem.NOT_UNIQUE}

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MailadminError) and is_integrity(error):
            raise UserFixableError(Code.INVALID_RECORD, self._facts) from error


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
