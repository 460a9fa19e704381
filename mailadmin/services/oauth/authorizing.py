"""The whole journey of a sign-in: link, browser, redirect, exchange, checks (OA-2, OA-3, OA-4)."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.oauth import Authorization, AuthorizingProgress, Flow
from mailadmin.services.stoppable import never


class Authorizing:
    """One sign-in. :meth:`run` blocks in a thread of its own; :meth:`paste` comes from any other."""

    def run(
        self, on_progress: Callable[[AuthorizingProgress], None], should_stop: Callable[[], bool] = never
    ) -> Authorization:
        """Sign in.

        :param on_progress: told each step, from another thread
        :param should_stop: asked ten times a second; True ends it with STOPPED
        :raises UserFixableError: OAUTH_*, NO_CLIENT_SECRET, STOPPED; nothing stays open
        """
        raise NotImplementedError

    def paste(self, address: str) -> None:
        """Take the address of the browser's last page, for a browser that could not come back by itself.

        :raises UserFixableError: OAUTH_NOT_AN_ANSWER; the sign-in goes on waiting
        """
        raise NotImplementedError


class AuthorizationService:
    """Begins sign-ins."""

    def begin(self, account: IncomingAccount, flow: Flow | None = None) -> Authorizing:
        """A sign-in for an account as it is shown, stored or not. Nothing is saved by it.

        :param flow: DEVICE_CODE instead of the profile's authorization code; None: as the profile says
        :raises UserFixableError: UNKNOWN_PROFILE
        """
        raise NotImplementedError

    def wrong_identity(self, account: IncomingAccount, authorization: Authorization) -> str:
        """Who signed in, if that is not whom the account names as *username*; empty when it fits or is not known."""
        raise NotImplementedError

    def filled_in(self, account: IncomingAccount, authorization: Authorization) -> IncomingAccount:
        """The account with what the provider tells filled in where it is empty: address, host, port, type (OA-2)."""
        raise NotImplementedError
