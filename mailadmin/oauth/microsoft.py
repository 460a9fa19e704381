"""Signing in at Microsoft, with msal.

Every call makes a new msal application: msal answers a repeated refresh from its own memory of a failed one for 60
seconds, and would make "try again" look dead. The constructor asks the network for the tenant's endpoints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msal
import requests

from mailadmin import diagnostics
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import (
    ClientAuthentication,
    Grant,
    Identity,
    OAuthProfile,
    PendingDevice,
    PendingSignIn,
    SignInRequest,
)
from mailadmin.domain.secrets import Secret

from . import answers, device, tokens
from .certificate import read_certificate
from .hiding import InMemoryOnly, hide, hide_fields
from .identity import identity_of
from .wire import Conversation, provider_session

_MANY_TENANTS: Final = frozenset({"common", "organizations", "consumers"})


@dataclass(frozen=True, slots=True)
class _Details(InMemoryOnly):
    """What is needed when the browser comes back."""

    flow: Mapping[str, Any] = field(repr=False)
    mailbox: str

    @property
    def nonce(self) -> str:
        """What the ID token must hold. What msal keeps in the flow is not what it sends."""
        return dict(parse_qsl(urlsplit(str(self.flow["auth_uri"])).query)).get("nonce", "")


@dataclass(frozen=True, slots=True)
class _DeviceDetails(InMemoryOnly):
    flow: dict[str, Any] = field(repr=False)
    interval: int
    begun: datetime
    mailbox: str


class MicrosoftClient:
    """The OAuthClient of a Microsoft profile; the grant's cache is msal's own, serialised.

    A device is a public client to Microsoft, with whatever registration: no secret goes with its code, nor ever with
    the refresh tokens that come of it (AADSTS700025). So the cache says how it was got.
    """

    def __init__(self, profile: OAuthProfile, credential: Secret | None) -> None:
        self._profile = profile
        self._credential = credential

    def begin(self, request: SignInRequest, redirect_uri: str) -> PendingSignIn:
        """Begin the authorization code flow with PKCE (S256), state and nonce."""
        with self._application(request.login_hint) as application:
            flow = application.msal.initiate_auth_code_flow(
                list(request.scopes),
                redirect_uri=redirect_uri,
                prompt="select_account",
                login_hint=request.login_hint or None,
                response_mode="form_post",
            )
        hide(flow["code_verifier"])
        details = _Details(flow, request.login_hint)
        return PendingSignIn(_answered_by_address(flow["auth_uri"]), flow["state"], redirect_uri, details)

    def complete(self, pending: PendingSignIn, answer: Mapping[str, str]) -> Grant:
        """Exchange the code for tokens, with ``iss`` of the redirect (RFC 9207) and the ID token checked."""
        details = pending.details
        assert isinstance(details, _Details)
        hide_fields(answer)
        with self._application(details.mailbox) as application:
            answers.checked_redirect(
                answer,
                state=pending.state,
                issuer=application.issuer,
                names_issuer=application.names_issuer,
                profile=self._profile,
                mailbox=details.mailbox,
            )
            application.expect_nonce(details.nonce)
            asked_at = tokens.now()
            got = application.msal.acquire_token_by_auth_code_flow(dict(details.flow), dict(answer))
            return application.grant(got, asked_at)

    def begin_device(self, request: SignInRequest) -> PendingDevice:
        """Begin the device code flow (RFC 8628), for which the registration must allow public client flows."""
        begun = tokens.now()
        with self._application(request.login_hint, public=True) as application:
            if not application.has_device_endpoint:
                raise answers.refusal("no-device-code", self._profile, request.login_hint)
            flow = application.msal.initiate_device_flow(list(request.scopes))
        details = _DeviceDetails(flow, device.interval_of(flow), begun, request.login_hint)
        return device.pending_of(flow, begun, details)

    def complete_device(self, pending: PendingDevice, should_stop: Callable[[], bool]) -> Grant:
        """Ask, as often as the provider allows, until the person has signed in."""
        details = pending.details
        assert isinstance(details, _DeviceDetails)
        with self._application(details.mailbox, public=True, is_waiting=True) as application:
            asked_at = tokens.now()

            def ask() -> Mapping[str, object]:
                nonlocal asked_at
                asked_at = tokens.now()
                details.flow["latest_attempt_at"] = 0  # msal warns of haste by its own count; ours is the provider's
                got: Mapping[str, object] = application.msal.acquire_token_by_device_flow(
                    details.flow, exit_condition=lambda _: True
                )
                return got

            got = device.poll(
                ask,
                interval=details.interval,
                begun=details.begun,
                ends_at=pending.ends_at,
                should_stop=should_stop,
            )
            return application.grant(got, asked_at)

    def for_application(self, request: SignInRequest) -> Grant:
        """A token of the application's own, by client credentials; nothing is cached, it can always get another."""
        if self._tenant in _MANY_TENANTS:
            raise answers.refusal("tenant-needed", self._profile, request.login_hint)
        if self._profile.client_authentication is ClientAuthentication.NONE:
            self._no_credential()
        with self._application(request.login_hint) as application:
            asked_at = tokens.now()
            got = application.msal.acquire_token_for_client(list(request.scopes))
            return Grant(
                tokens.access_token_of(got), tokens.expiry_of(got, asked_at), Secret(""), tokens.granted_by(got)
            )

    def refresh(self, request: SignInRequest, cache: Secret) -> Grant:
        """A new access token from a token cache, always by asking the provider."""
        with self._application(request.login_hint, cache=cache) as application:
            accounts = application.msal.get_accounts()
            asked_at = tokens.now()
            got = (
                application.msal.acquire_token_silent_with_error(list(request.scopes), accounts[0], force_refresh=True)
                if accounts
                else None
            )
            if got is None:
                raise answers.refusal("nothing-kept", self._profile, request.login_hint, error="login_required")
            return application.grant(got, asked_at)

    @property
    def _tenant(self) -> str:
        return self._profile.tenant.strip().lower() or "common"

    @contextmanager
    def _application(
        self, mailbox: str, *, public: bool = False, cache: Secret | None = None, is_waiting: bool = False
    ) -> Iterator[_Application]:
        """A new msal application with a session of its own; what msal makes of bad answers becomes our errors."""
        token_cache = self._read_cache(cache, mailbox)
        if public:
            token_cache.note_public()
        credential = None if token_cache.is_public else self._client_credential()
        with provider_session(Conversation(self._profile, mailbox, is_waiting)) as session:
            wire = _MsalWire(session, self._profile.client_id)
            kind = msal.PublicClientApplication if credential is None else msal.ConfidentialClientApplication
            try:
                yield _Application(
                    kind(
                        self._profile.client_id,
                        client_credential=credential,
                        authority=f"{self._profile.instance}/{self._tenant}",
                        instance_discovery=False,  # the administrator named the instance; Microsoft is not asked of it
                        token_cache=token_cache,
                        http_client=wire,
                    ),
                    wire,
                    token_cache,
                )
            except UserFixableError:
                raise
            except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError):
                # msal read what the answer does not hold; the texts of its errors hold what is secret
                raise answers.bad("format", expected="an OAuth 2.0 answer", found="something else") from None

    def _read_cache(self, cache: Secret | None, mailbox: str) -> _Cache:
        token_cache = _Cache()
        if cache is not None:
            if answers.json_object(cache.reveal()) is None:
                raise answers.refusal("nothing-kept", self._profile, mailbox, error="login_required")
            token_cache.deserialize(cache.reveal())
            for entry in token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN):
                hide(entry["secret"])
        return token_cache

    def _client_credential(self) -> str | dict[str, str] | None:
        kind = self._profile.client_authentication
        if kind is ClientAuthentication.NONE:
            return None
        if not self._credential:
            self._no_credential()
        diagnostics.hide(self._credential)
        if kind is ClientAuthentication.SECRET:
            return self._credential.reveal()
        read = read_certificate(self._credential, self._profile.name)
        return {"private_key": read.private_key.reveal(), "public_certificate": read.certificate}

    def _no_credential(self) -> NoReturn:
        facts = {"profile": self._profile.name, "kind": self._profile.client_authentication.value}
        raise UserFixableError(Code.NO_CLIENT_SECRET, facts, layer=Layer.SIGN_IN)


