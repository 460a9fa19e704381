"""The decision: what becomes of a mail, in the order of postmaster.md 4.1."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mailadmin.domain.decisions import (
    AccountFacts,
    Answers,
    ArticleDraft,
    AttachmentDraft,
    Decision,
    DecisionKind,
    RoutingSnapshot,
    TicketFacts,
)
from mailadmin.domain.vocabulary import FollowUpOption

from .addresses import AddressField, address_field
from .bodies import LONGEST_BODY
from .dispatch import choose_queue, queue_facts
from .followups import (
    LONGEST_SUBJECT,
    find_ticket,
    message_id_of,
    new_lock,
    new_state,
    option_for,
    without_number,
)
from .headers import Headers, split_header
from .html import html_to_text, with_images_by_id, without_images
from .parsing import ParsedMail, draft_of
from .preparing import PreparedMail
from .trace import Step, Trace
from .trust import Orders

NO_SUBJECT: Final = "(no subject)"
"""The title of a ticket whose mail has no subject."""
NO_TEXT: Final = "(no text: see the attachments)"
"""The body of an article whose mail holds attachments only."""
LONGEST_TITLE: Final = 191
_LONGEST_FIELD: Final = 16_000
"""Characters of an address or reference field that an article keeps: fits a column of 65,535 octets in any script."""


def sender_and_subject(head: bytes) -> tuple[str, str]:
    """What the article of a mail will say its sender and subject are, by the beginning of its octets."""
    headers = split_header(head).headers
    return address_field(headers, "from").shown[:_LONGEST_FIELD], headers.text("subject")[:LONGEST_SUBJECT]


def decide(prepared: PreparedMail, answers: Answers) -> Decision:
    """Say what becomes of a mail, and why; never raises.

    The texts of the decision are clean (see clean_text) and cut to what an article keeps.
    """
    mail, headers, account, routing = prepared.mail, prepared.headers, prepared.account, prepared.routing
    trace = Trace(prepared.trace)
    orders = Orders(headers, trace)
    sender = address_field(headers, "from")
    draft = _Article(mail, headers, sender, account, routing, trace).draft()
    if orders.ignore():
        return Decision(kind=DecisionKind.IGNORED, article=draft, because=trace.steps())
    ticket = find_ticket(prepared.questions, answers, trace)
    option = option_for(ticket, routing, trace) if ticket else None
    if ticket and option is not FollowUpOption.NEW_TICKET:
        rejected = option is FollowUpOption.REJECT
        return _follow_up(ticket, draft, headers, routing, trace, rejected=rejected)
    return _new_ticket(ticket, draft, headers, account, routing, orders, sender, trace)


def _follow_up(
    ticket: TicketFacts,
    draft: ArticleDraft,
    headers: Headers,
    routing: RoutingSnapshot,
    trace: Trace,
    *,
    rejected: bool,
) -> Decision:
    orders = Orders(headers, trace, follow_up=not rejected)
    article = replace(draft, sender_type=orders.sender_type(), visible_for_customer=orders.visible_for_customer())
    if rejected:
        kind = DecisionKind.FOLLOW_UP_REJECTED
        return Decision(kind=kind, article=article, ticket=ticket, queue=ticket.queue, because=trace.steps())
    title = orders.text("Title")
    return Decision(
        kind=DecisionKind.FOLLOW_UP,
        article=article,
        ticket=ticket,
        queue=ticket.queue,
        new_state=new_state(ticket, routing, orders, trace),
        new_lock=new_lock(ticket, routing, orders, trace),
        new_priority=orders.priority(),
        new_queue=_new_queue(ticket, routing, orders, trace),
        new_title=title if title != ticket.title else None,
        because=trace.steps(),
    )


def _new_queue(ticket: TicketFacts, routing: RoutingSnapshot, orders: Orders, trace: Trace) -> str | None:
    header, wanted = orders.peek("Queue")
    if not wanted:
        return None
    facts = queue_facts(routing, wanted)
    if facts is None or not facts.valid:
        reason = "unknown" if facts is None else "invalid"
        trace.add(Step.QUEUE_PASSED_OVER, by="header", queue=wanted, reason=reason, header=header)
        return None
    trace.add(Step.QUEUE_CHOSEN, by="header", queue=facts.name, header=header)
    return facts.name if facts.name != ticket.queue else None


def _new_ticket(
    old: TicketFacts | None,
    draft: ArticleDraft,
    headers: Headers,
    account: AccountFacts,
    routing: RoutingSnapshot,
    orders: Orders,
    sender: AddressField,
    trace: Trace,
) -> Decision:
    queue = choose_queue(headers, account, routing, orders, trace)
    subject = without_number(draft.subject, old.number, routing) if old else draft.subject
    article = replace(draft, sender_type=orders.sender_type(), visible_for_customer=orders.visible_for_customer())
    return Decision(
        kind=DecisionKind.FOLLOW_UP_NEW_TICKET if old else DecisionKind.NEW_TICKET,
        article=article,
        queue=queue,
        ticket=old,
        title=orders.text("Title") or subject[:LONGEST_TITLE] or NO_SUBJECT,
        state=orders.state() or routing.default_state,
        priority=orders.priority() or routing.default_priority,
        lock=orders.lock() or "unlock",
        ticket_type=orders.text("Type") or account.ticket_type,
        customer=orders.text("CustomerUser") or _customer(sender, trace),
        customer_id=orders.text("CustomerNo") or "",
        because=trace.steps(),
    )


def _customer(sender: AddressField, trace: Trace) -> str:
    """The bare address of the first sender; OTOBO takes the last, which lets anybody put a name of his own in front."""
    addresses = [mailbox.address.lower()[:LONGEST_TITLE] for mailbox in sender.addresses]
    if not addresses:
        return ""
    trace.add(Step.CUSTOMER, address=addresses[0], others=", ".join(addresses[1:9]))
    return addresses[0]


class _Article:
    """Makes the article of a mail."""

    def __init__(
        self,
        mail: ParsedMail,
        headers: Headers,
        sender: AddressField,
        account: AccountFacts,
        routing: RoutingSnapshot,
        trace: Trace,
    ) -> None:
        self._mail = mail
        self._headers = headers
        self._sender = sender
        self._account = account
        self._routing = routing
        self._trace = trace

    def draft(self) -> ArticleDraft:
        """The article as every decision keeps it."""
        body, body_type, attachments = self._body()
        if self._account.images_as_attachments:
            attachments = self._images_as_attachments(attachments)
        headers = self._headers
        return ArticleDraft(
            sender=self._cut("From", self._sender.shown),
            to=self._cut("To", address_field(headers, "to").shown),
            cc=self._cut("Cc", address_field(headers, "cc").shown),
            reply_to=self._cut("Reply-To", address_field(headers, "reply-to").shown),
            subject=self._cut("Subject", headers.text("subject"), LONGEST_SUBJECT),
            message_id=message_id_of(headers),
            in_reply_to=self._cut("In-Reply-To", headers.text("in-reply-to")),
            references=self._cut("References", headers.text("references")),
            date=self._mail.date,
            body=body,
            body_type=body_type,
            attachments=attachments,
        )

    def _body(self) -> tuple[str, str, tuple[AttachmentDraft, ...]]:
        mail = self._mail
        if mail.text is not None:
            return mail.text, "text/plain", mail.attachments
        if mail.html is None:
            return NO_TEXT if mail.attachments else "", "text/plain", mail.attachments
        made: tuple[AttachmentDraft, ...] = ()
        if self._routing.auto_html_to_text or len(mail.html) > LONGEST_BODY:
            content_type = 'text/html; charset="utf-8"'
            made = (
                draft_of(mail.html.encode(), filename=mail.html_name, content_type=content_type, path=mail.html_path),
            )
        if self._routing.auto_html_to_text:
            return html_to_text(mail.html)[:LONGEST_BODY], "text/plain", (*made, *mail.attachments)
        if self._account.images_as_attachments:
            return without_images(mail.html)[:LONGEST_BODY], "text/html", (*made, *mail.attachments)
        html = with_images_by_id(mail.html, [image.content_id for image in mail.embedded])
        return html[:LONGEST_BODY], "text/html", (*made, *mail.attachments, *mail.embedded)

    def _images_as_attachments(self, attachments: tuple[AttachmentDraft, ...]) -> tuple[AttachmentDraft, ...]:
        changed = 0
        out: list[AttachmentDraft] = []
        for draft in (*attachments, *self._mail.embedded):
            if draft.content_type.lower().startswith("image/") and (draft.content_id or draft.disposition == "inline"):
                draft = replace(draft, disposition="attachment", content_id="")
                changed += 1
            out.append(draft)
        if changed:
            self._trace.add(Step.IMAGES, count=str(changed))
        return tuple(out)

    def _cut(self, field: str, text: str, longest: int = _LONGEST_FIELD) -> str:
        if len(text) <= longest:
            return text
        self._trace.add(Step.FIELD_CUT, field=field)
        return text[:longest]
