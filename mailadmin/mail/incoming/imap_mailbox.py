r"""An opened IMAP folder: list, measure, download, delete, copy, move, by UID alone.

An OK is no proof (Dovecot can answer a UID EXPUNGE with OK and delete nothing): a message is gone when UID SEARCH does
not find it any more. Flags are read by UID SEARCH DELETED only, never from FETCH responses.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.errors import BugError, Code, Layer, UserFixableError
from mailadmin.domain.messages import canonical
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
from mailadmin.mail.answers import Refused
from mailadmin.mail.connection import MAX_LITERAL

from .imap_folders import Folders, quoted
from .imap_protocol import Client
from .notices import is_notice_of_gone
from .uid_sets import parse_uid_set, uid_sets

_GOODBYE_SECONDS: Final = 5.0
_DELETED: Final = r"(\Deleted)"


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder that was opened. ``uidvalidity`` is empty when UIDs do not last (UIDNOTSTICKY, RFC 4315)."""

    folder: str
    messages: int
    uidvalidity: str
    read_only: bool
    folders: Folders


class ImapMailbox:
    """A :class:`~mailadmin.domain.ports.Mailbox` over IMAP."""

    def __init__(self, client: Client, capabilities: frozenset[str], selected: Selected) -> None:
        self._protocol = client.protocol
        self._connection = client.protocol.connection
        self._capabilities = capabilities
        self._selected = selected
        self._targets: dict[str, str] = {}

    @property
    def folder(self) -> str:
        """The folder that is open, by the server's full name."""
        return self._selected.folder

    @property
    def verifies_reuse(self) -> bool:
        """UID and UIDVALIDITY are never used again (RFC 3501 2.3.1.1)."""
        return False

    def abilities(self) -> Abilities:
        """What may be done in this folder."""
        writable = not self._selected.read_only
        uidplus, move = "UIDPLUS" in self._capabilities, "MOVE" in self._capabilities
        facts = {"folder": self.folder, "lasting_ids": "yes" if self._selected.uidvalidity else "no"}
        return Abilities(delete=writable, move=writable, uidplus=uidplus, native_move=move, facts=facts)

    def folders(self) -> list[Folder]:
        """The server's folder tree, sorted by name."""
        self._connection.at(Layer.FOLDER)
        return list(self._selected.folders.all())

    def has_folder(self, name: str) -> bool:
        """Whether the folder is there that is meant by a name, with the server's prefix and separator."""
        self._connection.at(Layer.FOLDER)
        return self._selected.folders.find(name) is not None

    # --- reading ---------------------------------------------------------------------------------------------------

    def list_messages(self) -> list[Listed]:
        r"""Everything in the folder by ascending UID, and what is flagged \Deleted: two round trips."""
        self._connection.at(Layer.LIST)
        everything = self._protocol.search("ALL")
        deleted = set(self._protocol.search("DELETED"))
        return [Listed(uid, self._source(uid), deleted=uid in deleted) for uid in everything]

    def _source(self, uid: int) -> str:
        validity = self._selected.uidvalidity
        return f"{self.folder}/{validity}/{uid}" if validity else ""

    def measure(self, messages: Sequence[Listed], *, dates: bool = False) -> list[Listed]:
        """Sizes by RFC822.SIZE and, if asked, arrival times by INTERNALDATE."""
        self._connection.at(Layer.LIST)
        items = "(UID RFC822.SIZE INTERNALDATE)" if dates else "(UID RFC822.SIZE)"
        sizes: dict[int, int] = {}
        arrivals: dict[int, datetime] = {}
        for uid_set in uid_sets(message.handle for message in messages):
            for uid, answer in self._protocol.fetch_uids(uid_set, items):
                size, arrival = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
                if isinstance(size, int):
                    sizes[uid] = size
                if isinstance(arrival, datetime):
                    arrivals[uid] = arrival.astimezone(UTC)
        return [
            replace(
                message,
                size=sizes.get(message.handle, message.size),
                received_at=arrivals.get(message.handle, message.received_at),
            )
            for message in messages
        ]

    def headers(self, messages: Sequence[Listed]) -> dict[int, bytes]:
        """Header blocks by UID FETCH of BODY.PEEK[HEADER], which leaves flags alone."""
        self._connection.at(Layer.LIST)
        found: dict[int, bytes] = {}
        for uid_set in uid_sets(message.handle for message in messages):
            for uid, answer in self._protocol.fetch_uids(uid_set, "(UID BODY.PEEK[HEADER])"):
                block = answer.get(b"BODY[HEADER]")
                if isinstance(block, bytes) and block:
                    found[uid] = block
        return found

    def download(self, messages: Sequence[Listed], on_refused: OnRefused | None = None) -> Iterator[Downloaded]:
        """The octets of the messages, one UID FETCH for all of them (BODY.PEEK leaves flags alone).

        Left out: what is gone (absent, NIL, empty, a server's notice) and what was not asked for.
        """
        self._connection.at(Layer.DOWNLOAD)
        asked = {message.handle: message for message in messages}
        largest = max((message.size or 0 for message in messages), default=0)
        self._connection.literal_limit = MAX_LITERAL + 2 * largest
        for uid_set in uid_sets(asked):
            # NOOP first: without it Courier invents mails for UIDs that another session has expunged
            for uid, answer in self._protocol.fetch_uids(uid_set, "(UID BODY.PEEK[])", noop_first=True):
                raw = answer.get(b"BODY[]")
                if not isinstance(raw, bytes) or not raw:
                    continue
                message = asked.pop(uid, None)
                if message is not None and not is_notice_of_gone(raw, message.size):
                    yield Downloaded(message, raw)

    # --- acting ----------------------------------------------------------------------------------------------------

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        r"""Flag \Deleted, expunge exactly these, and look whether they are gone.

        Without UIDPLUS an EXPUNGE takes everything that is flagged: then nothing is done as long as a message of
        somebody else is flagged, and the report says how many.
        """
        self._connection.at(Layer.DELETE)
        uids = {message.handle for message in messages}
        if not uids:
            return ActionReport({})
        try:
            if "UIDPLUS" in self._capabilities:
                self._flag(uids)
                self._expunge(uids)
            elif unsafe := self._expunge_all(uids):
                return ActionReport(dict.fromkeys(uids, ActionResult.FAILED), unsafe=unsafe)
            left = self._still_there(uids)
            if left:  # answered with OK and not done; the second time is believed as little, and looked at
                self._expunge(left)
                left = self._still_there(left)
        except Refused as refused:
            if refused.code is Code.THROTTLED:
                raise
            return self._failed(uids, refused)
        return _report(uids, left)

    def _flag(self, uids: Iterable[int], sign: str = "+") -> None:
        for uid_set in uid_sets(uids):
            self._protocol.run("UID", "STORE", uid_set, f"{sign}FLAGS.SILENT", _DELETED)

    def _expunge(self, uids: Iterable[int]) -> None:
        if "UIDPLUS" not in self._capabilities:
            if not set(self._protocol.search("DELETED")) - set(uids):
                self._protocol.run("EXPUNGE")
            return
        for uid_set in uid_sets(uids):
            self._protocol.run("UID", "EXPUNGE", uid_set)

    def _expunge_all(self, uids: set[int]) -> int:
        r"""EXPUNGE of everything that is \Deleted, if that is ours alone; how many of others stood in the way."""
        others = set(self._protocol.search("DELETED")) - uids
        if others:
            return len(others)
        self._flag(uids)
        others = set(self._protocol.search("DELETED")) - uids
        if others:  # somebody was quicker: take our flags back rather than expunge theirs
            self._flag(uids, "-")
            return len(others)
        self._protocol.run("EXPUNGE")
        return 0

    def _still_there(self, uids: Iterable[int]) -> set[int]:
        left: set[int] = set()
        for uid_set in uid_sets(uids):
            left.update(self._protocol.search("UID", uid_set))
        return left

    def _failed(self, uids: set[int], refused: Refused) -> ActionReport:
        """A refusal in the middle: what is gone all the same is done, the rest has failed with the server's words."""
        left = uids
        with contextlib.suppress(Refused):
            left = self._still_there(uids) & uids
        return _report(uids, left, refused.server)

    def copy(self, messages: Sequence[Listed], folder: str) -> CopyReport:
        """UID COPY into a folder, made if missing; where the copies are is told by COPYUID (UIDPLUS, RFC 4315)."""
        self._connection.at(Layer.MOVE)
        copied: dict[int, str] = {}
        try:
            target = self._target(folder)
            for uid_set in uid_sets(message.handle for message in messages):
                asked = parse_uid_set(uid_set, len(messages))
                self._into("COPY", uid_set, target)
                copied.update(self._copies(target, asked))
        except Refused as refused:
            if refused.code is Code.THROTTLED:
                raise
            return CopyReport(copied, refused.server)
        return CopyReport(copied)

    def _copies(self, target: str, asked: list[int]) -> dict[int, str]:
        """Where the copies went, by the COPYUID of the command that just ended."""
        told = self._protocol.untagged("COPYUID")
        with contextlib.suppress(ValueError, IndexError):
            validity, sources, copies = told[-1].decode("ascii").split()[:3]
            pairs = zip(parse_uid_set(sources, len(asked)), parse_uid_set(copies, len(asked)), strict=True)
            return {uid: f"{target}/{int(validity)}/{copy}" for uid, copy in pairs if uid in set(asked)}
        return dict.fromkeys(asked, "")

    def move(self, messages: Sequence[Listed], folder: str) -> ActionReport:
        """UID MOVE into a folder, made if missing; done when the messages are seen to be gone from here."""
        if "MOVE" not in self._capabilities:
            raise BugError("the server has no MOVE: copy and delete")
        self._connection.at(Layer.MOVE)
        uids = {message.handle for message in messages}
        try:
            target = self._target(folder)
            for uid_set in uid_sets(uids):
                self._into("MOVE", uid_set, target)
            left = self._still_there(uids)
        except Refused as refused:
            if refused.code is Code.THROTTLED:
                raise
            return self._failed(uids, refused)
        return _report(uids, left)

    def _into(self, command: str, uid_set: str, target: str) -> None:
        """UID COPY or UID MOVE; a target that has vanished since we looked is made again, once."""
        try:
            self._protocol.run("UID", command, uid_set, quoted(target))
        except Refused as refused:
            if refused.response_code != "TRYCREATE":
                raise
            self._selected.folders.make(target)
            self._protocol.run("UID", command, uid_set, quoted(target))

    def _target(self, folder: str) -> str:
        if folder not in self._targets:
            self._targets[folder] = self._selected.folders.find_or_make(folder)
        if self._targets[folder] == self.folder:
            # the archive is the fetched folder by another spelling: mail would come round again and again
            raise Refused("MOVE", "", layer=Layer.MOVE)
        return self._targets[folder]

    def append(self, raw: bytes, folder: str) -> str:
        """Put a message into a folder, made if missing; the server's full name of the folder."""
        self._connection.at(Layer.MOVE)
        target = self._selected.folders.find_or_make(folder)
        self._protocol.put(quoted(target), canonical(raw) + b"\r\n")
        return target

    # --- the end ---------------------------------------------------------------------------------------------------

    def finish(self) -> ActionReport:
        r"""UNSELECT and LOGOUT. CLOSE is never sent: it would expunge what others have flagged \Deleted."""
        self._connection.at(Layer.LIST, seconds=min(_GOODBYE_SECONDS, self._connection.access.timeouts.command))
        with contextlib.suppress(UserFixableError):  # all that was done has been seen to be done
            if "UNSELECT" in self._capabilities:
                self._protocol.run("UNSELECT")
            self._protocol.say_goodbye()
        self._connection.close()
        return ActionReport({})

    def abandon(self) -> None:
        """Cut the connection, from any thread."""
        self._connection.abandon()


def _report(uids: set[int], left: set[int], server: str = "") -> ActionReport:
    return ActionReport({uid: ActionResult.FAILED if uid in left else ActionResult.DONE for uid in uids}, server=server)
