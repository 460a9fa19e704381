"""poplib on our connection: greeting, CAPA, STLS and short answers; every -ERR becomes a UserFixableError."""

from __future__ import annotations

import poplib
from collections.abc import Callable, Mapping, Sequence

from mailadmin.domain.ports import LayerReached
from mailadmin.mail.answers import Refused, check_token
from mailadmin.mail.connection import Connection
from mailadmin.mail.sasl import Exchange


class Protocol(poplib.POP3):
    """poplib's commands over a :class:`Connection` that is already open; the greeting is read at once."""

    def __init__(self, connection: Connection) -> None:
        # not poplib's own constructor: it would connect
        self.connection = connection
        self.host = connection.access.host
        self.port = connection.access.port
        self._debugging = 0
        self._tls_established = connection.encrypted
        self._asked = "greeting"
        self.welcome = self._getresp()
        self.greeting = connection.words(self.welcome.removeprefix(b"+OK"))

    # --- what poplib calls -----------------------------------------------------------------------------------------

    def _putline(self, line: bytes) -> None:
        self.connection.send(line + b"\r\n")

    def _putcmd(self, line: str) -> None:
        self._asked = line.partition(" ")[0]
        self._putline(line.encode("utf-8", "surrogateescape"))

    def _getline(self) -> tuple[bytes, int]:
        line = self.connection.readline()
        return line.rstrip(b"\r\n"), len(line)

    def _getresp(self) -> bytes:
        line, _ = self._getline()
        return self.check(line)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    # --- what we call ----------------------------------------------------------------------------------------------

    def check(self, line: bytes) -> bytes:
        """The line of a good answer (``+OK ...``, ``+ ...``).

        :raises Refused: the answer is -ERR
        :raises UserFixableError: SERVER_GARBAGE
        """
        if line.startswith((b"+OK", b"+ ")) or line == b"+":
            return line
        if line.startswith(b"-ERR"):
            words = self.connection.words(line.removeprefix(b"-ERR"))
            check_token(self.connection.access, words, self.connection.layer)
            raise Refused(self._asked, words, layer=self.connection.layer)
        raise self.connection.garbage("not a POP3 answer", line)

    def ask(self, command: str) -> str:
        """One command with a one-line answer; the server's words."""
        return self.connection.words(self._shortcmd(command).removeprefix(b"+OK"))  # type: ignore[attr-defined]

    def ask_lines(self, command: str) -> list[bytes]:
        """One command with an answer of many lines."""
        lines: list[bytes] = self._longcmd(command)[1]  # type: ignore[attr-defined]
        return lines

    def capabilities(self) -> Mapping[str, Sequence[str]]:
        """CAPA (RFC 2449): names in upper case with their arguments; empty when the server knows no CAPA."""
        try:
            lines = self.ask_lines("CAPA")
        except Refused:
            return {}
        words = [line.decode("ascii", "replace").upper().split() for line in lines]
        return {name: arguments for name, *arguments in filter(None, words)}

    def start_tls(self, on_layer: Callable[[LayerReached], None], prelude: Callable[[Connection], None]) -> None:
        """STLS (RFC 2595) and the handshake."""
        self.ask("STLS")
        self.connection.secure(on_layer, prelude)
        self._tls_established = True

    def sign_in(self, user: str, password: str) -> str:
        """USER and PASS, each waited for (Courier swallows what comes along with PASS); the server's words."""
        self._putcmd(f"USER {user}")
        self._getresp()
        self._asked = "PASS"
        self._putline(b"PASS " + password.encode("utf-8", "surrogateescape"))
        return self.connection.words(self._getresp().removeprefix(b"+OK"))

    def sign_in_by(self, exchange: Exchange) -> str:
        """AUTH (RFC 5034); the server's words.

        The credential has a line of its own: a command may have 255 octets, and Exchange takes it in no other way.
        """
        self._putcmd(f"AUTH {exchange.mechanism}")
        line = self._getresp()
        while not line.startswith(b"+OK"):
            self._putline(exchange.answer(line[1:].strip()))
            line = self._getresp()
        return self.connection.words(line.removeprefix(b"+OK"))

    def numbers(self, lines: Sequence[bytes]) -> dict[int, bytes]:
        """A scan or unique-id listing: message number to the rest of its line (RFC 1939 5 and 7)."""
        listed: dict[int, bytes] = {}
        for line in lines:
            number, _, rest = line.strip().partition(b" ")
            if not number.isdigit() or len(number) > 18 or not rest.strip():
                raise self.connection.garbage("not a message listing", line)
            listed[int(number)] = rest.strip()
        return listed


def fits_a_line(text: str) -> bool:
    """Whether a USER or PASS line can carry the text: no line ends, no NUL."""
    return not any(mark in text for mark in "\r\n\0")
