"""Messages of Microsoft Graph leave the folder that they were listed in, and no other.

An immutable id leads to its message wherever that is; what somebody has filed in another folder since it was listed is
not ours any more. So where messages are is asked right before they are acted on. They are addressed by way of the
folder, too, though nothing says that Graph heeds that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import quote

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.ports import ActionReport, ActionResult, Listed

from .graph_answers import Refusal
from .graph_folders import MailFolder, folder_path
from .graph_line import Line

PREFIX: Final = "graph:"
PAGE: Final = "250"
"""Messages a page. Graph allows 1,000, and warns that large pages may end in 504."""

_DELETIONS: Final = "recoverableitemsdeletions"


class Removal:
    """Takes messages out of one folder."""

    def __init__(self, line: Line, folder: MailFolder) -> None:
        self._line = line
        self._folder = folder
        self._deletions: str | None = None

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        """Have messages deleted softly."""
        return self._act(messages, lambda message: self._line.delete(self._path_here(message)), self._deletions_id)

    def move(self, messages: Sequence[Listed], target: MailFolder) -> ActionReport:
        """Have messages moved to another folder."""
        destination = {"destinationId": target.id}
        return self._act(
            messages,
            lambda message: self._line.post(f"{self._path_here(message)}/move", destination),
            lambda: target.id,
        )

    def _act(
        self, messages: Sequence[Listed], act: Callable[[Listed], object], leads_to: Callable[[], str]
    ) -> ActionReport:
        """Do something that takes messages out of the folder, and say of each whether it is out.

        :param leads_to: gives the id of the folder that they are in afterwards
        """
        here = self._here(messages)

        def work(message: Listed) -> tuple[ActionResult, str]:
            """What became of it, and what was said against it."""
            try:
                if id_of(message) not in here and self._place_of(message) != self._folder.id:
                    return ActionResult.GONE, ""
                return self._attempt(message, act, leads_to), ""
            except Refusal as refusal:
                if not refusal.is_of_one_item:
                    raise
                return ActionResult.FAILED, refusal.server

        results: dict[int, ActionResult] = {}
        said = ""
        try:
            for message, (result, words) in self._line.each(work, messages):
                results[message.handle] = result
                said = said or words
        except UserFixableError as error:
            return ActionReport(results, server=said, ended=error)
        return ActionReport(results, server=said)

    def _attempt(self, message: Listed, act: Callable[[Listed], object], leads_to: Callable[[], str]) -> ActionResult:
        try:
            act(message)
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            # Also what was done when the first answer to it was lost is refused the second time.
            place = self._place_of(message)
            if place == self._folder.id:
                raise
            return ActionResult.DONE if place in {"", leads_to()} else ActionResult.GONE
        return ActionResult.DONE

    def _here(self, messages: Sequence[Listed]) -> frozenset[str]:
        """Ids of what is in the folder at this moment, of the time when these messages came in.

        Not all, where many came in between. Who is not among them is asked for by itself.
        """
        arrivals = [message.received_at for message in messages if message.received_at is not None]
        if len(arrivals) < 2:
            return frozenset()
        end = max(arrivals) + timedelta(seconds=1)  # fractions of a second are kept, and not told
        query = {
            "$select": "id",
            "$filter": f"receivedDateTime ge {_moment(min(arrivals))} and receivedDateTime lt {_moment(end)}",
            "$orderby": "receivedDateTime asc",
            "$top": PAGE,
        }
        found = self._line.pages(f"{folder_path(self._folder.id)}/messages", query)
        try:
            return frozenset(str(item.get("id")) for item in islice(found, int(PAGE) + len(messages)))
        except Refusal as refusal:
            if not refusal.is_of_one_item:
                raise
            return frozenset()

    def _place_of(self, message: Listed) -> str:
        """The id of the folder that a message is in; empty when it is nowhere any more."""
        try:
            return str(self._line.get(path_of(message), {"$select": "parentFolderId"}).get("parentFolderId") or "")
        except Refusal as refusal:
            if not refusal.is_gone:
                raise
            return ""

    def _path_here(self, message: Listed) -> str:
        """The address of a message by way of the folder. Its octets cannot be had by that (405)."""
        return f"{folder_path(self._folder.id)}/{path_of(message)}"

    def _deletions_id(self) -> str:
        """The folder within Recoverable Items that deleted messages go to; empty where it is not shown."""
        if self._deletions is None:
            try:
                self._deletions = str(self._line.get(f"mailFolders/{_DELETIONS}", {"$select": "id"}).get("id") or "")
            except Refusal as refusal:
                if not refusal.is_of_one_item:
                    raise
                self._deletions = ""
        return self._deletions


def id_of(message: Listed) -> str:
    """Graph's id of a message."""
    return message.source.removeprefix(PREFIX)


def path_of(message: Listed) -> str:
    """The address of a message below the mailbox."""
    return f"messages/{quote(id_of(message), safe='')}"


def _moment(time: datetime) -> str:
    """A time as filters take it."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
