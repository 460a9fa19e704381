"""OAuth2 profiles: list, add, change, delete; a profile and its secret are saved as one (OA-1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import copied_name, name_key
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import Vault
from mailadmin.domain.profile_rules import normalised_profile, profile_faults, registration
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import MAX_LENGTHS, Fault, InvalidRecordError, Surroundings
from mailadmin.services.surroundings import surroundings
from mailadmin.storage import Storage

from .clients import credential_ref

PROFILE_TABLE: Final = "oauth_profile"
NO_REGISTRATION: Final = ""
"""The profile of a token whose registration is gone."""


@dataclass(frozen=True, slots=True)
class ProfileUse:
    """Which incoming accounts, by name, sign in by a profile. False: none."""

    accounts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.accounts)


def change_profile(storage: Storage, profile: OAuthProfile) -> OAuthProfile:
    """Store a changed profile. A token of another registration is forgotten: whoever signed in must do so again.

    :raises UserFixableError: EDIT_CONFLICT, INVALID_RECORD
    """
    with storage.transaction():
        before = storage.profiles.get(profile.id or 0)
        if before is not None and registration(before) != registration(profile):
            # First: accounts are held before the profile they name.
            uids = storage.tokens.leave_registration(before.uid or "", NO_REGISTRATION)
            storage.secrets.forget_tokens(uids)
        return storage.profiles.change(profile)


def delete_profile(storage: Storage, profile: OAuthProfile) -> None:
    """Remove a stored profile together with its secrets.

    :raises UserFixableError: IN_USE, EDIT_CONFLICT
    """
    with storage.transaction():
        storage.profiles.delete(profile)
        for secret in storage.secrets.all():
            if secret.ref.owner_uid == profile.uid:
                storage.secrets.delete(secret.ref)


class ProfileService:
    """What an administrator does with OAuth2 profiles."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault

    def all(self) -> list[OAuthProfile]:
        """Every profile, by name."""
        return self._storage.profiles.all()

    def get(self, reference: str) -> OAuthProfile:
        """A profile by name.

        :raises UserFixableError: UNKNOWN_PROFILE
        """
        profile = self._storage.profiles.by_name(reference)
        if profile is None:
            names = ", ".join(profile.name for profile in self.all())
            raise UserFixableError(Code.UNKNOWN_PROFILE, {"name": reference, "profiles": names})
        return profile

    def again(self, profile: OAuthProfile) -> OAuthProfile:
        """A stored profile as it is now.

        :raises UserFixableError: UNKNOWN_PROFILE when it was deleted
        """
        now = self._storage.profiles.get(profile.id) if profile.id is not None else None
        if now is None:
            raise UserFixableError(Code.UNKNOWN_PROFILE, {"name": profile.name})
        return now

    def duplicate(self, profile: OAuthProfile) -> OAuthProfile:
        """A copy to be edited and added, with a free name and without a secret. Nothing is saved."""
        taken = {name_key(other.name) for other in self.all()}
        name = copied_name(profile.name, taken, MAX_LENGTHS["name"])
        return dataclasses.replace(profile, name=name, id=None, uid=None, version=0, created=None, changed=None)

    def faults(self, profile: OAuthProfile, credential: Secret | None = None) -> list[Fault]:
        """Every rule the profile, as it would be saved with a newly typed secret or certificate, breaks."""
        profile = normalised_profile(profile)
        return profile_faults(profile, self._around(profile), credential)

    def has_credential(self, profile: OAuthProfile) -> bool:
        """Whether the secret or certificate that its client authentication asks for is kept. Needs no key.

        False for a public client, too: it has none.
        """
        return credential_ref(profile) in self._vault.list()

    def used_by(self, profile: OAuthProfile) -> ProfileUse:
        """What stands in the way of its deletion."""
        return ProfileUse(tuple(self._storage.profiles.users(profile.id)) if profile.id is not None else ())

    def add(self, profile: OAuthProfile, credential: Secret | None = None) -> OAuthProfile:
        """Save a new profile with its secret or certificate.

        :raises InvalidRecordError: it breaks rules
        """
        profile = self._checked(profile, credential)
        self._wake_vault(credential)
        with self._storage.transaction():
            stored = self._storage.profiles.add(profile)
            self._keep_credential(stored, credential)
        return stored

    def change(self, profile: OAuthProfile, credential: Secret | None = None) -> OAuthProfile:
        """Save a changed profile; ``credential`` None leaves the stored one. Accounts follow a new name.

        Whoever signed in by another registration (client id, provider, its addresses) must sign in again.

        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT
        """
        profile = self._checked(profile, credential)
        self._wake_vault(credential)
        with self._storage.transaction():
            stored = change_profile(self._storage, profile)
            self._keep_credential(stored, credential)
        return stored

    def set_validity(self, profiles: Sequence[OAuthProfile], validity: Validity) -> list[OAuthProfile]:
        """Set the validity of several profiles at once, all or none."""
        with self._storage.transaction():
            return [self.change(dataclasses.replace(profile, validity=validity)) for profile in profiles]

    def delete(self, profiles: Sequence[OAuthProfile]) -> None:
        """Delete profiles with their secrets, all or none.

        :raises UserFixableError: IN_USE, EDIT_CONFLICT
        """
        with self._storage.transaction():
            for profile in profiles:
                delete_profile(self._storage, profile)

    def _checked(self, profile: OAuthProfile, credential: Secret | None) -> OAuthProfile:
        if faults := self.faults(profile, credential):
            raise InvalidRecordError((PROFILE_TABLE, profile.name, fault) for fault in faults)
        return normalised_profile(profile)

    def _around(self, profile: OAuthProfile) -> Surroundings:
        """The world as it will be: accounts follow a new name."""
        around = surroundings(self._storage, without_profile=profile.id)
        users = set(self.used_by(profile).accounts)
        accounts = (
            dataclasses.replace(account, oauth_profile=profile.name) if account.name in users else account
            for account in around.accounts
        )
        return dataclasses.replace(around, accounts=tuple(accounts))

    def _wake_vault(self, credential: Secret | None) -> None:
        """Have a keyring ask its user before, not during, the transaction."""
        if credential is not None:
            self._vault.available()

    def _keep_credential(self, profile: OAuthProfile, credential: Secret | None) -> None:
        ref = credential_ref(profile)
        if credential is not None and ref is not None:
            self._vault.put(ref, credential)
