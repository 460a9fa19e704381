"""One connection to a mail server: octets in and out, each layer with its own timeout, every failure named.

The protocols (imaplib, poplib and our own RETR reader) share one connection and so one buffer: nothing that was read
ahead is lost when the reader changes, and octets that arrive before a TLS handshake can be refused.
"""

from __future__ import annotations

import contextlib
import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final, Self, TypeAlias

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import LayerReached, ServerAccess

from . import tls
from .dialling import connect, resolve
from .redaction import Redaction, on_one_line

_log = logging.getLogger(__name__)

MEBIBYTE: Final = 1 << 20
MAX_LINE: Final = 32 * MEBIBYTE  # a SEARCH response for millions of messages is one line
MAX_LITERAL: Final = 64 * MEBIBYTE
_CHUNK: Final = 1 << 18
_BRIEF: Final = frozenset({Layer.GREETING, Layer.CAPABILITIES, Layer.SIGN_IN, Layer.FOLDER})
"""Layers with short answers, which a server that drips octet by octet must not make last for ever."""
_DRIPS: Final = 3  # times the timeout, in all

Prelude: TypeAlias = Callable[["Connection"], None]
"""Brings a fresh connection to where the TLS handshake starts (greeting, STARTTLS)."""


class Connection:
    """A connection with a layer: the layer names failures and picks the timeout.

    One thread uses it; :meth:`abandon` may come from any thread. Every method raises UserFixableError with
    CONNECTION_LOST, SERVER_BUSY (end of stream before a greeting), SERVER_SILENT or SERVER_GARBAGE.
    """

    def __init__(self, access: ServerAccess, sock: socket.socket, interrupt: Interrupt | None = None) -> None:
        self.access = access
        self._interrupt = interrupt or Interrupt()
        self.layer = Layer.GREETING
        self.literal_limit = MAX_LITERAL
        self.encrypted = False
        self._sock = sock
        self._closed = False
        self._handed_over = False
        self._in_use = threading.Lock()
        self._heard = False
        self._until = math.inf
        self._buffer = bytearray()
        self._start = 0
        self._scratch = memoryview(bytearray(_CHUNK))
        self._redact: Redaction | None = None
        self.at(Layer.GREETING)
        self._interrupt.on_ask(self.abandon)

    @classmethod
    def open(
        cls, access: ServerAccess, on_layer: Callable[[LayerReached], None], interrupt: Interrupt | None = None
    ) -> Self:
        """Find the host and connect to it, telling the layers name and connect.

        :param interrupt: stops that, and cuts the connection whenever it is asked later
        """
        interrupt = interrupt or Interrupt()
        found = resolve(access, interrupt)
        addresses = dict.fromkeys(str(address[0]) for *_, address in found)
        on_layer(LayerReached(Layer.NAME, {"addresses": ", ".join(addresses)}))
        # The address is not asked of the socket: by now the server may have cut the connection.
        sock, address = connect(access, found, interrupt)
        _log.debug("connected to %s (%s) port %s", access.host, address, access.port)
        on_layer(LayerReached(Layer.CONNECT, {"address": address, "port": str(access.port)}))
        return cls(access, sock, interrupt)

    # --- state -----------------------------------------------------------------------------------------------------

    def at(self, layer: Layer, *, seconds: float | None = None) -> None:
        """Say which layer comes now; sets the timeout of that layer (or the one given)."""
        timeouts = self.access.timeouts
        usual = {Layer.TLS: timeouts.tls, Layer.GREETING: timeouts.greeting}.get(layer, timeouts.command)
        seconds = usual if seconds is None else seconds
        self.layer = layer
        self._until = time.monotonic() + _DRIPS * seconds if layer in _BRIEF else math.inf
        if not self._closed:
            with contextlib.suppress(OSError):  # given up in this instant: the next read or write tells
                self._sock.settimeout(seconds)

    def hide(self, secret: str) -> None:
        """From now on keep this secret out of the server's words."""
        self._redact = Redaction(secret)

    def words(self, text: bytes) -> str:
        """What the server said, fit for an error or a log: decoded, on one line, without the secret."""
        decoded = text.decode("utf-8", "replace")
        if self._redact is not None:
            decoded = self._redact(decoded)
        return on_one_line(decoded)

    # --- failures --------------------------------------------------------------------------------------------------

    def _facts(self, **more: str) -> dict[str, str]:
        return {"host": self.access.host, "port": str(self.access.port), **more}

    def lost(self, detail: str, words: bytes = b"") -> UserFixableError:
        """The failure of a connection that ended; before the greeting it means a server that is too busy."""
        if self.layer is Layer.GREETING and not self._heard and not self._closed:
            return UserFixableError(Code.SERVER_BUSY, self._facts(), layer=self.layer)
        facts = self._facts(detail=detail)
        return UserFixableError(Code.CONNECTION_LOST, facts, server=self.words(words), layer=self.layer)

    def garbage(self, detail: str, words: bytes = b"") -> UserFixableError:
        """The failure of a server that does not keep to its protocol."""
        facts = self._facts(detail=detail)
        return UserFixableError(Code.SERVER_GARBAGE, facts, server=self.words(words), layer=self.layer)

    def _silent(self) -> UserFixableError:
        seconds = self._sock.gettimeout() or 0.0
        return UserFixableError(Code.SERVER_SILENT, self._facts(seconds=f"{seconds:g}"), layer=self.layer)

    # --- octets ----------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send all of data."""
        failure: UserFixableError
        try:
            with self._in_use:
                if not self._closed:
                    self._sock.sendall(data)
                    return
            failure = self.lost("the connection was given up")
        except TimeoutError:
            failure = self._silent()
        except (OSError, ValueError) as error:  # ValueError: a TLS socket that is no longer one
            failure = self.lost(_reason(error))
        raise failure

    def _receive_into(self, view: memoryview) -> int:
        """Read at least one octet into view; how many."""
        failure: UserFixableError
        if time.monotonic() > self._until:
            raise self._silent()
        try:
            with self._in_use:
                count = 0 if self._closed else self._sock.recv_into(view)
            if count:
                self._heard = True
                return count
            failure = self.lost("the connection was given up" if self._closed else "the server closed the connection")
        except TimeoutError:
            failure = self._silent()
        except (OSError, ValueError) as error:
            failure = self.lost(_reason(error))
        raise failure

    def _fill(self) -> None:
        if self._start > MEBIBYTE or self._start == len(self._buffer):
            del self._buffer[: self._start]
            self._start = 0
        count = self._receive_into(self._scratch)
        self._buffer += self._scratch[:count]

    def _take(self, count: int) -> bytes:
        end = self._start + count
        with memoryview(self._buffer) as view:
            taken = bytes(view[self._start : end])
        self._start = end
        return taken

    def _waiting(self) -> int:
        return len(self._buffer) - self._start

    def peek(self, count: int) -> bytes:
        """The next octets (``count`` of them), left where they are."""
        while self._waiting() < count:
            self._fill()
        return bytes(self._buffer[self._start : self._start + count])

    def readline(self) -> bytes:
        """One line with its line end."""
        return self.read_through(b"\n", MAX_LINE)

    def read_through(self, terminator: bytes, limit: int) -> bytes:
        """Everything up to and with the terminator; SERVER_GARBAGE when it takes more than ``limit`` octets."""
        searched = 0
        while (found := self._buffer.find(terminator, self._start + searched)) < 0:
            searched = max(0, self._waiting() - len(terminator) + 1)
            if searched > limit:
                raise self.garbage(f"more than {limit} octets without an end")
            self._fill()
        return self._take(found + len(terminator) - self._start)

    def read(self, count: int) -> bytes:
        """Exactly ``count`` octets; SERVER_GARBAGE when that is more than ``literal_limit``."""
        if count > self.literal_limit:
            raise self.garbage(f"a literal of {count} octets")
        have = self._waiting()
        if have >= count:
            return self._take(count)
        whole = bytearray(count)
        view = memoryview(whole)
        view[:have] = self._take(have)
        while have < count:
            have += self._receive_into(view[have:])
        return bytes(whole)

    # --- TLS -------------------------------------------------------------------------------------------------------

    def secure(self, on_layer: Callable[[LayerReached], None], prelude: Prelude | None = None) -> None:
        """Make the TLS handshake and check the certificate, telling the layer tls.

        :param prelude: for STARTTLS, how a second connection gets here: a refused certificate is fetched once more,
            without belief, so that its fingerprint can be shown and pinned
        :raises UserFixableError: the TLS_* codes; SERVER_SILENT; SERVER_BUSY
        """
        self.at(Layer.TLS)
        if prelude is not None:
            self._refuse_early_octets()
        context = tls.context_for(self.access)
        refused = self._handshake(context)
        if refused is not None:
            raise tls.refusal(refused, self.access, self._look_at_certificate(prelude))
        certificate = tls.Certificate.from_der(self._certificate())
        tls.check_pin(self.access, certificate)
        self.encrypted = True
        version, cipher = self._tls.version() or "", self._tls.cipher()
        facts = {"version": version, "cipher": cipher[0] if cipher else "", **certificate.facts()}
        on_layer(LayerReached(Layer.TLS, {**facts, "verified_by": tls.verified_by(self.access)}))

    @property
    def _tls(self) -> ssl.SSLSocket:
        if not isinstance(self._sock, ssl.SSLSocket):
            raise TypeError("the connection is not encrypted")
        return self._sock

    def _certificate(self) -> bytes:
        with self._in_use:
            if not self._closed:
                return self._tls.getpeercert(binary_form=True) or b""
        raise self.lost("the connection was given up")

    def _refuse_early_octets(self) -> None:
        """Octets that came in the clear after the answer to STARTTLS are not the server's to send (CVE-2021-33515)."""
        early = self._waiting() > 0
        if not early:
            with contextlib.suppress(OSError):
                self._sock.setblocking(False)
                early = bool(self._sock.recv(1, socket.MSG_PEEK))
            self.at(Layer.TLS)
        if early:
            detail = "octets in the clear after the answer to STARTTLS"
            raise UserFixableError(Code.TLS_FAILED, self._facts(detail=detail), layer=Layer.TLS)

    def _handshake(self, context: ssl.SSLContext) -> ssl.SSLCertVerificationError | None:
        """The handshake alone; what was wrong with the certificate, if that was the trouble."""
        was_plain = self._heard
        name = self.access.host.rstrip(".")
        failure: UserFixableError
        try:
            with self._in_use:
                if not self._closed:
                    self._sock = context.wrap_socket(self._sock, server_hostname=name, do_handshake_on_connect=False)
            with self._in_use:  # taken anew: who gives the connection up in between must find the new socket
                if not self._closed:
                    self._tls.do_handshake()
                    return None
            failure = self.lost("the connection was given up")
        except ssl.SSLCertVerificationError as error:
            return error
        except TimeoutError:
            failure = self._silent()
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError) as error:
            # servers with too many connections close without a word; after STARTTLS the words would have come before
            code = Code.TLS_FAILED if was_plain else Code.SERVER_BUSY
            facts = self._facts(detail=_reason(error)) if was_plain else self._facts()
            failure = UserFixableError(code, facts, layer=Layer.TLS)
        except (OSError, ValueError) as error:
            failure = UserFixableError(Code.TLS_FAILED, self._facts(detail=_reason(error)), layer=Layer.TLS)
        raise failure

    def _look_at_certificate(self, prelude: Prelude | None) -> tls.Certificate:
        """The certificate that was refused, fetched by a second connection that believes anything and says nothing."""
        try:
            sock, _ = connect(self.access, resolve(self.access, self._interrupt), self._interrupt)
        except UserFixableError:
            return tls.Certificate("")
        second = Connection(self.access, sock, self._interrupt)
        try:
            if prelude is not None:
                prelude(second)
            second.at(Layer.TLS)
            second._handshake(tls.unverified_context())
            return tls.Certificate.from_der(second._certificate())
        except UserFixableError:
            return tls.Certificate("")
        finally:
            second.close()

    # --- the end ---------------------------------------------------------------------------------------------------

    def hand_over(self) -> ssl.SSLSocket:
        """The encrypted socket, for another protocol that reads, writes and closes by itself; nothing is left here."""
        with self._in_use:
            if not self._closed:
                self._closed = self._handed_over = True
                return self._tls
        raise self.lost("the connection was given up")

    def close(self) -> None:
        """Close the socket. Harmless when repeated."""
        self.abandon()

    def abandon(self) -> None:
        """Cut the connection, from any thread: a blocked read ends with CONNECTION_LOST."""
        if self._handed_over:
            return
        self._closed = True
        with contextlib.suppress(OSError):
            # the plain socket's shutdown: SSLSocket's would take the TLS state away from a thread that is reading
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        with self._in_use:
            if not self._handed_over:
                self._sock.close()


def _reason(error: Exception) -> str:
    """A short detail of an OS or TLS error, without file names and line numbers of OpenSSL."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
