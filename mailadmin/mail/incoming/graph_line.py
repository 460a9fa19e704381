"""Requests to Microsoft Graph for one mailbox: four at a time, every failure named, no token in what is said."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from itertools import islice
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode
from weakref import WeakValueDictionary

import requests
import urllib3
from requests.auth import AuthBase

from mailadmin import __version__
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.ports import LayerReached, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.mail.connection import MAX_LITERAL
from mailadmin.mail.redaction import Redaction, on_one_line

from .graph_answers import REFUSED, Answer, Refusal, error_of
from .graph_connection import Adapter, Dialler

CONCURRENT: Final = 4
"""Requests at a time that Graph allows an application on one mailbox; more are answered 429 (MailboxConcurrency)."""

_CHUNK: Final = 1 << 18
_LOOK_SECONDS: Final = 0.1
_IMMUTABLE: Final = 'IdType="ImmutableId"'

Query = Mapping[str, str]
Item = TypeVar("Item")
Result = TypeVar("Result")

_places: WeakValueDictionary[tuple[str, str], threading.BoundedSemaphore] = WeakValueDictionary()
_places_lock = threading.Lock()


def _places_at(access: ServerAccess) -> threading.BoundedSemaphore:
    """The requests that may be under way to a mailbox, shared by all accounts on it."""
    mailbox = access.host.casefold(), access.username.casefold()
    with _places_lock:
        places = _places.get(mailbox)
        if places is None:
            places = _places[mailbox] = threading.BoundedSemaphore(CONCURRENT)
        return places


class _Bearer(AuthBase):
    """RFC 6750 2.1."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class Line:
    """Speaks with Graph about one mailbox. One thread uses it; :meth:`cut` may come from any."""

    def __init__(self, access: ServerAccess, token: Secret, on_layer: Callable[[LayerReached], None]) -> None:
        self.access = access
        self.layer = Layer.SIGN_IN
        self._dialler = Dialler(access, on_layer)
        self._redact = Redaction(token.reveal())
        self._accepted = False
        self._places = _places_at(access)
        host = f"[{access.host}]" if ":" in access.host else access.host.lower()
        port = "" if access.port == 443 else f":{access.port}"
        self._version = f"https://{host}{port}/v1.0/"
        self._mailbox = f"{self._version}users/{quote(access.username, safe='')}/"
        self._session = session = requests.Session()
        # The environment has no say: the token is the account's, and proxy and trust are the dialler's.
        session.trust_env = False
        session.auth = _Bearer(token)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = f"mailadmin/{__version__}"
        session.headers["Prefer"] = _IMMUTABLE
        for prefix in list(session.adapters):
            del session.adapters[prefix]
        session.mount("https://", Adapter(self._dialler, CONCURRENT))

    def at(self, layer: Layer) -> None:
        """Say which layer comes now, for what must be told of failures."""
        self.layer = layer

    # --- requests ----------------------------------------------------------------------------------------------------

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """A JSON object.

        :param path: below the mailbox, or an address that the server gave
        :raises UserFixableError: Refusal, CONNECTION_LOST, SERVER_SILENT, SERVER_GARBAGE
        """
        return self._object(self.ask("GET", path, query))

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Have something done; the JSON object that came of it."""
        return self._object(self.ask("POST", path, body=body))

    def delete(self, path: str) -> None:
        """Delete something."""
        self.ask("DELETE", path)

    def octets(self, path: str, limit: int) -> bytes:
        """A body as it is, of which no octet is missing."""
        return self.ask("GET", path, limit=limit, whole=True).octets

    def pages(self, path: str, query: Query) -> Iterator[dict[str, Any]]:
        """The items of a collection, page after page as the server cuts them."""
        seen: set[str] = set()
        page = self.get(path, query)
        while True:
            items = page.get("value")
            if not isinstance(items, list):
                raise self.garbage("a page without a value")
            yield from (item for item in items if isinstance(item, dict))
            following = page.get("@odata.nextLink")
            if following is None:
                return
            # the token goes along: only to this very server
            if not isinstance(following, str) or following in seen or not following.startswith(self._version):
                raise self.garbage("a link to a next page that leads astray")
            seen.add(following)
            page = self.get(following)

    def _object(self, answer: Answer) -> dict[str, Any]:
        found = answer.json()
        if found is None:
            raise self.garbage("not a JSON object")
        return found

    def ask(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        limit: int = MAX_LITERAL,
        *,
        whole: bool = False,
    ) -> Answer:
        """One request and its answer.

        :param whole: an answer is only good if the server said how long it is
        :raises UserFixableError: Refusal, CONNECTION_LOST, SERVER_SILENT, SERVER_GARBAGE
        """
        url = path if path.startswith(self._version) else self._mailbox + path
        if query:
            url += "?" + urlencode(query, safe="$,()", quote_via=quote)
        with self._place():
            answer = self._exchange(method, url, body, limit, whole=whole)
        accepted, self._accepted = self._accepted, self._accepted or answer.status not in REFUSED
        if not answer.good:
            raise Refusal(answer, f"{method} {_kind(path)}", self.access, self.layer, accepted=accepted)
        return answer

    @contextmanager
    def _place(self) -> Iterator[None]:
        while not self._places.acquire(timeout=_LOOK_SECONDS):
            if self._dialler.stopped:
                raise self._dialler.lost(self.layer)
        try:
            yield
        finally:
            self._places.release()

    def _exchange(self, method: str, url: str, body: Mapping[str, object] | None, limit: int, *, whole: bool) -> Answer:
        timeouts = self.access.timeouts
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if whole:
            headers["Accept-Encoding"] = "identity"  # so that the length is that of the message
        failure: UserFixableError
        try:
            with self._session.request(
                method,
                url,
                data=None if body is None else json.dumps(body),
                headers=headers,
                timeout=(timeouts.connect, timeouts.command),
                allow_redirects=False,
                stream=True,
            ) as response:
                octets = self._read(response, limit, whole=whole)
                code, message = ("", "") if response.ok else error_of(octets)
                return Answer(response.status_code, response.headers, octets, self._words(code), self._words(message))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:  # requests' own are OSErrors
            failure = self._failure(error)
        raise failure  # here, so that neither the request nor its token is in the traceback

    def _read(self, response: requests.Response, limit: int, *, whole: bool) -> bytes:
        raw = response.raw
        if whole and response.ok and raw.length_remaining is None and not raw.chunked:
            raise self.garbage("a message without a length")
        octets = bytearray()
        for chunk in raw.stream(_CHUNK, decode_content=True):
            octets += chunk
            if len(octets) > limit:
                raise self.garbage(f"an answer of more than {limit} octets")
            if self._dialler.stopped:
                raise self._dialler.lost(self.layer)
        return bytes(octets)

    # --- several at a time -------------------------------------------------------------------------------------------

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
        """Items with what came of them, in any order, four at a time; no more than four results are held.

        The iterator may be left at any time: what is under way is ended then. So it is when one fails, which is raised.
        """
        waiting = iter(items)
        running: dict[Future[Result], Item] = {}
        with ThreadPoolExecutor(CONCURRENT, thread_name_prefix=f"Graph {self.access.username}") as pool:
            try:
                for item in islice(waiting, CONCURRENT):
                    running[pool.submit(work, item)] = item
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in sorted(done, key=lambda one: one.exception() is not None):
                        item = running.pop(future)
                        yield item, future.result()
                        for item in islice(waiting, 1):
                            running[pool.submit(work, item)] = item
            finally:
                if running:
                    self._dialler.hang_up()
                    pool.shutdown(cancel_futures=True)
                    self._dialler.go_on()

    # --- failures ----------------------------------------------------------------------------------------------------

    def garbage(self, detail: str) -> UserFixableError:
        """The failure of a server that does not keep to the protocol."""
        facts = {"host": self.access.host, "port": str(self.access.port), "detail": detail}
        return UserFixableError(Code.SERVER_GARBAGE, facts, layer=self.layer)

    def _failure(self, error: Exception) -> UserFixableError:
        chain = list(_chain(error))
        if self._dialler.stopped:
            return self._dialler.lost(self.layer)
        if any(isinstance(one, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)) for one in chain):
            facts = {"host": self.access.host, "port": str(self.access.port)}
            facts["seconds"] = f"{self.access.timeouts.command:g}"
            return UserFixableError(Code.SERVER_SILENT, facts, layer=self.layer)
        if any(isinstance(one, (requests.exceptions.InvalidURL, UnicodeError)) for one in chain):
            return UserFixableError(Code.HOST_NOT_FOUND, {"host": self.access.host, "detail": ""}, layer=Layer.NAME)
        if any(isinstance(one, urllib3.exceptions.DecodeError) or _is_no_http(one) for one in chain):
            return self.garbage("not an answer by HTTP")
        reasons = (one.strerror for one in chain if isinstance(one, OSError) and one.strerror)
        return self._dialler.lost(self.layer, next(reasons, "the server closed the connection"))

    def _words(self, text: str) -> str:
        return on_one_line(self._redact(text))

    # --- the end -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the session; its connections are not needed any more."""
        self._session.close()

    def cut(self) -> None:
        """End whatever is under way, for good, from any thread."""
        self._dialler.cut()
        self.close()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what is in it: urllib3 and requests wrap."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inside = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in inside if isinstance(one, BaseException) and id(one) not in seen), None)


def _is_no_http(error: BaseException) -> bool:
    ended = (http.client.RemoteDisconnected, http.client.IncompleteRead)
    return isinstance(error, http.client.HTTPException) and not isinstance(error, ended)


def _kind(path: str) -> str:
    """What a path is of, without the ids in it: ``mailFolders/messages``."""
    return "/".join(part for part in path.partition("?")[0].split("/") if part.isalpha() or part == "$value")
