"""The rules for PostMaster filters (FEATURES PM-5), and what of the configuration their actions name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from .filters import EMAILADDRESS, Action, Condition, Filter
from .lists import ListEntry, ListKind
from .names import name_key, tidy
from .problems import Fault, Problem
from .validation import Surroundings, control_characters, entry_faults, queue_faults_of, text_faults
from .vocabulary import LOCKS, PRIORITIES, SENDER_TYPES
from .x_headers import DYNAMIC_FIELD, FOLLOW_UP, PREFIX, ValueKind, can_be_set, x_header

MAX_ORDER: Final = 999_999
MAX_PATTERN: Final = 2_000
"""Characters of a pattern, of a condition and of a setting."""
MAX_VALUE: Final = 2_000
CAPTURED: Final = "[***]"
"""In an action's value: the first group of the last condition that had one."""
_NAMED: Final = re.compile(r"\[\*\*\\(\w+)\*\*\]")
_ADDRESS_CAPTURE: Final = "email"
"""The named capture that every EMAILADDRESS: condition gives."""
_HEADER_NAME: Final = re.compile(r"[\x21-\x39\x3b-\x7e]{1,200}")
"""ftext of RFC 5322 (3.6.8): printable ASCII without the colon."""
_RELATIVE_TIME: Final = re.compile(r"[+-]?\s*\d{1,9}\s*[smhd]?", re.IGNORECASE)

KINDS_OF_LISTS: Final[Mapping[ValueKind, ListKind]] = MappingProxyType({
    ValueKind.STATE: ListKind.STATE,
    ValueKind.TICKET_TYPE: ListKind.TICKET_TYPE,
    ValueKind.SERVICE: ListKind.SERVICE,
    ValueKind.SLA: ListKind.SLA,
    ValueKind.AGENT: ListKind.AGENT,
})  # fmt: skip
"""Which list a value is looked up in."""
_CHOICES: Final[Mapping[ValueKind, tuple[str, ...]]] = MappingProxyType({
    ValueKind.PRIORITY: PRIORITIES,
    ValueKind.LOCK: LOCKS,
    ValueKind.SENDER_TYPE: SENDER_TYPES,
    ValueKind.YES_NO: ("1", "0", "yes", "no", "true", "false"),
    ValueKind.IGNORE: ("yes", "true", "no", "false"),
})  # fmt: skip


# --- what actions name ---


def names_queue(action: Action, queue: str) -> bool:
    """Whether an action sends mail to the queue of that name, in any case."""
    header = x_header(action.header)
    return header is not None and header.kind is ValueKind.QUEUE and name_key(action.value) == name_key(queue)


def names_entry(action: Action, entry: ListEntry) -> bool:
    """Whether an action names an entry of a list: by its value, a dynamic field by the header."""
    if entry.kind is ListKind.DYNAMIC_FIELD:
        return name_key(action.header) in {name_key(prefix + entry.name) for prefix in _FIELD_PREFIXES}
    header = x_header(action.header)
    if header is None:
        return False
    if header.kind is ValueKind.AGENT_ID:
        return entry.kind is ListKind.AGENT and entry.id is not None and action.value.strip() == str(entry.id)
    return KINDS_OF_LISTS.get(header.kind) is entry.kind and name_key(action.value) == name_key(entry.name)


_FIELD_PREFIXES: Final = (PREFIX + DYNAMIC_FIELD, PREFIX + FOLLOW_UP + DYNAMIC_FIELD)


def renamed(record: Filter, names: Callable[[Action], bool], after: str) -> Filter:
    """A filter whose actions follow a new name.

    :param names: tells which actions have the old one
    """
    return dataclasses.replace(
        record,
        actions=tuple(_with_name(action, after) if names(action) else action for action in record.actions),
    )


def _with_name(action: Action, after: str) -> Action:
    header = x_header(action.header)
    if header is not None and header.what == DYNAMIC_FIELD:
        prefix = action.header[: len(header.name)]
        return Action(prefix + after, action.value)
    if header is not None and header.kind is ValueKind.AGENT_ID:
        return action
    return Action(action.header, after)


# --- rules ---

Rule = Callable[[Filter, Surroundings], Iterator[Fault]]


def normalised_filter(record: Filter) -> Filter:
    """The filter as it is stored: names tidied, headers without blanks around them, accounts by name, each once."""
    accounts = {name_key(name): tidy(name) for name in record.accounts}
    return dataclasses.replace(
        record,
        name=tidy(record.name),
        conditions=tuple(dataclasses.replace(one, header=one.header.strip()) for one in record.conditions),
        actions=tuple(Action(one.header.strip(), one.value) for one in record.actions),
        accounts=tuple(accounts[key] for key in sorted(accounts)),
    )


def filter_faults(record: Filter, around: Surroundings) -> list[Fault]:
    """Every rule the filter breaks, but for its name being taken.

    Of conditions and actions, the facts ``number`` (from 1) and ``part`` say which one and what of it.
    """
    faults = list(text_faults(record, ("name", "comment")))
    for rule in FILTER_RULES:
        faults += rule(record, around)
    return faults


def _name(record: Filter, around: Surroundings) -> Iterator[Fault]:
    if not record.name.strip():
        yield Fault("name", Problem.REQUIRED)


def _order(record: Filter, around: Surroundings) -> Iterator[Fault]:
    if not 0 <= record.order <= MAX_ORDER:
        yield Fault("order", Problem.OUT_OF_RANGE, {"minimum": "0", "maximum": str(MAX_ORDER)})


