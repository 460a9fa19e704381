"""Why a message is where it is: every step of PostMaster's trace as a sentence, and what became of the message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from mailadmin.domain.decisions import AS_IT_CAME, COPY_DECIDES, COPY_OF, WAS_HELD, Because, DecisionKind
from mailadmin.domain.errors import Code
from mailadmin.domain.messages import ASSIGNED_BY_HAND, UNKNOWN_SENDER, InboxState

from . import times
from .customer_traces import CUSTOMER_FUNCTIONS, CUSTOMER_STEPS
from .errors import code_sentence
from .follow_up_traces import FOLLOW_UP_FUNCTIONS, FOLLOW_UP_STEPS
from .gate_traces import GATE_FUNCTIONS, GATE_STEPS
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
    "encoding_wrong": (
        QT_TRANSLATE_NOOP("Sentences", "The mail is labelled as encoded and is plain text; it was read as that."),
    ),
    "encoding_failed": (QT_TRANSLATE_NOOP("Sentences", "The mail could not be decoded; it is kept as it came."),),
    "encoding_unknown": (
        QT_TRANSLATE_NOOP("Sentences", "The mail uses an unknown transfer encoding; it is kept as it came."),
    ),
    "boundary_missing": (
        QT_TRANSLATE_NOOP("Sentences", "The mail lacks the marks between its parts; it was read as one text."),
    ),
    "header_irregular": (QT_TRANSLATE_NOOP("Sentences", "The mail has header lines that break the rules."),),
    "header_cut": (
        QT_TRANSLATE_NOOP("Sentences", "The mail has more header fields than are read; the last ones were left out."),
    ),
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
    **GATE_STEPS,
    **FOLLOW_UP_STEPS,
    **CUSTOMER_STEPS,
    "header_applied": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The header {header} says "{value}", and that was done.'),
            QT_TRANSLATE_NOOP("Sentences", "What an X-OTOBO header says was done."),
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
    "queue_looked": (
        QT_TRANSLATE_NOOP("Sentences", "None of these addresses is linked to a queue."),
        QT_TRANSLATE_NOOP("Sentences", "Looked at: {looked_at}."),
    ),
    "images": (
        (
            QT_TRANSLATE_NOOP("Sentences", "Inline images that became attachments, as the account asks for: {count}."),
            QT_TRANSLATE_NOOP("Sentences", "Inline images became attachments, as the account asks for."),
        ),
    ),
    "more": (
        (
            QT_TRANSLATE_NOOP("Sentences", "Further steps that are not kept: {count}."),
            QT_TRANSLATE_NOOP("Sentences", "Further steps are not kept."),
        ),
    ),
    COPY_OF: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                'It is a copy of message {message}, which came by the account "{account}" and makes the article.',
            ),
            QT_TRANSLATE_NOOP("Sentences", "It is a copy of message {message}, which makes the article."),
            QT_TRANSLATE_NOOP("Sentences", "It is a copy of another message, which makes the article."),
        ),
    ),
    COPY_DECIDES: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences",
                'Message {message} of the account "{account}" is an earlier copy of it; this one decides, because its '
                "account stands first.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences",
                "Message {message} is an earlier copy of it; this one decides, because its account stands first.",
            ),
            QT_TRANSLATE_NOOP(
                "Sentences",
                "Another message is an earlier copy of it; this one decides, because its account stands first.",
            ),
        ),
    ),
    WAS_HELD: (
        (
            QT_TRANSLATE_NOOP(
                "Sentences", "It was held until its sender, {address}, was made known or somebody let it go."
            ),
            QT_TRANSLATE_NOOP("Sentences", "It was held until its sender was made known or somebody let it go."),
        ),
    ),
    ASSIGNED_BY_HAND: (
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


FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    **GATE_FUNCTIONS,
    "parse": _parse,
    **FOLLOW_UP_FUNCTIONS,
    **CUSTOMER_FUNCTIONS,
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
        WAS_HELD,
        COPY_OF,
        COPY_DECIDES,
        ASSIGNED_BY_HAND,
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
    ASSIGNED_BY_HAND: (QT_TRANSLATE_NOOP("Sentences", "Put into a ticket by hand."),),
    UNKNOWN_SENDER: (
        (
            QT_TRANSLATE_NOOP("Sentences", "Held until somebody makes its sender known: {sender}."),
            QT_TRANSLATE_NOOP(
                "Sentences",
                "Held: it names no sender who could be made known. Release it, assign it to a ticket or discard it.",
            ),
        ),
    ),
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
