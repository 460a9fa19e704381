"""Access tokens that stay fresh: one refresh at a time, the rotated refresh token stored first (OA-6)."""

from __future__ import annotations

from collections.abc import Sequence

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.oauth import Authorization
from mailadmin.domain.ports import OpenOAuthClient, Vault
from mailadmin.domain.secrets import Secret
from mailadmin.domain.sign_in import SignIn
from mailadmin.storage import Storage


class TokenService:
    """Gives accounts what they sign in with, and keeps it fresh."""

    def __init__(self, storage: Storage, vault: Vault, open_client: OpenOAuthClient) -> None:
        self._storage = storage
        self._vault = vault
        self._open_client = open_client

    def credential_of(self, account: IncomingAccount, refused: Secret | None = None) -> Secret:
        """What an account signs in with: its password, or an access token that is good for some minutes at least.

        :param refused: the access token that the mail server has just refused: a newer one is got
        :raises UserFixableError: NO_PASSWORD, SIGN_IN_NEEDED, UNKNOWN_PROFILE, OAUTH_*, or what the vault says; layer
            SIGN_IN
        """
        raise NotImplementedError

    def sign_ins(self) -> dict[int, SignIn]:
        """How each OAuth2 account stands with its provider, by account id. Needs no key and no network."""
        raise NotImplementedError

    def keep(self, account: IncomingAccount, authorization: Authorization) -> None:
        """Store a finished sign-in for a stored account, whose ledger and rules stay as they are.

        :raises UserFixableError: what the vault says
        """
        raise NotImplementedError

    def is_authorized(self, account: IncomingAccount, authorization: Authorization | None) -> bool:
        """Whether there is a token for the shown profile, user and flow: this one, or the one that is kept (OA-2)."""
        raise NotImplementedError

    def clear(self, accounts: Sequence[IncomingAccount] | None = None) -> int:
        """Forget the tokens of these accounts, or of all; profiles and accounts stay. How many there were (OA-7)."""
        raise NotImplementedError
