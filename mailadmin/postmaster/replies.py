"""What a reply does to its ticket: reopen, lock, who may see it (PM-6, postmaster.md 4.4)."""

from __future__ import annotations

from mailadmin.domain.decisions import Answers, RoutingSnapshot, TicketFacts
from mailadmin.domain.vocabulary import FollowUpOption, StateType

from .addresses import address_field
from .customers import is_customer_of
from .dispatch import queue_facts
from .headers import Headers
from .message_ids import reference_ids
from .orders import Orders
from .parsing import ParsedMail
from .senders import sender_of
from .trace import Step, Trace


def option_for(ticket: TicketFacts, mail: ParsedMail, routing: RoutingSnapshot, trace: Trace) -> FollowUpOption:
    """What happens to a reply to this ticket: possible while it is open, else as its queue says.

    A bounce goes into its ticket whatever the queue says, by setting: nobody could read a refusal.
    """
    if not ticket.closed:
        return FollowUpOption.POSSIBLE
    queue = queue_facts(routing, ticket.queue)
    option = queue.follow_up if queue else FollowUpOption.POSSIBLE
    as_bounce = mail.bounce is not None and routing.bounce_as_follow_up and option is not FollowUpOption.POSSIBLE
    trace.add(
        Step.FOLLOW_UP_CLOSED,
        ticket=ticket.number,
        state=ticket.state,
        queue=ticket.queue,
        option=option.value,
        reason="bounce" if as_bounce else "",
    )
    return FollowUpOption.POSSIBLE if as_bounce else option


def new_state(
    ticket: TicketFacts, mail: ParsedMail, routing: RoutingSnapshot, orders: Orders, trace: Trace
) -> str | None:
    """The state a reply gives its ticket; None: it keeps its own.

    A report that a delivery is only late changes nothing by itself.
    """
    if orders.flag("State-Keep"):
        trace.add(Step.STATE_KEPT, state=ticket.state, reason="header")
        return None
    wanted = orders.state(ticket.state)
    if wanted is None:
        if ticket.kind is StateType.NEW:
            trace.add(Step.STATE_KEPT, state=ticket.state, reason="new")
            return None
        if mail.bounce is not None and mail.bounce.delayed:
            trace.add(Step.STATE_KEPT, state=ticket.state, reason="delayed")
            return None
        wanted = (routing.follow_up_state_closed if ticket.closed else "") or routing.follow_up_state
    if wanted.casefold() == ticket.state.casefold():
        return None
    trace.add(Step.STATE_CHANGED, from_=ticket.state, to=wanted)
    return wanted


def new_lock(ticket: TicketFacts, owner: str, routing: RoutingSnapshot, orders: Orders, trace: Trace) -> str | None:
    """The lock a reply gives its ticket; None: it keeps its own.

    By header; else a ticket whose owner is no valid agent any more is unlocked, so that others see it; else a closed
    one is locked for its owner where its queue says so. One that nobody owns is not: it would be locked for all.

    :param owner: the ticket's owner after the reply; empty: nobody
    """
    queue = queue_facts(routing, ticket.queue)
    wanted, reason = orders.lock(ticket.lock), "header"
    if wanted is None and owner and owner.casefold() not in routing.lists.agents:
        wanted, reason = "unlock", "owner"
    elif wanted is None and owner and ticket.closed and queue and queue.follow_up_lock:
        wanted, reason = "lock", "closed"
    if wanted is None or wanted == ticket.lock:
        return None
    trace.add(Step.LOCK_CHANGED, from_=ticket.lock, to=wanted, reason=reason)
    return wanted


def is_internal(ticket: TicketFacts, headers: Headers, answers: Answers, trace: Trace) -> bool:
    """Whether the ticket's customer is not to see the reply of somebody else, because it answers an internal mail.

    That is when an agent's internal mail of this ticket went to the sender (or to whom answers shall go), or when the
    reply refers to one. Message-IDs are compared in brackets on both sides, which OTOBO fails to do.
    """
    sender = sender_of(headers)
    if sender and is_customer_of(ticket.customer, sender, answers):
        return False
    for mailbox in (*((sender,) if sender else ()), *address_field(headers, "reply-to").addresses):
        if mailbox.key in ticket.confidants:
            trace.add(Step.ARTICLE_INTERNAL, by="sender", value=mailbox.address)
            return True
    for message_id in reference_ids(headers):
        if message_id in ticket.internal_ids:
            trace.add(Step.ARTICLE_INTERNAL, by="references", value=message_id)
            return True
    return False
