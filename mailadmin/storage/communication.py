"""The communication log: written in bulk, read page by page, thrown away in small pieces (FEATURES FE-11).

Entries lie as JSON beside their object, so that a message is one row: ``[milliseconds, rank, step, facts]`` each, the
time since the object began, the rank of its priority.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from mailadmin.domain.communication import (
    HANDED_IN_TYPE,
    Communication,
    LogEntry,
    LogKind,
    LogObject,
    LogQuery,
    LogStatus,
    LogSummary,
    Priority,
)
from mailadmin.domain.names import search_key

from .columns import clean
from .database import AnyRow, AnySelect, Database
from .log_tables import CommunicationObjectRow, CommunicationRow
from .mail_tables import InboxMessageRow, InboxSearchRow
from .search import contains

_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PRIORITIES: Final = tuple(Priority)
_RANKS: Final = {priority: rank for rank, priority in enumerate(Priority)}
_OBJECTS_AT_ONCE: Final = 2_000
_COMMUNICATIONS_AT_ONCE: Final = 200
_MESSAGES_FOUND: Final = 1_000
"""Messages by whose words communications are found, the newest ones."""


class CommunicationStore:
    """The communications, with their connections and messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- writing ---

    def begin(self, communication: Communication) -> int:
        """Note that a communication goes on; its id.

        Whoever begins one of an account holds the account's lease, so others of it that still go on were left by a
        process that is gone: they have failed, and nobody knows when.
        """
        values = {
            "account_id": communication.account_id,
            "account_name": clean(communication.account),
            "account_type": communication.account_type,
            "status": communication.status.value,
            "started": communication.started,
            "ended": communication.ended,
            "connections": communication.connections,
            "messages": communication.messages,
            "failed_messages": communication.failed_messages,
        }
        with self._database.writing() as connection:
            if communication.account_id is not None and communication.account_type != HANDED_IN_TYPE:
                left = (CommunicationRow.status == _OPEN, CommunicationRow.account_id == communication.account_id)
                connection.execute(update(CommunicationRow).where(*left).values(status=LogStatus.FAILED.value))
            statement = insert(CommunicationRow).values(values).returning(CommunicationRow.id)
            made: int = connection.execute(statement).scalar_one()
        return made

    def write(
        self,
        communication_id: int,
        objects: Sequence[LogObject],
        *,
        status: LogStatus = LogStatus.PROCESSING,
        ended: datetime | None = None,
    ) -> None:
        """Add objects, and say how the communication stands now."""
        messages = [one for one in objects if one.kind is LogKind.MESSAGE]
        failed = sum(one.status is LogStatus.FAILED for one in messages)
        values = {
            "status": status.value,
            "ended": ended,
            "connections": CommunicationRow.connections + len(objects) - len(messages),
            "messages": CommunicationRow.messages + len(messages),
            "failed_messages": CommunicationRow.failed_messages + failed,
        }
        with self._database.writing() as connection:
            statement = update(CommunicationRow).where(CommunicationRow.id == communication_id).values(values)
            if connection.execute(statement).rowcount and objects:
                rows = [_object_values(communication_id, one) for one in objects]
                connection.execute(insert(CommunicationObjectRow), rows)

    # --- reading ---

    def page(
        self, query: LogQuery, *, before: int | None = None, after: int | None = None, limit: int | None = None
    ) -> list[Communication]:
        """Communications, newest first.

        :param before: the id of the last of the page before
        :param after: give those that follow this id instead, oldest first
        """
        with self._database.reading() as connection:
            rows = select(CommunicationRow).where(*self._conditions(connection, query))
            if before is not None:
                rows = rows.where(CommunicationRow.id < before)
            if after is not None:
                rows = rows.where(CommunicationRow.id > after)
            order = CommunicationRow.id.desc() if after is None else CommunicationRow.id
            return [_communication(row) for row in connection.execute(rows.order_by(order).limit(limit))]

    def get(self, communication_id: int) -> Communication | None:
        """One communication, or None."""
        query = select(CommunicationRow).where(CommunicationRow.id == communication_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _communication(row)

    def open(self) -> list[Communication]:
        """Those that are said to go on."""
        query = select(CommunicationRow).where(CommunicationRow.status == _OPEN).order_by(CommunicationRow.id)
        with self._database.reading() as connection:
            return [_communication(row) for row in connection.execute(query)]

    def summary(self, query: LogQuery) -> LogSummary:
        """The numbers of what a query finds."""
        with self._database.reading() as connection:
            narrow = self._conditions(connection, query)
            counted = (
                select(CommunicationRow.status, func.count(), func.count(CommunicationRow.ended), self._seconds())
                .where(*narrow)
                .group_by(CommunicationRow.status)
            )
            rows: Sequence[AnyRow] = connection.execute(counted).all()
            last = (
                select(func.max(CommunicationRow.id))
                .where(*narrow, CommunicationRow.status != _OPEN, CommunicationRow.account_name != "")
                .group_by(func.coalesce(CommunicationRow.account_id, 0), CommunicationRow.account_name)
            )
            failing = select(CommunicationRow.account_name).where(
                CommunicationRow.id.in_(last), CommunicationRow.status == LogStatus.FAILED.value
            )
            names = sorted(set(connection.scalars(failing)), key=search_key)
        numbers: dict[str, int] = {row[0]: row[1] for row in rows}
        ended = sum(int(row[2]) for row in rows)
        seconds = sum(float(row[3]) for row in rows if row[3] is not None)
        return LogSummary(
            successful=numbers.get(LogStatus.SUCCESSFUL, 0),
            warning=numbers.get(LogStatus.WARNING, 0),
            failed=numbers.get(LogStatus.FAILED, 0),
            open=numbers.get(_OPEN, 0),
            average_seconds=seconds / ended if ended else None,
            failing_accounts=tuple(names),
        )

    def accounts(self) -> list[str]:
        """The names of accounts in the log, sorted."""
        with self._database.reading() as connection:
            names = connection.scalars(select(CommunicationRow.account_name).distinct())
            return sorted((name for name in names if name), key=search_key)

    def objects(
        self,
        communication_id: int,
        *,
        at_least: Priority = Priority.TRACE,
        after: LogObject | None = None,
        limit: int | None = None,
    ) -> list[LogObject]:
        """A communication's connections, then its messages, in the order they were written.

        :param at_least: only those with an entry of this priority or a higher one
        :param after: the last of the page before
        """
        row = CommunicationObjectRow
        query = _objects().where(row.communication_id == communication_id)
        if at_least is not Priority.TRACE:
            query = query.where(row.highest.in_([one.value for one in _PRIORITIES[_RANKS[at_least] :]]))
        if after is not None:
            further = (row.kind == after.kind.value) & (row.id > after.id)
            query = query.where(or_(row.kind > after.kind.value, further))
        # By their names, connections come before messages.
        with self._database.reading() as connection:
            return [_object(one) for one in connection.execute(query.order_by(row.kind, row.id).limit(limit))]

    def of_message(self, inbox_id: int) -> list[LogObject]:
        """What the log says of one message, oldest first."""
        query = _objects().where(CommunicationObjectRow.inbox_id == inbox_id).order_by(CommunicationObjectRow.id)
        with self._database.reading() as connection:
            return [_object(row) for row in connection.execute(query)]

    # --- throwing away ---

    def purge(self, *, successful_before: datetime, any_before: datetime) -> tuple[int, bool]:
        """Remove some of what began before these moments, in one short transaction.

        :returns: how many communications went, and whether there is more to remove
        """
        row, lot = CommunicationRow, CommunicationObjectRow
        good = (row.status == LogStatus.SUCCESSFUL.value) & (row.started < successful_before)
        with self._database.writing() as connection:
            old: list[int] = []
            for meant in (good, row.started < any_before):
                old += connection.scalars(select(row.id).where(meant).limit(_COMMUNICATIONS_AT_ONCE))
            if not old:
                return 0, False
            first = select(lot.id).where(lot.communication_id.in_(old)).limit(_OBJECTS_AT_ONCE).scalar_subquery()
            if connection.execute(delete(lot).where(lot.id.in_(first))).rowcount >= _OBJECTS_AT_ONCE:
                return 0, True  # a long fetch has many messages: the rest of them next time
            removed = connection.execute(delete(row).where(row.id.in_(old))).rowcount
        return removed, len(old) >= _COMMUNICATIONS_AT_ONCE

    # --- inside ---

    def _seconds(self) -> ColumnElement[float]:
        """How long the communications of a group took, in all."""
        begun, ended = CommunicationRow.started, CommunicationRow.ended
        if self._database.embedded:
            return func.sum(func.julianday(ended) - func.julianday(begun)) * 86_400.0
        return func.sum(func.extract("epoch", ended - begun))

    def _conditions(self, connection: Connection, query: LogQuery) -> list[ColumnElement[bool]]:
        row = CommunicationRow
        narrow: list[ColumnElement[bool]] = []
        if query.since is not None:
            narrow.append(row.started >= query.since)
        if query.until is not None:
            narrow.append(row.started < query.until)
        if query.statuses:
            narrow.append(row.status.in_(sorted(status.value for status in query.statuses)))
        if query.account:
            narrow.append(row.account_name.in_(self._called(connection, query.account, whole=True)))
        if query.text:
            narrow.append(self._found(connection, query.text, list(narrow)))
        return narrow

    def _called(self, connection: Connection, name: str, *, whole: bool) -> list[str]:
        """Accounts' names that are this one, or hold it, in any case; SQLite knows only the cases of ASCII."""
        key = search_key(name)
        names = connection.scalars(select(CommunicationRow.account_name).distinct())
        return [one for one in names if (key == search_key(one) if whole else key in search_key(one))]

    def _found(self, connection: Connection, text: str, meant: list[ColumnElement[bool]]) -> ColumnElement[bool]:
        """Found by its account, by what an entry tells, or by what a message of it says."""
        lot = CommunicationObjectRow
        find = func.instr if self._database.embedded else func.strpos
        # Only what lies in the range is searched: ids follow the time.
        span = select(func.min(CommunicationRow.id), func.max(CommunicationRow.id)).where(*meant)
        first, last = connection.execute(span).one()
        said = find(func.lower(lot.entries), func.lower(_as_in_json(text))) > 0
        words = contains(self._database.embedded, InboxSearchRow.words, text)
        messages = select(InboxSearchRow.inbox_id).where(words).order_by(InboxSearchRow.inbox_id.desc())
        found = select(lot.communication_id).where(
            lot.communication_id >= (first or 0),
            lot.communication_id <= (last or 0),
            or_(said, lot.inbox_id.in_(messages.limit(_MESSAGES_FOUND).scalar_subquery())),
        )
        called = self._called(connection, text, whole=False)
        return or_(CommunicationRow.account_name.in_(called), CommunicationRow.id.in_(found))


_OPEN: Final = LogStatus.PROCESSING.value


def _as_in_json(text: str) -> str:
    return json.dumps(clean(text), ensure_ascii=False)[1:-1]


def _object_values(communication_id: int, one: LogObject) -> dict[str, object]:
    return {
        "communication_id": communication_id,
        "kind": one.kind.value,
        "status": one.status.value,
        "started": one.started,
        "ended": one.ended,
        "inbox_id": one.inbox_id,
        "source": one.source,
        "highest": one.highest.value,
        "entries": _dump(one.started, one.entries),
    }


def _dump(started: datetime, entries: Iterable[LogEntry]) -> str:
    rows = [
        (round((entry.at - started).total_seconds() * 1000), _RANKS[entry.priority], entry.step, entry.facts)
        for entry in entries
    ]
    return _JSON.encode(rows)


def _load(started: datetime, text: str) -> tuple[LogEntry, ...]:
    return tuple(
        LogEntry(started + timedelta(milliseconds=at), _PRIORITIES[rank], step, facts)
        for at, rank, step, facts in json.loads(text)
    )


def _objects() -> AnySelect:
    """Objects with what the inbox says of their messages."""
    return select(
        *CommunicationObjectRow.__table__.columns,
        func.coalesce(InboxMessageRow.sender, "").label("sender"),
        func.coalesce(InboxMessageRow.subject, "").label("subject"),
    ).join(InboxMessageRow, InboxMessageRow.id == CommunicationObjectRow.inbox_id, isouter=True)


def _object(row: AnyRow) -> LogObject:
    return LogObject(
        id=row.id,
        kind=LogKind(row.kind),
        status=LogStatus(row.status),
        started=row.started,
        ended=row.ended,
        inbox_id=row.inbox_id,
        source=row.source,
        highest=Priority(row.highest),
        entries=_load(row.started, row.entries),
        sender=row.sender,
        subject=row.subject,
    )


def _communication(row: AnyRow) -> Communication:
    return Communication(
        id=row.id,
        account_id=row.account_id,
        account=row.account_name,
        account_type=row.account_type,
        status=LogStatus(row.status),
        started=row.started,
        ended=row.ended,
        connections=row.connections,
        messages=row.messages,
        failed_messages=row.failed_messages,
    )
