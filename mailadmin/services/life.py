"""The life of a mail: everything that is known of one Message-ID, across accounts (FEATURES PM-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.communication import LogObject
from mailadmin.domain.messages import InboxMessage, InboxQuery, InboxState
from mailadmin.services.communication import CommunicationService
from mailadmin.storage import Storage

_MOST_SIMILAR: Final = 5
_LEAST_TO_SEARCH: Final = 4
"""Characters of a Message-ID by which others like it are looked for."""


@dataclass(frozen=True, slots=True)
class Life:
    """One copy of the mail: the inbox or archive entry (with its trace), and what the log says of it."""

    message: InboxMessage
    log: Sequence[LogObject]


@dataclass(frozen=True, slots=True)
class Unseen:
    """What may be the matter with a Message-ID that no mail here has.

    ``similar``: messages found by it or by a part of it, newest first. ``waiting`` and ``too_big``: how many messages
    there are whose Message-ID nobody knows, because they were not read yet, or not fetched.
    """

    similar: Sequence[InboxMessage]
    waiting: int
    too_big: int


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
        bare = _bare(message_id)
        return self._lives(self._storage.inbox.of_message_id(f"<{bare}>")) if bare else []

    def around(self, inbox_id: int) -> Sequence[Life]:
        """Every copy of the mail that this message is one of; the message alone, where nobody knows its Message-ID."""
        message = self._storage.inbox.get(inbox_id)
        if message is None:
            return []
        copies = self._storage.inbox.of_message_id(message.message_id) if message.message_id else []
        return self._lives(copies if any(one.id == inbox_id for one in copies) else [message])

    def unseen(self, message_id: str) -> Unseen:
        """Where a mail may be that :meth:`of` does not find."""
        bare, counts = _bare(message_id), self._storage.inbox.counts()
        similar: list[InboxMessage] = []
        for piece in dict.fromkeys((bare, bare.partition("@")[0])):
            if not similar and len(piece) >= _LEAST_TO_SEARCH:
                similar = self._storage.inbox.page(InboxQuery(text=piece), limit=_MOST_SIMILAR)
        return Unseen(similar, counts[InboxState.STORED], counts[InboxState.TOO_BIG])

    def _lives(self, found: Sequence[InboxMessage]) -> list[Life]:
        return [Life(message, self._communication.of_message(message.id)) for message in found]


def _bare(message_id: str) -> str:
    return "".join(message_id.split()).strip("<>")
