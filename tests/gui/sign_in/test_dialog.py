"""Signing in again for a stored account: it is kept at once, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.sign_in import SignInDialog
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


def test_a_token_that_cannot_be_kept_is_said(
    app: Application,
    open_sign_in: OpenSignIn,
    scripted: ScriptedAuthorizations,
    tasks: Tasks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(account: object, authorization: object) -> None:
        raise UserFixableError(Code.KEYRING_LOCKED, {"detail": "locked"})

    monkeypatch.setattr(app.tokens, "keep", locked)
    dialog = open_sign_in()
    begin(dialog, scripted, qtbot, grant_of())
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    assert "keyring" in dialog.bar.notices[0].text
    assert dialog.isVisible()
    settle(qtbot, tasks)


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
