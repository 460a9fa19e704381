"""Token services on real databases and vaults, with a provider in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailadmin import diagnostics
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import Flow, OAuthProfile, Provider, TokenRecord
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.domain.sign_in import SignIn
from mailadmin.services.oauth import TokenService
from mailadmin.services.oauth.kept import KeptToken
from mailadmin.storage import Storage, open_storage
from mailadmin.vault import open_vault
from tests.servers.provider import MemoryProvider

FIRST = Secret("access-1")


@dataclass
class Station:
    """One process of a workstation: its own connections, its own vault, its own token service."""

    storage: Storage
    vault: Vault
    tokens: TokenService
    provider: MemoryProvider

    def profile(self, **fields: Any) -> OAuthProfile:
        given = {"name": "cloud", "provider": Provider.MICROSOFT, "client_id": "id", **fields}
        return self.storage.profiles.add(OAuthProfile(**given))

    def account(self, **fields: Any) -> IncomingAccount:
        given: dict[str, Any] = {
            "name": "support",
            "type": AccountType.IMAPS,
            "host": "mail.example.org",
            "username": "support@example.org",
            "authentication": Authentication.OAUTH2,
            "oauth_profile": "cloud",
            **fields,
        }
        return self.storage.accounts.add(IncomingAccount(**given))

    def signed_in(self, **fields: Any) -> IncomingAccount:
        """An account that somebody has signed in for: ``access-1`` and ``refresh-1`` are kept."""
        account = self.account(**fields)
        profile = self.storage.profiles.by_name(account.oauth_profile)
        assert profile is not None
        self.tokens.keep(account, self.provider.authorization(profile, account.username))
        return account

    def kept(self, account: IncomingAccount) -> KeptToken | None:
        ref = SecretRef.token_of(account.uid or "")
        sealed = self.vault.get(ref)
        return KeptToken.opened(ref, sealed) if sealed is not None else None

    def cache(self, account: IncomingAccount) -> str:
        """The refresh token that is kept."""
        kept = self.kept(account)
        return kept.cache.reveal() if kept is not None else ""

    def record(self, account: IncomingAccount) -> TokenRecord:
        record = self.storage.tokens.get(account.id or 0)
        assert record is not None
        return record

    def standing(self, account: IncomingAccount) -> SignIn:
        return self.tokens.sign_ins()[account.id or 0]


@pytest.fixture
def provider() -> MemoryProvider:
    return MemoryProvider()


@pytest.fixture
def new_station(database_url: str, tmp_path: Path, provider: MemoryProvider) -> Iterator[Callable[[], Station]]:
    """Opens the database once more, as another process does."""
    opened: list[Storage] = []

    def new() -> Station:
        storage = open_storage(database_url, who="tester@here", backups=tmp_path)
        opened.append(storage)
        vault = open_vault(storage.secrets, key_file=tmp_path / "key", on_reveal=diagnostics.hide)
        return Station(storage, vault, TokenService(storage, vault, provider.open, provider.clock), provider)

    yield new
    for storage in opened:
        storage.close()


@pytest.fixture
def station(new_station: Callable[[], Station]) -> Station:
    return new_station()


@pytest.fixture
def profile(station: Station) -> OAuthProfile:
    return station.profile()


@pytest.fixture
def application_profile(station: Station) -> OAuthProfile:
    return station.profile(flow=Flow.CLIENT_CREDENTIALS, tenant="example.org")
