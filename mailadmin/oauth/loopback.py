"""A small HTTP server on the loopback interface, for one browser and a few minutes; its loop turns when asked to.

It has no thread of its own, so none is left over, and no connection waits for another: all are watched at once. One
that sends nothing (browsers open such ahead of need) is closed after a while, or when there are too many.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import RedirectHost

from .http_request import Request, RequestError, parsed

_MOST_CONNECTIONS: Final = 32
_READ_SECONDS: Final = 30.0
_SEND_SECONDS: Final = 5.0
_DRAIN_SECONDS: Final = 1.0
_TRIES: Final = 20
"""How many free ports are tried until one is free on both loopbacks."""
_CHUNK: Final = 16_384
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE: Final = 0.1
"""Seconds until a connection that there was no file handle for is tried again; it goes on knocking meanwhile."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a browser is answered."""

    status: HTTPStatus
    body: bytes = b""
    fields: Mapping[str, str] = field(default_factory=dict)

    def octets(self) -> bytes:
        """As it is sent. Each connection serves one request."""
        fields = {**self.fields, "Content-Length": str(len(self.body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}", *(f"{k}: {v}" for k, v in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class _State(enum.Enum):
    READING = enum.auto()
    PARKED = enum.auto()
    """The request is whole; the answer comes later."""
    SENDING = enum.auto()
    DRAINING = enum.auto()
    """All is sent; what still comes in is taken, because a reset would destroy the answer on its way."""


class Connection:
    """One connection of a browser."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.state = _State.READING
        self.deadline = time.monotonic() + _READ_SECONDS
        self.received = bytearray()
        self.left = b""

    @property
    def gone(self) -> bool:
        """Whether nobody waits at the other end any more."""
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


class LoopbackServer:
    """Listens on 127.0.0.1; for the host ``localhost`` on ::1 as well, which a browser may try first.

    :param port: the only port to listen on; None: a free one
    :param handle: gives the answer to a request, or None to have its connection wait for :meth:`answer`
    :raises UserFixableError: OAUTH_PORT_BUSY
    """

    def __init__(
        self, host: RedirectHost, port: int | None, handle: Callable[[Request, Connection], Response | None]
    ) -> None:
        self._handle = handle
        self._listening = _listening(host, port)
        self.port: int = self._listening[0].getsockname()[1]
        self._connections: list[Connection] = []
        self._selector = selectors.DefaultSelector()
        for sock in self._listening:
            self._selector.register(sock, selectors.EVENT_READ, None)

    def turn(self, seconds: float) -> None:
        """Do what there is to do, after waiting for it this long at most."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                assert isinstance(key.fileobj, socket.socket)
                self._accept(key.fileobj)
            elif key.data in self._connections:  # it may have had to make room in this very turn
                self._go_on(key.data)
        now = time.monotonic()
        for connection in [one for one in self._connections if one.deadline < now]:
            self._drop(connection)

    def answer(self, connection: Connection, response: Response) -> None:
        """Answer a connection that waits."""
        if connection in self._connections:
            self._send(connection, response)

    def sends(self, connection: Connection) -> bool:
        """Whether an answer to this connection is still on its way into the operating system."""
        return connection in self._connections and connection.state is _State.SENDING

    def close(self) -> None:
        """Close everything. Harmless when repeated."""
        for connection in list(self._connections):
            self._drop(connection)
        for sock in self._listening:
            sock.close()
        self._selector.close()

    def _accept(self, listening: socket.socket) -> None:
        try:
            sock, _ = listening.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                time.sleep(_PAUSE)
            return  # else it went away before it was looked at
        sock.setblocking(False)
        connection = Connection(sock)
        if len(self._connections) >= _MOST_CONNECTIONS:
            oldest = next((one for one in self._connections if one.state is not _State.PARKED), connection)
            self._drop(oldest)
        self._connections.append(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _go_on(self, connection: Connection) -> None:
        try:
            match connection.state:
                case _State.SENDING:
                    self._flush(connection)
                case _State.READING:
                    self._read(connection)
                case _:
                    if not connection.socket.recv(_CHUNK):
                        self._drop(connection)
        except BlockingIOError:
            return
        except OSError:
            self._drop(connection)

    def _read(self, connection: Connection) -> None:
        octets = connection.socket.recv(_CHUNK)
        if not octets:
            self._drop(connection)
            return
        connection.received += octets
        try:
            request = parsed(bytes(connection.received))
        except RequestError as refused:
            self._send(connection, Response(refused.status))
            return
        if request is None:
            return
        connection.received.clear()
        response = self._handle(request, connection)
        if response is not None:
            self._send(connection, response)
            return
        connection.state, connection.deadline = _State.PARKED, float("inf")
        self._selector.unregister(connection.socket)

    def _send(self, connection: Connection, response: Response) -> None:
        if connection.state is _State.PARKED:
            self._selector.register(connection.socket, selectors.EVENT_WRITE, connection)
        else:
            self._selector.modify(connection.socket, selectors.EVENT_WRITE, connection)
        connection.state, connection.deadline = _State.SENDING, time.monotonic() + _SEND_SECONDS
        connection.left = response.octets()

    def _flush(self, connection: Connection) -> None:
        connection.left = connection.left[connection.socket.send(connection.left) :]
        if connection.left:
            return
        connection.socket.shutdown(socket.SHUT_WR)
        connection.state, connection.deadline = _State.DRAINING, time.monotonic() + _DRAIN_SECONDS
        self._selector.modify(connection.socket, selectors.EVENT_READ, connection)

    def _drop(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        with contextlib.suppress(KeyError):  # one that is parked is not watched
            self._selector.unregister(connection.socket)
        connection.socket.close()


def _listening(host: RedirectHost, port: int | None) -> list[socket.socket]:
    """The listening sockets, all on one port."""
    for _ in range(_TRIES):
        try:
            first = _bound(socket.AF_INET, "127.0.0.1", port or 0)
        except OSError as error:
            raise _busy(port) from error
        if host is not RedirectHost.LOCALHOST:
            return [first]
        try:
            return [first, _bound(socket.AF_INET6, "::1", first.getsockname()[1])]
        except OSError as error:
            if error.errno not in {
                errno.EADDRINUSE,
                errno.EACCES,
            }:  # a computer without IPv6, where no browser tries it
                return [first]
            first.close()  # somebody else's program would be given the code
    raise _busy(port)


def _busy(port: int | None) -> UserFixableError:
    return UserFixableError(Code.OAUTH_PORT_BUSY, {"port": port or 0}, layer=Layer.SIGN_IN)


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "nt":  # where "reuse" would let another program listen on the same port
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", -5), 1)
        else:  # a fixed port is free again at once for the next sign-in
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(16)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock
