"""The outbox: what waits to be sent (auto-responses for now, as drafts that expire)."""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.domain.responses import OutboxMessage
from mailadmin.storage import Storage


class OutboxService:
    """What an administrator does with outgoing messages."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, *, text: str = "", before: int | None = None, limit: int = 200) -> list[OutboxMessage]:
        """One page, newest first; ``text``: a piece of recipient, subject or ticket number."""
        raise NotImplementedError

    def discard(self, ids: Sequence[int]) -> None:
        """Say that these drafts are not to be sent."""
        raise NotImplementedError
