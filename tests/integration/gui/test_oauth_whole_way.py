"""An OAuth2 mailbox in the window, by mouse and keyboard, with a real provider, browser, mail server and keyring."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.oauth import Provider
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.fetch.adoption_dialog import AdoptionDialog
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.session import Session
from mailadmin.gui.sign_in import SignInDialog
from mailadmin.gui.widgets.script_box import ScriptBox
from tests.integration.fetch.conftest import mail
from tests.integration.oauth.conftest import Office
from tests.servers import browser as browsers
from tests.servers import keyring
from tests.servers.browser import Chromium
from tests.servers.dovecot import GOOD
from tests.servers.openid import DESKTOP, IMAP_SCOPE, POP_SCOPE, CameBack, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .conftest import OpenWindow
from .person import Person

LOGIN = "orders@example.org"
SIGNED_IN = "You are signed in"
T = TypeVar("T")

IMAPS = AccountType.IMAPS
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
    person.presses("Add profile")
    profile = person.dialog(ProfileDialog)
    person.enters_profile(profile, provider, kind)
    person.presses("Save")
    person.sees("To save, sign in above", dialog)
    person.presses("OAuth2 Authorization")
    person.sees("Waiting for the browser", dialog)
    assert person.meanwhile(browser.sign_in, LOGIN) == SIGNED_IN
    person.sees(f"Signed in as {LOGIN}.", dialog)
    assert dialog.form.username.text() == LOGIN

    # checked with the token that is not saved yet, and saved
    person.checks_and_trusts()
    person.presses("Check")
    person.sees("All is well: this account can be fetched.", dialog)
    person.presses("Save")
    person.waits_for(lambda: session.window.page is session.incoming and bool(session.incoming.model.records))
    account = person.account

    # the sign-in's own token; then the mail server takes that one no more: another is got without anybody
    person.fetches()
    assert person.titles() == ["Question 1", "Question 2"]
    assert person.renewals() == 0
    person.waits_for(lambda: person.state == "ok")
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
    assert person.needing == "1"
    (notice,) = person.notices
    assert notice == '"Orders" needs somebody to sign in; until then its mail is not fetched.'
    strip = session.incoming.strip
    assert strip.heading.text().startswith("Orders · needs sign-in since ")
    assert strip.server.text() == "The provider says: invalid_grant: grant request is invalid"
    assert "Next fetch" not in strip.facts.text(), "the schedule leaves it alone"
    assert 'The provider says: "invalid_grant: grant' in session.panel.row_bar.detail.toPlainText()
    assert len(person.titles()) == 3
    assert person.sign_in is SignInState.NEEDED

    # somebody signs in again, and nothing else changes
    browser.close()
    person.presses("Sign in again", strip)
    again = person.dialog(SignInDialog)
    person.sees("Sign-in ended: needs sign-in since", again)
    person.presses("OAuth2 Authorization")
    person.sees("Waiting for the browser", again)
    with person.qtbot.waitSignal(session.desk.all_ended, timeout=60_000):
        assert person.meanwhile(browser.sign_in, LOGIN) == SIGNED_IN
    assert person.titles() == [f"Question {number}" for number in (1, 2, 3, 4)]
    person.waits_for(lambda: person.state == "ok" and person.needing == "" and person.notices == [])
    assert person.account == account
    assert len(person.dovecot.files(LOGIN)) == 4, "they are kept on the server, so that they could come twice"
    person.fetches()
    assert len(person.titles()) == 4
    assert [run.counts.fetched for run in services.accounts.runs(account.id or 0, 9)] == [0, 1, 0, 0, 1, 2]


# --- bad days: with forms filled in for the browser ---------------------------------------------------------------


class Visitor:
    """Opens links as a browser would that fills in forms; what it does there, the test says."""

    def __init__(self, provider: OpenIdProvider) -> None:
        self._pool = ThreadPoolExecutor(1, "browser")
        self._provider = provider
        self._visits: list[Future[Any]] = []
        self.visit: Callable[[str], object] = self.sign_in

    def sign_in(self, link: str) -> CameBack:
        return self._provider.sign_in(link, LOGIN)

    def deny(self, link: str) -> CameBack:
        return self._provider.deny(link, LOGIN)

    def open_link(self, link: str) -> bool:
        """As the program opens it."""
        self._visits.append(self._pool.submit(self.visit, link))
        return True

    def came_back(self) -> Any:
        """What the last visit came to."""
        return self._visits[-1].result(60)

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def visitor(openid_provider: OpenIdProvider) -> Iterator[Visitor]:
    visitor = Visitor(openid_provider)
    yield visitor
    visitor.close()


@pytest.fixture
def person(
    sqlite_home: Path,
    openid_provider: OpenIdProvider,
    token_dovecot: TokenDovecot,
    visitor: Visitor,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> Iterator[Administrator]:
    """At the window; there is a profile, and no account."""
    token_dovecot.clear([LOGIN])
    options = Options(home=sqlite_home, key_file=sqlite_home / "key")
    with open_application(options, open_link=visitor.open_link) as services:
        services.profiles.add(Office(sqlite_home, openid_provider, token_dovecot).profile(Provider.MICROSOFT, IMAPS))
        yield Administrator(open_window(services), qtbot, openid_provider, token_dovecot)


@pytest.fixture
def dialog(person: Administrator) -> Iterator[AccountDialog]:
    """The dialog of a new account, filled in but for the sign-in."""
    person.presses("Add mail account")
    dialog = person.dialog(AccountDialog)
    person.enters_account(dialog, IMAPS)
    person.sees("To save, sign in above", dialog)
    yield dialog
    if isValid(dialog):
        QDialog.reject(dialog)  # without the question about what was entered


Breaking = Callable[[OpenIdProvider, Visitor], object]
BAD_DAYS: dict[str, tuple[Breaking, str, str]] = {
    "denied": (
        lambda provider, visitor: setattr(visitor, "visit", visitor.deny),
        "Somebody pressed Cancel on the sign-in page or declined the permissions",
        "The provider says: access_denied: The person said no.",
    ),
    "redirect of another issuer": (
        lambda provider, visitor: provider.set(redirect={"iss": "https://evil.example"}),
        "The answer came from https://evil.example instead of the provider that the profile names",
        "",
    ),
    "ID token of another issuer": (
        lambda provider, visitor: provider.set(idToken={"iss": "https://evil.example"}),
        "The answer came from https://evil.example instead of the provider that the profile names",
        "",
    ),
    "clock": (
        lambda provider, visitor: provider.set(clockSkew=-4000),
        "The times in the provider's answer (",
        "",
    ),
    "busy": (
        lambda provider, visitor: provider.fail("token", 503, {"error": "temporarily_unavailable"}),
        "cannot answer now: HTTP 503 Service Unavailable. Nothing is lost",
        "The provider says: temporarily_unavailable",
    ),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_sign_in_that_comes_to_nothing_is_said_here_and_in_the_browser(
    day: str, person: Administrator, dialog: AccountDialog, visitor: Visitor
) -> None:
    breaking, said, words = BAD_DAYS[day]
    breaking(person.provider, visitor)
    panel = dialog.panel
    person.signs_in(dialog)
    assert said in panel.state
    assert "+00:00" not in panel.state, "times are local"
    assert panel.server.text() == words
    page = html.unescape(visitor.came_back().page)
    assert "The sign-in did not work" in page
    assert said in page
    assert "To save, sign in above" in dialog.reason
    assert person.services.secrets.list() == []

    # what was wrong is over: the same button works
    person.provider.reset()
    visitor.visit = visitor.sign_in
    person.signs_in(dialog)
    assert panel.state.startswith(f"Signed in as {LOGIN}.")
    assert dialog.reason == ""


def test_a_provider_that_is_down_is_said_and_no_browser_is_opened(
    person: Administrator, dialog: AccountDialog, visitor: Visitor
) -> None:
    with person.provider.down():
        person.signs_in(dialog)
    assert "cannot be reached, or cannot answer now: Connection refused. Nothing is lost" in dialog.panel.state
    person.signs_in(dialog)
    assert dialog.panel.state.startswith("Signed in as")
    assert visitor.came_back().status == 200


def test_a_browser_that_is_closed_forged_redirects_and_an_address_that_is_pasted(
    person: Administrator, dialog: AccountDialog, visitor: Visitor
) -> None:
    # somebody closes the browser, and cancels here
    visitor.visit = lambda link: None
    person.presses("OAuth2 Authorization")
    person.presses("Cancel sign-in")
    person.sees("Stopped: nobody has signed in.", dialog)

    # a redirect that somebody has made up changes nothing; the browser that signs in cannot come back
    visitor.visit = lambda link: person.provider.sign_in(link, LOGIN, deliver=False)
    person.presses("OAuth2 Authorization")
    details = dialog.panel.browser
    person.waits_for(details.isVisible)
    came_back = visitor.came_back()
    forged = came_back.url.replace(came_back.parameters["state"], "forged")
    answer = person.meanwhile(requests.get, forged)
    assert (answer.status_code, "This is not the page that is waited for" in answer.text) == (400, True)
    assert dialog.panel.running
    assert person.provider.seen("token") == []
    for address, said in (("https://www.example.org/", "not the address"), (forged, "not the address")):
        person.types(address, details.address)
        person.presses("Use address")
        person.sees(said, details)
    person.types(came_back.url, details.address)
    person.presses("Use address")
    person.sees(f"Signed in as {LOGIN}.", dialog)


def test_of_two_redirects_one_counts(person: Administrator, dialog: AccountDialog, visitor: Visitor) -> None:
    def twice(link: str) -> list[int]:
        url = person.provider.sign_in(link, LOGIN, deliver=False).url
        with ThreadPoolExecutor(2, "browsers") as pool:
            return sorted(answer.status_code for answer in pool.map(requests.get, (url, url)))

    person.provider.delay("token", 0.2)  # both are there before it is known how it ends
    visitor.visit = twice
    person.signs_in(dialog)
    assert dialog.panel.state.startswith(f"Signed in as {LOGIN}.")
    assert [call.status for call in person.provider.seen("token")] == [200]
    assert visitor.came_back() == [200, 409]


def test_a_token_for_another_mailbox(person: Administrator, dialog: AccountDialog, visitor: Visitor) -> None:
    other = "anna@example.org"
    visitor.visit = lambda link: person.provider.sign_in(link, other)
    person.types(LOGIN, dialog.form.username)
    person.signs_in(dialog)
    person.sees(f"Signed in as {other}, but the mailbox is {LOGIN}.", dialog)
    assert dialog.reason == "To save, have the right one sign in, or say who opens the mailbox for whom."
    person.presses(f"Sign in as {other}, open {LOGIN}")
    person.sees(f"Signed in as {other}.", dialog)
    person.checks_and_trusts()
    refuses = f'The mailbox "{LOGIN}" does not open to {other}.'
    person.sees(refuses, dialog)
    person.presses("Save")
    person.waits_for(lambda: bool(person.session.incoming.model.records))
    assert (person.account.username, person.account.opens_mailbox) == (other, LOGIN)

    # the mail server does not let her: no sign-in mends that, and none is asked for
    person.dovecot.deliver(LOGIN, mail(1))
    person.presses("Fetch mail")
    first = person.dialog(AdoptionDialog)
    person.sees(refuses, first)
    assert "Add-MailboxPermission" in first.findChildren(ScriptBox)[0].text.toPlainText()
    first.reject()
    person.waits_for(lambda: not person.session.desk.busy)
    assert person.sign_in is SignInState.SIGNED_IN
    assert person.titles() == []

    # somebody lets her
    person.provider.set(mailboxes={other: LOGIN})
    person.fetches()
    assert person.titles() == ["Question 1"]
