"""Values of records as TOML: read by the types a record's class declares, and written again."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import tomli_w

from mailadmin.domain.validation import Fault, Problem

_NAMES: Final = frozenset(
    {
        "name", "queue", "address", "sender_address", "group", "ticket_type", "oauth_profile", "login", "company",
        "customer_id", "dynamic_field", "accounts", "queues",
    }
)  # fmt: skip
"""Fields with names in them: letters with marks are stored in one form."""
_WORDS: Final = {str: "text", bool: "true or false", int: "a whole number", date: "a date"}
_INDENT: Final = "    "


def read_value(name: str, hint: Any, value: Any) -> tuple[Any, list[Fault]]:  # noqa: ANN401  (by the annotations)
    """A field's value from what a file says, with the faults.

    :param hint: the type that the record's class declares
    """
    if isinstance(hint, types.UnionType):  # int | None, date | None: TOML has no null, so only the other one is said
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if typing.get_origin(hint) is tuple:
        return _read_several(name, typing.get_args(hint)[0], value)
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        choices = [member.value for member in hint]
        if value in choices:
            return hint(value), []
        return None, [Fault(name, Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)})]
    if type(value) is not hint:
        return None, [Fault(name, Problem.WRONG_TYPE, {"expected": _WORDS[hint]})]
    return unicodedata.normalize("NFC", value) if name in _NAMES else value, []


def _read_several(name: str, hint: Any, value: Any) -> tuple[Any, list[Fault]]:  # noqa: ANN401
    parts = dataclasses.is_dataclass(hint)
    if not isinstance(value, list):
        expected = "an array of tables" if parts else "an array"
        return None, [Fault(name, Problem.WRONG_TYPE, {"expected": expected})]
    values, faults = [], []
    for number, entry in enumerate(value, 1):
        read, wrong = _read_part(name, hint, entry) if parts else read_value(name, hint, entry)
        values.append(read)
        faults += [dataclasses.replace(fault, facts={"number": str(number), **fault.facts}) for fault in wrong]
    return tuple(values), faults


def _read_part(name: str, kind: Any, entry: Any) -> tuple[Any, list[Fault]]:  # noqa: ANN401
    """One condition or action of a filter. The fact ``part`` says which of its keys is meant."""
    if not isinstance(entry, dict):
        return None, [Fault(name, Problem.WRONG_TYPE, {"expected": "a table"})]
    read, wrong = read_fields(kind, entry, {field.name: field.name for field in dataclasses.fields(kind)})
    faults = [Fault(name, fault.problem, {"part": fault.field, **fault.facts}) for fault in wrong]
    return (None if faults else kind(**read)), faults


def read_fields(
    record: Any,  # noqa: ANN401  (any class of records)
    entries: Mapping[str, Any],
    keys: Mapping[str, str],
) -> tuple[dict[str, Any], list[Fault]]:
    """The fields of a record from a TOML table; what is not said takes its default. Faults are by key.

    :param keys: the keys that a file may use, to the fields they are for
    """
    hints = typing.get_type_hints(record)
    defaults = {field.name: field.default for field in dataclasses.fields(record)}
    faults = [Fault(key, Problem.UNKNOWN_KEY) for key in entries if key not in keys]
    values: dict[str, Any] = {}
    for key, field in keys.items():
        if key not in entries:
            if defaults[field] is dataclasses.MISSING:
                faults.append(Fault(key, Problem.REQUIRED))
            continue
        value, wrong = read_value(key, hints[field], entries[key])
        faults += wrong
        values[field] = value
    return values, faults


def plain(value: Any) -> Any:  # noqa: ANN401  (any value of a record)
    """A value as JSON has it; of conditions and actions their fields."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def write_value(key: str, value: Any) -> str:  # noqa: ANN401  (any value of a record)
    """A line of TOML for a key; several lines for a text of several, and for a list of tables."""
    if isinstance(value, tuple):
        return _write_several(key, value)
    value = value.value if isinstance(value, enum.Enum) else value
    return tomli_w.dumps({key: value}, multiline_strings=True)


def _write_several(key: str, values: Sequence[Any]) -> str:
    if not values or not dataclasses.is_dataclass(values[0]):
        return tomli_w.dumps({key: [plain(value) for value in values]})
    # The writer would make tables of their own of them, which do not nest below ours.
    lines = [f"{_INDENT}{{ {_inline(part)} }},\n" for part in values]
    return f"{key} = [\n{''.join(lines)}]\n"


def _inline(part: Any) -> str:  # noqa: ANN401  (a condition or an action)
    said = ((field, getattr(part, field.name)) for field in dataclasses.fields(part))
    return ", ".join(
        tomli_w.dumps({field.name: value}).strip()
        for field, value in said
        if field.default is dataclasses.MISSING or value != field.default
    )
