"""What-if: an unsaved filter, account or address, tried on stored messages; and the examples pinned to filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.decisions import Decision, outcome_of
from mailadmin.domain.filters import ExampleChange, Filter, PinnedExample
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.queues import MailAddress
from mailadmin.services.process import ProcessService
from mailadmin.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that is not saved. Records with an id replace the stored ones, others join them.

    ``without_filters``: ids of filters as if they were deleted.
    """

    filters: tuple[Filter, ...] = ()
    account: IncomingAccount | None = None
    address: MailAddress | None = None
    without_filters: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One stored message, decided as things are now and as they would be."""

    message: InboxMessage
    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        """Whether its outcome would be another."""
        return outcome_of(self.before) != outcome_of(self.after)


class WhatIfService:
    """Decides stored messages anew without writing anything."""

    def __init__(self, storage: Storage, processing: ProcessService) -> None:
        self._storage = storage
        self._processing = processing

    def run(
        self,
        proposal: Proposal,
        *,
        last: int = 200,
        on_progress: Callable[[int, int], object] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Comparison]:
        """Decide the newest stored messages twice, as things are and as proposed; newest first.

        With an account in the proposal: messages of that account alone (of all, when it is new). What was there before
        the message is what is there now: tickets as they stand today.

        :param last: how many messages, at most
        :param on_progress: told (done, total)
        """
        raise NotImplementedError

    def examples(self, record: Filter) -> list[PinnedExample]:
        """The examples pinned to a stored filter."""
        raise NotImplementedError

    def pin(self, record: Filter, inbox_id: int) -> PinnedExample:
        """Pin a stored message to a stored filter, with what becomes of it as things are now.

        :raises UserFixableError: UNKNOWN_MESSAGE when it has no octets
        """
        raise NotImplementedError

    def unpin(self, example: PinnedExample) -> None:
        """Take an example off its filter."""
        raise NotImplementedError

    def changed_examples(self, proposal: Proposal) -> list[ExampleChange]:
        """The pinned examples of all filters whose outcome a proposal changes. To be asked before it is saved."""
        raise NotImplementedError

    def accept(self, changes: Iterable[ExampleChange]) -> None:
        """From now on the new outcomes are the expected ones; to be called after the change was saved."""
        raise NotImplementedError

    def messages(self, text: str = "", limit: int = 200) -> Sequence[InboxMessage]:
        """Stored messages to choose an example from, newest first."""
        raise NotImplementedError
