"""What accounts sign in with: passwords, and access tokens that stay fresh (OA-6, OA-7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain import forecast
from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import token_lease
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import Authorization, OAuthProfile, TokenRecord, use_of
from mailadmin.domain.ports import OAuthClient, OpenOAuthClient, Vault
from mailadmin.domain.secrets import Secret, SecretKind, SecretRef
from mailadmin.domain.sign_in import SignIn
from mailadmin.storage import Storage

from .clients import client_of
from .kept import KeptToken
from .renewal import Renewal, needs_person
from .shelf import TokenShelf

log = logging.getLogger(__name__)

_LATER: Final = frozenset({Code.OAUTH_UNAVAILABLE, Code.OAUTH_BAD_ANSWER})
"""What a provider may say while a token that still lives goes on being used."""


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
        self._handed_out: dict[int, Secret] = {}

    # --- what is signed in with ---

    def credential_of(
        self, account: IncomingAccount, refused: Secret | None = None, interrupt: Interrupt | None = None
    ) -> Secret:
        """What an account signs in with: its password, or an access token that is good for some minutes at least.

        :param refused: the access token that the mail server has just refused: a newer one is got
        :param interrupt: ends the wait for somebody else's renewal with STOPPED
        :raises UserFixableError: NO_PASSWORD, SIGN_IN_NEEDED, UNKNOWN_PROFILE, OAUTH_*, or what the vault says; layer
            SIGN_IN
        """
        with _at_sign_in():
            if account.authentication is Authentication.PASSWORD:
                return self._password_of(account)
            token = self._access_token(account, refused, interrupt)
        if account.id is not None:
            self._handed_out[account.id] = token
        return token

    def renewed(self, account: IncomingAccount, refused: Secret, interrupt: Interrupt | None = None) -> Secret | None:
        """A newer access token than the one that the mail server has just refused.

        None if that was none of this account's kept ones: a password, or a sign-in that is not saved yet.

        :raises UserFixableError: as :meth:`credential_of`
        """
        if account.authentication is Authentication.PASSWORD or self._handed_out.get(account.id or 0) != refused:
            return None
        return self.credential_of(account, refused, interrupt)

    def profile_of(self, account: IncomingAccount) -> OAuthProfile | None:
        """The profile an account signs in by; None with a password.

        :raises UserFixableError: UNKNOWN_PROFILE
        """
        if account.authentication is Authentication.PASSWORD:
            return None
        profile = self._storage.profiles.by_name(account.oauth_profile)
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

    # --- by hand ---

    def keep(self, account: IncomingAccount, authorization: Authorization) -> None:
        """Store a finished sign-in for a stored account, whose ledger and rules stay as they are.

        Inside a transaction it is part of that.

        :raises UserFixableError: UNKNOWN_ACCOUNT when it was deleted meanwhile, or what the vault says
        """
        assert account.id is not None, "a stored account"
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
            died = before.died if before is not None else 0
            self._shelf.put(account, token, replace(self._record(account, authorization), died=died))
        log.info("account %s: signed in by profile %s", account.name, authorization.profile)

    def clear(self, accounts: Sequence[IncomingAccount] | None = None) -> int:
        """Forget the tokens of these accounts, or of all; profiles and accounts stay. How many there were (OA-7)."""
        chosen = self._storage.accounts.all() if accounts is None else accounts
        kept = {ref.owner_uid for ref in self._vault.list() if ref.kind is SecretKind.TOKEN_CACHE}
        records = self._storage.tokens.all()
        now = self._clock()
        count = 0
        with self._storage.transaction():
            for account in chosen:
                if account.uid not in kept and account.id not in records:
                    continue
                count += self._shelf.take_away(account)
                record = self._storage.tokens.get(account.id or 0)
                if record is not None and record.flow.by_person:
                    cleared = forecast.Lack.CLEARED.value
                    self._storage.tokens.put(replace(record, refused=now, cause=cleared, server="", expires=None))
                elif record is not None:
                    self._storage.tokens.forget(record.account_id)
        return count

    # --- inside ---

    def _password_of(self, account: IncomingAccount) -> Secret:
        secret = self._vault.get(SecretRef.password_of(account.uid or ""))
        if secret is None:
            raise UserFixableError(Code.NO_PASSWORD, {"name": account.name})
        return secret

    def _access_token(self, account: IncomingAccount, refused: Secret | None, interrupt: Interrupt | None) -> Secret:
        profile = self.profile_of(account)
        assert profile is not None, "an OAuth2 account"
        renewal = self._renewal(account, profile)
        if account.id is None and not profile.flow.by_person:  # shown, not saved: tried without keeping anything
            return renewal.ask(None).access_token
        known = kept = self._kept(account, profile)[1]
        if kept is not None and self._may_do(kept, account, refused) and kept.lasts(self._clock()):
            return kept.access_token
        try:
            with renewal.alone(interrupt) as mine:
                sealed, kept = self._kept(account, profile)
                if kept is not None and kept != known and self._may_do(kept, account, refused):
                    return kept.access_token  # somebody else was quicker
                if not mine:
                    raise self._held_up(account)
                renewal.renew(sealed, kept if profile.flow.by_person else None)
        except UserFixableError as error:
            if profile.flow.by_person and needs_person(error):
                raise _needed(account, error.facts.get("cause", ""), error) from None
            if error.code in _LATER and kept is not None and self._may_do(kept, account, refused):
                log.info("account %s: its token is not renewed yet: %s", account.name, error)
                return kept.access_token
            raise
        kept = self._kept(account, profile)[1]  # what came, unless somebody has signed in meanwhile
        if kept is None:
            raise _needed(account, forecast.Lack.CLEARED)
        return kept.access_token

    def _kept(self, account: IncomingAccount, profile: OAuthProfile) -> tuple[Secret | None, KeptToken | None]:
        """What is kept for an account, as it lies in the vault and opened; the latter None for an application's first.

        :raises UserFixableError: SIGN_IN_NEEDED, or what the vault says
        """
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        if (lack := forecast.lack_of(account, profile, record, self._clock())) is not None:
            raise _needed(account, lack)
        sealed, kept = self._shelf.look(account)
        if profile.flow.by_person and kept is None:
            raise _needed(account, forecast.Lack.NEVER)
        if kept is not None and (kept.profile_uid, kept.flow.by_person) != (profile.uid, profile.flow.by_person):
            kept = None
        return sealed, kept

    def _may_do(self, kept: KeptToken, account: IncomingAccount, refused: Secret | None) -> bool:
        """Whether an access token can be used, if only as long as nothing better can be had."""
        right = kept.use is use_of(account.type) and kept.access_token != refused
        return right and kept.lives(self._clock())

    def _renewal(self, account: IncomingAccount, profile: OAuthProfile) -> Renewal:
        def client() -> OAuthClient:
            return client_of(profile, self._vault, self._open_client)

        return Renewal(self._storage, self._shelf, account, profile, client, self._clock)

    def _held_up(self, account: IncomingAccount) -> UserFixableError:
        """Somebody else has been renewing the token, and comes to no end."""
        view = self._storage.leases.view(token_lease(account.id or 0))
        holder = str(view.holder) if view is not None and view.holder is not None else ""
        return UserFixableError(Code.OAUTH_UNAVAILABLE, {"host": "", "detail": holder, "retry_after": ""})

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


def _needed(account: IncomingAccount, cause: str, refusal: UserFixableError | None = None) -> UserFixableError:
    """Somebody must sign in; what the provider's refusal tells is told along."""
    said = refusal.facts if refusal is not None else {}
    facts = {**said, "name": account.name, "cause": str(cause)}
    return UserFixableError(Code.SIGN_IN_NEEDED, facts, server=refusal.server if refusal is not None else "")


def _is_for(account: IncomingAccount, profile: OAuthProfile, authorization: Authorization) -> bool:
    """Whether a sign-in that is not kept yet is for the shown profile, flow and user.

    One that began without a user is for whoever signed in.
    """
    if authorization.profile_uid != profile.uid or authorization.flow.by_person is not profile.flow.by_person:
        return False
    if not profile.flow.by_person:
        return True
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
