"""Why a message is where it is: every step of PostMaster's trace as a sentence, and what became of the message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because, DecisionKind
from mailadmin.domain.errors import Code
from mailadmin.domain.messages import ASSIGNED_BY_HAND, UNKNOWN_SENDER, InboxState
from mailadmin.domain.outside_text import shown

from .gate_sentences import GATE_STEPS
from .sentences import code_sentence
from .wording import Facts, quoted


def detail(because: Because) -> str:
    """One step of a trace as a sentence; a step of a newer version as its name and facts."""
    facts = Facts({key: shown(value) for key, value in because.facts.items()})
    if words := STEPS.get(because.step):
        return words(facts)
    said = ", ".join(f"{key}: {value}" for key, value in facts.items())
    return f"{shown(because.step)} ({said})." if said else f"{shown(because.step)}."


def details(trace: Iterable[Because]) -> list[str]:
    """A whole trace, one sentence a step."""
    return [detail(because) for because in trace]


def deciding(trace: Iterable[Because]) -> str:
    """The steps that decided, on one line; the last step where none of them did."""
    steps = list(trace)
    return " ".join(details([step for step in steps if step.step in _DECIDING] or steps[-1:]))


def reason(code: str, facts: Mapping[str, str]) -> str:
    """Why a message of the inbox is in its state; empty when there is nothing to say."""
    known = Facts({key: shown(value) for key, value in facts.items()})
    if code in REASONS:
        return REASONS[code](known)
    return code_sentence(Code(code), facts) if code in _CODES else shown(code)


def outcome(kind: str, ticket: str = "", queue: str = "") -> str:
    """What became of a message: ``new ticket 2026... in queue "Support"``."""
    words = OUTCOMES.get(kind, kind.replace("_", " "))
    if ticket and "{ticket}" not in words:
        words = f"{words}: ticket {{ticket}}"
    said = words.replace("{ticket}", shown(ticket) or "").replace("  ", " ").strip()
    return f"{said} in queue {quoted(shown(queue))}" if queue else said


OUTCOMES: Final[Mapping[str, str]] = {
    DecisionKind.NEW_TICKET: "new ticket {ticket}",
    DecisionKind.FOLLOW_UP: "follow-up to ticket {ticket}",
    DecisionKind.FOLLOW_UP_NEW_TICKET: "new ticket {ticket} after a closed one",
    DecisionKind.FOLLOW_UP_REJECTED: "kept in the closed ticket {ticket}, follow-up refused",
    DecisionKind.IGNORED: "ignored",
    DecisionKind.HELD: "held",
    DecisionKind.COPY: "copy of a mail that is here already",
    InboxState.QUARANTINED: "quarantined",
    InboxState.DUPLICATE: "duplicate",
    InboxState.TOO_BIG: "too big",
    InboxState.STORED: "stored, waits to be processed",
    InboxState.PROCESSED: "processed",
    InboxState.DISCARDED: "discarded",
}

PROBLEMS: Final[Mapping[str, str]] = {
    "charset_unknown": "names a character set nobody knows; it was guessed",
    "charset_damaged": "holds characters that its character set does not have; they were replaced",
    "encoding_damaged": "is damaged in its transfer encoding; what could be read was",
    "encoding_wrong": "is labelled as encoded and is plain text; it was read as that",
    "encoding_failed": "could not be decoded; it is kept as it came",
    "encoding_unknown": "uses an unknown transfer encoding; it is kept as it came",
    "boundary_missing": "lacks the marks between its parts; it was read as one text",
    "header_irregular": "has header lines that break the rules",
    "header_cut": "has more header fields than are read; the last ones were left out",
    "line_ends": "has unusual line ends",
    "read_again": "could be read by the forgiving reader only",
    "structure_unreadable": "has a structure that could not be read; it is taken as plain text",
    "parts_left_out": "has too many parts; the last ones were left out",
    "attachments_too_deep": "holds attachments nested too deeply to be listed",
    "body_cut": "has a body longer than an article keeps; it was cut",
    "charset_wrong": "names another character set than it is written in; it was read in the right one",
    "winmail_unreadable": "is called winmail.dat and is none; it is kept as it came",
    "winmail_damaged": "is a damaged winmail.dat; what could be unpacked was, and it is kept as it came",
    "signed_unreadable": "is called a signed mail and cannot be opened; it is kept as it came",
}
"""What was wrong with a mail, by the name PostMaster gives it."""


def _parse(facts: Facts) -> str:
    what = f"Part {facts['part']}" if facts.get("part") else "The mail"
    return f"{what} {PROBLEMS.get(facts['problem'], facts['problem'])}."


def _passed_over(facts: Facts) -> str:
    by = _BY.get(facts["by"], facts["by"]).format_map(facts)
    why = "does not exist" if facts["reason"] == "unknown" else "is not valid"
    return f"{by[:1].upper()}{by[1:]} names the queue {quoted(facts['queue'])}, which {why}; it was passed over."


def _chosen(facts: Facts) -> str:
    by = _BY.get(facts["by"], facts["by"]).format_map(facts)
    plain = f", which is {facts['plain']} with something behind the +" if facts.get("plain") else ""
    return f"Queue {quoted(facts['queue'])}, by {by}{plain}."


_BY: Final[Mapping[str, str]] = {
    "header": "the header {header}",
    "account": "the account's own queue",
    "address": "the address {address} in {header}",
    "default": "the setting PostmasterDefaultQueue, as nothing else decided",
    "raw": "the last resort, the queue Raw",
    "first": "the first valid queue, as no other can be used",
}


_WAYS: Final[Mapping[str, str]] = {
    "bounce": "the mail that was not delivered, {value}",
    "subject": "the number in its subject",
    "references": "its reference to {value}",
    "body": "the number in its text",
    "attachments": "the number in an attachment",
    "raw": "the number somewhere in it",
    "external": 'the number {value}, which the rule "{rule}" knows',
}
_THIS_ONE: Final[Mapping[str, str]] = {
    "queue": "it is the one in the queue this mail goes to",
    "open": "it is the newest open one",
    "newest": "it is the newest",
}


def _found(facts: Facts) -> str:
    by = _WAYS.get(facts["by"], facts["by"]).format_map(facts)
    this_one = _THIS_ONE.get(facts.get("reason", ""))
    why = f" Of the tickets it could belong to {this_one}." if this_one else ""
    return f"It belongs to ticket {facts['ticket']}, by {by}.{why}"


_TRIED: Final[Mapping[str, str]] = {
    "bounce": "the mail that was not delivered",
    "subject": "number in the subject",
    "references": "reference",
    "body": "number in the text",
    "attachments": "number in an attachment",
    "raw": "number anywhere in the mail",
    "external": 'a number that the rule "{rule}" knows',
}


def _looked(facts: Facts) -> str:
    by = _TRIED.get(facts["by"], facts["by"]).format_map(facts)
    return f"No ticket was found by {by}: {facts['tried']}."


def _stranger(facts: Facts) -> str:
    by = _WAYS.get(facts["by"], facts["by"]).format_map(facts)
    who = facts.get("address") or "a sender without an address"
    return f"It does not get into ticket {facts['ticket']} by {by}: {who} takes no part in that ticket."


def _kept(facts: Facts) -> str:
    why = {
        "header": "by the header State-Keep",
        "delayed": "the mail only says that a delivery is late",
    }.get(facts["reason"], "nobody has worked on it yet")
    return f"The ticket stays {quoted(facts['state'])}: {why}."


def _closed(facts: Facts) -> str:
    option = {
        "possible": "such a reply opens the ticket again",
        "reject": "follow-ups are refused; the article is kept",
        "new ticket": "such a reply makes a new ticket",
    }.get(facts["option"], facts["option"])
    but = " As a bounce it goes into its ticket all the same." if facts.get("reason") == "bounce" else ""
    return f"Ticket {facts['ticket']} is {quoted(facts['state'])}; in queue {quoted(facts['queue'])} {option}.{but}"


def _internal(facts: Facts) -> str:
    why = {
        "sender": "it is from {value}, whom an internal mail of this ticket went to",
        "references": "it answers an internal mail, {value}",
    }.get(facts["by"], facts["by"])
    return f"The customer does not see the article: {why.format_map(facts)}."


def _lock(facts: Facts) -> str:
    why = {
        "closed": ", as its queue locks closed tickets that get a reply",
        "owner": ", as its owner is no valid agent any more",
    }.get(facts.get("reason", ""), "")
    return f'The lock changes from "{facts["from"]}" to "{facts["to"]}"{why}.'


def _customer(facts: Facts) -> str:
    known = facts["customer"] if "customer" in facts else facts["address"]
    said = {
        "header": f"The customer is {known}, as a header says.",
        "user": f"The customer is the customer user {known}, who has the sender's address {facts['address']}.",
        "company": f"The customer is the sender, {known}, of a known company.",
    }.get(facts.get("by", ""), f"The customer is the sender, {known}.")
    company = f" The company is {facts['customer_id']}." if facts.get("customer_id", known) != known else ""
    others = f" Further senders do not count: {facts['others']}." if facts.get("others") else ""
    return f"{said}{company}{others}"


def _held(facts: Facts) -> str:
    if not facts.get("address"):
        return "The mail is held: it names no sender."
    return f"The mail is held until its sender, {facts['address']}, is made known."


_REFUSED: Final[Mapping[str, str]] = {
    "sender_type": "the article is not a customer's",
    "closed": "the new ticket is closed already",
    "loop": 'the header {header} says "{value}", so no person is waiting for an answer',
    "report": "the mail is a report that a server or program wrote",
    "return_path": "the mail has an empty return path, as reports of servers have",
    "old": "the mail is older than 24 hours",
    "no_recipient": "the mail names nobody to answer",
    "no_sender": "the queue has no address to send from",
    "own": "it is an address of ours",
    "pattern": "the setting SendNoAutoResponseRegExp excepts it",
    "invalid": "it is no valid address",
    "limit": "it has had {limit} today, which is the limit",
    "too_many": "it goes to {limit} addresses at most",
}


def _response_refused(facts: Facts) -> str:
    why = _REFUSED.get(facts["reason"], facts["reason"]).format_map(facts)
    to = f" to {facts['address']}" if facts.get("address") else ""
    return f"No auto-response {quoted(facts['response'])}{to}: {why}."


def _copy_of(facts: Facts) -> str:
    by = f", which came by the account {quoted(facts['account'])}" if facts.get("account") else ""
    return f"It is a copy of message {facts['message']}{by} and makes the article."


def _copy_decides(facts: Facts) -> str:
    by = f" of the account {quoted(facts['account'])}" if facts.get("account") else ""
    return (
        f"Message {facts['message']}{by} is an earlier copy of it; this one decides, because its account stands first."
    )


def _template(words: str) -> Callable[[Facts], str]:
    return words.format_map


STEPS: Final[Mapping[str, Callable[[Facts], str]]] = {
    "parse": _parse,
    **GATE_STEPS,
    "header_applied": _template('The header {header} says "{value}", and that was done.'),
    "header_refused": _template('The header {header} says "{value}", which means nothing here; the default was used.'),
    "field_cut": _template("The field {field} is longer than an article keeps; it was cut."),
    "ignored": _template('The header {header} says "{value}", so the mail makes no ticket.'),
    "follow_up_looked": _looked,
    "follow_up_stranger": _stranger,
    "follow_up_found": _found,
    "follow_up_closed": _closed,
    "external_number": _template('The new ticket gets the number {value} in the dynamic field "{field}".'),
    "article_internal": _internal,
    "state_kept": _kept,
    "state_changed": _template('The state changes from "{from}" to "{to}".'),
    "lock_changed": _lock,
    "queue_looked": _template("No queue has one of these addresses: {looked_at}."),
    "queue_passed_over": _passed_over,
    "queue_chosen": _chosen,
    "customer": _customer,
    "held": _held,
    "response_ordered": _template('The auto-response "{response}" goes to {to}.'),
    "response_refused": _response_refused,
    "pattern_failed": _template('The pattern of "{name}" took too long and was cut off; it counts as not found.'),
    "images": _template("Inline images that became attachments, as the account asks for: {count}."),
    "more": _template("Further steps that are not kept: {count}."),
    COPY_OF: _copy_of,
    COPY_DECIDES: _copy_decides,
    ASSIGNED_BY_HAND: _template("Put into ticket {ticket} by hand."),
    WAS_HELD: _template("It was held until its sender, {address}, was made known or somebody let it go."),
    AS_IT_CAME: _template("Taking it apart had ended the program, so the ticket has it as it came."),
}
"""A sentence for every step (a test compares with PostMaster's)."""

_DECIDING: Final = frozenset(
    {
        "ignored",
        "held",
        "follow_up_stranger",
        "follow_up_found",
        "follow_up_closed",
        "queue_passed_over",
        "queue_chosen",
        COPY_OF,
        COPY_DECIDES,
        WAS_HELD,
        ASSIGNED_BY_HAND,
    }
)

REASONS: Final[Mapping[str, Callable[[Facts], str]]] = {
    "": lambda facts: "",
    "too-big": lambda facts: (
        f"Larger ({_kb(facts['size'])} KB) than the limit of {facts['limit_kb']} KB, so it stays on the server."
    ),
    "discarded": lambda facts: f"Discarded by hand: {facts['why']}" if facts.get("why") else "Discarded by hand.",
    "archived-by-hand": lambda facts: "Put into the archive by hand.",
    ASSIGNED_BY_HAND: lambda facts: "Put into a ticket by hand.",
    UNKNOWN_SENDER: lambda facts: (
        f"Held until somebody makes its sender known: {facts['sender']}."
        if facts.get("sender")
        else "Held: it names no sender who could be made known. Release, assign or discard it."
    ),
}
_CODES: Final = frozenset(code.value for code in Code)


def _kb(octets: str) -> str:
    return str(-(-int(octets) // 1024)) if octets.isdigit() else octets
