"""Before anything is looked up: the trust gate, what is computed of a mail, the filters, and what must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.decisions import AccountFacts, Because, Questions, RoutingSnapshot
from mailadmin.domain.x_headers import LOOP

from .copies import copy_key
from .filters import run_filters
from .headers import Headers
from .loops import loop_sign
from .parsing import ParsedMail
from .questions import questions_of
from .trace import Trace
from .trust import NO_LOOP, through_the_gate


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """A mail behind gate and filters. ``headers``: what counts of its headers, with what filters set.

    ``at``: when it was fetched (aware), which is "now" for everything the decision reckons. ``questions``: what
    :func:`decide` must have answered. ``copy_key``: a digest that all copies of this mail share; None when it has no
    Message-ID. ``trace``: what was noted until here.
    """

    mail: ParsedMail
    headers: Headers
    account: AccountFacts
    routing: RoutingSnapshot
    at: datetime
    questions: Questions
    copy_key: bytes | None
    trace: tuple[Because, ...]


def prepare(mail: ParsedMail, account: AccountFacts, routing: RoutingSnapshot, at: datetime) -> PreparedMail:
    """Take a mail through gate and filters; never raises."""
    trace = Trace(mail.problems)
    headers = through_the_gate(mail.headers, account, routing, trace)
    if _is_loop(mail, headers):
        headers = headers.with_values({LOOP: "yes"})
    headers = run_filters(routing.filters, mail, headers, account, trace)
    questions = questions_of(mail, headers, routing)
    return PreparedMail(mail, headers, account, routing, at, questions, copy_key(mail), trace.steps())


def _is_loop(mail: ParsedMail, headers: Headers) -> bool:
    """Whether a program wrote or passed on the mail, so that nobody waits for an answer (RFC 3834, postmaster.md 3.4).

    Filters see it in X-OTOBO-Loop and may set that otherwise.
    """
    return mail.bounce is not None or headers.text(LOOP).casefold() not in NO_LOOP or loop_sign(headers) is not None
