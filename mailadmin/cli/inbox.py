"""``mailadmin inbox``: what was fetched, and work by hand on single messages (FE-5, FE-10)."""

from __future__ import annotations

import base64
from typing import Annotated, TypeAlias

import typer

from mailadmin.bootstrap import Application
from mailadmin.domain.messages import InboxState, digest
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.outside_text import shown

from . import documents, mail_documents, mail_report, report, traces
from .exits import FAILED, OK
from .session import Command, Session, group, session_of
from .wording import quoted

app = group("Messages as they were fetched, and work by hand.")

MessageId: TypeAlias = Annotated[int, typer.Argument(metavar="ID", help="The message's number.")]


@app.command("list", cls=Command)
def list_messages(
    context: typer.Context,
    state: Annotated[InboxState | None, typer.Option(help="Only messages in this state.")] = None,
    account: Annotated[str, typer.Option(metavar="NAME", help="Only messages of this account.")] = "",
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Look in Message-ID, sender, subject, account and ticket number.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N, the newest.")] = None,
) -> int:
    """List messages, newest first."""
    session = session_of(context)
    with session.application() as application:
        name = application.accounts.get(account).name if account.isdecimal() else account
        found = application.inbox.list(state=state, account=name, text=search, limit=limit)
    if session.json:
        session.out.document([documents.message(one) for one in found])
    else:
        report.messages(session.out, found, filtered=bool(state or account or search))
    return OK


@app.command(cls=Command)
def show(context: typer.Context, message: MessageId) -> int:
    """Show one message, what became of it, and why."""
    session = session_of(context)
    with session.application() as application:
        found = application.inbox.get(message)
    if session.json:
        session.out.document(documents.message_with_trace(found))
    else:
        report.message(session.out, found)
    return OK


@app.command(cls=Command)
def raw(context: typer.Context, message: MessageId) -> int:
    """Write a message's octets, exactly as the server sent them."""
    session = session_of(context)
    with session.application() as application:
        octets = application.inbox.raw(message)
    if session.json:
        said = {"id": message, "size": len(octets), "sha256": digest(octets).hex()}
        session.out.document(said | {"base64": base64.b64encode(octets).decode("ascii")})
    else:
        session.out.octets(octets)
    return OK


@app.command(cls=Command)
def retry(context: typer.Context, message: MessageId) -> int:
    """Process a message again, by the rules as they are now.

    For messages that are quarantined, held, ignored or discarded.
    """
    session = session_of(context)
    with session.application() as application:
        return _tell_processed(session, application, message, application.inbox.retry(message))


@app.command(cls=Command)
def release(
    context: typer.Context,
    message: MessageId,
    queue: Annotated[str, typer.Option(metavar="NAME", help="Into this queue instead of the one decided.")] = "",
) -> int:
    """Let a quarantined, held or ignored message through."""
    session = session_of(context)
    with session.application() as application:
        return _tell_processed(session, application, message, application.inbox.release(message, queue))


@app.command(cls=Command)
def assign(
    context: typer.Context,
    message: MessageId,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The ticket's number.")],
) -> int:
    """Put a message into a ticket that is there."""
    session = session_of(context)
    with session.application() as application:
        ticket = application.inbox.assign(message, number)
        _tell(session, application, message, f"Message {message} is in ticket {ticket.number} now.")
    return OK


@app.command(cls=Command)
def archive(context: typer.Context, message: MessageId) -> int:
    """Put a message to rest without a ticket."""
    session = session_of(context)
    with session.application() as application:
        application.inbox.archive(message)
        _tell(session, application, message, f"Message {message} is in the archive now.")
    return OK


@app.command(cls=Command)
def discard(
    context: typer.Context,
    message: MessageId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for those who look later.")] = "",
) -> int:
    """Acknowledge a message as not wanted; its octets stay."""
    session = session_of(context)
    with session.application() as application:
        application.inbox.discard(message, why)
        _tell(session, application, message, f"Message {message} is discarded. Its octets stay.")
    return OK


@app.command("put-back", cls=Command)
def put_back(
    context: typer.Context,
    message: MessageId,
    account: Annotated[
        str, typer.Option(metavar="NAME", help="On this account's server; else the one it came by.")
    ] = "",
    folder: Annotated[str, typer.Option(metavar="NAME", help="Into this folder; else the account's own.")] = "",
) -> int:
    """Put a message back on the server (IMAP)."""
    session = session_of(context)
    with session.application() as application:
        name = account or application.inbox.get(message).account
        if not name:
            raise typer.BadParameter("the message came by no account; name one with --account")
        used = application.inbox.put_back(message, application.accounts.get(name), folder)
    if session.json:
        session.out.document({"id": message, "account": name, "folder": used})
    else:
        session.out.say(f"Message {message} is in the folder {quoted(shown(used))} of {quoted(shown(name))}.")
    return OK


@app.command(cls=Command)
def life(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE-ID", help="With or without angle brackets.")],
) -> int:
    """Find a mail by its Message-ID: all that is known.

    Every copy of it, whichever account fetched it: what decided and why, and what became of the one on the server.
    Exit code: 0 found, 1 no mail with this Message-ID is known.
    """
    session = session_of(context)
    with session.application() as application:
        copies = application.life.of(message_id)
    if session.json:
        session.out.document(mail_documents.life(copies))
    else:
        mail_report.life(session.out, message_id, copies)
    return OK if copies else FAILED


def _tell(session: Session, application: Application, message: int, words: str) -> None:
    if session.json:
        session.out.document(documents.message_with_trace(application.inbox.get(message)))
    else:
        session.out.say(words)


def _tell_processed(session: Session, application: Application, message: int, done: Processed | None) -> int:
    """What a message became; processed again and quarantined again is a failure."""
    became = traces.outcome(done.outcome, done.ticket) if done else "being processed elsewhere"
    _tell(session, application, message, f"Message {message}: {became}.")
    if not session.json and done is not None and done.outcome == InboxState.QUARANTINED:
        found = application.inbox.get(message)
        session.out.complain(traces.reason(found.reason_code, found.reason_facts))
    return FAILED if done is None or done.outcome == InboxState.QUARANTINED else OK
