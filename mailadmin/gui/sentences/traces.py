"""Why a message is where it is: every step of PostMaster's trace as a sentence, and what became of the message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mailadmin.domain.decisions import AS_IT_CAME, Because, DecisionKind
from mailadmin.domain.errors import Code
from mailadmin.domain.messages import InboxState

from . import states, times
from .errors import code_sentence
from .wording import QT_TRANSLATE_NOOP, Parts, composed, harmless, known, translate


def step(because: Because) -> str:
    """One step of a trace as a sentence; a step of a newer version as its name and facts."""
    facts = known(because.facts)
    if words := FUNCTIONS.get(because.step):
        return words(facts)
    if parts := STEPS.get(because.step):
        return composed(parts, facts)
    said = ", ".join(f"{key}: {value}" for key, value in facts.items())
    return f"{harmless(because.step)} ({said})." if said else f"{harmless(because.step)}."


def story(trace: Iterable[Because]) -> list[str]:
    """Why a message is here: one sentence a step."""
    return [step(because) for because in trace]


def deciding(trace: Iterable[Because]) -> str:
    """The steps that decided, on one line; the last step where none of them did."""
    steps = list(trace)
    return " ".join(story([one for one in steps if one.step in _DECIDING] or steps[-1:]))


def reason(code: str, facts: Mapping[str, str]) -> str:
    """Why a message is in its state (``reason_code`` and ``reason_facts``); empty when there is nothing to say."""
    if code == "too-big":
        return _too_big(facts)
    if code in REASONS:
        return composed(REASONS[code], known(facts))
    return code_sentence(Code(code), facts) if code in _CODES else harmless(code)


def outcome(kind: str, ticket: str = "", queue: str = "") -> str:
    """What became of a message: ``New ticket 2026... in queue "Support"``.

    :param kind: a DecisionKind, or the InboxState of a message that was not decided
    """
    parts = OUTCOMES.get(kind)
    if parts is None:
        return harmless(kind.replace("_", " "))
    return composed(parts, known({"ticket": ticket, "queue": queue}))


def decision_kind(kind: str) -> str:
    """A kind of decision for a narrow column: ``new ticket``."""
    text = KINDS.get(kind)
    return harmless(kind.replace("_", " ")) if text is None else translate("Sentences", text)


KINDS: Final[Mapping[str, str]] = {
    DecisionKind.NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "new ticket"),
    DecisionKind.FOLLOW_UP: QT_TRANSLATE_NOOP("Sentences", "follow-up"),
    DecisionKind.FOLLOW_UP_NEW_TICKET: QT_TRANSLATE_NOOP("Sentences", "new ticket after a closed one"),
    DecisionKind.FOLLOW_UP_REJECTED: QT_TRANSLATE_NOOP("Sentences", "follow-up refused"),
    DecisionKind.IGNORED: QT_TRANSLATE_NOOP("Sentences", "ignored"),
    DecisionKind.HELD: QT_TRANSLATE_NOOP("Sentences", "held"),
    DecisionKind.COPY: QT_TRANSLATE_NOOP("Sentences", "copy"),
}

OUTCOMES: Final[Mapping[str, Parts]] = {
    DecisionKind.NEW_TICKET: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'New ticket {ticket} in queue "{queue}"'),
            QT_TRANSLATE_NOOP("Sentences", "New ticket {ticket}"),
            QT_TRANSLATE_NOOP("Sentences", 'New ticket in queue "{queue}"'),
            QT_TRANSLATE_NOOP("Sentences", "New ticket"),
        ),
    ),
    DecisionKind.FOLLOW_UP: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'Follow-up to ticket {ticket} in queue "{queue}"'),
            QT_TRANSLATE_NOOP("Sentences", "Follow-up to ticket {ticket}"),
            QT_TRANSLATE_NOOP("Sentences", "Follow-up"),
        ),
    ),
    DecisionKind.FOLLOW_UP_NEW_TICKET: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'New ticket {ticket} after a closed one, in queue "{queue}"'),
            QT_TRANSLATE_NOOP("Sentences", "New ticket {ticket} after a closed one"),
            QT_TRANSLATE_NOOP("Sentences", "New ticket after a closed one"),
        ),
    ),
    DecisionKind.FOLLOW_UP_REJECTED: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Kept in the closed ticket {ticket}, follow-up refused"),
            QT_TRANSLATE_NOOP("Sentences", "Kept in the closed ticket, follow-up refused"),
        ),
    ),
    DecisionKind.IGNORED: (QT_TRANSLATE_NOOP("Sentences", "Ignored"),),
    DecisionKind.HELD: (QT_TRANSLATE_NOOP("Sentences", "Held"),),
    DecisionKind.COPY: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Copy of a message in ticket {ticket}"),
            QT_TRANSLATE_NOOP("Sentences", "Copy of another message"),
        ),
    ),
    InboxState.QUARANTINED: (QT_TRANSLATE_NOOP("Sentences", "Quarantined"),),
    InboxState.DUPLICATE: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Duplicate of a message in ticket {ticket}"),
            QT_TRANSLATE_NOOP("Sentences", "Duplicate"),
        ),
    ),
    InboxState.TOO_BIG: (QT_TRANSLATE_NOOP("Sentences", "Too big to fetch"),),
    InboxState.STORED: (QT_TRANSLATE_NOOP("Sentences", "Stored, waits to be processed"),),
    InboxState.PROCESSED: (
        (
            QT_TRANSLATE_NOOP("Sentences", 'Processed: ticket {ticket} in queue "{queue}"'),
            QT_TRANSLATE_NOOP("Sentences", "Processed: ticket {ticket}"),
            QT_TRANSLATE_NOOP("Sentences", "Processed"),
        ),
    ),
    InboxState.DISCARDED: (QT_TRANSLATE_NOOP("Sentences", "Discarded"),),
}
"""What became of a message, for every kind of decision and every state (a test compares)."""

PROBLEMS: Final[Mapping[str, Parts]] = {
    "charset_unknown": (
        QT_TRANSLATE_NOOP("Sentences", "The mail names a character set nobody knows; it was guessed."),
    ),
    "charset_damaged": (
        QT_TRANSLATE_NOOP(
            "Sentences", "The mail holds characters that its character set does not have; they were replaced."
        ),
    ),
    "encoding_damaged": (
        QT_TRANSLATE_NOOP("Sentences", "The mail is damaged in its transfer encoding; what could be read was."),
    ),
    "encoding_failed": (QT_TRANSLATE_NOOP("Sentences", "The mail could not be decoded; it is kept as it came."),),
    "encoding_unknown": (
        QT_TRANSLATE_NOOP("Sentences", "The mail uses an unknown transfer encoding; it is kept as it came."),
    ),
    "boundary_missing": (
        QT_TRANSLATE_NOOP("Sentences", "The mail lacks the marks between its parts; it was read as one text."),
    ),
    "header_irregular": (QT_TRANSLATE_NOOP("Sentences", "The mail has header lines that break the rules."),),
    "line_ends": (QT_TRANSLATE_NOOP("Sentences", "The mail has unusual line ends."),),
    "read_again": (QT_TRANSLATE_NOOP("Sentences", "The mail could be read by the forgiving reader only."),),
    "structure_unreadable": (
        QT_TRANSLATE_NOOP("Sentences", "The mail has a structure that could not be read; it is taken as plain text."),
    ),
    "parts_left_out": (QT_TRANSLATE_NOOP("Sentences", "The mail has too many parts; the last ones were left out."),),
    "attachments_too_deep": (
        QT_TRANSLATE_NOOP("Sentences", "The mail holds attachments nested too deeply to be listed."),
    ),
    "body_cut": (QT_TRANSLATE_NOOP("Sentences", "The mail has a body longer than an article keeps; it was cut."),),
    "charset_wrong": (
        QT_TRANSLATE_NOOP(
            "Sentences", "The mail names another character set than it is written in; it was read in the right one."
        ),
    ),
    "winmail_unreadable": (
        QT_TRANSLATE_NOOP("Sentences", "The mail holds a winmail.dat that is none; it is kept as it came."),
    ),
    "winmail_damaged": (
        QT_TRANSLATE_NOOP(
            "Sentences", "The mail holds a damaged winmail.dat; what could be unpacked was, and it is kept as it came."
        ),
    ),
    "signed_unreadable": (
        QT_TRANSLATE_NOOP("Sentences", "The mail holds a signed mail that cannot be opened; it is kept as it came."),
    ),
}
"""What was wrong with a mail, by the name PostMaster gives it."""
_PART: Final = QT_TRANSLATE_NOOP("Sentences", "(First seen in part {part}.)")

STEPS: Final[Mapping[str, Parts]] = {
    "headers_stripped": (
        QT_TRANSLATE_NOOP("Sentences", "The account is not trusted, so the X-OTOBO headers of the mail were ignored."),
        QT_TRANSLATE_NOOP("Sentences", "Ignored: {headers}."),
    ),
    "header_applied": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The account is trusted, and the header {header} says "{value}".'),
            QT_TRANSLATE_NOOP("Sentences", "The account is trusted, and a header of the mail was obeyed."),
        ),
    ),
    "header_refused": (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", 'The header {header} says "{value}", which means nothing here; the default was used.'
            ),
            QT_TRANSLATE_NOOP("Sentences", "A header says what means nothing here; the default was used."),
        ),
    ),
    "field_cut": (
        (
            QT_TRANSLATE_NOOP("Sentences", "The field {field} is longer than an article keeps; it was cut."),
            QT_TRANSLATE_NOOP("Sentences", "A field is longer than an article keeps; it was cut."),
        ),
    ),
    "ignored": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The header {header} says "{value}", so the mail makes no ticket.'),
            QT_TRANSLATE_NOOP("Sentences", "A header asks to ignore the mail, so it makes no ticket."),
        ),
    ),
    "state_changed": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The state changes from "{from}" to "{to}".'),
            QT_TRANSLATE_NOOP("Sentences", "The state changes."),
        ),
    ),
    "lock_changed": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The lock changes from "{from}" to "{to}".'),
            QT_TRANSLATE_NOOP("Sentences", "The lock changes."),
        ),
    ),
    "queue_looked": (
        QT_TRANSLATE_NOOP("Sentences", "None of these addresses is linked to a queue."),
        QT_TRANSLATE_NOOP("Sentences", "Looked at: {looked_at}."),
    ),
    "external_number": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The new ticket gets the number {value} in the dynamic field "{field}".'),
            QT_TRANSLATE_NOOP("Sentences", "The new ticket gets the number of another system in a dynamic field."),
        ),
    ),
    "held": (
        (
            QT_TRANSLATE_NOOP("Sentences", "The mail is held until its sender, {address}, is made known."),
            QT_TRANSLATE_NOOP("Sentences", "The mail is held: it names no sender who could be made known."),
        ),
    ),
    "response_ordered": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The auto-response "{response}" goes to {to}.'),
            QT_TRANSLATE_NOOP("Sentences", "There is an auto-response."),
        ),
    ),
    "pattern_failed": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The pattern of "{name}" took too long and was cut off.'),
            QT_TRANSLATE_NOOP("Sentences", "A pattern took too long and was cut off."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "It counts as not found."),
    ),
    "images": (
        (
            QT_TRANSLATE_NOOP("Sentences", "Inline images that became attachments, as the account asks for: {count}."),
            QT_TRANSLATE_NOOP("Sentences", "Inline images became attachments, as the account asks for."),
        ),
    ),
    "assigned-by-hand": (
        (
            QT_TRANSLATE_NOOP("Sentences", "Put into ticket {ticket} by hand."),
            QT_TRANSLATE_NOOP("Sentences", "Put into a ticket by hand."),
        ),
    ),
    AS_IT_CAME: (
        QT_TRANSLATE_NOOP("Sentences", "Taking it apart had ended the program, so the ticket has it as it came."),
    ),
}
"""Sentences for the steps that are said in one way."""

_CHOSEN: Final[Mapping[str, str]] = {
    "header": QT_TRANSLATE_NOOP("Sentences", 'Queue "{queue}", because the header {header} names it.'),
    "account": QT_TRANSLATE_NOOP("Sentences", 'Queue "{queue}", because the account dispatches to it.'),
    "address": QT_TRANSLATE_NOOP(
        "Sentences", 'Queue "{queue}", because the address {address} in {header} is linked to it.'
    ),
    "default": QT_TRANSLATE_NOOP(
        "Sentences", 'Queue "{queue}", because nothing else decided and it is the default (PostmasterDefaultQueue).'
    ),
    "raw": QT_TRANSLATE_NOOP("Sentences", 'Queue "{queue}", the last resort.'),
    "first": QT_TRANSLATE_NOOP("Sentences", 'Queue "{queue}", the first valid one, as no other can be used.'),
}
_PASSED_OVER: Final[Mapping[str, str]] = {
    "header": QT_TRANSLATE_NOOP("Sentences", 'The header {header} names the queue "{queue}".'),
    "account": QT_TRANSLATE_NOOP("Sentences", 'The account dispatches to the queue "{queue}".'),
    "address": QT_TRANSLATE_NOOP("Sentences", 'The address {address} in {header} is linked to the queue "{queue}".'),
    "default": QT_TRANSLATE_NOOP("Sentences", 'The default is the queue "{queue}".'),
    "raw": QT_TRANSLATE_NOOP("Sentences", 'The last resort is the queue "{queue}".'),
}


def _parse(facts: Mapping[str, str]) -> str:
    parts = PROBLEMS.get(facts.get("problem", ""))
    if parts is None:
        parts = ((QT_TRANSLATE_NOOP("Sentences", "The mail is irregular: {problem}."), _IRREGULAR),)
    return composed((*parts, _PART), facts)


_IRREGULAR: Final = QT_TRANSLATE_NOOP("Sentences", "The mail is irregular.")


def _queue_chosen(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", 'Queue "{queue}".')
    nothing = QT_TRANSLATE_NOOP("Sentences", "A queue was chosen.")
    cut = (QT_TRANSLATE_NOOP("Sentences", "(It is {plain} with something behind the +.)"),)
    return composed(((_CHOSEN.get(facts.get("by", ""), plain), plain, nothing), cut), facts)


def _queue_passed_over(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", 'The queue "{queue}" was looked at.')
    nothing = QT_TRANSLATE_NOOP("Sentences", "A queue was looked at.")
    why = (
        QT_TRANSLATE_NOOP("Sentences", "It does not exist, so it was passed over.")
        if facts.get("reason") == "unknown"
        else QT_TRANSLATE_NOOP("Sentences", "It is not valid, so it was passed over.")
    )
    return composed(((_PASSED_OVER.get(facts.get("by", ""), plain), plain, nothing), why), facts)


_FOUND: Final[Mapping[str, str]] = {
    "bounce": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}: it is about {value}, which bounced."),
    "subject": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}, by the number in its subject."),
    "references": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}, by its reference to {value}."),
    "body": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}, by the number in its text."),
    "attachments": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}, by the number in an attachment."),
    "raw": QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}, by the number somewhere in it."),
    "external": QT_TRANSLATE_NOOP(
        "Sentences", 'It belongs to ticket {ticket}, by the number {value}, which the rule "{rule}" knows.'
    ),
}
_THIS_ONE: Final[Mapping[str, str]] = {
    "queue": QT_TRANSLATE_NOOP(
        "Sentences", "Of the tickets it could belong to it is the one in the queue this mail goes to."
    ),
    "open": QT_TRANSLATE_NOOP("Sentences", "Of the tickets it could belong to it is the newest open one."),
    "newest": QT_TRANSLATE_NOOP("Sentences", "Of the tickets it could belong to it is the newest."),
}
_LOOKED: Final[Mapping[str, str]] = {
    "bounce": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by the mail that bounced: {tried}."),
    "subject": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by number in the subject: {tried}."),
    "references": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by reference: {tried}."),
    "body": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by number in the text: {tried}."),
    "attachments": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by number in an attachment: {tried}."),
    "raw": QT_TRANSLATE_NOOP("Sentences", "No ticket was found by number anywhere in the mail: {tried}."),
    "external": QT_TRANSLATE_NOOP("Sentences", 'No ticket was found by what the rule "{rule}" knows: {tried}.'),
}
_KEPT: Final[Mapping[str, str]] = {
    "header": QT_TRANSLATE_NOOP("Sentences", "The header State-Keep asks for that."),
    "delayed": QT_TRANSLATE_NOOP("Sentences", "The mail only says that a delivery is late."),
}


def _found(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", "It belongs to ticket {ticket}.")
    nothing = QT_TRANSLATE_NOOP("Sentences", "It belongs to a ticket.")
    this_one = _THIS_ONE.get(facts.get("reason", ""), "")
    return composed(
        ((_FOUND.get(facts.get("by", ""), plain), plain, nothing), *((this_one,) if this_one else ())), facts
    )


def _stranger(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", "It names ticket {ticket}, but {address} takes no part in that ticket."),
        QT_TRANSLATE_NOOP("Sentences", "It names ticket {ticket}, but its sender takes no part in that ticket."),
        QT_TRANSLATE_NOOP("Sentences", "It names a ticket that its sender takes no part in."),
    )
    return composed((said, QT_TRANSLATE_NOOP("Sentences", "So it does not get in there.")), facts)


def _looked(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", "No ticket was found by this: {tried}.")
    nothing = QT_TRANSLATE_NOOP("Sentences", "No ticket was found.")
    return composed(((_LOOKED.get(facts.get("by", ""), plain), plain, nothing),), facts)


def _internal(facts: Mapping[str, str]) -> str:
    why = (
        (QT_TRANSLATE_NOOP("Sentences", "It answers an internal mail, {value}."),)
        if facts.get("by") == "references"
        else (QT_TRANSLATE_NOOP("Sentences", "An internal mail of this ticket went to its sender, {value}."),)
    )
    return composed((QT_TRANSLATE_NOOP("Sentences", "The customer does not see the article."), why), facts)


def _kept(facts: Mapping[str, str]) -> str:
    why = _KEPT.get(facts.get("reason", ""), QT_TRANSLATE_NOOP("Sentences", "Nobody has worked on it yet."))
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'The ticket stays "{state}".'),
        QT_TRANSLATE_NOOP("Sentences", "The ticket keeps its state."),
    )
    return composed((said, why), _with_words(facts))


_CUSTOMER: Final[Mapping[str, str]] = {
    "header": QT_TRANSLATE_NOOP("Sentences", "The customer is {customer}, as a header says."),
    "user": QT_TRANSLATE_NOOP("Sentences", "The customer is the customer user {customer}, by the address {address}."),
    "company": QT_TRANSLATE_NOOP("Sentences", "The customer is the sender, {address}, of the company {customer_id}."),
}


def _customer(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", "The customer is the sender, {address}.")
    nothing = QT_TRANSLATE_NOOP("Sentences", "The customer is the sender.")
    others = (QT_TRANSLATE_NOOP("Sentences", "Further senders do not count: {others}."),)
    return composed(((_CUSTOMER.get(facts.get("by", ""), plain), plain, nothing), others), facts)


_REFUSED: Final[Mapping[str, str]] = {
    "sender_type": QT_TRANSLATE_NOOP("Sentences", "The article is not a customer's."),
    "closed": QT_TRANSLATE_NOOP("Sentences", "The new ticket is closed already."),
    "loop": QT_TRANSLATE_NOOP(
        "Sentences", 'The header {header} says "{value}", so no person is waiting for an answer.'
    ),
    "report": QT_TRANSLATE_NOOP("Sentences", "The mail is a report that a server or a program wrote."),
    "return_path": QT_TRANSLATE_NOOP("Sentences", "The mail has an empty return path, as reports of servers have."),
    "old": QT_TRANSLATE_NOOP("Sentences", "The mail is older than 24 hours."),
    "no_recipient": QT_TRANSLATE_NOOP("Sentences", "The mail names nobody to answer."),
    "no_sender": QT_TRANSLATE_NOOP("Sentences", "The queue has no address to send from."),
    "own": QT_TRANSLATE_NOOP("Sentences", "{address} is an address of ours."),
    "pattern": QT_TRANSLATE_NOOP("Sentences", "{address} is excepted by the setting SendNoAutoResponseRegExp."),
    "invalid": QT_TRANSLATE_NOOP("Sentences", "{address} is no valid address."),
    "limit": QT_TRANSLATE_NOOP("Sentences", "{address} has had {limit} today, which is the limit."),
    "too_many": QT_TRANSLATE_NOOP("Sentences", "It goes to {limit} addresses at most; {address} is one more."),
}


def _response_refused(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'No auto-response "{response}".'),
        QT_TRANSLATE_NOOP("Sentences", "No auto-response."),
    )
    why = _REFUSED.get(facts.get("reason", ""), "")
    return composed((said, (why,)) if why else (said,), facts)


def _closed(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'Ticket {ticket} in queue "{queue}" is "{state}".'),
        QT_TRANSLATE_NOOP("Sentences", "The ticket is closed."),
    )
    bounce = QT_TRANSLATE_NOOP("Sentences", "As a bounce the mail goes into its ticket all the same.")
    parts = (
        composed((said,), _with_words(facts)),
        states.follow_up_description(facts.get("option", "")),
        composed((bounce,), facts) if facts.get("reason") == "bounce" else "",
    )
    return " ".join(part for part in parts if part)


def _with_words(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts with their states in words."""
    return {key: states.ticket_state(value) if key == "state" else value for key, value in facts.items()}


