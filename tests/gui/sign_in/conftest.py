"""The dialog that signs in again, on a real application whose sign-ins go as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import Authorization, Flow, OAuthProfile, Use
from mailadmin.gui.sign_in import SignInDialog, SignInServices
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

from .scripted import CONTOSO, ScriptedAuthorizations, grant_of

OpenSignIn: TypeAlias = Callable[[], SignInDialog]


@pytest.fixture
def profile(app: Application) -> OAuthProfile:
    """A profile of Microsoft's."""
    return app.profiles.add(CONTOSO)


@pytest.fixture
def scripted(app: Application) -> ScriptedAuthorizations:
    """Sign-ins that go as the test says."""
    return ScriptedAuthorizations(app.authorizing, app.profiles)


@pytest.fixture
def services(app: Application, scripted: ScriptedAuthorizations) -> SignInServices:
    """What signing in needs of the program."""
    return SignInServices(scripted, app.profiles, app.tokens)


@pytest.fixture
def account(app: Application, profile: OAuthProfile) -> IncomingAccount:
    """An account that somebody has signed in for."""
    stored = app.accounts.add(
        IncomingAccount(
            name="support",
            type=AccountType.IMAPS,
            host="mail.example.org",
            username="support@example.org",
            authentication=Authentication.OAUTH2,
            oauth_profile=profile.name,
        )
    )
    app.tokens.keep(stored, signed_in(stored, profile))
    return stored


def signed_in(account: IncomingAccount, profile: OAuthProfile, address: str = "") -> Authorization:
    """A sign-in for an account."""
    return Authorization(
        profile_uid=profile.uid or "",
        profile=profile.name,
        flow=Flow.AUTHORIZATION_CODE,
        use=Use.IMAP,
        username=account.username,
        grant=grant_of(address or account.username),
    )


@pytest.fixture
def open_sign_in(
    app: Application, account: IncomingAccount, services: SignInServices, tasks: Tasks, qtbot: QtBot
) -> Iterator[OpenSignIn]:
    """Opens the dialog, and waits until it has read how the account stands."""
    opened: list[SignInDialog] = []

    def make() -> SignInDialog:
        dialog = SignInDialog(
            account, services, tasks, lambda changed, authorization: app.accounts.change(changed, None, authorization)
        )
        opened.append(dialog)
        dialog.show()
        settle(qtbot, tasks)
        return dialog

    yield make
    tasks.stop_all()
    settle(qtbot, tasks)
    for dialog in opened:
        if isValid(dialog):
            QDialog.reject(dialog)
