"""imaplib and imapclient on our connection: what they parse is theirs, octets, time and failures are ours.

* Every NO, BAD and BYE becomes a UserFixableError with the server's words, free of the password.
* imaplib keeps no copy of commands (a LOGIN among them) and formats no literal.
* FETCH responses are handed on one by one, so that memory holds one message, and each carries its own UID or is
  dropped: some servers send FLAGS of other messages in between, without a UID (servers.md 1.4).
"""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias, cast

from imapclient import IMAPClient
from imapclient.response_parser import parse_fetch_response

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import LayerReached
from mailadmin.mail.answers import Refused, check_token, is_busy
from mailadmin.mail.connection import Connection
from mailadmin.mail.sasl import Exchange

FetchItems: TypeAlias = dict[bytes, Any]

_PLAIN_ASTRING: Final = re.compile(rb"[\x20-\x7e]{0,512}")
_LONGEST_COMMAND: Final = 1000  # octets that every server takes (RFC 2683 3.2.1.5); tokens may be longer
_UNPARSABLE: Final = (imaplib.IMAP4.error, ValueError, TypeError, LookupError, AttributeError, RecursionError)


@contextlib.contextmanager
def parsing(connection: Connection) -> Iterator[None]:
    """Whatever the libraries cannot parse is SERVER_GARBAGE; our own errors pass."""
    detail = ""
    try:
        yield
        return
    except _UNPARSABLE as error:
        detail = connection.words(str(error).encode("utf-8", "replace"))[:200] or type(error).__name__
    raise connection.garbage(detail)


