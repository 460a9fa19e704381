"""Somebody at the window with OAuth2 accounts, who sits down at a browser as well."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.oauth import Provider
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.session import Session
from tests.servers.dovecot import GOOD
from tests.servers.openid import DESKTOP, IMAP_SCOPE, POP_SCOPE, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .person import Person

LOGIN = "orders@example.org"
T = TypeVar("T")


class Administrator(Person):
    """Somebody at the window, who also sits down at a browser while the window goes on."""

    def __init__(self, session: Session, qtbot: QtBot, provider: OpenIdProvider, dovecot: TokenDovecot) -> None:
        super().__init__(session, qtbot)
        self.services = session.services
        self.provider = provider
        self.dovecot = dovecot

    def waits_for(self, happened: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(happened, timeout=60_000)

    def meanwhile(self, elsewhere: Callable[..., T], *arguments: object) -> T:
        """What somebody does elsewhere; the window goes on."""
        with ThreadPoolExecutor(1, "browser") as pool:
            doing = pool.submit(elsewhere, *arguments)
            self.waits_for(doing.done)
            return doing.result()

    # --- entering ---

    def enters_profile(self, dialog: ProfileDialog, provider: Provider, kind: AccountType) -> None:
        """What the provider's registration says."""
        form, common = dialog.form, {"client_id": DESKTOP, "ca_file": self.provider.ca_file}
        form.details.fold.unfold()
        self.fills(dialog, name="Company")
        if provider is Provider.MICROSOFT:
            self.fills(dialog, tenant=self.provider.tenant, instance_url=self.provider.instance, **common)
        else:
            self.picks("another (OpenID Connect)", form.registration.provider)
            scopes = f"openid email offline_access {IMAP_SCOPE if kind is AccountType.IMAPS else POP_SCOPE}"
            self.fills(dialog, discovery_url=self.provider.discovery_url, scopes=scopes, **common)

    def enters_account(self, dialog: AccountDialog, kind: AccountType) -> None:
        """Name and server; who signs in, the provider will tell."""
        form = dialog.form
        self.picks(kind.value, form.server.type)
        self.fills(dialog, name="Orders", host=GOOD, port=str(self.dovecot.port(kind)))
        self.picks("Keep on the server", form.handling.after_fetch)
        self.chooses("OAuth2")

    def checks_and_trusts(self) -> None:
        """The check finds a certificate that nobody vouches for; that one will do, and it goes on."""
        self.presses("Check")
        self.presses("Show certificate")
        self.presses("Trust this certificate")

    def signs_in(self, dialog: AccountDialog) -> None:
        """Press the button, and wait until that has come to an end."""
        with self.qtbot.waitSignal(dialog.panel.ended, timeout=60_000):
            self.presses("OAuth2 Authorization")
        self.waits_for(lambda: dialog.gate.known)

    # --- looking ---

    @property
    def account(self) -> IncomingAccount:
        (account,) = self.services.accounts.all()
        return account

    @property
    def token_lives(self) -> bool:
        """Whether the account's access token has not ended."""
        record = self.services.storage.tokens.get(self.account.id or 0)
        return record is not None and record.expires is not None and record.expires > datetime.now(UTC)

    @property
    def state(self) -> str:
        """What the table says of the account's state."""
        page = self.session.pages.incoming
        column = [column.key for column in page.model.columns].index("state")
        return str(page.model.index(0, column).data())

    @property
    def needing(self) -> str:
        """What the navigation says beside the page of accounts."""
        navigation = self.session.window.navigation
        (item,) = navigation.findItems("Incoming accounts", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        return item.text(1)

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.session.window.bar.notices]

    @property
    def sign_in(self) -> SignInState:
        return self.services.tokens.sign_ins()[self.account.id or 0].state

    def renewals(self) -> int:
        """How often the provider has given a new token for a refresh token."""
        calls = self.provider.seen("token")
        return sum(call.given.get("grant_type") == "refresh_token" and call.status == 200 for call in calls)

    # --- fetching ---

    def fetches(self) -> None:
        """Fetch the account, to the end."""
        self.session.pages.incoming.select_account(self.account.id or 0)
        with self.qtbot.waitSignal(self.session.desk.all_ended, timeout=60_000):
            self.presses("Fetch mail")

    def titles(self) -> list[str]:
        """The tickets there are."""
        return sorted(ticket.title for ticket in self.services.tickets.list())
