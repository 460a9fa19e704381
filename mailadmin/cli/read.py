"""``mailadmin read``: one message on standard input, as a mail server's pipe gives it (PM-11).

A pipe bounces a mail on any exit code but 75, so every failure ends with 75; some mail servers bounce on any output,
so success says nothing (unless asked for JSON).
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Annotated, NoReturn

import typer

from mailadmin.domain.errors import Code, UserFixableError

from . import documents, report
from .exits import OK, TRY_AGAIN
from .session import session_of

log = logging.getLogger(__name__)


def read(
    context: typer.Context,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Take it as mail of this account: its queue, its ticket type, its filters."),
    ] = None,
    queue: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Put it into this queue, whatever its address; a filter or header goes first."
        ),
    ] = "",
    trusted: Annotated[
        bool,
        typer.Option(
            "--trusted", help="Let its X-OTOBO headers count; without this none does, whatever the account says."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it; change nothing.")] = False,
) -> int:
    """Take one message on standard input.

    For a mail server's pipe. Exit code: 0 committed (even if quarantined), 75 everything else: the mail server tries
    again. A message that was read before is not imported again.
    """
    session = session_of(context)
    with _signals_mean_later():
        if sys.stdin is None:  # closed by whoever started us
            raise UserFixableError(Code.EMPTY_INPUT)
        raw = sys.stdin.buffer.read()
        with session.application() as application:
            of = application.accounts.get(account) if account else None
            if dry_run:
                _, decision = application.reading.preview(raw, account=of, queue=queue, trusted=trusted)
                already = application.reading.already_here(raw, of)
                if session.json:
                    session.out.document(documents.preview(decision, already))
                elif already is not None:
                    report.already_here(session.out, already)
                else:
                    report.preview(session.out, decision)
                return OK
            done = application.reading.read(raw, account=of, queue=queue, trusted=trusted)
            if done is None:
                log.info("a message was read: it waits to be processed")
            else:
                log.info(
                    "a message was read: %s, message %s, ticket %s", done.outcome, done.inbox_id, done.ticket or "-"
                )
        if session.json:
            try:
                session.out.document(documents.processed(done))
            except OSError as error:  # the message is safe; that nobody listens does not change this
                log.info("the result could not be written: %s", error)
        return OK


@contextlib.contextmanager
def _signals_mean_later() -> Iterator[None]:
    """A pipe that is told to end has the mail delivered again; what was committed is then recognised."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def later(number: int, frame: object) -> NoReturn:
        raise SystemExit(TRY_AGAIN)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, later) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
