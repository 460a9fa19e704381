"""Finding a host and connecting to it; both can be interrupted at any moment."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from typing import Any, Final, TypeAlias

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import ServerAccess

Addresses: TypeAlias = list[tuple[Any, ...]]
"""As getaddrinfo gives them."""

_LOOK_SECONDS: Final = 0.1
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)} - {0})


def resolve(access: ServerAccess, interrupt: Interrupt) -> Addresses:
    """The addresses of the host.

    :raises UserFixableError: HOST_NOT_FOUND, STOPPED
    """
    found: Future[Addresses] = Future()

    def look_up() -> None:
        with suppress(InvalidStateError):  # nobody waits any more
            try:
                found.set_result(list(socket.getaddrinfo(access.host, access.port, type=socket.SOCK_STREAM)))
            except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
                found.set_exception(error)

    # getaddrinfo cannot be cut: a thread whose name server is silent is left behind until that gives up.
    thread = threading.Thread(target=look_up, name=f"looking up {access.host}", daemon=True)
    thread.start()
    interrupt.on_ask(found.cancel)
    try:
        addresses = found.result()
        thread.join()
        return addresses
    except CancelledError:
        raise UserFixableError(Code.STOPPED, layer=Layer.NAME) from None
    except (OSError, UnicodeError) as error:
        # gaierror, or no descriptor left to ask a name server by; UnicodeError: a label that IDNA cannot encode
        detail = getattr(error, "strerror", None) or ""
        facts = {"host": access.host, "detail": detail}
        raise UserFixableError(Code.HOST_NOT_FOUND, facts, layer=Layer.NAME) from None


def connect(access: ServerAccess, found: Addresses, interrupt: Interrupt) -> tuple[socket.socket, str]:
    """Try one address after the other, all together within the connect timeout; the socket, and where it leads.

    :raises UserFixableError: CONNECTION_TIMED_OUT, CONNECTION_REFUSED, CONNECTION_FAILED, STOPPED
    """
    facts = {"host": access.host, "port": str(access.port)}
    deadline = time.monotonic() + access.timeouts.connect
    failure = UserFixableError(Code.CONNECTION_FAILED, {**facts, "detail": ""}, layer=Layer.CONNECT)
    for index, (family, kind, protocol, _, address) in enumerate(found):
        share = max((deadline - time.monotonic()) / (len(found) - index), 0.01)
        try:
            return _connected(family, kind, protocol, address, time.monotonic() + share, interrupt), str(address[0])
        except TimeoutError:
            code, more = Code.CONNECTION_TIMED_OUT, {"seconds": f"{access.timeouts.connect:g}"}
        except ConnectionRefusedError:
            code, more = Code.CONNECTION_REFUSED, {}
        except OSError as error:
            code, more = Code.CONNECTION_FAILED, {"detail": error.strerror or str(error)}
        failure = UserFixableError(code, {**facts, **more}, layer=Layer.CONNECT)
    raise failure


def _connected(
    family: int,
    kind: int,
    protocol: int,
    address: Any,  # noqa: ANN401
    deadline: float,
    interrupt: Interrupt,
) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        _connect(sock, address, deadline, interrupt)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect(sock: socket.socket, address: Any, deadline: float, interrupt: Interrupt) -> None:  # noqa: ANN401
    """Connect a socket. Not by its own timeout: closing a socket does not wake a connect on every system."""
    sock.setblocking(False)
    result = sock.connect_ex(address)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while result in _UNDER_WAY:
            if interrupt.asked:
                raise UserFixableError(Code.STOPPED, layer=Layer.CONNECT)
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if selector.select(min(left, _LOOK_SECONDS)):
                result = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                break
    if result:
        raise OSError(result, os.strerror(result))