class Protocol(imaplib.IMAP4):
    """imaplib's state and response parser over a :class:`Connection` that is already open.

    :param on_greeting: told the server's greeting as soon as it is there
    """

    def __init__(self, connection: Connection, on_greeting: Callable[[str], None]) -> None:
        self.connection = connection
        self._on_greeting = on_greeting
        self._greeted = False
        self._last_line = b""
        self._asked = ""
        super().__init__(connection.access.host, connection.access.port)

    # --- what imaplib calls ----------------------------------------------------------------------------------------

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """The connection is open already."""
        self.host = host
        self.port = port

    def read(self, size: int) -> bytes:
        """One literal, whole; a part of it never counts."""
        return self.connection.read(size)

    def readline(self) -> bytes:
        """One line of any length up to the connection's limit (imaplib's own stops at a million octets)."""
        return self.connection.readline()

    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Send octets."""
        self.connection.send(data)

    def shutdown(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _log(self, line: object) -> None:
        """Imaplib would keep the last commands, the LOGIN among them, in memory."""

    def _get_line(self) -> bytes:
        self._last_line = cast("bytes", super()._get_line())  # type: ignore[misc]
        return self._last_line

    def _get_response(self) -> bytes | None:
        response: bytes | None = None
        understood = False
        with contextlib.suppress(imaplib.IMAP4.error):
            response = super()._get_response()  # type: ignore[misc]
            understood = True
        if not understood:
            raise self.connection.garbage("not an IMAP response", self._last_line)
        if not self._greeted:
            self._greeted = True
            self._check_greeting(response)
        return response

    def _check_greeting(self, line: bytes | None) -> None:
        words = self.connection.words((line or b"").removeprefix(b"* ").removeprefix(b"OK "))
        if "BYE" in self.untagged_responses:
            words = words.removeprefix("BYE ")
            facts = {"host": self.host, "port": str(self.port)}
            if is_busy(words):
                raise UserFixableError(Code.SERVER_BUSY, facts, server=words, layer=Layer.GREETING)
            raise Refused("greeting", words, layer=Layer.GREETING)
        if not {"OK", "PREAUTH"} & set(self.untagged_responses):
            raise self.connection.garbage("not an IMAP greeting", self._last_line)
        self._on_greeting(words)
        self.connection.at(Layer.CAPABILITIES)

    def _check_bye(self) -> None:
        farewell = self.untagged_responses.get("BYE")
        if farewell:
            words = cast("bytes", farewell[-1])
            self._check_token(words)
            refused = Refused("", self.connection.words(words), layer=self.connection.layer)
            if refused.code is Code.THROTTLED:
                raise refused
            raise self.connection.lost("the server said goodbye", words)

    def _check_token(self, words: bytes) -> None:
        check_token(self.connection.access, self.connection.words(words), self.connection.layer)

    def _command_complete(self, name: str, tag: bytes) -> tuple[str, list[bytes]]:
        """The tagged answer, OK in any case: a refusal is raised as :class:`Refused`."""
        self._check_bye()
        status, data = self._get_tagged_response(tag)
        self.require_ok(self._asked if name == "UID" else name, status, data)
        self._check_bye()
        return status, data

    def require_ok(self, command: str, status: str, data: Sequence[bytes | None]) -> None:
        """Raise :class:`Refused` unless the status is OK."""
        if status != "OK":
            words = (data[0] if data else None) or b""
            self._check_token(words)
            raise Refused(command, self.connection.words(words), layer=self.connection.layer, bad=status == "BAD")

    # --- what we call ----------------------------------------------------------------------------------------------

    def run(self, name: str, *arguments: str) -> bytes:
        """One command to its end; the words of its tagged OK. What was untagged is in ``untagged_responses``."""
        self.untagged_responses.clear()
        self._asked = " ".join((name, *arguments[:1])) if name == "UID" else name
        with parsing(self.connection):
            _, data = self._simple_command(name, *arguments)
        return cast("bytes", data[0] or b"")

    def untagged(self, name: str) -> list[bytes]:
        """The untagged responses (or response codes) of one kind since the last command was sent."""
        return [line for line in self.untagged_responses.get(name, []) if isinstance(line, bytes)]

    def ask_capabilities(self) -> tuple[str, ...]:
        """CAPABILITY now: what was said before STARTTLS or sign-in does not count any more (RFC 3501 6.2.1)."""
        self.run("CAPABILITY")
        with parsing(self.connection):
            listed = self.untagged("CAPABILITY")[-1].decode("ascii").upper()
        self.capabilities = tuple(listed.split())
        return self.capabilities

    def start_tls(self, on_layer: Callable[[LayerReached], None], prelude: Callable[[Connection], None]) -> None:
        """STARTTLS and the handshake. What was heard in the clear is forgotten by the next command."""
        self.run("STARTTLS")
        self.connection.secure(on_layer, prelude)
        self.connection.at(Layer.CAPABILITIES)

    def login(self, user: str, password: str) -> tuple[str, list[bytes]]:  # type: ignore[override]
        """LOGIN with quoted strings, or literals where a quoted string cannot hold the text (RFC 3501 4.3)."""
        self.untagged_responses.clear()
        tag = self._new_tag()
        line = tag + b" LOGIN"
        for text in (user.encode(), password.encode()):
            if _PLAIN_ASTRING.fullmatch(text):
                line += b' "' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
                continue
            self.send(line + b" {%d}\r\n" % len(text))
            if not self._wait_to_go_on(tag):
                return self._command_complete("LOGIN", tag)
            line = text
        self.send(line + b"\r\n")
        answer = self._command_complete("LOGIN", tag)
        self.state = "AUTH"
        return answer

    def sign_in_by(self, exchange: Exchange, *, at_once: bool) -> bytes:
        """AUTHENTICATE; the words of its OK.

        :param at_once: present the credential along with the command (SASL-IR, RFC 4959), if a command may be so long
        """
        self.untagged_responses.clear()
        tag = self._new_tag()
        line = tag + b" AUTHENTICATE " + exchange.mechanism.encode()
        if at_once and len(line) + exchange.length < _LONGEST_COMMAND:
            line += b" " + exchange.answer()
        self.send(line + b"\r\n")
        while self._wait_to_go_on(tag):
            challenge = cast("bytes", self.continuation_response)  # typeshed errs
            self.send(exchange.answer(challenge) + b"\r\n")
        _, data = self._command_complete("AUTHENTICATE", tag)
        self.state = "AUTH"
        return data[0] or b""

    def _wait_to_go_on(self, tag: bytes) -> bool:
        """Wait for ``+``; False when the command was answered instead."""
        while self._get_response() is not None:
            self._check_bye()
            if self.tagged_commands[tag]:
                return False
        return True

    def search(self, *criteria: str) -> list[int]:  # type: ignore[override]
        """UID SEARCH, ascending. Servers may spread the answer over several lines, or send none for no hit."""
        self.run("UID", "SEARCH", *criteria)
        with parsing(self.connection):
            tokens = b" ".join(self.untagged("SEARCH")).split()
            return sorted({int(token) for token in tokens if token.isdigit()})

    def fetch_uids(self, uid_set: str, items: str, *, noop_first: bool = False) -> Iterator[tuple[int, FetchItems]]:
        """UID FETCH, one message after the other as they come in; responses without a UID are dropped.

        :param noop_first: send NOOP in the same packet, so that the server looks at the folder anew
        """
        self.untagged_responses.clear()
        if noop_first:
            self._command("NOOP")
        tag = self._command("UID", "FETCH", uid_set, items)
        # a caller that stops in the middle leaves the rest to the next command, which drops it
        while (response := self._next_fetch(tag)) is not None:
            if response:
                yield from self._items(response)

    def put(self, quoted_folder: str, raw: bytes) -> None:
        """APPEND of one message as it is; servers want CRLF line ends."""
        self.literal = raw  # type: ignore[assignment]  # bytes it is; typeshed errs
        self.run("APPEND", quoted_folder)

    def _next_fetch(self, tag: bytes) -> list[Any] | None:
        """The next FETCH response as imaplib cuts it (empty: something else came), or None when the command ended."""
        self._check_bye()
        with parsing(self.connection):
            self._get_response()
        answer = cast("tuple[str, list[bytes]] | None", self.tagged_commands[tag])
        if answer is not None:
            for key in list(self.tagged_commands):
                del self.tagged_commands[key]
            status, data = answer
            self.require_ok("UID FETCH", status, data)
            return None
        return self.untagged_responses.pop("FETCH", [])

    def _items(self, response: list[Any]) -> Iterator[tuple[int, FetchItems]]:
        with parsing(self.connection):
            # not keyed by UID: that would file an entry without one under its sequence number
            parsed = parse_fetch_response(response, normalise_times=False, uid_is_key=False)
        for items in parsed.values():
            uid = items.get(b"UID")
            if isinstance(uid, int):
                yield uid, items

    def say_goodbye(self) -> None:
        """LOGOUT; the server's BYE, its tagged answer or the end of the stream ends it."""
        self.untagged_responses.clear()
        tag = self._command("LOGOUT")
        while not self.tagged_commands[tag] and "BYE" not in self.untagged_responses:
            self._get_response()


