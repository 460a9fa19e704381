"""``mailadmin run``: fetch by the schedules, without a window, until told to stop (FE-3)."""

from __future__ import annotations

from datetime import datetime

import typer

from mailadmin.domain.outcomes import FetchOutcome

from . import documents, fetch_report
from .exits import OK
from .session import session_of
from .stopping import stop_on_signals
from .wording import count


def run(context: typer.Context) -> int:
    """Fetch accounts when they are due.

    Goes on until SIGTERM or Ctrl-C. One line for each fetch; with --json one document,
    on a line of its own.
    """
    session = session_of(context)

    def tell(outcome: FetchOutcome) -> None:
        if session.json:
            session.out.document(documents.outcome(outcome))
        else:
            now = datetime.now().astimezone()
            session.out.say(f"{now:%Y-%m-%d %H:%M:%S} {fetch_report.line(outcome)}")

    with (
        stop_on_signals(tell=session.out.errors.is_terminal) as stop,
        session.application(quiet=False) as application,
    ):
        accounts = application.schedule.due_times()
        if not session.json:
            session.out.say(
                f"Fetching {count(len(accounts), 'account')} by schedule. Stop with Ctrl-C."
                if accounts
                else "There is no valid account yet; waiting for one. Add one with: mailadmin apply FILE"
            )
        application.schedule.run(stop, tell)
    return OK