def _changed(parts: Parts, word: Callable[[str], str]) -> Callable[[Mapping[str, str]], str]:
    def words(facts: Mapping[str, str]) -> str:
        return composed(parts, {key: word(value) if key in {"from", "to"} else value for key, value in facts.items()})

    return words


def _lock(facts: Mapping[str, str]) -> str:
    why = {
        "closed": QT_TRANSLATE_NOOP("Sentences", "Its queue locks closed tickets that get a reply."),
        "owner": QT_TRANSLATE_NOOP("Sentences", "Its owner is no valid agent any more."),
    }.get(facts.get("reason", ""), "")
    said = _changed(STEPS["lock_changed"], states.lock)(facts)
    return f"{said} {composed((why,), facts)}" if why else said


FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    "parse": _parse,
    "follow_up_looked": _looked,
    "follow_up_stranger": _stranger,
    "follow_up_found": _found,
    "follow_up_closed": _closed,
    "state_kept": _kept,
    "state_changed": _changed(STEPS["state_changed"], states.ticket_state),
    "lock_changed": _lock,
    "article_internal": _internal,
    "customer": _customer,
    "response_refused": _response_refused,
    "queue_passed_over": _queue_passed_over,
    "queue_chosen": _queue_chosen,
}
"""The other steps (a test compares both with PostMaster's)."""

