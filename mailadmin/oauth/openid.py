"""Signing in at Google and at any other OAuth 2.0 or OpenID provider, with google-auth-oauthlib.

Its Flow begins a sign-in; below it, the OAuth2Session of requests-oauthlib does the rest: google-auth's Credentials
cannot refresh without a client secret, which public clients do not have.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import quote_plus

from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import (
    ClientAuthentication,
    Grant,
    Identity,
    OAuthProfile,
    PendingDevice,
    PendingSignIn,
    Provider,
    SignInRequest,
)
from mailadmin.domain.secrets import Secret

from . import answers, device, tokens
from .discovery import Endpoints, endpoints_of
from .hiding import InMemoryOnly, hide, hide_fields
from .identity import identity_of
from .wire import Conversation, join_wire, provider_session


@dataclass(frozen=True, slots=True)
class _Details(InMemoryOnly):
    """What is needed when the browser comes back."""

    endpoints: Endpoints
    code_verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    mailbox: str


@dataclass(frozen=True, slots=True)
class _DeviceDetails(InMemoryOnly):
    endpoints: Endpoints
    device_code: str = field(repr=False)
    interval: int
    begun: datetime
    mailbox: str


class OpenIdClient:
    """The OAuthClient of a Google or custom profile; the grant's cache is JSON with the refresh token."""

    def __init__(self, profile: OAuthProfile, credential: Secret | None) -> None:
        self._profile = profile
        self._credential = credential

    def begin(self, request: SignInRequest, redirect_uri: str) -> PendingSignIn:
        """Begin the authorization code flow with PKCE (S256), state and nonce."""
        endpoints = self._endpoints(request.login_hint)
        scopes = _asked(self._profile, endpoints, request.scopes)
        nonce = secrets.token_urlsafe(16) if "openid" in scopes else ""
        flow = self._flow(endpoints, scopes, redirect_uri)
        with flow.oauth2session:
            link, state = flow.authorization_url(
                login_hint=request.login_hint or None,
                nonce=nonce or None,
                prompt=_prompt(self._profile, endpoints, scopes) or None,
                access_type="offline" if self._profile.provider is Provider.GOOGLE else None,
            )
        hide(flow.code_verifier)
        details = _Details(endpoints, flow.code_verifier, nonce, request.login_hint)
        return PendingSignIn(link, state, redirect_uri, details)

    def complete(self, pending: PendingSignIn, answer: Mapping[str, str]) -> Grant:
        """Exchange the code for tokens, with ``iss`` of the redirect (RFC 9207) and the ID token checked."""
        details = pending.details
        assert isinstance(details, _Details)
        hide_fields(answer)
        code = answers.checked_redirect(
            answer,
            state=pending.state,
            issuer=details.endpoints.issuer,
            names_issuer=details.endpoints.names_issuer,
            profile=self._profile,
            mailbox=details.mailbox,
        )
        flow = self._flow(details.endpoints, (), pending.redirect_uri)
        flow.code_verifier = details.code_verifier
        # Without a scope of its own the session does not compare: oauthlib raises a Warning on every difference.
        flow.oauth2session.scope = None
        with _speaking(flow.oauth2session, Conversation(self._profile, details.mailbox)):
            asked_at = tokens.now()
            got = flow.fetch_token(code=code, **self._authentication(details.endpoints))
        return self._grant(got, asked_at, details.endpoints, nonce=details.nonce)

    def begin_device(self, request: SignInRequest) -> PendingDevice:
        """Begin the device code flow (RFC 8628), where the provider has an endpoint for it."""
        endpoints = self._endpoints(request.login_hint)
        if not endpoints.device_authorization:
            raise answers.refusal("no-device-code", self._profile, request.login_hint)
        begun = tokens.now()
        asked = {"client_id": self._profile.client_id}
        if scopes := _asked(self._profile, endpoints, request.scopes):
            asked["scope"] = " ".join(scopes)
        authentication = self._authentication(endpoints)
        if secret := authentication.get("client_secret"):
            asked["client_secret"] = secret
        with provider_session(Conversation(self._profile, request.login_hint)) as session:
            got = session.post(endpoints.device_authorization, data=asked, auth=authentication.get("auth")).json()
        code = str(got.get("device_code") or "")
        details = _DeviceDetails(endpoints, code, device.interval_of(got), begun, request.login_hint)
        return device.pending_of(got, begun, details)

    def complete_device(self, pending: PendingDevice, should_stop: Callable[[], bool]) -> Grant:
        """Ask, as often as the provider allows, until the person has signed in."""
        details = pending.details
        assert isinstance(details, _DeviceDetails)
        asked_at = tokens.now()

        def ask() -> Mapping[str, object]:
            nonlocal asked_at
            asked_at = tokens.now()
            try:
                client = DeviceClient(self._profile.client_id)
                conversation = Conversation(self._profile, details.mailbox, is_waiting=True)
                return self._fetch(client, details.endpoints, conversation, device_code=details.device_code)
            except OAuth2Error as error:  # only what goes on gets this far: the wire stops the rest
                return {"error": error.error}

        got = device.poll(
            ask, interval=details.interval, begun=details.begun, ends_at=pending.ends_at, should_stop=should_stop
        )
        return self._grant(got, asked_at, details.endpoints)

    def for_application(self, request: SignInRequest) -> Grant:
        """A token of the application's own, by client credentials."""
        if self._profile.client_authentication is ClientAuthentication.NONE:
            self._no_credential()
        endpoints = self._endpoints(request.login_hint)
        asked_at = tokens.now()
        client = BackendApplicationClient(self._profile.client_id)
        scope = {"scope": list(request.scopes)} if request.scopes else {}
        got = self._fetch(client, endpoints, Conversation(self._profile, request.login_hint), **scope)
        return Grant(tokens.access_token_of(got), tokens.expiry_of(got, asked_at), Secret(""), tokens.granted_by(got))

    def refresh(self, request: SignInRequest, cache: Secret) -> Grant:
        """A new access token from the refresh token, for the scopes that were granted (RFC 6749 6)."""
        refresh_token = self._refresh_token_in(cache, request.login_hint)
        endpoints = self._endpoints(request.login_hint)
        authentication = self._authentication(endpoints)
        body = {name: authentication[name] for name in ("client_secret",) if authentication.get(name)}
        if authentication["include_client_id"]:
            body["client_id"] = self._profile.client_id
        conversation = Conversation(self._profile, request.login_hint)
        with _speaking(OAuth2Session(self._profile.client_id), conversation) as session:
            asked_at = tokens.now()
            got = session.refresh_token(
                endpoints.token, refresh_token=refresh_token, auth=authentication.get("auth"), **body
            )
        return self._grant(got, asked_at, endpoints, kept=refresh_token)

    # --- the pieces ---

    def _endpoints(self, mailbox: str) -> Endpoints:
        with provider_session(Conversation(self._profile, mailbox)) as session:
            return endpoints_of(self._profile, session)

    def _flow(self, endpoints: Endpoints, scopes: tuple[str, ...], redirect_uri: str) -> Flow:
        """Google's Flow, whose configuration takes any provider's endpoints."""
        configuration = {
            "client_id": self._profile.client_id,
            "client_secret": None,
            "auth_uri": endpoints.authorization,
            "token_uri": endpoints.token,
        }
        return Flow.from_client_config({"installed": configuration}, scopes=list(scopes), redirect_uri=redirect_uri)

    def _fetch(
        self,
        client: Any,  # noqa: ANN401  (oauthlib's)
        endpoints: Endpoints,
        conversation: Conversation,
        **asked: Any,  # noqa: ANN401
    ) -> Mapping[str, object]:
        with _speaking(OAuth2Session(client=client), conversation) as session:
            got: Mapping[str, object] = session.fetch_token(endpoints.token, **asked, **self._authentication(endpoints))
        return got

    def _authentication(self, endpoints: Endpoints) -> dict[str, Any]:
        """How the client says who it is, as arguments of fetch_token (RFC 6749 2.3.1).

        The body is preferred where the provider takes it: there, nobody disagrees on how ``+`` and ``%`` are written.
        """
        kind = self._profile.client_authentication
        if kind is ClientAuthentication.NONE:
            return {"include_client_id": True, "client_secret": None}
        assert kind is ClientAuthentication.SECRET, "no profile with a certificate is kept for another than Microsoft"
        if not self._credential:
            self._no_credential()
        diagnostics.hide(self._credential)
        secret = self._credential.reveal()
        if endpoints.secret_in_body:
            return {"include_client_id": True, "client_secret": secret}
        name = quote_plus(self._profile.client_id)
        return {"include_client_id": False, "auth": HTTPBasicAuth(name, quote_plus(secret))}

    def _grant(
        self,
        got: Mapping[str, object],
        asked_at: datetime,
        endpoints: Endpoints,
        *,
        nonce: str = "",
        kept: str = "",
    ) -> Grant:
        refresh_token = str(got.get("refresh_token") or kept)
        cache = Secret(json.dumps({"refresh_token": refresh_token}) if refresh_token else "")
        return Grant(
            access_token=tokens.access_token_of(got),
            expires_at=tokens.expiry_of(got, asked_at),
            cache=cache,
            granted=tokens.granted_by(got),
            identity=self._identity(got, endpoints, nonce),
            renewable=bool(refresh_token),
        )

    def _identity(self, got: Mapping[str, object], endpoints: Endpoints, nonce: str) -> Identity | None:
        id_token = got.get("id_token")
        if not id_token:
            return None
        return identity_of(str(id_token), client_id=self._profile.client_id, issuers=endpoints.issuers, nonce=nonce)

    def _refresh_token_in(self, cache: Secret, mailbox: str) -> str:
        try:
            refresh_token = json.loads(cache.reveal())["refresh_token"]
        except (ValueError, TypeError, LookupError):
            refresh_token = ""
        if not isinstance(refresh_token, str) or not refresh_token:
            raise answers.refusal("nothing-kept", self._profile, mailbox, error="login_required") from None
        hide(refresh_token)
        return refresh_token

    def _no_credential(self) -> NoReturn:
        facts = {"profile": self._profile.name, "kind": self._profile.client_authentication.value}
        raise UserFixableError(Code.NO_CLIENT_SECRET, facts, layer=Layer.SIGN_IN)


