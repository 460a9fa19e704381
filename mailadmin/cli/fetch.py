"""``mailadmin fetch``: bring mail in, now (FE-1, FE-2)."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.outcomes import FetchOutcome, FetchStatus
from mailadmin.services.fetch import FetchOptions
from mailadmin.services.fetch.dry_run import Preview

from . import documents, fetch_report
from .exits import BUSY, FAILED, OK
from .output import Output
from .session import session_of
from .stopping import stop_on_signals


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a number of seconds is needed")
    return value


def fetch(
    context: typer.Context,
    accounts: Annotated[
        list[str] | None, typer.Argument(metavar="[ACCOUNT ...]", help="Names or numbers; none: all valid ones.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most N new messages for each account.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", callback=_finite, help="At most so long for each account."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Connect, list, download and decide; change nothing (but renew tokens).")
    ] = False,
) -> int:
    """Fetch mail into tickets.

    Exit code: 0 all done (quarantined and too big messages included), 1 something failed, 2 wrong usage, 3 nothing
    failed, but an account is being fetched elsewhere.
    """
    session = session_of(context)
    started = time.monotonic()
    with session.application() as application:
        chosen = application.accounts.select(accounts) if accounts else None
        options = FetchOptions(limit or 0, timeout)
        every = application.accounts.all() if limit else []
        outcomes, previews = _run(application, chosen, options, session.out, dry_run=dry_run)
    seconds = time.monotonic() - started
    if session.json:
        session.out.document(documents.fetch(outcomes, seconds, previews))
    else:
        fetch_report.results(session.out, outcomes, seconds, previews)
        if limit and not dry_run:
            fetch_report.waiting(session.out, outcomes, every, limit)
    return exit_code(outcomes)


def _run(
    application: Application,
    chosen: Sequence[IncomingAccount] | None,
    options: FetchOptions,
    out: Output,
    *,
    dry_run: bool,
) -> tuple[list[FetchOutcome], list[Preview] | None]:
    with stop_on_signals(tell=out.errors.is_terminal) as stop:
        if dry_run:
            if chosen is None:
                chosen = [one for one in application.accounts.all() if one.validity is Validity.VALID]
            return application.dry_run.fetch(chosen, options.limit, options.timeout, stop)
        with fetch_report.watching(out) as watch:
            return application.fetching.fetch(chosen, options, on_progress=watch, should_stop=stop), None


def exit_code(outcomes: Sequence[FetchOutcome]) -> int:
    """What a fetch that came to this ends with (CLI.md)."""
    statuses = {outcome.status for outcome in outcomes}
    if statuses & {FetchStatus.FAILED, FetchStatus.INVALID, FetchStatus.STOPPED}:
        return FAILED
    return BUSY if FetchStatus.BUSY in statuses else OK
