"""What validation rules must know beyond a record, read from the database."""

from __future__ import annotations

from mailadmin.domain.names import name_key
from mailadmin.domain.validation import Surroundings
from mailadmin.storage import Storage


def surroundings(storage: Storage, *, without_account: int | None = None) -> Surroundings:
    """Queues, addresses and accounts as they stand; ``without_account`` is the account that is being checked."""
    return Surroundings(
        {name_key(queue.name): queue for queue in storage.queues.all()},
        {name_key(address.address): address for address in storage.addresses.all()},
        tuple(account for account in storage.accounts.all() if account.id != without_account),
    )
