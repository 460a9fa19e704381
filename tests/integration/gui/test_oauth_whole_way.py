"""An OAuth2 mailbox in the window, by mouse and keyboard, with a real provider, browser, mail server and keyring."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.oauth import Provider
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.session import Session
from mailadmin.gui.sign_in import SignInDialog
from tests.integration.fetch.conftest import mail
from tests.servers import browser as browsers
from tests.servers import keyring
from tests.servers.browser import Chromium
from tests.servers.dovecot import GOOD
from tests.servers.openid import DESKTOP, IMAP_SCOPE, POP_SCOPE, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .conftest import OpenWindow
from .person import Person

LOGIN = "orders@example.org"
SIGNED_IN = "You are signed in"
T = TypeVar("T")

WAYS = [(AccountType.IMAPS, Provider.MICROSOFT), (AccountType.POP3S, Provider.CUSTOM)]


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

    # --- looking ---

    @property
    def account(self) -> IncomingAccount:
        (account,) = self.services.accounts.all()
        return account

    @property
    def state(self) -> str:
        """What the table says of the account's state."""
        page = self.session.incoming
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
        self.session.incoming.select_account(self.account.id or 0)
        with self.qtbot.waitSignal(self.session.desk.all_ended, timeout=60_000):
            self.presses("Fetch mail")

    def titles(self) -> list[str]:
        """The tickets there are."""
        return sorted(ticket.title for ticket in self.services.tickets.list())

    def look(self, name: str, widget: Any = None) -> None:
        if where := os.environ.get("LOOK"):
            if widget is None:
                self.session.window.resize(1150, 780)
            QApplication.processEvents()
            (widget or self.session.window).grab().save(f"{where}/{name}.png")


@pytest.mark.slow
@pytest.mark.skipif(not browsers.AVAILABLE, reason="needs chromium, chromedriver and certutil")
@pytest.mark.skipif(not keyring.AVAILABLE, reason="needs gnome-keyring and dbus-run-session")
@pytest.mark.usefixtures("unlocked_keyring")
@pytest.mark.parametrize(("kind", "provider"), WAYS)
def test_from_the_button_through_everything_that_ends_a_token(
    kind: AccountType,
    provider: Provider,
    sqlite_home: Path,
    openid_provider: OpenIdProvider,
    token_dovecot: TokenDovecot,
    browser: Chromium,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> None:
    token_dovecot.clear([LOGIN])
    token_dovecot.deliver(LOGIN, mail(1), mail(2))
    openid_provider.set(tokenBits=16_000)  # 2.7 kB
    with open_application(Options(home=sqlite_home)) as services:  # its key is in the keyring, links open by $BROWSER
        person = Administrator(open_window(services), qtbot, openid_provider, token_dovecot)
        _whole_way(person, browser, provider, kind)
    assert not (sqlite_home / "key").exists()


def _whole_way(person: Administrator, browser: Chromium, provider: Provider, kind: AccountType) -> None:
    services, session = person.services, person.session

    # an account, a profile for it, and the button
    person.sees("Add your first account")
    person.presses("Add mail account")
    dialog = person.dialog(AccountDialog)
    person.enters_account(dialog, kind)
    person.look("account-0", dialog)
    person.presses("Add profile")
    profile = person.dialog(ProfileDialog)
    person.enters_profile(profile, provider, kind)
    person.look("profile", profile)
    person.presses("Save")
    person.sees("To save, sign in above", dialog)
    person.look("account-1", dialog)
    person.presses("OAuth2 Authorization")
    person.sees("Waiting for the browser", dialog)
    person.look("account-2-waiting", dialog)
    assert person.meanwhile(browser.sign_in, LOGIN) == SIGNED_IN
    if where := os.environ.get("LOOK"):
        person.meanwhile(browser.driver.save_screenshot, f"{where}/browser.png")
    person.sees(f"Signed in as {LOGIN}.", dialog)
    assert dialog.form.username.text() == LOGIN
    person.look("account-3-signed-in", dialog)

    # checked with the token that is not saved yet, and saved
    person.presses("Check")
    person.presses("Show certificate")
    person.presses("Trust this certificate")
    person.presses("Check")
    person.sees("All is well: this account can be fetched.", dialog)
    person.look("account-4-check", dialog)
    person.presses("Save")
    person.waits_for(lambda: session.window.page is session.incoming and bool(session.incoming.model.records))
    account = person.account

    # the sign-in's own token; then the mail server takes that one no more: another is got without anybody
    person.fetches()
    assert person.titles() == ["Question 1", "Question 2"]
    assert person.renewals() == 0
    person.waits_for(lambda: person.state == "ok")
    person.look("incoming-0-ok")
    person.provider.end_access_tokens(LOGIN)
    person.provider.set(accessTtl=60)
    person.dovecot.deliver(LOGIN, mail(3))
    person.fetches()
    assert person.titles()[2:] == ["Question 3"]
    assert person.renewals() == 1
    # it will end soon: renewed ahead, with the refresh token that came with it (the one before is worth nothing now)
    person.fetches()
    assert person.renewals() == 2
    person.waits_for(lambda: person.state == "ok")
    assert (person.needing, person.notices, person.sign_in) == ("", [], SignInState.SIGNED_IN)

    # the provider takes everything back: said at once, everywhere
    person.provider.revoke(LOGIN)
    person.dovecot.deliver(LOGIN, mail(4))
    person.fetches()
    person.waits_for(lambda: person.state == "needs sign-in")
    person.look("incoming-1-needed")
    assert person.needing == "1"
    (notice,) = person.notices
    assert notice == '"Orders" needs somebody to sign in; until then its mail is not fetched.'
    strip = session.incoming.strip
    assert strip.heading.text().startswith("Orders · needs sign-in since ")
    assert "invalid_grant" in strip.server.text()
    assert len(person.titles()) == 3
    assert person.sign_in is SignInState.NEEDED

    # somebody signs in again, and nothing else changes
    browser.close()
    person.presses("Sign in again", strip)
    again = person.dialog(SignInDialog)
    person.sees("Sign-in ended: needs sign-in since", again)
    person.look("again-0", again)
    person.presses("OAuth2 Authorization")
    person.sees("Waiting for the browser", again)
    person.look("again-1", again)
    with person.qtbot.waitSignal(session.desk.all_ended, timeout=60_000):
        assert person.meanwhile(browser.sign_in, LOGIN) == SIGNED_IN
    assert person.titles() == [f"Question {number}" for number in (1, 2, 3, 4)]
    person.waits_for(lambda: person.state == "ok" and person.needing == "" and person.notices == [])
    person.look("incoming-2-again")
    assert person.account == account
    assert len(person.dovecot.files(LOGIN)) == 4, "they are kept on the server, so that they could come twice"
    person.fetches()
    assert len(person.titles()) == 4
    assert [run.counts.fetched for run in services.accounts.runs(account.id or 0, 9)] == [0, 1, 0, 0, 1, 2]
