"""Every kind of record as a table of the file. The keys of a table are the fields of its domain class: declared once.

A table also knows what its records refer to, what of them must wait for others, and how they are changed and removed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from mailadmin.domain.accounts import EditedRecord, Family, IncomingAccount
from mailadmin.domain.lists import SHIPPED_STATES, SHIPPED_TYPE, ListEntry, ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import SHIPPED_QUEUES, Queue
from mailadmin.domain.validation import Fault
from mailadmin.services import kinds
from mailadmin.services.accounts import change_account, delete_account
from mailadmin.services.kinds import Kind, moved
from mailadmin.services.oauth.profiles import change_profile, delete_profile
from mailadmin.services.records import follow_entry
from mailadmin.storage import Storage

from .values import plain, read_fields, write_value

Record = TypeVar("Record", bound=EditedRecord)
Named = Mapping[str, Any]
"""Records of one table, by casefolded name."""

_OURS: Final = frozenset({"id", "uid", "version", "created", "changed"})
"""Fields that the program keeps and a file does not say."""


@dataclass(frozen=True, kw_only=True)
class Table(Generic[Record]):
    """A kind of record: its table in the file, and what there is to know about writing it to the database.

    ``fixed``: fields that all its records have alike. ``without``: fields that its records do not have. ``called``:
    fields that a file calls otherwise. ``refers``: fields with names of another table's records, and that table.
    ``untold``: fields that a file need not say of a record. ``apart``: where the surroundings hold the records
    themselves. ``shipped``: what every database starts with, which is never pruned. ``first``: of the records that are
    to be written, given those that there are by table: as what some of them must be written before others are
    written; the whole of them follows. ``loose``: a record that is to be removed, without what it holds on to.
    ``change``, ``remove``: how, if not by the store alone. ``follow``: has what names a record, and is not said
    by the file, go along with its change (before, after).
    """

    name: str
    kind: Kind[Record]
    fixed: Mapping[str, object] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)
    refers: Mapping[str, str] = field(default_factory=dict)
    untold: Callable[[Record], frozenset[str]] = lambda _record: frozenset()
    apart: str = ""
    shipped: tuple[Record, ...] = ()
    shipped_untold: bool = False
    """Whether a file need not say what is as it was shipped."""
    first: Callable[[Named, Mapping[str, Named]], dict[str, Record]] = lambda _records, _there: {}
    loose: Callable[[Record], Record] = lambda record: record
    change: Callable[[Storage, Record], object] | None = None
    remove: Callable[[Storage, Record], object] | None = None
    follow: Callable[[Storage, Record, Record], object] | None = None

    @property
    def record(self) -> type[Record]:
        """The class of its records."""
        return self.kind.record

    @property
    def key(self) -> str:
        """The field that names a record."""
        return self.kind.key

    @property
    def keys(self) -> dict[str, str]:
        """The keys a file may use, to the fields they are for, in the order they are written."""
        names = (one.name for one in dataclasses.fields(self.record))
        kept = (name for name in names if name not in _OURS | self.without | self.fixed.keys())
        return {self.called.get(name, name): name for name in kept}

    @property
    def fields(self) -> tuple[str, ...]:
        """The keys a file may use."""
        return tuple(self.keys)

    def read(self, entries: Mapping[str, Any]) -> tuple[Record | None, list[Fault]]:
        """A record from a TOML table; what is not said takes its default. None with the faults if it cannot be."""
        values, faults = read_fields(self.record, entries, self.keys)
        return (None, faults) if faults else (self.record(**values, **self.fixed), [])

    def write(self, record: Record) -> str:
        """A record as the lines of a TOML table: every field that has something to say, in a fixed order."""
        untold = self.untold(record)
        said = ((key, getattr(record, name)) for key, name in self.keys.items() if name not in untold)
        lines = (write_value(key, value) for key, value in said if value not in (None, "", ()))
        return "".join(lines)

    def name_of(self, record: Record) -> str:
        """What a record is called."""
        return self.kind.name_of(record)

    def of(self, storage: Storage) -> dict[str, Record]:
        """What the database says, by casefolded name."""
        records = self.kind.store_of(storage).all()
        mine = (one for one in records if all(getattr(one, name) == value for name, value in self.fixed.items()))
        return {name_key(self.name_of(record)): record for record in mine}

    def differences(self, before: Record, after: Record) -> dict[str, tuple[Any, Any]]:
        """Field by field, what is changed: (before, after) as a file would say it."""
        return {
            key: (plain(getattr(before, name)), plain(getattr(after, name)))
            for key, name in self.keys.items()
            if getattr(before, name) != getattr(after, name)
        }

    def is_shipped(self, key: str) -> bool:
        """Whether every database starts with a record of that casefolded name."""
        return any(name_key(self.name_of(record)) == key for record in self.shipped)

    def is_told(self, record: Record) -> bool:
        """Whether a file that says everything says this record."""
        return not (self.shipped_untold and any(not self.differences(one, record) for one in self.shipped))

    def fault(self, fault: Fault) -> Fault:
        """A rule's fault by the key that a file uses."""
        return replace(fault, field=self.called.get(fault.field, fault.field))