class Client(IMAPClient):  # type: ignore[misc]
    """imapclient on our protocol: for the parsing of namespaces, folder lists and capabilities."""

    def __init__(self, connection: Connection, on_greeting: Callable[[str], None]) -> None:
        self._connection = connection
        self._greeting = on_greeting
        self.protocol: Protocol
        access = connection.access
        super().__init__(access.host, access.port, ssl=connection.encrypted)
        self.folder_encode = False  # names are coded in imap_folders: one bad name must not spoil a whole list
        # imapclient sets 5, and imaplib then formats every literal, at half the speed, for a log nobody reads
        self.protocol.debug = 0

    def _create_IMAP4(self) -> Protocol:  # noqa: N802  (imapclient's name)
        self.protocol = Protocol(self._connection, self._greeting)
        return self.protocol

    def _set_read_timeout(self) -> None:
        """The connection has its own timeouts."""

    def _check_resp(self, expected: str, command: str, typ: str, data: Sequence[bytes | None]) -> None:
        """Imapclient would log words that are not ASCII, with whatever is in them."""
        self.protocol.require_ok(command.upper(), "OK" if typ == expected else typ, data)

    def refresh_capabilities(self) -> frozenset[str]:
        """Ask CAPABILITY anew and let imapclient know."""
        listed = self.protocol.ask_capabilities()
        self._cached_capabilities = tuple(name.encode() for name in listed)
        return frozenset(listed)
