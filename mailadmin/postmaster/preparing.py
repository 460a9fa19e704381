"""Before anything is looked up: the trust gate, what is computed of a mail, the filters, and what must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.decisions import AccountFacts, Because, Questions, RoutingSnapshot

from .followups import questions_of
from .headers import Headers
from .parsing import ParsedMail
from .trace import Trace
from .trust import through_the_gate


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
    headers = through_the_gate(mail.headers, trusted=account.trusted, trace=trace)
    return PreparedMail(mail, headers, account, routing, at, questions_of(headers, routing), None, trace.steps())
