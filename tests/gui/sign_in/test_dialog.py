"""Signing in again for a stored account: it is kept at once, and nothing else changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import Authorization, OAuthProfile
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.sign_in import SignInDialog, SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.pseudo import Pseudo
from tests.gui.waiting import settle, until_gone
from tests.gui.walking import clipped, described, focusable, name_of, outside

from .conftest import OpenSignIn
from .scripted import BROWSER, DEVICE, ScriptedAuthorizations, grant_of


def refuse(app: Application, account: IncomingAccount) -> None:
    """The provider has refused what is stored."""
    record = app.storage.tokens.get(account.id or 0)
    assert record is not None
    words = "AADSTS50173: The provided grant has expired."
    app.storage.tokens.put(replace(record, refused=datetime.now(UTC), cause="password-changed", server=words))


def state_of(app: Application, account: IncomingAccount) -> SignInState:
    return app.tokens.sign_ins()[account.id or 0].state


def begin(dialog: SignInDialog, scripted: ScriptedAuthorizations, qtbot: QtBot, *happens: object) -> None:
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: bool(scripted.begun))
    for what in happens:
        scripted.last.tell(what)


def test_it_says_why_and_a_new_sign_in_is_kept_at_once(
    app: Application,
    account: IncomingAccount,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
) -> None:
    refuse(app, account)
    assert state_of(app, account) is SignInState.NEEDED
    dialog = open_sign_in()
    assert "needs sign-in since" in dialog.panel.state
    assert "password was changed" in dialog.panel.more
    assert "AADSTS50173" in dialog.panel.server.text()
    kept: list[tuple[IncomingAccount, bool]] = []
    dialog.kept.connect(lambda account, fetch: kept.append((account, fetch)))
    begin(dialog, scripted, qtbot, BROWSER, grant_of())
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert state_of(app, account) is SignInState.SIGNED_IN
    assert [(one.id, fetch) for one, fetch in kept] == [(account.id, True)]
    assert app.accounts.again(account) == account, "the account is as it was"


def test_enter_begins_and_fetching_can_be_left_out(
    open_sign_in: OpenSignIn, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_sign_in()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.fetch_box.setChecked(False)
    fetches: list[bool] = []
    dialog.kept.connect(lambda account, fetch: fetches.append(fetch))
    focused = QApplication.focusWidget()
    assert focused is dialog.panel.button
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(scripted.begun))
    scripted.last.tell(grant_of())
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert fetches == [False]


def test_nothing_is_kept_for_the_wrong_mailbox_until_it_is_said_whose_it_is(
    app: Application,
    account: IncomingAccount,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
) -> None:
    refuse(app, account)
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot, grant_of("anna@example.org"))
    qtbot.waitUntil(lambda: "but the mailbox is" in dialog.panel.state)
    settle(qtbot, tasks)
    assert state_of(app, account) is SignInState.NEEDED
    dialog.panel.adopt_button.click()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    stored = app.accounts.again(account)
    assert (stored.username, stored.opens_mailbox) == ("anna@example.org", "support@example.org")
    assert state_of(app, account) is SignInState.SIGNED_IN
    assert stored.mailbox == account.mailbox, "the ledger is the mailbox's"


def test_missing_permissions_are_read_before_it_closes(
    app: Application,
    account: IncomingAccount,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
) -> None:
    refuse(app, account)
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot)
    scripted.last.tell(scripted.last.authorization(grant_of(), missing=("IMAP.AccessAsUser.All",)))
    qtbot.waitUntil(lambda: "Not granted" in dialog.panel.more)
    settle(qtbot, tasks)
    assert dialog.isVisible()
    assert state_of(app, account) is SignInState.SIGNED_IN


def press(dialog: SignInDialog, text: str, qtbot: QtBot) -> None:
    """Press the button of that name as soon as it is shown."""

    def shown() -> list[QPushButton]:
        found = [one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == text]
        return [one for one in found if one.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    shown()[0].click()


@pytest.fixture
def locked(app: Application, account: IncomingAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing can be kept until this is undone."""

    def keep(account: object, authorization: object) -> None:
        raise UserFixableError(Code.KEYRING_LOCKED, {"detail": "locked"})

    with monkeypatch.context() as patch:
        patch.setattr(app.tokens, "keep", keep)
        yield patch


@pytest.mark.parametrize("by", ["again", "key"])
def test_a_sign_in_that_could_not_be_kept_is_kept_when_the_key_is_there(
    by: str,
    app: Application,
    account: IncomingAccount,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    locked: pytest.MonkeyPatch,
    tasks: Tasks,
    qtbot: QtBot,
) -> None:
    refuse(app, account)
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot, grant_of())
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    assert "keyring" in dialog.bar.notices[0].text
    assert "lost when the dialog closes" in dialog.panel.more
    wanted: list[None] = []
    dialog.secrets_setup_wanted.connect(lambda: wanted.append(None))
    press(dialog, "Set up the key...", qtbot)
    assert len(wanted) == 1
    locked.undo()
    if by == "again":
        press(dialog, "Try again", qtbot)
    else:
        dialog.secrets_changed()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert state_of(app, account) is SignInState.SIGNED_IN


