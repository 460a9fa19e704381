"""Where tokens are kept: the vault, what is known of them in the database, and what could not be stored yet (OA-6)."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.oauth import TokenRecord
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.storage import Storage

from .kept import KeptToken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a provider gave, to be stored. ``before``: what was stored when it was asked, as it lay there."""

    account: IncomingAccount
    before: Secret | None
    token: KeptToken
    record: TokenRecord


class TokenShelf:
    """Keeps tokens. What a provider gave is never let go of before it is written down."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault
        self._unstored: dict[int, Renewed] = {}
        self._lock = threading.Lock()

    def look(self, account: IncomingAccount) -> tuple[Secret | None, KeptToken | None]:
        """What is kept for an account, as it lies there and opened. What was left unstored is stored first.

        :raises MailadminError: that is still not possible, or what the vault says
        """
        with self._lock:
            left = self._unstored.get(account.id or 0)
        if left is not None:
            self._store(left)
            log.warning("account %s: its renewed token is stored now", account.name)
        ref = SecretRef.token_of(account.uid or "")
        sealed = self._vault.get(ref)
        return sealed, KeptToken.opened(ref, sealed) if sealed is not None else None

    def store(self, renewed: Renewed) -> None:
        """Keep what a provider gave, unless somebody has signed in or cleared the tokens meanwhile: that wins.

        :raises MailadminError: it could not be stored; it is held in memory, and stored by the next :meth:`look`
        """
        with self._lock:
            self._unstored[renewed.record.account_id] = renewed
        try:
            self._store(renewed)
        except MailadminError as error:
            if error.code is Code.UNKNOWN_ACCOUNT:  # deleted meanwhile
                self._let_go(renewed)
                raise
            log.error(
                "account %s: its renewed token could not be stored: %s. It is held in memory and stored with the next "
                "fetch; if the program ends before, somebody may have to sign in again",
                renewed.account.name,
                error,
            )
            raise

    def put(self, account: IncomingAccount, token: KeptToken, record: TokenRecord) -> None:
        """Keep a token in place of whatever there was. Inside a transaction it is part of that.

        :raises UserFixableError: UNKNOWN_ACCOUNT when it was deleted meanwhile
        """
        with self._storage.transaction():
            self._storage.tokens.put(record)  # first, because it holds the account until the end
            if self._storage.accounts.get(record.account_id) is None:
                raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": account.name})
            self._vault.put(SecretRef.token_of(account.uid or ""), token.sealed())

    def take_away(self, account: IncomingAccount) -> bool:
        """Forget an account's token; whether there was one. Needs no key."""
        with self._lock:
            self._unstored.pop(account.id or 0, None)
        return self._vault.delete(SecretRef.token_of(account.uid or ""))

    def _store(self, renewed: Renewed) -> None:
        with self._storage.transaction():
            self._storage.tokens.get(renewed.record.account_id)  # nobody keeps another one between the look and the put
            if self._vault.get(SecretRef.token_of(renewed.account.uid or "")) == renewed.before:
                self.put(renewed.account, renewed.token, renewed.record)
        self._let_go(renewed)

    def _let_go(self, renewed: Renewed) -> None:
        with self._lock:
            if self._unstored.get(renewed.record.account_id) is renewed:
                del self._unstored[renewed.record.account_id]
