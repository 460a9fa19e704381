"""What validation rules must know beyond a record, read from the database."""

from __future__ import annotations

from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Surroundings
from mailadmin.storage import Storage


def surroundings(
    storage: Storage,
    *,
    without_account: int | None = None,
    without_queue: int | None = None,
    without_address: int | None = None,
    without_profile: int | None = None,
) -> Surroundings:
    """Queues, addresses, accounts, profiles and settings as they stand, without the one that is checked (by its id)."""
    named = storage.settings.load().queues().values()
    return Surroundings(
        {name_key(queue.name): queue for queue in storage.queues.all() if queue.id != without_queue},
        {name_key(address.address): address for address in storage.addresses.all() if address.id != without_address},
        tuple(account for account in storage.accounts.all() if account.id != without_account),
        frozenset(map(name_key, named)),
        {name_key(profile.name): profile for profile in storage.profiles.all() if profile.id != without_profile},
    )
