"""Where tokens are kept: the vault, what is known of them in the database, and what could not be stored yet (OA-6)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mailadmin.domain import forecast
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.leases import LEASE_SECONDS
from mailadmin.domain.oauth import TokenRecord
from mailadmin.domain.ports import Vault
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.storage import Storage

from .kept import KeptToken

log = logging.getLogger(__name__)

STORE_SECONDS: Final = float(LEASE_SECONDS)
"""How long storing is tried: nobody else asks the provider with the old token meanwhile."""
AGAIN_SECONDS: Final = 1.0
_AT_ONCE: Final = 500
"""So many accounts' tokens are cleared in one transaction, which others wait for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of an account's token: as it lies there, and opened.

    ``record`` was read before the secret. So it may be of an older token, which is noticed when it is written to, but
    never of a newer one.
    """

    record: TokenRecord | None
    sealed: Secret | None
    kept: KeptToken | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a provider gave, to be stored.

    ``before``: what was stored when it was asked, as it lay there, and ``known`` what was known of it; ``granted``: the
    scopes as the provider says, empty when it does not.
    """

    account: IncomingAccount
    before: Secret | None
    known: TokenRecord
    token: KeptToken
    granted: tuple[str, ...] = ()

    def record(self, now: TokenRecord) -> TokenRecord:
        """What is known from now on. A refusal that was written since the provider was asked stays.

        :param now: what is known by now
        """
        token = self.token
        record = replace(
            now,
            profile_uid=token.profile_uid,
            flow=token.flow,
            username=token.username,
            renewed=token.received,
            expires=token.expires,
            renewable=token.renewable,
        )
        if now.refused == self.known.refused:
            record = replace(record, refused=None, cause="", server="")
        if self.granted:
            record = replace(record, scopes=" ".join(self.granted))
        return replace(record, died=0) if forecast.has_outlived_testing(record) else record


class TokenShelf:
    """Keeps tokens. What a provider gave is never let go of before it is written down."""

    def __init__(self, storage: Storage, vault: Vault) -> None:
        self._storage = storage
        self._vault = vault
        self._unstored: dict[int, Renewed] = {}
        self._storing: set[int] = set()
        self._lock = threading.Lock()

    def look(self, account: IncomingAccount) -> Found:
        """What is kept for an account. What was left unstored is stored first.

        :raises MailadminError: that is still not possible, or what the vault says
        """
        with self._lock:
            left = self._unstored.get(account.id or 0) if account.id not in self._storing else None
        if left is not None:
            self._store(left)
            log.warning("account %s: its renewed token is stored now", account.name)
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        ref = SecretRef.token_of(account.uid or "")
        sealed = self._vault.get(ref)
        return Found(record, sealed, KeptToken.opened(ref, sealed) if sealed is not None else None)

    def store(self, renewed: Renewed) -> None:
        """Keep what a provider gave, unless somebody has signed in or cleared the tokens meanwhile: that wins.

        What stands in the way may be over soon; so it is tried again for a while.

        :raises MailadminError: it could not be stored; it is held in memory, and stored by the next :meth:`look`
        """
        account_id = renewed.known.account_id
        with self._lock:  # first, because anything may happen while it is tried
            self._unstored[account_id] = renewed
            self._storing.add(account_id)
        until = time.monotonic() + STORE_SECONDS
        try:
            while not self._stored(renewed, last=time.monotonic() >= until):
                time.sleep(AGAIN_SECONDS)
        finally:
            with self._lock:
                self._storing.discard(account_id)

    def store_left(self) -> None:
        """Try once more to store what could not be stored; for the end of the program."""
        with self._lock:
            left = list(self._unstored.values())
        for renewed in left:
            try:
                self._store(renewed)
            except MailadminError as error:
                log.error("account %s: its renewed token is lost: %s", renewed.account.name, error)

    def put(self, account: IncomingAccount, token: KeptToken, record: TokenRecord) -> None:
        """Keep a token in place of whatever there was. Inside a transaction it is part of that.

        :raises UserFixableError: UNKNOWN_ACCOUNT when it was deleted meanwhile
        """
        with self._storage.transaction():
            self._storage.tokens.put(record)  # first, because it holds the account until the end
            if self._storage.accounts.get(record.account_id) is None:
                raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": account.name})
            self._vault.put(SecretRef.token_of(account.uid or ""), token.sealed())

    def clear(self, accounts: Sequence[IncomingAccount], when: datetime) -> int:
        """Forget accounts' tokens, and write down that this was on purpose; how many there were. Needs no key.

        :param when: aware UTC
        """
        chosen = sorted(accounts, key=lambda account: account.id or 0)
        count = 0
        for start in range(0, len(chosen), _AT_ONCE):
            some = chosen[start : start + _AT_ONCE]
            with self._lock:
                for account in some:
                    self._unstored.pop(account.id or 0, None)
            with self._storage.transaction():
                # First accounts and records, then secrets, as whoever stores a renewed one: else both would wait.
                self._storage.tokens.clear([account.id or 0 for account in some], when)
                count += self._storage.secrets.forget_tokens([account.uid or "" for account in some])
        return count

    def _stored(self, renewed: Renewed, *, last: bool) -> bool:
        try:
            self._store(renewed)
        except MailadminError as error:
            name = renewed.account.name
            if error.code is Code.UNKNOWN_ACCOUNT:  # deleted meanwhile
                self._let_go(renewed)
                raise
            if not last:
                log.info("account %s: its renewed token could not be stored yet: %s", name, error)
                return False
            log.error(
                "account %s: its renewed token could not be stored: %s. It is held in memory and stored with the next "
                "fetch; if the program ends before, somebody may have to sign in again",
                name,
                error,
            )
            raise
        return True

    def _store(self, renewed: Renewed) -> None:
        with self._storage.transaction():
            # Read here, it stays as it is: nobody keeps another one between the look and the put.
            now = self._storage.tokens.get(renewed.known.account_id) or renewed.known
            if self._vault.get(SecretRef.token_of(renewed.account.uid or "")) == renewed.before:
                self.put(renewed.account, renewed.token, renewed.record(now))
        self._let_go(renewed)

    def _let_go(self, renewed: Renewed) -> None:
        account_id = renewed.known.account_id
        with self._lock:
            if self._unstored.get(account_id) is renewed:
                del self._unstored[account_id]
