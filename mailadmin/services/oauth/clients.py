"""The client of a profile that may be used, with the secret or certificate that is kept for it."""

from __future__ import annotations

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import OAuthClient, OpenOAuthClient, Vault
from mailadmin.domain.profile_rules import CREDENTIAL_KINDS
from mailadmin.domain.secrets import SecretOwner, SecretRef


def ensure_valid(profile: OAuthProfile) -> None:
    """Refuse to have anybody sign in by a profile that is set to invalid.

    :raises UserFixableError: PROFILE_NOT_VALID
    """
    if profile.validity is not Validity.VALID:
        facts = {"profile": profile.name, "validity": profile.validity.value}
        raise UserFixableError(Code.PROFILE_NOT_VALID, facts, layer=Layer.SIGN_IN)


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
