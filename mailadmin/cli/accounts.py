"""``mailadmin accounts``: the incoming accounts and how they are doing (IN-6)."""

from __future__ import annotations

import typer

from . import documents, report
from .exits import OK
from .session import Command, group, session_of

app = group("The incoming accounts and how they are doing.")


@app.command("list", cls=Command)
def list_accounts(context: typer.Context) -> int:
    """List the accounts with their state, last good fetch and next fetch."""
    session = session_of(context)
    with session.application() as application:
        found = application.accounts.all()
        statuses = application.accounts.statuses()
        due = application.schedule.due_times()
    if session.json:
        session.out.document([documents.account(one, statuses.get(one.id or 0), due.get(one.id or 0)) for one in found])
    else:
        report.accounts(session.out, found, statuses, due)
    return OK
