"""Connections to Microsoft Graph: dialled, proved and cut as all others of ours, used by requests and urllib3.

requests knows how to speak HTTP; what it believes and how it waits would be its own (certifi's list of authorities, no
way to end a connect or a wait). So connections come from :class:`~mailadmin.mail.connection.Connection`, with every
failure named, and urllib3's :class:`~urllib3.Retry` waits where it can be woken.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import SplitResult, unquote, urlsplit
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import InvalidHeader, MaxRetryError, ReadTimeoutError, ResponseError

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.mail.connection import Connection

from .graph_answers import PASSING

LONGEST_WAIT: Final = 30.0
"""Seconds that one request waits in all because the server asks it to; longer, and the account waits instead."""

_ATTEMPTS: Final = 4
_HEAD: Final = 1 << 16  # octets of a proxy's answer


class Dialler:
    """Makes the connections of one mailbox, and ends them from any thread."""

    def __init__(self, access: ServerAccess, on_layer: Callable[[LayerReached], None]) -> None:
        self._access = access
        self._on_layer = on_layer
        self._proxy = _proxy_to(access)
        self._lock = threading.Lock()
        self._sockets: WeakSet[ssl.SSLSocket] = WeakSet()
        self._dialling: set[Interrupt] = set()
        self._cut = False
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether nothing more is to be asked for: for good, or because what was under way is not wanted any more."""
        return self._stopped.is_set()

    def lost(self, layer: Layer, detail: str = "the connection was given up") -> UserFixableError:
        """The failure of a connection that ended."""
        facts = {"host": self._access.host, "port": str(self._access.port), "detail": detail}
        return UserFixableError(Code.CONNECTION_LOST, facts, layer=layer)

    def dial(self) -> ssl.SSLSocket:
        """A connection that is encrypted and proved; the first one tells the layers name, connect and TLS.

        :raises UserFixableError: what stood in the way
        """
        interrupt = Interrupt()
        with self._lock:
            if self._stopped.is_set():
                raise self.lost(Layer.CONNECT)
            self._dialling.add(interrupt)
        try:
            sock = self._connected(interrupt)
        finally:
            with self._lock:
                self._dialling.discard(interrupt)
        with self._lock:
            self._sockets.add(sock)
            if self._stopped.is_set():
                _shut(sock)
        self._on_layer = _tell_nobody
        return sock

    def _connected(self, interrupt: Interrupt) -> ssl.SSLSocket:
        proxy = self._proxy
        if proxy is None:
            connection = Connection.open(self._access, self._on_layer, interrupt)
        else:
            through = replace(self._access, host=proxy.hostname or "", port=proxy.port or 80)
            connection = Connection.open(through, self._by_proxy, interrupt)
        try:
            if proxy is not None:
                connection.access = self._access
                self._tunnel(connection)
            connection.secure(self._on_layer, self._tunnel if proxy is not None else None)
            return connection.hand_over()
        except BaseException:
            connection.close()
            raise

    def _by_proxy(self, reached: LayerReached) -> None:
        assert self._proxy is not None
        proxy = {"proxy": f"{self._proxy.hostname}:{self._proxy.port or 80}"}
        self._on_layer(LayerReached(reached.layer, {**reached.facts, **proxy}, reached.server))

    def _tunnel(self, connection: Connection) -> None:
        """Have the proxy connect us through (RFC 9110 9.3.6)."""
        assert self._proxy is not None
        connection.at(Layer.CONNECT)
        access = self._access
        target = f"{_bracketed(access.host)}:{access.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self._proxy.username:
            login = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
            connection.hide(login)
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode('ascii')}")
        connection.send("\r\n".join((*lines, "", "")).encode())
        first = connection.read_through(b"\r\n\r\n", _HEAD).split(b"\r\n", 1)[0]
        if first.split(b" ")[1:2] != [b"200"]:
            facts = {"host": access.host, "port": str(access.port), "detail": "the proxy does not connect"}
            raise UserFixableError(Code.CONNECTION_FAILED, facts, server=connection.words(first), layer=Layer.CONNECT)

    def hang_up(self) -> None:
        """End what is under way; :meth:`go_on` lets new requests be made."""
        with self._lock:
            self._stopped.set()
            dialling, sockets = list(self._dialling), list(self._sockets)
        for interrupt in dialling:
            interrupt.ask()
        for sock in sockets:
            _shut(sock)

    def go_on(self) -> None:
        """After :meth:`hang_up`, unless the mailbox was cut off meanwhile."""
        with self._lock:
            if not self._cut:
                self._stopped.clear()

    def cut(self) -> None:
        """End everything for good, from any thread."""
        self._cut = True
        self.hang_up()

    def pause(self, seconds: float) -> None:
        """Wait, unless or until somebody hangs up."""
        self._stopped.wait(seconds)


