"""Whether a mail is answered by itself, and who gets the answer (PM-8, postmaster.md 4.6, RFC 3834)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from mailadmin.domain.addresses import address_key
from mailadmin.domain.decisions import Answers, Decision, DecisionKind, ResponseOrder
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.validation import is_address
from mailadmin.domain.vocabulary import STATES, StateType
from mailadmin.domain.x_headers import LOOP

from .bounces import ReportKind
from .dispatch import queue_facts
from .headers import Headers
from .loops import has_null_return_path, loop_sign, says_loop
from .parsing import ParsedMail
from .patterns import PatternFailedError, finds
from .preparing import PreparedMail
from .senders import count_key, reply_addresses
from .trace import Step, Trace

OLDEST: Final = timedelta(hours=24)
"""Older mail is not answered by itself: the answer would only confuse, and after an outage there would be many."""
MOST_RECIPIENTS: Final = 5
"""Addresses one answer goes to: a stranger writes the Reply-To."""
TYPES: Final = {
    DecisionKind.NEW_TICKET: ResponseType.AUTO_REPLY,
    DecisionKind.FOLLOW_UP: ResponseType.AUTO_FOLLOW_UP,
    DecisionKind.FOLLOW_UP_REJECTED: ResponseType.AUTO_REJECT,
    DecisionKind.FOLLOW_UP_NEW_TICKET: ResponseType.AUTO_REPLY_NEW_TICKET,
}


def order_response(decision: Decision, prepared: PreparedMail, answers: Answers, trace: Trace) -> ResponseOrder | None:
    """The auto-response to a mail that makes or joins a ticket, or None; every refusal is traced with its reason.

    The text is that of the queue where the ticket ends up. It goes to Reply-To, else to the sender. Nobody else gets
    a copy (OTOBO sends one to the customer): who did not write is not to be answered, least of all with a number that
    lets the reader of it write into the ticket.
    """
    routing, kind = prepared.routing, TYPES.get(decision.kind)
    queue = decision.new_queue or decision.queue
    response = routing.responses.get((queue.casefold(), kind)) if kind else None
    if response is None:
        return None
    said = {"response": response.name, "type": response.type.value}
    if refusal := next(_refusals(decision, prepared, queue), None):
        reason, header, value = refusal
        trace.add(Step.RESPONSE_REFUSED, **said, reason=reason, header=header, value=value)
        return None
    to = _Recipients(prepared, answers, response, trace).admitted()
    if not to:
        return None
    trace.add(Step.RESPONSE_ORDERED, **said, to=", ".join(to))
    return ResponseOrder(response, to, counted=tuple(dict.fromkeys(map(count_key, to))))


def _refusals(decision: Decision, prepared: PreparedMail, queue: str) -> Iterator[tuple[str, str, str]]:
    """What speaks against any answer: reason, and the header with its value where one says so."""
    mail, headers = prepared.mail, prepared.headers
    if decision.article.sender_type != "customer":
        yield "sender_type", "", decision.article.sender_type
    if decision.kind in {DecisionKind.NEW_TICKET, DecisionKind.FOLLOW_UP_NEW_TICKET}:
        _, state_type = prepared.routing.lists.states.get(
            decision.state.casefold(), ("", STATES.get(decision.state, StateType.OPEN))
        )
        if state_type in {StateType.CLOSED, StateType.REMOVED}:
            yield "closed", "", decision.state
    if mail.bounce or mail.report is not ReportKind.NONE:
        yield "report", "", mail.report.value
    if sign := _loop(headers):
        yield "loop", *sign
    if has_null_return_path(headers):
        yield "return_path", "Return-Path", "<>"
    if prepared.now - _written(mail, prepared.at) > OLDEST:
        yield "old", "", ""
    facts = queue_facts(prepared.routing, queue)
    if facts is None or not facts.sender_address:
        yield "no_sender", "", queue


def _loop(headers: Headers) -> tuple[str, str] | None:
    """The header that says that nothing must answer; X-OTOBO-Loop decides, which a filter may have set to "no"."""
    return loop_sign(headers) or (LOOP, headers.text(LOOP)) if says_loop(headers) else None


def _written(mail: ParsedMail, otherwise: datetime) -> datetime:
    """When the mail was written or first arrived anywhere near us, whichever is earlier: Date and the last Received."""
    times = [mail.date or otherwise]
    for value in mail.headers.values("received")[:1]:
        try:
            arrived = parsedate_to_datetime(value.rpartition(";")[2].strip()[:100])
            times.append((arrived if arrived.tzinfo else arrived.replace(tzinfo=UTC)).astimezone(UTC))
        except (ValueError, IndexError, TypeError, OverflowError):
            # The standard library's reader stumbles over some dates instead of refusing them.
            continue
    return min(times)


class _Recipients:
    """Asks of every address whether an answer may go there."""

    def __init__(self, prepared: PreparedMail, answers: Answers, response: AutoResponse, trace: Trace) -> None:
        self._routing = prepared.routing
        self._headers = prepared.headers
        self._answers = answers
        self._response = response
        self._trace = trace
        self._failed = False
        self._ours = {address_key(queue.sender_address) for queue in self._routing.queues.values()}

    def admitted(self) -> tuple[str, ...]:
        """Those that may have the answer; one that may not does not stand in the way of the others."""
        addresses = reply_addresses(self._headers)
        if not addresses:
            self._refuse("no_recipient", "")
        admitted: list[str] = []
        for address in addresses:
            if len(admitted) == MOST_RECIPIENTS:
                self._refuse("too_many", address, str(MOST_RECIPIENTS))
                break
            if self._may_have(address):
                admitted.append(address)
        return tuple(admitted)

    def _may_have(self, address: str) -> bool:
        routing, key, counted = self._routing, address_key(address), count_key(address)
        limits = routing.max_responses_of
        limit = limits.get(key, limits.get(counted, routing.max_responses))
        if not is_address(address):
            self._refuse("invalid", address)
        elif not {key, counted}.isdisjoint(self._ours | routing.addresses.keys()):
            self._refuse("own", address)
        elif self._is_excepted(address):
            self._refuse("pattern", address)
        elif self._answers.responses.get(counted, 0) >= limit:
            self._refuse("limit", address, str(limit))
        else:
            return True
        return False

    def _is_excepted(self, address: str) -> bool:
        pattern = self._routing.no_response_pattern
        try:
            return self._failed or (bool(pattern) and finds(pattern, address))
        except PatternFailedError:  # better no answer than one that was forbidden
            self._trace.add(Step.PATTERN_FAILED, name="SendNoAutoResponseRegExp")
            self._failed = True
            return True

    def _refuse(self, reason: str, address: str, limit: str = "") -> None:
        said = {"response": self._response.name, "type": self._response.type.value}
        self._trace.add(Step.RESPONSE_REFUSED, **said, reason=reason, address=address, limit=limit)
