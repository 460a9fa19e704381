"""The communication log: listed, exported, purged (FEATURES FE-11). It is written while mail is fetched."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from mailadmin.domain.communication import (
    Communication,
    LogObject,
    LogQuery,
    LogStatus,
    LogSummary,
    Priority,
)
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.leases import account_lease
from mailadmin.domain.settings import Settings
from mailadmin.services.leases import is_gone
from mailadmin.services.stoppable import never
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

PURGE_SUCCESSFUL: Final = "CommunicationLog::PurgeAfterHours::SuccessfulCommunications"
PURGE_ALL: Final = "CommunicationLog::PurgeAfterHours::AllCommunications"
"""The settings that say how many hours communications are kept."""
EXPORTED_AT_ONCE: Final = 200
RUNS_KEPT: Final = 30
"""Fetch runs that every account keeps however old they are: its state and its last thirty fetches are shown by them."""


class CommunicationService:
    """Reading the log and purging it. Writing it is the matter of whoever communicates."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, query: LogQuery, *, before: int | None = None, limit: int = 200) -> list[Communication]:
        """One page of communications, newest first.

        One whose process is gone in the middle of it is told as failed, without an end (``interrupted``).

        :param before: the id of the last of the page before; None: the first page
        """
        found = self._storage.communication.page(query, before=before, limit=limit)
        left = self._left({one.id for one in found if one.status is LogStatus.PROCESSING})
        return [replace(one, status=LogStatus.FAILED) if one.id in left else one for one in found]

    def get(self, communication_id: int) -> Communication:
        """One communication.

        :raises UserFixableError: UNKNOWN_COMMUNICATION
        """
        found = self._storage.communication.get(communication_id)
        if found is None:
            raise UserFixableError(Code.UNKNOWN_COMMUNICATION, {"id": communication_id})
        left = found.status is LogStatus.PROCESSING and self._left({found.id})
        return replace(found, status=LogStatus.FAILED) if left else found

    def summary(self, query: LogQuery) -> LogSummary:
        """The numbers above the list, for what the query finds."""
        return self._storage.communication.summary(query)

    def accounts(self) -> list[str]:
        """The names of accounts in the log, those that are gone by now included."""
        return self._storage.communication.accounts()

    def settings(self) -> Settings:
        """The settings in force: whether a log is kept, and how long."""
        return self._storage.settings.load()

    def objects(
        self,
        communication_id: int,
        *,
        at_least: Priority = Priority.TRACE,
        after: LogObject | None = None,
        limit: int | None = None,
    ) -> Sequence[LogObject]:
        """A communication's connections and messages with their entries, in order.

        :param at_least: only those with an entry of this priority or a higher one
        :param after: the last of the page before
        :param limit: how many at most; None: all
        """
        return self._storage.communication.objects(communication_id, at_least=at_least, after=after, limit=limit)

    def of_message(self, inbox_id: int) -> Sequence[LogObject]:
        """What the log says of one message."""
        return self._storage.communication.of_message(inbox_id)

    def purge(self, should_stop: Callable[[], bool] = never) -> int:
        """Remove what is older than the settings say; how many communications went.

        :raises UserFixableError: DATABASE_*
        """
        removed, _ = purge(self._storage, should_stop)
        return removed

    def export(self, query: LogQuery) -> Iterator[tuple[Communication, Sequence[LogObject]]]:
        """Everything a query finds, oldest first."""
        last = 0
        while found := self._storage.communication.page(query, after=last, limit=EXPORTED_AT_ONCE):
            for one in found:
                yield one, self._storage.communication.objects(one.id)
            last = found[-1].id

    def _left(self, ids: set[int]) -> set[int]:
        """Which of these open communications were left by a process that is gone: nobody fetches their accounts."""
        left = set()
        for one in self._storage.communication.open() if ids else []:
            if one.id in ids and one.account_id is not None:  # without an account it is written in one go
                lease = self._storage.leases.view(account_lease(one.account_id))
                if lease is None or lease.expired or (lease.holder is not None and is_gone(lease.holder)):
                    left.add(one.id)
        return left


def purge(
    storage: Storage, should_stop: Callable[[], bool] = never, *, seconds: float | None = None
) -> tuple[int, bool]:
    """Remove what is older than the settings say, in short transactions; how many communications went, and whether all.

    Fetch runs go with the communications, but for the last ones of each account. The audit stays: it is small, and
    what it tells is asked for years later.

    :param seconds: how long it may take; None: as long as it does
    :raises UserFixableError: DATABASE_*
    """
    settings, now = storage.settings.load(), storage.now()
    good = timedelta(hours=settings.number(PURGE_SUCCESSFUL))
    every = timedelta(hours=settings.number(PURGE_ALL))
    ends = None if seconds is None else time.monotonic() + seconds

    def must_end() -> bool:
        return should_stop() or (ends is not None and time.monotonic() >= ends)

    removed, more = 0, True
    while more:
        if must_end():
            return removed, False
        gone, more = storage.communication.purge(successful_before=now - good, any_before=now - every)
        removed += gone
    while storage.runs.prune(now - every, keep=RUNS_KEPT):
        if must_end():
            return removed, False
    return removed, True


class Purging:
    """Purges the log every hour or so, a little at a time, on behalf of whoever fetches."""

    INTERVAL: Final = 3600.0
    SECONDS: Final = 2.0

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._next: float | None = None

    def purge_if_due(self, should_stop: Callable[[], bool] = never) -> None:
        """Purge for two seconds at most; what is left by then goes with the next call. Failure costs a warning."""
        if self._next is not None and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.INTERVAL
        try:
            removed, through = purge(self._storage, should_stop, seconds=self.SECONDS)
        except MailadminError as error:
            log.warning("the communication log could not be purged: %s", error)
            return
        if not through:
            self._next = None
        if removed:
            log.info("%d communications were purged from the log", removed)
