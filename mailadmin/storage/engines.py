"""From a URL to connections that keep the promises: what is committed is on the disk, and locks are waited for."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psutil
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import search_key

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
BEGIN: Final = "mailadmin_begin"
"""The execution option that says how a SQLite transaction begins."""

_NETWORK: Final = {
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "prl_fs", "rclone", "remote", "s3fs", "smb", "smb2", "smb3", "smbfs", "sshfs", "vboxsf", "webdav",
}  # fmt: skip
_PASSWORDS: Final = {"password", "sslpassword", "passwd"}
_UNSAFE: Final = {"synchronous_commit": "off", "fsync": "off"}
_WAL_LEFT: Final = 64 * 1024 * 1024

FilesystemOf = Callable[[Path], str]
"""Tells the type of the file system a path is on."""


def parsed(url: str) -> URL:
    """The URL, checked: a database we know, no password in it.

    :raises UserFixableError: DATABASE_URL, DATABASE_URL_HAS_PASSWORD, NOT_OFFERED_YET
    """
    try:
        result = make_url(url)
        backend = result.get_backend_name()
    except (ArgumentError, ValueError):  # their words would quote the URL, and with it a password
        raise UserFixableError(Code.DATABASE_URL, {"detail": "not a URL"}) from None
    if result.password is not None or _PASSWORDS & result.query.keys():
        raise UserFixableError(Code.DATABASE_URL_HAS_PASSWORD)
    if backend in {"mysql", "mariadb"}:
        raise UserFixableError(Code.NOT_OFFERED_YET, {"what": "MariaDB"})
    if backend == POSTGRESQL:
        return result.set(drivername="postgresql+psycopg")
    if backend != SQLITE:
        raise UserFixableError(Code.DATABASE_URL, {"detail": f"no such kind of database: {backend}"})
    if result.query or result.host or not result.database or result.database.startswith((":memory:", "file:")):
        raise UserFixableError(Code.DATABASE_URL, {"detail": "a path is needed: sqlite:////folder/file.db"})
    return result.set(drivername=SQLITE)


def sqlite_engine(path: Path, *, patience: float) -> Engine:
    """An engine on a SQLite file. Transactions begin as the execution option BEGIN says.

    :param path: the file, which must exist
    :param patience: seconds to wait for a lock
    """
    engine = create_engine(
        URL.create(SQLITE, database=str(path)),
        connect_args={"timeout": patience, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=-1,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def postgresql_engine(url: URL, *, patience: float) -> Engine:
    """An engine on a PostgreSQL server.

    :param patience: seconds to wait for a lock
    :raises UserFixableError: DATABASE_URL when the driver is not installed
    """
    defaults: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "application_name": "mailadmin",
        "options": f"-c lock_timeout={int(patience * 1000)} -c timezone=UTC",
    }
    try:
        engine = create_engine(
            url,
            connect_args={key: value for key, value in defaults.items() if key not in url.query},
            pool_size=8,
            max_overflow=-1,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except (NoSuchModuleError, ModuleNotFoundError):
        raise UserFixableError(Code.DATABASE_URL, {"detail": "psycopg is not installed"}) from None
    event.listen(engine, "connect", _check_postgresql)
    return engine


def make_file(path: Path, filesystem_of: FilesystemOf) -> None:
    """See that there is a database file we may write, on a disk of this machine; only its owner may read a new one.

    :raises UserFixableError: DATABASE_ON_NETWORK, FOLDER_NOT_WRITABLE, DATABASE_READ_ONLY
    """
    filesystem = filesystem_of(path)
    if on_network(filesystem):
        raise UserFixableError(Code.DATABASE_ON_NETWORK, {"path": path, "filesystem": filesystem})
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": path.parent, "detail": error.strerror}) from error
    if not os.access(path, os.W_OK):
        raise UserFixableError(Code.DATABASE_READ_ONLY, {"url": f"sqlite:///{path}"})
    if not os.access(path.parent, os.W_OK):  # the write-ahead log lies beside the file
        raise UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": path.parent, "detail": "not writable"})


def on_network(filesystem: str) -> bool:
    """Whether a file system of this type is on another machine, where SQLite's locks cannot be relied on."""
    return filesystem.lower().removeprefix("fuse.") in _NETWORK


def filesystem_of(path: Path) -> str:
    """The type of the file system a path is on: ``ext4``, ``nfs4``; ``remote`` for a share of Windows."""
    resolved = path.resolve()
    if str(resolved).startswith("\\\\"):
        return "remote"
    best, kind = -1, ""
    for partition in psutil.disk_partitions(all=True):
        mount = Path(partition.mountpoint)
        # Of two mounts on one place the later one hides the earlier.
        if resolved.is_relative_to(mount) and len(mount.parts) >= best:
            best = len(mount.parts)
            kind = "remote" if "remote" in partition.opts.split(",") else partition.fstype
    return kind


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # We begin transactions ourselves: the sqlite3 module's own way begins them late, and never IMMEDIATE.
    connection.isolation_level = None
    # The page size counts when the file is made: raw messages are large, and go in a third faster than by 4 kB.
    settings = [
        "page_size=16384",
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"journal_size_limit={_WAL_LEFT}",
    ]
    if sys.platform == "darwin":  # a plain fsync there leaves the data in the drive's cache
        settings += ["fullfsync=ON", "checkpoint_fullfsync=ON"]
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").close()
    connection.create_function("search_key", 1, search_key, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


def _check_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for setting, unsafe in _UNSAFE.items():
        cursor.execute("SELECT current_setting(%s)", (setting,))
        (value,) = cursor.fetchone() or ("",)
        if value == unsafe:
            raise UserFixableError(Code.DATABASE_UNSAFE, {"setting": setting, "value": value})
    cursor.close()
    connection.rollback()
