"""A mail server in memory behind our own Mailbox port: for what real servers cannot be made to do on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import (
    Abilities,
    ActionReport,
    ActionResult,
    CopyReport,
    Downloaded,
    Folder,
    LayerReached,
    Listed,
    OnRefused,
    ServerAccess,
)
from mailadmin.domain.secrets import Secret


@dataclass
class Mail:
    """A message on the server; ``name`` is its UID (IMAP) or UIDL (POP3)."""

    name: str
    raw: bytes
    deleted: bool = False
    received_at: datetime | None = None


@dataclass
class MemoryServer:
    """One mailbox. The switches make it misbehave; ``log`` says what clients did."""

    pop3: bool = False
    names_last: bool = True
    native_move: bool = True
    uidvalidity: int = 1
    mails: list[Mail] = field(default_factory=list)
    folders: dict[str, list[bytes]] = field(default_factory=dict)
    others_deleted: int = 0
    poison: set[bytes] = field(default_factory=set)
    absent: set[bytes] = field(default_factory=set)
    refuse_delete: str = ""
    refuse_quit: str = ""
    lose_on: str = ""
    expire_on: str = ""
    refused: set[str] = field(default_factory=set)
    """Passwords and tokens that are refused."""
    hang_on: str = ""
    folder: str = "INBOX"
    size_of: dict[bytes, int] = field(default_factory=dict)
    cut: threading.Event = field(default_factory=threading.Event)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    sign_ins: list[tuple[str, str]] = field(default_factory=list)
    """User and credential of every sign-in, refused ones included."""
    accesses: list[ServerAccess] = field(default_factory=list)
    downloads: list[bytes] = field(default_factory=list)
    next_uid: int = 1

    def add(self, *raws: bytes) -> None:
        """Deliver messages."""
        for raw in raws:
            self.mails.append(Mail(str(self.next_uid), raw))
            self.next_uid += 1

    def renumber(self) -> None:
        """Change UIDVALIDITY: every message gets another name."""
        self.uidvalidity += 1
        for place, mail in enumerate(self.mails, start=1):
            mail.name = str(place)
        self.next_uid = len(self.mails) + 1

    def open(
        self,
        access: ServerAccess,
        password: Secret,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt | None = None,
        /,
    ) -> MemoryMailbox:
        """The port's ``open_mailbox``."""
        if interrupt is not None:
            interrupt.on_ask(self.cut.set)
        self.step("open")
        on_layer(LayerReached(Layer.CONNECT))
        self.accesses.append(access)
        self.sign_ins.append((access.username, password.reveal()))
        if password.reveal() in self.refused:
            facts = {"username": access.username}
            raise UserFixableError(Code.SIGN_IN_REFUSED, facts, server="NO AUTHENTICATE failed", layer=Layer.SIGN_IN)
        return MemoryMailbox(self)

    def step(self, name: str) -> None:
        """Note a moment, run what a test has hung there, or lose the connection."""
        self.log.append(name)
        if name in self.before:
            self.before.pop(name)()
        if self.hang_on == name:
            self.cut.wait(60)
            raise lost(Layer.LIST)
        if self.expire_on == name:
            self.expire_on = ""
            raise UserFixableError(Code.SESSION_EXPIRED, {"host": "memory"}, server="BYE AccessTokenExpired")
        if self.lose_on == name:
            self.lose_on = ""
            raise lost(Layer.DELETE if name.startswith("delete") else Layer.LIST if name == "list" else Layer.DOWNLOAD)

    @property
    def raws(self) -> list[bytes]:
        """What is left on the server."""
        return [mail.raw for mail in self.mails]


def lost(layer: Layer = Layer.DOWNLOAD) -> UserFixableError:
    """A connection that has ended."""
    return UserFixableError(Code.CONNECTION_LOST, {"host": "memory"}, layer=layer, server="bye")


