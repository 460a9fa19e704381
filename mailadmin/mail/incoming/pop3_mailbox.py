"""An opened POP3 mailbox: list, measure, download in a pipeline, delete at QUIT."""

from __future__ import annotations

import email.utils
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from typing import Final, TypeVar

from mailadmin.domain.errors import BugError, Layer, UserFixableError
from mailadmin.domain.ports import (
    Abilities,
    ActionReport,
    ActionResult,
    CopyReport,
    Downloaded,
    Folder,
    Listed,
    OnRefused,
)
from mailadmin.mail.answers import Refused
from mailadmin.mail.connection import MAX_LITERAL, MEBIBYTE

from .notices import is_notice_of_unicode
from .pop3_protocol import Protocol
from .pop3_reader import DEPTH, Request, pipelined, read_lines, read_status

T = TypeVar("T")

_HEADERS: Final = 4 * MEBIBYTE
_GOODBYE_SECONDS: Final = 5.0


class Pop3Mailbox:
    """A :class:`~mailadmin.domain.ports.Mailbox` over POP3. Deletions take effect when QUIT is answered +OK."""

    def __init__(self, protocol: Protocol, capabilities: Mapping[str, Sequence[str]]) -> None:
        self._protocol = protocol
        self._connection = protocol.connection
        self._depth = DEPTH if "PIPELINING" in capabilities else 1
        self._login_delay = "".join(capabilities.get("LOGIN-DELAY", ())[:1])
        self._deferred: list[int] = []

    @property
    def folder(self) -> str:
        """POP3 has no folders."""
        return ""

    @property
    def verifies_reuse(self) -> bool:
        """A UIDL can come back for another message (RFC 1939 7): size and digest are to be compared."""
        return True

    def abilities(self) -> Abilities:
        """What may be done here: delete, and nothing else. ``login_delay``: seconds between sign-ins (RFC 2449)."""
        facts = {"pipelining": "yes" if self._depth > 1 else "no"}
        if self._login_delay.isdigit():
            facts["login_delay"] = self._login_delay
        return Abilities(delete=True, move=False, uidplus=False, native_move=False, facts=facts)

    def folders(self) -> list[Folder]:
        """POP3 has no folders."""
        return []

    def has_folder(self, name: str) -> bool:
        """POP3 has no folders."""
        return False

    def list_messages(self) -> list[Listed]:
        """LIST and UIDL. Messages that share a UIDL are numbered; without UIDL there is no identity that lasts."""
        self._connection.at(Layer.LIST)
        requests = [Request(0, "LIST"), Request(1, "UIDL")]
        answers = dict(self._pipelined(requests, self._lines))
        sizes = self._protocol.numbers(_or_raise(answers[0]))
        uidls = answers[1]
        names = {} if isinstance(uidls, Refused) else self._protocol.numbers(uidls)
        seen: Counter[bytes] = Counter()
        listed = []
        for number, size in sorted(sizes.items()):
            source = ""
            if name := names.get(number):
                seen[name] += 1
                source = f"uidl:{name.decode('utf-8', 'surrogateescape')}#{seen[name]}"
            listed.append(Listed(number, source, self._size(size)))
        return listed

    def _lines(self) -> list[bytes]:
        return read_lines(self._protocol, MAX_LITERAL).split(b"\r\n")[:-1]

    def _size(self, text: bytes) -> int:
        digits = text.split()[0]
        if not digits.isdigit():
            raise self._connection.garbage("not a size", text)
        return int(digits[:20])  # more digits than that are no size any more, only too big

    def _pipelined(self, requests: Sequence[Request], read: Callable[[], T]) -> Iterator[tuple[int, T | Refused]]:
        return pipelined(self._protocol, requests, read, depth=self._depth)

    def measure(self, messages: Sequence[Listed], *, dates: bool = False) -> list[Listed]:
        """Sizes are known from LIST; arrival times are read from the topmost Received header (TOP), else Date."""
        if not dates:
            return list(messages)
        heads = self.headers(messages)
        return [replace(message, received_at=_arrival(heads.get(message.handle, b""))) for message in messages]

    def headers(self, messages: Sequence[Listed]) -> dict[int, bytes]:
        """Header blocks by TOP; a message, or a whole server, that answers -ERR is left out."""
        self._connection.at(Layer.LIST)
        requests = [Request(message.handle, f"TOP {message.handle} 0", 4096) for message in messages]
        answers = self._pipelined(requests, lambda: read_lines(self._protocol, _HEADERS))
        return {number: head for number, head in answers if isinstance(head, bytes)}

    def download(self, messages: Sequence[Listed], on_refused: OnRefused | None = None) -> Iterator[Downloaded]:
        """RETR of all, several in flight where the server pipelines; a message answered -ERR is left out."""
        self._connection.at(Layer.DOWNLOAD)
        asked = {message.handle: message for message in messages}
        limit = MAX_LITERAL + 2 * max((message.size or 0 for message in messages), default=0)
        requests = [Request(number, f"RETR {number}", message.size or MEBIBYTE) for number, message in asked.items()]
        for number, raw in self._pipelined(requests, lambda: read_lines(self._protocol, limit)):
            message = asked[number]
            if isinstance(raw, Refused) or not raw or is_notice_of_unicode(raw, message.size):
                continue
            yield Downloaded(message, raw)

    def delete(self, messages: Sequence[Listed]) -> ActionReport:
        """DELE: marked on the server, done when :meth:`finish` succeeds; forgotten by it when the session breaks."""
        self._connection.at(Layer.DELETE)
        requests = [Request(message.handle, f"DELE {message.handle}", 64) for message in messages]
        results: dict[int, ActionResult] = {}
        words = ""
        for number, answer in self._pipelined(requests, lambda: read_status(self._protocol)):
            refused = isinstance(answer, Refused)
            results[number] = ActionResult.FAILED if refused else ActionResult.DEFERRED
            if isinstance(answer, Refused):
                words = words or answer.server
            else:
                self._deferred.append(number)
        return ActionReport(results, server=words)

    def copy(self, messages: Sequence[Listed], folder: str) -> CopyReport:
        """POP3 has no folders."""
        raise BugError("POP3 cannot copy")

    def move(self, messages: Sequence[Listed], folder: str) -> ActionReport:
        """POP3 has no folders."""
        raise BugError("POP3 cannot move")

    def append(self, raw: bytes, folder: str) -> str:
        """POP3 takes no messages."""
        raise BugError("POP3 cannot append")

    def finish(self) -> ActionReport:
        """QUIT: only its +OK makes deletions real (RFC 1939 6); without an answer CONNECTION_LOST is raised."""
        self._connection.at(Layer.DELETE, seconds=None if self._deferred else _GOODBYE_SECONDS)
        try:
            words = self._protocol.ask("QUIT")
            result = ActionResult.DONE
        except Refused as refused:
            words, result = refused.server, ActionResult.FAILED
        except UserFixableError:
            if self._deferred:
                raise
            words, result = "", ActionResult.DONE
        finally:
            self._connection.close()
        return ActionReport(dict.fromkeys(self._deferred, result), server=words if self._deferred else "")

    def abandon(self) -> None:
        """Cut the connection, from any thread; the server then deletes nothing."""
        self._connection.abandon()


def _or_raise(answer: T | Refused) -> T:
    if isinstance(answer, Refused):
        raise answer
    return answer


def _arrival(head: bytes) -> datetime | None:
    """When a message arrived, by the header that the last server added, else by its author's clock."""
    headers = BytesHeaderParser().parsebytes(head)
    received = headers.get_all("Received") or []
    for text in (*(str(line).rpartition(";")[2] for line in received[:1]), str(headers.get("Date", ""))):
        try:
            found = email.utils.parsedate_to_datetime(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None
