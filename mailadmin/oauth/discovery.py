"""Where a provider is spoken to: Google's fixed addresses, a discovery document, or the addresses of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests

from mailadmin.domain.oauth import OAuthProfile, Provider

from . import answers

_OPENID: Final = "/.well-known/openid-configuration"
_OAUTH: Final = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A provider's addresses and what it says of itself (OpenID Connect Discovery 3, RFC 8414 2)."""

    authorization: str
    token: str
    device_authorization: str = ""
    issuers: tuple[str, ...] = ()
    """Who may have made an ID token; empty when nobody said."""
    names_issuer: bool = False
    secret_in_body: bool = False
    scopes: frozenset[str] | None = None
    """The scopes it knows; None: it does not say. Empty: nothing is known of OpenID there."""
    prompts: frozenset[str] = frozenset()

    @property
    def issuer(self) -> str:
        """Who must have sent a redirect; empty when nobody said."""
        return self.issuers[0] if self.issuers else ""

    def takes(self, scope: str) -> bool:
        """Whether a scope can be asked for without being refused, as far as the provider says."""
        return self.scopes is None or scope in self.scopes


GOOGLE: Final = Endpoints(
    authorization="https://accounts.google.com/o/oauth2/v2/auth",
    token="https://oauth2.googleapis.com/token",  # noqa: S106
    issuers=("https://accounts.google.com", "accounts.google.com"),
    secret_in_body=True,
)
"""Google's. Its device sign-in is left out: it gives no scope for mail."""


def endpoints_of(profile: OAuthProfile, session: requests.Session) -> Endpoints:
    """A profile's endpoints; a discovery document is fetched.

    :raises UserFixableError: OAUTH_UNAVAILABLE, OAUTH_BAD_ANSWER
    """
    if profile.provider is Provider.GOOGLE:
        return GOOGLE
    if not profile.discovery_url:
        return Endpoints(
            profile.authorization_url, profile.token_url, profile.device_url, scopes=frozenset(), secret_in_body=False
        )
    url = profile.discovery_url.rstrip("/")
    if "/.well-known/" not in url:
        url += _OPENID
    document = session.get(url).json()
    _check_issuer(document, url)
    methods = document.get("token_endpoint_auth_methods_supported")
    scopes = document.get("scopes_supported")
    return Endpoints(
        authorization=_https(document, "authorization_endpoint"),
        token=_https(document, "token_endpoint"),
        device_authorization=profile.device_url or _https(document, "device_authorization_endpoint", needed=False),
        issuers=(str(document["issuer"]),),
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body=isinstance(methods, list) and "client_secret_post" in methods,
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else None,
        prompts=frozenset(map(str, document.get("prompt_values_supported") or ())),
    )


def _check_issuer(document: Mapping[str, object], url: str) -> None:
    """The document must be about the one who was asked (OpenID Connect Discovery 4.3, RFC 8414 3.3)."""
    found = str(document.get("issuer") or "")
    expected = url.replace(_OPENID, "").replace(_OAUTH, "")
    if found.rstrip("/") != expected:
        raise answers.bad("issuer", expected=expected, found=found)


def _https(document: Mapping[str, object], name: str, *, needed: bool = True) -> str:
    address = str(document.get(name) or "")
    if address and urlsplit(address).scheme != "https":
        raise answers.bad("format", expected=f"{name} with https", found=address)
    if needed and not address:
        raise answers.bad("format", expected=name, found=", ".join(sorted(document)))
    return address
