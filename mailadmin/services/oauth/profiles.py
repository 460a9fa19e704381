"""OAuth2 profiles: list, add, change, delete; a profile and its secret are saved as one (OA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault
from mailadmin.storage import Storage

PROFILE_TABLE = "oauth_profile"


@dataclass(frozen=True, slots=True)
class ProfileUse:
    """Which incoming accounts, by name, sign in by a profile. False: none."""

    accounts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.accounts)


class ProfileService:
    """What an administrator does with OAuth2 profiles."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def all(self) -> list[OAuthProfile]:
        """Every profile, by name."""
        raise NotImplementedError

    def get(self, reference: str) -> OAuthProfile:
        """A profile by name.

        :raises UserFixableError: UNKNOWN_PROFILE
        """
        raise NotImplementedError

    def again(self, profile: OAuthProfile) -> OAuthProfile:
        """A stored profile as it is now.

        :raises UserFixableError: UNKNOWN_PROFILE when it was deleted
        """
        raise NotImplementedError

    def duplicate(self, profile: OAuthProfile) -> OAuthProfile:
        """A copy to be edited and added, with a free name and without a secret. Nothing is saved."""
        raise NotImplementedError

    def faults(self, profile: OAuthProfile, credential: Secret | None = None) -> list[Fault]:
        """Every rule the profile, with a newly typed secret or certificate, breaks."""
        raise NotImplementedError

    def has_credential(self, profile: OAuthProfile) -> bool:
        """Whether the secret or certificate that its client authentication asks for is kept. Needs no key."""
        raise NotImplementedError

    def used_by(self, profile: OAuthProfile) -> ProfileUse:
        """What stands in the way of its deletion."""
        raise NotImplementedError

    def add(self, profile: OAuthProfile, credential: Secret | None = None) -> OAuthProfile:
        """Save a new profile with its secret or certificate.

        :raises InvalidRecordError: it breaks rules
        """
        raise NotImplementedError

    def change(self, profile: OAuthProfile, credential: Secret | None = None) -> OAuthProfile:
        """Save a changed profile; ``credential`` None leaves the stored one. Accounts follow a new name.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT
        """
        raise NotImplementedError

    def delete(self, profiles: Sequence[OAuthProfile]) -> None:
        """Delete profiles with their secrets, all or none.

        :raises UserFixableError: IN_USE, EDIT_CONFLICT
        """
        raise NotImplementedError
