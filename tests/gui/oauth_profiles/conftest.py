"""Profiles of all providers on a real database, the pages and the dialog that show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.oauth import (
    Authorization,
    ClientAuthentication,
    Flow,
    Grant,
    Identity,
    OAuthProfile,
    Provider,
    Use,
)
from mailadmin.domain.secrets import Secret, SecretKind
from mailadmin.gui.incoming import OAuthAccountsPage
from mailadmin.gui.oauth_profiles import ProfileDialog, ProfilesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

TENANT: Final = "0f7e3c52-8a4b-4b1e-9c2d-7e6f5a4b3c2d"
CLIENT: Final = "6b2c0a14-1d5e-4f6b-9d8e-3c1f2a4b5c6d"
VALUE: Final = "abc8Q~" + "x" * 34
"""A client secret as Microsoft makes them."""
MICROSOFT: Final = OAuthProfile(name="Contoso", provider=Provider.MICROSOFT, tenant=TENANT, client_id=CLIENT)
APP_ONLY: Final = replace(
    MICROSOFT,
    name="App-only",
    flow=Flow.CLIENT_CREDENTIALS,
    client_authentication=ClientAuthentication.SECRET,
)
GOOGLE: Final = OAuthProfile(
    name="Workspace",
    provider=Provider.GOOGLE,
    client_id="417-abc.apps.googleusercontent.com",
    client_authentication=ClientAuthentication.SECRET,
)
CUSTOM: Final = OAuthProfile(
    name="Partner",
    provider=Provider.CUSTOM,
    discovery_url="https://id.example.org/.well-known/openid-configuration",
    client_id="mailadmin",
)


def ends_in(days: int) -> OAuthProfile:
    """The program's own profile, with a secret that ends in so many days."""
    today = datetime.now().astimezone().date()
    return replace(APP_ONLY, secret_expires=today + timedelta(days=days))


def account(profile: OAuthProfile, name: str = "orders") -> IncomingAccount:
    """An account that signs in by a profile, not stored."""
    return IncomingAccount(
        name=name,
        type=AccountType.IMAPS,
        host="outlook.office365.com",
        username=f"{name}@contoso.com",
        authentication=Authentication.OAUTH2,
        oauth_profile=profile.name,
    )


def signed_in(profile: OAuthProfile, one: IncomingAccount) -> Authorization:
    """What a sign-in brings."""
    grant = Grant(
        Secret("token-of-the-mailbox"),
        datetime.now(UTC) + timedelta(hours=1),
        Secret("{}"),
        identity=Identity("subject", one.username, tenant=TENANT),
    )
    return Authorization(profile.uid or "", profile.name, profile.flow, Use.IMAP, one.username, grant)


def kept(app: Application, kind: SecretKind) -> list[str]:
    """The secrets of a kind that are kept."""
    found = [app.vault.get(ref) for ref in app.vault.list() if ref.kind is kind]
    return [secret.reveal() for secret in found if secret is not None]


@pytest.fixture
def page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> ProfilesPage:
    """The page of profiles; shown, and at rest."""
    made = ProfilesPage(profiles=app.profiles, secrets=app.secrets, tasks=tasks, settings=settings)
    return shown(made, qtbot)


@pytest.fixture
def accounts_page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> OAuthAccountsPage:
    """The page of accounts that sign in by OAuth2; shown, and at rest."""
    made = OAuthAccountsPage(
        accounts=app.accounts, schedule=app.schedule, tokens=app.tokens, tasks=tasks, settings=settings
    )
    return shown(made, qtbot)


P = TypeVar("P", ProfilesPage, OAuthAccountsPage)


def shown(made: P, qtbot: QtBot) -> P:
    """Show a page under the eyes of Qt's own tester of models."""
    qtbot.addWidget(made)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    made.resize(900, 560)
    made.show()
    qtbot.waitExposed(made)
    settle(qtbot, made.tasks)
    return made


Open = Callable[[OAuthProfile], ProfileDialog]


@pytest.fixture
def open_dialog(app: Application, tasks: Tasks, qtbot: QtBot) -> Open:
    """Opens the dialog of a profile, stored or not."""

    def opens(profile: OAuthProfile) -> ProfileDialog:
        dialog = ProfileDialog(profile, profiles=app.profiles, secrets=app.secrets, tasks=tasks)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitExposed(dialog)
        settle(qtbot, tasks)
        return dialog

    return opens
