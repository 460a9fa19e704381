"""Whose ticket it is, and whether the mail is answered by itself, a sentence or two for each step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .wording import QT_TRANSLATE_NOOP, Parts, composed

CUSTOMER_STEPS: Final[Mapping[str, Parts]] = {
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
}
"""Sentences for the steps that are said in one way."""

_CUSTOMER: Final[Mapping[str, str]] = {
    "header": QT_TRANSLATE_NOOP("Sentences", "The customer is {customer}, as a header says."),
    "user": QT_TRANSLATE_NOOP("Sentences", "The customer is the customer user {customer}, by the address {address}."),
    "company": QT_TRANSLATE_NOOP("Sentences", "The customer is the sender, {address}, of the company {customer_id}."),
}


def _customer(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", "The customer is the sender, {address}.")
    nothing = QT_TRANSLATE_NOOP("Sentences", "The customer is the sender.")
    company = (QT_TRANSLATE_NOOP("Sentences", "The company is {customer_id}."),)
    others = (QT_TRANSLATE_NOOP("Sentences", "Further senders do not count: {others}."),)
    by = facts.get("by", "")
    parts: Parts = (
        (_CUSTOMER.get(by, plain), plain, nothing),
        *((company,) if by in {"header", "user"} else ()),
        others,
    )
    return composed(parts, facts)


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
    "own": QT_TRANSLATE_NOOP("Sentences", "That is an address of ours."),
    "pattern": QT_TRANSLATE_NOOP("Sentences", "The setting SendNoAutoResponseRegExp excepts that address."),
    "invalid": QT_TRANSLATE_NOOP("Sentences", "That is no valid address."),
    "limit": QT_TRANSLATE_NOOP("Sentences", "That address has had {limit} today, which is the limit."),
    "too_many": QT_TRANSLATE_NOOP("Sentences", "It goes to {limit} addresses at most."),
}


def _response_refused(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'No auto-response "{response}" to {address}.'),
        QT_TRANSLATE_NOOP("Sentences", 'No auto-response "{response}".'),
        QT_TRANSLATE_NOOP("Sentences", "No auto-response."),
    )
    why = _REFUSED.get(facts.get("reason", ""), "")
    return composed((said, (why,)) if why else (said,), facts)


CUSTOMER_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    "customer": _customer,
    "response_refused": _response_refused,
}
"""The other steps."""
