"""A sign-in that waits to be saved: for what it counts, what it fills in, and what becomes of it (OA-2, OA-3)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import Authorization
from mailadmin.domain.secrets import Secret
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.sign_in.scripted import BROWSER, DEVICE, ScriptedAuthorizations, grant_of
from tests.gui.waiting import settle, until_gone

from .conftest import NEW, OpenDialog
from .signing_in import OAUTH, rest, sign_in, sign_in_of, stored_one

pytestmark = pytest.mark.usefixtures("profiles")

SUPPORT, ANNA, BOB = "support@example.org", "anna@example.org", "bob@example.org"
GRAPH = replace(OAUTH, type=AccountType.MSGRAPH, host="")
EMPTY = replace(NEW, authentication=Authentication.OAUTH2, oauth_profile="Contoso")


@pytest.fixture
def sign_ins(app: Application, scripted: ScriptedAuthorizations) -> SignInServices:
    return SignInServices(scripted, app.profiles, app.tokens)


class Desk:
    """Somebody at the account dialog."""

    def __init__(
        self, app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
    ) -> None:
        self.app = app
        self.open = open_dialog
        self.scripted = scripted
        self.tasks = tasks
        self.qtbot = qtbot

    def stored(self) -> IncomingAccount:
        """An account that somebody has signed in for."""
        return stored_one(self.app, self.open(OAUTH), self.scripted, self.tasks, self.qtbot)

    def sign_in(self, dialog: AccountDialog, *happens: object) -> None:
        """Press the button; this happens; wait until everything rests."""
        sign_in(dialog, self.scripted, self.tasks, self.qtbot, *happens)

    def begin(self, dialog: AccountDialog) -> None:
        """Press the button, and wait until the browser is open."""
        before = len(self.scripted.begun)
        dialog.panel.button.click()
        self.qtbot.waitUntil(lambda: len(self.scripted.begun) > before)
        self.scripted.last.tell(BROWSER)
        self.qtbot.waitUntil(dialog.panel.browser.isVisible)

    def end(self, dialog: AccountDialog, what: object) -> None:
        """This comes of the sign-in that was begun."""
        self.scripted.last.tell(what)
        self.qtbot.waitUntil(lambda: not dialog.panel.running)
        self.rest(dialog)

    def rest(self, dialog: AccountDialog) -> None:
        """Wait until it is known how what is shown stands."""
        rest(dialog, self.tasks, self.qtbot)

    def save(self, dialog: AccountDialog) -> None:
        """Press the default button at once, and wait until that is done."""
        dialog.save_and_finish_button.click()
        settle(self.qtbot, self.tasks)

    @property
    def state(self) -> SignInState:
        """How the stored account stands."""
        return sign_in_of(self.app, "support")


@pytest.fixture
def desk(
    app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> Desk:
    return Desk(app, open_dialog, scripted, tasks, qtbot)


# --- what is stored is as good as before ---


def test_a_sign_in_for_another_user_takes_nothing_from_the_one_that_is_stored(desk: Desk) -> None:
    account = desk.stored()
    dialog = desk.open(account)
    dialog.form.username.setText(BOB)
    desk.rest(dialog)
    desk.sign_in(dialog, grant_of(BOB))
    dialog.form.username.setText(SUPPORT)
    dialog.form.comment.setText("x")
    desk.rest(dialog)
    assert (dialog.reason, dialog.save_and_finish_button.isEnabled()) == ("", True)
    assert f"Signed in as {SUPPORT}." in dialog.panel.state


def test_a_stranger_is_a_warning_where_a_good_sign_in_is_stored(desk: Desk) -> None:
    dialog = desk.open(desk.stored())
    desk.sign_in(dialog, grant_of(ANNA))
    dialog.form.comment.setText("x")
    desk.rest(dialog)
    assert f"Signed in as {ANNA}, but the mailbox is {SUPPORT}." in dialog.panel.state
    assert "The sign-in that is saved stays as it is" in dialog.panel.more
    credential = dialog.gate.credential()
    assert credential is not None
    assert credential() == Secret(f"access-token-of-{SUPPORT}"), "what is tried is what will be fetched with"
    desk.save(dialog)
    stored = desk.app.accounts.get("support")
    assert stored.comment == "x"
    assert desk.app.tokens.identity_of(stored) == SUPPORT


def test_an_application_that_is_chosen_after_a_sign_in_needs_none(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, grant_of())
    dialog.form.sign_in.profile.choose("By itself")
    desk.rest(dialog)
    assert "signs in by itself" in dialog.panel.state
    desk.save(dialog)
    assert desk.state is SignInState.BY_ITSELF


# --- what is kept ---


def test_a_strangers_sign_in_is_not_kept_by_way_of_an_invalid_account(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, grant_of(ANNA))
    dialog.form.validity.choose(Validity.INVALID)
    desk.rest(dialog)
    desk.save(dialog)
    assert desk.state is SignInState.NEEDED


def test_what_is_saved_at_once_is_kept_for_what_is_shown_then(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, grant_of())
    dialog.form.validity.choose(Validity.INVALID)
    desk.rest(dialog)
    dialog.form.username.setText("sales@example.org")
    desk.save(dialog)
    assert desk.app.accounts.get("support").username == "sales@example.org"
    assert desk.state is SignInState.NEEDED


def test_a_sign_in_is_not_lost_by_saving_at_once(desk: Desk) -> None:
    dialog = desk.open(replace(OAUTH, validity=Validity.INVALID))
    dialog.panel.authorized.connect(lambda signed_in: dialog.save_and_finish_button.click())
    desk.begin(dialog)
    desk.scripted.last.tell(grant_of())
    until_gone(desk.qtbot, dialog)
    assert desk.state is SignInState.SIGNED_IN


@pytest.mark.parametrize("finish", [True, False])
def test_a_sign_in_that_comes_while_something_is_saved_is_not_lost(
    finish: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = desk.open(desk.stored())
    desk.begin(dialog)
    dialog.form.comment.setText("x")
    go_on, change = threading.Event(), desk.app.accounts.change

    def slowly(record: IncomingAccount, password: Secret | None, authorization: Authorization | None) -> object:
        assert go_on.wait(30)
        return change(record, password, authorization)

    monkeypatch.setattr(desk.app.accounts, "change", slowly)
    assert dialog.save_button is not None
    (dialog.save_and_finish_button if finish else dialog.save_button).click()
    desk.scripted.last.tell(grant_of())
    desk.qtbot.waitUntil(lambda: not dialog.panel.running)
    go_on.set()
    desk.rest(dialog)
    assert dialog.isVisible(), "there is something to save yet"
    assert dialog.has_changes
    desk.save(dialog)
    assert not desk.tasks.running
    assert desk.state is SignInState.SIGNED_IN


def test_a_password_that_is_chosen_after_a_sign_in_is_saved_and_closes(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    finished: list[int] = []
    dialog.finished.connect(finished.append)
    desk.sign_in(dialog, grant_of())
    dialog.form.sign_in.authentication.button(Authentication.PASSWORD).click()
    dialog.form.password.edit.setText("geheim")
    desk.rest(dialog)
    desk.save(dialog)
    stored = desk.app.accounts.get("support")
    assert finished == [1]
    assert stored.authentication is Authentication.PASSWORD
    assert not desk.app.tokens.identity_of(stored), "nobody asked for the sign-in to be kept"


def test_enter_in_the_field_for_the_address_saves_nothing(desk: Desk) -> None:
    dialog = desk.open(desk.stored())
    dialog.form.comment.setText("Later.")
    desk.begin(dialog)
    dialog.panel.browser.address.setText("http://localhost:43211/?code=x&state=abc")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        desk.qtbot.keyClick(dialog.panel.browser.address, key)
    QApplication.processEvents()
    assert len(desk.scripted.last.pasted) == 2
    assert "save incoming-account" not in [task.objectName() for task in desk.tasks.running]
    assert len(desk.tasks.running) == 1, "only the sign-in, which goes on"
    desk.end(dialog, grant_of())
    assert desk.app.accounts.get("support").comment == ""


# --- for what it counts ---


@pytest.mark.parametrize("kind", [AccountType.POP3S, AccountType.MSGRAPH])
def test_at_microsoft_a_sign_in_is_for_one_use(kind: AccountType, desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, grant_of())
    dialog.form.server.type.choose(kind)
    desk.rest(dialog)
    assert not dialog.save_and_finish_button.isEnabled()
    assert "for another profile, user or type: sign in again" in dialog.panel.more
    assert dialog.gate.credential() is None
    dialog.form.server.type.choose(AccountType.IMAPTLS)
    dialog.form.sign_in.authentication.button(Authentication.OAUTH2).click()
    desk.rest(dialog)
    assert dialog.save_and_finish_button.isEnabled(), "the same use by another way"


def test_at_google_it_is_for_every_use(desk: Desk) -> None:
    dialog = desk.open(replace(OAUTH, oauth_profile="Google"))
    desk.sign_in(dialog, grant_of())
    dialog.form.server.type.choose(AccountType.POP3S)
    desk.rest(dialog)
    assert dialog.save_and_finish_button.isEnabled()


def test_a_stored_sign_in_for_another_use_may_have_to_be_made_again(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    granted = ("https://outlook.office.com/IMAP.AccessAsUser.All",)
    desk.sign_in(dialog, replace(grant_of(), granted=granted))
    desk.save(dialog)
    dialog = desk.open(desk.app.accounts.get("support"))
    assert "may be needed" not in dialog.panel.more
    dialog.form.server.type.choose(AccountType.POP3S)
    desk.rest(dialog)
    assert "signing in again may be needed" in dialog.panel.more
    assert dialog.save_and_finish_button.isEnabled(), "the provider may well give it"


def test_who_opens_anothers_mailbox_by_graph_signs_in_for_that(desk: Desk) -> None:
    dialog = desk.open(GRAPH)
    desk.sign_in(dialog, grant_of(ANNA))
    dialog.panel.adopt_button.click()
    desk.rest(dialog)
    record = dialog.read_record()
    assert (record.username, record.opens_mailbox) == (ANNA, SUPPORT)
    assert not dialog.save_and_finish_button.isEnabled()
    assert "by a permission of its own" in dialog.panel.more
    desk.sign_in(dialog, grant_of(ANNA))
    desk.save(dialog)
    assert desk.state is SignInState.SIGNED_IN


def test_a_shared_mailbox_that_is_entered_afterwards_counts_too(desk: Desk) -> None:
    dialog = desk.open(GRAPH)
    desk.sign_in(dialog, grant_of())
    assert dialog.save_and_finish_button.isEnabled()
    dialog.form.sign_in.opens_mailbox.setText("shared@example.org")
    desk.rest(dialog)
    assert not dialog.save_and_finish_button.isEnabled()
    desk.sign_in(dialog, grant_of())
    assert dialog.save_and_finish_button.isEnabled()
    dialog.form.sign_in.opens_mailbox.setText("")
    desk.rest(dialog)
    assert dialog.save_and_finish_button.isEnabled(), "leave for others' mailboxes is leave for one's own"


# --- what happens meanwhile ---


def test_what_was_entered_meanwhile_stays(desk: Desk) -> None:
    dialog = desk.open(EMPTY)
    desk.begin(dialog)
    dialog.form.server.host.setText("mail.contoso.example")
    dialog.form.username.setText("orders@contoso.example")
    desk.end(dialog, grant_of("anna@contoso.example"))
    record = dialog.read_record()
    assert (record.host, record.username) == ("mail.contoso.example", "orders@contoso.example")
    assert "Signed in as anna@contoso.example, but the mailbox is orders@contoso.example." in dialog.panel.state
    assert dialog.gate.reason == "To save, sign in with the right account, or choose the shared mailbox above."


def test_a_host_for_another_type_is_not_filled_in(desk: Desk) -> None:
    dialog = desk.open(replace(EMPTY, oauth_profile="Google"))
    desk.begin(dialog)
    dialog.form.server.type.choose(AccountType.POP3S)
    desk.end(dialog, grant_of("orders@contoso.example"))
    record = dialog.read_record()
    assert (record.type, record.host, record.username) == (AccountType.POP3S, "", "orders@contoso.example")


def test_another_profile_or_a_password_ends_the_sign_in(desk: Desk) -> None:
    dialog = desk.open(EMPTY)
    rows = dialog.form.sign_in
    ways: list[Callable[[], None]] = [
        lambda: rows.profile.choose("Google"),
        rows.authentication.button(Authentication.PASSWORD).click,
    ]
    for choose in ways:
        desk.begin(dialog)
        choose()
        desk.qtbot.waitUntil(lambda: not dialog.panel.running)
        desk.rest(dialog)
        assert (dialog.read_record().host, dialog.read_record().username) == ("", "")
        assert dialog.gate.authorization is None


def test_a_comment_does_not_end_the_sign_in(desk: Desk) -> None:
    dialog = desk.open(EMPTY)
    desk.begin(dialog)
    dialog.form.comment.setText("x")
    assert "Waiting" in dialog.panel.state
    desk.end(dialog, grant_of())
    assert dialog.gate.authorization is not None


# --- what is said ---


@pytest.mark.parametrize("happens", [BROWSER, DEVICE], ids=["browser", "device"])
def test_no_letter_means_two_things(happens: object, desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    dialog.panel.button.click()
    desk.qtbot.waitUntil(lambda: bool(desk.scripted.begun))
    desk.scripted.last.tell(happens)
    desk.qtbot.waitUntil(lambda: dialog.panel.browser.isVisible() or dialog.panel.device.isVisible())
    texts = [one.text() for one in dialog.findChildren(QAbstractButton) if one.isVisible()]
    texts += [one.text() for one in dialog.findChildren(QLabel) if one.isVisible() and one.buddy() is not None]
    keys = Counter(QKeySequence.mnemonic(text).toString() for text in texts)
    assert [key for key, times in keys.items() if key and times > 1] == []
    dialog.panel.leave()


def test_the_reason_of_a_failure_stays_until_something_is_otherwise(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, UserFixableError(Code.OAUTH_TIMED_OUT, {"minutes": 10}))
    said = dialog.panel.state
    assert "in time" in said
    for edit in (dialog.form.comment, dialog.form.server.host, dialog.form.username):
        edit.setText("x@example.org")
        desk.rest(dialog)
        assert dialog.panel.state == said
    dialog.form.sign_in.profile.choose("Google")
    desk.rest(dialog)
    assert dialog.panel.state == "Not signed in"


def test_the_reason_of_a_failure_goes_when_the_profile_was_edited(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.sign_in(dialog, UserFixableError(Code.OAUTH_TIMED_OUT, {"minutes": 10}))
    dialog.profiles_changed("Contoso")
    desk.rest(dialog)
    assert dialog.panel.state == "Not signed in"


def test_with_a_shared_mailbox_it_is_said_who_was_expected(desk: Desk) -> None:
    dialog = desk.open(replace(OAUTH, username=BOB, opens_mailbox="shared@example.org"))
    desk.sign_in(dialog, grant_of(ANNA))
    assert dialog.panel.state == f"Signed in as {ANNA}, but the account names {BOB}."
    assert dialog.panel.adopt_button.text() == f"Sign in as {ANNA}, open shared@example.org"


def test_what_could_not_be_read_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = desk.open(OAUTH)

    def broken(*given: object) -> bool:
        raise UserFixableError(Code.DATABASE_UNREACHABLE)

    with monkeypatch.context() as patch:
        patch.setattr(desk.app.tokens, "is_authorized", broken)
        desk.sign_in(dialog, grant_of())
        assert "not known" in dialog.panel.state
        assert "try again" in dialog.reason
        dialog.form.comment.setText("asks again")
        desk.rest(dialog)
        (notice,) = dialog.bar.notices
    again = next(one for one in notice.findChildren(QPushButton) if one.text() == "Try again")
    again.click()
    desk.rest(dialog)
    assert dialog.bar.notices == []
    assert f"Signed in as {SUPPORT}." in dialog.panel.state
    assert dialog.save_and_finish_button.isEnabled()


def test_another_name_of_the_profile_is_no_change(desk: Desk) -> None:
    dialog = desk.open(desk.stored())
    renamed = desk.app.profiles.change(replace(desk.app.profiles.get("Contoso"), name="Contoso 2"))
    dialog.profiles_changed(renamed.name)
    desk.rest(dialog)
    assert dialog.read_record().oauth_profile == "Contoso 2"
    assert not dialog.has_changes
    dialog.form.comment.setText("x")
    desk.rest(dialog)
    desk.save(dialog)
    assert desk.app.accounts.get("support").comment == "x"
    assert desk.state is SignInState.SIGNED_IN


def test_another_name_of_the_profile_does_not_end_the_sign_in(desk: Desk) -> None:
    dialog = desk.open(OAUTH)
    desk.begin(dialog)
    desk.app.profiles.change(replace(desk.app.profiles.get("Contoso"), name="Contoso 2"))
    dialog.profiles_changed("Contoso 2")
    settle(desk.qtbot, desk.tasks, dialog.gate._rest, besides={"sign in"})
    desk.end(dialog, grant_of())
    assert dialog.save_and_finish_button.isEnabled()
