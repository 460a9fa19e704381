"""``mailadmin log``: what was said and done with servers, and what became of each message (FE-11)."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from mailadmin.domain.communication import Communication, LogObject, LogQuery, LogStatus, Priority
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outside_text import shown
from mailadmin.services.communication import CommunicationService
from mailadmin.services.communication_export import document, json_lines

from . import log_sentences
from .exits import OK
from .output import Column, Output
from .session import Command, group, session_of
from .wording import count, duration, local

app = group("The communication log: what happened in each fetch.")

_STREAM: Final = "-"
_AGO: Final = re.compile(r"(\d{1,6})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


class Format(enum.StrEnum):
    """How the log is exported."""

    TEXT = "text"
    JSON_LINES = "json-lines"


def moment(text: str) -> datetime:
    """When: ``90m``, ``24h``, ``7d`` ago, or a date, or date and time, by this computer's clock."""
    if match := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise typer.BadParameter(
            f'"{shown(text)}" is neither a time span (90m, 24h, 7d) nor a date (2026-11-20, 2026-11-20T08:30)'
        ) from None


Account: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="Only of this account.")]
Statuses: TypeAlias = Annotated[
    list[LogStatus] | None, typer.Option("--status", help="Only those that ended so; may be repeated.")
]
Since: TypeAlias = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="WHEN", help="Begun since: 90m, 24h, 7d, or a date such as 2026-11-20."),
]
Until: TypeAlias = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="WHEN", help="Begun before; written in the same way.")
]
Text: TypeAlias = Annotated[
    str,
    typer.Option("--search", metavar="TEXT", help="Look in accounts, servers' words, senders, subjects, Message-IDs."),
]
Lowest: TypeAlias = Annotated[
    Priority, typer.Option("--at-least", case_sensitive=False, help="Only entries of this priority and higher ones.")
]


@app.command("list", cls=Command)
def list_communications(
    context: typer.Context,
    account: Account = "",
    status: Statuses = None,
    since: Since = None,
    until: Until = None,
    search: Text = "",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most N, the newest.")] = 100,
) -> int:
    """List communications, newest first."""
    session = session_of(context)
    query = LogQuery(account=account, statuses=frozenset(status or ()), since=since, until=until, text=search)
    with session.application() as application:
        found = application.communication.page(query, limit=limit)
        kept = application.settings.load().flag("CommunicationLog")
    if session.json:
        session.out.document([document(one) for one in found])
    elif found:
        _tell_list(session.out, found)
    elif query != LogQuery():
        session.out.say("No communication matches. See all of them with: mailadmin log list")
    elif kept:
        session.out.say("The communication log is empty: nothing has been fetched. Fetch with: mailadmin fetch")
    else:
        session.out.say("The communication log is empty, and the setting CommunicationLog is off.")
    return OK


@app.command(cls=Command)
def show(
    context: typer.Context,
    communication: Annotated[int, typer.Argument(metavar="ID", help="The communication's number.")],
    at_least: Lowest = Priority.TRACE,
) -> int:
    """Show one communication, step by step.

    Its connections, its messages, and the entries of each.
    """
    session = session_of(context)
    with session.application() as application:
        found = application.communication.get(communication)
        objects = application.communication.objects(communication, at_least=at_least)
    if session.json:
        session.out.document(document(found, objects))
    else:
        for line in lines_of(found, objects, at_least):
            session.out.say(line)
    return OK


@app.command(cls=Command)
def export(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Where to; none or -: standard output.")] = _STREAM,
    form: Annotated[
        Format, typer.Option("--format", help="A JSON object on each line, for programs, or text for people.")
    ] = Format.JSON_LINES,
    account: Account = "",
    status: Statuses = None,
    since: Since = None,
    until: Until = None,
    search: Text = "",
) -> int:
    """Write communications with all their entries, oldest first.

    With --json and without a file it is one document, a list.
    """
    session = session_of(context)
    query = LogQuery(account=account, statuses=frozenset(status or ()), since=since, until=until, text=search)
    with session.application() as application:
        service = application.communication
        if file != _STREAM:
            lines = _write(Path(file), _exported(service, query, form))
            session.out.document({"file": file, "lines": lines}) if session.json else session.out.say(
                f"Written to {shown(file)}. It holds no passwords, but names, addresses and subjects."
            )
        elif session.json:
            session.out.document([document(one, objects) for one, objects in service.export(query)])
        else:
            for text in _exported(service, query, form):
                session.out.text(text)
    return OK


@app.command(cls=Command)
def purge(context: typer.Context) -> int:
    """Remove what is older than the settings say.

    These are CommunicationLog::PurgeAfterHours::SuccessfulCommunications and ...::AllCommunications. Fetches do it by
    themselves, too.
    """
    session = session_of(context)
    with session.application() as application:
        removed = application.communication.purge()
    if session.json:
        session.out.document({"removed": removed})
    else:
        session.out.say(f"Removed: {count(removed, 'communication')}." if removed else "There is nothing to remove.")
    return OK


def lines_of(one: Communication, objects: Sequence[LogObject], lowest: Priority = Priority.TRACE) -> Iterator[str]:
    """A communication in words, line by line."""
    whose = shown(one.account) or "message handed in"
    yield f"Communication {one.id}: {whose} ({one.account_type}), {log_sentences.status(one)}, {_took(one)}"
    for each in objects:
        yield f"  {log_sentences.name(each)}: {each.status.value}"
        for entry in each.entries:
            if entry.priority.rank >= lowest.rank:
                clock = entry.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
                yield f"    {clock} {entry.priority.value:<6} {log_sentences.sentence(entry, one.account)}"


def _took(one: Communication) -> str:
    seconds = one.duration
    began = one.started.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return began if seconds is None else f"{began}, {_seconds(one)}"


def _seconds(one: Communication) -> str:
    took = one.duration
    if took is None:
        return ""
    seconds = took.total_seconds()
    return f"{seconds:.1f} seconds" if seconds < 10 else duration(str(seconds))


def _tell_list(out: Output, found: Sequence[Communication]) -> None:
    columns = [
        Column("Id", right=True),
        Column("Account", least=10),
        Column("Type", whole=True, drop=3),
        Column("Status", whole=True),
        Column("Begun", whole=True),
        Column("Took", whole=True, drop=2),
        Column("Messages", right=True),
        Column("Failed", right=True, drop=1),
    ]
    rows = [
        [
            str(one.id),
            one.account,
            one.account_type,
            log_sentences.status(one),
            local(one.started),
            _seconds(one),
            str(one.messages),
            str(one.failed_messages or ""),
        ]
        for one in found
    ]
    out.table(columns, rows)
    out.say()
    out.say(f"{count(len(found), 'communication')}. See what happened with: mailadmin log show ID")


def _exported(service: CommunicationService, query: LogQuery, form: Format) -> Iterator[str]:
    if form is Format.JSON_LINES:
        yield from json_lines(service.export(query))
        return
    for one, objects in service.export(query):
        yield "\n".join(lines_of(one, objects)) + "\n\n"


def _write(path: Path, texts: Iterable[str]) -> int:
    """Write texts into a file; how many."""
    written = 0
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for text in texts:
                file.write(text)
                written += 1
    except OSError as error:
        raise UserFixableError(Code.BAD_FILE, {"path": str(path), "detail": error.strerror or str(error)}) from error
    return written
