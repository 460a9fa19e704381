"""What validation rules must know beyond a record, read from the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.settings import Settings
from mailadmin.domain.validation import Surroundings
from mailadmin.postmaster.patterns import check_pattern
from mailadmin.storage import Storage


def surroundings(
    storage: Storage,
    *,
    without_account: int | None = None,
    without_queue: int | None = None,
    without_address: int | None = None,
    without_profile: int | None = None,
) -> Surroundings:
    """Everything but customers and texts as it stands, without the one that is checked (by its id)."""
    settings = storage.settings.load()
    return Surroundings(
        queues={name_key(queue.name): queue for queue in storage.queues.all() if queue.id != without_queue},
        addresses={
            name_key(address.address): address for address in storage.addresses.all() if address.id != without_address
        },
        accounts=tuple(account for account in storage.accounts.all() if account.id != without_account),
        default_queues=frozenset(map(name_key, settings.queues().values())),
        profiles={
            name_key(profile.name): profile for profile in storage.profiles.all() if profile.id != without_profile
        },
        default_states=default_states(settings),
        lists=lists_by_name(storage.lists.all()),
        check_pattern=check_pattern,
    )


def surroundings_of_customers(storage: Storage, users: Iterable[CustomerUser], around: Surroundings) -> Surroundings:
    """With what the rules for these customer users need: companies they name, and who has their addresses."""
    users = tuple(users)
    mine = {user.id for user in users}
    owners = storage.customers.owners(address for user in users for address in user.addresses)
    return dataclasses.replace(
        around,
        companies=storage.companies.known(user.company for user in users if user.company),
        address_owners={key: login for key, (owner, login) in owners.items() if owner not in mine},
    )


def surroundings_of_companies(storage: Storage, companies: Iterable[Company], around: Surroundings) -> Surroundings:
    """With what the rules for these companies need: whose their domains are."""
    companies = tuple(companies)
    mine = {company.id for company in companies}
    owners = storage.companies.owners(domain for company in companies for domain in company.domains)
    return dataclasses.replace(
        around, domain_owners={key: name for key, (owner, name) in owners.items() if owner not in mine}
    )


def default_states(settings: Settings) -> dict[str, str]:
    """The casefolded names of the states that settings name, with one such setting."""
    return {name_key(state): key for key, state in settings.states().items()}


def lists_by_name(entries: Iterable[ListEntry]) -> Mapping[ListKind, Mapping[str, ListEntry]]:
    """The entries of each list by casefolded name."""
    found: dict[ListKind, dict[str, ListEntry]] = {kind: {} for kind in ListKind}
    for entry in entries:
        found[entry.kind][name_key(entry.name)] = entry
    return found


def answers(responses: Iterable[AutoResponse]) -> dict[tuple[str, ResponseType], str]:
    """The names of the valid texts, by casefolded queue and type."""
    valid = [response for response in responses if response.validity is Validity.VALID]
    return {(name_key(queue), response.type): response.name for response in valid for queue in response.queues}
