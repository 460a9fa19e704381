"""Queues, and the e-mail addresses that lead to them: list, add, change, delete (PM-1, PM-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from mailadmin.domain.accounts import Validity
from mailadmin.domain.filter_rules import names_queue
from mailadmin.domain.names import name_key
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.validation import (
    Fault,
    InvalidRecordError,
    address_faults,
    normalised_address,
    normalised_queue,
    queue_faults,
)
from mailadmin.services.records import follow_in_filters
from mailadmin.services.surroundings import surroundings
from mailadmin.storage import Storage

QUEUE_TABLE: Final = "queue"
ADDRESS_TABLE: Final = "address"
_LEVEL: Final = "::"


@dataclass(frozen=True, slots=True)
class QueueUse:
    """What refers to a queue: accounts, addresses, settings, filters and auto-responses by name. False: nothing does.

    ``tickets``: how many it holds; ``messages``: how many of the inbox wait to get into it.
    """

    accounts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    tickets: int = 0
    messages: int = 0
    filters: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != QueueUse()


class RoutingService:
    """What an administrator does with queues and e-mail addresses."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def queues(self) -> list[Queue]:
        """Every queue, by name."""
        return self._storage.queues.all()

    def addresses(self) -> list[MailAddress]:
        """Every e-mail address, by name."""
        return self._storage.addresses.all()

    # --- queues ---

    def queue_faults(self, queue: Queue) -> list[Fault]:
        """Every rule the queue breaks, as it would be saved."""
        return queue_faults(normalised_queue(queue), surroundings(self._storage, without_queue=queue.id))

    def used_by(self, queue: Queue) -> QueueUse:
        """What refers to a stored queue, and so stands in the way of its deletion."""
        key = name_key(queue.name)
        return QueueUse(
            tuple(account.name for account in self._storage.accounts.all() if name_key(account.queue) == key),
            tuple(address.address for address in self._storage.addresses.all() if name_key(address.queue) == key),
            self._settings_naming(queue.name),
            self._storage.queues.ticket_count(queue.id) if queue.id is not None else 0,
            self._storage.queues.waiting_count(queue.name),
            tuple(
                record.name
                for record in self._storage.filters.all()
                if any(names_queue(action, queue.name) for action in record.actions)
            ),
            tuple(
                response.name
                for response in self._storage.auto_responses.all()
                if key in map(name_key, response.queues)
            ),
        )

    def add_queue(self, queue: Queue) -> Queue:
        """Save a new queue.

        :raises InvalidRecordError: it breaks rules
        """
        return self._storage.queues.add(self._checked_queue(queue))

    def change_queue(self, queue: Queue) -> Queue:
        """Save a changed queue. When its name changes, what names it follows: settings, filters, mail, sub-queues.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed it since it was read
        """
        with self._storage.transaction():
            queue = self._checked_queue(queue)
            before = self._storage.queues.get(queue.id or 0)
            if before is None or before.name == queue.name:
                return self._storage.queues.change(queue)
            moved = {before.name: queue, **self._sub_queues_moved(before.name, queue)}
            # Processing holds its messages before it asks for their queue: in the same order, nobody waits in a circle.
            for name, renamed in moved.items():
                self._storage.queues.follow_rename(name, renamed.name)
            stored = self._storage.queues.change(queue)
            for name, renamed in moved.items():
                if renamed is not queue:
                    self._storage.queues.change(self._checked_queue(renamed))
                for key in self._settings_naming(name):
                    self._storage.settings.set(key, renamed.name)
                follow_in_filters(self._storage, partial(names_queue, queue=name), renamed.name)
            return stored

    def set_queue_validity(self, queues: Sequence[Queue], validity: Validity) -> list[Queue]:
        """Set the validity of several queues at once, all or none.

        :raises UserFixableError: EDIT_CONFLICT
        """
        with self._storage.transaction():
            return [self.change_queue(dataclasses.replace(queue, validity=validity)) for queue in queues]

    def delete_queue(self, queue: Queue) -> None:
        """Delete a queue that nothing refers to.

        :raises UserFixableError: IN_USE; :meth:`used_by` has the whole list. EDIT_CONFLICT when somebody else has
            changed it since it was read
        """
        self._storage.queues.delete(queue)

    # --- addresses ---

    def address_faults(self, address: MailAddress) -> list[Fault]:
        """Every rule the address breaks, as it would be saved."""
        return address_faults(normalised_address(address), surroundings(self._storage, without_address=address.id))

    def sender_of(self, address: MailAddress) -> tuple[str, ...]:
        """The names of the queues that write as this address, which stand in the way of its deletion."""
        key = name_key(address.address)
        return tuple(queue.name for queue in self._storage.queues.all() if name_key(queue.sender_address) == key)

    def add_address(self, address: MailAddress) -> MailAddress:
        """Save a new address.

        :raises InvalidRecordError: it breaks rules
        """
        return self._storage.addresses.add(self._checked_address(address))

    def change_address(self, address: MailAddress) -> MailAddress:
        """Save a changed address.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed it since it was read
        """
        return self._storage.addresses.change(self._checked_address(address))

    def set_address_validity(self, addresses: Sequence[MailAddress], validity: Validity) -> list[MailAddress]:
        """Set the validity of several addresses at once, all or none.

        :raises UserFixableError: EDIT_CONFLICT
        """
        with self._storage.transaction():
            return [self.change_address(dataclasses.replace(address, validity=validity)) for address in addresses]

    def delete_address(self, address: MailAddress) -> None:
        """Delete an address that no queue writes as.

        :raises UserFixableError: IN_USE, EDIT_CONFLICT when somebody else has changed it since it was read
        """
        self._storage.addresses.delete(address)

    # --- inside ---

    def _checked_queue(self, queue: Queue) -> Queue:
        if faults := self.queue_faults(queue):
            raise InvalidRecordError((QUEUE_TABLE, queue.name, fault) for fault in faults)
        return normalised_queue(queue)

    def _checked_address(self, address: MailAddress) -> MailAddress:
        if faults := self.address_faults(address):
            raise InvalidRecordError((ADDRESS_TABLE, address.address, fault) for fault in faults)
        return normalised_address(address)

    def _settings_naming(self, queue: str) -> tuple[str, ...]:
        named = self._storage.settings.load().queues()
        return tuple(key for key, name in named.items() if name_key(name) == name_key(queue))

    def _sub_queues_moved(self, before: str, renamed: Queue) -> dict[str, Queue]:
        """Sub-queues as they will be, by their name before: ``Support::Printers`` stays below what was ``Support``."""
        above = name_key(before) + _LEVEL
        moved = {}
        for queue in self._storage.queues.all():
            if queue.id != renamed.id and name_key(queue.name).startswith(above):
                below = queue.name.split(_LEVEL, before.count(_LEVEL) + 1)[-1]
                moved[queue.name] = dataclasses.replace(queue, name=f"{renamed.name}{_LEVEL}{below}")
        return moved
