"""Sign-ins that go as far as a test says: the journey is scripted; the service compares and fills in for real."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.oauth import (
    Authorization,
    AuthorizingProgress,
    AuthorizingStep,
    Flow,
    Grant,
    Identity,
    OAuthProfile,
    Provider,
    use_of,
)
from mailadmin.domain.secrets import Secret
from mailadmin.services.oauth import AuthorizationService, Authorizing, ProfileService
from mailadmin.services.oauth.answer_words import AnswerWords

LINK: Final = "https://login.example.org/authorize?client_id=42&state=abc"
BROWSER: Final = AuthorizingProgress(
    AuthorizingStep.BROWSER,
    link=LINK,
    opened=True,
    redirect_uri="http://localhost:43211",
    ends_at=datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
)
DEVICE: Final = AuthorizingProgress(
    AuthorizingStep.DEVICE,
    user_code="ABCD-EFGH",
    verification_uri="https://login.example.org/device",
    ends_at=datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
)
EXCHANGING: Final = AuthorizingProgress(AuthorizingStep.EXCHANGING)
CONTOSO: Final = OAuthProfile(
    name="Contoso",
    provider=Provider.MICROSOFT,
    tenant="contoso.example",
    client_id="11111111-2222-3333-4444-555555555555",
)


def grant_of(address: str = "support@example.org", *, renewable: bool = True) -> Grant:
    """What a provider gives somebody."""
    return Grant(
        Secret("access-token-of-" + (address or "application")),
        datetime.now(UTC) + timedelta(hours=1),
        Secret("cache"),
        identity=Identity("subject", address) if address else None,
        renewable=renewable,
    )


@dataclass
class ScriptedAuthorizing:
    """One sign-in: takes progress, a grant or an error from the test, and heeds ``should_stop``."""

    account: IncomingAccount
    profile: OAuthProfile
    flow: Flow
    script: queue.Queue[object] = field(default_factory=queue.Queue)
    pasted: list[str] = field(default_factory=list)
    thread: int = 0

    def run(self, on_progress: Callable[[AuthorizingProgress], None], should_stop: Callable[[], bool]) -> Authorization:
        self.thread = threading.get_ident()
        on_progress(AuthorizingProgress(AuthorizingStep.PREPARING))
        while True:
            if should_stop():
                raise UserFixableError(Code.STOPPED)
            try:
                what = self.script.get(timeout=0.02)
            except queue.Empty:
                continue
            if isinstance(what, AuthorizingProgress):
                on_progress(what)
            elif isinstance(what, MailadminError):
                raise what
            elif isinstance(what, Authorization):
                return what
            else:
                assert isinstance(what, Grant)
                return self.authorization(what)

    def authorization(self, grant: Grant, **fields: Any) -> Authorization:
        made = Authorization(
            profile_uid=self.profile.uid or "",
            profile=self.profile.name,
            flow=self.flow,
            use=use_of(self.account.type),
            username=self.account.username,
            grant=grant,
            shared=bool(self.account.opens_mailbox),
        )
        return replace(made, **fields)

    def paste(self, address: str) -> None:
        if not address.startswith("http://localhost"):
            raise UserFixableError(Code.OAUTH_NOT_AN_ANSWER, {"expected": "http://localhost:43211"})
        self.pasted.append(address)

    def tell(self, what: object) -> None:
        """What happens next."""
        self.script.put(what)


class ScriptedAuthorizations(AuthorizationService):
    """Begins scripted sign-ins and remembers them."""

    def __init__(self, real: AuthorizationService, profiles: ProfileService) -> None:
        self._real = real
        self._profiles = profiles
        self.begun: list[ScriptedAuthorizing] = []

    def begin(
        self, account: IncomingAccount, flow: Flow | None = None, words: AnswerWords | None = None
    ) -> Authorizing:
        profile = self._profiles.get(account.oauth_profile)
        self.begun.append(ScriptedAuthorizing(account, profile, flow or profile.flow))
        return self.begun[-1]  # type: ignore[return-value]  # as far as anybody asks

    def wrong_identity(self, account: IncomingAccount, authorization: Authorization) -> str:
        return self._real.wrong_identity(account, authorization)

    def filled_in(self, account: IncomingAccount, authorization: Authorization) -> IncomingAccount:
        return self._real.filled_in(account, authorization)

    @property
    def last(self) -> ScriptedAuthorizing:
        """The newest sign-in."""
        return self.begun[-1]
