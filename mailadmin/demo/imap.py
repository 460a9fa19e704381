"""One mailbox behind an IMAP server (RFC 3501, UIDPLUS RFC 4315), made of pymap's parts and its in-memory backend.

pymap is used as a library: its ``main()`` needs POSIX signals, reads the command line and sets up logging.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import uuid
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import Final

from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import Passwords, UserMetadata
from pysasl import SASLAuth
from pysasl.hashing import BuiltinHash
from pysasl.mechanism.plain import PlainMechanism

from mailadmin.domain.secrets import Secret

# At DEBUG pymap writes every line of a session to the log, the one with the password included.
logging.getLogger("pymap").setLevel(logging.INFO)

_NO_ARGUMENTS: Final = Namespace(passlib_cfg=None, proxy_protocol=None, inherited_sockets=None)


class _DemoConfig(Config):
    """pymap's configuration without what slows it down or looks around: host name look-ups, plug-ins, slow hashes."""

    def __init__(self, username: str, password: Secret) -> None:
        super().__init__(
            _NO_ARGUMENTS,
            host=None,
            port=0,
            tls_enabled=False,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            # The password is random, lives as long as this process and guards samples: one round is enough.
            hash_context=BuiltinHash(rounds=1),
            # On the event loop: pymap would start a thread pool for its slow hashes.
            cpu_subsystem=Subsystem.for_asyncio(),
            invalid_user_sleep=0,
            demo_data=False,
            demo_user=username,
            demo_password="",
        )
        self._auth = SASLAuth([PlainMechanism(b"PLAIN")])

    @property
    def tls_auth(self) -> SASLAuth:
        """The ways to sign in, without asking entry points (which a frozen program does not have)."""
        return self._auth

    @property
    def greeting(self) -> bytes:
        """The greeting, without asking DNS for our own name at every connection."""
        return b"mailadmin demo server ready"


@asynccontextmanager
async def imap_server(host: str, username: str, password: Secret, mails: Sequence[bytes]) -> AsyncIterator[int]:
    """Serve one user's mailbox on a free port of ``host``, which is given, until the block is left.

    Connections that are open then are cut.

    :param mails: what INBOX holds, in the order of their UIDs
    """
    config = _DemoConfig(username, password)
    login = Login(config)
    hashed = await Passwords(config).hash_password(password.reveal())
    await login.demo_user_identity.set(UserMetadata(config, username, password=hashed))
    async with login.demo_user_identity.new_session() as session:
        inbox = await session.mailbox_set.get_mailbox("INBOX")
        for mail in mails:
            await inbox.append(AppendMessage(mail, _sent(mail)))
    async with _Connections(IMAPServer(login, config)) as connections:
        listener = await asyncio.start_server(connections.serve, host, 0)
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()


class _Connections:
    """The connections that are open: pymap forgets them, and somebody must end them."""

    def __init__(self, server: IMAPServer) -> None:
        self._server = server
        self._open: dict[asyncio.Task[None], StreamWriter] = {}

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Talk to one client until it leaves."""
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        try:
            info = SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid.uuid4().bytes)
            await self._server(reader, writer, info)
        finally:
            del self._open[task]

    async def __aenter__(self) -> _Connections:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut what is open. Aborted, because a client that does not read would keep a polite close waiting."""
        for task, writer in self._open.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


def _sent(mail: bytes) -> datetime | None:
    """When a mail was sent by its Date header, for the server's INTERNALDATE; None if it does not say."""
    try:
        return parsedate_to_datetime(str(BytesHeaderParser().parsebytes(mail)["Date"]))
    except ValueError:
        return None
