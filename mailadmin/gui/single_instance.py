"""One window for one database and user: a second start raises the first window and ends."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_MILLISECONDS: Final = 2_000


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
        name = hashlib.sha256(f"{folder}\n{what}".encode()).hexdigest()[:16]
        self._name = f"mailadmin-{name}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / f"window-{name}.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Take the lock and listen; False when another process has it, which is called then."""
        if not self._lock.tryLock(0):
            self._call()
            return False
        QLocalServer.removeServer(self._name)  # of a process that died
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_called)
        self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _call(self) -> None:
        socket = QLocalSocket(self)
        socket.connectToServer(self._name)
        if socket.waitForConnected(_MILLISECONDS):
            socket.disconnectFromServer()

    def _on_called(self) -> None:
        if self._server is None:
            return
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.close()
        self.called.emit()
