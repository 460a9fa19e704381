"""Mailboxes of Exchange Online in memory, as :mod:`tests.servers.graph` shows them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

BEGAN: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
DELETIONS: Final = "recoverableitemsdeletions"


class Wrong(Exception):  # noqa: N818
    """An error as Graph answers it."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


NOT_FOUND: Final = (404, "ErrorItemNotFound", "The specified object was not found in the store.")
DENIED: Final = (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
REFUSALS: Final = {
    "ErrorAccessDenied": DENIED,
    "ErrorItemNotFound": (404, "ErrorItemNotFound", f"{NOT_FOUND[2]}, Default folder Root not found."),
    "MailboxNotEnabledForRESTAPI": (
        404,
        "MailboxNotEnabledForRESTAPI",
        "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
    ),
}


@dataclass
class Message:
    """A message in a mailbox. ``size`` None: it takes what its octets take; 0: the property is not given."""

    number: int
    raw: bytes
    folder: str
    received: datetime
    size: int | None = None
    moves: int = 0

    def id(self, *, immutable: bool) -> str:
        """Its id in one of the two forms."""
        return f"AAkALgAA-{self.number:06}_==" if immutable else f"AAMkAGUA-{self.number:06}.{self.moves}=="


@dataclass
class MailFolder:
    """A folder; ``well_known`` is its name in addresses, if it has one."""

    id: str
    name: str
    parent: str = ""
    hidden: bool = False
    well_known: str = ""


class Mailbox:
    """One user's mailbox, in German. ``refusal``: the code of an error that every request gets."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.refusal = ""
        self.read_only = False
        self.heeds_folders = True
        self.messages: list[Message] = []
        self.folders: dict[str, MailFolder] = {}
        self.lock = threading.RLock()
        self.under_way = 0
        self.most_at_once = 0
        for name, well_known in (
            ("Posteingang", "inbox"),
            ("Gelöschte Elemente", "deleteditems"),
            ("Archiv", "archive"),
            ("Entwürfe", "drafts"),
            ("Gesendete Elemente", "sentitems"),
        ):
            self.make(name, well_known=well_known)
        self.make("Deletions", parent="dumpster", well_known=DELETIONS, hidden=True)

    def make(self, name: str, *, parent: str = "", well_known: str = "", hidden: bool = False) -> MailFolder:
        """A new folder, below the folder with the id ``parent``."""
        made = MailFolder(f"AAMkFolder{len(self.folders):03}=", name, parent, hidden, well_known)
        self.folders[made.id] = made
        return made

    def folder(self, name: str) -> MailFolder | None:
        """By id, well-known name or display name."""
        for folder in self.folders.values():
            if name in {folder.id, folder.well_known, folder.name} - {""}:
                return folder
        return None

    def deliver(self, *raws: bytes, folder: str = "inbox", size: int | None = None) -> list[Message]:
        """Put messages into a folder; each came a second after the one before."""
        place = self.folder(folder)
        assert place is not None
        new = []
        with self.lock:
            for raw in raws:
                number = max((message.number for message in self.messages), default=0) + 1
                new.append(Message(number, raw, place.id, BEGAN + timedelta(seconds=number), size))
                self.messages.append(new[-1])
        return new

    def within(self, folder: str = "inbox") -> list[bytes]:
        """The octets of the messages in a folder, in the order of their arrival."""
        place = self.folder(folder)
        with self.lock:
            return [message.raw for message in self.messages if place is not None and message.folder == place.id]
