"""The loopback listener: real sockets, a browser's good and bad manners, and those of others on this computer."""

from __future__ import annotations

import errno
import http.client
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import RedirectHost
from mailadmin.oauth import http_request, loopback
from mailadmin.oauth.answer_pages import AnswerPage, Tone
from mailadmin.oauth.listener import Listener, StandingPages
from tests.threads import running

STATE = "state-of-this-sign-in"
CODE = "Marker-code-4711"
ANSWER = {"code": CODE, "state": STATE}
STANDING = StandingPages(AnswerPage(Tone.PLAIN, "stray", ""), AnswerPage(Tone.PLAIN, "over", ""))
SUCCESS = AnswerPage(Tone.GOOD, "You are signed in", "")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECONDS = 10.0


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = running()
    yield
    assert running() == before


def listener_of(host: RedirectHost = RedirectHost.LOOPBACK, path: str = "", port: int | None = None) -> Listener:
    listener = Listener(host, path, port, STANDING)
    listener.expect(STATE)
    return listener


@dataclass
class Reply:
    """What a browser was answered."""

    status: int
    fields: Mapping[str, str]
    text: str


def request(
    port: int,
    target: str,
    method: str = "GET",
    body: str | None = None,
    fields: Mapping[str, str] | None = None,
    address: str = "127.0.0.1",
) -> Reply:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(address, port, timeout=SECONDS)
    try:
        connection.request(method, target, body, dict(fields or {}))
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read().decode())
    finally:
        connection.close()


def redirect(port: int, path: str = "/", **parameters: str) -> Reply:
    """What a browser does with a provider's redirect, followed to the last page."""
    reply = request(port, f"{path}?{urlencode(parameters)}")
    return request(port, reply.fields["Location"]) if reply.status == 303 else reply


@dataclass
class Waiting:
    """A listener that waits in one thread, with browsers in others."""

    listener: Listener
    pool: ThreadPoolExecutor

    def __post_init__(self) -> None:
        self.answer: Future[Mapping[str, str] | None] = self.pool.submit(self.listener.wait, SECONDS)

    @property
    def port(self) -> int:
        return self.listener.port

    def in_browser(self, act: Callable[..., Reply], *args: object, **named: str) -> Future[Reply]:
        return self.pool.submit(act, *args, **named)

    def finish(self, page: AnswerPage = SUCCESS) -> None:
        self.answer.result(SECONDS)
        self.listener.finish(page, SECONDS)


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    with ThreadPoolExecutor() as pool, listener_of() as listener:
        yield Waiting(listener, pool)


def end(waiting: Waiting) -> None:
    """The redirect comes after all: the wait went on."""
    browser = waiting.in_browser(redirect, waiting.port, **ANSWER)
    waiting.finish()
    assert "You are signed in" in browser.result(SECONDS).text
    assert waiting.answer.result() == ANSWER


def test_the_browser_is_answered_after_the_exchange_alone(waiting: Waiting) -> None:
    browser = waiting.in_browser(request, waiting.port, f"/?{urlencode(ANSWER)}")
    assert waiting.answer.result(SECONDS) == ANSWER
    assert not browser.done()
    finishing = waiting.pool.submit(waiting.listener.finish, SUCCESS, SECONDS)
    reply = browser.result(SECONDS)
    assert (reply.status, reply.fields["Location"]) == (303, "/done")
    page = request(waiting.port, "/done")
    assert page.status == 200
    assert "You are signed in" in page.text
    finishing.result(SECONDS)


def test_the_last_page_is_not_there_before_the_end(waiting: Waiting) -> None:
    assert request(waiting.port, "/done").status == 404
    end(waiting)


def test_a_posted_form_is_taken(waiting: Waiting) -> None:
    browser = waiting.in_browser(
        lambda: request(waiting.port, "/?state=other", "POST", urlencode({**ANSWER, "id_token": "x" * 5000}), FORM)
    )
    answer = waiting.answer.result(SECONDS)
    assert answer == {**ANSWER, "id_token": "x" * 5000}
    waiting.listener.finish(SUCCESS, 0)
    assert browser.result(SECONDS).status == 200


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/favicon.ico", 404),
        ("GET", f"/other?code={CODE}&state={STATE}", 404),
        ("GET", "/done/", 404),
        ("HEAD", "/", 405),
        ("OPTIONS", "/", 405),
        ("DELETE", f"/?code={CODE}&state={STATE}", 405),
    ],
)
def test_a_request_for_something_else_is_refused_and_the_wait_goes_on(
    waiting: Waiting, method: str, target: str, status: int
) -> None:
    assert request(waiting.port, target, method).status == status
    end(waiting)


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"code={CODE}",
        f"code={CODE}&state=",
        f"code={CODE}&state=guessed",
        f"code={CODE}&state={STATE}x",
        f"code={CODE}&state=%ff%fe",
        f"code=a&code={CODE}&state={STATE}",
        f"code={CODE}&state={STATE}&state={STATE}",
        f"code={CODE}&state={STATE}&" + "&".join(f"a{n}=1" for n in range(60)),
    ],
)
def test_another_state_or_one_said_twice_gets_a_page_and_the_wait_goes_on(waiting: Waiting, query: str) -> None:
    for reply in (
        request(waiting.port, f"/?{query}"),
        request(waiting.port, "/", "POST", query, FORM),
    ):
        assert reply.status == 400
        assert "<h1>stray</h1>" in reply.text
    end(waiting)


