"""One database: connections, transactions, its clock. The stores ask it for a connection and nothing else."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, Engine, Row, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError

from .base import Base
from .engines import BEGIN, SQLITE
from .faults import meaning, translated

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns are taken by name."""
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A query for such rows."""


@dataclass
class _Transaction:
    """The writing transaction a thread is in. ``failed``: why it must not be committed any more."""

    connection: Connection
    failed: BaseException | None = None


class Database:
    """Hands out connections, one transaction per thread at a time.

    :param engine: made by :mod:`.engines`
    :param url: the URL without secrets
    :param who: user@host, for stamps and audit
    :param patience: seconds to wait for a lock
    """

    def __init__(self, engine: Engine, *, url: str, who: str, patience: float) -> None:
        self.engine = engine
        self.url = url
        self.who = who
        self.embedded = engine.dialect.name == SQLITE
        # Of all dialects only the one in use is loaded: PostgreSQL's brings four drivers along.
        self._dialect: Any = importlib.import_module(f"sqlalchemy.dialects.{engine.dialect.name}")
        self._reader = engine.execution_options(**{BEGIN: "BEGIN"})
        self._writer = engine.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
        self._patience = patience
        # SQLite has one writer at a time, and waits for the lock by polling. Threads of this process queue here.
        self._turn = threading.Lock()
        self._local = threading.local()

    @property
    def in_transaction(self) -> bool:
        """Whether this thread is inside a writing transaction."""
        return self._current() is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by: the thread's transaction if there is one, else one that takes no write lock."""
        if (current := self._current()) is not None:
            with self._joined(current):
                yield current.connection
            return
        with translated(self.url), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection to write by: the thread's transaction, or one of its own that is committed at the end."""
        if (current := self._current()) is not None:
            with self._joined(current):
                yield current.connection
            return
        with self._my_turn(), translated(self.url), self._writer.connect() as connection:
            current = _Transaction(connection)
            with connection.begin():
                self._local.transaction = current
                try:
                    yield connection
                finally:
                    self._local.transaction = None
                if current.failed is not None:
                    raise self._given_up(current.failed)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One writing transaction around several store calls; inner ones join the outer one.

        An inner block that fails takes the whole transaction with it, even if its error is caught: half of what was
        meant must never be committed.
        """
        outer = self._current()
        with self.writing():
            try:
                yield
            except BaseException as error:
                if outer is not None:
                    outer.failed = outer.failed or error
                raise

    def now(self, connection: Connection | None = None) -> datetime:
        """The time by the database's clock, aware UTC. SQLite has no clock but this host's."""
        if self.embedded:
            return datetime.now(UTC)
        if connection is None:
            with self.reading() as connection:
                return self.now(connection)
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say ON CONFLICT, in this database's dialect."""
        made: sqlite.Insert | postgresql.Insert = self._dialect.insert(table.__table__)
        return made

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _current(self) -> _Transaction | None:
        current: _Transaction | None = getattr(self._local, "transaction", None)
        return current

    @contextmanager
    def _joined(self, current: _Transaction) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raised = meaning(error, self.url)
            current.failed = current.failed or raised
            raise raised from error

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self.embedded:
            yield
            return
        if not self._turn.acquire(timeout=self._patience):
            raise UserFixableError(Code.DATABASE_LOCKED, {"url": self.url})
        try:
            yield
        finally:
            self._turn.release()

    @staticmethod
    def _given_up(failed: BaseException) -> MailadminError:
        if isinstance(failed, MailadminError):
            return failed
        return BugError(f"a transaction went on after {type(failed).__name__}")
