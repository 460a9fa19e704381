"""One account's token is renewed: by one at a time, and the provider's answer is stored before it is used (OA-6).

Providers give a new refresh token with each access token (rotation, RFC 9700 4.14.2), and some revoke everything when
an old one comes back. So of all threads, processes and workstations one asks, under a lease; the others wait and take
what it stored. While the provider is waited for, no transaction is open.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from mailadmin.domain import forecast
from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import LEASE_SECONDS, Lease, token_lease
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import Grant, OAuthProfile, SignInRequest, TokenRecord, use_of
from mailadmin.domain.ports import OAuthClient
from mailadmin.domain.scopes import scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.services.leases import LeaseKeeper
from mailadmin.storage import Storage

from .kept import KeptToken
from .shelf import Found, Renewed, TokenShelf

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = LEASE_SECONDS + 30.0
"""How long somebody else's renewal is waited for: a holder that has died is replaced by then."""
LOOK_SECONDS: Final = 0.2

ENDED: Final = frozenset({
    "invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required",
})  # fmt: skip
"""Errors (RFC 6749 5.2, OpenID Connect Core 3.1.2.6) that only a person who signs in can mend.

The others are about the application, its secret and its permissions. With them mended, the same token works again.
"""


def needs_person(error: UserFixableError) -> bool:
    """Whether a provider's refusal is for good: somebody has to sign in again."""
    return error.code is Code.OAUTH_REFUSED and error.facts.get("error") in ENDED


def ask(client: OAuthClient, account: IncomingAccount, profile: OAuthProfile, cache: Secret | None = None) -> Grant:
    """What the provider gives. Nothing is stored.

    :param cache: what was kept of a person's sign-in; None for an application's own token
    """
    use = use_of(account.type)
    scopes = scopes_for(profile, use, shared=bool(account.opens_mailbox))
    request = SignInRequest(use, scopes, account.username)
    return client.for_application(request) if cache is None else client.refresh(request, cache)


def question(account: IncomingAccount) -> tuple[object, ...]:
    """What makes a provider answer for an account as it does, apart from the profile and what is kept."""
    return use_of(account.type), account.username.strip().casefold(), account.opens_mailbox.strip().casefold()


class Turn:
    """Whoever holds an account's token lease: it may be lost, to another workstation while this one slept."""

    def __init__(self, keeper: LeaseKeeper, lease: Lease) -> None:
        self._keeper = keeper
        self._lease = lease

    def lasts(self) -> bool:
        """Whether it is still ours to ask."""
        try:
            self._keeper.ensure(self._lease)
        except UserFixableError as error:
            if error.code is not Code.LEASE_LOST:
                raise
            return False
        return True


class Renewal:
    """Asks the provider for a fresh access token for one stored account.

    :param clock: the present, aware UTC
    """

    def __init__(
        self,
        storage: Storage,
        shelf: TokenShelf,
        account: IncomingAccount,
        profile: OAuthProfile,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._shelf = shelf
        self._account = account
        self._profile = profile
        self._clock = clock
        self._id = account.id or 0

    @contextmanager
    def alone(self, interrupt: Interrupt | None = None) -> Iterator[Turn | None]:
        """The turn of the one that may ask; None: somebody else has been asking for too long.

        :raises UserFixableError: STOPPED
        """
        keeper = LeaseKeeper(self._storage)
        try:
            lease = self._taken(keeper, interrupt)
            try:
                yield Turn(keeper, lease) if lease is not None else None
            finally:
                if lease is not None:
                    self._give_back(keeper, lease)
        finally:
            keeper.close()

    def renew(self, client: OAuthClient, found: Found) -> None:
        """Ask the provider, and store what it gives, unless somebody has signed in meanwhile.

        :param found: what is kept now
        :raises UserFixableError: OAUTH_* (of a refusal for good a note is made), or what the database or the vault says
        """
        kept, known = found.kept, found.record
        assert kept is not None, "somebody has signed in"
        assert known is not None, "and that is known"
        try:
            grant = ask(client, self._account, self._profile, kept.cache)
        except UserFixableError as error:
            if needs_person(error) and not self._refused(error, known):
                return  # it was about a token that is not in use any more
            raise
        token = KeptToken.of(
            grant,
            profile_uid=self._profile.uid or "",
            flow=kept.flow,
            use=use_of(self._account.type),
            username=kept.username,
            received=self._clock(),
        )
        self._shelf.store(Renewed(self._account, found.sealed, known, token, grant.granted))

    def _taken(self, keeper: LeaseKeeper, interrupt: Interrupt | None) -> Lease | None:
        asked = threading.Event()
        if interrupt is not None:
            interrupt.on_ask(asked.set)
        until = time.monotonic() + WAIT_SECONDS
        while (lease := keeper.take(token_lease(self._id))) is None and time.monotonic() < until:
            if asked.wait(LOOK_SECONDS):
                raise UserFixableError(Code.STOPPED)
        return lease

    def _give_back(self, keeper: LeaseKeeper, lease: Lease) -> None:
        try:
            keeper.release(lease)
        except MailadminError as error:  # it runs out by itself
            log.warning("lease %s could not be released: %s", lease.name, error)

    def _refused(self, error: UserFixableError, record: TokenRecord) -> bool:
        """The provider said no for good: whether to the token that is in use.

        That is written down, unless something else was asked than the stored account asks: values that are tried and
        not saved, or that somebody has changed meanwhile.
        """
        if self._asks_as_stored():
            now = self._clock()
            died = forecast.died_as_in_testing(self._profile, record, now)
            first = self._storage.tokens.refuse(
                record,
                cause=error.facts.get("cause", ""),
                server=error.server or error.facts.get("error", ""),
                when=now,
                died=record.died + 1 if died else None,
            )
            if first:
                log.warning("account %s needs somebody to sign in: %s", self._account.name, error)
                return True
        known = self._storage.tokens.get(self._id)
        in_use = known is None or (known.signed_in, known.renewed) == (record.signed_in, record.renewed)
        return in_use or (known is not None and known.refused is not None)

    def _asks_as_stored(self) -> bool:
        stored = self._storage.accounts.get(self._id)
        return (
            stored is not None
            and stored.authentication is Authentication.OAUTH2
            and name_key(stored.oauth_profile) == name_key(self._profile.name)
            and question(stored) == question(self._account)
        )
