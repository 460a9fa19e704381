"""The connection: lines and literals however they are cut up, limits, and abandoning from another thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.mail.connection import Connection
from tests.servers.opening import access_to


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    """A connection, and the server's end of it."""
    ours, theirs = socket.socketpair()
    connection = Connection(access_to(1), ours)
    yield connection, theirs
    connection.close()
    theirs.close()


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40), st.data())
def test_what_was_sent_is_read_however_it_is_cut_up(octets: bytes, chunk: int, data: st.DataObject) -> None:
    sent = octets + b"\r\nlast\r\n.\r\n"
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(sock) for sock in socket.socketpair())
        connection = Connection(access_to(1), ours)
        connection._scratch = memoryview(bytearray(chunk))
        theirs.sendall(sent)
        theirs.close()
        got = b""
        while len(got) < len(sent):
            left = sent[len(got) :]
            way = data.draw(st.sampled_from(["line", "read", "through"]))
            if way == "line":
                took = connection.readline()
                assert took == left[: left.index(b"\n") + 1]
            elif way == "read" or b"\r\n" not in left:
                count = data.draw(st.integers(1, len(left)))
                assert connection.peek(count) == left[:count]
                took = connection.read(count)
                assert took == left[:count]
            else:
                took = connection.read_through(b"\r\n", 10_000)
                assert took == left[: left.index(b"\r\n") + 2]
            got += took
        with pytest.raises(UserFixableError) as caught:
            connection.readline()
        assert caught.value.code is Code.CONNECTION_LOST


def test_a_read_that_hangs_ends_when_another_thread_abandons(pair: tuple[Connection, socket.socket]) -> None:
    connection, theirs = pair
    connection.at(Layer.DOWNLOAD)
    theirs.sendall(b"x")
    connection.read(1)
    reading = threading.Event()
    caught: list[UserFixableError] = []

    def read() -> None:
        reading.set()
        try:
            connection.readline()
        except UserFixableError as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait()
    connection.abandon()
    thread.join(5)
    assert not thread.is_alive()
    assert [(error.code, error.layer) for error in caught] == [(Code.CONNECTION_LOST, Layer.DOWNLOAD)]


def test_an_abandoned_connection_stays_so(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    connection.at(Layer.LIST)
    connection.abandon()
    connection.abandon()
    connection.at(Layer.DELETE)
    for act in (connection.readline, lambda: connection.send(b"x")):
        with pytest.raises(UserFixableError) as caught:
            act()
        assert (caught.value.code, caught.value.layer) == (Code.CONNECTION_LOST, Layer.DELETE)


def test_an_endless_line_is_refused(pair: tuple[Connection, socket.socket]) -> None:
    connection, theirs = pair
    theirs.sendall(b"x" * 5000)
    with pytest.raises(UserFixableError) as caught:
        connection.read_through(b"\n", 1000)
    assert caught.value.code is Code.SERVER_GARBAGE


def test_words_are_one_readable_line(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    connection.hide("pass  word")
    assert connection.words(b"NO \x1b[31m pass  word\x00\r\n Gr\xc3\xbc\xc3\x9fe \xff") == "NO [31m *** Grüße \ufffd"
    assert len(connection.words(b"x" * 5000)) == 1000
