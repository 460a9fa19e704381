"""The whole journey of a sign-in: link, browser, redirect, exchange, checks (OA-2, OA-3, OA-4)."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from mailadmin import diagnostics
from mailadmin.domain import scopes
from mailadmin.domain.accounts import AccountType, Encryption, Family, IncomingAccount
from mailadmin.domain.advice import facts_of
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.oauth import (
    MICROSOFT_INSTANCE,
    Authorization,
    AuthorizingProgress,
    AuthorizingStep,
    Flow,
    Grant,
    OAuthProfile,
    PendingSignIn,
    Provider,
    SignInRequest,
    use_of,
)
from mailadmin.domain.ports import OAuthClient, OpenOAuthClient, Vault
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.listener import Listener
from mailadmin.oauth.redirect import is_answer, parameters
from mailadmin.services.stoppable import LOOK_SECONDS, never, until_stopped
from mailadmin.storage import Storage

from .answer_words import AnswerWords
from .clients import client_of, ensure_valid

T = TypeVar("T")

MINUTES_TO_SIGN_IN: Final = 10
"""How long the browser is waited for. A device code has its provider's own limit."""

_MICROSOFT_HOST: Final = "outlook.office365.com"
_GOOGLE_HOSTS: Final = {Family.IMAP: "imap.gmail.com", Family.POP3: "pop.gmail.com"}
_WITH_TLS: Final = {Family.IMAP: AccountType.IMAPS, Family.POP3: AccountType.POP3S}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Means:
    """What a sign-in works with: the profile's client, a way to the browser, a clock (aware UTC)."""

    client: Callable[[OAuthProfile], OAuthClient]
    open_link: Callable[[str], bool]
    clock: Callable[[], datetime]


class Authorizing:
    """One sign-in. :meth:`run` blocks in a thread of its own; :meth:`paste` comes from any other."""

    def __init__(
        self, account: IncomingAccount, profile: OAuthProfile, flow: Flow, means: Means, words: AnswerWords
    ) -> None:
        self._account = account
        self._profile = profile
        self._flow = flow
        self._means = means
        self._words = words
        use = use_of(account.type)
        asked = scopes.scopes_for(replace(profile, flow=flow), use, shared=bool(account.opens_mailbox))
        self._request = SignInRequest(use, asked, account.username)
        self._pending: PendingSignIn | None = None
        self._pasted: queue.SimpleQueue[Mapping[str, str]] = queue.SimpleQueue()
        self._on_progress: Callable[[AuthorizingProgress], None] = lambda progress: None
        self._should_stop: Callable[[], bool] = never

    def run(
        self, on_progress: Callable[[AuthorizingProgress], None], should_stop: Callable[[], bool] = never
    ) -> Authorization:
        """Sign in.

        :param on_progress: told each step, from another thread
        :param should_stop: asked ten times a second; True ends it with STOPPED
        :raises UserFixableError: OAUTH_*, NO_CLIENT_SECRET, STOPPED; nothing stays open
        """
        self._on_progress, self._should_stop = on_progress, should_stop
        ways = {
            Flow.AUTHORIZATION_CODE: self._by_browser,
            Flow.DEVICE_CODE: self._by_device,
            Flow.CLIENT_CREDENTIALS: self._by_application,
        }
        self._tell(AuthorizingStep.PREPARING)
        try:
            grant = ways[self._flow]()
        except MailadminError as error:
            self._complete(error)
            raise
        finally:
            self._pending = None
        return Authorization(
            profile_uid=self._profile.uid or "",
            profile=self._profile.name,
            flow=self._flow,
            use=self._request.use,
            username=self._account.username,
            grant=grant,
            missing=scopes.missing(self._request.scopes, grant.granted),
            shared=bool(self._account.opens_mailbox),
        )

    def paste(self, address: str) -> None:
        """Take the address of the browser's last page, for a browser that could not come back by itself.

        :raises UserFixableError: OAUTH_NOT_AN_ANSWER; the sign-in goes on waiting
        """
        pending = self._pending
        found = parameters(_query_of(address))
        if pending is None or found is None or not is_answer(found, pending.state):
            expected = pending.redirect_uri if pending is not None else ""
            raise UserFixableError(Code.OAUTH_NOT_AN_ANSWER, {"expected": expected}, layer=Layer.SIGN_IN)
        self._pasted.put(found)

    # --- the ways to a token ---

    def _by_browser(self) -> Grant:
        profile = self._profile
        with Listener(
            profile.redirect_host, profile.redirect_path, profile.redirect_port, self._words.standing()
        ) as listener:
            redirect_uri = profile.redirect_uri_at(listener.port)

            def begin() -> tuple[OAuthClient, PendingSignIn]:
                client = self._means.client(profile)
                return client, client.begin(self._request, redirect_uri)

            client, pending = self._stoppable(begin)
            listener.expect(pending.state)
            self._pending = pending
            opened = self._stoppable(lambda: self._means.open_link(pending.link))
            ends_at = self._means.clock() + timedelta(minutes=MINUTES_TO_SIGN_IN)
            self._tell(
                AuthorizingStep.BROWSER,
                link=pending.link, opened=opened, redirect_uri=redirect_uri, ends_at=ends_at,
            )  # fmt: skip
            answer = self._awaited(listener, ends_at)
            self._pending = None
            self._tell(AuthorizingStep.EXCHANGING)
            try:
                grant = self._stoppable(lambda: client.complete(pending, answer))
            except MailadminError as error:
                self._complete(error)
                stopped = error.code is Code.STOPPED
                listener.finish(self._words.failure(error), **({"seconds": 0} if stopped else {}))
                raise
            listener.finish(self._words.success(grant))
        return grant

    def _awaited(self, listener: Listener, ends_at: datetime) -> Mapping[str, str]:
        """What the redirect brings, or what was pasted in its place."""
        while True:
            if self._should_stop():
                raise UserFixableError(Code.STOPPED)
            if self._means.clock() >= ends_at:
                raise UserFixableError(Code.OAUTH_TIMED_OUT, {"minutes": MINUTES_TO_SIGN_IN})
            answer = listener.wait(LOOK_SECONDS) or self._taken()
            if answer is not None:
                if code := answer.get("code"):
                    diagnostics.hide(Secret(code))
                return answer

    def _taken(self) -> Mapping[str, str] | None:
        try:
            return self._pasted.get_nowait()
        except queue.Empty:
            return None

    def _by_device(self) -> Grant:
        client = self._stoppable(lambda: self._means.client(self._profile))
        pending = self._stoppable(lambda: client.begin_device(self._request))
        self._tell(
            AuthorizingStep.DEVICE,
            link=pending.verification_uri_complete or pending.verification_uri,
            user_code=pending.user_code, verification_uri=pending.verification_uri, ends_at=pending.ends_at,
        )  # fmt: skip
        return until_stopped(
            lambda interrupt: client.complete_device(pending, lambda: interrupt.asked),
            self._should_stop,
            grace=LOOK_SECONDS,
        )

    def _by_application(self) -> Grant:
        client = self._stoppable(lambda: self._means.client(self._profile))
        self._tell(AuthorizingStep.EXCHANGING)
        return self._stoppable(lambda: client.for_application(self._request))

    def _stoppable(self, job: Callable[[], T]) -> T:
        """Do what may hang (a provider, a keyring that waits for its user), so that nobody has to wait for it."""
        return until_stopped(lambda interrupt: job(), self._should_stop, grace=0)

    def _tell(
        self,
        step: AuthorizingStep,
        *,
        link: str = "",
        opened: bool = False,
        redirect_uri: str = "",
        user_code: str = "",
        verification_uri: str = "",
        ends_at: datetime | None = None,
    ) -> None:
        self._on_progress(AuthorizingProgress(step, link, opened, redirect_uri, user_code, verification_uri, ends_at))

    def _complete(self, error: MailadminError) -> None:
        """Add what only the journey knows, for the sentence and for the script that mends it."""
        around = {**facts_of(self._profile), "mailbox": self._account.opens_mailbox or self._account.username}
        if error.code is Code.STOPPED:
            around["changed"] = "nothing"  # unlike a fetch, which stores what it has
        for name, value in around.items():
            error.facts.setdefault(name, value)
        error.layer = error.layer or Layer.SIGN_IN


