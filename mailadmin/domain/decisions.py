"""What PostMaster is given and what it answers (DESIGN 1.2, 1.3)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .external_numbers import ExternalNumberRule
from .filters import Filter
from .responses import AutoResponse, ResponseType
from .vocabulary import STATES, FollowUpOption, StateType


class DecisionKind(enum.StrEnum):
    """What becomes of a message. Values are part of the JSON that scripts rely on."""

    NEW_TICKET = "new_ticket"
    FOLLOW_UP = "follow_up"
    FOLLOW_UP_NEW_TICKET = "follow_up_new_ticket"
    FOLLOW_UP_REJECTED = "follow_up_rejected"
    IGNORED = "ignored"
    HELD = "held"
    COPY = "copy"
    """Another copy of a mail that has its article already; it makes none."""


@dataclass(frozen=True, slots=True)
class Because:
    """One step of the trace: a stable step name and the facts a sentence needs."""

    step: str
    facts: Mapping[str, str] = field(default_factory=dict)


COPY_OF: Final = "copy-of"
"""The step of a trace that says that a mail is a copy of another message (``message``, ``account``), which decides."""
COPY_DECIDES: Final = "copy-decides"
"""The step that says that a mail decides for an earlier copy of it, by its account's precedence; facts as above."""
WAS_HELD: Final = "was-held"
"""The step of a trace that says that a mail was held until now; ``address``: the sender it waited for."""

