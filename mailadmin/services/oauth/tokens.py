"""What accounts sign in with: passwords, and access tokens that stay fresh (OA-6, OA-7)."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain import forecast, scopes
from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import Authorization, OAuthProfile, TokenRecord, use_of
from mailadmin.domain.ports import OAuthClient, OpenOAuthClient, Vault
from mailadmin.domain.secrets import Secret, SecretRef
from mailadmin.domain.sign_in import SignIn
from mailadmin.storage import Storage

from .access_tokens import AccessTokens
from .clients import ensure_valid
from .kept import KeptToken
from .shelf import TokenShelf

log = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 10.0
"""How long the end of the program is put off for a provider's answer."""
_LAST: Final = 8
"""So many of an account's tokens are known again when a mail server refuses one; several sessions may be under way."""


def _present() -> datetime:
    return datetime.now(UTC)


class TokenService:
    """Gives accounts what they sign in with, and keeps it fresh.

    :param clock: the present, aware UTC; tokens end by this computer's clock, which was there when they came
    """

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        open_client: OpenOAuthClient,
        clock: Callable[[], datetime] = _present,
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._open_client = open_client
        self._clock = clock
        self._shelf = TokenShelf(storage, vault)
        self._access_tokens = AccessTokens(
            storage,
            vault,
            self._shelf,
            self._client,
            self._now,
        )
        self._handed_out: dict[int, deque[Secret]] = {}

    # --- what is signed in with ---

    def credential_of(
        self,
        account: IncomingAccount,
        refused: Secret | None = None,
        interrupt: Interrupt | None = None,
        *,
        anew: bool = True,
    ) -> Secret:
        """What an account signs in with: its password, or an access token that is good for some minutes at least.

        :param refused: the access token that the mail server has just refused, or ended a session with: a newer one
            is got
        :param interrupt: ends the wait for somebody else's renewal with STOPPED
        :param anew: whether a provider is asked again that has said no for good; False: SIGN_IN_NEEDED at once
        :raises UserFixableError: NO_PASSWORD, SIGN_IN_NEEDED, UNKNOWN_PROFILE, PROFILE_NOT_VALID, OAUTH_*, or what the
            vault says; layer SIGN_IN
        """
        with _at_sign_in():
            if account.authentication is Authentication.PASSWORD:
                return self._password_of(account)
            token = self._access_token(account, refused, interrupt, anew=anew)
        if account.id is not None:
            last = self._handed_out.setdefault(account.id, deque(maxlen=_LAST))
            if token not in last:
                last.append(token)
        return token

    def renewed(self, account: IncomingAccount, refused: Secret, interrupt: Interrupt | None = None) -> Secret | None:
        """A newer access token than one that the mail server has just refused.

        None if that was none of this account's kept ones: a password, or a sign-in that is not saved yet.

        :raises UserFixableError: as :meth:`credential_of`
        """
        if account.authentication is Authentication.PASSWORD or refused not in self._handed_out.get(
            account.id or 0, ()
        ):
            return None
        return self.credential_of(account, refused, interrupt)

    def profile_of(self, account: IncomingAccount) -> OAuthProfile | None:
        """The profile an account signs in by; None with a password.

        An account that was read before its profile was renamed is known by what is stored.

        :raises UserFixableError: UNKNOWN_PROFILE
        """
        if account.authentication is Authentication.PASSWORD:
            return None
        profile = self._storage.profiles.by_name(account.oauth_profile)
        if profile is None and account.id is not None:
            stored = self._storage.accounts.get(account.id)
            profile = self._storage.profiles.by_name(stored.oauth_profile) if stored is not None else None
        if profile is None:
            raise UserFixableError(Code.UNKNOWN_PROFILE, {"name": account.oauth_profile}, layer=Layer.SIGN_IN)
        return profile

    def identity_of(self, account: IncomingAccount) -> str:
        """Who signed in for an account, by its token; empty when that is not known, and for an application's own."""
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        return record.address if record is not None else ""

    # --- how accounts stand ---

    def sign_ins(self, accounts: Sequence[IncomingAccount] | None = None) -> dict[int, SignIn]:
        """How each OAuth2 account stands with its provider, by account id. Needs no key and no network.

        :param accounts: those who are asked about, if they are at hand; None: all
        """
        profiles = {name_key(profile.name): profile for profile in self._storage.profiles.all()}
        if not profiles:
            return {}
        records = self._storage.tokens.all()
        now = self._clock()
        return {
            account.id: forecast.standing(
                account, profiles.get(name_key(account.oauth_profile)), records.get(account.id), now
            )
            for account in (self._storage.accounts.all() if accounts is None else accounts)
            if account.authentication is Authentication.OAUTH2 and account.id is not None
        }

    def is_authorized(self, account: IncomingAccount, authorization: Authorization | None) -> bool:
        """Whether there is a token for the shown profile, user and flow: this one, or the one that is kept (OA-2).

        A kept one counts even while its provider refuses it; an application signs itself in and needs none.
        """
        if account.authentication is Authentication.PASSWORD:
            return True
        profile = self._storage.profiles.by_name(account.oauth_profile)
        if profile is None:
            return False
        if authorization is not None:
            return _is_for(account, profile, authorization)
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        return forecast.lack_of(account, profile, record, self._clock()) is None

    def suffices(self, account: IncomingAccount) -> bool:
        """Whether what was granted with the sign-in that is kept is what the account as it is shown needs.

        What a provider does not say is taken for granted. False: somebody may have to sign in again.
        """
        profile = self._storage.profiles.by_name(account.oauth_profile)
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        if profile is None or record is None or not profile.flow.by_person:
            return True
        granted, use = record.scopes.split(), use_of(account.type)
        ways = {True, bool(account.opens_mailbox)}  # leave to open others' mailboxes is leave to open one's own
        return any(not scopes.missing(scopes.scopes_for(profile, use, shared=way), granted) for way in ways)

    # --- by hand ---

    def keep(self, account: IncomingAccount, authorization: Authorization) -> None:
        """Store a finished sign-in for a stored account, whose ledger and rules stay as they are.

        One that could not be fetched without it is due at once. Inside a transaction it is part of that. Nothing is
        stored of an application's own sign-in: it is had again whenever it is wanted, and a person's stays.

        :raises UserFixableError: UNKNOWN_ACCOUNT when it was deleted meanwhile, or what the vault says
        """
        assert account.id is not None, "a stored account"
        if not authorization.flow.by_person:
            return
        self._vault.available()  # a keyring may ask its user; not while the transaction lasts
        token = KeptToken.of(
            authorization.grant,
            profile_uid=authorization.profile_uid,
            flow=authorization.flow,
            use=authorization.use,
            username=account.username,
            received=self._clock(),
        )
        with self._storage.transaction():
            before = self._storage.tokens.get(account.id)
            record = self._record(account, authorization)
            self._shelf.put(account, token, replace(record, died=before.died if before is not None else 0))
            if before is None or before.refused is not None or not _same_sign_in(before, record):
                self._storage.accounts.set_due(account.id, None)
        log.info("account %s: signed in by profile %s", account.name, authorization.profile)

    def clear(self, accounts: Sequence[IncomingAccount] | None = None) -> int:
        """Forget the tokens of these accounts, or of all; profiles and accounts stay. How many were kept (OA-7).

        Some hundreds at a time, so that nobody waits for long: an error leaves those that are not forgotten yet.
        """
        self._access_tokens.clear()
        return self._shelf.clear(self._storage.accounts.all() if accounts is None else accounts, self._clock())

    # --- the end ---

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Let no renewal begin any more, and wait for those on their way: a token that is not stored is lost.

        :param seconds: how long at most
        """
        if not self._access_tokens.in_flight.wait(seconds):
            log.warning("a token is being renewed and comes to no end; somebody may have to sign in again")
        self._shelf.store_left()

    # --- inside ---

    def _now(self) -> datetime:
        return self._clock()

    def _client(self, profile: OAuthProfile, credential: Secret | None, /) -> OAuthClient:
        return self._open_client(profile, credential)

    def _password_of(self, account: IncomingAccount) -> Secret:
        secret = self._vault.get(SecretRef.password_of(account.uid or ""))
        if secret is None:
            raise UserFixableError(Code.NO_PASSWORD, {"name": account.name})
        return secret

    def _access_token(
        self, account: IncomingAccount, refused: Secret | None, interrupt: Interrupt | None, *, anew: bool
    ) -> Secret:
        profile = self.profile_of(account)
        assert profile is not None, "an OAuth2 account"
        ensure_valid(profile)
        return self._access_tokens.get(account, profile, refused, interrupt, anew=anew)

    def _record(self, account: IncomingAccount, authorization: Authorization) -> TokenRecord:
        """What is known of a sign-in that is kept now."""
        identity, grant, now = authorization.identity, authorization.grant, self._clock()
        return TokenRecord(
            account_id=account.id or 0,
            profile_uid=authorization.profile_uid,
            flow=authorization.flow,
            username=account.username,
            address=identity.address if identity else "",
            subject=identity.subject if identity else "",
            scopes=" ".join(grant.granted),
            signed_in=now,
            renewed=now,
            expires=grant.expires_at,
            renewable=grant.renewable,
        )


def _same_sign_in(one: TokenRecord, other: TokenRecord) -> bool:
    """Whether both were got for the same user by the same profile."""
    users = {record.username.strip().casefold() for record in (one, other)}
    return one.profile_uid == other.profile_uid and len(users) == 1


def _is_for(account: IncomingAccount, profile: OAuthProfile, authorization: Authorization) -> bool:
    """Whether a sign-in that is not kept yet is for the shown profile, flow, user and mailbox.

    One that began without a user is for whoever signed in. Another type of account is as good as long as the same would
    have been asked for; leave to open others' mailboxes is leave to open one's own.
    """
    if authorization.profile_uid != profile.uid or authorization.flow.by_person is not profile.flow.by_person:
        return False
    if not profile.flow.by_person:
        return True
    shared = authorization.shared or bool(account.opens_mailbox)
    needed = scopes.scopes_for(profile, use_of(account.type), shared=shared)
    if needed != scopes.scopes_for(profile, authorization.use, shared=authorization.shared):
        return False
    identity = authorization.identity
    user = authorization.username.strip() or (identity.address if identity else "") or account.username
    return user.strip().casefold() == account.username.strip().casefold()


@contextmanager
def _at_sign_in() -> Iterator[None]:
    """Whatever goes wrong goes wrong at the sign-in."""
    try:
        yield
    except MailadminError as error:
        error.layer = error.layer or Layer.SIGN_IN
        raise
