"""The account dialog on a real application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount, Validity
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider
from mailadmin.domain.secrets import Secret
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.sign_in.scripted import CONTOSO, ScriptedAuthorizations
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
def scripted(app: Application) -> ScriptedAuthorizations:
    """Sign-ins that go as the test says."""
    return ScriptedAuthorizations(app.authorizing, app.profiles)


@pytest.fixture
def profiles(app: Application) -> dict[str, OAuthProfile]:
    """Microsoft's, Microsoft's for applications, Google's, and one that is not valid; by name."""
    own = replace(
        CONTOSO,
        name="By itself",
        flow=Flow.CLIENT_CREDENTIALS,
        client_authentication=ClientAuthentication.SECRET,
        client_id="22222222-2222-3333-4444-555555555555",
    )
    google = OAuthProfile(
        name="Google",
        provider=Provider.GOOGLE,
        client_id="1234567890-abc.apps.googleusercontent.com",
        client_authentication=ClientAuthentication.SECRET,
    )
    secret = Secret("S3cr~t.value-of-the-client_0123456789abc")
    stored = [
        app.profiles.add(CONTOSO),
        app.profiles.add(own, secret),
        app.profiles.add(google, Secret("GOCSPX-0123456789abcdefghijklmnopqr")),
        app.profiles.add(replace(CONTOSO, name="Old", validity=Validity.INVALID)),
    ]
    return {profile.name: profile for profile in stored}


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
            what_if=app.what_if,
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
