"""What an administrator does with records of one kind: list, check, add, change, delete. One class for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Filter
from mailadmin.domain.lists import ListEntry
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.validation import Fault
from mailadmin.storage import Storage

R = TypeVar("R", Filter, ListEntry, ExternalNumberRule, CustomerUser, Company, AutoResponse)


class RecordService(Generic[R]):
    """The records of one kind. ``after_change`` is called after anything was saved or deleted, outside transactions."""

    def __init__(self, storage: Storage, kind: type[R], after_change: Callable[[], object] | None = None) -> None:
        self._storage = storage
        self._kind: type[R] = kind
        self._after_change = after_change

    def all(self) -> list[R]:
        """Every record: filters in the order they run, list entries by list and name, others by name."""
        raise NotImplementedError

    def get(self, record_id: int) -> R | None:
        """One record as it is stored now; None when it is gone."""
        raise NotImplementedError

    def faults(self, record: R) -> list[Fault]:
        """Every rule the record breaks, as it would be saved."""
        raise NotImplementedError

    def add(self, record: R) -> R:
        """Save a new record; it comes back with id, version and stamps.

        :raises InvalidRecordError: it breaks rules
        """
        raise NotImplementedError

    def change(self, record: R) -> R:
        """Save a changed record.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else changed it since it was read
        """
        raise NotImplementedError

    def delete(self, record: R) -> None:
        """Remove a record.

        :raises UserFixableError: EDIT_CONFLICT, IN_USE when something refers to it
        """
        raise NotImplementedError

    def used_by(self, record: R) -> Sequence[str]:
        """What refers to a stored record and stands in the way of its deletion, in words like ``filter Spam``."""
        raise NotImplementedError
