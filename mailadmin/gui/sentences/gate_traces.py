"""What trust gate and filters did to a mail's headers, a sentence or two for each step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .wording import QT_TRANSLATE_NOOP, Parts, composed

GATE_STEPS: Final[Mapping[str, Parts]] = {
    "headers_stripped": (
        QT_TRANSLATE_NOOP("Sentences", "The account is not trusted, so the X-OTOBO headers of the mail were ignored."),
        QT_TRANSLATE_NOOP("Sentences", "Ignored: {headers}."),
    ),
    "aliases_taken": (
        QT_TRANSLATE_NOOP("Sentences", "Headers of related systems were read as X-OTOBO headers."),
        QT_TRANSLATE_NOOP("Sentences", "They are: {headers}."),
    ),
    "reserved_removed": (
        QT_TRANSLATE_NOOP("Sentences", "The mail has X-OTOBO headers that never come from a mail."),
        QT_TRANSLATE_NOOP("Sentences", "Ignored: {headers}."),
    ),
    "filter_matched": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The filter "{filter}" matched.'),
            QT_TRANSLATE_NOOP("Sentences", "A filter matched."),
        ),
        QT_TRANSLATE_NOOP("Sentences", "It set {sets}."),
        QT_TRANSLATE_NOOP("Sentences", "Another filter had set this before: {replaced}."),
    ),
    "filter_stopped": (
        (
            QT_TRANSLATE_NOOP("Sentences", 'The filter "{filter}" stops: no filter after it was asked.'),
            QT_TRANSLATE_NOOP("Sentences", "A filter stops: no filter after it was asked."),
        ),
    ),
}
"""Sentences for the steps that are said in one way."""

_BY: Final[Mapping[str, str]] = {
    "dkim": QT_TRANSLATE_NOOP("Sentences", "{server} says that the mail has a valid signature (DKIM) of {domain}."),
    "spf": QT_TRANSLATE_NOOP("Sentences", "{server} says that the mail came from a server of {domain} (SPF)."),
    "dmarc": QT_TRANSLATE_NOOP("Sentences", "{server} says that the mail is really from {domain} (DMARC)."),
}
_WHY_UNPROVEN: Final[Mapping[str, str]] = {
    "no_from": QT_TRANSLATE_NOOP("Sentences", "It does not name one plain sender."),
    "no_hop": QT_TRANSLATE_NOOP("Sentences", "No server's Received line is in the mail."),
    "no_results": QT_TRANSLATE_NOOP("Sentences", "{server} says nothing of the sender."),
    "below": QT_TRANSLATE_NOOP(
        "Sentences",
        "What is written in the name of {server} stands below the last Received line, where a sender can write.",
    ),
    "unreadable": QT_TRANSLATE_NOOP("Sentences", "What {server} says of the sender cannot be read."),
    "contradiction": QT_TRANSLATE_NOOP("Sentences", "{server} contradicts itself about the sender."),
    "failed": QT_TRANSLATE_NOOP("Sentences", "{server} does not say that {domain} passed DKIM, SPF or DMARC."),
}

_UNSIGNED: Final[Parts] = (
    QT_TRANSLATE_NOOP("Sentences", "Some X-OTOBO headers may have been added to the mail after it was signed."),
    QT_TRANSLATE_NOOP("Sentences", "The signature (DKIM) of {domain} does not cover them."),
    QT_TRANSLATE_NOOP("Sentences", "Ignored: {headers}."),
)


def _proven(facts: Mapping[str, str]) -> str:
    plain = QT_TRANSLATE_NOOP("Sentences", "It is proven who sent the mail, so its X-OTOBO headers count.")
    by = (_BY[facts["by"]],) if facts.get("by") in _BY else ()
    return composed((plain, *((by,) if by else ())), facts)


def _unproven(facts: Mapping[str, str]) -> str:
    if facts.get("reason") == "unsigned":
        return composed(_UNSIGNED, facts)
    plain = QT_TRANSLATE_NOOP("Sentences", "It is not proven who sent the mail, so its X-OTOBO headers were ignored.")
    why = _WHY_UNPROVEN.get(facts.get("reason", ""), "")
    ignored = QT_TRANSLATE_NOOP("Sentences", "Ignored: {headers}.")
    return composed((plain, *(((why,),) if why else ()), ignored), facts)


def _nearly(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'The filter "{filter}" nearly matched: {held} of {of} conditions held.'),
        QT_TRANSLATE_NOOP("Sentences", "A filter nearly matched."),
    )
    if facts.get("missing"):
        why = QT_TRANSLATE_NOOP("Sentences", "The mail has no {header}.")
    elif facts.get("negated"):
        why = QT_TRANSLATE_NOOP("Sentences", "{header} holds {pattern}.")
    else:
        why = QT_TRANSLATE_NOOP("Sentences", "{header} does not hold {pattern}.")
    return composed((said, why), facts)


def _cut_off(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'The filter "{filter}" did not match.'),
        QT_TRANSLATE_NOOP("Sentences", "A filter did not match."),
    )
    whole = facts.get("reason") == "mail"
    why = (
        QT_TRANSLATE_NOOP("Sentences", "The time for filters was over.")
        if whole
        else QT_TRANSLATE_NOOP("Sentences", "The search took too long and was cut off.")
    )
    where = QT_TRANSLATE_NOOP("Sentences", "It looked for {pattern} in {header}.")
    return composed((said, why, where), facts)


def _invalid(facts: Mapping[str, str]) -> str:
    said = (
        QT_TRANSLATE_NOOP("Sentences", 'The filter "{filter}" is faulty.'),
        QT_TRANSLATE_NOOP("Sentences", "A filter is faulty."),
    )
    why = (
        QT_TRANSLATE_NOOP("Sentences", "{pattern} is no regular expression, so the condition on {header} never holds."),
        QT_TRANSLATE_NOOP("Sentences", "It cannot set {header}."),
    )
    return composed((said, why), facts)


GATE_FUNCTIONS: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    "trust_proven": _proven,
    "trust_unproven": _unproven,
    "filter_nearly": _nearly,
    "filter_cut_off": _cut_off,
    "filter_invalid": _invalid,
}
"""How the other steps are said."""
