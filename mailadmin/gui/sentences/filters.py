"""PostMaster filters in short words: what a condition asks, what an action does, and what became of a message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.matching import Match, match_of

from . import states, traces
from .wording import QT_TRANSLATE_NOOP, filled, harmless, translate

Outcome: TypeAlias = Sequence[tuple[str, str]]
"""As :func:`mailadmin.domain.decisions.outcome_of` says it."""

MATCHES: Final[Mapping[tuple[Match, bool], str]] = {
    (Match.CONTAINS, False): QT_TRANSLATE_NOOP("Sentences", "contains"),
    (Match.CONTAINS, True): QT_TRANSLATE_NOOP("Sentences", "does not contain"),
    (Match.IS, False): QT_TRANSLATE_NOOP("Sentences", "is exactly"),
    (Match.IS, True): QT_TRANSLATE_NOOP("Sentences", "is not exactly"),
    (Match.BEGINS, False): QT_TRANSLATE_NOOP("Sentences", "begins with"),
    (Match.BEGINS, True): QT_TRANSLATE_NOOP("Sentences", "does not begin with"),
    (Match.ENDS, False): QT_TRANSLATE_NOOP("Sentences", "ends with"),
    (Match.ENDS, True): QT_TRANSLATE_NOOP("Sentences", "does not end with"),
    (Match.PATTERN, False): QT_TRANSLATE_NOOP("Sentences", "matches the expression"),
    (Match.PATTERN, True): QT_TRANSLATE_NOOP("Sentences", "does not match the expression"),
}
"""How a condition compares; whether it is negated."""

OUTCOME_LABELS: Final[Mapping[str, str]] = {
    "kind": QT_TRANSLATE_NOOP("Sentences", "What becomes of it"),
    "queue": QT_TRANSLATE_NOOP("Sentences", "Queue"),
    "ticket": QT_TRANSLATE_NOOP("Sentences", "Ticket"),
    "title": QT_TRANSLATE_NOOP("Sentences", "Title"),
    "state": QT_TRANSLATE_NOOP("Sentences", "State"),
    "priority": QT_TRANSLATE_NOOP("Sentences", "Priority"),
    "lock": QT_TRANSLATE_NOOP("Sentences", "Lock"),
    "type": QT_TRANSLATE_NOOP("Sentences", "Ticket type"),
    "customer": QT_TRANSLATE_NOOP("Sentences", "Customer"),
    "company": QT_TRANSLATE_NOOP("Sentences", "Company"),
    "owner": QT_TRANSLATE_NOOP("Sentences", "Owner"),
    "responsible": QT_TRANSLATE_NOOP("Sentences", "Responsible"),
    "service": QT_TRANSLATE_NOOP("Sentences", "Service"),
    "sla": QT_TRANSLATE_NOOP("Sentences", "SLA"),
    "pending until": QT_TRANSLATE_NOOP("Sentences", "Pending until"),
    "sender type": QT_TRANSLATE_NOOP("Sentences", "Sender type"),
    "visible for customer": QT_TRANSLATE_NOOP("Sentences", "Visible for the customer"),
    "auto-response": QT_TRANSLATE_NOOP("Sentences", "Auto-response"),
}
"""What an outcome is made of; dynamic fields come beside, by their own names."""
_FIELD: Final = "field "
_ARTICLE_FIELD: Final = "article field "


def match_label(match: Match, *, negated: bool) -> str:
    """How a condition compares: ``contains``, ``does not contain``."""
    return translate("Sentences", MATCHES[match, negated])


def condition(one: Condition) -> str:
    """One condition: ``Subject contains "spam"``."""
    match, text, as_address = match_of(one.pattern)
    said = QT_TRANSLATE_NOOP("Sentences", '{header} {matches} "{text}"')
    if as_address:
        said = QT_TRANSLATE_NOOP("Sentences", 'address in {header} {matches} "{text}"')
    facts = {
        "header": harmless(one.header),
        "matches": match_label(match, negated=one.negated),
        "text": harmless(text),
    }
    return filled(said, facts)


def action(one: Action) -> str:
    """One action: ``Queue: Junk``, ``FollowUp-Priority: 4 high``."""
    return harmless(f"{short_header(one.header)}: {one.value}")


def short_header(name: str) -> str:
    """An X-OTOBO header without the beginning that all of them share."""
    return name[len("X-OTOBO-") :] if name.casefold().startswith("x-otobo-") else name


def conditions(record: Filter) -> str:
    """All conditions of a filter on one line."""
    return translate("Sentences", " and ").join(condition(one) for one in record.conditions)


def actions(record: Filter) -> str:
    """All actions of a filter on one line."""
    return "; ".join(action(one) for one in record.actions)


def accounts(record: Filter) -> str:
    """The accounts whose mail a filter is for."""
    return ", ".join(map(harmless, record.accounts)) or translate("Sentences", "all")


# --- outcomes ---


def outcome_label(name: str) -> str:
    """What a part of an outcome is called: ``Queue``, ``Field Room``."""
    label = OUTCOME_LABELS.get(name)
    if label is not None:
        return translate("Sentences", label)
    for begin, said in (
        (_ARTICLE_FIELD, QT_TRANSLATE_NOOP("Sentences", "Article field {name}")),
        (_FIELD, QT_TRANSLATE_NOOP("Sentences", "Field {name}")),
    ):
        if name.startswith(begin):
            return filled(said, {"name": harmless(name.removeprefix(begin))})
    return harmless(name)


def outcome_value(name: str, value: str) -> str:
    """A part of an outcome in words."""
    words = _OUTCOME_WORDS.get(name)
    return words(value) if words else harmless(value)


def _visible(said: str) -> str:
    return states.yes_no(said == "yes")


_OUTCOME_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "kind": traces.decision_kind,
    "state": states.ticket_state,
    "priority": states.priority,
    "lock": states.lock,
    "sender type": states.sender_type,
    "visible for customer": _visible,
}


def outcome_lines(outcome: Outcome) -> list[str]:
    """Every part of an outcome: ``Queue: Junk``."""
    said = QT_TRANSLATE_NOOP("Sentences", "{label}: {value}")
    return [
        filled(said, {"label": outcome_label(part), "value": outcome_value(part, value)}) for part, value in outcome
    ]


def differing(before: Outcome, after: Outcome) -> list[str]:
    """The names of what differs in two outcomes, in their order."""
    was, will = dict(before), dict(after)
    return [name for name in dict.fromkeys((*was, *will)) if was.get(name) != will.get(name)]


def headline(outcome: Outcome) -> str:
    """What becomes of a message, in a few words: ``new ticket``, ``follow-up, 2026...``."""
    known = dict(outcome)
    said = (outcome_value("kind", known.get("kind", "")), harmless(known.get("ticket", "")))
    return ", ".join(part for part in said if part)


def parts(outcome: Outcome, names: Iterable[str]) -> str:
    """Some parts of an outcome on one line, what is empty with a dash: ``Queue: Junk · Owner: –``."""
    known = dict(outcome)
    chosen = [(name, known.get(name, "")) for name in names if name not in {"kind", "ticket"}]
    said = QT_TRANSLATE_NOOP("Sentences", "{label}: {value}")
    return " · ".join(
        filled(said, {"label": outcome_label(name), "value": outcome_value(name, value) if value else "–"})
        for name, value in chosen
    )
