"""Signing in by OAuth 2.0: profiles of providers, what a sign-in brings, and how long it will last (OA-1 to OA-9).

Terms are those of RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 8252 (native apps), RFC 8628 (device code) and OpenID
Connect Core. Tokens themselves are :class:`~mailadmin.domain.secrets.Secret` and live in the vault.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from .accounts import AccountType, Family, Stamp, Validity
from .secrets import Secret


class Provider(enum.StrEnum):
    """Who signs people in."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"
    CUSTOM = "custom"


class Flow(enum.StrEnum):
    """How a token is got: the grant types of RFC 6749 4.1 and 4.4, and of RFC 8628."""

    AUTHORIZATION_CODE = "authorization code"
    CLIENT_CREDENTIALS = "client credentials"
    DEVICE_CODE = "device code"

    @property
    def by_person(self) -> bool:
        """Whether somebody signs in (delegated access); otherwise the application does (app-only)."""
        return self is not Flow.CLIENT_CREDENTIALS


class ClientAuthentication(enum.StrEnum):
    """How the application proves to the provider who it is (RFC 6749 2.3)."""

    NONE = "none"
    SECRET = "secret"  # noqa: S105  (the name of a method)
    CERTIFICATE = "certificate"


class RedirectHost(enum.StrEnum):
    """The loopback host of the redirect URI, as the provider lets one register it (RFC 8252 7.3)."""

    LOCALHOST = "localhost"
    LOOPBACK = "127.0.0.1"


class Use(enum.StrEnum):
    """What a token is for."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    GRAPH = "graph"


_USES: Final = {Family.IMAP: Use.IMAP, Family.POP3: Use.POP3, Family.GRAPH: Use.GRAPH}


def use_of(kind: AccountType) -> Use:
    """What an account of this type needs a token for."""
    return _USES[kind.family]


MICROSOFT_INSTANCE: Final = "https://login.microsoftonline.com"
GRAPH_OF_INSTANCE: Final = {
    "login.microsoftonline.com": "https://graph.microsoft.com",
    "login.microsoftonline.us": "https://graph.microsoft.us",
    "login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
}
"""Microsoft Graph of each national cloud, by the host that signs in there."""


def host_of(address: str) -> str:
    """The host of a URL in lower case; empty for a text that is none, such as one that is being typed."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthProfile:
    """One registration of this program at a provider, as an administrator edits it. Secrets are in the vault.

    ``instance_url``, ``tenant`` and ``graph_url`` are Microsoft's; ``discovery_url``, or ``authorization_url`` and
    ``token_url`` (and ``device_url``), are a custom provider's. ``scopes`` are separated by blanks (RFC 6749 3.3);
    empty means the preset of whatever a token is for. ``redirect_port`` None means a free port.
    ``secret_expires`` is the day the client secret ends, as the provider said when it was made.
    ``ca_file``: a private CA that the provider's certificate is verified against, instead of the system's.
    """

    name: str
    provider: Provider
    flow: Flow = Flow.AUTHORIZATION_CODE
    instance_url: str = ""
    tenant: str = ""
    graph_url: str = ""
    discovery_url: str = ""
    authorization_url: str = ""
    token_url: str = ""
    device_url: str = ""
    client_id: str = ""
    client_authentication: ClientAuthentication = ClientAuthentication.NONE
    secret_expires: date | None = None
    scopes: str = ""
    redirect_host: RedirectHost = RedirectHost.LOCALHOST
    redirect_port: int | None = None
    redirect_path: str = ""
    ca_file: str = ""
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    uid: str | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to register at the provider. Without a port the provider takes any (RFC 8252 7.3)."""
        port = f":{self.redirect_port}" if self.redirect_port is not None else ""
        return f"http://{self.redirect_host}{port}{self.redirect_path}"

    def redirect_uri_at(self, port: int) -> str:
        """The redirect URI that is sent: the one registered, with the port that is listened on."""
        return f"http://{self.redirect_host}:{port}{self.redirect_path}"

    @property
    def instance(self) -> str:
        """Microsoft's sign-in host with its scheme, without a slash at the end."""
        return (self.instance_url or MICROSOFT_INSTANCE).rstrip("/")

    @property
    def graph(self) -> str:
        """The address of Microsoft Graph for this profile, without a slash at the end."""
        host = host_of(self.instance)
        return (self.graph_url or GRAPH_OF_INSTANCE.get(host, "https://graph.microsoft.com")).rstrip("/")


