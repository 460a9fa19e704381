"""Access tokens that live: as they are kept, or renewed when it is time (OA-6).

A person's token is kept in the vault and renewed by one at a time. An application's own (RFC 6749 4.4) is had again
whenever it is wanted, and nothing rotates: it stays in memory, one for all accounts that ask the same, so that it
never takes the place of what a person has signed in for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from mailadmin.domain import forecast
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.advice import facts_of
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.leases import token_lease
from mailadmin.domain.oauth import OAuthProfile, TokenRecord, Use, use_of
from mailadmin.domain.ports import OpenOAuthClient, Vault
from mailadmin.domain.scopes import scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.storage import Storage

from .clients import client_of
from .kept import KeptToken
from .renewal import LOOK_SECONDS, Renewal, ask, needs_person
from .shelf import Found, TokenShelf

log = logging.getLogger(__name__)

PATIENCE_AT_MOST: Final = timedelta(hours=1)
"""However long a provider wants to be left alone."""
_LATER: Final = frozenset({Code.OAUTH_UNAVAILABLE, Code.OAUTH_BAD_ANSWER})
"""What a provider may say while a token that still lives goes on being used."""
_TURNS: Final = 3
"""So often the lease is taken anew that was lost before the provider could be asked."""

_Profile: TypeAlias = tuple[str, int]
_Own: TypeAlias = tuple[_Profile, Use, tuple[str, ...]]


def _key(profile: OAuthProfile) -> _Profile:
    return profile.uid or "", profile.version


class Patience:
    """Remembers how long providers want to be left alone (Retry-After), so that not every account asks each."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[_Profile, tuple[datetime, UserFixableError]] = {}

    @contextmanager
    def asking(self, profile: OAuthProfile) -> Iterator[None]:
        """Around a request.

        :raises UserFixableError: OAUTH_UNAVAILABLE without asking, as long as the provider wants that
        """
        self.ensure(profile)
        try:
            yield
        except UserFixableError as error:
            seconds = error.facts.get("retry_after", "")
            if error.code is Code.OAUTH_UNAVAILABLE and seconds.isdecimal():
                wait = timedelta(seconds=min(int(seconds), PATIENCE_AT_MOST.total_seconds()))
                self._until[_key(profile)] = self._clock() + wait, error
            raise

    def ensure(self, profile: OAuthProfile) -> None:
        """Go on only if the provider may be asked.

        :raises UserFixableError: OAUTH_UNAVAILABLE
        """
        until, said = self._until.get(_key(profile), (None, None))
        if until is None or said is None:
            return
        left = int((until - self._clock()).total_seconds())
        if left > 0:
            raise UserFixableError(said.code, {**said.facts, "retry_after": str(left)}, server=said.server)
        self._until.pop(_key(profile), None)


class InFlight:
    """Counts what must not be cut off: from the request to a provider until its answer is stored."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one of them.

        :raises UserFixableError: STOPPED once :meth:`wait` was called
        """
        with self._changed:
            if self._closed:
                raise UserFixableError(Code.STOPPED)
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Let none begin any more, and wait for those on their way, so long at most; whether all have ended."""
        with self._changed:
            self._closed = True
            return self._changed.wait_for(lambda: not self._count, seconds)


@dataclass(slots=True)
class _OwnToken:
    """An application's own token, and whose turn it is to get one."""

    turn: threading.Lock
    kept: KeptToken | None = None


