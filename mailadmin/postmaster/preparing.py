"""Before anything is looked up: the trust gate, what is computed of a mail, the filters, and what must be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailadmin.domain.decisions import AccountFacts, Because, Questions, RoutingSnapshot
from mailadmin.domain.x_headers import LOOP

from .clues import Clue, clues_in
from .copies import copy_key
from .filters import run_filters
from .headers import Headers
from .loops import loop_sign, says_loop
from .parsing import ParsedMail
from .questions import questions_of
from .trace import MOST_OF_GATE, Trace
from .trust import through_the_gate


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """A mail behind gate and filters. ``headers``: what counts of its headers, with what filters set.

    ``at``: when it was fetched (aware), from which times to wait for are reckoned; ``now``: when it is decided, which
    is later when it was held or set aside. ``questions``: what :func:`decide` must have answered; ``clues``: what leads
    to its ticket. ``copy_key``: see :func:`copy_key`. ``trace``: what was noted until here.
    """

    mail: ParsedMail
    headers: Headers
    account: AccountFacts
    routing: RoutingSnapshot
    at: datetime
    now: datetime
    clues: tuple[Clue, ...]
    questions: Questions
    copy_key: bytes | None
    trace: tuple[Because, ...]


def prepare(
    mail: ParsedMail, account: AccountFacts, routing: RoutingSnapshot, at: datetime, now: datetime | None = None
) -> PreparedMail:
    """Take a mail through gate and filters; never raises.

    :param at: when it was fetched
    :param now: None: just then
    """
    trace = Trace(mail.problems, most=MOST_OF_GATE)
    headers = through_the_gate(mail.headers, account, routing, trace)
    if mail.bounce is not None or says_loop(headers) or loop_sign(headers) is not None:
        headers = headers.with_values({LOOP: "yes"})  # filters see it, and may set it otherwise
    headers = run_filters(routing.filters, mail, headers, account, trace)
    clues = tuple(clues_in(mail, headers, routing, trace))
    questions = questions_of(headers, routing, clues)
    return PreparedMail(mail, headers, account, routing, at, now or at, clues, questions, copy_key(mail), trace.steps())
