"""The command line: all commands, and what a failure of any of them comes to (CLI.md)."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from mailadmin import __version__, diagnostics
from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.domain.outside_text import shown
from mailadmin.domain.validation import InvalidRecordError

from . import (
    accounts,
    check,
    configuration,
    customers,
    db,
    demo,
    documents,
    fetch,
    inbox,
    oauth2,
    read,
    secret,
    tickets,
)
from . import (
    log as log_command,
)
from . import (
    run as run_command,
)
from .exits import FAILED, OK, TRY_AGAIN, USAGE, exit_code
from .oauth_sentences import script
from .output import forgiving, opened
from .problems import fault_sentences
from .sentences import full_sentence
from .session import Command, Session, Window, group, log_without_file, session_of

log = logging.getLogger(__name__)

_LATER: Final = {
    "send": "sending mail",
}
_HELP: Final = f"""Administer the mailboxes of a helpdesk and bring their mail into tickets.

ACCOUNT is a name or a number. What stands under Options is understood by every command, before or after it.

Exit codes: 0 all done, 1 something failed, 2 wrong usage or bad file, 3 an account is being fetched elsewhere; read
alone ends with 75 on any failure.

Not offered yet: {", ".join(f"{name} ({what})" for name, what in _LATER.items())}.
"""
_NO_WINDOW: Final = {
    "no-display": "There is no display for the window here, so this is the demo. Commands: mailadmin --help",
    "not-installed": (
        'The window is not installed (mailadmin\'s extra "gui"), so this is the demo. Commands: mailadmin --help'
    ),
}
_PLAIN_WORDS: Final = (
    (r"Value error, ", ""),
    (r"Input should be a valid integer.*", "must be a whole number"),
    (r"Input should be a valid number.*", "must be a number"),
    (r"Input should be greater than or equal to (\S+)", r"must be at least \1"),
)

app = group(_HELP, no_args_is_help=False, invoke_without_command=True)
app.command(cls=Command)(fetch.fetch)
app.command(cls=Command)(check.check)
app.command(cls=Command)(read.read)
app.command(cls=Command)(run_command.run)
app.add_typer(accounts.app, name="accounts")
app.add_typer(inbox.app, name="inbox")
app.add_typer(tickets.app, name="tickets")
app.command(cls=Command)(configuration.apply)
app.command(cls=Command)(configuration.export)
app.add_typer(customers.app, name="customers")
app.add_typer(secret.app, name="secret")
app.add_typer(oauth2.app, name="oauth2")
app.add_typer(log_command.app, name="log")
app.add_typer(db.app, name="db")
app.command(cls=Command)(demo.demo)


@app.callback()
def everything(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    """What happens before a command, and without one."""
    session = session_of(context)
    if version:
        session.out.document({"version": __version__}) if session.json else session.out.say(f"mailadmin {__version__}")
        raise typer.Exit(OK)
    if context.invoked_subcommand is None:
        raise typer.Exit(_without_command(session))


def _without_command(session: Session) -> int:
    """The window; where there can be none, a sentence why, and the demo."""
    missing = session.window.missing() if session.window is not None else "not-installed"
    if session.window is not None and not missing:
        options = session.options
        session.set_up_logging(options)
        return session.window.open(options)
    session.out.complain(_NO_WINDOW[missing])
    session.out.complain("")
    return demo.show(session)


def _announce(name: str, what: str) -> None:
    """A command that comes later: known by its name, refused in a sentence."""

    def later(context: typer.Context) -> None:
        raise UserFixableError(Code.NOT_OFFERED_YET, {"what": what})

    settings = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(name, cls=Command, hidden=True, help=f"Comes later: {what}.", context_settings=settings)(later)


for _name, _what in _LATER.items():
    _announce(_name, _what)


def run(argv: Sequence[str], window: Window | None = None) -> int:
    """Run one command; the exit code. Never raises for the world's faults, nor for ours.

    :param argv: the arguments without the program's name
    :param window: the way to the window, for no command
    """
    opened()
    forgiving(sys.stdout)
    forgiving(sys.stderr)
    log_without_file(debug="--debug" in argv)
    diagnostics.install_crash_hook()
    session = Session(json="--json" in argv, window=window)
    try:
        code = _run(argv, session)
    except SystemExit as end:  # a signal during read, or a reader of our output that went away
        code = end.code if isinstance(end.code, int) else FAILED
    except (OSError, ValueError) as error:  # nobody takes the sentence about a failure
        log.info("standard error: %s", error)
        code = FAILED
    reading = _is_read(argv) or (code == USAGE and _may_be_read(argv))
    if reading and code != OK:
        code = TRY_AGAIN
    return _flushed(code, reading=reading)


def _run(argv: Sequence[str], session: Session) -> int:
    try:
        command = typer.main.get_command(app)
        code = command.main(list(argv), prog_name="mailadmin", standalone_mode=False, obj=session)
    except Exception as error:  # noqa: BLE001  (whatever it is: one sentence here, the traceback in the log)
        return told(error, session)
    return code if isinstance(code, int) else OK


def told(error: Exception, session: Session) -> int:
    """Say in a sentence what went wrong, whatever it is; the exit code."""
    match error:
        case typer.TyperException():
            return _wrong_usage(error, session)
        case typer.Abort():
            session.out.complain("Stopped.")
            return FAILED
        case BugError():
            return _bug(error, session)
        case MailadminError():
            return _failed(error, session)
        case BrokenPipeError():
            return FAILED
        case OSError():  # a full disk under standard output, no more file handles, ...
            return _refused_by_the_system(error, session)
        case _:
            return _bug(error, session)


def _is_read(argv: Sequence[str]) -> bool:
    """Whether the command is `read`, even if the line cannot be understood otherwise."""
    words = iter(argv)
    for word in words:
        if word in {"--database", "--home", "--key-file", "--passphrase-file"}:
            next(words, None)
        elif not word.startswith("-"):
            return word == "read"
    return False


def _may_be_read(argv: Sequence[str]) -> bool:
    """Whether a line that was not understood is one of `read`: what follows an unknown option may be its value."""
    return "read" in argv and argv[0].startswith("-")


def _document(session: Session, failure: documents.Document) -> None:
    """The document about a failure, when JSON is wanted and somebody takes it; the words follow in any case."""
    if session.json:
        with contextlib.suppress(OSError):
            session.out.document(failure)


def _failed(error: MailadminError, session: Session) -> int:
    log.info("failed: %s", error)
    _document(session, documents.failure(error))
    if isinstance(error, InvalidRecordError):
        for sentence in fault_sentences(error):
            session.out.complain(sentence)
        # Faults of a ticket without a number are those of a filter, which changes nothing anyway.
        if any(table != "ticket" or record for table, record, _ in error.faults):
            session.out.complain("Nothing was changed.")
    else:
        session.out.complain(full_sentence(error))
        for line in script(error).splitlines():
            session.out.complain(line)
    return exit_code(error)


def _wrong_usage(error: typer.TyperException, session: Session) -> int:
    context = getattr(error, "ctx", None)
    words = _plainly(error.format_message())
    _document(session, documents.plain_failure("usage", shown(words)))
    if context is not None and words == context.get_help():  # a group without a command
        session.out.complain(words)
        return USAGE
    session.out.complain(shown(words))
    path = context.command_path if context is not None else "mailadmin"
    session.out.complain(f"How it is used: {path} --help")
    return USAGE


def _plainly(words: str) -> str:
    """What is wrong with an argument, without the words of the library that found it."""
    for said, plain in _PLAIN_WORDS:
        words = re.sub(said, plain, words)
    return words


def _refused_by_the_system(error: OSError, session: Session) -> int:
    log.error("the operating system refused something", exc_info=error)
    where = f" ({shown(str(error.filename))})" if error.filename else ""
    text = f"The operating system refused what was needed: {error.strerror or type(error).__name__}{where}."
    session.out.complain(text)
    _document(session, documents.plain_failure("system", text))
    return FAILED


def _bug(error: Exception, session: Session) -> int:
    log.error("unexpected error", exc_info=error)
    where = diagnostics.log_file()
    kind = shown(str(error.facts.get("detail"))) if isinstance(error, BugError) else type(error).__name__
    there = f"The details are in {where}." if where else "Run it again with --debug for the details."
    text = f"This is a fault of mailadmin's own ({kind}). Please report it. {there}"
    _document(session, documents.plain_failure(Code.BUG.value, text))
    session.out.complain(text)
    return FAILED


def _flushed(code: int, *, reading: bool) -> int:
    """Write out what is left; when nobody takes it, end quietly all the same."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            log.info("%s: %s", getattr(stream, "name", ""), error)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code if reading else code or FAILED
    return code
