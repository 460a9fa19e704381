"""The life of a mail: everything that is known of one Message-ID, across accounts (FEATURES PM-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailadmin.domain.communication import LogObject
from mailadmin.domain.messages import InboxMessage
from mailadmin.services.communication import CommunicationService
from mailadmin.storage import Storage


@dataclass(frozen=True, slots=True)
class Life:
    """One copy of the mail: the inbox or archive entry (with its trace), and what the log says of it."""

    message: InboxMessage
    log: Sequence[LogObject]


class LifeService:
    """Looks a mail up by its Message-ID."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._communication = CommunicationService(storage)

    def of(self, message_id: str) -> Sequence[Life]:
        """Every copy of the mail, in the order they were fetched; none when it was never seen.

        What waits to be processed has not been read yet, and is not found.

        :param message_id: with or without brackets, blanks around it do not matter
        """
        bare = "".join(message_id.split()).strip("<>")
        if not bare:
            return []
        found = self._storage.inbox.of_message_id(f"<{bare}>")
        return [Life(message, self._communication.of_message(message.id)) for message in found]
