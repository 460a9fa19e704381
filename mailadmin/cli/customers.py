"""``mailadmin customers``: the customer users, and their import from a CSV file (PM-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from mailadmin.domain.customers import CustomerUser, ImportReport
from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.outside_text import shown
from mailadmin.domain.validation import Fault
from mailadmin.services.customers import decoded

from . import report
from .documents import Document
from .exits import FAILED, OK
from .files import named, read_octets
from .output import Column, Output
from .problems import fault_sentence
from .session import Command, group, session_of

app = group("The customer users: who writes to the helpdesk.")


@app.command("list", cls=Command)
def list_customers(context: typer.Context) -> int:
    """List the customer users with their addresses and companies."""
    session = session_of(context)
    with session.application() as application:
        found = application.customer_users.all()
    if session.json:
        session.out.document([_customer(one) for one in found])
    else:
        _table(session.out, found)
    return OK


@app.command("import", cls=Command)
def import_customers(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV; - for standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> int:
    """Add and change customer users as a CSV file says.

    The first line names the columns: login, name (or first_name, last_name), addresses (or email; several after
    blanks, commas or semicolons), company (customer ID), company_name, validity, comment. A column that is not there
    leaves that field as it is. Companies that are not there are made. Held mail whose sender is known then is released.

    Exit code: 0 done, 1 lines were left out (the others are done), 2 the file cannot be used.
    """
    session = session_of(context)
    text = decoded(read_octets(file))
    with session.application() as application:
        try:
            done = application.customer_import.run(text, dry_run=dry_run)
        except UserFixableError as error:
            error.facts.setdefault("path", named(file))
            raise
    if session.json:
        session.out.document(_imported(done))
    else:
        _say(session.out, done, dry_run=dry_run)
    return FAILED if done.problems else OK


def _customer(one: CustomerUser) -> Document:
    return {
        "login": one.login,
        "name": one.name,
        "addresses": list(one.addresses),
        "company": one.company,
        "validity": one.validity.value,
        "comment": one.comment,
    }


def _table(out: Output, users: Sequence[CustomerUser]) -> None:
    if not users:
        out.say("There are no customer users yet. Add some with: mailadmin customers import FILE.csv")
        return
    columns = [Column("Login"), Column("Name"), Column("Addresses"), Column("Company"), Column("Validity", whole=True)]
    rows = [[one.login, one.name, ", ".join(one.addresses), one.company, one.validity.value] for one in users]
    out.table(columns, rows)


def _imported(one: ImportReport) -> Document:
    return {
        "added": list(one.added),
        "changed": list(one.changed),
        "unchanged": one.unchanged,
        "companies": list(one.companies),
        "problems": [
            {"line": line, "key": fault.field, "problem": fault.problem.value, "text": _sentence(fault)}
            for line, fault in one.problems
        ],
        "released": one.released,
    }


def _say(out: Output, one: ImportReport, *, dry_run: bool) -> None:
    for line, fault in one.problems:
        out.say(f"Line {line}: {_sentence(fault)}")
    if one.companies:
        out.say(f"New companies: {shown(', '.join(one.companies))}")
    if dry_run:
        out.say(
            f"{len(one.added):,} to add, {len(one.changed):,} to change, {one.unchanged:,} as they are. "
            "Nothing was changed."
        )
    else:
        out.say(f"Done: {len(one.added):,} added, {len(one.changed):,} changed, {one.unchanged:,} as they were.")
    report.released(out, one.released)


def _sentence(fault: Fault) -> str:
    return fault_sentence("", "", fault.field, fault.problem.value, fault.facts)
