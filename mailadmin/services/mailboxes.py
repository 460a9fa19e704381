"""The one way from an account to its opened mailbox: where it is, what it signs in with, and a fresh token once."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.oauth import OAuthProfile
from mailadmin.domain.ports import LayerReached, Mailbox, OpenMailbox, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.domain.settings import Settings
from mailadmin.services.access import access_of
from mailadmin.services.oauth import TokenService
from mailadmin.services.oauth.advice import facts_of
from mailadmin.storage import Storage

_ABOUT_TOKENS = frozenset({Code.SIGN_IN_REFUSED, Code.MAILBOX_NOT_FOUND})


def _unheard(reached: LayerReached) -> None:
    """Nobody watches."""


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
        on_layer: Callable[[LayerReached], None] = _unheard,
        interrupt: Interrupt | None = None,
    ) -> Mailbox:
        """Open an account's mailbox. A token that the server refuses is renewed, once, and tried again.

        :param settings: those that are at hand; None: as they are now
        :param credential: gives what is signed in with, for values that are not saved; None: what is kept
        :raises UserFixableError: what the server, the line, the provider or the vault says; MAILBOX_REFUSES_TOKEN when
            it refuses a fresh token; STOPPED
        """
        profile = self._tokens.profile_of(account)
        access = access_of(account, settings or self._storage.settings.load(), profile)
        secret = credential() if credential else self._tokens.credential_of(account, interrupt=interrupt)
        if interrupt is not None and interrupt.asked:  # a vault or a provider may have been waited for
            raise UserFixableError(Code.STOPPED, layer=Layer.CONNECT)
        try:
            return self._open_mailbox(access, secret, on_layer, interrupt)
        except UserFixableError as error:
            who = self._tokens.identity_of(account) if credential is None else _meant(account, profile)
            refusal = _refusal(error, access, profile, who)
        newer = self._tokens.renewed(account, secret, interrupt)
        if newer is not None:
            try:
                return self._open_mailbox(access, newer, on_layer, interrupt)
            except UserFixableError as error:
                refusal = _refusal(error, access, profile, who)
        raise UserFixableError(Code.MAILBOX_REFUSES_TOKEN, refusal.facts, server=refusal.server, layer=Layer.SIGN_IN)


def _meant(account: IncomingAccount, profile: OAuthProfile | None) -> str:
    """Who has signed in where that is not kept yet: whom the account names; empty for an application."""
    return account.username if profile is not None and profile.flow.by_person else ""


def _refusal(
    error: UserFixableError, access: ServerAccess, profile: OAuthProfile | None, signed_in: str
) -> UserFixableError:
    """The refusal of a token, with what advice needs to know; everything else is raised."""
    if access.authentication is Authentication.OAUTH2 and error.code in _ABOUT_TOKENS:
        error.facts |= {"host": access.host, "username": access.username, "signed_in": signed_in}
        error.facts |= facts_of(profile) if profile is not None else {}
        if error.code is Code.SIGN_IN_REFUSED:
            return error
    raise error
