"""An OAuth2 mailbox in the window, by mouse and keyboard, with a real provider, browser, mail server and keyring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType
from mailadmin.domain.oauth import Provider
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.sign_in import SignInDialog
from tests.integration.fetch.conftest import mail
from tests.servers import browser as browsers
from tests.servers import keyring
from tests.servers.browser import Chromium
from tests.servers.keyring import KeyringSession
from tests.servers.openid import OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .administrator import LOGIN, Administrator
from .conftest import OpenWindow

SIGNED_IN = "You are signed in"
WAYS = [(AccountType.IMAPS, Provider.MICROSOFT), (AccountType.POP3S, Provider.CUSTOM)]


@pytest.fixture
def with_keyring(sqlite_home: Path, unlocked_keyring: KeyringSession) -> Iterator[Application]:
    """The services as they are on a desktop: the key is in the keyring, links open in the browser of $BROWSER."""
    with open_application(Options(home=sqlite_home)) as services:
        yield services


@pytest.mark.slow
@pytest.mark.skipif(not browsers.AVAILABLE, reason="needs chromium, chromedriver and certutil")
@pytest.mark.skipif(not keyring.AVAILABLE, reason="needs gnome-keyring and dbus-run-session")
@pytest.mark.parametrize(("kind", "provider"), WAYS)
def test_from_the_button_through_everything_that_ends_a_token(
    kind: AccountType,
    provider: Provider,
    with_keyring: Application,
    openid_provider: OpenIdProvider,
    token_dovecot: TokenDovecot,
    browser: Chromium,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> None:
    token_dovecot.clear([LOGIN])
    token_dovecot.deliver(LOGIN, mail(1), mail(2))
    openid_provider.set(tokenBits=16_000)  # 2.7 kB
    session = open_window(with_keyring)
    person = Administrator(session, qtbot, openid_provider, token_dovecot)

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
    person.sees("All is well: this account can be fetched.", dialog)
    person.presses("Save")
    person.waits_for(
        lambda: session.window.page is session.pages.incoming and bool(session.pages.incoming.model.records)
    )
    account = person.account

    # the sign-in's own token; then the mail server takes that one no more: another is got without anybody
    person.fetches()
    assert person.titles() == ["Question 1", "Question 2"]
    assert person.renewals() == 0
    person.waits_for(lambda: person.state == "ok")
    person.provider.end_access_tokens(LOGIN)
    person.provider.set(accessTtl=2)
    person.dovecot.deliver(LOGIN, mail(3))
    person.fetches()
    assert person.titles()[2:] == ["Question 3"]
    assert person.renewals() > 0
    # that one ends: the next is got by the refresh token that came with it, as the one before is worth nothing now
    person.waits_for(lambda: not person.token_lives)
    person.provider.set(accessTtl=3600)
    renewals = person.renewals()
    person.fetches()
    assert person.renewals() == renewals + 1
    assert person.token_lives
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
    strip = session.pages.incoming.strip
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
    assert [run.counts.fetched for run in person.services.accounts.runs(account.id or 0, 9)] == [0, 1, 0, 0, 1, 2]
