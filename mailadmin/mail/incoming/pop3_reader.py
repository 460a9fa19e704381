r"""Reads POP3's answers of many lines as they are: line ends kept, lines of any length, several commands in flight.

poplib refuses lines over 2,048 octets, strips line ends and waits for each answer before the next command. Here an
answer ends with CRLF.CRLF (RFC 1939 3), dots are unstuffed, and what was read ahead stays for the next answer.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.mail.answers import Refused
from mailadmin.mail.connection import MEBIBYTE

from .pop3_protocol import Protocol

T = TypeVar("T")

_END: Final = b"\r\n.\r\n"
DEPTH: Final = 32  # commands in flight
WINDOW: Final = 4 * MEBIBYTE  # octets of answers in flight


@dataclass(frozen=True, slots=True)
class Request:
    """One command in a pipeline: for which message, and how many octets its answer will have, as far as is known."""

    handle: int
    command: str
    octets: int = 0


def read_lines(protocol: Protocol, limit: int) -> bytes:
    """The body of an answer of many lines, after its status line.

    :raises Refused: the status line is -ERR
    :raises UserFixableError: the connection ends in the middle, or there are more than ``limit`` octets
    """
    read_status(protocol)
    connection = protocol.connection
    if connection.peek(3) == b".\r\n":
        connection.read(3)
        return b""
    body = connection.read_through(_END, limit)[:-3]
    if body.startswith(b".."):
        body = body[1:]
    return body.replace(b"\r\n..", b"\r\n.") if b"\r\n.." in body else body


def read_status(protocol: Protocol) -> str:
    """A status line's words."""
    line = protocol.check(protocol.connection.readline().rstrip(b"\r\n"))
    return protocol.connection.words(line.removeprefix(b"+OK"))


def pipelined(
    protocol: Protocol, requests: Sequence[Request], read: Callable[[], T], *, depth: int
) -> Iterator[tuple[int, T | Refused]]:
    """The answers to the requests, in order; an -ERR is handed on, so that one message does not stop the others.

    :param depth: how many commands may be in flight; 1 without PIPELINING
    """
    waiting = deque(requests)
    flight: deque[Request] = deque()
    try:
        while waiting or flight:
            _top_up(protocol, waiting, flight, depth)
            answer = _answer(read)
            request = flight.popleft()
            yield request.handle, answer
    except GeneratorExit:
        with contextlib.suppress(UserFixableError):  # the next command will meet the same trouble
            for _ in flight:
                _answer(read)
        raise


def _answer(read: Callable[[], T]) -> T | Refused:
    try:
        return read()
    except Refused as refused:
        if refused.code is Code.THROTTLED:
            raise
        return refused


def _top_up(protocol: Protocol, waiting: deque[Request], flight: deque[Request], depth: int) -> None:
    """Send commands until the window is full; not before half of it is free, to send several in one packet."""
    if flight and len(flight) > depth // 2:
        return
    octets = sum(request.octets for request in flight)
    lines: list[str] = []
    while waiting and len(flight) < depth and (not flight or octets + waiting[0].octets <= WINDOW):
        request = waiting.popleft()
        octets += request.octets
        flight.append(request)
        lines.append(f"{request.command}\r\n")
    if lines:
        protocol.connection.send("".join(lines).encode("ascii"))
