"""A Microsoft Graph (v1.0) with mailboxes in memory, over https on loopback, written from the published protocol.

Strict where the real one is lenient: an unknown query option, property, header value or body is a 400, an unknown
address a 404. What it knows: folders (hidden ones, well-known names), listing with ``$select``, ``$expand`` of the
size, ``$filter`` by time of arrival, ``$orderby``, ``$top`` and ``@odata.nextLink`` (by ``$skip`` over what is there at
that moment, as Exchange does), ``$value``, DELETE, ``permanentDelete`` and ``move`` (also by way of a folder), ids that
change with a move unless immutable ones are preferred, bearer tokens, four requests at a time, errors as Exchange words
them. :class:`Fault` makes it misbehave.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from .certificates import Authority, Pem
from .graph_mailboxes import DENIED, REFUSALS, Mailbox, Wrong
from .graph_requests import Request, answer

AT_ONCE: Final = 4
_PIECE: Final = 65536
_IMMUTABLE: Final = 'IdType="ImmutableId"'


@dataclass
class Fault:
    """Something that goes wrong with requests whose ``METHOD path`` matches, ``times`` times, after ``skip`` good ones.

    ``status`` answers instead (with ``code``, ``message``, ``headers``); ``cut`` ends the connection after so many
    octets of the body, ``hang`` says nothing more after them; ``lost`` does what is asked for and ends the connection
    without a word; ``drop`` does not even do it; ``body`` replaces a good answer's. ``before`` is called first.
    """

    match: str
    times: int = 1
    skip: int = 0
    status: int = 0
    code: str = "ErrorInternalServerError"
    message: str = "An internal server error occurred."
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: int | None = None
    lost: bool = False
    drop: bool = False
    body: bytes | None = None
    before: Callable[[], None] | None = None


class GraphServer:
    """The service: ``mailboxes`` by address, ``tokens`` with the addresses that each may open (empty: all)."""

    def __init__(self, pem: Pem) -> None:
        self.mailboxes: dict[str, Mailbox] = {}
        self.tokens: dict[str, frozenset[str]] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.ca_file = ""
        self.largest_page = 1000
        self.chunked = False
        self.no_length = False
        self.connections = 0
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []
        self._http = _Listener(self, pem)
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @classmethod
    @contextlib.contextmanager
    def running(cls, authority: Authority, *names: str) -> Iterator[Self]:
        """A server with a certificate of this authority."""
        with cls(authority.issue("graph", *(names or ("localhost", "127.0.0.1")))) as server:
            server.ca_file = str(authority.file)
            yield server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._thread.join(10)
        self._http.hang_up()
        self._http.server_close()
        if self._failures:
            raise self._failures[0]

    def mailbox(self, address: str, *tokens: str) -> Mailbox:
        """A new mailbox, and tokens that open it."""
        self.mailboxes[address.casefold()] = made = Mailbox(address)
        for token in tokens:
            self.tokens[token] = self.tokens.get(token, frozenset()) | {address.casefold()}
        return made

    def count(self, match: str) -> int:
        """How many requests there were whose ``METHOD path`` matches."""
        return sum(re.search(match, request) is not None for request in self.requests)

    def note(self, request: str) -> Fault | None:
        """Remember a request; the fault that it runs into."""
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if re.search(fault.match, request) and fault.times:
                    if fault.skip:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def failed(self, error: BaseException) -> None:
        """What went wrong in here fails the test."""
        self._failures.append(error)

    def connected(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def authorised(self, authorization: str, address: str) -> Mailbox:
        """The mailbox, if this token may open it."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise Wrong(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        mailbox = self.mailboxes.get(address.casefold())
        if mailbox is None:
            raise Wrong(404, "ErrorInvalidUser", f"The requested user '{address}' is invalid.")
        allowed = self.tokens[token]
        if allowed and address.casefold() not in allowed:
            raise Wrong(*DENIED)
        if mailbox.refusal:
            raise Wrong(*REFUSALS[mailbox.refusal])
        return mailbox