# --- what has to wait ---


def _senders(queues: Named, there: Mapping[str, Named]) -> dict[str, Queue]:
    """A queue may name an address that names the queue: it comes without, unless the address is there already."""
    known = there[ADDRESSES.name]
    return {
        key: replace(queue, sender_address="")
        for key, queue in queues.items()
        if queue.sender_address and name_key(queue.sender_address) not in known
    }


def _no_folder(account: IncomingAccount) -> frozenset[str]:
    """POP3 knows no folders."""
    return frozenset({"folder"}) if account.type.family is Family.POP3 else frozenset()


# --- the tables ---

QUEUES: Final = Table(
    name="queue",
    kind=kinds.QUEUES,
    refers={"sender_address": "address"},
    apart="queues",
    shipped=SHIPPED_QUEUES,
    first=_senders,
    loose=lambda queue: replace(queue, sender_address=""),
)
ADDRESSES: Final = Table(name="address", kind=kinds.ADDRESSES, refers={"queue": "queue"}, apart="addresses")
PROFILES: Final = Table(
    name="oauth_profile", kind=kinds.PROFILES, apart="profiles", change=change_profile, remove=delete_profile
)
ACCOUNTS: Final = Table(
    name="incoming_account",
    kind=kinds.ACCOUNTS,
    refers={"queue": "queue", "oauth_profile": "oauth_profile", "ticket_type": "ticket_type"},
    untold=_no_folder,
    apart="accounts",
    change=change_account,
    remove=delete_account,
)


def _list(kind: ListKind, shipped: tuple[ListEntry, ...] = (), **own: str) -> Table[ListEntry]:
    """A list; of the fields that only some lists have, ``own`` says its own, and what a file calls it."""
    return Table(
        name=kind.value,
        kind=kinds.LISTS,
        fixed={"kind": kind},
        without=frozenset({"state_type", "field_of", "email"} - own.keys()),
        called=own,
        shipped=shipped,
        shipped_untold=True,
        follow=lambda storage, before, after: follow_entry(storage, before, after.name),
    )


LISTS: Final = {
    ListKind.AGENT: _list(ListKind.AGENT, email="email"),
    ListKind.SERVICE: _list(ListKind.SERVICE),
    ListKind.SLA: _list(ListKind.SLA),
    ListKind.TICKET_TYPE: _list(ListKind.TICKET_TYPE, (SHIPPED_TYPE,)),
    ListKind.STATE: _list(ListKind.STATE, SHIPPED_STATES, state_type="type"),
    ListKind.DYNAMIC_FIELD: _list(ListKind.DYNAMIC_FIELD, field_of="of"),
}
EXTERNAL_NUMBERS: Final = Table(
    name="external_number", kind=kinds.EXTERNAL_NUMBERS, refers={"dynamic_field": "dynamic_field"}
)
FILTERS: Final = Table(name="filter", kind=kinds.FILTERS, refers={"accounts": "incoming_account"})
COMPANIES: Final = Table(
    name="company", kind=kinds.COMPANIES, first=lambda new, there: moved(new, there["company"], "domains")
)
CUSTOMERS: Final = Table(
    name="customer_user",
    kind=kinds.CUSTOMERS,
    refers={"company": "company"},
    first=lambda new, there: moved(new, there["customer_user"], "addresses"),
)
AUTO_RESPONSES: Final = Table(name="auto_response", kind=kinds.AUTO_RESPONSES, refers={"queues": "queue"})

TABLES: Final[tuple[Table[Any], ...]] = (
    QUEUES, ADDRESSES, PROFILES, *LISTS.values(), ACCOUNTS, EXTERNAL_NUMBERS, FILTERS, COMPANIES, CUSTOMERS,
    AUTO_RESPONSES,
)  # fmt: skip
"""In the order they are written: what is referred to comes first."""
