"""Records as TOML tables. The fields of a table are the fields of its domain class: declared once, there."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Generic, TypeVar

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import Fault, Problem

Record = TypeVar("Record", Queue, MailAddress, OAuthProfile, IncomingAccount)

_OURS: Final = frozenset({"id", "uid", "version", "created", "changed"})
"""Fields that the program keeps and a file does not say."""
_NAMES: Final = frozenset({"name", "queue", "address", "sender_address", "group", "ticket_type", "oauth_profile"})
"""Fields with names in them: letters with marks are stored in one form."""
_WORDS: Final = {str: "text", bool: "true or false", int: "a whole number", date: "a date"}


@dataclasses.dataclass(frozen=True)
class Table(Generic[Record]):
    """A kind of record: its table in the file, its class, and the field that names it."""

    name: str
    record: type[Record]
    key: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys a file may use, in the order they are written."""
        return tuple(field.name for field in dataclasses.fields(self.record) if field.name not in _OURS)

    def read(self, entries: Mapping[str, Any]) -> tuple[Record | None, list[Fault]]:
        """A record from a TOML table; what is not said takes its default. None with the faults if it cannot be."""
        hints = typing.get_type_hints(self.record)
        faults = [Fault(key, Problem.UNKNOWN_KEY) for key in entries if key not in self.fields]
        values: dict[str, Any] = {}
        for field in dataclasses.fields(self.record):
            if field.name in _OURS:
                continue
            if field.name not in entries:
                if field.default is dataclasses.MISSING:
                    faults.append(Fault(field.name, Problem.REQUIRED))
                continue
            value = _convert(hints[field.name], entries[field.name])
            if field.name in _NAMES and isinstance(value, str):
                value = unicodedata.normalize("NFC", value)
            if isinstance(value, Fault):
                faults.append(dataclasses.replace(value, field=field.name))
            else:
                values[field.name] = value
        return (None, faults) if faults else (self.record(**values), [])

    def write(self, record: Record) -> dict[str, Any]:
        """A record as a TOML table: every field that has something to say, in a fixed order."""
        entries = {}
        for name in self.fields:
            value = getattr(record, name)
            if value is not None and value != "":
                entries[name] = value.value if isinstance(value, enum.Enum) else value
        return entries

    def name_of(self, record: Record) -> str:
        """What a record is called."""
        return str(getattr(record, self.key))

    def differences(self, before: Record, after: Record) -> dict[str, tuple[Any, Any]]:
        """Field by field, what is changed: (before, after) as a file would say it."""
        return {
            name: (_plain(getattr(before, name)), _plain(getattr(after, name)))
            for name in self.fields
            if getattr(before, name) != getattr(after, name)
        }


def _plain(value: Any) -> Any:  # noqa: ANN401  (any value of a record)
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _convert(hint: Any, value: Any) -> Any:  # noqa: ANN401  (driven by the class's own annotations)
    if isinstance(hint, types.UnionType):  # int | None, date | None: TOML has no null, so only the other one is said
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        choices = [member.value for member in hint]
        if value in choices:
            return hint(value)
        return Fault("", Problem.NOT_A_CHOICE, {"choices": ", ".join(choices)})
    if type(value) is not hint:
        return Fault("", Problem.WRONG_TYPE, {"expected": _WORDS[hint]})
    return value


QUEUES: Final = Table("queue", Queue, "name")
ADDRESSES: Final = Table("address", MailAddress, "address")
PROFILES: Final = Table("oauth_profile", OAuthProfile, "name")
ACCOUNTS: Final = Table("incoming_account", IncomingAccount, "name")
TABLES: Final = (QUEUES, ADDRESSES, PROFILES, ACCOUNTS)
"""In the order they are written: what is referred to comes first."""