@contextmanager
def _speaking(session: OAuth2Session, conversation: Conversation) -> Iterator[OAuth2Session]:
    """A session of the library's on our wire; what it makes of bad answers becomes our errors."""
    join_wire(session, conversation)
    with session:
        try:
            yield session
        except OAuth2Error as error:
            if conversation.goes_on_after(error.error):
                raise
            raise answers.bad("format", expected="an OAuth 2.0 answer", found=error.error or "") from None
        except (ValueError, TypeError, LookupError, AttributeError):
            raise answers.bad("format", expected="an OAuth 2.0 answer", found="something else") from None


def _asked(profile: OAuthProfile, endpoints: Endpoints, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of a request: those for the mail, and those that tell who signed in and let the sign-in last.

    A provider without a discovery document gets what the profile names and nothing else: it may know no OpenID.
    """
    if profile.provider is Provider.GOOGLE:
        wanted: tuple[str, ...] = ("openid", "email")
    else:
        wanted = tuple(scope for scope in ("openid", "email", "offline_access") if endpoints.takes(scope))
    return tuple(dict.fromkeys((*wanted, *scopes)))


def _prompt(profile: OAuthProfile, endpoints: Endpoints, scopes: tuple[str, ...]) -> str:
    """What the sign-in page is to ask: which account, and consent, without which no refresh token may come.

    OpenID Connect Core 11 demands consent for ``offline_access``; Google gives a refresh token once per consent.
    """
    if profile.provider is Provider.GOOGLE:
        return "consent select_account"
    if "openid" not in scopes:
        return ""
    choice = "select_account" if "select_account" in endpoints.prompts else "login"
    return f"{choice} consent" if "offline_access" in scopes else choice
