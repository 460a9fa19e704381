"""A provider in memory behind our own OAuthClient port: for what real providers cannot be made to do on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.oauth import (
    Authorization,
    Flow,
    Grant,
    Identity,
    OAuthProfile,
    PendingDevice,
    PendingSignIn,
    SignInRequest,
    Use,
)
from mailadmin.domain.secrets import Secret


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Let time pass: ``minutes=5``, as :class:`timedelta` takes it."""
        self.now += timedelta(**by)


@dataclass
class MemoryProvider:
    """Rotates refresh tokens; one that comes back after its rotation revokes the whole sign-in, as strict ones do.

    The switches make it misbehave; ``log`` says what clients asked, and with what.
    """

    clock: Clock = field(default_factory=Clock)
    life: timedelta = timedelta(hours=1)
    renewable: bool = True
    current: str = ""
    number: int = 0
    failures: list[UserFixableError] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    log: list[str] = field(default_factory=list)
    credentials: list[Secret | None] = field(default_factory=list)
    requests: list[SignInRequest] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, profile: OAuthProfile, credential: Secret | None, /) -> MemoryClient:
        """The port's ``open_client``."""
        self.credentials.append(credential)
        return MemoryClient(self)

    def sign_in(self, address: str = "support@example.org") -> Grant:
        """What a person's sign-in brings."""
        with self._lock:
            return self._given(Identity("subject", address))

    def authorization(
        self, profile: OAuthProfile, username: str = "support@example.org", use: Use = Use.IMAP
    ) -> Authorization:
        """A finished sign-in by a person."""
        flow = Flow.AUTHORIZATION_CODE
        return Authorization(profile.uid or "", profile.name, flow, use, username, self.sign_in(username))

    def revoke(self) -> None:
        """Let no token do any more."""
        self.current = ""

    def _given(self, identity: Identity | None = None) -> Grant:
        self.number += 1
        self.current = f"refresh-{self.number}"
        return Grant(
            Secret(f"access-{self.number}"),
            self.clock() + self.life,
            Secret(self.current),
            ("mail",),
            identity,
            self.renewable,
        )

    def answer(self, what: str, request: SignInRequest, refresh_token: str | None) -> Grant:
        """What the token endpoint says."""
        self.log.append(what)
        self.requests.append(request)
        self.before()
        with self._lock:
            if self.failures:
                raise self.failures.pop(0)
            if refresh_token is not None and refresh_token != self.current:
                self.revoke()
                raise refusal("invalid_grant")
            grant = self._given()
        self.after()
        return grant


class MemoryClient:
    """One client of the provider."""

    def __init__(self, provider: MemoryProvider) -> None:
        self._provider = provider

    def refresh(self, request: SignInRequest, cache: Secret) -> Grant:
        return self._provider.answer(f"refresh {cache.reveal()}", request, cache.reveal())

    def for_application(self, request: SignInRequest) -> Grant:
        return self._provider.answer("application", request, None)

    def begin(self, request: SignInRequest, redirect_uri: str) -> PendingSignIn:
        _not_here()

    def complete(self, pending: PendingSignIn, answer: Mapping[str, str]) -> Grant:
        _not_here()

    def begin_device(self, request: SignInRequest) -> PendingDevice:
        _not_here()

    def complete_device(self, pending: PendingDevice, should_stop: Callable[[], bool]) -> Grant:
        _not_here()


def _not_here() -> NoReturn:
    raise AssertionError("nobody signs in at this provider")


def refusal(error: str, cause: str = "sign-in-ended", words: str = "AADSTS70000: no") -> UserFixableError:
    """A provider's no."""
    facts = {"cause": cause, "error": error, "profile": "cloud", "tenant": "", "client_id": "", "mailbox": ""}
    return UserFixableError(Code.OAUTH_REFUSED, facts, server=words, layer=Layer.SIGN_IN)


def unavailable() -> UserFixableError:
    """A provider that cannot be reached."""
    return UserFixableError(Code.OAUTH_UNAVAILABLE, {"host": "login.example.org", "detail": "503", "retry_after": ""})
