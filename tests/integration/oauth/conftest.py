"""An installation with a profile at a real OpenID provider and an account on a Dovecot that takes its tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import Authorization, OAuthProfile, Provider
from tests.servers.dovecot import GOOD
from tests.servers.openid import DESKTOP, IMAP_SCOPE, POP_SCOPE, CameBack, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

LOGIN = "orders@example.org"
_SCOPES = {AccountType.IMAPS: IMAP_SCOPE, AccountType.POP3S: POP_SCOPE}


@dataclass
class Office:
    """An administrator at work, and who signs in for the mailbox as ``login``."""

    home: Path
    provider: OpenIdProvider
    dovecot: TokenDovecot
    login: str = LOGIN
    came_back: list[CameBack] = field(default_factory=list)
    visits: list[threading.Thread] = field(default_factory=list)
    trouble: list[BaseException] = field(default_factory=list)

    def options(self) -> Options:
        return Options(home=self.home, key_file=self.home / "key")

    def profile(self, provider: Provider, kind: AccountType) -> OAuthProfile:
        """A profile as an administrator fills it in for this provider."""
        places: dict[str, Any] = {
            Provider.MICROSOFT: {"instance_url": self.provider.instance, "tenant": self.provider.tenant},
            Provider.CUSTOM: {
                "discovery_url": self.provider.discovery_url,
                "scopes": f"openid email offline_access {_SCOPES[kind]}",
            },
        }[provider]
        return OAuthProfile(
            name="Company", provider=provider, client_id=DESKTOP, ca_file=self.provider.ca_file, **places
        )

    def account(self, kind: AccountType) -> IncomingAccount:
        """An account that is not stored yet."""
        return IncomingAccount(
            name="Orders",
            type=kind,
            host=GOOD,
            port=self.dovecot.port(kind),
            ca_file=str(self.dovecot.authority.file),
            username=self.login,
            authentication=Authentication.OAUTH2,
            oauth_profile="Company",
        )

    def visit(self, person: Callable[..., object], *arguments: object) -> None:
        """Let somebody sit down at a browser: in a thread of their own, as the program waits for them."""

        def sit_down() -> None:
            try:
                person(*arguments)
            except BaseException as trouble:  # noqa: BLE001  (handed to the test)
                self.trouble.append(trouble)

        self.visits.append(threading.Thread(target=sit_down, name="browser"))
        self.visits[-1].start()

    def open_link(self, link: str) -> bool:
        """What opens a browser where there is none: forms are filled in without one."""
        self.visit(lambda: self.came_back.append(self.provider.sign_in(link, self.login)))
        return True

    def authorize(self, app: Application, account: IncomingAccount) -> Authorization:
        """One sign-in to its end."""
        try:
            return app.authorizing.begin(account).run(lambda progress: None, lambda: bool(self.trouble))
        finally:
            for visit in self.visits:
                visit.join(40)
            if self.trouble:
                raise self.trouble[0]


@pytest.fixture
def office(sqlite_home: Path, openid_provider: OpenIdProvider, token_dovecot: TokenDovecot) -> Office:
    token_dovecot.clear([LOGIN])
    return Office(sqlite_home, openid_provider, token_dovecot)


@pytest.fixture
def app(office: Office) -> Iterator[Application]:
    with open_application(office.options(), open_link=office.open_link) as application:
        yield application
