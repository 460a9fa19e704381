"""Which queue a new ticket goes to (PM-3, postmaster.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mailadmin.domain.addresses import without_plus
from mailadmin.domain.decisions import AccountFacts, QueueFacts, RoutingSnapshot

from .addresses import address_field
from .headers import Headers
from .orders import Orders
from .trace import Step, Trace

RECIPIENT_HEADERS: Final = ("Resent-To", "Envelope-To", "To", "Cc", "Delivered-To", "X-Original-To")
_RAW: Final = "Raw"
_MOST_SHOWN: Final = 8


def choose_queue(
    headers: Headers, account: AccountFacts, routing: RoutingSnapshot, orders: Orders, trace: Trace
) -> str:
    """Find the queue: X-OTOBO-Queue, the account's queue, the recipients, the default queue, Raw, the first valid one.

    A queue that is unknown or not valid receives nothing: the next rule applies, and the trace says so. Gives the
    queue's name as it is configured; without any valid queue the name of the default.
    """
    header, wanted = orders.peek("Queue")
    if wanted and (queue := _usable(routing, wanted, trace, by="header", header=header)):
        trace.add(Step.QUEUE_CHOSEN, by="header", queue=queue, header=header)
        return queue
    if account.queue and (queue := _usable(routing, account.queue, trace, by="account")):
        trace.add(Step.QUEUE_CHOSEN, by="account", queue=queue)
        return queue
    if queue := _by_address(headers, routing, trace):
        return queue
    for by, name in (("default", routing.default_queue), ("raw", _RAW)):
        if queue := _usable(routing, name, trace, by=by):
            trace.add(Step.QUEUE_CHOSEN, by=by, queue=queue)
            return queue
    first = next((queue.name for queue in routing.queues.values() if queue.valid), routing.default_queue or _RAW)
    trace.add(Step.QUEUE_CHOSEN, by="first", queue=first)
    return first


def queue_facts(routing: RoutingSnapshot, name: str) -> QueueFacts | None:
    """A queue by its name in any case; None when there is none."""
    return routing.queues.get(name.strip().casefold())


def _usable(routing: RoutingSnapshot, name: str, trace: Trace, *, by: str, header: str = "", address: str = "") -> str:
    facts = queue_facts(routing, name)
    if facts is not None and facts.valid:
        return facts.name
    reason = "unknown" if facts is None else "invalid"
    trace.add(Step.QUEUE_PASSED_OVER, by=by, queue=name, reason=reason, header=header, address=address)
    return ""


def _by_address(headers: Headers, routing: RoutingSnapshot, trace: Trace) -> str:
    looked_at: list[str] = []
    passed_over: set[tuple[str, str]] = set()
    for header in RECIPIENT_HEADERS:
        if header not in headers:
            continue
        unknown: list[str] = []
        for mailbox in address_field(headers, header).addresses:
            linked = False
            for plain, key in _forms(mailbox.key, routing):
                name = routing.addresses.get(key)
                if name is None:
                    continue
                linked = True
                if (name, key) in passed_over:
                    continue
                passed_over.add((name, key))
                facts = {"by": "address", "header": header, "address": mailbox.address}
                if queue := _usable(routing, name, trace, **facts):
                    _tell(trace, looked_at, header, unknown)
                    trace.add(Step.QUEUE_CHOSEN, queue=queue, plain=plain, **facts)
                    return queue
            if not linked:
                unknown.append(mailbox.address)
        if unknown:  # a group without members, or all of them lead to queues that are not valid
            looked_at.append(_line(header, unknown))
    _tell(trace, looked_at, "", [])
    return ""


def _forms(key: str, routing: RoutingSnapshot) -> Iterator[tuple[str, str]]:
    """An address as it is, then (with plus-addressing) without what stands behind the first + of its local part.

    The first of each pair is for the trace: the address as it was cut, or empty.
    """
    yield "", key
    if routing.plus_addressing and (plain := without_plus(key)) != key:
        yield plain, plain


def _line(header: str, addresses: list[str]) -> str:
    more = len(addresses) - _MOST_SHOWN
    return f"{header}: {', '.join(addresses[:_MOST_SHOWN])}" + (f" (+{more})" if more > 0 else "")


def _tell(trace: Trace, looked_at: list[str], header: str, unknown: list[str]) -> None:
    if unknown:
        looked_at.append(_line(header, unknown))
    if looked_at:
        trace.add(Step.QUEUE_LOOKED, looked_at="; ".join(looked_at))