@pytest.mark.parametrize("host", ["attacker.example", "localhost:1", "127.0.0.1", "127.0.0.1.attacker.example:{port}"])
def test_another_name_for_this_computer_is_refused(waiting: Waiting, host: str) -> None:
    fields = {"Host": host.format(port=waiting.port)}
    assert request(waiting.port, f"/?{urlencode(ANSWER)}", fields=fields).status == 421
    end(waiting)


def test_a_form_of_another_type_is_refused(waiting: Waiting) -> None:
    reply = request(waiting.port, "/", "POST", urlencode(ANSWER), {"Content-Type": "text/plain"})
    assert reply.status == 415
    end(waiting)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n continued\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 421),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET /?" + b"x" * 2 * http_request.MOST_OCTETS + b" HTTP/1.1\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_or_too_large_is_refused(waiting: Waiting, octets: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", waiting.port), SECONDS) as sock:
        sock.sendall(octets)
        reply = b"".join(iter(lambda: sock.recv(4096), b""))
    assert reply.startswith(f"HTTP/1.1 {status} ".encode())
    end(waiting)


def test_connections_that_send_nothing_or_slowly_stop_nobody(waiting: Waiting) -> None:
    address = ("127.0.0.1", waiting.port)
    idle = [socket.create_connection(address, SECONDS) for _ in range(100)]
    idle[-1].sendall(b"GET / HTTP/1.1\r\nHo")
    request(waiting.port, "/favicon.ico")
    assert idle[0].recv(1) == b""  # there were too many
    end(waiting)
    for sock in idle:
        sock.close()


def test_a_connection_that_sends_nothing_is_closed_in_time(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_READ_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", waiting.port), SECONDS) as sock:
        threading.Event().wait(0.1)
        request(waiting.port, "/favicon.ico")
        assert sock.recv(1) == b""
    end(waiting)


def test_a_second_redirect_counts_for_nothing(waiting: Waiting) -> None:
    first = waiting.in_browser(request, waiting.port, f"/?{urlencode(ANSWER)}")
    assert waiting.answer.result(SECONDS) == ANSWER
    second = waiting.in_browser(request, waiting.port, f"/?{urlencode({**ANSWER, 'code': 'another'})}")
    finishing = waiting.pool.submit(waiting.listener.finish, SUCCESS, SECONDS)
    reply = second.result(SECONDS)
    assert (reply.status, "<h1>over</h1>" in reply.text) == (409, True)
    assert waiting.listener.wait(0) == ANSWER
    assert first.result(SECONDS).status == 303
    request(waiting.port, "/done")
    finishing.result(SECONDS)


def test_a_browser_that_went_away_is_not_waited_for(waiting: Waiting) -> None:
    with socket.create_connection(("127.0.0.1", waiting.port), SECONDS) as sock:
        sock.sendall(f"GET /?{urlencode(ANSWER)} HTTP/1.1\r\nHost: 127.0.0.1:{waiting.port}\r\n\r\n".encode())
        waiting.answer.result(SECONDS)
    began = time.monotonic()
    waiting.listener.finish(SUCCESS, SECONDS)
    assert time.monotonic() - began < SECONDS / 2


def test_a_browser_that_does_not_follow_is_waited_for_only_so_long(waiting: Waiting) -> None:
    browser = waiting.in_browser(request, waiting.port, f"/?{urlencode(ANSWER)}")
    waiting.answer.result(SECONDS)
    waiting.listener.finish(SUCCESS, 0.2)
    assert browser.result(SECONDS).status == 303


def test_localhost_is_listened_for_on_both_loopbacks() -> None:
    for address in ("127.0.0.1", "::1"):
        with ThreadPoolExecutor() as pool, listener_of(RedirectHost.LOCALHOST, "/callback") as listener:
            waiting = Waiting(listener, pool)
            target, fields = f"/callback?{urlencode(ANSWER)}", {"Host": f"localhost:{listener.port}"}
            browser = pool.submit(request, listener.port, target, "GET", None, fields, address)
            assert waiting.answer.result(SECONDS) == ANSWER
            listener.finish(SUCCESS, 0)
            assert browser.result(SECONDS).status == 200


def test_the_address_127_0_0_1_is_listened_for_there_alone() -> None:
    with listener_of() as listener, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("::1", listener.port), SECONDS)


@pytest.mark.parametrize("missing", ["no such family", "no such address"])
def test_a_computer_without_ipv6_goes_on(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    bound = loopback._bound

    def without_ipv6(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97 if missing == "no such family" else 99, missing)
        return bound(family, address, port)

    monkeypatch.setattr(loopback, "_bound", without_ipv6)
    with ThreadPoolExecutor() as pool, listener_of(RedirectHost.LOCALHOST) as listener:
        waiting = Waiting(listener, pool)
        fields = {"Host": f"localhost:{listener.port}"}
        browser = pool.submit(request, listener.port, f"/?{urlencode(ANSWER)}", fields=fields)
        assert waiting.answer.result(SECONDS) == ANSWER
        listener.finish(SUCCESS, 0)
        assert browser.result(SECONDS).status == 200


def test_a_free_port_is_one_that_is_free_on_both_loopbacks() -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with listener_of(RedirectHost.LOCALHOST) as listener:
            assert listener.port != taken


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_fixed_port_that_somebody_else_has_is_told(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as other:
        other.bind((address, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserFixableError) as raised:
            listener_of(RedirectHost.LOCALHOST, port=port)
    assert (raised.value.code, raised.value.facts) == (Code.OAUTH_PORT_BUSY, {"port": str(port)})


def test_a_fixed_port_can_be_had_again_at_once() -> None:
    with ThreadPoolExecutor() as pool:
        with listener_of() as listener:
            port = listener.port
            end(Waiting(listener, pool))
        with listener_of(port=port) as again:
            assert again.port == port
            end(Waiting(again, pool))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_computer_without_file_handles_is_not_asked_all_the_time(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0

    def accept(_: socket.socket) -> NoReturn:
        nonlocal tried
        tried += 1
        raise OSError(number, os.strerror(number))

    with listener_of() as listener:
        monkeypatch.setattr(socket.socket, "accept", accept)
        with socket.create_connection(("127.0.0.1", listener.port), SECONDS):
            assert listener.wait(0.5) is None
    assert 1 <= tried <= 20


def test_nothing_is_open_after_the_end() -> None:
    with listener_of() as listener:
        idle = socket.create_connection(("127.0.0.1", listener.port), SECONDS)
        assert listener.wait(0.05) is None
    with idle:
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listener.port), SECONDS)


def test_every_answer_forbids_to_load_keep_and_pass_on(waiting: Waiting) -> None:
    replies = [request(waiting.port, target) for target in ("/", "/favicon.ico")]
    browser = waiting.in_browser(request, waiting.port, f"/?{urlencode(ANSWER)}")
    waiting.answer.result(SECONDS)
    finishing = waiting.pool.submit(waiting.listener.finish, SUCCESS, SECONDS)
    replies += [browser.result(SECONDS), request(waiting.port, "/done")]
    finishing.result(SECONDS)
    for reply in replies:
        assert reply.fields["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert reply.fields["Cache-Control"] == "no-store"
        assert reply.fields["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in reply.fields
        assert CODE not in reply.text + str(reply.fields)
        assert "://" not in reply.text  # nothing from elsewhere


def test_what_a_page_says_is_only_text_in_it(waiting: Waiting) -> None:
    browser = waiting.in_browser(redirect, waiting.port, **ANSWER)
    waiting.finish(AnswerPage(Tone.BAD, "<b>no</b>", '<script>alert("x")</script>', who="a&b@example.org"))
    text = browser.result(SECONDS).text
    assert "<script" not in text
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in text
    assert "&lt;b&gt;no&lt;/b&gt;" in text
    assert "a&amp;b@example.org" in text


def test_nothing_of_the_query_is_logged(waiting: Waiting, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    request(waiting.port, f"/?code={CODE}&state=wrong")
    request(waiting.port, f"/other?code={CODE}")
    end(waiting)
    assert CODE not in caplog.text


def test_a_request_does_not_show_what_it_brings() -> None:
    parsed = http_request.parsed(f"POST /?code={CODE} HTTP/1.1\r\nContent-Length: 5\r\n\r\na=pwd".encode())
    assert parsed is not None
    assert (parsed.query, parsed.body) == (f"code={CODE}", "a=pwd")
    assert CODE not in repr(parsed)
    assert "pwd" not in repr(parsed)