@pytest.mark.usefixtures("locked")
def test_a_sign_in_that_is_not_kept_is_not_given_up_unasked(
    open_sign_in: OpenSignIn, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot, grant_of())
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    dialog.close()
    box = dialog.findChild(QMessageBox)
    assert box is not None
    assert dialog.isVisible()
    next(one for one in box.buttons() if one.text().replace("&", "") == "Discard sign-in").click()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)


def test_it_does_not_close_while_it_keeps(
    app: Application,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, keep = threading.Event(), app.tokens.keep

    def slowly(account: IncomingAccount, authorization: Authorization) -> None:
        assert go_on.wait(30)
        keep(account, authorization)

    monkeypatch.setattr(app.tokens, "keep", slowly)
    dialog = open_sign_in()
    kept: list[object] = []
    dialog.kept.connect(lambda account, fetch: kept.append(account))
    begin(dialog, scripted, qtbot, grant_of())
    qtbot.waitUntil(lambda: "Keeping" in dialog.panel.state)
    dialog.close_button.click()
    dialog.close()
    assert dialog.isVisible()
    go_on.set()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert len(kept) == 1


def test_what_could_not_be_read_is_said_and_read_again(
    app: Application, open_sign_in: OpenSignIn, tasks: Tasks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> OAuthProfile:
        raise UserFixableError(Code.DATABASE_UNREACHABLE)

    with monkeypatch.context() as patch:
        patch.setattr(app.profiles, "get", broken)
        dialog = open_sign_in()
        assert "database cannot be reached" in dialog.panel.state
        assert not dialog.panel.button.isEnabled()
    dialog.again_button.click()
    settle(qtbot, tasks)
    assert "Signed in as support@example.org" in dialog.panel.state
    assert dialog.panel.button.isEnabled()
    assert not dialog.again_button.isVisible()


@pytest.mark.parametrize("validity", Validity)
def test_only_a_valid_account_is_fetched_then(
    validity: Validity, app: Application, account: IncomingAccount, services: SignInServices,
    scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot,
) -> None:  # fmt: skip
    stored = app.accounts.change(replace(account, validity=validity))
    dialog = SignInDialog(stored, services, tasks, lambda changed, authorization: changed)
    dialog.show()
    settle(qtbot, tasks)
    fetches: list[bool] = []
    dialog.kept.connect(lambda account, fetch: fetches.append(fetch))
    valid = validity is Validity.VALID
    assert dialog.fetch_box.isVisible() is valid
    begin(dialog, scripted, qtbot, grant_of())
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert fetches == [valid]


def test_whoever_is_adopted_for_graph_signs_in_once_more(
    app: Application,
    account: IncomingAccount,
    services: SignInServices,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
) -> None:
    stored = app.accounts.change(replace(account, type=AccountType.MSGRAPH, host=""))
    refuse(app, stored)
    change = app.accounts.change
    dialog = SignInDialog(stored, services, tasks, lambda changed, authorization: change(changed, None, authorization))
    dialog.show()
    settle(qtbot, tasks)
    begin(dialog, scripted, qtbot, grant_of("anna@example.org"))
    qtbot.waitUntil(lambda: dialog.panel.adopt_button.isVisible())
    dialog.panel.adopt_button.click()
    settle(qtbot, tasks)
    assert "by a permission of its own" in dialog.panel.more
    assert app.accounts.again(stored) == stored, "nothing is changed before the right sign-in is there"
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: len(scripted.begun) == 2)
    assert scripted.last.account.opens_mailbox == "support@example.org"
    scripted.last.tell(grant_of("anna@example.org"))
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert app.accounts.again(stored).username == "anna@example.org"
    assert state_of(app, stored) is SignInState.SIGNED_IN


def test_closing_ends_the_sign_in(
    open_sign_in: OpenSignIn, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot, BROWSER)
    qtbot.waitUntil(lambda: "Waiting" in dialog.panel.state)
    dialog.close_button.click()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)
    assert tasks.running == ()


@pytest.mark.parametrize("happens", [BROWSER, DEVICE, grant_of("anna@example.org"), None])
@pytest.mark.parametrize("mirrored", [False, True])
def test_nothing_is_clipped_or_nameless_in_a_longer_language(
    happens: object,
    mirrored: bool,
    app: Application,
    account: IncomingAccount,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    qapp: QApplication,
    qtbot: QtBot,
) -> None:
    refuse(app, account)
    pseudo = Pseudo()
    qapp.installTranslator(pseudo)
    if mirrored:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        dialog = open_sign_in()
        if happens is not None:
            begin(dialog, scripted, qtbot, happens)
            panel = dialog.panel
            qtbot.waitUntil(
                lambda: panel.browser.isVisible() or panel.device.isVisible() or panel.adopt_button.isVisible()
            )
        qtbot.waitUntil(lambda: [*clipped(dialog), *outside(dialog)] == [])
        assert dialog.width() <= 900
        assert [described(one) for one in focusable(dialog) if not name_of(one)] == []
    finally:
        qapp.removeTranslator(pseudo)
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
