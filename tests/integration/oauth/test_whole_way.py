"""The whole way of an OAuth2 account: sign-in, vault, mail server, tickets, renewal, refusal, sign-in again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import AuthorizingProgress, ClientAuthentication, Flow, Provider
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.domain.sign_in import SignInState
from tests.integration.fetch.conftest import mail
from tests.servers import browser as browsers
from tests.servers import keyring
from tests.servers.browser import Chromium
from tests.servers.openid import DAEMON, SECRETS

from .conftest import LOGIN, Office

KINDS = [AccountType.IMAPS, AccountType.POP3S]
PROVIDERS = [Provider.MICROSOFT, Provider.CUSTOM]


def _begin(office: Office, app: Application, provider: Provider, kind: AccountType) -> IncomingAccount:
    """Profile, sign-in, account: as an administrator makes them."""
    app.profiles.add(office.profile(provider, kind))
    account = office.account(kind)
    authorization = office.authorize(app, account)
    assert app.authorizing.wrong_identity(account, authorization) == ""
    assert not authorization.missing
    return app.accounts.add(account, None, authorization)


def _fetched(app: Application, account: IncomingAccount) -> int:
    """How many mails a fetch that goes well brings."""
    (outcome,) = app.fetching.fetch([account])
    assert outcome.status is FetchStatus.OK, outcome.errors
    return outcome.counts.fetched


def _renewals(office: Office) -> int:
    calls = office.provider.seen("token")
    return sum(call.given.get("grant_type") == "refresh_token" and call.status == 200 for call in calls)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_from_the_sign_in_to_tickets_and_on_through_everything_that_ends_a_token(
    office: Office, app: Application, provider: Provider, kind: AccountType
) -> None:
    account = _begin(office, app, provider, kind)
    assert account.id is not None
    assert office.came_back[0].status == 200  # the browser was told that it worked
    office.dovecot.deliver(LOGIN, mail(1), mail(2))
    assert _fetched(app, account) == 2
    assert _renewals(office) == 0

    # the mail server refuses the token before its time: another is got, and the next one by the rotated refresh token
    for number in (3, 4):
        office.provider.end_access_tokens(LOGIN)
        office.dovecot.deliver(LOGIN, mail(number))
        assert _fetched(app, account) == 1
    assert _renewals(office) == 2

    # the provider takes everything back
    office.provider.revoke(LOGIN)
    office.dovecot.deliver(LOGIN, mail(5))
    (outcome,) = app.fetching.fetch([account])
    assert outcome.status is FetchStatus.FAILED
    assert outcome.error is not None
    assert app.tokens.sign_ins()[account.id].state is SignInState.NEEDED
    asked = len(office.provider.seen("token"))
    (outcome,) = app.fetching.fetch([account])
    assert outcome.error is not None
    assert outcome.error.code is Code.SIGN_IN_NEEDED
    assert len(office.provider.seen("token")) == asked + 1  # whoever fetches by hand tries anew

    # somebody signs in again, and the account goes on where it was
    app.tokens.keep(account, office.authorize(app, account))
    assert app.tokens.sign_ins()[account.id].state is SignInState.SIGNED_IN
    assert _fetched(app, account) == 1
    assert sum(app.tickets.counts().values()) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_ends_soon_is_renewed_ahead_and_by_another_process_as_well(
    office: Office, app: Application, kind: AccountType
) -> None:
    office.provider.set(accessTtl=60)
    account = _begin(office, app, Provider.MICROSOFT, kind)
    office.dovecot.deliver(LOGIN, mail(0))
    assert _fetched(app, account) == 1
    assert _renewals(office) == 0
    with open_application(office.options()) as restarted:
        # the third time with the refresh token that the other has rotated
        for number, opened in enumerate((app, restarted, app), start=1):
            ahead = timedelta(seconds=40 * number)  # more than half of its life
            opened.tokens._clock = lambda ahead=ahead: datetime.now(UTC) + ahead  # type: ignore[misc]
            office.dovecot.deliver(LOGIN, mail(number))
            assert _fetched(opened, account) == 1
            assert _renewals(office) == number


@pytest.mark.parametrize("kind", KINDS)
def test_large_tokens_go_the_whole_way(office: Office, app: Application, kind: AccountType) -> None:
    office.provider.set(tokenBits=16_000)
    account = _begin(office, app, Provider.MICROSOFT, kind)
    office.dovecot.deliver(LOGIN, mail(1))
    assert _fetched(app, account) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_cannot_be_reached_takes_nothing_away(
    office: Office, app: Application, provider: Provider
) -> None:
    account = _begin(office, app, provider, AccountType.IMAPS)
    assert account.id is not None
    office.provider.end_access_tokens(LOGIN)
    with office.provider.down():
        (outcome,) = app.fetching.fetch([account])
        assert outcome.status is FetchStatus.FAILED
    assert app.tokens.sign_ins()[account.id].state is SignInState.SIGNED_IN
    office.dovecot.deliver(LOGIN, mail(1))
    assert _fetched(app, account) == 1


def test_the_mailbox_of_somebody_else_stays_shut(office: Office, app: Application) -> None:
    app.profiles.add(office.profile(Provider.MICROSOFT, AccountType.IMAPS))
    account = office.account(AccountType.IMAPS)
    office.login = "somebody.else@example.org"
    authorization = office.authorize(app, account)
    assert app.authorizing.wrong_identity(account, authorization) == "somebody.else@example.org"
    stored = app.accounts.add(account, None, authorization)
    (outcome,) = app.fetching.fetch([stored])
    assert outcome.error is not None
    assert outcome.error.code is Code.MAILBOX_REFUSES_TOKEN
    assert "Authentication failed" in outcome.error.server


@pytest.mark.parametrize("kind", KINDS)
def test_an_application_signs_in_by_itself(office: Office, app: Application, kind: AccountType) -> None:
    profile = office.profile(Provider.MICROSOFT, kind)
    by_secret: dict[str, Any] = {"flow": Flow.CLIENT_CREDENTIALS, "client_authentication": ClientAuthentication.SECRET}
    app.profiles.add(replace(profile, client_id=DAEMON, **by_secret), Secret(SECRETS[DAEMON]))
    office.provider.set(daemonMailbox=LOGIN)
    account = app.accounts.add(office.account(kind))
    for number in (1, 2):
        office.dovecot.deliver(LOGIN, mail(number))
        assert _fetched(app, account) == 1
        office.provider.end_access_tokens()
    assert office.came_back == []


def test_somebody_signs_in_on_another_device(office: Office, app: Application) -> None:
    app.profiles.add(office.profile(Provider.MICROSOFT, AccountType.IMAPS))
    account = office.account(AccountType.IMAPS)

    def told(progress: AuthorizingProgress) -> None:
        if progress.user_code:
            office.provider.enter_device_code(progress.user_code, LOGIN)

    authorization = app.authorizing.begin(account, Flow.DEVICE_CODE).run(told)
    office.dovecot.deliver(LOGIN, mail(1))
    assert _fetched(app, app.accounts.add(account, None, authorization)) == 1


@pytest.mark.skipif(not keyring.AVAILABLE, reason="needs gnome-keyring and dbus-run-session")
@pytest.mark.usefixtures("unlocked_keyring")
def test_with_the_key_in_a_real_keyring(office: Office) -> None:
    """Tokens outlive the program, though their key is in no file."""
    options = Options(home=office.home)
    with open_application(options, open_link=office.open_link) as app:
        account = _begin(office, app, Provider.MICROSOFT, AccountType.IMAPS)
    office.dovecot.deliver(LOGIN, mail(1))
    with open_application(options) as restarted:
        assert _fetched(restarted, account) == 1
    assert _renewals(office) == 0
    assert not (office.home / "key").exists()


# --- with a real browser ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not browsers.AVAILABLE, reason="needs chromium, chromedriver and certutil")
@pytest.mark.parametrize("kind", KINDS)
def test_in_a_real_browser(office: Office, browser: Chromium, kind: AccountType) -> None:
    office.dovecot.deliver(LOGIN, mail(1))
    with open_application(office.options()) as app:  # opens links by itself, with $BROWSER
        app.profiles.add(office.profile(Provider.MICROSOFT, kind))
        account = office.account(kind)
        office.visit(browser.sign_in, LOGIN)
        authorization = office.authorize(app, account)
        assert _fetched(app, app.accounts.add(account, None, authorization)) == 1


@pytest.mark.slow
@pytest.mark.skipif(not browsers.AVAILABLE, reason="needs chromium, chromedriver and certutil")
def test_cancelled_in_a_real_browser(office: Office, browser: Chromium) -> None:
    with open_application(office.options()) as app:
        app.profiles.add(office.profile(Provider.MICROSOFT, AccountType.IMAPS))
        office.visit(browser.deny, LOGIN)
        with pytest.raises(UserFixableError) as caught:
            office.authorize(app, office.account(AccountType.IMAPS))
    assert caught.value.code is Code.OAUTH_REFUSED
