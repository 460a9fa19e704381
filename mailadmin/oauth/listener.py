"""The loopback listener that catches a provider's redirect (RFC 8252 7.3). Nothing of the query is ever logged."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Final, Self

from mailadmin.domain.oauth import RedirectHost

from .answer_pages import FIELDS, AnswerPage, rendered
from .http_request import Request
from .loopback import Connection, LoopbackServer, Response
from .redirect import is_answer, parameters

FOLLOW_SECONDS: Final = 3.0
"""How long a browser may take to follow to the last page; it takes some milliseconds."""
_TURN_SECONDS: Final = 0.1
_FORM: Final = "application/x-www-form-urlencoded"
_HTTP_PORT: Final = 80


@dataclass(frozen=True, slots=True)
class StandingPages:
    """What is said of redirects that are not the one waited for: another sign-in's, and one after the first."""

    stray: AnswerPage
    over: AnswerPage


class Listener:
    """Listens for one redirect, and answers the browser only when it is known how the sign-in ended.

    The redirect URI's port is known from the start (:attr:`port`); :meth:`expect` says which answer counts;
    :meth:`wait` takes requests until it has come; :meth:`finish` shows the last page. All from one thread.

    Whoever asks for another path or host, by another method or with another state gets a refusal, and the wait goes
    on. The browser is sent on to a page without the query, so that the code does not stay in the address line.

    :param port: the only port that will do; None: a free one
    :raises UserFixableError: OAUTH_PORT_BUSY
    """

    def __init__(self, host: RedirectHost, path: str, port: int | None, pages: StandingPages) -> None:
        self._server = LoopbackServer(host, port, self._handle)
        self._path = path.partition("?")[0] or "/"
        self._last_path = self._path.rstrip("/") + "/done"
        self._hosts = {f"{host}:{self.port}"} | ({str(host)} if self.port == _HTTP_PORT else set())
        self._pages = pages
        self._state = ""
        self._answer: Mapping[str, str] | None = None
        self._waiting: Connection | None = None
        self._last_page: Response | None = None
        self._last_connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._server.port

    def expect(self, state: str) -> None:
        """From now on the answer with this state is the one."""
        self._state = state

    def wait(self, seconds: float) -> Mapping[str, str] | None:
        """The parameters of the redirect; None when it has not come within that time."""
        end = time.monotonic() + seconds
        while self._answer is None and (left := end - time.monotonic()) > 0:
            self._server.turn(left)
        return self._answer

    def finish(self, page: AnswerPage, seconds: float = FOLLOW_SECONDS) -> None:
        """Answer the browser that brought the redirect, if one did, and wait until it has the page.

        :param seconds: how long it may take to follow to the page without the query; 0: it gets the page at once
        """
        self._state = ""
        if self._waiting is None or self._waiting.gone:
            return
        answer = Response(HTTPStatus.OK, rendered(page), FIELDS)
        end = time.monotonic() + (seconds or _TURN_SECONDS)
        if seconds:
            self._last_page = answer
            answer = Response(HTTPStatus.SEE_OTHER, b"", {**FIELDS, "Location": self._last_path})
        else:
            self._last_connection = self._waiting
        self._server.answer(self._waiting, answer)
        while not self._shown() and (left := end - time.monotonic()) > 0:
            self._server.turn(min(left, _TURN_SECONDS))

    def close(self) -> None:
        """Close all connections and the port. Harmless when repeated."""
        self._server.close()

    def _shown(self) -> bool:
        return self._last_connection is not None and not self._server.sends(self._last_connection)

    def _handle(self, request: Request, connection: Connection) -> Response | None:
        """The answer to a request; None: later."""
        if request.host not in self._hosts:  # another name for this computer: DNS rebinding
            return Response(HTTPStatus.MISDIRECTED_REQUEST, b"", FIELDS)
        if request.path == self._last_path and self._last_page is not None and request.method == "GET":
            self._last_connection = connection
            return self._last_page
        if request.path != self._path:
            return Response(HTTPStatus.NOT_FOUND, b"", FIELDS)
        match request.method:
            case "GET":
                found = parameters(request.query)
            case "POST" if request.content_type == _FORM:
                found = parameters(request.body)
            case "POST":
                return Response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, b"", FIELDS)
            case _:
                return Response(HTTPStatus.METHOD_NOT_ALLOWED, b"", {**FIELDS, "Allow": "GET, POST"})
        return self._redirected(found, connection)

    def _redirected(self, found: Mapping[str, str] | None, connection: Connection) -> Response | None:
        if self._answer is not None:
            return Response(HTTPStatus.CONFLICT, rendered(self._pages.over), FIELDS)
        if found is None or not is_answer(found, self._state):
            return Response(HTTPStatus.BAD_REQUEST, rendered(self._pages.stray), FIELDS)
        self._answer = MappingProxyType(dict(found))
        self._waiting = connection
        return None
