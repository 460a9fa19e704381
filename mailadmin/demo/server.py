"""The demo's mail server in a thread of its own, with an event loop of its own."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.secrets import Secret

from .mails import sample_mails


@dataclass(frozen=True, slots=True)
class _Running:
    """What the starting thread must know of a server that runs. ``stop`` belongs to ``loop``."""

    port: int
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class DemoServer:
    """An IMAP server on loopback whose INBOX holds the sample mails; a context manager.

    It listens on a free port while the ``with`` block lasts, and forgets everything when that ends. Each server has a
    random password of its own. Its connections are not encrypted: they never leave this machine.

    :param mails: what the INBOX holds, oldest first (RFC 5322, CRLF line ends); None means :func:`sample_mails`
    """

    host: Final = "127.0.0.1"
    username: Final = "helpdesk@example.org"

    def __init__(self, mails: Sequence[bytes] | None = None) -> None:
        self.password: Final = Secret(secrets.token_urlsafe(18))
        self._mails = mails
        self._thread: threading.Thread | None = None
        self._running: _Running | None = None

    @property
    def port(self) -> int:
        """The port the server listens on.

        :raises BugError: the server does not run
        """
        return self._require_running().port

    def __enter__(self) -> Self:
        """Start, and return as soon as somebody can sign in.

        :raises UserFixableError: DEMO_MISSING, the package of the mail server is not installed
        """
        if self._running is not None:
            raise BugError("the demo server runs already")
        server = self._server()
        started: Future[_Running] = Future()
        self._thread = threading.Thread(target=_run, args=(server, started), name="demo mail server", daemon=True)
        self._thread.start()
        self._running = started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cut every connection, stop listening and wait until the thread has ended."""
        running = self._require_running()
        running.loop.call_soon_threadsafe(running.stop.set)
        if self._thread is not None:
            self._thread.join()
        self._thread = self._running = None

    def _require_running(self) -> _Running:
        if self._running is None:
            raise BugError("the demo server does not run")
        return self._running

    def _server(self) -> AbstractAsyncContextManager[int]:
        try:
            # Here and not above: it is an extra that may be missing, and a tenth of a second that only the demo pays.
            from .imap import imap_server  # noqa: PLC0415
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("mailadmin"):
                raise
            # Whatever of it was missed first: installing pymap brings the rest.
            raise UserFixableError(Code.DEMO_MISSING, {"package": "pymap"}) from error
        mails = sample_mails() if self._mails is None else self._mails
        return imap_server(self.host, self.username, self.password, mails)


def _run(server: AbstractAsyncContextManager[int], started: Future[_Running]) -> None:
    try:
        asyncio.run(_serve(server, started))
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)  # raised again where the start is waited for


async def _serve(server: AbstractAsyncContextManager[int], started: Future[_Running]) -> None:
    async with server as port:
        stop = asyncio.Event()
        started.set_result(_Running(port, asyncio.get_running_loop(), stop))
        await stop.wait()
