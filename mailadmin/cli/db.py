"""``mailadmin db``: look at the database, upgrade it, back it up."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Annotated

import typer

from mailadmin.bootstrap import open_database, places
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outside_text import shown

from . import documents, report
from .exits import OK
from .session import Command, group, session_of

app = group("The database: status, upgrade, backup.")


@app.command(cls=Command)
def status(context: typer.Context) -> int:
    """Say which database is used, and whether it is up to date."""
    session = session_of(context)
    session.set_up_logging()
    with open_database(session.options) as storage:
        found = storage.status()
    if session.json:
        session.out.document(documents.database(found))
    else:
        report.database(session.out, found)
    return OK


@app.command(cls=Command)
def upgrade(context: typer.Context) -> int:
    """Bring the database up to date.

    An embedded one is backed up first.
    """
    session = session_of(context)
    session.set_up_logging()
    with open_database(session.options) as storage:
        before = storage.status()
        storage.upgrade()
        found = storage.status()
    if session.json:
        session.out.document(documents.database(found))
    elif before.schema == found.schema:
        session.out.say(f"Up to date already: schema {found.schema}.")
    else:
        session.out.say(f"Upgraded from schema {before.schema or '(none)'} to {found.schema}.")
    return OK


@app.command(cls=Command)
def backup(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A new file; none: a dated one.")] = None,
) -> int:
    """Make a consistent copy of the embedded database. It holds no key to the passwords."""
    session = session_of(context)
    session.set_up_logging()
    with open_database(session.options) as storage:
        try:
            made = storage.backup(file.absolute() if file else None)
        except UserFixableError as error:
            if error.code is not Code.DATABASE_FULL:
                raise
            where = file.absolute().parent if file else places(session.options).backups
            facts = {"path": where, "detail": os.strerror(errno.ENOSPC), "backup": file or "backup"}
            raise UserFixableError(Code.FOLDER_NOT_WRITABLE, facts) from error
    if session.json:
        session.out.document({"file": str(made), "bytes": made.stat().st_size})
    else:
        session.out.say(f"Backed up to {shown(str(made))}.")
        session.out.say("The key to the passwords is not in it: keep a copy of the key file, or of the passphrase.")
    return OK