class _Listener(ThreadingHTTPServer):
    """Accepts connections; the handshake is made in the connection's own thread."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, service: GraphServer, pem: Pem) -> None:
        self.service = service
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem.certificate, pem.key)
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        sock.settimeout(60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secured = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._open.add(secured)
        return secured, address

    def hang_up(self) -> None:
        """End all connections, from outside of their threads."""
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        with contextlib.suppress(OSError):
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may always hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Listener

    def handle(self) -> None:
        self.connection.do_handshake()
        self.server.service.connected()
        super().handle()

    def log_message(self, *_: object) -> None:
        """Nothing: the service remembers requests."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        service = self.server.service
        fault = service.note(f"{self.command} {unquote(self.path)}")
        octets = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers: Mapping[str, str] = {}
        try:
            status, body = self._asked(octets, fault)
        except Wrong as wrong:
            status, headers = wrong.status, wrong.headers
            inner = {"date": "2026-11-20T08:00:00", "request-id": "r", "client-request-id": "r"}
            body = {"error": {"code": wrong.code, "message": wrong.message, "innerError": inner}}
        except Exception as error:
            service.failed(error)
            raise
        if fault is not None and (fault.lost or fault.drop):
            self._finished()
            self.close_connection = True
            return
        if fault is not None and fault.body is not None:
            body = fault.body
        self._say(status, headers, body, fault)

    def _asked(self, octets: bytes, fault: Fault | None) -> tuple[int, object]:
        """Check what does not depend on the place, and let the service answer."""
        service = self.server.service
        parts = urlsplit(self.path)
        segments = [unquote(segment) for segment in parts.path.split("/")[1:]]
        if segments[:2] != ["v1.0", "users"] or len(segments) < 4:
            raise Wrong(404, "ResourceNotFound", "Resource not found for the segment.")
        if self.headers.get("Host") != f"{(self.headers.get('Host') or '').partition(':')[0]}:{service.port}":
            raise Wrong(400, "BadRequest", "Invalid hostname.")
        mailbox = service.authorised(self.headers.get("Authorization", ""), segments[2])
        prefer = self.headers.get("Prefer", "")
        if prefer not in {"", _IMMUTABLE}:
            raise Wrong(400, "BadRequest", f"Prefer: {prefer}")
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        if len(dict(pairs)) != len(pairs) or (pairs and self.command != "GET"):
            raise Wrong(400, "BadRequest", "Query options are for GET, and each may be given once.")
        body = None
        if octets:
            if self.headers.get("Content-Type", "").partition(";")[0] != "application/json":
                raise Wrong(415, "BadRequest", "The body is not JSON.")
            body = json.loads(octets)
        address = f"https://{self.headers['Host']}{parts.path}"
        immutable, largest = prefer == _IMMUTABLE, service.largest_page
        request = Request(self.command, segments[3:], dict(pairs), body, immutable, address, largest)
        with mailbox.lock:
            mailbox.under_way += 1
            mailbox.most_at_once = max(mailbox.most_at_once, mailbox.under_way)
            self._counted = mailbox
            if mailbox.under_way > AT_ONCE:
                message = "Application is over its MailboxConcurrency limit."
                raise Wrong(429, "ApplicationThrottled", message, {"Retry-After": "1"})
        if fault is not None and fault.before is not None:
            fault.before()
        if fault is not None and fault.drop:
            return 0, None
        if fault is not None and fault.status:
            raise Wrong(fault.status, fault.code, fault.message, fault.headers)
        with mailbox.lock:
            return answer(mailbox, request)

    _counted: Mailbox | None = None

    def _say(self, status: int, headers: Mapping[str, str], body: object, fault: Fault | None) -> None:
        octets = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        chunked = self.server.service.chunked and isinstance(body, bytes)
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", "text/plain" if isinstance(body, bytes) else "application/json; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif self.server.service.no_length and isinstance(body, bytes):
            self.close_connection = True
            self.send_header("Connection", "close")
        elif status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        end = next((e for e in (fault.cut, fault.hang) if e is not None), None) if fault is not None else None
        last = len(octets) if end is None else end
        pieces = [octets[start : min(start + _PIECE, last)] for start in range(0, last, _PIECE)]
        for place, piece in enumerate(pieces, start=1):
            if place == len(pieces) and end is None:
                self._finished()  # before the client can know, and ask for more
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if end is None:
            self._finished()
            self.wfile.write(b"0\r\n\r\n" if chunked else b"")
        self.wfile.flush()
        if end is not None:
            self._finished()
            if fault is not None and fault.hang is not None:
                self.server.service.stopped.wait(30)
            self.close_connection = True

    def _finished(self) -> None:
        """The answer is on its way: another request may come."""
        mailbox, self._counted = self._counted, None
        if mailbox is not None:
            with mailbox.lock:
                mailbox.under_way -= 1

    def finish(self) -> None:
        self._finished()
        with contextlib.suppress(OSError):
            super().finish()
