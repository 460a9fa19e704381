"""The schema's version, and how it is brought up to date inside our own transaction."""

from __future__ import annotations

import importlib
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from mailadmin.domain.errors import BugError, Code, UserFixableError

from .database import Database
from .faults import translated

_STEPS = Path(__file__).with_name("migrations")
_UPGRADE_LOCK = 0x6D61696C  # "mail": any number, as long as all of us take the same
_REVISION: Final = re.compile(r"""^revision\b[^=\n]*= ["'](\d{4})["']""", re.MULTILINE)


class Schema:
    """The version of one database's schema, beside the version this program works with.

    :param backups: where a SQLite file is backed up before it is upgraded
    """

    def __init__(self, database: Database, backups: Path) -> None:
        self._database = database
        self._backups = backups
        self._steps = _STEPS
        self._versions = versions(self._steps)

    @property
    def program(self) -> str:
        """The version this program works with."""
        return self._versions[-1]

    def stored(self) -> str:
        """The database's version; empty for an empty database.

        :raises UserFixableError: DATABASE_URL when the database is somebody else's
        """
        with self._database.reading() as connection:
            return self._stored(connection)

    def check(self) -> None:
        """Refuse a database of another version.

        :raises UserFixableError: DATABASE_NEWER, DATABASE_OLDER
        """
        stored = self.stored()
        self._refuse_newer(stored)
        if stored != self.program:
            raise UserFixableError(Code.DATABASE_OLDER, self._facts(stored))

    def upgrade(self) -> None:
        """Bring the schema up to date, all or nothing; an existing SQLite file is backed up first.

        :raises UserFixableError: DATABASE_NEWER, or what goes wrong with the backup
        """
        stored = self.stored()
        self._refuse_newer(stored)
        if stored == self.program:
            return
        if self._database.embedded:
            self._upgrade_file()
            return
        with self._database.writing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            self._run_steps(connection)

    def backup(self, target: Path | None = None) -> Path:
        """A consistent copy of the SQLite file by the backup API (a copy of the file would lose the log beside it).

        :param target: the file to make; by default a dated one in the folder of backups
        :raises UserFixableError: NOT_OFFERED_YET for a server, BAD_FILE when the target exists, FOLDER_NOT_WRITABLE
        """
        if not self._database.embedded:
            raise UserFixableError(Code.NOT_OFFERED_YET, {"what": "backup of a server's database"})
        ours = target is None
        target = target or self._dated()
        part = target.with_name(target.name + ".part")
        try:
            if ours:  # a folder that somebody names is not made: it may be a disk that is not mounted
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target.exists():
                raise UserFixableError(Code.BAD_FILE, {"path": target, "detail": "exists already"})
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            try:
                self._copy(part)
                part.rename(target)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            facts = {"path": target.parent, "detail": error.strerror}
            raise UserFixableError(Code.FOLDER_NOT_WRITABLE, facts) from error
        return target

    def _copy(self, part: Path) -> None:
        with (
            translated(self._database.url),
            self._database.engine.connect() as connection,
            closing(sqlite3.connect(part)) as copy,
        ):
            source: Any = connection.connection.driver_connection
            source.backup(copy)

    def _dated(self) -> Path:
        stem = f"mailadmin-{self._database.now():%Y%m%d-%H%M%S}"
        target, number = self._backups / f"{stem}.db", 1
        while target.exists():
            number += 1
            target = self._backups / f"{stem}-{number}.db"
        return target

    def _upgrade_file(self) -> None:
        database = self._database
        with translated(database.url), database.engine.connect() as holding:
            driver: Any = holding.connection.driver_connection
            # A batch step drops and remakes tables; with foreign keys on, that would empty their children. The
            # switch is ignored inside a transaction, so it is thrown around it.
            driver.execute("PRAGMA foreign_keys=OFF").close()
            try:
                with holding.execution_options(mailadmin_begin="BEGIN IMMEDIATE").begin():
                    stored = self._stored(holding)
                    self._refuse_newer(stored)
                    if stored == self.program:  # another process was quicker
                        return
                    if stored:  # under the write lock, so that nothing is written between backup and upgrade
                        self.backup()
                    self._run_steps(holding)
                    if broken := holding.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise BugError(f"the upgrade broke a reference of table {broken[0]}")
            finally:
                driver.execute("PRAGMA foreign_keys=ON").close()

    def _run_steps(self, connection: Connection) -> None:
        # Alembic and what it brings along take as long to load as all the rest of the storage, and an upgrade is rare.
        importlib.import_module(".steps", __package__).run_steps(connection, self._steps)

    def _stored(self, connection: Connection) -> str:
        tables = inspect(connection).get_table_names()
        if "alembic_version" in tables:
            stored = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if stored is not None:
                return str(stored)
        if tables and self._database.embedded:
            raise UserFixableError(Code.DATABASE_URL, {"detail": "not a database of mailadmin"})
        return ""

    def _refuse_newer(self, stored: str) -> None:
        if stored and stored not in self._versions:
            raise UserFixableError(Code.DATABASE_NEWER, self._facts(stored))

    def _facts(self, stored: str) -> dict[str, str]:
        return {"url": self._database.url, "schema": stored, "program": self.program}


def versions(steps: Path) -> list[str]:
    """The versions that a folder of steps leads to, oldest first: they are numbered.

    Read, not run: a step is a program for Alembic, which is loaded only when there is something to upgrade.
    """
    texts = (step.read_text(encoding="utf-8") for step in (steps / "versions").glob("[0-9]*.py"))
    return sorted(version for text in texts for version in _REVISION.findall(text))
