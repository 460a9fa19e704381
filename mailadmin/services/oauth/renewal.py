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
from dataclasses import replace
from datetime import datetime
from typing import Final

from mailadmin.domain import forecast
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import LEASE_SECONDS, Lease, token_lease
from mailadmin.domain.oauth import Grant, OAuthProfile, SignInRequest, TokenRecord, use_of
from mailadmin.domain.ports import OAuthClient
from mailadmin.domain.scopes import scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.services.leases import LeaseKeeper
from mailadmin.storage import Storage

from .kept import KeptToken
from .shelf import Renewed, TokenShelf

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


class Renewal:
    """Asks the provider for a fresh access token for one stored account.

    :param client: gives the client of the account's profile; asked when the provider is to be
    :param clock: the present, aware UTC
    """

    def __init__(
        self,
        storage: Storage,
        shelf: TokenShelf,
        account: IncomingAccount,
        profile: OAuthProfile,
        client: Callable[[], OAuthClient],
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._shelf = shelf
        self._account = account
        self._profile = profile
        self._client = client
        self._clock = clock
        self._id = account.id or 0

    @contextmanager
    def alone(self, interrupt: Interrupt | None = None) -> Iterator[bool]:
        """Whether this is the one that may ask; False: somebody else has been asking for too long.

        :raises UserFixableError: STOPPED
        """
        keeper = LeaseKeeper(self._storage)
        try:
            lease = self._taken(keeper, interrupt)
            try:
                yield lease is not None
            finally:
                if lease is not None:
                    self._give_back(keeper, lease)
        finally:
            keeper.close()

    def renew(self, before: Secret | None, kept: KeptToken | None) -> None:
        """Ask the provider, and store what it gives, unless somebody has signed in meanwhile.

        :param before: what is stored now, and ``kept`` the same, opened; None for an application's first token
        :raises UserFixableError: OAUTH_* (of a refusal for good a note is made), or what the database or the vault says
        """
        record = self._storage.tokens.get(self._id)
        try:
            grant = self.ask(kept)
        except UserFixableError as error:
            if needs_person(error) and kept is not None and not self._refused(error, record or self._record_of(kept)):
                return  # it was about a token that is not in use any more
            raise
        token = KeptToken.of(
            grant,
            profile_uid=self._profile.uid or "",
            flow=kept.flow if kept is not None else self._profile.flow,
            use=use_of(self._account.type),
            username=kept.username if kept is not None else self._account.username,
            received=self._clock(),
        )
        self._shelf.store(Renewed(self._account, before, token, self._renewed(record, token, grant)))

    def ask(self, kept: KeptToken | None) -> Grant:
        """What the provider gives. Nothing is stored.

        :param kept: None for an application's own token
        """
        use = use_of(self._account.type)
        scopes = scopes_for(self._profile, use, shared=bool(self._account.opens_mailbox))
        request = SignInRequest(use, scopes, self._account.username)
        return self._client().for_application(request) if kept is None else self._client().refresh(request, kept.cache)

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

    def _renewed(self, record: TokenRecord | None, token: KeptToken, grant: Grant) -> TokenRecord:
        """What is known of the account's token from now on."""
        record = replace(
            record or self._record_of(token),
            profile_uid=token.profile_uid,
            flow=token.flow,
            username=token.username,
            renewed=token.received,
            expires=token.expires,
            refused=None,
            cause="",
            server="",
            renewable=token.renewable,
        )
        if grant.granted:
            record = replace(record, scopes=" ".join(grant.granted))
        return replace(record, died=0) if forecast.has_outlived_testing(record) else record

    def _record_of(self, token: KeptToken) -> TokenRecord:
        return TokenRecord(
            account_id=self._id,
            profile_uid=token.profile_uid,
            flow=token.flow,
            username=token.username,
            renewed=token.received,
            expires=token.expires,
        )

    def _refused(self, error: UserFixableError, record: TokenRecord) -> bool:
        """Write down that the provider said no for good; False: somebody has signed in meanwhile."""
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
        now_known = self._storage.tokens.get(self._id)
        return now_known is None or now_known.refused is not None
