"""Folder names on a server: prefix and separator, INBOX in any case, and the name an administrator meant.

RFC 3501 5.1 and 6.3.8 (LIST), RFC 2342 (NAMESPACE). Courier and Cyrus keep all folders under ``INBOX.``; there
``Grüße`` is really ``INBOX.Grüße``, and ``Archive/2026`` is ``INBOX.Archive.2026``.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from imapclient import imap_utf7

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.ports import Folder
from mailadmin.mail.answers import Refused

from .imap_protocol import Client, parsing

_SEPARATORS: Final = "/.\\"


class Folders:
    """The folder tree of one session. What was listed is remembered until a folder is made."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._connection = client.protocol.connection
        self._listed: list[Folder] | None = None
        self._prefix: str | None = None

    def all(self) -> list[Folder]:
        """Every folder, sorted by name."""
        if self._listed is None:
            self._listed = sorted(self._list("*"), key=lambda folder: folder.name)
        return self._listed

    def _list(self, pattern: str) -> list[Folder]:
        self._client.protocol.untagged_responses.clear()
        with parsing(self._connection):
            found = self._client.list_folders("", imap_utf7.encode(pattern))
            return [
                Folder(normal(decoded(name)), decoded(separator), not _refuses_select(flags))
                for flags, separator, name in found
            ]

    def exact(self, name: str) -> str | None:
        """The server's own spelling of a folder that is there by this very name, in one round trip."""
        if any(wildcard in name for wildcard in "*%"):
            return find(name, self.all(), "")
        return find(name, self._list(name), "")

    def find(self, name: str) -> str | None:
        """The folder that is meant by this name, if it is there: as written, else with prefix and separator."""
        return find(name, self.all(), self.prefix())

    def prefix(self) -> str:
        """What the names of a user's own folders begin with (``INBOX.``), often nothing."""
        if self._prefix is None:
            self._prefix = self._ask_prefix()
        return self._prefix

    def _ask_prefix(self) -> str:
        with contextlib.suppress(Refused):
            if self._client.has_capability("NAMESPACE"):
                self._client.protocol.untagged_responses.clear()
                with parsing(self._connection):
                    personal = self._client.namespace().personal
                    return decoded(personal[0][0]) if personal else ""
        tops = {folder.name for folder in self.all()} - {"INBOX"}
        below = [folder for folder in self.all() if folder.name.upper().startswith(f"INBOX{folder.separator}")]
        return f"INBOX{below[0].separator}" if below and len(below) == len(tops) else ""

    def make(self, name: str) -> str:
        """Create and subscribe a folder with the server's prefix and separator; its full name.

        :raises Refused: the server does not make it
        """
        listed = self.all() or self._list("")  # LIST "" "" tells the separator alone
        separator = next((folder.separator for folder in listed if folder.separator), "/")
        full = name if separator in name else name.replace("/", separator)
        if not _inside(full, self.prefix()):
            full = self.prefix() + full
        full = normal(full, separator)
        self._listed = None
        self._run("CREATE", full)
        with contextlib.suppress(Refused):  # subscription is a comfort for mail programs
            self._run("SUBSCRIBE", full)
        return full

    def _run(self, command: str, folder: str) -> None:
        try:
            self._client.protocol.run(command, quoted(folder))
        except Refused as refused:
            if refused.response_code != "ALREADYEXISTS":
                raise

    def find_or_make(self, name: str) -> str:
        """The folder that is meant, made if it is missing.

        :raises UserFixableError: it is not there and cannot be made
        """
        found = self.find(name)
        return self.make(name) if found is None else found


def quoted(folder: str) -> str:
    """A folder name as commands take it: modified UTF-7 (RFC 3501 5.1.3), quoted."""
    encoded: str = imap_utf7.encode(folder).decode("ascii")
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decoded(name: object) -> str:
    """A folder name, prefix or separator as a server lists it, as text; one that is not modified UTF-7 as it is."""
    if not isinstance(name, bytes):
        return str(name or "")
    with contextlib.suppress(UnicodeError):
        return str(imap_utf7.decode(name))
    return name.decode("utf-8", "replace")


def _refuses_select(flags: Sequence[bytes]) -> bool:
    return any(flag.lower() in {rb"\noselect", rb"\nonexistent"} for flag in flags)


def normal(name: str, separator: str = "") -> str:
    """The name with its INBOX in capitals: alone, or as the first level (RFC 3501 5.1)."""
    if name.upper() == "INBOX":
        return "INBOX"
    for mark in separator or _SEPARATORS:
        if name[:6].upper() == f"INBOX{mark}":
            return f"INBOX{name[5:]}"
    return name


def _inside(name: str, prefix: str) -> bool:
    return name[: len(prefix)].casefold() == prefix.casefold() or name.upper() == "INBOX"


def find(name: str, listed: Sequence[Folder], prefix: str) -> str | None:
    """The listed folder that is meant by ``name``, or None; nearer spellings come first."""
    by_key = {unicodedata.normalize("NFC", folder.name): folder.name for folder in reversed(listed)}
    separator = next((folder.separator for folder in listed if folder.separator), "/")
    for spelling in _spellings(name, prefix, separator):
        if (found := by_key.get(unicodedata.normalize("NFC", spelling))) is not None:
            return found
    folded = {key.casefold(): folder for key, folder in by_key.items()}
    # a server that does not tell letter case apart answered with its own spelling
    return folded.get(unicodedata.normalize("NFC", name).casefold()) if len(listed) == 1 else None


def _spellings(name: str, prefix: str, separator: str) -> Iterator[str]:
    for written in (name, *(name.replace(mark, separator) for mark in _SEPARATORS if mark != separator)):
        yield normal(written)
        if prefix and not _inside(written, prefix):
            yield prefix + written


def not_found_facts(name: str, folders: Folders) -> dict[str, str]:
    """The facts of FOLDER_NOT_FOUND: the name, and the folders there are, one a line."""
    names: list[str] = []
    with contextlib.suppress(UserFixableError):
        names = [folder.name for folder in folders.all() if folder.selectable]
    return {"folder": name, "folders": "\n".join(names)}
