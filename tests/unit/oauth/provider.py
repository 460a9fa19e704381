"""A small https server that answers as a test wants it to, and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from tests.servers.certificates import Authority


@dataclass
class Said:
    """One answer. ``pause``: an event that is waited for before its second half."""

    body: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: threading.Event | None = None


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


class ScriptedProvider:
    """Answers by path; whatever is not scripted is 404 without a body."""

    def __init__(self, url: str, ca_file: str) -> None:
        self.url = url
        self.ca_file = ca_file
        self.answers: dict[str, Said] = {}
        self.asked: list[Asked] = []


@contextmanager
def scripted_provider(folder: Path) -> Iterator[ScriptedProvider]:
    """Run one on a free port of ``localhost``."""
    authority = Authority(folder)
    pem = authority.issue("server", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = False
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider = ScriptedProvider(f"https://localhost:{server.server_port}", str(authority.file))
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        provider: ScriptedProvider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        provider.asked.append(Asked(self.command, self.path, dict(self.headers), form))
        said = provider.answers.get(self.path.partition("?")[0], Said(status=404))
        octets = said.body.encode() if isinstance(said.body, str) else json.dumps(said.body).encode()
        self.send_response(said.status)
        for name, value in {"Content-Type": "application/json", **said.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        half = len(octets) // 2 if said.pause else len(octets)
        try:
            self.wfile.write(octets[:half])
            if said.pause:
                said.pause.wait(20)
                self.wfile.write(octets[half:])
        except OSError:  # whoever asked has gone
            pass

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""