AS_IT_CAME: Final = "as-it-came"
"""The step of a trace that says that a mail was not taken apart: trying had ended the program before."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What PostMaster needs to know of the account a message came by. ``queue`` empty means dispatch by address.

    ``trusted_authserv_id``: with ``trusted``, X-OTOBO headers count only when an Authentication-Results header of this
    server says who the sender is (RFC 8601); empty: trust alone is enough. Behind the server's name may stand
    ``removes-forged``: it takes away such headers that others wrote in its name, so one below its Received line counts.
    """

    name: str = ""
    trusted: bool = False
    queue: str = ""
    ticket_type: str = ""
    images_as_attachments: bool = False
    trusted_authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue as PostMaster sees it. ``name`` keeps its case; look-ups are case-insensitive.

    ``sender_address`` and ``sender_name``: what auto-responses are sent from.
    """

    name: str
    valid: bool
    follow_up: FollowUpOption
    follow_up_lock: bool
    sender_address: str = ""
    sender_name: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """The plain lists as PostMaster sees them: valid entries, by casefolded name to the name as it is written.

    ``agent_ids``: an agent's number to the login. ``agent_addresses``: agents' own, by :func:`address_key`.
    ``states``: to name and type; all of them, since a ticket can be in one that is no more valid, with
    ``valid_states`` beside. ``article_fields``/``ticket_fields``: dynamic fields; ``refused_fields``: those that are
    not valid, casefolded.
    """

    agents: Mapping[str, str] = field(default_factory=dict)
    agent_ids: Mapping[str, str] = field(default_factory=dict)
    agent_addresses: frozenset[str] = frozenset()
    services: Mapping[str, str] = field(default_factory=dict)
    slas: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, tuple[str, StateType]] = field(
        default_factory=lambda: {name: (name, kind) for name, kind in STATES.items()}
    )
    valid_states: frozenset[str] = frozenset(STATES)
    ticket_fields: Mapping[str, str] = field(default_factory=dict)
    article_fields: Mapping[str, str] = field(default_factory=dict)
    refused_fields: frozenset[str] = frozenset()

    def state_type(self, state: str) -> StateType | None:
        """The type of a state, by its name in any case; None for one that is not in the list."""
        known = self.states.get(state.casefold())
        return known[1] if known else None


@dataclass(frozen=True, slots=True)
class RoutingSnapshot:
    """Everything configured that PostMaster decides by, frozen for one batch.

    ``queues`` by casefolded name; ``addresses`` (valid ones only) by :func:`address_key` to the queue's name;
    the rest are settings of the same name (postmaster.md 1.4).
    """

    queues: Mapping[str, QueueFacts]
    addresses: Mapping[str, str]
    default_queue: str = "Raw"
    default_priority: str = "3 normal"
    default_state: str = "new"
    follow_up_state: str = "open"
    follow_up_state_closed: str = ""
    ticket_hook: str = "Ticket#"
    ticket_hook_divider: str = ""
    system_id: str = "10"
    check_system_id: bool = True
    auto_html_to_text: bool = True
    follow_up_by_bounce: bool = True
    follow_up_by_subject: bool = True
    follow_up_by_references: bool = True
    follow_up_by_body: bool = False
    follow_up_by_attachments: bool = False
    follow_up_by_raw: bool = False
    follow_up_by_external_number: bool = True
    bounce_as_follow_up: bool = True
    sender_check: str = "off"
    visibility_check: bool = True
    further_hooks: tuple[str, ...] = ()
    plus_addressing: bool = False
    accept_aliases: bool = False
    hold_unknown_senders: bool = False
    company_of_unknown: bool = True
    one_ticket_for_copies: bool = False
    subject_format: str = "Left"
    subject_re: str = "Re"
    max_responses: int = 40
    max_responses_of: Mapping[str, int] = field(default_factory=dict)
    """By :func:`address_key`."""
    no_response_pattern: str = ""
    lists: Lists = field(default_factory=Lists)
    filters: tuple[Filter, ...] = ()
    """The valid ones, in the order they run."""
    external_numbers: tuple[ExternalNumberRule, ...] = ()
    """The valid ones, by name."""
    responses: Mapping[tuple[str, ResponseType], AutoResponse] = field(default_factory=dict)
    """The valid ones, by casefolded queue and type."""


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """A ticket as PostMaster sees it. Merged tickets have been followed to their target before it gets here."""

    id: int
    number: str
    queue: str
    state: str
    lock: str = "unlock"
    title: str = ""
    state_type: StateType | None = None
    """None: that of the shipped state of this name."""
    priority: str = "3 normal"
    type: str = ""
    owner: str = ""
    responsible: str = ""
    service: str = ""
    sla: str = ""
    customer: str = ""
    customer_id: str = ""
    pending_until: datetime | None = None
    participants: frozenset[str] = frozenset()
    """Addresses (see address_key) that wrote or received mail of this ticket, with its customer's; if asked for."""
    confidants: frozenset[str] = frozenset()
    """Addresses (see address_key) that internal mail of agents in this ticket was sent to."""
    internal_ids: frozenset[str] = frozenset()
    """Message-IDs, in brackets, of internal mail of agents in this ticket."""

    @property
    def kind(self) -> StateType:
        """The type of its state."""
        return self.state_type or STATES.get(self.state, StateType.OPEN)

    @property
    def closed(self) -> bool:
        """Whether a reply meets the queue's follow-up option (postmaster.md 4.4: closed or removed, merged is not)."""
        return self.kind in {StateType.CLOSED, StateType.REMOVED}


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A valid customer user as PostMaster sees one."""

    login: str
    name: str
    address: str
    """The first of their addresses."""
    customer_id: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What PostMaster must know of the database before it can decide; asked for a whole batch at once.

    ``message_ids`` are in brackets, newest first. ``fields``: dynamic fields by name and value. ``senders``: addresses
    whose customer users (and whose domains' companies) are wanted. ``logins``: customer users by login.
    ``recipients``: whose auto-responses of today are counted, as ``ResponseOrder.counted`` names them.
    ``participants``: whether who takes part in the tickets must be known.
    """

    ticket_numbers: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    senders: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    participants: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What :class:`Questions` found.

    Tickets by number, and by Message-ID in brackets and by (casefolded field name, value) each newest first. Customer
    users by :func:`address_key` and by casefolded login, ``companies``: customer ids by :func:`domain_key`.
    ``responses``: auto-responses today, by what ``Questions.recipients`` asks.
    """

    by_number: Mapping[str, TicketFacts] = field(default_factory=dict)
    by_message_id: Mapping[str, tuple[TicketFacts, ...]] = field(default_factory=dict)
    by_field: Mapping[tuple[str, str], tuple[TicketFacts, ...]] = field(default_factory=dict)
    customers: Mapping[str, CustomerFacts] = field(default_factory=dict)
    logins: Mapping[str, CustomerFacts] = field(default_factory=dict)
    companies: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, int] = field(default_factory=dict)


class Protection(enum.StrEnum):
    """How a mail was protected on its way; nothing of it is verified or decrypted here."""

    NONE = ""
    SIGNED = "signed"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, slots=True)
class AttachmentDraft:
    """An attachment's row: the content stays in the raw message, at ``path`` (``1.2``; IMAP's part numbers).

    ``size`` and ``sha256`` (hex) are over the decoded content. A ``path`` beginning with ``!`` names an attachment
    that PostMaster made itself from the part behind it (the HTML body as ``file-1``).
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    path: str
    content_id: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDraft:
    """One mail as an article: decoded, cleaned (no NUL, no lone surrogate), ready for any database driver."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    reply_to: str = ""
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: str = ""
    date: datetime | None = None
    body: str = ""
    body_type: str = "text/plain"
    visible_for_customer: bool = True
    sender_type: str = "customer"
    attachments: tuple[AttachmentDraft, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """Dynamic fields of the article, by name."""
    protection: Protection = Protection.NONE


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says (RFC 3464, and common reports that are not so). ``original_id`` is in brackets.

    ``status``: the enhanced status code (RFC 3463) or empty; ``diagnostic``: the words of the server that refused.
    ``delayed``: only a warning, delivery is still tried. ``certain``: ``original_id`` was read from the mail that came
    back; False when only the report's own header says that it answers it, as anybody's reply may.
    """

    original_id: str
    recipient: str = ""
    status: str = ""
    diagnostic: str = ""
    delayed: bool = False
    certain: bool = True


