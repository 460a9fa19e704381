"""An opened folder of an Exchange Online mailbox: list, download, delete, move, by immutable ids.

An immutable id stays with a message as long as that is in the mailbox, in whichever folder, and is never used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mailadmin.domain.errors import BugError, Layer
from mailadmin.domain.ports import (
    Abilities,
    ActionReport,
    ActionResult,
    CopyReport,
    Downloaded,
    Folder,
    Listed,
    OnRefused,
)
from mailadmin.mail.connection import MAX_LITERAL

from .graph_answers import Refusal
from .graph_folders import Folders, MailFolder, folder_path
from .graph_line import Line
from .graph_removal import PAGE, PREFIX, Removal, path_of

_SIZE: Final = 0x0E08
"""PidTagMessageSize [MS-OXPROPS]: what a message takes in the store. Graph's own ``message`` has no size."""

_SIZES: Final = f"singleValueExtendedProperties($filter=id eq 'Long 0x{_SIZE:04X}')"


class GraphMailbox:
    """A :class:`~mailadmin.domain.ports.Mailbox` over Microsoft Graph.

    Messages are acted on one by one, four at a time. JSON batching is not used: Graph hands a batch's requests to
    Exchange four at a time, too, counts each against the same limits and refuses each by itself. So it would save
    little beside the downloads, and a lost answer would leave twenty messages in doubt.
    """

    def __init__(self, line: Line, folder: MailFolder, folders: Folders) -> None:
        self._line = line
        self._folder = folder
        self._folders = folders
        self._targets: dict[str, MailFolder] = {}
        self._removal = Removal(line, folder)

    @property
    def folder(self) -> str:
        """The folder that is open, by its display names; INBOX is the inbox in any language."""
        return self._folder.path

    @property
    def verifies_reuse(self) -> bool:
        """Immutable ids are never used again."""
        return False

    def abilities(self) -> Abilities:
        """What may be done here: what a token is good for beyond reading shows when it is done.

        ``deletion`` = recoverable: deleted messages leave the folder for the mailbox's Recoverable Items, from where
        people and administrators can bring them back until the retention time (usually 14 days) is over.
        """
        facts = {"folder": self.folder, "deletion": "recoverable"}
        return Abilities(delete=True, move=True, uidplus=False, native_move=True, facts=facts)

    def folders(self) -> list[Folder]:
        """The folder tree, sorted by name, without what is hidden from people."""
        self._line.at(Layer.FOLDER)
        return self._folders.all()

    def has_folder(self, name: str) -> bool:
        """Whether the folder is there that is meant by a path, or by a well-known name."""
        self._line.at(Layer.FOLDER)
        return self._folders.find(name) is not None

    # --- reading ---------------------------------------------------------------------------------------------------

    def list_messages(self) -> list[Listed]:
        """Everything in the folder, oldest first, with size and time of arrival.

        Pages are counted off by the server as they are asked for. Where somebody moves mail meanwhile, a message can
        come twice, which counts once, or not at all, which the next run makes good.
        """
        self._line.at(Layer.LIST)
        query = {
            "$select": "id,receivedDateTime",
            "$expand": _SIZES,
            "$orderby": "receivedDateTime asc",
            "$top": PAGE,
        }
        found: dict[str, dict[str, Any]] = {}
        for item in self._line.pages(f"{folder_path(self._folder.id)}/messages", query):
            message_id = item.get("id")
            if not isinstance(message_id, str) or not message_id:
                raise self._line.garbage("a message without an id")
            found.setdefault(message_id, item)
        return [
            Listed(place, f"{PREFIX}{message_id}", _size(item), received_at=_arrival(item))
            for place, (message_id, item) in enumerate(found.items(), start=1)
        ]

    def measure(self, messages: Sequence[Listed], *, dates: bool = False) -> list[Listed]:
        """Sizes and times of arrival are known from the listing."""
        return list(messages)

    def headers(self, messages: Sequence[Listed]) -> dict[int, bytes]:
        """Header blocks made of ``internetMessageHeaders``; a message without any is left out."""
        self._line.at(Layer.LIST)
        heads = {message.handle: head for message, head in self._line.each(self._header, messages)}
        return {handle: head for handle, head in heads.items() if head}

    def _header(self, message: Listed) -> bytes:
        try:
            found = self._line.get(path_of(message), {"$select": "internetMessageHeaders"}).get(
                "internetMessageHeaders"
            )
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            return b""
        fields = [field for field in found if isinstance(field, dict)] if isinstance(found, list) else []
        lines = (f"{field.get('name')}: {' '.join(str(field.get('value') or '').split())}\r\n" for field in fields)
        return "".join((*lines, "\r\n")).encode("utf-8", "replace") if fields else b""

    def download(self, messages: Sequence[Listed], on_refused: OnRefused | None = None) -> Iterator[Downloaded]:
        """The messages in MIME (``$value``), four at a time, as they come in.

        Left out: what is gone, empty, or refused, as by a want of rights to it, or when it cannot be made MIME of.
        """
        self._line.at(Layer.DOWNLOAD)
        for message, got in self._line.each(self._octets, messages):
            if isinstance(got, bytes):
                if got:
                    yield Downloaded(message, got)
            elif on_refused is not None and not got.is_gone:
                on_refused(message, got)

    def _octets(self, message: Listed) -> bytes | Refusal:
        try:
            return self._line.octets(f"{path_of(message)}/$value", MAX_LITERAL + 2 * (message.size or 0))
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            return refusal

    # --- acting ----------------------------------------------------------------------------------------------------

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        """DELETE: a soft deletion, see :meth:`abilities`; not all of Graph's clouds offer ``permanentDelete``."""
        self._line.at(Layer.DELETE)
        return self._removal.delete(messages)

    def copy(self, messages: Sequence[Listed], folder: str) -> CopyReport:
        """Moving needs no copies."""
        raise BugError("Graph moves")

    def move(self, messages: Sequence[Listed], folder: str) -> ActionReport:
        """Move into a folder, made if missing."""
        self._line.at(Layer.MOVE)
        words = ""
        try:
            target = self._target(folder)
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            target, words = self._folder, refusal.server
        if target.id == self._folder.id:
            # not to be had; or the fetched folder by another spelling: mail would come round again and again
            return ActionReport({message.handle: ActionResult.FAILED for message in messages}, words)
        return self._removal.move(messages, target)

    def _target(self, folder: str) -> MailFolder:
        if folder not in self._targets:
            self._targets[folder] = self._folders.find_or_make(folder)
        return self._targets[folder]

    def append(self, raw: bytes, folder: str) -> str:
        """Graph makes nothing but drafts of MIME, and those of 4 MB at most: nothing is put back here."""
        raise BugError("Graph cannot append")

    # --- the end ---------------------------------------------------------------------------------------------------

    def finish(self) -> ActionReport:
        """Close the connections; there is no good-bye."""
        self._line.close()
        return ActionReport({})

    def abandon(self) -> None:
        """Cut the connections, from any thread."""
        self._line.cut()


def _size(item: dict[str, Any]) -> int | None:
    """The size of a listed message. Servers give the property back by a name that they write differently."""
    for known in item.get("singleValueExtendedProperties") or ():
        try:
            kind, _, tag = known["id"].partition(" ")
            if kind.lower() in {"long", "integer"} and int(tag, 16) == _SIZE:
                return max(0, int(known["value"]))
        except (TypeError, KeyError, AttributeError, ValueError):
            continue
    return None


def _arrival(item: dict[str, Any]) -> datetime | None:
    try:
        arrived = datetime.fromisoformat(item["receivedDateTime"])
    except (TypeError, KeyError, ValueError):
        return None
    return arrived.astimezone(UTC) if arrived.tzinfo is not None else None
