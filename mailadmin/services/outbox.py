"""The outbox: what waits to be sent (auto-responses for now, as drafts that expire)."""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.domain.responses import OutboxMessage
from mailadmin.domain.tickets import Ticket
from mailadmin.storage import Storage


class OutboxService:
    """What an administrator does with outgoing messages."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, *, text: str = "", before: int | None = None, limit: int = 200) -> list[OutboxMessage]:
        """One page, newest first; ``text``: a piece of recipient, subject or ticket number.

        Drafts that waited too long are among them: :meth:`OutboxMessage.expired` tells them.

        :param before: the id of the last message of the page before; None: the first page
        """
        return self._storage.outbox.page(text.strip(), before=before, limit=limit)

    def of_ticket(self, ticket: Ticket) -> list[OutboxMessage]:
        """The outgoing messages of a ticket, oldest first."""
        return self._storage.outbox.of_ticket(ticket.id)

    def discard(self, ids: Sequence[int]) -> None:
        """Say that these drafts are not to be sent; what is no draft any more is left alone."""
        self._storage.outbox.discard(ids)