class MemoryMailbox:
    """One session."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server
        self._session = list(server.mails)
        self._doomed: list[Mail] = []
        self.abandoned = False

    @property
    def folder(self) -> str:
        return "" if self._server.pop3 else self._server.folder

    @property
    def verifies_reuse(self) -> bool:
        return self._server.pop3

    def abilities(self) -> Abilities:
        return Abilities(delete=True, move=not self._server.pop3, uidplus=True, native_move=self._server.native_move)

    def folders(self) -> list[Folder]:
        return [Folder(name, "/", selectable=True) for name in ("INBOX", *self._server.folders)]

    def has_folder(self, name: str) -> bool:
        return name in {folder.name for folder in self.folders()}

    def list_messages(self) -> list[Listed]:
        self._server.step("list")
        listed = []
        seen: dict[str, int] = {}
        for place, mail in enumerate(self._session, start=1):
            handle = place if self._server.pop3 or not mail.name.isdigit() else int(mail.name)
            source = ""
            if self._server.names_last and self._server.pop3:
                seen[mail.name] = seen.get(mail.name, 0) + 1
                source = f"uidl:{mail.name}#{seen[mail.name]}"
            elif self._server.names_last:
                source = f"{self._server.folder}/{self._server.uidvalidity}/{mail.name}"
            size = self._server.size_of.get(mail.raw, len(mail.raw)) if self._server.pop3 else None
            listed.append(Listed(handle, source, size, mail.deleted))
        return listed

    def measure(self, messages: Sequence[Listed], *, dates: bool = False) -> list[Listed]:
        return [
            replace(m, size=self._size(m), received_at=self._mail(m).received_at if dates else None) for m in messages
        ]

    def headers(self, messages: Sequence[Listed]) -> dict[int, bytes]:
        self._server.step("headers")
        return {m.handle: self._mail(m).raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for m in messages}

    def _size(self, message: Listed) -> int:
        raw = self._mail(message).raw
        return self._server.size_of.get(raw, len(raw))

    def download(self, messages: Sequence[Listed], on_refused: OnRefused | None = None) -> Iterator[Downloaded]:
        self._server.step("download")
        for message in messages:
            self._server.step("message")
            raw = self._mail(message).raw
            if raw in self._server.poison:
                raise lost()
            if raw not in self._server.absent:
                self._server.downloads.append(raw)
                yield Downloaded(message, raw)

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        self._server.step("delete")
        if self._server.refuse_delete:
            return ActionReport({m.handle: ActionResult.FAILED for m in messages}, self._server.refuse_delete)
        if self._server.others_deleted:
            failed = {m.handle: ActionResult.FAILED for m in messages}
            return ActionReport(failed, "", unsafe=self._server.others_deleted)
        if self._server.pop3:
            self._doomed += [self._mail(m) for m in messages]
            return ActionReport({m.handle: ActionResult.DEFERRED for m in messages})
        self._remove([self._mail(m) for m in messages])
        self._server.step("deleted")
        return ActionReport({m.handle: ActionResult.DONE for m in messages})

    def copy(self, messages: Sequence[Listed], folder: str) -> CopyReport:
        self._server.step("copy")
        self._server.folders.setdefault(folder, []).extend(self._mail(m).raw for m in messages)
        return CopyReport({m.handle: f"{folder}/1/{m.handle}" for m in messages})

    def move(self, messages: Sequence[Listed], folder: str) -> ActionReport:
        self._server.step("move")
        mails = [self._mail(m) for m in messages]
        self._server.folders.setdefault(folder, []).extend(mail.raw for mail in mails)
        self._remove(mails)
        return ActionReport({m.handle: ActionResult.DONE for m in messages})

    def append(self, raw: bytes, folder: str) -> str:
        self._server.folders.setdefault(folder, []).append(raw)
        return folder

    def finish(self) -> ActionReport:
        self._server.step("finish")
        results: Mapping[int, ActionResult]
        handles = [self._session.index(mail) + 1 for mail in self._doomed]
        if self._server.refuse_quit:
            results = dict.fromkeys(handles, ActionResult.FAILED)
            return ActionReport(results, self._server.refuse_quit)
        self._remove(self._doomed)
        self._server.step("finished")
        return ActionReport(dict.fromkeys(handles, ActionResult.DONE))

    def abandon(self) -> None:
        self.abandoned = True
        self._server.cut.set()
        self._server.log.append("abandon")

    def _mail(self, message: Listed) -> Mail:
        if self._server.pop3 or not self._session[0].name.isdigit():
            return self._session[message.handle - 1]
        return next(mail for mail in self._session if mail.name == str(message.handle))

    def _remove(self, mails: Sequence[Mail]) -> None:
        self._server.mails = [mail for mail in self._server.mails if not any(mail is gone for gone in mails)]