# --- what a sign-in brings ---


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, by the claims of the ID token: ``address`` is what a mailbox is compared with (may be empty)."""

    subject: str
    address: str = ""
    name: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What is asked of a provider. ``login_hint``: who is to sign in, if that is known."""

    use: Use
    scopes: tuple[str, ...]
    login_hint: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider gave. ``cache`` is the client's own serialised token cache, refresh token included.

    ``granted``: the scopes as the provider says; empty when it does not. Times are aware UTC.
    ``identity`` None: no ID token came with it (a refresh, an application's own token).
    """

    access_token: Secret
    expires_at: datetime
    cache: Secret
    granted: tuple[str, ...] = ()
    identity: Identity | None = None
    renewable: bool = True
    """Whether there is a refresh token, or the application can get another token by itself."""


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that has begun: ``link`` is what the browser opens; ``state`` must come back; the rest is secret."""

    link: str
    state: str
    redirect_uri: str
    details: object = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class PendingDevice:
    """A device sign-in that has begun (RFC 8628): what to tell the person, until when (aware UTC)."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str
    ends_at: datetime
    details: object = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Authorization:
    """A finished sign-in, not yet kept: the token for this profile, flow and user, held in memory until Save.

    ``username``: what the account's *username* was when it began. ``missing``: needed scopes that were not granted.
    ``shared``: whether leave was asked for to open somebody else's mailbox.
    """

    profile_uid: str
    profile: str
    flow: Flow
    use: Use
    username: str
    grant: Grant = field(repr=False)
    missing: tuple[str, ...] = ()
    shared: bool = False

    @property
    def identity(self) -> Identity | None:
        """Who signed in; None for an application's own token."""
        return self.grant.identity


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """What is known of an account's token without the token (metadata; the token is in the vault). Aware UTC.

    ``username`` and ``profile_uid``: what it was got for. ``signed_in``: when somebody signed in; ``renewed``: when
    the provider last gave a token; ``refused``: when it said no for good, with ``cause`` (a key of the advice table)
    and the provider's words.
    ``died``: how many sign-ins before this one ended about seven days after they were made (a Google test project).
    """

    account_id: int
    profile_uid: str
    flow: Flow
    username: str
    address: str = ""
    subject: str = ""
    scopes: str = ""
    signed_in: datetime | None = None
    renewed: datetime | None = None
    expires: datetime | None = None
    refused: datetime | None = None
    cause: str = ""
    server: str = ""
    died: int = 0
    renewable: bool = True
    """Whether there is a refresh token, or the application can get another token by itself."""


# --- the journey, as it is shown ---


class AuthorizingStep(enum.StrEnum):
    """Where a sign-in stands."""

    PREPARING = "preparing"
    BROWSER = "browser"
    """The browser was sent to ``link``; its answer is waited for."""
    DEVICE = "device"
    """Somebody is to enter ``user_code`` at ``verification_uri`` on any device."""
    EXCHANGING = "exchanging"
    """The answer came; the code is exchanged for a token."""


@dataclass(frozen=True, slots=True)
class AuthorizingProgress:
    """Told while a sign-in goes on. ``opened``: whether a browser could be started; ``ends_at`` is aware UTC."""

    step: AuthorizingStep
    link: str = ""
    opened: bool = False
    redirect_uri: str = ""
    user_code: str = ""
    verification_uri: str = ""
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What an error of a provider means (OA-9): cause, who can mend it, what to do next, in plain English.

    ``script``: PowerShell or another text to copy, with ``{tenant}``, ``{client_id}``, ``{mailbox}`` filled in; may be
    empty. ``key`` is the stable name of the entry.
    """

    key: str
    cause: str
    who: str
    step: str
    script: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
