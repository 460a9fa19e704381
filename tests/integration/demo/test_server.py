"""The demo's mail server keeps what a real one promises, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mailadmin.demo import DemoServer, sample_mails
from mailadmin.domain.errors import BugError
from tests.threads import running


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = running()
    yield
    assert running() - before == set()


@contextmanager
def _signed_in(server: DemoServer) -> Iterator[IMAPClient]:
    with IMAPClient(server.host, server.port, ssl=False) as client:
        client.login(server.username, server.password.reveal())
        client.select_folder("INBOX")
        yield client


def _fetched(client: IMAPClient) -> dict[int, bytes]:
    return {uid: item[b"BODY[]"] for uid, item in client.fetch(client.search(), ["BODY.PEEK[]"]).items()}


def test_the_inbox_holds_the_sample_mails_octet_by_octet_in_their_order() -> None:
    with DemoServer() as server, _signed_in(server) as client:
        uids = client.search()
        fetched = client.fetch(uids, ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"])

    assert uids == sorted(uids)
    assert [fetched[uid][b"BODY[]"] for uid in uids] == sample_mails()
    assert [fetched[uid][b"RFC822.SIZE"] for uid in uids] == [len(mail) for mail in sample_mails()]
    dates = [fetched[uid][b"INTERNALDATE"] for uid in uids]
    assert dates == sorted(dates)
    assert dates[0].date().isoformat() == "2026-11-18"


def test_uids_and_uidvalidity_are_the_same_in_every_session() -> None:
    with DemoServer() as server:
        seen = []
        for _ in range(2):
            with _signed_in(server) as client:
                folder = client.select_folder("INBOX")
                seen.append((folder[b"UIDVALIDITY"], client.search()))
    assert seen[0] == seen[1]


def test_uid_expunge_removes_the_named_mails_and_no_others() -> None:
    with DemoServer() as server:
        with _signed_in(server) as client:
            assert client.has_capability("UIDPLUS")
            before = _fetched(client)
            ours, theirs, *_ = before
            client.delete_messages([ours, theirs])
            client.uid_expunge([ours])
        with _signed_in(server) as client:
            after = _fetched(client)
            flagged = client.search("DELETED")
    assert after == {uid: raw for uid, raw in before.items() if uid != ours}
    assert flagged == [theirs]


def test_a_wrong_password_or_user_is_refused_and_the_server_goes_on() -> None:
    with DemoServer() as server:
        for username, password in (
            (server.username, "wrong"),
            (server.username, ""),
            ("nobody@example.org", server.password.reveal()),
        ):
            with IMAPClient(server.host, server.port, ssl=False) as client, pytest.raises(LoginError):
                client.login(username, password)
        with _signed_in(server) as client:
            assert len(client.search()) == 24


def test_two_servers_know_nothing_of_each_other() -> None:
    with DemoServer() as one, DemoServer([b"Subject: only\r\n\r\nmail\r\n"]) as other:
        assert one.port != other.port
        assert one.password != other.password
        with IMAPClient(other.host, other.port, ssl=False) as client, pytest.raises(LoginError):
            client.login(one.username, one.password.reveal())
        with _signed_in(one) as client:
            client.delete_messages(client.search())
            client.expunge()
            assert client.search() == []
        with _signed_in(other) as client:
            assert list(_fetched(client).values()) == [b"Subject: only\r\n\r\nmail\r\n"]


def test_it_listens_on_loopback_alone() -> None:
    with DemoServer() as server:
        assert server.host == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", server.port)):
            pass


def test_stopping_closes_the_port_and_cuts_who_is_connected() -> None:
    with DemoServer() as server:
        port = server.port
        idle, mute = (socket.create_connection((server.host, port)) for _ in range(2))
        client = IMAPClient(server.host, port, ssl=False)
        client.login(server.username, server.password.reveal())
        client.select_folder("INBOX")
        client.idle()
        idle.recv(1000)
    with pytest.raises(ConnectionRefusedError), socket.create_connection((server.host, port)):
        pass
    for connection in (idle, mute):
        with connection:
            _read_to_the_end(connection)
    client.shutdown()


@pytest.mark.timeout(30)
def test_stopping_does_not_wait_for_a_client_that_never_reads() -> None:
    with socket.socket() as client:
        with DemoServer() as server:
            client.connect((server.host, server.port))
            client.sendall(b'a LOGIN "%s" "%s"\r\nb SELECT INBOX\r\n' % _credentials(server))
            client.sendall(b"c UID FETCH 1:* BODY.PEEK[]\r\n" * 100)
            client.settimeout(0.3)
            with suppress(TimeoutError):
                while True:  # until the server no longer reads, because its answers are stuck
                    client.sendall(b"d NOOP\r\n" * 10_000)
        client.setblocking(True)
        _read_to_the_end(client)


def _credentials(server: DemoServer) -> tuple[bytes, bytes]:
    return server.username.encode(), server.password.reveal().encode()


def _read_to_the_end(connection: socket.socket) -> None:
    with suppress(ConnectionResetError):
        while connection.recv(1000):
            pass


def test_it_starts_again_after_it_was_stopped() -> None:
    server = DemoServer()
    for _ in range(2):
        with server, _signed_in(server) as client:
            assert len(client.search()) == 24
            client.delete_messages(client.search())
            client.expunge()


def test_it_stops_when_the_block_is_left_by_an_error() -> None:
    ports: list[int] = []

    def use(server: DemoServer) -> None:
        ports.append(server.port)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), DemoServer() as server:
        use(server)
    with pytest.raises(ConnectionRefusedError), socket.create_connection((server.host, ports[0])):
        pass


def test_only_a_running_server_has_a_port_and_it_runs_once_at_a_time() -> None:
    server = DemoServer()
    with pytest.raises(BugError):
        _ = server.port
    with server, pytest.raises(BugError), server:
        pass


def test_a_start_that_fails_says_so_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DemoServer, "host", "192.0.2.1")
    with pytest.raises(OSError, match=r"192\.0\.2\.1"), DemoServer([]):
        pass


def test_the_password_reaches_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with DemoServer([]) as server:
        with _signed_in(server) as client:
            client.noop()
        with socket.create_connection((server.host, server.port)) as client_socket:
            client_socket.sendall(b'a LOGIN "%s" "%s"\r\nb LOGOUT\r\n' % _credentials(server))
            _read_to_the_end(client_socket)
        shown = repr(vars(server)) + repr(server)
    assert caplog.records
    assert server.password.reveal() not in caplog.text + shown


def test_signing_in_costs_no_slow_hash_and_no_look_up_of_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    real, rounds = hashlib.pbkdf2_hmac, []

    def pbkdf2_hmac(name: str, password: bytes, salt: bytes, iterations: int, *rest: Any) -> bytes:
        rounds.append(iterations)
        return real(name, password, salt, iterations, *rest)

    def getfqdn(name: str = "") -> str:
        raise AssertionError("the server asked the network for its own name")

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", pbkdf2_hmac)
    monkeypatch.setattr(socket, "getfqdn", getfqdn)
    with DemoServer([]) as server, _signed_in(server):
        pass
    assert set(rounds) == {1}


def test_without_its_package_it_names_what_to_install_and_nothing_else_needs_it() -> None:
    script = """
import sys
sys.modules["pymap"] = sys.modules["proxyprotocol"] = sys.modules["pysasl"] = None
from mailadmin.demo import DemoServer, demo_file, sample_mails
from mailadmin.domain.errors import UserFixableError
assert sample_mails() and demo_file(host="127.0.0.1", port=1, username="u")
try:
    DemoServer().__enter__()
except UserFixableError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "demo-missing (package=pymap)"