def _accounts(record: Filter, around: Surroundings) -> Iterator[Fault]:
    there = {name_key(account.name) for account in around.accounts}
    for name in record.accounts:
        if name_key(name) not in there:
            yield Fault("accounts", Problem.UNKNOWN_ACCOUNT, {"account": name})


def _conditions(record: Filter, around: Surroundings) -> Iterator[Fault]:
    if not record.conditions:
        yield Fault("conditions", Problem.REQUIRED)
    for number, condition in enumerate(record.conditions, 1):
        for part, problem, facts in _condition(condition, around):
            yield Fault("conditions", problem, {"number": str(number), "part": part, **facts})


def _condition(condition: Condition, around: Surroundings) -> Iterator[tuple[str, Problem, dict[str, str]]]:
    if not condition.header:
        yield "header", Problem.REQUIRED, {}
    elif not _HEADER_NAME.fullmatch(condition.header):
        yield "header", Problem.NOT_A_HEADER, {"header": condition.header}
    pattern = condition.pattern.removeprefix(EMAILADDRESS)
    if not pattern:
        yield "pattern", Problem.REQUIRED, {}
    for problem, facts in pattern_problems(pattern, around):
        yield "pattern", problem, facts


def pattern_problems(
    pattern: str, around: Surroundings, maximum: int = MAX_PATTERN
) -> Iterator[tuple[Problem, dict[str, str]]]:
    """What is wrong with a regular expression."""
    if len(pattern) > maximum:
        yield Problem.TOO_LONG, {"maximum": str(maximum)}
    elif control_characters(pattern):
        yield Problem.CONTROL_CHARACTERS, {}
    elif detail := around.check_pattern(pattern).problem:
        yield Problem.NOT_A_PATTERN, {"detail": detail}


def _actions(record: Filter, around: Surroundings) -> Iterator[Fault]:
    if not record.actions:
        yield Fault("actions", Problem.REQUIRED)
    captures = _captures(record, around)
    for number, action in enumerate(record.actions, 1):
        for fault in (*_action_header(action, around), *_action_value(action, captures, around)):
            yield dataclasses.replace(fault, field="actions", facts={"number": str(number), **fault.facts})


def _action_header(action: Action, around: Surroundings) -> Iterator[Fault]:
    part = {"part": "header"}
    if not action.header:
        yield Fault("", Problem.REQUIRED, part)
    elif not can_be_set(action.header):
        yield Fault("", Problem.NOT_SETTABLE, {**part, "header": action.header})
    elif (header := x_header(action.header)) is not None and header.what == DYNAMIC_FIELD:
        name = action.header[len(header.name) :]
        field = around.lists.get(ListKind.DYNAMIC_FIELD, {}).get(name_key(name))
        if field is not None:  # any other is a field of the ticket
            yield from (
                Fault("", fault.problem, {**part, **fault.facts})
                for fault in entry_faults("", ListKind.DYNAMIC_FIELD, name, around)
            )


def _action_value(action: Action, captures: frozenset[str], around: Surroundings) -> Iterator[Fault]:
    value, part = action.value, {"part": "value"}
    if not value.strip():
        yield Fault("", Problem.REQUIRED, part)
        return
    if len(value) > MAX_VALUE:
        yield Fault("", Problem.TOO_LONG, {**part, "maximum": str(MAX_VALUE)})
    if control_characters(value):
        yield Fault("", Problem.CONTROL_CHARACTERS, part)
    named = _NAMED.findall(value)
    for name in sorted(set(named) - captures):
        yield Fault("", Problem.UNKNOWN_CAPTURE, {**part, "capture": name})
    header = x_header(action.header)
    if header is not None and not named and CAPTURED not in value:
        yield from (Fault("", f.problem, {**part, **f.facts}) for f in value_faults(header.kind, value, around))


def value_faults(kind: ValueKind, value: str, around: Surroundings) -> Iterator[Fault]:
    """What is wrong with the value of a header of that kind, as somebody enters it."""
    value = value.strip()
    if kind is ValueKind.QUEUE:
        yield from queue_faults_of("", value, around)
    elif kind in KINDS_OF_LISTS:
        yield from entry_faults("", KINDS_OF_LISTS[kind], value, around)
    elif kind in _CHOICES:
        if value.casefold() not in _CHOICES[kind]:
            yield Fault("", Problem.NOT_A_CHOICE, {"choices": ", ".join(_CHOICES[kind])})
    elif kind is ValueKind.AGENT_ID:
        if value not in {str(entry.id) for entry in around.lists.get(ListKind.AGENT, {}).values()}:
            yield Fault("", Problem.UNKNOWN_ENTRY, {"list": ListKind.AGENT.value, "name": value})
    elif kind is ValueKind.PENDING_TIME and not _is_time(value):
        yield Fault("", Problem.NOT_A_TIME)


def _is_time(value: str) -> bool:
    """Whether a pending time is absolute (``2026-11-20 08:00:00``) or relative to now (``+2d``)."""
    if _RELATIVE_TIME.fullmatch(value):
        return True
    try:
        datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  (only whether it is one)
    except ValueError:
        return False
    return True


def _captures(record: Filter, around: Surroundings) -> frozenset[str]:
    """The named captures that conditions give; what must not be found gives none."""
    found: set[str] = set()
    for condition in record.conditions:
        if not condition.negated:
            found |= around.check_pattern(condition.pattern.removeprefix(EMAILADDRESS)).names
            found |= {_ADDRESS_CAPTURE} if condition.pattern.startswith(EMAILADDRESS) else set()
    return frozenset(found)


FILTER_RULES: Final[tuple[Rule, ...]] = (_name, _order, _accounts, _conditions, _actions)
