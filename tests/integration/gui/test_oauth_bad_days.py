"""Sign-ins that go wrong, in the window; forms are filled in where there would be a browser."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application, open_application
from mailadmin.domain.accounts import AccountType
from mailadmin.domain.oauth import Provider
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.fetch.adoption_dialog import AdoptionDialog
from mailadmin.gui.widgets.script_box import ScriptBox
from tests.integration.fetch.conftest import mail
from tests.integration.oauth.conftest import Office
from tests.servers.openid import CameBack, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .administrator import LOGIN, Administrator
from .conftest import OpenWindow

IMAPS = AccountType.IMAPS


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
def services(
    sqlite_home: Path, openid_provider: OpenIdProvider, token_dovecot: TokenDovecot, visitor: Visitor
) -> Iterator[Application]:
    """There is a profile, and no account."""
    token_dovecot.clear([LOGIN])
    office = Office(sqlite_home, openid_provider, token_dovecot)
    with open_application(office.options(), open_link=visitor.open_link) as services:
        services.profiles.add(office.profile(Provider.MICROSOFT, IMAPS))
        yield services


@pytest.fixture
def person(
    services: Application,
    openid_provider: OpenIdProvider,
    token_dovecot: TokenDovecot,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> Administrator:
    """At the window."""
    return Administrator(open_window(services), qtbot, openid_provider, token_dovecot)


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
    answer = person.meanwhile(lambda: requests.get(forged, timeout=60))
    assert (answer.status_code, "This is not the page that is waited for" in answer.text) == (400, True)
    assert dialog.panel.running
    assert person.provider.seen("token") == []
    for address in ("https://www.example.org/", forged):
        person.types(address, details.address)
        assert details.refused.text == ""
        person.presses("Use address")
        person.sees("not the address", details)
    person.types(came_back.url, details.address)
    person.presses("Use address")
    person.sees(f"Signed in as {LOGIN}.", dialog)


def test_of_two_redirects_one_counts(person: Administrator, dialog: AccountDialog, visitor: Visitor) -> None:
    def redirected(url: str) -> int:
        try:
            return requests.get(url, timeout=60).status_code
        except requests.ConnectionError:  # it came late
            return 0

    def twice(link: str) -> list[int]:
        url = person.provider.sign_in(link, LOGIN, deliver=False).url
        with ThreadPoolExecutor(2, "browsers") as pool:
            return list(pool.map(redirected, (url, url)))

    person.provider.delay("token", 0.2)  # the other comes while it is not known yet how the one ends
    visitor.visit = twice
    person.signs_in(dialog)
    assert dialog.panel.state.startswith(f"Signed in as {LOGIN}.")
    assert [call.status for call in person.provider.seen("token")] == [200]
    assert sorted(visitor.came_back()) in ([200, 409], [0, 200])


def test_a_token_for_another_mailbox(person: Administrator, dialog: AccountDialog, visitor: Visitor) -> None:
    other = "anna@example.org"
    visitor.visit = lambda link: person.provider.sign_in(link, other)
    person.types(LOGIN, dialog.form.username)
    person.signs_in(dialog)
    person.sees(f"Signed in as {other}, but the mailbox is {LOGIN}.", dialog)
    assert dialog.reason == "To save, sign in with the right account, or choose the shared mailbox above."
    person.presses(f"Sign in as {other}, open {LOGIN}")
    person.sees(f"Signed in as {other}.", dialog)
    person.checks_and_trusts()
    refuses = f'The mailbox "{LOGIN}" does not open to {other}.'
    person.sees(refuses, dialog)
    person.presses("Save")
    person.waits_for(lambda: bool(person.session.pages.incoming.model.records))
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