class AccessTokens:
    """Gives accounts access tokens that are good for a while.

    :param clock: the present, aware UTC
    """

    def __init__(
        self,
        storage: Storage,
        vault: Vault,
        shelf: TokenShelf,
        open_client: OpenOAuthClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._shelf = shelf
        self._open_client = open_client
        self._clock = clock
        self._patience = Patience(clock)
        self._own: dict[_Own, _OwnToken] = {}
        self._lock = threading.Lock()
        self.in_flight = InFlight()

    def get(
        self,
        account: IncomingAccount,
        profile: OAuthProfile,
        refused: Secret | None,
        interrupt: Interrupt | None,
        *,
        anew: bool,
    ) -> Secret:
        """A token of the account's profile: that of whoever has signed in, or the application's own.

        :param refused: one that is not good enough
        :param anew: whether a provider is asked again that has said no for good
        :raises UserFixableError: SIGN_IN_NEEDED, OAUTH_*, STOPPED, or what the vault says
        """
        if not profile.flow.by_person:
            return self._of_application(account, profile, refused, interrupt)
        return self._of_person(account, profile, refused, interrupt, anew=anew)

    def clear(self) -> None:
        """Forget what is in memory."""
        with self._lock:
            self._own.clear()

    # --- an application's own ---

    def _of_application(
        self, account: IncomingAccount, profile: OAuthProfile, refused: Secret | None, interrupt: Interrupt | None
    ) -> Secret:
        use = use_of(account.type)
        scopes = scopes_for(profile, use, shared=bool(account.opens_mailbox))
        with self._lock:
            own = self._own.setdefault((_key(profile), use, scopes), _OwnToken(threading.Lock()))
        while not own.turn.acquire(timeout=LOOK_SECONDS):
            _ensure_wanted(interrupt)
        try:
            kept = own.kept
            if kept is not None and self._does(kept, account, refused) and kept.lasts(self._clock()):
                return kept.access_token
            try:
                with self._patience.asking(profile):
                    grant = ask(client_of(profile, self._vault, self._open_client), account, profile)
            except UserFixableError as error:
                return self._in_spite(error, account, kept, refused)
            own.kept = KeptToken.of(
                grant,
                profile_uid=profile.uid or "",
                flow=profile.flow,
                use=use,
                username="",
                received=self._clock(),
            )
            return grant.access_token
        finally:
            own.turn.release()

    # --- a person's ---

    def _of_person(
        self,
        account: IncomingAccount,
        profile: OAuthProfile,
        refused: Secret | None,
        interrupt: Interrupt | None,
        *,
        anew: bool,
    ) -> Secret:
        found, kept = self._found(account, profile)
        if self._does(kept, account, refused) and kept.lasts(self._clock()):
            return kept.access_token
        if not anew and found.record is not None and found.record.refused is not None:
            raise self._needed_still(account, profile, found.record)
        try:
            return self._renewed(account, profile, kept, refused, interrupt)
        except UserFixableError as error:
            if needs_person(error):
                raise _needed(account, error.facts.get("cause", ""), error) from None
            return self._in_spite(error, account, kept, refused)

    def _renewed(
        self,
        account: IncomingAccount,
        profile: OAuthProfile,
        known: KeptToken,
        refused: Secret | None,
        interrupt: Interrupt | None,
    ) -> Secret:
        self._patience.ensure(profile)
        renewal = Renewal(self._storage, self._shelf, account, profile, self._clock)
        for _ in range(_TURNS):
            with renewal.alone(interrupt) as turn:
                # A keyring may be waited for, and a computer may sleep: what is kept is read after that.
                client = client_of(profile, self._vault, self._open_client) if turn is not None else None
                found, kept = self._found(account, profile)
                if kept != known and self._does(kept, account, refused):
                    return kept.access_token  # somebody else was quicker
                if turn is None or client is None:
                    break
                _ensure_wanted(interrupt)
                if not turn.lasts():
                    continue
                with self.in_flight.one(), self._patience.asking(profile):
                    renewal.renew(client, found)
                return self._found(account, profile)[1].access_token  # unless somebody has signed in meanwhile, the new
        raise self._held_up(account)

    def _found(self, account: IncomingAccount, profile: OAuthProfile) -> tuple[Found, KeptToken]:
        """What is kept of the sign-in for an account.

        :raises UserFixableError: SIGN_IN_NEEDED, or what the vault says
        """
        record = self._storage.tokens.get(account.id) if account.id is not None else None
        if (lack := forecast.lack_of(account, profile, record, self._clock())) is not None:
            raise _needed(account, lack)
        found = self._shelf.look(account)
        if found.kept is None:
            raise _needed(account, forecast.Lack.NEVER)
        if found.kept.profile_uid != profile.uid or not found.kept.flow.by_person:
            raise _needed(account, forecast.Lack.CHANGED)
        return found, found.kept

    def _does(self, kept: KeptToken, account: IncomingAccount, refused: Secret | None) -> bool:
        """Whether an access token can be used, if only as long as nothing better can be had."""
        right = kept.use is use_of(account.type) and kept.access_token != refused
        return right and kept.lives(self._clock())

    def _in_spite(
        self, error: UserFixableError, account: IncomingAccount, kept: KeptToken | None, refused: Secret | None
    ) -> Secret:
        """The token that still lives, while the provider is away, or does not like the registration any more."""
        if kept is not None and self._does(kept, account, refused):
            if error.code in _LATER:
                log.info("account %s: its token is not renewed yet: %s", account.name, error)
                return kept.access_token
            if error.code is Code.OAUTH_REFUSED:
                log.warning(
                    "account %s: its token ends at %s and is not renewed: %s", account.name, kept.expires, error
                )
                return kept.access_token
        raise error

    def _held_up(self, account: IncomingAccount) -> UserFixableError:
        """Somebody else has been renewing the token, and comes to no end."""
        view = self._storage.leases.view(token_lease(account.id or 0))
        holder = str(view.holder) if view is not None and view.holder is not None else ""
        return UserFixableError(Code.OAUTH_UNAVAILABLE, {"host": "", "detail": holder, "retry_after": ""})

    def _needed_still(self, account: IncomingAccount, profile: OAuthProfile, record: TokenRecord) -> UserFixableError:
        """What was said when the provider refused, without asking it again."""
        standing = forecast.standing(account, profile, record, self._clock())
        facts = {**facts_of(profile), "mailbox": account.opens_mailbox or account.username}
        said = UserFixableError(Code.OAUTH_REFUSED, facts, server=standing.server)
        return _needed(account, standing.cause, said)


def _needed(account: IncomingAccount, cause: str, refusal: UserFixableError | None = None) -> UserFixableError:
    """Somebody must sign in; what the provider's refusal tells is told along."""
    said = refusal.facts if refusal is not None else {}
    facts = {**said, "name": account.name, "cause": str(cause)}
    return UserFixableError(Code.SIGN_IN_NEEDED, facts, server=refusal.server if refusal is not None else "")


def _ensure_wanted(interrupt: Interrupt | None) -> None:
    if interrupt is not None and interrupt.asked:
        raise UserFixableError(Code.STOPPED)
