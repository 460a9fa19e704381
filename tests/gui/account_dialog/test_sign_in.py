"""OAuth2 in the account dialog: its rows, when Save is possible, what a sign-in fills in, what is signed in with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount, Validity
from mailadmin.domain.oauth import (
    Authorization,
    OAuthProfile,
)
from mailadmin.domain.ports import Folder
from mailadmin.domain.secrets import Secret
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.sign_in.scripted import BROWSER, CONTOSO, DEVICE, ScriptedAuthorizations, grant_of
from tests.gui.waiting import settle

from .conftest import FILLED, NEW, OpenDialog
from .signing_in import OAUTH, rest, sign_in, sign_in_of, stored_one
from .test_for_everyone import clipped, longer_and_mirrored, nameless

__all__ = ["longer_and_mirrored"]

pytestmark = pytest.mark.usefixtures("profiles")


@pytest.fixture
def sign_ins(app: Application, scripted: ScriptedAuthorizations) -> SignInServices:
    return SignInServices(scripted, app.profiles, app.tokens)


def labels(dialog: AccountDialog) -> dict[str, str]:
    """What stands beside each field that is shown."""
    form = dialog.form
    fields = {"username": form.username, "opens_mailbox": form.sign_in.opens_mailbox}
    return {
        name: next(label.text() for label in dialog.findChildren(QLabel) if label.buddy() is edit and label.isVisible())
        for name, edit in fields.items()
        if edit.isVisible()
    }


def offered(dialog: AccountDialog) -> list[str]:
    return list(dialog.form.sign_in.profile.values)


# --- rows ---


def test_rows_come_and_go_with_the_authentication(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FILLED)
    assert dialog.fields["password"].isVisible()
    assert labels(dialog) == {"username": "&Username *"}
    dialog.form.sign_in.authentication.button(Authentication.OAUTH2).click()
    assert not dialog.fields["password"].isVisible()
    assert dialog.fields["oauth_profile"].isVisible()
    assert dialog.panel.isVisible()
    dialog.form.sign_in.profile.choose("Contoso")
    assert labels(dialog) == {"username": "Signs in as *", "opens_mailbox": "Opens mailbo&x"}
    dialog.form.sign_in.profile.choose("By itself")
    assert labels(dialog) == {"username": "Mailbox address *"}
    assert dialog.panel.button.text().replace("&", "") == "Check sign-in"
    dialog.form.sign_in.authentication.button(Authentication.PASSWORD).click()
    record = dialog.read_record()
    assert (record.authentication, record.oauth_profile) == (Authentication.PASSWORD, "")


def test_valid_profiles_are_offered_and_the_chosen_one_whatever_it_is(open_dialog: OpenDialog) -> None:
    assert offered(open_dialog(OAUTH)) == ["By itself", "Contoso", "Google"]
    dialog = open_dialog(replace(OAUTH, oauth_profile="Old"))
    assert sorted(offered(dialog)) == ["By itself", "Contoso", "Google", "Old"]
    assert dialog.form.sign_in.profile.currentText() == "Old (invalid)"


def test_the_only_profile_there_is_is_chosen_for_a_new_account(
    app: Application, open_dialog: OpenDialog, profiles: dict[str, OAuthProfile]
) -> None:
    app.profiles.delete([profile for name, profile in profiles.items() if name != "Contoso"])
    dialog = open_dialog(replace(NEW, authentication=Authentication.OAUTH2))
    assert dialog.read_record().oauth_profile == "Contoso"
    assert not dialog.has_changes, "nobody has changed anything"
    assert open_dialog(NEW).read_record().oauth_profile == ""


def test_graph_has_no_host_no_password_and_no_certificate_and_only_microsofts_profiles(
    open_dialog: OpenDialog,
) -> None:
    dialog = open_dialog(replace(FILLED, port=1993, pinned_certificate="ab" * 32))
    dialog.form.server.type.choose(AccountType.MSGRAPH)
    for name in ("host", "port", "password", "authentication", "pinned_certificate"):
        assert not dialog.fields[name].isVisible(), name
    for name in ("oauth_profile", "username", "folder", "authorization"):
        assert dialog.fields[name].isVisible(), name
    assert offered(dialog) == ["By itself", "Contoso"]
    assert labels(dialog)["username"] == "Mailbox address *"
    record = dialog.read_record()
    assert (record.host, record.port, record.pinned_certificate) == ("", None, "")
    assert record.authentication is Authentication.OAUTH2
    dialog.form.server.type.choose(AccountType.IMAPS)
    assert dialog.read_record().host == FILLED.host, "what was entered is not lost"
    assert dialog.read_record().authentication is Authentication.PASSWORD


def test_a_profile_that_does_not_fit_is_not_kept(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(replace(OAUTH, oauth_profile="Google"))
    dialog.form.server.type.choose(AccountType.MSGRAPH)
    assert "Google" in offered(dialog), "what is chosen stays in sight, and the rules say what is wrong with it"
    assert "oauth_profile" in [fault.field for fault in dialog.faults_of(dialog.read_record())]


def test_without_encryption_there_is_no_oauth(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(OAUTH)
    assert dialog.form.sign_in.impossible.text == ""
    dialog.form.server.type.choose(AccountType.IMAP)
    assert "not possible without encryption" in dialog.form.sign_in.impossible.text
    assert not dialog.panel.button.isEnabled()


@pytest.mark.parametrize(
    ("host", "username"), [("outlook.office365.com", "x@contoso.example"), ("", "x@outlook.com"), ("", "x@hotmail.com")]
)
def test_where_microsoft_refuses_passwords_the_remark_offers_the_other_way(
    host: str, username: str, open_dialog: OpenDialog, qtbot: QtBot
) -> None:
    dialog = open_dialog(NEW)
    dialog.form.server.host.setText(host)
    dialog.form.username.setText(username)
    remark = dialog.form.sign_in.refuses_passwords
    assert "refuses passwords" in remark.text
    offer = remark.findChild(QPushButton)
    assert offer is not None
    offer.click()
    assert dialog.read_record().authentication is Authentication.OAUTH2
    assert remark.text == ""


def test_profiles_are_edited_from_here_and_the_new_one_is_chosen(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    wanted: list[str] = []
    dialog.profile_wanted.connect(wanted.append)
    dialog.form.sign_in.edit_button.click()
    dialog.form.sign_in.add_button.click()
    assert wanted == ["Contoso", ""]
    app.profiles.add(replace(CONTOSO, name="Fabrikam"))
    dialog.profiles_changed("Fabrikam")
    rest(dialog, tasks, qtbot)
    assert dialog.read_record().oauth_profile == "Fabrikam"


# --- when Save is possible ---


def test_save_waits_for_a_sign_in_and_says_so(
    app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    assert not dialog.save_and_finish_button.isEnabled()
    assert "sign in above" in dialog.reason
    assert "sign in above" in dialog.save_and_finish_button.accessibleDescription()
    sign_in(dialog, scripted, tasks, qtbot, BROWSER, grant_of())
    assert dialog.reason == ""
    assert dialog.save_and_finish_button.isEnabled()
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    assert sign_in_of(app, "support") is SignInState.SIGNED_IN
    assert app.tokens.credential_of(app.accounts.get("support")) == Secret("access-token-of-support@example.org")


def test_a_sign_in_is_for_the_profile_and_user_that_are_shown(
    open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot, app: Application
) -> None:
    app.profiles.add(replace(CONTOSO, name="Fabrikam"))
    dialog = open_dialog(OAUTH)
    sign_in(dialog, scripted, tasks, qtbot, grant_of())
    dialog.form.username.setText("somebody@example.org")
    assert not dialog.save_and_finish_button.isEnabled(), "at once, before anybody was asked"
    rest(dialog, tasks, qtbot)
    assert not dialog.save_and_finish_button.isEnabled()
    assert dialog.panel.state == "Not signed in"
    dialog.form.username.setText("Support@Example.org")
    rest(dialog, tasks, qtbot)
    assert dialog.save_and_finish_button.isEnabled(), "upper and lower case is no other user"
    dialog.form.sign_in.profile.choose("Fabrikam")
    rest(dialog, tasks, qtbot)
    assert not dialog.save_and_finish_button.isEnabled()


def test_what_is_not_valid_can_always_be_saved(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    for validity in (Validity.INVALID_TEMPORARILY, Validity.INVALID):
        dialog.form.validity.choose(validity)
        rest(dialog, tasks, qtbot)
        assert dialog.save_and_finish_button.isEnabled()
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    assert app.accounts.get("support").validity is Validity.INVALID


def test_other_edits_of_an_authorised_account_are_free(
    app: Application,
    open_dialog: OpenDialog,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = stored_one(app, open_dialog(OAUTH), scripted, tasks, qtbot)
    dialog = open_dialog(account)
    assert "Signed in as support@example.org" in dialog.panel.state
    assert not dialog.save_and_finish_button.isEnabled(), "nothing was changed"
    asked: list[IncomingAccount] = []
    real = app.tokens.is_authorized

    def is_authorized(account: IncomingAccount, authorization: Authorization | None) -> bool:
        asked.append(account)
        return real(account, authorization)

    monkeypatch.setattr(app.tokens, "is_authorized", is_authorized)
    dialog.form.comment.setText("First line.")
    rest(dialog, tasks, qtbot)
    assert dialog.save_and_finish_button.isEnabled()
    assert asked == [], "a comment asks nothing"
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    assert app.accounts.get("support").comment == "First line."
    assert sign_in_of(app, "support") is SignInState.SIGNED_IN


def test_a_new_sign_in_of_a_stored_account_is_a_change(
    app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    account = stored_one(app, open_dialog(OAUTH), scripted, tasks, qtbot)
    app.tokens.clear()
    dialog = open_dialog(account)
    assert "tokens were cleared" in dialog.panel.more
    sign_in(dialog, scripted, tasks, qtbot, grant_of())
    changed = dialog.has_changes
    assert dialog.save_button is not None
    dialog.save_button.click()
    rest(dialog, tasks, qtbot)
    assert sign_in_of(app, "support") is SignInState.SIGNED_IN
    assert (changed, dialog.has_changes) == (True, False)
    assert "Signed in as" in dialog.panel.state


def test_the_question_before_leaving_does_not_save_what_cannot_be(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    dialog.form.comment.setText("x")
    dialog.reject()
    box = dialog.findChild(QMessageBox)
    assert box is not None
    save = next(one for one in box.buttons() if one.text().replace("&", "") == "Save")
    save.click()
    settle(qtbot, tasks)
    assert dialog.isVisible()
    assert "sign in above" in dialog.bar.notices[0].text
    assert app.accounts.all() == []


def test_an_application_needs_nobody_to_be_saved(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(replace(OAUTH, oauth_profile="By itself"))
    rest(dialog, tasks, qtbot)
    assert "signs in by itself" in dialog.panel.state
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    assert sign_in_of(app, "support") is SignInState.BY_ITSELF


def test_to_try_an_applications_sign_in_changes_nothing(
    app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    stored = app.accounts.add(replace(OAUTH, oauth_profile="By itself"))
    dialog = open_dialog(stored)
    sign_in(dialog, scripted, tasks, qtbot, grant_of(""))
    assert "the program can sign in by itself" in dialog.panel.state
    assert not dialog.has_changes


# --- what a sign-in fills in ---


def test_a_new_account_is_filled_in_by_what_the_provider_tells(
    open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(replace(NEW, authentication=Authentication.OAUTH2, oauth_profile="Contoso"))
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: bool(scripted.begun))
    dialog.form.server.name.setText("orders")  # while the browser is open
    dialog.form.comment.setText("Entered meanwhile.")
    scripted.last.tell(grant_of("orders@contoso.example"))
    qtbot.waitUntil(lambda: not dialog.panel.running)
    rest(dialog, tasks, qtbot)
    record = dialog.read_record()
    assert (record.username, record.host, record.type) == (
        "orders@contoso.example",
        "outlook.office365.com",
        AccountType.IMAPS,
    )
    assert (record.name, record.comment) == ("orders", "Entered meanwhile.")
    assert dialog.save_and_finish_button.isEnabled()


def test_somebody_else_is_not_saved_until_it_is_said_who_opens_what(
    app: Application, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    sign_in(dialog, scripted, tasks, qtbot, grant_of("anna@example.org"))
    assert not dialog.save_and_finish_button.isEnabled()
    assert "choose the shared mailbox above" in dialog.reason
    assert dialog.panel.adopt_button.isVisible()
    dialog.panel.adopt_button.click()
    rest(dialog, tasks, qtbot)
    record = dialog.read_record()
    assert (record.username, record.opens_mailbox) == ("anna@example.org", "support@example.org")
    assert not dialog.panel.adopt_button.isVisible()
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    assert app.accounts.get("support").opens_mailbox == "support@example.org"
    assert sign_in_of(app, "support") is SignInState.SIGNED_IN


# --- what is signed in with ---


def test_check_and_folders_use_the_token_that_is_not_saved_yet(
    app: Application,
    open_dialog: OpenDialog,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = open_dialog(OAUTH)
    dialog.check()
    assert dialog.fields["authorization"].fault == "Somebody must sign in first."
    sign_in(dialog, scripted, tasks, qtbot, grant_of())
    assert dialog.fields["authorization"].fault == ""
    used: list[Secret] = []

    def folders(account: IncomingAccount, credential: Callable[[], Secret], stop: object) -> list[Folder]:
        used.append(credential())
        return []

    monkeypatch.setattr(app.checking, "folders", folders)
    monkeypatch.setattr(dialog.check_panel, "start", lambda account, credential: used.append(credential()))
    dialog.check()
    dialog.form.folder.browse.click()
    settle(qtbot, tasks)
    assert used == [Secret("access-token-of-support@example.org")] * 2


def test_who_presses_check_at_once_is_not_told_to_sign_in(
    app: Application,
    open_dialog: OpenDialog,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = open_dialog(OAUTH)
    credentials: list[Callable[[], Secret]] = []
    monkeypatch.setattr(dialog.check_panel, "start", lambda account, credential: credentials.append(credential))
    dialog.panel.authorized.connect(lambda signed_in: dialog.check())  # it is not known yet whether that fits
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: bool(scripted.begun))
    scripted.last.tell(grant_of())
    qtbot.waitUntil(lambda: bool(credentials))
    assert dialog.fields["authorization"].fault == ""
    assert credentials[0]() == Secret("access-token-of-support@example.org")
    rest(dialog, tasks, qtbot)


def test_graph_says_how_it_deletes(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(replace(OAUTH, type=AccountType.MSGRAPH, host=""))
    assert "deletes softly" in dialog.form.handling.habits.text
    dialog.form.server.type.choose(AccountType.IMAPS)
    assert dialog.form.handling.habits.text == ""


def test_closing_ends_the_sign_in(
    open_dialog: OpenDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(replace(OAUTH, id=None))
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: bool(scripted.begun))
    dialog.done(0)
    settle(qtbot, tasks)
    assert tasks.running == ()


# --- for everyone ---

EVERY = {
    "oauth": OAUTH,
    "by itself": replace(OAUTH, oauth_profile="By itself"),
    "graph": replace(OAUTH, type=AccountType.MSGRAPH, host=""),
    "plain": replace(OAUTH, type=AccountType.IMAP),
    "microsoft": replace(FILLED, host="outlook.office365.com"),
}


@pytest.mark.parametrize("account", EVERY.values(), ids=EVERY)
@pytest.mark.usefixtures("longer_and_mirrored")
def test_nothing_is_clipped_or_nameless(account: IncomingAccount, open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(account)
    dialog.resize(900, 560)
    qtbot.waitUntil(lambda: clipped(dialog) == [])
    assert nameless(dialog) == []
    assert dialog._area.horizontalScrollBar().maximum() == 0
    assert dialog.width() == 900


@pytest.mark.parametrize("happens", [BROWSER, DEVICE], ids=["browser", "device"])
@pytest.mark.usefixtures("longer_and_mirrored")
def test_nothing_is_clipped_while_somebody_signs_in(
    happens: object, open_dialog: OpenDialog, scripted: ScriptedAuthorizations, qtbot: QtBot
) -> None:
    dialog = open_dialog(OAUTH)
    dialog.resize(900, 560)
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: bool(scripted.begun))
    scripted.last.tell(happens)
    qtbot.waitUntil(lambda: dialog.panel.browser.isVisible() or dialog.panel.device.isVisible())
    qtbot.waitUntil(lambda: clipped(dialog) == [])
    assert nameless(dialog) == []
    assert dialog._area.horizontalScrollBar().maximum() == 0
    dialog.panel.leave()


def test_tab_goes_through_the_sign_in(open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(OAUTH)
    rows = dialog.form.sign_in
    rows.authentication.button(Authentication.OAUTH2).setFocus()
    wanted = [
        rows.authentication.button(Authentication.OAUTH2), rows.profile, rows.edit_button, rows.add_button,
        rows.username, rows.opens_mailbox, dialog.panel.button, dialog.panel.device_button,
    ]  # fmt: skip
    visited = []
    for _ in wanted:
        focused = QApplication.focusWidget()
        assert focused is not None
        visited.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert visited == wanted
