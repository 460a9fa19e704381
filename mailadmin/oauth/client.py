"""The way to a provider: which client speaks for a profile (the port OpenOAuthClient)."""

from __future__ import annotations

from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.domain.ports import OAuthClient
from mailadmin.domain.secrets import Secret

from .microsoft import MicrosoftClient
from .openid import OpenIdClient


def open_client(profile: OAuthProfile, credential: Secret | None, /) -> OAuthClient:
    """The client of a profile. No network yet.

    :param credential: its client secret or certificate (PEM), by its ``client_authentication``
    """
    if profile.provider is Provider.MICROSOFT:
        return MicrosoftClient(profile, credential)
    return OpenIdClient(profile, credential)
