"""``mailadmin demo``: the main job on a throw-away database, with a built-in mail server and sample mail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mailadmin.bootstrap import Application, throw_away_options
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.domain.outcomes import FetchOutcome
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Ticket

from . import documents, fetch_report, report
from .fetch import exit_code
from .session import Session, log_without_file, session_of
from .stopping import stop_on_signals
from .wording import count, quoted


def demo(
    context: typer.Context,
    screenshots: Annotated[Path | None, typer.Option(metavar="DIR", help="Pictures of the window.")] = None,
) -> int:
    """Show the main job with sample mail.

    A built-in mail server is fetched into a throw-away database, which is gone afterwards.
    """
    session = session_of(context)
    if screenshots is None:
        return show(session)
    if session.window is None or session.window.missing() == "not-installed":
        raise UserFixableError(Code.NOT_OFFERED_YET, {"what": 'a window without the extra "gui"'})
    return session.window.take_pictures(screenshots)


def show(session: Session) -> int:
    """Run the demo; the exit code. Its files are gone afterwards."""
    with throw_away_options() as options:
        try:
            with session.application(options) as application:
                return _show(session, application)
        finally:
            log_without_file(debug=session.debug)  # the log file goes with the folder


def _show(session: Session, application: Application) -> int:
    out = session.out
    if not session.json:
        out.say("A built-in mail server with sample mail is fetched into a throw-away database.")
        out.say()
    with stop_on_signals(tell=out.errors.is_terminal) as stop, fetch_report.watching(out) as watch:
        outcomes = application.demo.run(watch, stop)
    tickets = application.tickets.list()
    if session.json:
        out.document([documents.ticket(one) for one in tickets])
    else:
        _tell(session, application, outcomes, tickets)
    return exit_code(outcomes)


def _tell(
    session: Session, application: Application, outcomes: Sequence[FetchOutcome], tickets: Sequence[Ticket]
) -> None:
    out = session.out
    fetch_report.results(out, outcomes, sum(one.seconds for one in outcomes), None)
    out.say()
    report.tickets_by_queue(out, tickets)
    if tickets:
        longest = max(tickets, key=lambda ticket: (ticket.articles, ticket.number))
        articles = application.tickets.articles(longest)
        out.section("One of these tickets, as a conversation")
        report.conversation(out, longest, articles)
        out.section(f"Why the {'last' if len(articles) > 1 else 'only'} of its mails is there")
        report.why(out, articles[-1].decision_kind, articles[-1].because, ticket=longest.number)
    _tell_quarantine(session, application.inbox.list(state=InboxState.QUARANTINED), _broken(application, tickets))
    out.section("What to do next")
    out.bullet("Describe your own mailbox in a file, and bring it in: mailadmin apply FILE, then mailadmin fetch.")
    out.bullet("See all commands with: mailadmin --help")


def _broken(application: Application, tickets: Sequence[Ticket]) -> Ticket | None:
    """The ticket of the mail that was damaged on its way, as PostMaster noticed."""
    for ticket in tickets:
        for article in application.tickets.articles(ticket):
            if any(because.facts.get("problem") == "encoding_damaged" for because in article.because):
                return ticket
    return None


def _tell_quarantine(session: Session, found: Sequence[InboxMessage], broken: Ticket | None) -> None:
    session.out.section("In quarantine")
    if not found:
        session.out.say("Nothing: every mail could be processed.")
        if broken is not None:
            session.out.say(
                f"One came broken, cut off in the middle; what could be read is ticket {broken.number}, "
                f"{quoted(shown(broken.title))}."
            )
        return
    session.out.say(f"{count(len(found), 'message')} could not be processed; they are kept as they came.")
    report.messages(session.out, found, filtered=True)
