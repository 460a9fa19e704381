"""Signing in within the account dialog, by a script: what several test modules do."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.sign_in import SignInState
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.tasks import Tasks
from tests.gui.sign_in.scripted import ScriptedAuthorizations, grant_of
from tests.gui.waiting import settle

from .conftest import FILLED

OAUTH = replace(FILLED, authentication=Authentication.OAUTH2, oauth_profile="Contoso")


def sign_in(
    dialog: AccountDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot, *happens: object
) -> None:
    """Press the button; this happens; wait until everything rests."""
    before = len(scripted.begun)
    dialog.panel.button.click()
    qtbot.waitUntil(lambda: len(scripted.begun) > before)
    for what in happens:
        scripted.last.tell(what)
    qtbot.waitUntil(lambda: not dialog.panel.running)
    rest(dialog, tasks, qtbot)


def rest(dialog: AccountDialog, tasks: Tasks, qtbot: QtBot) -> None:
    settle(qtbot, tasks, dialog.gate._rest)


def sign_in_of(app: Application, name: str) -> SignInState:
    return app.tokens.sign_ins()[app.accounts.get(name).id or 0].state


def stored_one(
    app: Application, dialog: AccountDialog, scripted: ScriptedAuthorizations, tasks: Tasks, qtbot: QtBot
) -> IncomingAccount:
    """An account that was signed in for and saved."""
    sign_in(dialog, scripted, tasks, qtbot, grant_of())
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)
    return app.accounts.get("support")
