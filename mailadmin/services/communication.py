"""The communication log: written in batches while mail is fetched, listed, purged, exported (FEATURES FE-11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailadmin.domain.communication import Communication, LogObject, LogQuery, LogSummary
from mailadmin.storage import Storage


class CommunicationService:
    """Reading the log. Writing it is the matter of whoever communicates: see :class:`Recorder` there."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, query: LogQuery, *, before: int | None = None, limit: int = 200) -> list[Communication]:
        """One page of communications, newest first.

        :param before: the id of the last of the page before; None: the first page
        """
        raise NotImplementedError

    def summary(self, query: LogQuery) -> LogSummary:
        """The numbers above the list, for what the query finds."""
        raise NotImplementedError

    def objects(self, communication_id: int) -> Sequence[LogObject]:
        """A communication's connections and messages with their entries, in order."""
        raise NotImplementedError

    def of_message(self, inbox_id: int) -> Sequence[LogObject]:
        """What the log says of one message."""
        raise NotImplementedError

    def purge(self) -> int:
        """Remove what is older than the settings say; how many communications went."""
        raise NotImplementedError

    def export(self, query: LogQuery) -> Iterator[tuple[Communication, Sequence[LogObject]]]:
        """Everything a query finds, oldest first."""
        raise NotImplementedError
