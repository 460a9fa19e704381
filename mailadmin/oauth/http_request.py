"""One HTTP request as a browser sends it (RFC 9112), read from octets as they come in: bounded, and nothing more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

MOST_OCTETS: Final = 65_536
"""Of head and body together: a redirect with a code and an ID token has a few thousand."""

_REQUEST_LINE: Final = re.compile(r"([A-Z]{1,20}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_FIELD: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_ONCE: Final = frozenset({"host", "content-length", "content-type"})


class RequestError(Exception):
    """A request that is refused, whatever it is for. Nothing of it is in the message."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. Query and body may hold a code, so they do not show."""

    method: str
    path: str
    host: str = ""
    content_type: str = ""
    query: str = field(default="", repr=False)
    body: str = field(default="", repr=False)


def parsed(octets: bytes) -> Request | None:
    """The request, once it is whole; None as long as more must come.

    :raises RequestError: it is none, or too large
    """
    head, end, rest = octets.partition(b"\r\n\r\n")
    if len(head) > MOST_OCTETS:
        raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise RequestError(HTTPStatus.BAD_REQUEST)
    fields = _fields(lines)
    length = _length(fields)
    if length > MOST_OCTETS - len(head):
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if len(rest) < length:
        return None
    path, _, query = line[2].partition("?")
    content_type = fields.get("content-type", "").partition(";")[0].strip().lower()
    return Request(
        line[1], path, fields.get("host", "").lower(), content_type, query, rest[:length].decode("utf-8", "replace")
    )


def _fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:  # also a line that continues the one before (RFC 9112 5.2)
            raise RequestError(HTTPStatus.BAD_REQUEST)
        name = match[1].lower()
        if name in _ONCE and name in fields:
            raise RequestError(HTTPStatus.BAD_REQUEST)
        fields[name] = match[2]
    return fields


def _length(fields: dict[str, str]) -> int:
    """How many octets the body has. Browsers say so before they send a form."""
    if "transfer-encoding" in fields:
        raise RequestError(HTTPStatus.LENGTH_REQUIRED)
    said = fields.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,9}", said):
        raise RequestError(HTTPStatus.BAD_REQUEST)
    return int(said)
