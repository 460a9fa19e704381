"""The rules for entries of the plain lists, and for external ticket numbers (FEATURES PM-4, PM-6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from .accounts import Validity
from .external_numbers import ExternalNumberRule
from .filter_rules import pattern_problems
from .lists import SHIPPED_STATES, FieldOf, ListEntry, ListKind
from .names import name_key, tidy
from .problems import Fault, Problem
from .validation import MAX_LENGTHS, Surroundings, entry_faults, is_address, text_faults
from .vocabulary import SENDER_TYPES
from .x_headers import is_field_name

_LEVELS: Final = frozenset({ListKind.SERVICE, ListKind.SLA})
_ONLY_OF: Final = {"state_type": ListKind.STATE, "field_of": ListKind.DYNAMIC_FIELD, "email": ListKind.AGENT}
_STATE_TYPES: Final = {name_key(entry.name): entry.state_type for entry in SHIPPED_STATES}


def normalised_entry(entry: ListEntry) -> ListEntry:
    """The entry as it is stored: name and address tidied; a dynamic field is the ticket's unless it says otherwise."""
    field_of = entry.field_of
    if field_of is None and entry.kind is ListKind.DYNAMIC_FIELD:
        field_of = FieldOf.TICKET
    return dataclasses.replace(entry, name=tidy(entry.name), email=entry.email.strip(), field_of=field_of)


def list_entry_faults(entry: ListEntry, around: Surroundings) -> list[Fault]:
    """Every rule the entry breaks, but for its name being taken."""
    faults = list(text_faults(entry, ("name", "email", "comment")))
    faults += _entry_name(entry)
    for field, kind in _ONLY_OF.items():
        if getattr(entry, field) and entry.kind is not kind:
            faults.append(Fault(field, Problem.NOT_FOR_LIST, {"list": entry.kind.value}))
    if entry.kind is ListKind.AGENT and entry.email and not is_address(entry.email):
        faults.append(Fault("email", Problem.NOT_AN_ADDRESS))
    if entry.kind is ListKind.STATE:
        faults += _state(entry, around)
    return faults


def _entry_name(entry: ListEntry) -> Iterator[Fault]:
    if not entry.name.strip():
        yield Fault("name", Problem.REQUIRED)
    elif entry.kind in _LEVELS and not all(level.strip() == level != "" for level in entry.name.split("::")):
        yield Fault("name", Problem.EMPTY_LEVEL)
    elif entry.kind is ListKind.DYNAMIC_FIELD and not is_field_name(entry.name):
        yield Fault("name", Problem.NOT_A_FIELD_NAME)


def _state(entry: ListEntry, around: Surroundings) -> Iterator[Fault]:
    """The program closes, merges and reopens by the shipped states: they keep name and type."""
    shipped = _STATE_TYPES.get(name_key(entry.name))
    if entry.state_type is None:
        yield Fault("state_type", Problem.REQUIRED)
    elif shipped is not None and entry.state_type is not shipped:
        yield Fault("state_type", Problem.SHIPPED)
    before = around.before
    if isinstance(before, ListEntry) and name_key(before.name) in _STATE_TYPES and shipped is None:
        yield Fault("name", Problem.SHIPPED)
    if entry.validity is not Validity.VALID:
        named = around.default_states.get(name_key(before.name if isinstance(before, ListEntry) else entry.name))
        if named is not None:
            yield Fault("validity", Problem.IN_USE, {"used_by": f"setting {named}"})


# --- external ticket numbers ---


def normalised_external_number(rule: ExternalNumberRule) -> ExternalNumberRule:
    """The rule as it is stored: names tidied, each state type once, in one order."""
    return dataclasses.replace(
        rule,
        name=tidy(rule.name),
        dynamic_field=tidy(rule.dynamic_field),
        state_types=tuple(sorted(set(rule.state_types))),
    )


def external_number_faults(rule: ExternalNumberRule, around: Surroundings) -> list[Fault]:
    """Every rule that the rule breaks, but for its name being taken."""
    faults = list(text_faults(rule, ("name", "dynamic_field", "comment")))
    faults += [Fault(name, Problem.REQUIRED) for name in ("name", "number_pattern") if not getattr(rule, name).strip()]
    for name in ("from_pattern", "number_pattern"):
        found = pattern_problems(getattr(rule, name), around, MAX_LENGTHS[name])
        faults += [Fault(name, problem, facts) for problem, facts in found]
    if rule.number_pattern and not {fault.field for fault in faults} & {"number_pattern"}:
        faults += [Fault("number_pattern", Problem.NO_GROUP)] * (not around.check_pattern(rule.number_pattern).groups)
    if not rule.in_subject and not rule.in_body:
        faults.append(Fault("in_subject", Problem.SEARCHES_NOWHERE))
    faults += _field(rule, around)
    if rule.sender_type not in SENDER_TYPES:
        faults.append(Fault("sender_type", Problem.NOT_A_CHOICE, {"choices": ", ".join(SENDER_TYPES)}))
    return faults


def _field(rule: ExternalNumberRule, around: Surroundings) -> Iterator[Fault]:
    """The number is looked for among the fields of tickets: any name will do but an article's or one not valid."""
    name = rule.dynamic_field
    if not name:
        yield Fault("dynamic_field", Problem.REQUIRED)
    elif not is_field_name(name):
        yield Fault("dynamic_field", Problem.NOT_A_FIELD_NAME)
    elif (entry := around.lists.get(ListKind.DYNAMIC_FIELD, {}).get(name_key(name))) is not None:
        if entry.field_of is FieldOf.ARTICLE:
            yield Fault("dynamic_field", Problem.FIELD_OF_ARTICLE, {"name": name})
        yield from entry_faults("dynamic_field", ListKind.DYNAMIC_FIELD, name, around)
