"""Servers that follow a script, line by line: for what no real server can be made to do.

A script is a function of a :class:`Conversation`. :func:`imap` and :func:`pop3` make scripts that answer commands by
their beginning and are well-behaved but for the answers given.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Self, TypeAlias

from .certificates import Pem

Script: TypeAlias = Callable[["Conversation"], None]
Answer: TypeAlias = bytes | Callable[["Conversation"], bytes | None] | Sequence[bytes]
"""What to send (``TAG`` stands for the command's tag), a function that gives it, or one answer after the other."""

_LITERAL: Final = re.compile(rb"\{(\d+)\}\r\n$")


class Conversation:
    """One connection of a scripted server."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self.sock = sock
        self.commands: list[bytes] = []
        self.tag = b""  # of the IMAP command that is being answered
        self._stopped = stopped
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """Send octets."""
        self.sock.sendall(data)

    def readline(self) -> bytes:
        """The next line with its end; empty when the client has gone."""
        while b"\n" not in self._buffer:
            data = self.sock.recv(65536)
            if not data:
                return b""
            self._buffer += data
        line, end, self._buffer = self._buffer.partition(b"\n")
        return line + end

    def read(self, count: int) -> bytes:
        """So many octets."""
        while len(self._buffer) < count:
            data = self.sock.recv(65536)
            if not data:
                return b""
            self._buffer += data
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def ahead(self) -> int:
        """How many lines the client has sent ahead of the answer."""
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self._buffer += self.sock.recv(65536)
        self.sock.settimeout(60)
        return self._buffer.count(b"\n")

    def swallow(self) -> None:
        """Forget what the client has sent ahead, as Courier does at sign-in."""
        self._buffer = b""

    def start_tls(self, pem: Pem) -> None:
        """The server's side of a handshake."""
        self.sock = _server_context(pem).wrap_socket(self.sock, server_side=True)

    def hang(self) -> None:
        """Say nothing more until the test is over."""
        self._stopped.wait(60)

    def drip(self, octet: bytes = b".") -> None:
        """Say one octet at a time, and never a whole line, until the client has had enough."""
        while not self._stopped.wait(0.02):
            self.sock.sendall(octet)

    def close(self) -> None:
        """End the connection in good order."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class ScriptedServer:
    """Listens on a free loopback port and plays a script for each connection; threads are joined at the end.

    What goes wrong in a script fails the test at the end, except that a client may always hang up.
    """

    def __init__(self, script: Script, *, tls: Pem | None = None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.conversations: list[Conversation] = []
        self._stopped = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def commands(self) -> list[bytes]:
        """The commands of all connections, without tags."""
        return [command for conversation in self.conversations for command in conversation.commands]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)
        for conversation in self.conversations:
            conversation.close()
        for thread in self._threads[1:]:
            thread.join(10)
        if self._failures:
            raise self._failures[0]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            conversation = Conversation(sock, self._stopped)
            self.conversations.append(conversation)
            thread = threading.Thread(target=self._play, args=(conversation,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, conversation: Conversation) -> None:
        try:
            conversation.sock.settimeout(60)
            if self._tls is not None:
                conversation.start_tls(self._tls)
            self._script(conversation)
        except (OSError, ValueError):  # the client hung up
            pass
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            self._failures.append(error)
        finally:
            conversation.close()
            conversation.sock.close()


def _server_context(pem: Pem) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)
    return context


def imap(
    answers: Mapping[str, Answer] | None = None,
    *,
    greeting: bytes = b"* OK ready\r\n",
    capabilities: str = "IMAP4rev1 UIDPLUS MOVE UNSELECT NAMESPACE AUTH=PLAIN",
) -> Script:
    """An IMAP server with an INBOX of two messages, UIDs 4 and 7, but for the answers given."""
    usual: dict[str, Answer] = {
        "CAPABILITY": f"* CAPABILITY {capabilities}\r\n".encode() + b"TAG OK done\r\n",
        "NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\nTAG OK done\r\n',
        "LIST": b'* LIST () "/" INBOX\r\nTAG OK done\r\n',
        "SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\nTAG OK [READ-WRITE] done\r\n",
        "UID SEARCH ALL": b"* SEARCH 4 7\r\nTAG OK done\r\n",
        "UID SEARCH": b"* SEARCH\r\nTAG OK done\r\n",
        "LOGOUT": b"* BYE see you\r\nTAG OK done\r\n",
        "": b"TAG OK done\r\n",
    }
    answering = _Answering({**(answers or {}), **{k: v for k, v in usual.items() if k not in (answers or {})}})

    def script(conversation: Conversation) -> None:
        conversation.send(greeting)
        for line in iter(conversation.readline, b""):
            while literal := _LITERAL.search(line):
                conversation.send(b"+ go on\r\n")
                line += conversation.read(int(literal[1])) + conversation.readline()
            tag, _, command = line.rstrip(b"\r\n").partition(b" ")
            conversation.commands.append(command)
            answering.answer(conversation, command, tag)

    return script


def pop3(
    answers: Mapping[str, Answer] | None = None,
    *,
    greeting: bytes = b"+OK ready\r\n",
    capabilities: Sequence[str] = ("USER", "UIDL", "TOP", "PIPELINING"),
) -> Script:
    """A POP3 server with two messages, but for the answers given."""
    usual: dict[str, Answer] = {
        "CAPA": "\r\n".join(("+OK", *capabilities, ".", "")).encode(),
        "STAT": b"+OK 2 40\r\n",
        "LIST": b"+OK\r\n1 20\r\n2 20\r\n.\r\n",
        "UIDL": b"+OK\r\n1 aaa\r\n2 bbb\r\n.\r\n",
        "": b"+OK\r\n",
    }
    answering = _Answering({**(answers or {}), **{k: v for k, v in usual.items() if k not in (answers or {})}})

    def script(conversation: Conversation) -> None:
        conversation.send(greeting)
        for line in iter(conversation.readline, b""):
            command = line.rstrip(b"\r\n")
            conversation.commands.append(command)
            answering.answer(conversation, command, b"")

    return script


class _Answering:
    def __init__(self, answers: Mapping[str, Answer]) -> None:
        # the longest beginning that fits answers
        self._answers = sorted(answers.items(), key=lambda item: len(item[0]), reverse=True)
        self._series: dict[str, Iterator[bytes]] = {}

    def answer(self, conversation: Conversation, command: bytes, tag: bytes) -> None:
        conversation.tag = tag
        key, answer = next(item for item in self._answers if command.upper().startswith(item[0].encode()))
        if callable(answer):
            made = answer(conversation)
        elif isinstance(answer, bytes):
            made = answer
        else:
            made = next(self._series.setdefault(key, iter(answer)))
        if made is not None:
            conversation.send(made.replace(b"TAG", tag))
