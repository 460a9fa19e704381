"""What trust gate and filters did to a mail's headers, one sentence a step of the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .wording import Facts, quoted

WHY_UNPROVEN: Final[Mapping[str, str]] = {
    "no_from": "the mail does not name one plain sender",
    "no_hop": "no server's Received line is in the mail",
    "no_results": "{server} says nothing of the sender",
    "below": "what is written in the name of {server} stands below the last Received line, where a sender can write",
    "unreadable": "what {server} says of the sender cannot be read",
    "contradiction": "{server} contradicts itself about the sender",
    "failed": "{server} does not say that {domain} passed DKIM, SPF or DMARC",
}


def _unproven(facts: Facts) -> str:
    if facts["reason"] == "unsigned":
        return f"These headers were ignored, since the signature of {facts['domain']} does not cover them: " + (
            f"{facts['headers']}."
        )
    why = WHY_UNPROVEN.get(facts["reason"], facts["reason"]).format_map(facts)
    return f"Who sent the mail is not proven ({why}), so these headers were ignored: {facts['headers']}."


def _proven(facts: Facts) -> str:
    return f"Its headers count: {facts['server']} says that {facts['domain']} passed {facts['by'].upper()}."


def _matched(facts: Facts) -> str:
    sets = f" and set {facts['sets']}" if facts.get("sets") else ""
    replaced = f" (another filter had set {facts['replaced']})" if facts.get("replaced") else ""
    return f"The filter {quoted(facts['filter'])} matched{sets}{replaced}."


def _nearly(facts: Facts) -> str:
    if facts.get("missing"):
        why = f"the mail has no {facts['header']}"
    elif facts.get("negated"):
        why = f"{quoted(facts['pattern'])} is in {facts['header']}"
    else:
        why = f"{quoted(facts['pattern'])} is not in {facts['header']}"
    return (
        f"The filter {quoted(facts['filter'])} nearly matched: {facts['held']} of {facts['of']} conditions held; {why}."
    )


def _cut_off(facts: Facts) -> str:
    whole = facts["reason"] == "mail"
    why = "the time for filters was over" if whole else "the search took too long and was cut off"
    return (
        f"The filter {quoted(facts['filter'])} did not match: {why} ({quoted(facts['pattern'])} in {facts['header']})."
    )


def _invalid(facts: Facts) -> str:
    if facts.get("pattern"):
        why = (
            f"{quoted(facts['pattern'])} is no regular expression, so its condition on {facts['header']} does not hold"
        )
    else:
        why = f"it cannot set {facts['header']}"
    return f"The filter {quoted(facts['filter'])} is faulty: {why}."


GATE_STEPS: Final[Mapping[str, Callable[[Facts], str]]] = {
    "headers_stripped": "The account is not trusted, so these headers were ignored: {headers}.".format_map,
    "trust_proven": _proven,
    "trust_unproven": _unproven,
    "aliases_taken": "These headers were read as X-OTOBO headers: {headers}.".format_map,
    "reserved_removed": "These headers never come from a mail, so they were ignored: {headers}.".format_map,
    "filter_matched": _matched,
    "filter_nearly": _nearly,
    "filter_cut_off": _cut_off,
    "filter_invalid": _invalid,
    "filter_stopped": 'The filter "{filter}" stops: filters after it that were not asked: {count}.'.format_map,
}
"""A sentence for every step of gate and filters."""
