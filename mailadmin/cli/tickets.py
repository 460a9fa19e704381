"""``mailadmin tickets``: list, read and change tickets (PM-10)."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import TicketChange

from . import documents, mail_documents, mail_report, report
from .exits import OK
from .session import Command, group, session_of
from .wording import quoted, size

app = group("Tickets: list them, read them, change them.")

KEYS = tuple(field.name for field in fields(TicketChange) if field.name not in {"fields", "no_pending"})
FIELD = "field."
"""What stands before the name of a dynamic field."""
_RELATIVE = re.compile(r"\+(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Number: TypeAlias = Annotated[str, typer.Argument(metavar="NUMBER", help="The ticket's number.")]


@app.command("list", cls=Command)
def list_tickets(
    context: typer.Context,
    queue: Annotated[str, typer.Option(metavar="NAME", help="Only tickets in this queue.")] = "",
    state: Annotated[str, typer.Option(metavar="NAME", help="Only tickets in this state.")] = "",
    search: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Look in number, title, customer, and each mail's sender, subject and Message-ID."
        ),
    ] = "",
    bodies: Annotated[
        bool, typer.Option("--bodies", help="Look in the text of the mails as well; slower, where there are many.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N, the newest.")] = None,
) -> int:
    """List tickets, newest first."""
    session = session_of(context)
    with session.application() as application:
        found = application.tickets.list(queue=queue, state=state, text=search, bodies=bodies, limit=limit)
    if session.json:
        session.out.document([documents.ticket(one) for one in found])
    else:
        report.tickets(session.out, found, filtered=bool(queue or state or search))
    return OK


@app.command(cls=Command)
def show(
    context: typer.Context,
    number: Number,
    why: Annotated[bool, typer.Option("--why", help="Every step that led each mail here.")] = False,
) -> int:
    """Read one ticket: its mails in order, and what happened to it."""
    session = session_of(context)
    with session.application() as application:
        ticket = application.tickets.get(number)
        articles = application.tickets.articles(ticket)
        history = application.tickets.history(ticket)
        answers = application.outbox.of_ticket(ticket)
    if session.json:
        session.out.document(
            documents.conversation(ticket, articles, history, [mail_documents.outgoing(one) for one in answers])
        )
    else:
        report.conversation(session.out, ticket, articles, history, all_steps=why)
        mail_report.outgoing(session.out, answers)
        if not why:
            session.out.say()
            session.out.say(f"Every step that led each mail here: mailadmin tickets show {ticket.number} --why")
    return OK


_WHAT_TO_CHANGE: Final = (  # a name, because annotations are read as text
    f"What to change. Keys: {', '.join(KEYS)}, {FIELD}NAME for a dynamic field (empty: take it off). "
    'pending_until: "2026-12-01 09:00" in local time, +2d, +4h, +30m, or empty.'
)


@app.command("set", cls=Command)
def set_fields(
    context: typer.Context,
    number: Number,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE ...",
            help=_WHAT_TO_CHANGE,
        ),
    ],
) -> int:
    """Change a ticket."""
    session = session_of(context)
    change = _change(_parsed(values))
    with session.application() as application:
        ticket = application.tickets.change(number, change)
    if session.json:
        session.out.document(documents.ticket(ticket))
    else:
        session.out.say(f"Ticket {ticket.number} is changed.")
    return OK


@app.command(cls=Command)
def merge(
    context: typer.Context,
    number: Number,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The number of the ticket that gets its mails.")],
) -> int:
    """Merge a ticket into another.

    The other gets its mails and all replies to come, and keeps its own state.
    """
    session = session_of(context)
    with session.application() as application:
        target = application.tickets.merge(number, into)
    if session.json:
        session.out.document(documents.ticket(target))
    else:
        session.out.say(f"Ticket {shown(number)} is merged into {target.number}.")
    return OK


def _parsed(values: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals:
            raise typer.BadParameter(f"{quoted(shown(value))} is not KEY=VALUE")
        if key not in KEYS and not (key.startswith(FIELD) and key.removeprefix(FIELD).strip()):
            raise typer.BadParameter(f"{quoted(shown(key))} is not one of the keys: {', '.join(KEYS)}, {FIELD}NAME")
        if key in said:
            raise typer.BadParameter(f"{shown(key)} is said twice")
        said[key] = text
    return said


def _change(said: dict[str, str]) -> TicketChange:
    plain: dict[str, Any] = {key: text for key, text in said.items() if not key.startswith(FIELD)}
    if "pending_until" in plain:
        until = _moment(plain.pop("pending_until").strip())
        plain |= {"no_pending": True} if until is None else {"pending_until": until}
    dynamic = {key.removeprefix(FIELD).strip(): text for key, text in said.items() if key.startswith(FIELD)}
    return TicketChange(**plain, fields=dynamic)


def _moment(text: str) -> datetime | None:
    """A moment as people write it: in local time unless it names a zone, or from now on; None for none."""
    if not text:
        return None
    if relative := _RELATIVE.fullmatch(text):
        return datetime.now(UTC) + timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{quoted(shown(text))} is no time, such as 2026-12-01 09:00 or +2d") from None


@app.command(cls=Command)
def attachment(
    context: typer.Context,
    number: Number,
    attachment_id: Annotated[int, typer.Argument(metavar="ID", help="The attachment, as `tickets show` numbers it.")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Into this new file.")] = None,
) -> int:
    """Save an attachment."""
    session = session_of(context)
    if output is None and (session.json or session.out.to_terminal):
        raise typer.BadParameter("name a file with --output FILE")
    with session.application() as application:
        for article in application.tickets.articles(application.tickets.get(number)):
            for one in article.attachments:
                if one.id == attachment_id:
                    content = application.tickets.content(article, one)
                    said = documents.attachment(one)
                    break
            else:
                continue
            break
        else:
            raise typer.BadParameter(f"ticket {shown(number)} has no attachment {attachment_id}")
    if output is None:
        session.out.octets(content)
        return OK
    write_new(output, content)
    if session.json:
        session.out.document(said | {"file": str(output)})
    else:
        session.out.say(f"{shown(str(output))}: {size(len(content))}.")
    return OK


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet.

    :raises UserFixableError: BAD_FILE
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise UserFixableError(Code.BAD_FILE, {"path": path, "detail": error.strerror or str(error)}) from error
