"""The account dialog on a real application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle
from tests.servers.dovecot import GOOD, Dovecot

OpenDialog: TypeAlias = Callable[[IncomingAccount], AccountDialog]
NEW = IncomingAccount(name="", type=AccountType.IMAPS)
FILLED = IncomingAccount(
    name="support", type=AccountType.IMAPS, host="mail.example.org", username="support@example.org"
)


@pytest.fixture
def sign_ins(app: Application) -> SignInServices:
    """The application's own; other modules script them."""
    return SignInServices(app.authorizing, app.profiles, app.tokens)


@pytest.fixture
def open_dialog(app: Application, sign_ins: SignInServices, tasks: Tasks, qtbot: QtBot) -> Iterator[OpenDialog]:
    """Opens the dialog and waits until everything that it reads is there."""
    opened: list[AccountDialog] = []

    def make(account: IncomingAccount) -> AccountDialog:
        dialog = AccountDialog(
            account,
            accounts=app.accounts,
            checking=app.checking,
            secrets=app.secrets,
            routing=app.routing,
            tasks=tasks,
            sign_ins=sign_ins,
        )
        opened.append(dialog)
        dialog.show()
        settle(qtbot, tasks, dialog.gate._rest)
        return dialog

    yield make
    tasks.stop_all()
    settle(qtbot, tasks)
    for dialog in opened:
        if isValid(dialog):
            QDialog.reject(dialog)


@pytest.fixture
def on_dovecot(dovecot: Dovecot, user: str) -> IncomingAccount:
    """An account whose mailbox is on a real server, and is trusted."""
    dovecot.create_folder(user)
    return IncomingAccount(
        name="support",
        type=AccountType.IMAPS,
        host=GOOD,
        port=dovecot.port(AccountType.IMAPS),
        username=user,
        ca_file=str(dovecot.authority.file),
    )
