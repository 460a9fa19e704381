"""A TCP proxy on loopback that cuts, stalls or delays: a bad line between mailadmin and a good server."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Final, Self

_CHUNK: Final = 1 << 16


@dataclass(frozen=True)
class Trouble:
    """What happens to a connection. Counts are octets that pass before it happens; None: it does not happen.

    ``reset``: a cut is a reset (RST), not an orderly end (FIN). ``delay``: seconds before each chunk is handed on.
    """

    cut_to_client: int | None = None
    cut_to_server: int | None = None
    stall_to_client: int | None = None
    stall_to_server: int | None = None
    delay: float = 0.0
    reset: bool = False


class Proxy:
    """Forwards every connection to ``host:target``. Use it as a context manager; threads are joined at the end.

    ``trouble`` holds for connections made from then on. ``to_client``/``to_server`` count the octets of the last
    connection, so that a first run tells where a second can be cut.
    """

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._target = (host, target)
        self.trouble = Trouble()
        self.connections = 0
        self.to_client = 0
        self.to_server = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._sockets += (client, server)
                self.connections += 1
                self.to_client = self.to_server = 0
                trouble = self.trouble
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(
                self._pump, client, server, trouble, "to_server", trouble.cut_to_server, trouble.stall_to_server
            )
            self._start(
                self._pump, server, client, trouble, "to_client", trouble.cut_to_client, trouble.stall_to_client
            )

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        trouble: Trouble,
        counter: str,
        cut: int | None,
        stall: int | None,
    ) -> None:
        passed = 0
        end = min(limit for limit in (cut, stall, 1 << 62) if limit is not None)
        with contextlib.suppress(OSError):
            while passed < end and (data := source.recv(min(_CHUNK, end - passed))):
                if trouble.delay:
                    self._stopped.wait(trouble.delay)
                sink.sendall(data)
                passed += len(data)
                with self._lock:
                    setattr(self, counter, passed)
        if passed == stall and stall != cut:
            self._stopped.wait()
        for sock in (source, sink):
            _end(sock, reset=trouble.reset and passed == cut)

    def cut(self) -> None:
        """Cut all connections now."""
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            _end(sock, reset=False)

    def stop(self) -> None:
        """Cut everything and join the threads."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)  # no connection comes after this
        self.cut()
        for thread in self._threads[1:]:
            thread.join(10)
        for sock in self._sockets:
            sock.close()


def _end(sock: socket.socket, *, reset: bool) -> None:
    with contextlib.suppress(OSError):
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    if reset:
        sock.close()
