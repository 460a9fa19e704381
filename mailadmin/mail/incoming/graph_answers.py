"""What Microsoft Graph's refusals mean: by HTTP status and by the error code in the body.

An error is a JSON object ``{"error": {"code": ..., "message": ...}}``; codes of Exchange begin with ``Error``. Programs
go by status and code, the message is for people.
"""

from __future__ import annotations

import email.utils
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import ServerAccess

NO_MAILBOX: Final = frozenset({
    "ErrorInvalidUser", "ErrorNonExistentMailbox", "MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI",
    "Request_ResourceNotFound", "ResourceNotFound",
})  # fmt: skip
"""Codes of a 404 that is about the mailbox, not about a message or a folder in it."""

REFUSED: Final = frozenset({401, 403})
"""The token is not good (any more), or not good enough."""

_THROTTLED: Final = frozenset({429, 509})
_WAIT_A_WHILE: Final = frozenset({502, 503, 504})
PASSING: Final = frozenset({500}) | _THROTTLED | _WAIT_A_WHILE
"""Answers that another attempt may not get."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``code`` and ``message`` are those of an error, with secrets taken out."""

    status: int
    headers: Mapping[str, str]
    octets: bytes = field(repr=False)
    code: str = ""
    message: str = ""

    @property
    def good(self) -> bool:
        """Whether the request was granted."""
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """What the server said; its status, where it did not say anything."""
        said = ": ".join(part for part in (self.code, self.message) if part)
        return said or f"{self.status} {_phrase(self.status)}".strip()

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None if it is none."""
        try:
            parsed = json.loads(self.octets)
        except (ValueError, RecursionError):
            return None
        return parsed if isinstance(parsed, dict) else None


class Refusal(UserFixableError):  # noqa: N818  (what happened, not a kind of error)
    """A request that was not granted. Good enough to show; a mailbox knows more of one message's.

    :param command: what was asked for, as a method and a kind of thing
    :param accepted: whether this token has been accepted before
    """

    def __init__(self, answer: Answer, command: str, access: ServerAccess, layer: Layer, *, accepted: bool) -> None:
        self.status = answer.status
        self.graph_code = answer.code
        code, facts = _meaning(answer, command, access, accepted=accepted)
        at = Layer.SIGN_IN if code in {Code.SIGN_IN_REFUSED, Code.MAILBOX_REFUSES_TOKEN} else layer
        super().__init__(code, facts, server=answer.words, layer=at)

    @property
    def is_of_one_item(self) -> bool:
        """Whether the same request for another message may well be granted: rights may be wanting for one alone."""
        passing = self.status == HTTPStatus.INTERNAL_SERVER_ERROR
        return passing or self.code in {Code.SERVER_REFUSED, Code.MAILBOX_REFUSES_TOKEN}

    @property
    def is_gone(self) -> bool:
        """Whether there is no such thing any more."""
        return self.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def _meaning(answer: Answer, command: str, access: ServerAccess, *, accepted: bool) -> tuple[Code, dict[str, str]]:
    user = {"username": access.username}
    wait = retry_after(answer.headers.get("Retry-After", ""))
    if answer.status in REFUSED and not accepted:
        return Code.SIGN_IN_REFUSED, user
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Code.SESSION_EXPIRED, {"host": access.host}
    if answer.status == HTTPStatus.FORBIDDEN:
        return Code.MAILBOX_REFUSES_TOKEN, {**user, "signed_in": ""}
    if answer.status in _THROTTLED or (answer.status in _WAIT_A_WHILE and wait):
        return Code.THROTTLED, {"retry_after": wait}
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Code.SERVER_BUSY, {"host": access.host, "port": str(access.port)}
    if answer.status == HTTPStatus.NOT_FOUND and answer.code in NO_MAILBOX:
        return Code.MAILBOX_NOT_FOUND, user
    return Code.SERVER_REFUSED, {"command": command}


def retry_after(text: str) -> str:
    """The seconds that a Retry-After header asks to wait (RFC 9110 10.2.3), as digits; empty when it does not say."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return text[:9].lstrip("0") or "0"
    moment = email.utils.parsedate_tz(text)
    return "" if moment is None else str(max(0, math.ceil(email.utils.mktime_tz(moment) - time.time())))


def error_of(octets: bytes) -> tuple[str, str]:
    """Code and message of an error's body; empty where there is none."""
    error = (Answer(0, {}, octets).json() or {}).get("error")
    if not isinstance(error, dict):
        return "", ""
    return tuple(part if isinstance(part, str) else "" for part in (error.get("code"), error.get("message")))  # type: ignore[return-value]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
