"""Leases: who may do something alone. All times are by the database's clock (DESIGN 4, FE-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Update, and_, select, update

from mailadmin.domain.leases import LEASE_SECONDS, Holder, Lease, LeaseView

from .database import AnyRow, Database
from .tables import LeaseRow

_FREE: Final = {"holder_host": None, "holder_pid": None, "holder_started": None, "holder_user": None, "expires": None}


class LeaseStore:
    """The leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: Holder, is_gone: Callable[[Holder], bool]) -> Lease | None:
        """Take a lease that is free, expired, or held by a process that is gone; None: somebody living holds it.

        :param is_gone: whether a holder's process is known to be gone; asked while the row is locked, so be quick
        """
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(LeaseRow).values(name=name).on_conflict_do_nothing(index_elements=["name"])
            )
            query = select(LeaseRow).where(LeaseRow.name == name).with_for_update()
            row = connection.execute(query).one()
            now = self._database.now(connection)
            held_by = _holder(row)
            if held_by is not None and not _expired(row, now) and not is_gone(held_by):
                return None
            values = {
                "generation": row.generation + 1,
                "holder_host": holder.host,
                "holder_pid": holder.pid,
                "holder_started": holder.started,
                "holder_user": holder.user,
                "expires": now + timedelta(seconds=LEASE_SECONDS),
            }
            connection.execute(update(LeaseRow).where(LeaseRow.name == name), values)
        return Lease(name, holder, row.generation + 1)

    def renew(self, lease: Lease) -> bool:
        """Put the expiry off; False: the lease is lost."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            statement = self._update(lease, LeaseRow.expires > now)
            return connection.execute(statement, {"expires": now + timedelta(seconds=LEASE_SECONDS)}).rowcount == 1

    def holds(self, lease: Lease) -> bool:
        """Whether the lease is still ours.

        Inside a transaction it stays ours until the commit: a taker waits for it.
        """
        with self._database.reading() as connection:
            query = select(LeaseRow.expires).where(_is(lease))
            if self._database.in_transaction:
                query = query.with_for_update(read=True)
            row = connection.execute(query).one_or_none()
            return row is not None and not _expired(row, self._database.now(connection))

    def release(self, lease: Lease) -> None:
        """Give a lease back, if it is still ours."""
        with self._database.writing() as connection:
            connection.execute(self._update(lease), _FREE)

    def view(self, name: str) -> LeaseView | None:
        """A lease as it stands, or None if nobody ever asked for it."""
        with self._database.reading() as connection:
            row = connection.execute(select(LeaseRow).where(LeaseRow.name == name)).one_or_none()
            if row is None:
                return None
            expired = _expired(row, self._database.now(connection))
        return LeaseView(name, _holder(row), row.generation, row.expires, expired)

    def expire(self, name: str) -> None:
        """Make a lease expired now, whoever holds it."""
        with self._database.writing() as connection:
            past = self._database.now(connection) - timedelta(seconds=1)
            held = and_(LeaseRow.name == name, LeaseRow.expires.is_not(None))
            connection.execute(update(LeaseRow).where(held), {"expires": past})

    def _update(self, lease: Lease, *more: ColumnElement[bool]) -> Update:
        return update(LeaseRow).where(_is(lease), *more)


def _is(lease: Lease) -> ColumnElement[bool]:
    return and_(LeaseRow.name == lease.name, LeaseRow.generation == lease.generation, LeaseRow.holder_host.is_not(None))


def _holder(row: AnyRow) -> Holder | None:
    if row.holder_host is None:
        return None
    return Holder(host=row.holder_host, pid=row.holder_pid, started=row.holder_started, user=row.holder_user)


def _expired(row: AnyRow, now: datetime) -> bool:
    return row.expires is None or row.expires <= now
