"""An opened folder of an Exchange Online mailbox: list, download, delete, move, by immutable ids.

An immutable id stays with a message as long as that is in the mailbox, in whichever folder, and is never used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from mailadmin.domain.errors import BugError, Code, Layer
from mailadmin.domain.ports import Abilities, ActionReport, ActionResult, CopyReport, Downloaded, Folder, Listed
from mailadmin.mail.connection import MAX_LITERAL

from .graph_answers import Refusal
from .graph_folders import Folders, MailFolder, folder_path
from .graph_line import Line

PREFIX: Final = "graph:"
_PAGE: Final = "250"
"""Messages a page. Graph allows 1,000, and warns that large pages may end in 504."""

_SIZE: Final = 0x0E08
"""PidTagMessageSize [MS-OXPROPS]: what a message takes in the store. Graph's own ``message`` has no size."""

_SIZES: Final = f"singleValueExtendedProperties($filter=id eq 'Long 0x{_SIZE:04X}')"
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


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
            "$top": _PAGE,
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
            found = self._line.get(_path(message), {"$select": "internetMessageHeaders"}).get("internetMessageHeaders")
        except Refusal as refusal:
            if refusal.status not in _GONE:
                raise
            return b""
        fields = [field for field in found if isinstance(field, dict)] if isinstance(found, list) else []
        lines = (f"{field.get('name')}: {' '.join(str(field.get('value') or '').split())}\r\n" for field in fields)
        return "".join((*lines, "\r\n")).encode("utf-8", "replace") if fields else b""

    def download(self, messages: Sequence[Listed]) -> Iterator[Downloaded]:
        """The messages in MIME (``$value``), four at a time, as they come in.

        Left out: what is gone, empty, or cannot be made MIME of.
        """
        self._line.at(Layer.DOWNLOAD)
        for message, raw in self._line.each(self._octets, messages):
            if raw:
                yield Downloaded(message, raw)

    def _octets(self, message: Listed) -> bytes:
        try:
            return self._line.octets(f"{_path(message)}/$value", MAX_LITERAL + 2 * (message.size or 0))
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            return b""

    # --- acting ----------------------------------------------------------------------------------------------------

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        """DELETE: a soft deletion, see :meth:`abilities`; not all of Graph's clouds offer ``permanentDelete``."""
        self._line.at(Layer.DELETE)
        return self._act(messages, lambda message: self._line.delete(_path(message)))

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
            if not _is_a_failure(refusal):
                raise
            target, words = self._folder, refusal.server
        if target.id == self._folder.id:
            # not to be had; or the fetched folder by another spelling: mail would come round again and again
            return ActionReport({message.handle: ActionResult.FAILED for message in messages}, words)
        destination = {"destinationId": target.id}
        return self._act(messages, lambda message: self._line.post(f"{_path(message)}/move", destination))

    def _target(self, folder: str) -> MailFolder:
        if folder not in self._targets:
            self._targets[folder] = self._folders.find_or_make(folder)
        return self._targets[folder]

    def _act(self, messages: Sequence[Listed], act: Callable[[Listed], object]) -> ActionReport:
        """Do something that takes messages out of the folder, and say of each whether it is out."""

        def work(message: Listed) -> str | None:
            """What was said against it, or None."""
            try:
                act(message)
            except Refusal as refusal:
                if not _is_a_failure(refusal):
                    raise
                # Also what was done when the first answer to it was lost is refused the second time.
                return refusal.server if self._is_here(message) else None
            return None

        said = {message.handle: words for message, words in self._line.each(work, messages)}
        results = {h: ActionResult.DONE if words is None else ActionResult.FAILED for h, words in said.items()}
        return ActionReport(results, server=next((words for words in said.values() if words), ""))

    def _is_here(self, message: Listed) -> bool:
        try:
            found = self._line.get(_path(message), {"$select": "parentFolderId"})
        except Refusal as refusal:
            if refusal.status not in _GONE:
                raise
            return False
        return found.get("parentFolderId") == self._folder.id

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


def _path(message: Listed) -> str:
    """The address of a message below the mailbox."""
    return f"messages/{quote(message.source.removeprefix(PREFIX), safe='')}"


def _is_a_failure(refusal: Refusal) -> bool:
    """Whether an action failed, for want of rights or otherwise, and the session may go on."""
    return refusal.is_of_one_item or refusal.code is Code.MAILBOX_REFUSES_TOKEN


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
