"""``mailadmin accounts``: the incoming accounts and how they are doing (IN-6)."""

from __future__ import annotations

from typing import Annotated

import typer

from mailadmin.domain.outside_text import shown

from . import documents, report
from .exits import OK
from .session import Command, group, session_of

app = group("The incoming accounts and how they are doing.")


@app.command("list", cls=Command)
def list_accounts(context: typer.Context) -> int:
    """List the accounts and how they are doing.

    With their state, their last good fetch and their next one.
    """
    session = session_of(context)
    with session.application() as application:
        found = application.accounts.all()
        statuses = application.accounts.statuses(found)
        due = application.schedule.due_times()
    if session.json:
        session.out.document([documents.account(one, statuses.get(one.id or 0), due) for one in found])
    else:
        report.accounts(session.out, found, statuses, due)
    return OK


@app.command("folders", cls=Command)
def list_folders(
    context: typer.Context, account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name or id of an account")]
) -> int:
    """List the folders on an account's server."""
    session = session_of(context)
    with session.application() as application:
        found = application.accounts.get(account)
        folders = application.checking.folders(found)
    if session.json:
        session.out.document([{"name": folder.name, "selectable": folder.selectable} for folder in folders])
    elif folders:
        for folder in folders:
            session.out.say(shown(folder.name) + ("" if folder.selectable else "  (holds only other folders)"))
    else:
        session.out.say("This type of account has no folders.")
    return OK
