"""What a driver's error means: SQLite's result codes and PostgreSQL's SQLSTATEs, as our codes.

No SQLAlchemy exception and no driver exception leaves this package.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: Code.DATABASE_LOCKED,
    sqlite3.SQLITE_LOCKED: Code.DATABASE_LOCKED,
    sqlite3.SQLITE_READONLY: Code.DATABASE_READ_ONLY,
    sqlite3.SQLITE_PERM: Code.DATABASE_READ_ONLY,
    sqlite3.SQLITE_FULL: Code.DATABASE_FULL,
    sqlite3.SQLITE_CORRUPT: Code.DATABASE_DAMAGED,
    sqlite3.SQLITE_NOTADB: Code.DATABASE_DAMAGED,
    sqlite3.SQLITE_CANTOPEN: Code.DATABASE_UNREACHABLE,
    sqlite3.SQLITE_IOERR: Code.DATABASE_UNREACHABLE,
    sqlite3.SQLITE_NOMEM: Code.DATABASE_UNREACHABLE,
}
_PRIMARY: Final = 0xFF  # the low octet of an extended SQLite code is the code itself

_SQLSTATES: Final = {
    "08": Code.DATABASE_UNREACHABLE,  # connection exception
    "28": Code.DATABASE_UNREACHABLE,  # invalid authorization
    "3D": Code.DATABASE_UNREACHABLE,  # no such database
    "42501": Code.DATABASE_UNREACHABLE,  # insufficient privilege
    "25006": Code.DATABASE_READ_ONLY,
    "40": Code.DATABASE_LOCKED,  # serialization failure, deadlock
    "55": Code.DATABASE_LOCKED,  # lock not available, object in use
    "57014": Code.DATABASE_LOCKED,  # query cancelled by a time limit
    "57": Code.DATABASE_UNREACHABLE,  # shutting down, starting up
    "53100": Code.DATABASE_FULL,
    "53": Code.DATABASE_UNREACHABLE,  # out of memory, too many connections
    "58": Code.DATABASE_UNREACHABLE,  # the server's system failed it
    "F0": Code.DATABASE_DAMAGED,
    "XX001": Code.DATABASE_DAMAGED,
    "XX002": Code.DATABASE_DAMAGED,
}


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn every driver error inside the block into a UserFixableError (the world's) or a BugError (ours).

    :param url: the database's URL without secrets, for the facts
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise meaning(error, url) from error


def meaning(error: Exception, url: str) -> MailadminError:
    """What a driver's or SQLAlchemy's error means."""
    if isinstance(error, PoolTimeout):
        return UserFixableError(Code.DATABASE_UNREACHABLE, {"url": url, "detail": "no free connection"})
    driver = error.orig if isinstance(error, DBAPIError) else error
    words = _words(driver)
    code = _code(driver, error)
    if code is None:
        return BugError(f"{type(error).__name__}: {words}")
    return UserFixableError(code, {"url": url, "detail": words}, server=words)


def is_integrity(error: BaseException | None) -> bool:
    """Whether a constraint said no: a translated error keeps its cause."""
    return isinstance(error, IntegrityError) or (error is not None and isinstance(error.__cause__, IntegrityError))


def is_deadlock(error: BaseException) -> bool:
    """Whether the database chose this transaction to give way (SQLSTATE class 40): the same again may succeed."""
    driver = getattr(error.__cause__, "orig", None)
    return str(getattr(driver, "sqlstate", None) or "").startswith("40")


def _code(driver: BaseException | None, error: Exception) -> Code | None:
    if isinstance(driver, sqlite3.Error):
        number = getattr(driver, "sqlite_errorcode", None)
        return None if number is None else _SQLITE.get(number & _PRIMARY)
    state = getattr(driver, "sqlstate", None)
    if state:
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])
    # psycopg's own: no server answered, or it went away in the middle.
    return Code.DATABASE_UNREACHABLE if type(driver).__name__ == "OperationalError" else None


def _words(driver: BaseException | None) -> str:
    """The driver's words without the values of the row (PostgreSQL's DETAIL quotes them)."""
    diagnosis = getattr(driver, "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    return str(primary) if primary else str(driver).strip()
