"""One window for one database and user: a second start raises the first window and ends."""

from __future__ import annotations

import enum
import hashlib
import logging
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from mailadmin.domain.errors import Code, UserFixableError

log = logging.getLogger(__name__)

_MILLISECONDS: Final = 2_000


class Place(enum.Enum):
    """What a start finds."""

    FIRST = "first"
    CALLED = "called"
    """Another window is open; it heard the call and comes to the front."""
    TAKEN = "taken"
    """Another process has the lock and does not listen."""


class SingleInstance(QObject):
    """Holds the lock of the first window, and listens for the others.

    The lock decides (it is atomic and is freed with a process that dies); the local socket carries the call.

    :param folder: the user's own folder for such files
    :param what: what there is one window for (a database's URL)
    """

    called = Signal()
    """A second start: show the window."""

    def __init__(self, folder: Path, what: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        name = hashlib.sha256(f"{folder}\n{what}".encode()).hexdigest()[:16]
        self._name = f"mailadmin-{name}"
        self._lock = QLockFile(str(folder / f"window-{name}.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def take(self) -> Place:
        """Take the lock and listen, or call the window of the process that has it.

        :raises UserFixableError: FOLDER_NOT_WRITABLE
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._not_writable(error.strerror or type(error).__name__) from None
        if not self._lock.tryLock(0):
            if self._lock.error() is not QLockFile.LockError.LockFailedError:
                raise self._not_writable("no file can be made in it")
            return Place.CALLED if self._call() else Place.TAKEN
        QLocalServer.removeServer(self._name)  # of a process that died
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_called)
        if not self._server.listen(self._name):
            log.warning("a second start cannot call this window: %s", self._server.errorString())
        return Place.FIRST

    def release(self) -> None:
        """Let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _call(self) -> bool:
        """Whether the first window heard it."""
        socket = QLocalSocket(self)
        socket.connectToServer(self._name)
        heard = socket.waitForConnected(_MILLISECONDS)
        socket.disconnectFromServer()
        return heard

    def _not_writable(self, detail: str) -> UserFixableError:
        return UserFixableError(Code.FOLDER_NOT_WRITABLE, {"path": self._folder, "detail": detail})

    def _on_called(self) -> None:
        if self._server is None:
            return
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.close()
        self.called.emit()
