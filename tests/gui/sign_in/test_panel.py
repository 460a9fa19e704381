"""The button "OAuth2 Authorization": every state in words, and what can be done in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import Flow, OAuthProfile, Provider
from mailadmin.domain.sign_in import Ending, SignIn, SignInState
from mailadmin.gui.sentences import times
from mailadmin.gui.sign_in import SignedIn, SignInPanel, SignInServices, Standing
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

from .conftest import signed_in
from .scripted import BROWSER, CONTOSO, DEVICE, EXCHANGING, LINK, ScriptedAuthorizations, grant_of


class Shown:
    """The panel in a window, its profile chosen, and what it told."""

    def __init__(self, panel: SignInPanel, account: IncomingAccount, profile: OAuthProfile, qtbot: QtBot) -> None:
        self.panel = panel
        self.account = account
        self.qtbot = qtbot
        self.authorized: list[SignedIn] = []
        self.adopted: list[str] = []
        panel.authorized.connect(self.authorized.append)
        panel.adopted.connect(self.adopted.append)
        panel.wanted.connect(lambda flow: panel.begin(account, flow))
        panel.show_profile(profile)
        panel.show_standing(Standing(), account)

    def says(self, text: str) -> None:
        """Wait until it says this."""
        self.qtbot.waitUntil(lambda: text in self.panel.state)


@pytest.fixture
def shown(
    account: IncomingAccount, profile: OAuthProfile, services: SignInServices, tasks: Tasks, qtbot: QtBot
) -> Shown:
    panel = SignInPanel(services.authorizations, tasks)
    qtbot.addWidget(panel)
    panel.resize(700, 400)
    panel.show()
    return Shown(panel, account, profile, qtbot)


def begin(shown: Shown, scripted: ScriptedAuthorizations, *happens: object) -> None:
    """Press the button; this happens then."""
    shown.panel.button.click()
    shown.qtbot.waitUntil(lambda: bool(scripted.begun))
    for what in happens:
        scripted.last.tell(what)


def test_nobody_has_signed_in(shown: Shown) -> None:
    assert shown.panel.state == "Not signed in"
    assert shown.panel.button.text().replace("&", "") == "OAuth2 Authorization"
    assert not shown.panel.cancel_button.isVisible()


def test_it_says_where_the_browser_was_sent_until_when_and_gives_the_link(
    shown: Shown, scripted: ScriptedAuthorizations
) -> None:
    begin(shown, scripted, BROWSER)
    assert BROWSER.ends_at is not None
    shown.says(f"Waiting for the browser … (until {times.clock(BROWSER.ends_at)})")
    browser = shown.panel.browser
    assert "login.example.org" in browser.where.text()
    assert any("redirect URI of the profile" in label.text() for label in browser.findChildren(QLabel))
    browser.link.button.click()
    assert QGuiApplication.clipboard().text() == LINK
    assert browser.copied.text == "Copied."
    assert not shown.panel.button.isVisible()
    assert scripted.last.thread != threading.get_ident(), "it runs in a thread of its own"


def test_a_browser_that_cannot_be_opened_is_said_and_the_link_is_there(
    shown: Shown, scripted: ScriptedAuthorizations
) -> None:
    begin(shown, scripted, replace(BROWSER, opened=False))
    shown.says("Waiting for the browser")
    assert "No browser could be opened" in shown.panel.browser.where.text()
    assert shown.panel.browser.link.edit.text() == LINK


def test_the_address_of_the_last_page_can_be_pasted(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted, BROWSER)
    shown.says("Waiting for the browser")
    browser = shown.panel.browser
    assert not browser.use_button.isEnabled()
    browser.address.setText("https://elsewhere.example.org/")
    browser.use_button.click()
    assert "not the address" in browser.refused.text
    assert shown.panel.running, "it goes on waiting"
    browser.address.setText(" http://localhost:43211/?code=1&state=abc ")
    assert browser.refused.text == ""
    shown.qtbot.keyClick(browser.address, Qt.Key.Key_Return)
    assert scripted.last.pasted == ["http://localhost:43211/?code=1&state=abc"]
    scripted.last.tell(EXCHANGING)
    shown.says("Exchanging")
    browser.address.undo()
    assert browser.address.text() == "", "there was a code in it"


def test_a_code_for_another_device_is_large_and_can_be_copied(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    shown.panel.device_button.click()
    shown.qtbot.waitUntil(lambda: bool(scripted.begun))
    assert scripted.last.flow is Flow.DEVICE_CODE
    scripted.last.tell(DEVICE)
    shown.says("Waiting for the code")
    device = shown.panel.device
    assert device.isVisible()
    assert device.code.text() == "ABCD-EFGH"
    assert device.code.font().pointSizeF() >= 1.5 * shown.panel.font().pointSizeF()
    device.copy_button.click()
    assert QGuiApplication.clipboard().text() == "ABCD-EFGH"
    assert device.copied.text == "Copied."
    assert any("after that, begin again" in label.text() for label in device.findChildren(QLabel))
    assert device.link.edit.text() == "https://login.example.org/device"


@pytest.mark.parametrize(
    ("by", "there"),
    [
        (CONTOSO, True),
        (replace(CONTOSO, provider=Provider.GOOGLE), False),
        (replace(CONTOSO, flow=Flow.CLIENT_CREDENTIALS), False),
        (OAuthProfile(name="x", provider=Provider.CUSTOM, token_url="https://x.example/token"), False),
        (OAuthProfile(name="x", provider=Provider.CUSTOM, device_url="https://x.example/device"), True),
    ],
)
def test_another_device_is_offered_where_the_provider_has_that(shown: Shown, by: OAuthProfile, there: bool) -> None:
    shown.panel.show_profile(by)
    assert shown.panel.device_button.isVisible() is there


def test_exchanging_is_said(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted, BROWSER, EXCHANGING)
    shown.says("Exchanging")
    assert not shown.panel.browser.isVisible()


def test_whoever_signed_in_is_named(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted, BROWSER, grant_of("Support@Example.org"))
    shown.says("Signed in as Support@Example.org.")
    assert shown.panel.more == "Not saved yet."
    assert shown.panel.button.isVisible()
    assert len(shown.authorized) == 1
    assert shown.authorized[0].stranger == ""


def test_a_sign_in_that_cannot_be_renewed_says_so(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted, grant_of(renewable=False))
    shown.says("nothing to renew it with")


def test_what_was_not_granted_is_named(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted)
    scripted.last.tell(scripted.last.authorization(grant_of(), missing=("IMAP.AccessAsUser.All",)))
    shown.says("Signed in as")
    assert "Not granted: IMAP.AccessAsUser.All." in shown.panel.more


def test_somebody_else_is_said_and_can_be_adopted(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    begin(shown, scripted, grant_of("anna@example.org"))
    shown.says("Signed in as anna@example.org, but the mailbox is support@example.org.")
    assert "private window" in shown.panel.more
    assert shown.authorized[0].stranger == "anna@example.org"
    assert shown.panel.adopt_button.text() == "Sign in as anna@example.org, open support@example.org"
    shown.panel.adopt_button.click()
    assert shown.adopted == ["anna@example.org"]


def test_a_failure_says_what_to_do_in_the_providers_words_too_and_again_works_at_once(
    shown: Shown, scripted: ScriptedAuthorizations
) -> None:
    words = "AADSTS65001: The user or administrator has not consented <b>x</b>."
    facts = {"cause": "consent-needed", "tenant": "contoso.example", "client_id": "42"}
    begin(shown, scripted, UserFixableError(Code.OAUTH_REFUSED, facts, server=words))
    shown.says("administrator")
    assert words in shown.panel.server.text()
    assert shown.panel.server.textFormat() is Qt.TextFormat.PlainText
    assert "contoso.example" in shown.panel.script.text.toPlainText()
    shown.panel.script.copy_button.click()
    assert QGuiApplication.clipboard().text() == shown.panel.script.text.toPlainText()
    assert shown.panel.button.isEnabled()
    shown.panel.button.click()
    shown.qtbot.waitUntil(lambda: len(scripted.begun) == 2)
    assert not shown.panel.script.isVisible()
    scripted.last.tell(grant_of())
    shown.says("Signed in as support@example.org.")


def test_it_can_be_stopped_and_the_focus_stays_here(
    shown: Shown, scripted: ScriptedAuthorizations, tasks: Tasks
) -> None:
    shown.panel.activateWindow()
    shown.qtbot.waitUntil(shown.panel.isActiveWindow)
    shown.panel.button.setFocus()
    begin(shown, scripted, BROWSER)
    shown.says("Waiting for the browser")
    assert shown.panel.cancel_button.hasFocus()
    shown.panel.cancel_button.click()
    assert shown.panel.state == "Stopping …"
    shown.says("Stopped: nobody has signed in.")
    assert shown.panel.button.hasFocus()
    assert shown.authorized == []
    assert tasks.running == ()


def test_whoever_leaves_hears_nothing_more(shown: Shown, scripted: ScriptedAuthorizations, tasks: Tasks) -> None:
    begin(shown, scripted, BROWSER)
    shown.says("Waiting for the browser")
    shown.panel.leave()
    settle(shown.qtbot, tasks)
    assert "Waiting" in shown.panel.state
    assert shown.authorized == []


def test_our_window_comes_back_to_the_front(
    shown: Shown, scripted: ScriptedAuthorizations, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    for name in ("raise_", "activateWindow"):
        monkeypatch.setattr(shown.panel, name, lambda name=name: called.append(name))
    begin(shown, scripted, BROWSER, grant_of())
    shown.says("Signed in")
    assert called == ["raise_", "activateWindow"]


# --- at rest ---

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("stored", "authorized", "said", "more"),
    [
        (SignIn(SignInState.BY_ITSELF), True, "signs in by itself", ""),
        (
            SignIn(SignInState.SIGNED_IN, "a@example.org", NOW + timedelta(days=80), Ending.UNUSED),
            True,
            "Signed in as a@example.org.",
            "Every fetch renews the sign-in; without any it would end on ",
        ),
        (
            SignIn(SignInState.SIGNED_IN, "a@example.org", NOW + timedelta(days=80), Ending.SECRET),
            True,
            "Signed in as a@example.org.",
            "It works until ",
        ),
        (SignIn(SignInState.SIGNED_IN, "a@example.org"), False, "Not signed in", "another profile, user or type"),
        (
            SignIn(SignInState.NEEDED, "a@example.org", since=NOW, cause="password-changed", server="AADSTS50173: no"),
            True,
            "Sign-in ended: needs sign-in since ",
            "password was changed",
        ),
        (SignIn(SignInState.NEEDED), False, "Not signed in", "Nobody has signed in for this account yet."),
        (SignIn(SignInState.NEEDED, since=NOW, cause="cleared"), False, "Sign-in ended", "tokens were cleared"),
    ],
)
def test_how_it_stands_at_rest(shown: Shown, stored: SignIn, authorized: bool, said: str, more: str) -> None:
    shown.panel.show_standing(Standing(authorized=authorized, stored=stored), shown.account)
    assert said in shown.panel.state
    assert more in shown.panel.more
    day = times.date(NOW + timedelta(days=80))
    assert (shown.panel.state + shown.panel.more).count(day) <= 1
    assert stored.server in shown.panel.server.text()


def test_a_sign_in_that_is_held_comes_before_what_is_stored(shown: Shown, profile: OAuthProfile) -> None:
    stored = SignIn(SignInState.NEEDED, since=NOW, cause="password-changed")
    standing = Standing(True, signed_in(shown.account, profile), stored=stored)
    shown.panel.show_standing(standing, shown.account)
    assert "Signed in as support@example.org." in shown.panel.state


def test_an_application_only_has_a_check(shown: Shown, scripted: ScriptedAuthorizations) -> None:
    shown.panel.show_profile(replace(CONTOSO, flow=Flow.CLIENT_CREDENTIALS))
    assert shown.panel.button.text().replace("&", "") == "Check sign-in"
    begin(shown, scripted)
    scripted.last.tell(scripted.last.authorization(grant_of(""), flow=Flow.CLIENT_CREDENTIALS))
    shown.says("the program can sign in by itself")


def test_without_a_profile_nobody_can_sign_in(shown: Shown) -> None:
    shown.panel.show_profile(None)
    assert not shown.panel.button.isEnabled()


def test_no_token_is_in_anything_that_is_said(
    shown: Shown, scripted: ScriptedAuthorizations, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    _listen(shown.panel, heard)
    begin(shown, scripted, BROWSER, EXCHANGING, grant_of())
    shown.says("Signed in")
    said = " ".join([*heard, shown.panel.state, shown.panel.more, shown.panel.server.text(), caplog.text])
    assert "access-token-of" not in said
    assert "access-token-of" not in repr(shown.authorized)


def _listen(panel: SignInPanel, heard: list[str]) -> None:
    note: Callable[[object], None] = lambda what: heard.append(repr(what))  # noqa: E731
    panel.journey.progressed.connect(note)
    panel.journey.succeeded.connect(note)
