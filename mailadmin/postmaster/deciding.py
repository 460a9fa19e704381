"""The decision: what becomes of a mail, in the order of postmaster.md 4.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from mailadmin.domain.decisions import Answers, ArticleDraft, Decision, DecisionKind, TicketFacts
from mailadmin.domain.validation import is_address
from mailadmin.domain.vocabulary import FollowUpOption

from .article import ArticleMaker
from .customers import find_customer
from .dispatch import choose_queue, queue_facts
from .followups import Recognition, find_ticket
from .numbers import without_number
from .orders import Orders
from .preparing import PreparedMail
from .replies import is_internal, new_lock, new_state, option_for
from .responses import order_response
from .senders import sender_of
from .trace import Step, Trace

NO_SUBJECT: Final = "(no subject)"
"""The title of a ticket whose mail has no subject."""
LONGEST_TITLE: Final = 191
_Value = TypeVar("_Value", str, datetime)


def decide(prepared: PreparedMail, answers: Answers) -> Decision:
    """Say what becomes of a mail, and why; never raises.

    The texts of the decision are clean (see clean_text) and cut to what an article keeps.
    """
    trace = Trace(prepared.trace)
    decision = _Deciding(prepared, answers, trace).decision()
    response = order_response(decision, prepared, answers, trace)
    return replace(decision, response=response, because=trace.steps())


class _Deciding:
    """Decides one mail."""

    def __init__(self, prepared: PreparedMail, answers: Answers, trace: Trace) -> None:
        self._prepared = prepared
        self._mail = prepared.mail
        self._headers = prepared.headers
        self._routing = prepared.routing
        self._answers = answers
        self._trace = trace
        maker = ArticleMaker(
            prepared.mail,
            trace,
            html_to_text=prepared.routing.auto_html_to_text,
            images_as_attachments=prepared.account.images_as_attachments,
        )
        self._draft = maker.draft()

    def decision(self) -> Decision:
        """Ignored, else a follow-up of the ticket it belongs to, else held, else a new ticket."""
        orders = self._orders(follow_up=False)
        if orders.ignore():
            return Decision(kind=DecisionKind.IGNORED, article=self._draft)
        found = find_ticket(self._prepared, self._answers, self._trace)
        if found.ticket is not None:
            option = option_for(found.ticket, self._mail, self._routing, self._trace)
            if option is FollowUpOption.REJECT:
                return self._rejected(found.ticket, found, orders)
            if option is FollowUpOption.POSSIBLE:
                return self._follow_up(found.ticket, found)
        return self._new_ticket(found, orders)

    def _orders(self, *, follow_up: bool) -> Orders:
        return Orders(self._headers, self._trace, self._routing, follow_up=follow_up)

    # --- follow-ups ---

    def _follow_up(self, ticket: TicketFacts, found: Recognition) -> Decision:
        orders = self._orders(follow_up=True)
        owner = _changed(orders.owner(ticket.owner), ticket.owner)
        ticket_fields, article_fields = orders.fields()
        return Decision(
            kind=DecisionKind.FOLLOW_UP,
            article=self._article(orders, article_fields, found, ticket),
            ticket=ticket,
            queue=ticket.queue,
            new_owner=owner,
            new_responsible=_changed(orders.responsible(ticket.responsible), ticket.responsible),
            new_state=new_state(ticket, self._mail, self._routing, orders, self._trace),
            new_pending_until=_changed(
                orders.pending_until(self._prepared.at, ticket.pending_until), ticket.pending_until
            ),
            new_priority=_changed(orders.priority(ticket.priority), ticket.priority),
            new_queue=self._new_queue(ticket, orders),
            new_lock=new_lock(ticket, owner or ticket.owner, self._routing, orders, self._trace),
            new_type=_changed(orders.type(ticket.type), ticket.type),
            new_service=_changed(orders.service(ticket.service), ticket.service),
            new_sla=_changed(orders.sla(ticket.sla), ticket.sla),
            new_title=_changed(orders.text("Title", ticket.title), ticket.title),
            fields=ticket_fields,
            bounce=self._mail.bounce,
        )

    def _rejected(self, ticket: TicketFacts, found: Recognition, orders: Orders) -> Decision:
        """The article alone, and no change; its dynamic fields by the FollowUp headers, the rest by the others."""
        _, article_fields = self._orders(follow_up=True).fields()
        return Decision(
            kind=DecisionKind.FOLLOW_UP_REJECTED,
            article=self._article(orders, article_fields, found, ticket),
            ticket=ticket,
            queue=ticket.queue,
            bounce=self._mail.bounce,
        )

    def _new_queue(self, ticket: TicketFacts, orders: Orders) -> str | None:
        header, wanted = orders.peek("Queue")
        if not wanted:
            return None
        facts = queue_facts(self._routing, wanted)
        if facts is None or not facts.valid:
            reason = "unknown" if facts is None else "invalid"
            self._trace.add(Step.QUEUE_PASSED_OVER, by="header", queue=wanted, reason=reason, header=header)
            return None
        self._trace.add(Step.QUEUE_CHOSEN, by="header", queue=facts.name, header=header)
        return _changed(facts.name, ticket.queue)

    # --- new tickets ---

    def _new_ticket(self, found: Recognition, orders: Orders) -> Decision:
        old, account, routing = found.ticket, self._prepared.account, self._routing
        customer = find_customer(self._headers, orders, self._answers, routing, self._trace)
        if routing.hold_unknown_senders and not (customer.known or old or self._mail.bounce):
            return self._held()
        ticket_fields, article_fields = orders.fields()
        return Decision(
            kind=DecisionKind.FOLLOW_UP_NEW_TICKET if old else DecisionKind.NEW_TICKET,
            article=self._article(orders, article_fields, found, None),
            queue=choose_queue(self._headers, account, routing, orders, self._trace),
            ticket=old,
            title=orders.text("Title") or self._title(found),
            state=orders.state() or routing.default_state,
            priority=orders.priority() or routing.default_priority,
            lock=orders.lock() or "unlock",
            ticket_type=orders.type() or account.ticket_type,
            customer=customer.customer,
            customer_id=customer.customer_id,
            owner=orders.owner() or "",
            responsible=orders.responsible() or "",
            service=orders.service() or "",
            sla=orders.sla() or "",
            pending_until=orders.pending_until(self._prepared.at),
            fields={**self._external_numbers(found, ticket_fields), **ticket_fields},
            bounce=self._mail.bounce,
        )

    def _external_numbers(self, found: Recognition, ordered: Mapping[str, str]) -> dict[str, str]:
        """The fields that carry numbers of other systems on, but for those that headers set."""
        taken = {field.casefold() for field in ordered}
        carried = {field: number for field, number in found.fields.items() if field.casefold() not in taken}
        for field, number in carried.items():
            self._trace.add(Step.EXTERNAL_NUMBER, field=field, value=number)
        return carried

    def _held(self) -> Decision:
        """Without an address nobody can be made known: such a mail waits for somebody who decides it by hand."""
        sender = sender_of(self._headers)
        self._trace.add(Step.HELD, address=sender.address if sender else "")
        held_for = sender.key if sender and is_address(sender.address) else ""
        return Decision(kind=DecisionKind.HELD, article=self._draft, held_for=held_for)

    def _title(self, found: Recognition) -> str:
        """The subject without the numbers of tickets that the mail did not get into: they would lead replies astray."""
        subject = self._draft.subject
        for number in (*((found.ticket.number,) if found.ticket else ()), *found.strange):
            subject = without_number(subject, number, self._routing)
        return subject[:LONGEST_TITLE] or NO_SUBJECT

    # --- the article ---

    def _article(
        self, orders: Orders, fields: Mapping[str, str], found: Recognition, ticket: TicketFacts | None
    ) -> ArticleDraft:
        """Who wrote it and who may see it: as a header says, else as the rule of an external number, else as usual.

        :param ticket: the one the article goes into; None: a new one
        """
        rule = found.rule
        sender_type = orders.sender_type(rule.sender_type if rule else "customer")
        visible = rule.visible_for_customer if rule else True
        if ticket and visible and sender_type == "customer" and self._routing.visibility_check:
            visible = not is_internal(ticket, self._headers, self._answers, self._trace)
        visible = orders.visible_for_customer(default=visible)
        return replace(self._draft, sender_type=sender_type, visible_for_customer=visible, fields=fields)


def _changed(wanted: _Value | None, before: _Value | None) -> _Value | None:
    """What a header asks for; None when nothing, or when it is so already."""
    return wanted if wanted != before else None
