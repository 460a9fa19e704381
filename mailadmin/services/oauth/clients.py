"""The client of a profile, with the secret or certificate that is kept for it."""

from __future__ import annotations

from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import OAuthClient, OpenOAuthClient, Vault
from mailadmin.domain.profile_rules import CREDENTIAL_KINDS
from mailadmin.domain.secrets import SecretOwner, SecretRef


def credential_ref(profile: OAuthProfile) -> SecretRef | None:
    """Under which name a stored profile's credential is kept; None for a public client, which has none."""
    kind = CREDENTIAL_KINDS.get(profile.client_authentication)
    if kind is None or profile.uid is None:
        return None
    return SecretRef(SecretOwner.PROFILE, profile.uid, kind)


def client_of(profile: OAuthProfile, vault: Vault, open_client: OpenOAuthClient) -> OAuthClient:
    """The client of a profile. May wait for a keyring; no network yet.

    :raises UserFixableError: NO_CLIENT_SECRET, BAD_CLIENT_CERTIFICATE, or what the vault says
    """
    ref = credential_ref(profile)
    return open_client(profile, vault.get(ref) if ref is not None else None)