class Patience(Retry):
    """How often and how long a request is tried again, in urllib3's terms.

    Every request of ours may be repeated: reading changes nothing, a message that is gone cannot be deleted again, and
    one with an immutable id, once moved, stays where it is. A server that says nothing at all is asked once.
    """

    pause: Callable[[float], None]
    stopped: Callable[[], bool]
    left: float = LONGEST_WAIT

    @classmethod
    def by(cls, dialler: Dialler) -> Self:
        """The patience of a mailbox."""
        patience = cls(
            total=_ATTEMPTS,
            connect=0,
            read=2,
            redirect=0,
            other=0,
            allowed_methods=None,
            status_forcelist=PASSING,
            backoff_factor=0.3,
            raise_on_status=False,
        )
        patience.pause = dialler.pause
        patience.stopped = lambda: dialler.stopped
        return patience

    def new(self, **changed: Any) -> Self:  # noqa: ANN401
        """A copy with changes, as urllib3 counts its attempts."""
        fresh = super().new(**changed)
        fresh.pause, fresh.stopped, fresh.left = self.pause, self.stopped, self.left
        return fresh

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count an attempt; what cannot be tried again, or not so soon, is raised."""
        if error is not None and (isinstance(error, ReadTimeoutError) or self.stopped()):
            raise error
        fresh = super().increment(method, url, response, error, _pool, _stacktrace)
        fresh.left -= fresh.wait_for(response)
        if fresh.left < 0 or self.stopped():
            assert _pool is not None
            raise MaxRetryError(_pool, url or "", ResponseError("too long a wait"))
        return fresh

    def wait_for(self, response: BaseHTTPResponse | None) -> float:
        """The seconds until the next attempt: what the server asks for, or a little more each time."""
        asked = None
        if response is not None:
            with contextlib.suppress(InvalidHeader):
                asked = self.get_retry_after(response)
        return asked or self.get_backoff_time()

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next attempt, unless somebody hangs up."""
        self.pause(self.wait_for(response))


class Adapter(HTTPAdapter):
    """Has requests use connections of our own."""

    def __init__(self, dialler: Dialler, connections: int) -> None:
        class Dialled(HTTPSConnection):
            def connect(self) -> None:
                self.sock = dialler.dial()
                self.is_verified = True

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Dialled

        self._pool = Pool
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=Patience.by(dialler))

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        """Make the pool of connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": self._pool}

    def cert_verify(self, *arguments: object) -> None:
        """Nothing: the dialler has proved the server, by what the account believes."""


def _proxy_to(access: ServerAccess) -> SplitResult | None:
    """The system's proxy for this server, if there is one.

    :raises UserFixableError: CONNECTION_FAILED for a kind of proxy that we cannot use
    """
    url = f"https://{_bracketed(access.host)}:{access.port}/"
    found = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not found:
        return None
    proxy = urlsplit(found if "//" in found else f"http://{found}")
    with contextlib.suppress(ValueError):  # a port that is none
        if proxy.scheme == "http" and proxy.hostname and proxy.port != 0:
            return proxy
    facts = {"host": access.host, "port": str(access.port), "detail": "the system's proxy is not an HTTP proxy"}
    raise UserFixableError(Code.CONNECTION_FAILED, facts, layer=Layer.CONNECT)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shut(sock: ssl.SSLSocket) -> None:
    """End a connection that another thread may be reading from; it is that thread's to close."""
    with contextlib.suppress(OSError):
        # the plain socket's shutdown: SSLSocket's would take the TLS state away from a thread that is reading
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _tell_nobody(reached: LayerReached) -> None:
    """Only the first connection is told of."""