def _answered_by_address(link: str) -> str:
    """The link, so that the answer stands in the address of the browser's last page.

    From there it can be pasted where the browser cannot come back by itself, and the code in it is of no use to
    anybody else: it counts once, and with the code verifier only. msal is asked for a form all the same, because it
    warns of everything else.
    """
    parts = urlsplit(link)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name != "response_mode"]
    return urlunsplit(parts._replace(query=urlencode([*asked, ("response_mode", "query")])))


class _Cache(msal.SerializableTokenCache):  # type: ignore[misc]  # msal has no types
    """msal's cache, with a note of whether what is in it was got without a secret."""

    _PUBLIC: Final = "public client"

    def __init__(self) -> None:
        super().__init__()
        self.is_public = False

    def note_public(self) -> None:
        """From now on no secret goes with what is in it."""
        self.is_public = True

    def deserialize(self, state: str) -> None:
        """Read what :meth:`serialize` gave."""
        known = json.loads(state)
        self.is_public = known.pop(self._PUBLIC, False) is True
        super().deserialize(json.dumps(known))

    def serialize(self) -> str:
        """As it is kept."""
        note = {self._PUBLIC: True} if self.is_public else {}
        return json.dumps({**json.loads(super().serialize()), **note})


class _MsalWire:
    """The session as msal wants it, which looks at what comes before msal does.

    It remembers what the tenant's discovery document said, and who signed in by the ID token: msal checks of one the
    nonce alone, and its error would tell both.
    """

    def __init__(self, session: requests.Session, client_id: str) -> None:
        self._session = session
        self._client_id = client_id
        self.metadata: Mapping[str, object] = {}
        self.nonce = ""
        self.identity: Identity | None = None

    @property
    def issuer(self) -> str:
        """Who makes this tenant's ID tokens; with a place for the tenant where several share the address."""
        return str(self.metadata.get("issuer") or "")

    def get(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401  (msal's own)
        """The tenant's discovery document, the only thing that msal gets."""
        response = self._session.get(url, **options)
        self.metadata = response.json()
        return response

    def post(self, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        """A request to the token endpoint or the device authorization endpoint."""
        response = self._session.post(url, **options)
        if id_token := response.json().get("id_token"):
            self.identity = identity_of(
                str(id_token), client_id=self._client_id, issuers=(self.issuer,), nonce=self.nonce
            )
        return response

    def close(self) -> None:
        """Nothing: whoever made the session closes it."""


class _Application:
    """An msal application with what is known about its tenant."""

    def __init__(
        self,
        application: msal.ClientApplication,
        wire: _MsalWire,
        cache: _Cache,
    ) -> None:
        self.msal = application
        self._wire = wire
        self._cache = cache

    @property
    def issuer(self) -> str:
        """Who makes this tenant's ID tokens; with a place for the tenant where several share the address."""
        return self._wire.issuer

    @property
    def names_issuer(self) -> bool:
        """Whether the redirect must say who sent it (RFC 9207 3)."""
        return self._wire.metadata.get("authorization_response_iss_parameter_supported") is True

    @property
    def has_device_endpoint(self) -> bool:
        """Whether the device code flow is offered."""
        return bool(self._wire.metadata.get("device_authorization_endpoint"))

    def expect_nonce(self, nonce: str) -> None:
        """The ID token that comes must hold this nonce."""
        self._wire.nonce = nonce

    def grant(self, got: Mapping[str, Any], asked_at: datetime) -> Grant:
        """What was given, and the cache as it is to be kept: without access tokens."""
        token = tokens.access_token_of(got)
        for entry in list(self._cache.search(msal.TokenCache.CredentialType.ACCESS_TOKEN)):
            self._cache.remove_at(entry)
        cache = Secret(self._cache.serialize())
        hide(cache.reveal())
        return Grant(
            access_token=token,
            expires_at=tokens.expiry_of(got, asked_at),
            cache=cache,
            granted=tokens.granted_by(got),
            identity=self._wire.identity,
            renewable=any(True for _ in self._cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)),
        )