@dataclass(frozen=True, slots=True)
class ResponseOrder:
    """An auto-response that a decision asks for; its text is made when the ticket has its number.

    ``to`` and ``cc`` are bare addresses; ``counted``: whose daily count goes up, by :func:`address_key` and without
    what stands behind a +.
    """

    response: AutoResponse
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one message, and why.

    ``ticket`` is set for the follow-up kinds. ``queue`` and the ticket fields are for a new ticket; for a follow-up
    ``queue`` is the ticket's queue and the ``new_...`` fields are what the reply changes (None: nothing).
    ``customer_id`` is the customer's company, when the mail names one. ``fields``: dynamic fields the ticket gets, new
    or not. ``held_for``: the sender's address (see address_key), when the mail is held until its sender is known;
    empty when there is none that anybody could make known.
    """

    kind: DecisionKind
    article: ArticleDraft
    queue: str = ""
    ticket: TicketFacts | None = None
    title: str = ""
    state: str = "new"
    priority: str = "3 normal"
    lock: str = "unlock"
    ticket_type: str = ""
    customer: str = ""
    new_state: str | None = None
    new_lock: str | None = None
    new_priority: str | None = None
    new_queue: str | None = None
    new_title: str | None = None
    customer_id: str = ""
    owner: str = ""
    responsible: str = ""
    service: str = ""
    sla: str = ""
    pending_until: datetime | None = None
    new_owner: str | None = None
    new_responsible: str | None = None
    new_type: str | None = None
    new_service: str | None = None
    new_sla: str | None = None
    new_pending_until: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    held_for: str = ""
    bounce: Bounce | None = None
    response: ResponseOrder | None = None
    because: tuple[Because, ...] = field(default=())


def outcome_of(decision: Decision) -> tuple[tuple[str, str], ...]:
    """A decision in a few comparable words, name and value, without what is empty: what a filter can change."""
    pending = decision.new_pending_until or decision.pending_until
    said = {
        "kind": decision.kind.value,
        "queue": decision.new_queue or decision.queue,
        "ticket": decision.ticket.number if decision.ticket else "",
        "title": decision.new_title or decision.title,
        "state": decision.new_state or ("" if decision.ticket else decision.state),
        "priority": decision.new_priority or ("" if decision.ticket else decision.priority),
        "lock": decision.new_lock or ("" if decision.ticket else decision.lock),
        "type": decision.new_type or decision.ticket_type,
        "customer": decision.customer,
        "company": decision.customer_id,
        "owner": decision.new_owner or decision.owner,
        "responsible": decision.new_responsible or decision.responsible,
        "service": decision.new_service or decision.service,
        "sla": decision.new_sla or decision.sla,
        "pending until": pending.isoformat(sep=" ", timespec="minutes") if pending else "",
        "sender type": decision.article.sender_type,
        "visible for customer": "yes" if decision.article.visible_for_customer else "no",
        "auto-response": decision.response.response.name if decision.response else "",
        **{f"field {name}": value for name, value in decision.fields.items()},
        **{f"article field {name}": value for name, value in decision.article.fields.items()},
    }
    return tuple((name, value) for name, value in said.items() if value)
