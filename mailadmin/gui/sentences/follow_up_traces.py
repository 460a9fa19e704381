"""How a mail found its ticket, and what it does there, a sentence or two for each step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from . import states
from .wording import QT_TRANSLATE_NOOP, Parts, composed

FOLLOW_UP_STEPS: Final[Mapping[str, Parts]] = {
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
    "external_number": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The new ticket gets the number {value} in the dynamic field "{field}".'),
            QT_TRANSLATE_NOOP("Sentences", "The new ticket gets the number of another system in a dynamic field."),
        ),
    ),
}
"""Sentences for the steps that are said in one way."""

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
    "external": QT_TRANSLATE_NOOP(
        "Sentences", 'No ticket was found by a number that the rule "{rule}" knows: {tried}.'
    ),
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
    said = _changed(FOLLOW_UP_STEPS["lock_changed"], states.lock)(facts)
    return f"{said} {composed((why,), facts)}" if why else said


FOLLOW_UP_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    "follow_up_looked": _looked,
    "follow_up_stranger": _stranger,
    "follow_up_found": _found,
    "follow_up_closed": _closed,
    "state_kept": _kept,
    "state_changed": _changed(FOLLOW_UP_STEPS["state_changed"], states.ticket_state),
    "lock_changed": _lock,
    "article_internal": _internal,
}
"""The other steps."""
