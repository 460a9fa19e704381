"""What the page and the dialog of filters must know beside the filters: services, and what values can name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.filters import Filter
from mailadmin.domain.lists import ListEntry, ListKind
from mailadmin.domain.queues import Queue
from mailadmin.services.accounts import AccountService
from mailadmin.services.records import RecordService
from mailadmin.services.routing import RoutingService
from mailadmin.services.what_if import WhatIfService


@dataclass(frozen=True, slots=True)
class FilterServices:
    """What the page works with."""

    filters: RecordService[Filter]
    accounts: AccountService
    routing: RoutingService
    lists: RecordService[ListEntry]
    what_if: WhatIfService


@dataclass(frozen=True, slots=True)
class FilterSurroundings:
    """What there is that a filter can name."""

    accounts: Sequence[IncomingAccount] = ()
    queues: Sequence[Queue] = ()
    lists: Sequence[ListEntry] = ()

    @property
    def queue_names(self) -> list[str]:
        """The valid queues."""
        return [queue.name for queue in self.queues if queue.validity is Validity.VALID]

    def entries(self, kind: ListKind) -> list[ListEntry]:
        """The valid entries of a list."""
        return [one for one in self.lists if one.kind is kind and one.validity is Validity.VALID]

    def names(self, kind: ListKind) -> list[str]:
        """The names of the valid entries of a list."""
        return [one.name for one in self.entries(kind)]


def read_surroundings(services: FilterServices) -> FilterSurroundings:
    """As they are stored now; to be called in a task."""
    return FilterSurroundings(services.accounts.all(), services.routing.queues(), services.lists.all())
