"""The one way from an account to its opened mailbox: where it is, what it signs in with, and a fresh token once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.advice import facts_of
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import LayerReached, Mailbox, OpenMailbox, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.domain.settings import Settings
from mailadmin.services.access import access_of
from mailadmin.services.oauth import TokenService
from mailadmin.storage import Storage

_ENDED: Final = frozenset({Code.SIGN_IN_REFUSED, Code.SESSION_EXPIRED})
"""With another token it may work."""
_ABOUT_TOKENS: Final = _ENDED | {Code.MAILBOX_REFUSES_TOKEN, Code.MAILBOX_NOT_FOUND}


def _unheard(reached: LayerReached) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class SessionToken:
    """What the last of somebody's sessions signed in with; others may open the same account with newer tokens."""

    secret: Secret | None = None


class MailboxOpener:
    """Opens accounts' mailboxes with what they sign in with."""

    def __init__(self, storage: Storage, tokens: TokenService, open_mailbox: OpenMailbox) -> None:
        self._storage = storage
        self._tokens = tokens
        self._open_mailbox = open_mailbox

    def open(
        self,
        account: IncomingAccount,
        *,
        settings: Settings | None = None,
        credential: Callable[[], Secret] | None = None,
        session: SessionToken | None = None,
        fresh: bool = False,
        anew: bool = True,
        on_layer: Callable[[LayerReached], None] = _unheard,
        interrupt: Interrupt | None = None,
    ) -> Mailbox:
        """Open an account's mailbox. A token that the server refuses is renewed, once, and tried again.

        :param settings: those that are at hand; None: as they are now
        :param credential: gives what is signed in with, for values that are not saved; None: what is kept
        :param session: remembers what one of several sessions in a row signed in with
        :param fresh: with another token than the session before, because that has just ended with its
        :param anew: whether a provider is asked again that has said no for good
        :raises UserFixableError: what the server, the line, the provider or the vault says; MAILBOX_REFUSES_TOKEN when
            it refuses a fresh token; STOPPED
        """
        profile = self._tokens.profile_of(account)
        access = access_of(account, settings or self._storage.settings.load(), profile)
        if credential is not None:
            secret = credential()
        else:
            ended = session.secret if fresh and session is not None else None
            secret = self._tokens.credential_of(account, ended, interrupt, anew=anew)
        if session is not None:
            session.secret = secret
        if interrupt is not None and interrupt.asked:  # a vault or a provider may have been waited for
            raise UserFixableError(Code.STOPPED, layer=Layer.CONNECT)
        try:
            return self._open_mailbox(access, secret, on_layer, interrupt)
        except UserFixableError as error:
            who = self._tokens.identity_of(account) if credential is None else _meant(account, profile)
            refusal = _refusal(error, access, profile, who)
        newer = self._tokens.renewed(account, secret, interrupt)
        if newer is not None:
            if session is not None:
                session.secret = newer
            try:
                return self._open_mailbox(access, newer, on_layer, interrupt)
            except UserFixableError as error:
                refusal = _refusal(error, access, profile, who)
        if refusal.code is Code.SESSION_EXPIRED:
            raise refusal
        raise UserFixableError(Code.MAILBOX_REFUSES_TOKEN, refusal.facts, server=refusal.server, layer=Layer.SIGN_IN)

    def explain(self, account: IncomingAccount, error: MailadminError) -> None:
        """Add to what an opened mailbox said of its token what advice on it needs to know."""
        if error.code not in _ABOUT_TOKENS or "provider" in error.facts:
            return
        with contextlib.suppress(MailadminError):  # less is told then
            profile = self._tokens.profile_of(account)
            if profile is not None:
                access = access_of(account, self._storage.settings.load(), profile)
                error.facts |= _known(access, profile, self._tokens.identity_of(account))


def _meant(account: IncomingAccount, profile: OAuthProfile | None) -> str:
    """Who has signed in where that is not kept yet: whom the account names; empty for an application."""
    return account.username if profile is not None and profile.flow.by_person else ""


def _known(access: ServerAccess, profile: OAuthProfile | None, signed_in: str) -> dict[str, str]:
    """What advice on a refused token needs to know."""
    facts = {"host": access.host, "username": access.username, "signed_in": signed_in}
    return facts | (facts_of(profile) if profile is not None else {})


def _refusal(
    error: UserFixableError, access: ServerAccess, profile: OAuthProfile | None, signed_in: str
) -> UserFixableError:
    """The end of a token, with what advice needs to know; everything else is raised."""
    if access.authentication is Authentication.OAUTH2 and error.code in _ABOUT_TOKENS:
        error.facts |= _known(access, profile, signed_in)
        if error.code in _ENDED:
            return error
    raise error
