"""Every kind of record that administrators edit: where it is kept, how it is tidied, which rules it follows.

Declared once, here: services save by it, ``apply`` and ``export`` read and write files by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from mailadmin.domain.accounts import EditedRecord, IncomingAccount
from mailadmin.domain.addresses import address_key
from mailadmin.domain.customer_rules import company_faults, customer_faults, normalised_company, normalised_customer
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filter_rules import filter_faults, normalised_filter
from mailadmin.domain.filters import Filter
from mailadmin.domain.list_rules import (
    external_number_faults,
    list_entry_faults,
    normalised_entry,
    normalised_external_number,
)
from mailadmin.domain.lists import ListEntry
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.profile_rules import normalised_profile, profile_faults
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.response_rules import normalised_response, response_faults
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.validation import (
    Fault,
    Surroundings,
    account_faults,
    address_faults,
    normalised,
    normalised_address,
    normalised_queue,
    queue_faults,
)
from mailadmin.storage import Storage
from mailadmin.storage.records import RecordStore

R = TypeVar("R", bound=EditedRecord)


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind. ``name`` is its table in the file of ``apply``, ``key`` the field that names a record.

    ``store`` is the name of its store. ``faults`` says which rules a record breaks; in the surroundings it must not
    find the record itself. That its name is taken is a rule of its own for queues, addresses, profiles and accounts
    alone; the others are asked for their names.
    """

    name: str
    record: type[R]
    key: str
    store: str
    tidy: Callable[[R], R]
    faults: Callable[[R, Surroundings], list[Fault]]

    def store_of(self, storage: Storage) -> RecordStore[R]:
        """Where its records are kept."""
        store: RecordStore[R] = getattr(storage, self.store)
        return store

    def table_of(self, record: R) -> str:
        """What a record's table is called in faults: of an entry of a list the list's name."""
        return record.kind.value if isinstance(record, ListEntry) else self.name

    def name_of(self, record: R) -> str:
        """What a record is called."""
        return str(getattr(record, self.key))


QUEUES: Final = Kind("queue", Queue, "name", "queues", normalised_queue, queue_faults)
ADDRESSES: Final = Kind("address", MailAddress, "address", "addresses", normalised_address, address_faults)
PROFILES: Final = Kind("oauth_profile", OAuthProfile, "name", "profiles", normalised_profile, profile_faults)
ACCOUNTS: Final = Kind("incoming_account", IncomingAccount, "name", "accounts", normalised, account_faults)
FILTERS: Final = Kind("filter", Filter, "name", "filters", normalised_filter, filter_faults)
LISTS: Final = Kind("list_entry", ListEntry, "name", "lists", normalised_entry, list_entry_faults)
EXTERNAL_NUMBERS: Final = Kind(
    "external_number",
    ExternalNumberRule,
    "name",
    "external_numbers",
    normalised_external_number,
    external_number_faults,
)
COMPANIES: Final = Kind("company", Company, "customer_id", "companies", normalised_company, company_faults)
CUSTOMERS: Final = Kind("customer_user", CustomerUser, "login", "customers", normalised_customer, customer_faults)
AUTO_RESPONSES: Final = Kind(
    "auto_response", AutoResponse, "name", "auto_responses", normalised_response, response_faults
)

KINDS: Final[dict[type[Any], Kind[Any]]] = {
    kind.record: kind for kind in (FILTERS, LISTS, EXTERNAL_NUMBERS, COMPANIES, CUSTOMERS, AUTO_RESPONSES)
}
"""Those that :class:`.records.RecordService` serves, by their class."""


def moved(records: Mapping[str, R], there: Mapping[str, R], name: str) -> dict[str, R]:
    """Records whose addresses (or domains) are partly another record's until now, without these.

    So they are written first; when all have given away what they had, the whole of them can follow.

    :param records: what is to be written, by casefolded name
    :param there: what is stored, by casefolded name
    :param name: the field, ``addresses`` or ``domains``
    """
    owners = {address_key(value): key for key, record in there.items() for value in getattr(record, name)}
    first = {}
    for key, record in records.items():
        values = getattr(record, name)
        mine = tuple(value for value in values if owners.get(address_key(value), key) == key)
        if mine != values:
            first[key] = replace(record, **{name: mine})
    return first
