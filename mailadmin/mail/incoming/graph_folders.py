"""The folder tree of a mailbox at Microsoft Graph, by display names that are joined with ``/``.

Display names are in the mailbox's language (``Posteingang``); the inbox is always called INBOX here, and where nothing
else is called so, folders answer to their well-known names (``Deleted Items``, ``archive``), too.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.ports import Folder

from .graph_answers import Refusal
from .graph_line import Line

SEPARATOR: Final = "/"
_FIELDS: Final = "id,displayName,childFolderCount,totalItemCount,isHidden"
_MANY: Final = "250"
_WELL_KNOWN: Final = frozenset({
    "archive", "clutter", "conversationhistory", "deleteditems", "drafts", "inbox", "junkemail", "outbox", "sentitems",
})  # fmt: skip
"""The names of mailFolder's documentation that mail for a helpdesk may lie under."""


@dataclass(frozen=True, slots=True)
class MailFolder:
    """A folder of the mailbox: its display name, its full name, and how many messages and folders are in it."""

    id: str
    name: str
    path: str
    messages: int
    children: int
    hidden: bool


class Folders:
    """The folders of one session. What was listed is remembered until a folder is made."""

    def __init__(self, line: Line, inbox: MailFolder) -> None:
        self._line = line
        self.inbox = inbox
        self._listed: dict[str, list[MailFolder]] = {}

    def all(self) -> list[Folder]:
        """Every folder that people see, sorted by name."""
        tree = sorted((folder for folder in self._below(None) if not folder.hidden), key=lambda folder: folder.path)
        return [Folder(folder.path, SEPARATOR, selectable=True) for folder in tree]

    def _below(self, parent: MailFolder | None) -> Iterator[MailFolder]:
        for folder in self._children(parent):
            yield folder
            if folder.children and not folder.hidden:
                yield from self._below(folder)

    def _children(self, parent: MailFolder | None) -> Sequence[MailFolder]:
        key = parent.id if parent is not None else ""
        if key not in self._listed:
            path = f"{folder_path(key)}/childFolders" if key else "mailFolders"
            query = {"$select": _FIELDS, "$top": _MANY, "includeHiddenFolders": "true"}
            self._listed[key] = [
                self.inbox if item.get("id") == self.inbox.id else _parsed(item, parent)
                for item in self._line.pages(path, query)
                if isinstance(item.get("id"), str)
            ]
        return self._listed[key]

    def find(self, name: str) -> MailFolder | None:
        """The folder that is meant by a path, letter case apart, if it is there."""
        found, missing = self._walk(name)
        return None if missing else found

    def _walk(self, name: str) -> tuple[MailFolder | None, list[str]]:
        """As deep into the tree as the path leads, and the levels that are missing then."""
        levels = [level for level in _normal(name).split(SEPARATOR) if level]
        if levels and _same(levels[0], self.inbox.path):
            found: MailFolder | None = self.inbox
            levels = levels[1:]
        else:
            found, levels = self._step(None, levels)
            if found is None and levels and (found := self._well_known(levels[0])) is not None:
                levels = levels[1:]
        while levels and found is not None:
            deeper, left = self._step(found, levels)
            if deeper is None:
                break
            found, levels = deeper, left
        return found, levels

    def _step(self, parent: MailFolder | None, levels: list[str]) -> tuple[MailFolder | None, list[str]]:
        """One folder down. Names may hold the separator themselves: the longest that fits is taken."""
        fitting: list[tuple[int, MailFolder]] = []
        for child in self._children(parent):
            depth = child.name.count(SEPARATOR) + 1
            if _same(SEPARATOR.join(levels[:depth]), child.name):
                fitting.append((depth, child))
        if not fitting:
            return None, levels
        depth, deepest = max(fitting, key=lambda one: one[0])
        return deepest, levels[depth:]

    def _well_known(self, name: str) -> MailFolder | None:
        known = name.replace(" ", "").casefold()
        if known not in _WELL_KNOWN:
            return None
        try:
            found = _parsed(self._line.get(f"mailFolders/{known}", {"$select": _FIELDS}), None)
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            return None
        return self.inbox if found.id == self.inbox.id else found

    def find_or_make(self, name: str) -> MailFolder:
        """The folder that is meant, made level by level where it is missing.

        :raises UserFixableError: it is not there and cannot be made
        """
        found, missing = self._walk(name)
        for level in missing:
            found = self._make(found, level)
        if found is None:
            raise ValueError("a folder without a name")
        return found

    def _make(self, parent: MailFolder | None, name: str) -> MailFolder:
        path = f"{folder_path(parent.id)}/childFolders" if parent is not None else "mailFolders"
        self._listed.clear()
        if parent is not None and parent.id == self.inbox.id:
            self.inbox = replace(self.inbox, children=self.inbox.children + 1)
        try:
            return _parsed(self._line.post(path, {"displayName": name}), parent)
        except Refusal:
            # somebody else was quicker, or an answer was lost and the request repeated
            again, _ = self._step(parent, [name])
            if again is None:
                raise
            return again


def not_found_facts(name: str, folders: Folders) -> dict[str, str]:
    """The facts of FOLDER_NOT_FOUND: the name, and the folders there are, one a line."""
    names: list[str] = []
    with contextlib.suppress(UserFixableError):
        names = [folder.name for folder in folders.all()]
    return {"folder": name, "folders": "\n".join(names)}


def open_inbox(line: Line) -> MailFolder:
    """The inbox, which every mailbox has."""
    found = _parsed(line.get("mailFolders/inbox", {"$select": _FIELDS}), None)
    if not found.id:
        raise line.garbage("a folder without an id")
    return replace(found, path="INBOX")


def folder_path(folder_id: str) -> str:
    """The address of a folder below the mailbox."""
    return f"mailFolders/{quote(folder_id, safe='')}"


def _parsed(item: dict[str, Any], parent: MailFolder | None) -> MailFolder:
    name = _normal(str(item.get("displayName") or ""))
    path = f"{parent.path}{SEPARATOR}{name}" if parent is not None else name
    return MailFolder(
        str(item.get("id") or ""),
        name,
        path,
        _count(item.get("totalItemCount")),
        _count(item.get("childFolderCount")),
        item.get("isHidden") is True,
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