_DECIDING: Final = frozenset(
    {
        "ignored",
        "held",
        "follow_up_stranger",
        "follow_up_found",
        "follow_up_closed",
        "queue_passed_over",
        "queue_chosen",
        "assigned-by-hand",
    }
)

REASONS: Final[Mapping[str, Parts]] = {
    "": (),
    "discarded": (
        (
            QT_TRANSLATE_NOOP("Sentences", "Discarded by hand: {why}"),
            QT_TRANSLATE_NOOP("Sentences", "Discarded by hand."),
        ),
    ),
    "archived-by-hand": (QT_TRANSLATE_NOOP("Sentences", "Put into the archive by hand."),),
    "assigned-by-hand": (QT_TRANSLATE_NOOP("Sentences", "Put into a ticket by hand."),),
}
_CODES: Final = frozenset(code.value for code in Code)


def _too_big(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", "Larger ({size}) than the limit of {limit}, so it stays on the server."),
        QT_TRANSLATE_NOOP("Sentences", "Larger than the limit, so it stays on the server."),
    )
    known_facts = known(facts)
    octets, limit = known_facts.get("size", ""), known_facts.get("limit_kb", "")
    sizes = {
        "size": times.size(int(octets)) if octets.isdecimal() else octets,
        "limit": times.size(int(limit) * 1024) if limit.isdecimal() else limit,
    }
    raise_it = QT_TRANSLATE_NOOP("Sentences", "Raise the account's largest message to fetch it.")
    return composed((said, raise_it), {key: value for key, value in sizes.items() if value})
