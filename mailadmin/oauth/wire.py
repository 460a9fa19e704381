"""HTTPS to a provider: what is believed, how long is waited, what is made of an answer before a library reads it.

Both libraries (msal, requests-oauthlib) send through the session made here, so that no answer reaches them which they
would log, misread or remember: only JSON objects without an error go on, and every secret in a request or an answer is
made known to the log's filter first.
"""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from mailadmin import diagnostics
from mailadmin.domain.errors import Layer
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.trust import verifying_context

from . import answers
from .hiding import hide_fields

_CONNECT: Final = 20.0
_READ: Final = 30.0
_TOTAL: Final = 60.0
"""Seconds for a whole answer: a server that sends an octet now and then would else hold us for ever."""
_LARGEST: Final = 1_000_000  # octets; a discovery document has a few thousand, tokens at most some ten thousand
_GO_ON: Final = ("authorization_pending", "slow_down")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a request is about, for whatever must be said of it."""

    profile: OAuthProfile
    mailbox: str = ""
    is_waiting: bool = False
    """Somebody signs in on another device, and the provider is asked whether they have."""

    def goes_on_after(self, error: object) -> bool:
        """Whether an error is none here: nobody has signed in yet (RFC 8628 3.5)."""
        return self.is_waiting and error in _GO_ON


def provider_session(conversation: Conversation) -> requests.Session:
    """A session that speaks https with the provider; close it."""
    session = requests.Session()
    join_wire(session, conversation)
    return session


def join_wire(session: requests.Session, conversation: Conversation) -> None:
    """Have a session of a library's own speak by our rules."""
    # With trust_env, REQUESTS_CA_BUNDLE would replace what the profile trusts, and ~/.netrc the client's secret.
    # The system's proxies are asked for by the adapter instead.
    session.trust_env = False
    adapter = _ProviderAdapter(conversation)
    for prefix in list(session.adapters):
        session.adapters[prefix].close()
        session.mount(prefix, adapter)


class _ProviderAdapter(HTTPAdapter):
    """Sends a request, with time limits, and lets an answer pass only if it is one."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._context = verifying_context(conversation.profile.ca_file, Layer.SIGN_IN)
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **pool_kwargs)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: object) -> urllib3.ProxyManager:
        managed: urllib3.ProxyManager = super().proxy_manager_for(
            proxy, ssl_context=self._context, proxy_ssl_context=self._context, **proxy_kwargs
        )
        return managed

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Nothing: the context decides. The original would add the certificates of certifi to it."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = request.url or ""
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme != "https":
            raise answers.bad("format", expected="https", found=url.partition("?")[0])
        _hide_form(request.body)
        try:
            response = super().send(
                request,
                stream=True,
                timeout=(_CONNECT, _READ),
                proxies=proxies or requests.utils.get_environ_proxies(url, no_proxy=None),
            )
            body = _read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            cause = _innermost(error)
            untrusted = isinstance(cause, ssl.SSLCertVerificationError)
            raise answers.unavailable(host, detail=_why(cause), untrusted=untrusted) from None
        response.raw = io.BytesIO(body)
        if response.is_redirect and request.method == "GET":
            _check_way(url, response)
            return response  # a discovery document may have moved; what is sent there holds no secret
        self._examine(response, body, host)
        return response

    def _examine(self, response: requests.Response, body: bytes, host: str) -> None:
        answer = answers.json_object(body)
        if answer is not None:
            hide_fields(answer)
        status = diagnostics.SECRETS.scrub(f"HTTP {response.status_code} {response.reason or ''}".strip())
        if response.status_code in {408, 429} or response.status_code >= 500:
            said = answers.words_of(answer) if answer else ""
            retry_after = _seconds(response.headers.get("Retry-After", ""))
            raise answers.unavailable(host, detail=status, retry_after=retry_after, server=said or status)
        moved = 300 <= response.status_code < 400  # whatever else it says: secrets are sent where the profile says
        if answer is not None and answer.get("error") and not moved:
            if self._conversation.goes_on_after(answer["error"]):
                return
            raise answers.refused(answer, self._conversation.profile, self._conversation.mailbox)
        if answer is None or not 200 <= response.status_code < 300:
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            found = ", ".join(part for part in (status, _aim(response) if moved else kind) if part)
            raise answers.bad("format", expected="a JSON object", found=found, server=status)


def _check_way(url: str, response: requests.Response) -> None:
    """A document is believed because of who sends it, and says where secrets go: it may move, but not to others."""
    if _origin(url) != _origin(urljoin(url, response.headers["Location"])):
        expected = "://".join(_origin(url))
        raise answers.bad("format", expected=expected, found=f"HTTP {response.status_code}, {_aim(response)}")


def _aim(response: requests.Response) -> str:
    """Where a redirect leads to, without the query that it may have got."""
    return urljoin(response.url, response.headers.get("Location", "")).partition("?")[0].partition("#")[0]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _read(response: requests.Response) -> bytes:
    """The body, if it comes in time and is of a size that an answer can have."""
    ends = time.monotonic() + _TOTAL
    body = bytearray()
    whole = False
    try:
        while chunk := response.raw.read1(65_536, decode_content=True):
            body += chunk
            if len(body) > _LARGEST:
                raise answers.bad("format", expected="a JSON object", found=f"more than {_LARGEST} octets")
            if time.monotonic() > ends:
                raise TimeoutError(f"the answer was not complete after {_TOTAL:.0f} seconds")
        whole = True
    finally:
        if whole:
            response.raw.release_conn()
        else:
            response.raw.close()  # the rest is still on its way: this connection is of no more use
    return bytes(body)


def _hide_form(body: object) -> None:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if isinstance(text, str):
        hide_fields({name: values[0] for name, values in parse_qs(text).items()})


def _seconds(retry_after: str) -> str:
    """Retry-After in seconds (RFC 9110 10.2.3); an HTTP date, which providers do not send, counts as none."""
    return retry_after if retry_after.isdecimal() else ""


def _innermost(error: BaseException) -> BaseException:
    """What an error came from: raised by whoever knew first why nothing came back."""
    seen: set[int] = set()
    while (inner := _within(error)) is not None and id(inner) not in seen:
        seen.add(id(inner))
        error = inner
    return error


def _why(error: BaseException) -> str:
    """Why nothing came back, in words without address and parameters of the request."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "the certificate is not trusted"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, (TimeoutError, urllib3.exceptions.TimeoutError)):
        return "no answer in time"
    return type(error).__name__


def _within(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None)
    candidates: Iterable[object] = (reason, *error.args, error.__cause__, error.__context__)
    return next((one for one in candidates if isinstance(one, BaseException)), None)
