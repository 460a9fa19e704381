"""OAuth2 accounts in the table: what needs somebody to sign in, why, until when the others work, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountState, AccountType, Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import Code
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile
from mailadmin.domain.secrets import Secret
from mailadmin.gui.incoming.mending import Mend, mend_of
from mailadmin.gui.incoming.notices import SignInNotices
from mailadmin.gui.incoming.rows import AccountRow
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.sign_in import ExpiryNotices
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.message_bar import MessageBar
from tests.gui.sign_in.conftest import signed_in
from tests.gui.sign_in.scripted import CONTOSO
from tests.gui.waiting import settle

from .conftest import Accounts, Shown

Role = Qt.ItemDataRole
NOW = datetime.now(UTC)
USES = IncomingAccount(
    name="uses",
    type=AccountType.IMAPS,
    host="mail.example.org",
    username="uses@example.org",
    authentication=Authentication.OAUTH2,
    validity=Validity.INVALID,  # it was never signed in for
)
REVOKED = "AADSTS50173: The provided grant has expired <b>x</b>."


@pytest.fixture
def profile(app: Application) -> OAuthProfile:
    return app.profiles.add(CONTOSO)


class Signing:
    """Has people sign in, and providers refuse them."""

    def __init__(self, app: Application, accounts: Accounts, profile: OAuthProfile) -> None:
        self.app = app
        self.accounts = accounts
        self.profile = profile

    def add(self, name: str, **values: object) -> IncomingAccount:
        """An account that somebody has signed in for."""
        fields = {"authentication": Authentication.OAUTH2, "oauth_profile": self.profile.name, **values}
        account = self.accounts.add(name, **fields)
        self.app.tokens.keep(account, signed_in(account, self.profile))
        return account

    def refuse(self, account: IncomingAccount, cause: str = "password-changed", server: str = REVOKED) -> None:
        """The provider says no for good."""
        record = self.app.storage.tokens.get(account.id or 0)
        assert record is not None
        since = NOW - timedelta(hours=2)
        self.app.storage.tokens.put(replace(record, refused=since, cause=cause, server=server))


@pytest.fixture
def signing(app: Application, accounts: Accounts, profile: OAuthProfile) -> Signing:
    return Signing(app, accounts, profile)


def cell(shown: Shown, name: str, column: str, role: int = Role.DisplayRole) -> str:
    number = [one.key for one in shown.page.model.columns].index(column)
    text: str = shown.page.table.filter.index(shown.names.index(name), number).data(role)
    return text


def labels(shown: Shown) -> list[str]:
    return [button.text().replace("&", "") for button in shown.page.strip.buttons]


# --- the table and the strip ---


def test_an_account_that_needs_a_sign_in_says_so_and_is_counted(signing: Signing, show: Callable[[], Shown]) -> None:
    signing.refuse(signing.add("orders"))
    signing.accounts.fetched(signing.add("support"))
    shown = show()
    assert cell(shown, "orders", "state") == "needs sign-in"
    assert cell(shown, "support", "state") == "ok"
    assert (cell(shown, "orders", "next"), cell(shown, "support", "next")) == ("–", "due now")
    assert shown.told["counted"][-1] == 1
    tip = cell(shown, "orders", "state", Role.ToolTipRole)
    assert "password was changed" in tip
    assert "AADSTS50173" in tip
    shown.page.table.sort_by("state")
    assert shown.names[0] == "orders", "what needs somebody comes first"
    shown.page.filter.text.setText("needs sign-in")
    shown.settle()
    assert shown.names == ["orders"]


def test_the_strip_says_why_since_when_and_has_the_one_button(signing: Signing, show: Callable[[], Shown]) -> None:
    account = signing.add("orders")
    signing.refuse(account)
    shown = show()
    wanted: list[IncomingAccount] = []
    shown.page.sign_in_wanted.connect(wanted.append)
    shown.select("orders")
    strip = shown.page.strip
    assert strip.heading.text().startswith("orders · needs sign-in since ")
    assert "password was changed" in strip.sentence.text()
    assert strip.server.text() == f"The provider says: {REVOKED}"
    assert strip.server.textFormat() is Qt.TextFormat.PlainText
    assert labels(shown)[0] == "Sign in again"
    assert strip.buttons[0].font().bold()
    shown.click_strip("Sign in again")
    assert [one.id for one in wanted] == [account.id]


def test_signing_in_again_is_offered_for_people_only(
    app: Application, signing: Signing, accounts: Accounts, show: Callable[[], Shown]
) -> None:
    own = replace(
        CONTOSO, name="By itself", flow=Flow.CLIENT_CREDENTIALS, client_authentication=ClientAuthentication.SECRET
    )
    app.profiles.add(own, Secret("S3cr~t.value-of-the-client_0123456789abc"))
    signing.add("orders")
    accounts.add("robot", authentication=Authentication.OAUTH2, oauth_profile="By itself")
    accounts.add("plain")
    shown = show()
    enabled = {}
    for name in ("orders", "robot", "plain"):
        shown.select(name)
        enabled[name] = shown.page.verbs.sign_in.isEnabled()
    assert enabled == {"orders": True, "robot": False, "plain": False}
    assert shown.page.verbs.sign_in in shown.page.menu_actions


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (Code.OAUTH_REFUSED, Mend.EDIT_PROFILE),
        (Code.NO_CLIENT_SECRET, Mend.EDIT_PROFILE),
        (Code.PROFILE_NOT_VALID, Mend.EDIT_PROFILE),
        (Code.BAD_CLIENT_CERTIFICATE, Mend.EDIT_PROFILE),
        (Code.SIGN_IN_NEEDED, Mend.SIGN_IN),
        (Code.UNKNOWN_PROFILE, Mend.EDIT),
        (Code.OAUTH_UNAVAILABLE, Mend.CHECK),
        (Code.MAILBOX_REFUSES_TOKEN, Mend.CHECK),
        (Code.SESSION_EXPIRED, Mend.CHECK),
    ],
)
def test_what_fails_leads_to_what_mends_it(code: Code, mend: Mend, signing: Signing, show: Callable[[], Shown]) -> None:
    signing.accounts.fetched(signing.add("orders"), code=code)
    shown = show()
    assert mend_of(shown.row("orders")) is mend
    shown.select("orders")
    assert shown.page.strip.sentence.text()
    profiles: list[str] = []
    shown.page.profile_wanted.connect(profiles.append)
    if mend is Mend.EDIT_PROFILE:
        shown.click_strip("Edit profile")
        assert profiles == ["Contoso"]


def test_works_until_is_a_column_to_choose_that_says_why_and_is_sorted_by_time(
    app: Application, signing: Signing, accounts: Accounts, show: Callable[[], Shown]
) -> None:
    soon, later = signing.add("soon"), signing.add("later")
    record = app.storage.tokens.get(soon.id or 0)
    assert record is not None
    app.storage.tokens.put(replace(record, renewed=NOW - timedelta(days=60)))
    accounts.add("plain")
    shown = show()
    assert shown.row("soon").sign_in is not None
    assert cell(shown, "soon", "works-until")
    assert cell(shown, "soon", "works-until") != cell(shown, "later", "works-until")
    assert "puts that off" in cell(shown, "soon", "works-until", Role.ToolTipRole)
    assert "password" in cell(shown, "plain", "works-until", Role.ToolTipRole)
    shown.page.table.sort_by("works-until")
    assert shown.names == ["soon", "later", "plain"]
    shown.select("later")
    assert "Works until: " in shown.page.strip.facts.text()
    assert later.id is not None


# --- notices ---


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


def texts(bar: MessageBar) -> list[str]:
    return [notice.text for notice in bar.notices]


def press(bar: MessageBar, label: str, qtbot: QtBot) -> None:
    buttons = bar.notices[0].findChildren(QPushButton)
    next(one for one in buttons if one.text() == label).click()


class Watched:
    """The notices of what is read, and what they want."""

    def __init__(self, bar: MessageBar) -> None:
        self.notices = SignInNotices(bar, bar)
        self.wanted: list[IncomingAccount] = []
        self.shown = 0
        self.notices.sign_in_wanted.connect(self.wanted.append)
        self.notices.accounts_wanted.connect(self._count)

    def _count(self) -> None:
        self.shown += 1


def test_it_is_told_once_that_an_account_begins_to_need_somebody_and_taken_away_when_it_recovered(
    signing: Signing, show: Callable[[], Shown], bar: MessageBar, qtbot: QtBot
) -> None:
    old, new = signing.add("old"), signing.add("new")
    signing.refuse(old)
    shown = show()
    watched = Watched(bar)

    def look() -> None:
        shown.page.refresh()
        shown.settle()
        watched.notices.look(shown.page.model.records)

    look()
    assert texts(bar) == [], "what was so before stands in the table"
    signing.refuse(new)
    look()
    look()
    assert len(texts(bar)) == 1
    assert texts(bar)[0].startswith('"new" needs somebody to sign in; ')
    (details,) = [one for one in bar.notices[0].findChildren(QLabel) if one.accessibleName() == "Details"]
    assert details.text().startswith("The sign-in was revoked")
    assert REVOKED in details.text()
    signing.app.tokens.keep(new, signed_in(new, signing.profile))
    look()
    assert texts(bar) == []
    signing.refuse(new)
    look()
    assert len(texts(bar)) == 1, "that is another time"
    press(bar, "Sign in again...", qtbot)
    assert [one.id for one in watched.wanted] == [new.id]
    look()
    assert texts(bar) == [], "whoever closed it is not told again"


def test_many_at_once_are_told_together(
    signing: Signing, show: Callable[[], Shown], bar: MessageBar, qtbot: QtBot
) -> None:
    accounts = [signing.add(name) for name in ("a", "b", "c")]
    shown = show()
    watched = Watched(bar)
    watched.notices.look(shown.page.model.records)
    for account in accounts:
        signing.refuse(account)
    shown.page.refresh()
    shown.settle()
    watched.notices.look(shown.page.model.records)
    assert texts(bar) == ["3 accounts need somebody to sign in: a, b, c."]
    press(bar, "Show accounts", qtbot)
    assert watched.shown == 1


def test_whoever_cleared_the_tokens_is_not_told_of_it(
    signing: Signing, show: Callable[[], Shown], bar: MessageBar
) -> None:
    cleared, refused = signing.add("cleared"), signing.add("refused")
    shown = show()
    watched = Watched(bar)
    watched.notices.look(shown.page.model.records)
    signing.app.tokens.clear([cleared])
    signing.refuse(refused)
    shown.page.refresh()
    shown.settle()
    watched.notices.look(shown.page.model.records)
    assert [text.partition(" ")[0] for text in texts(bar)] == ['"refused"']


def test_an_invalid_account_needs_nobody(signing: Signing, show: Callable[[], Shown]) -> None:
    signing.refuse(signing.add("old", validity=Validity.INVALID))
    shown = show()
    states: list[AccountRow] = list(shown.page.model.records)
    assert [row.state for row in states] == [AccountState.INVALID]
    assert shown.told["counted"][-1] == 0


# --- secrets that end ---


class Expiry:
    """Looks as one window after the other would."""

    def __init__(self, app: Application, settings: WindowSettings, tasks: Tasks, bar: MessageBar, qtbot: QtBot) -> None:
        self.app, self.settings, self.tasks, self.bar, self.qtbot = app, settings, tasks, bar, qtbot
        self.wanted: list[str] = []
        self.owner = QObject()
        self.used = True

    def open(self) -> ExpiryNotices:
        """A window is opened."""
        self.bar.clear()
        notices = ExpiryNotices(self.app.profiles, self.bar, self.settings, self.tasks, self.owner)
        notices.profile_wanted.connect(self.wanted.append)
        self.look(notices)
        return notices

    def look(self, notices: ExpiryNotices) -> None:
        notices.look()
        settle(self.qtbot, self.tasks)

    def ends_in(self, days: float) -> None:
        """The secret of the profile ends in so many days."""
        day = (datetime.now(UTC) + timedelta(days=days)).date()
        found = [one for one in self.app.profiles.all() if one.name == "Secret"]
        if found:
            self.app.profiles.change(replace(found[0], secret_expires=day))
            return
        profile = replace(CONTOSO, name="Secret", client_authentication=ClientAuthentication.SECRET, secret_expires=day)
        self.app.profiles.add(profile, Secret("S3cr~t.value-of-the-client_0123456789abc"))
        if self.used:
            self.account = self.app.accounts.add(replace(USES, oauth_profile=profile.name))


@pytest.fixture
def expiry(app: Application, settings: WindowSettings, tasks: Tasks, bar: MessageBar, qtbot: QtBot) -> Expiry:
    return Expiry(app, settings, tasks, bar, qtbot)


def test_the_end_of_a_secret_is_told_once_at_each_warning(expiry: Expiry, bar: MessageBar, qtbot: QtBot) -> None:
    expiry.ends_in(70)
    expiry.open()
    assert texts(bar) == []
    expiry.ends_in(50)
    notices = expiry.open()
    assert len(texts(bar)) == 1
    assert 'The client secret of the profile "Secret" ends on ' in texts(bar)[0]
    assert "days left" in texts(bar)[0]
    expiry.look(notices)
    assert len(texts(bar)) == 1
    expiry.open()
    assert texts(bar) == [], "it is remembered"
    expiry.ends_in(20)
    expiry.open()
    assert len(texts(bar)) == 1
    press(bar, "Edit profile...", qtbot)
    assert expiry.wanted == ["Secret"]


def test_in_the_last_week_it_is_told_every_day(expiry: Expiry, bar: MessageBar, settings: WindowSettings) -> None:
    expiry.ends_in(5)
    expiry.open()
    assert len(texts(bar)) == 1
    expiry.open()
    assert texts(bar) == []
    (uid,) = [one.uid for one in expiry.app.profiles.all() if one.name == "Secret"]
    key = f"said/{uid}/client-secret"
    said = settings.text(key)
    assert said.endswith(str(datetime.now().astimezone().date()))
    settings.set_text(key, said[:-1] + "x")  # as it stood yesterday
    expiry.open()
    assert len(texts(bar)) == 1


def test_a_new_secret_takes_the_notice_away_and_a_past_end_is_an_error(expiry: Expiry, bar: MessageBar) -> None:
    expiry.ends_in(0)
    notices = expiry.open()
    assert "ended on" in texts(bar)[0]
    assert "cannot be fetched" in texts(bar)[0]
    expiry.ends_in(400)
    expiry.look(notices)
    assert texts(bar) == []


def test_a_profile_that_is_deleted_or_used_no_longer_takes_its_notice_away(expiry: Expiry, bar: MessageBar) -> None:
    expiry.ends_in(0)
    notices = expiry.open()
    assert len(texts(bar)) == 1
    expiry.app.accounts.delete(expiry.account)
    expiry.look(notices)
    assert texts(bar) == [], "nobody uses it"
    expiry.account = expiry.app.accounts.add(replace(USES, oauth_profile="Secret"))
    expiry.ends_in(3)
    expiry.look(notices)
    assert len(texts(bar)) == 1
    expiry.app.accounts.delete(expiry.account)
    expiry.app.profiles.delete([expiry.app.profiles.get("Secret")])
    expiry.look(notices)
    assert texts(bar) == [], "it is gone"


def test_nobody_is_warned_of_a_profile_that_no_account_uses(expiry: Expiry, bar: MessageBar) -> None:
    expiry.used = False
    expiry.ends_in(0)
    notices = expiry.open()
    assert texts(bar) == []
    expiry.app.accounts.add(replace(USES, oauth_profile="Secret"))
    expiry.look(notices)
    assert len(texts(bar)) == 1