def _query_of(address: str) -> str:
    """The query of an address that somebody copied, whole or only from its question mark on; lines are joined."""
    text = "".join(address.split())
    if "?" in text:
        return text.partition("?")[2].partition("#")[0]
    return text.partition("#")[2] or text


class AuthorizationService:
    """Begins sign-ins."""

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        open_client: OpenOAuthClient,
        open_link: Callable[[str], bool],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Nothing is read yet.

        :param open_link: opens a link in a browser and says whether one was started; may be slow
        """
        self._storage = storage
        self._means = Means(lambda profile: client_of(profile, vault, open_client), open_link, clock)

    def begin(
        self, account: IncomingAccount, flow: Flow | None = None, words: AnswerWords | None = None
    ) -> Authorizing:
        """A sign-in for an account as it is shown, stored or not. Nothing is saved by it.

        :param flow: DEVICE_CODE instead of the profile's authorization code; None: as the profile says
        :param words: what the browser's last page says; None: plain English
        :raises UserFixableError: UNKNOWN_PROFILE, PROFILE_NOT_VALID
        """
        profile = self._profile_of(account)
        ensure_valid(profile)
        return Authorizing(account, profile, flow or profile.flow, self._means, words or AnswerWords())

    def wrong_identity(self, account: IncomingAccount, authorization: Authorization) -> str:
        """Who signed in, if that is not whom the account names as *username*; empty when it fits or is not known."""
        identity = authorization.identity
        username = account.username.strip()
        if identity is None or "@" not in identity.address or "@" not in username:
            return ""
        return "" if identity.address.strip().casefold() == username.casefold() else identity.address

    def filled_in(self, account: IncomingAccount, authorization: Authorization) -> IncomingAccount:
        """The account with what the provider tells filled in where it is empty: address, host, port, type (OA-2).

        An empty port is the type's own. Without a host, a type without encryption becomes the one with TLS.
        """
        identity = authorization.identity
        if not account.username.strip() and identity is not None:
            account = replace(account, username=identity.address)
        host = _mail_host(self._profile_of(account), account.type.family)
        if account.host.strip() or not host:
            return account
        if account.type.encryption is Encryption.NONE and account.port is None:
            account = replace(account, type=_WITH_TLS[account.type.family])
        return replace(account, host=host)

    def _profile_of(self, account: IncomingAccount) -> OAuthProfile:
        profile = self._storage.profiles.by_name(account.oauth_profile)
        if profile is None:
            raise UserFixableError(Code.UNKNOWN_PROFILE, {"name": account.oauth_profile}, layer=Layer.SIGN_IN)
        return profile


def _mail_host(profile: OAuthProfile, family: Family) -> str:
    """Where a provider's mailboxes are; empty when that is not known, or there is no host to name (Graph)."""
    if family is Family.GRAPH:
        return ""
    if profile.provider is Provider.GOOGLE:
        return _GOOGLE_HOSTS[family]
    public = urlsplit(MICROSOFT_INSTANCE).hostname
    on_public_cloud = profile.provider is Provider.MICROSOFT and urlsplit(profile.instance).hostname == public
    return _MICROSOFT_HOST if on_public_cloud else ""
