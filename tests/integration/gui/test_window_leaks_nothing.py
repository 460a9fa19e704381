"""Secrets of OAuth2 in the window: in no text that it shows, not on the clipboard, nor in a crash report or the log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDateEdit,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType
from mailadmin.domain.oauth import Provider
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.crash_notice import CrashNotices
from mailadmin.gui.oauth_profiles import ProfileDialog
from tests.evidence import Evidence, logging_everything, marked
from tests.integration.fetch.conftest import mail
from tests.servers.openid import DESKTOP_SECRET, SECRETS, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .administrator import LOGIN, Administrator
from .conftest import OpenWindow

_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
_TEXTS = ("accessibleName", "accessibleDescription", "toolTip", "windowTitle", "whatsThis", "statusTip")


@pytest.fixture
def evidence(tmp_path: Path, sqlite_home: Path, openid_provider: OpenIdProvider) -> Iterator[Evidence]:
    marked(openid_provider)
    gathered = Evidence(tmp_path)
    with logging_everything(sqlite_home / "logs"):
        yield gathered
    leaks = gathered.search(openid_provider)
    assert not leaks, leaks


@pytest.fixture
def services(sqlite_home: Path, evidence: Evidence) -> Iterator[Application]:
    options = Options(home=sqlite_home, key_file=sqlite_home / "key")
    with open_application(options, open_link=lambda link: True) as application:
        yield application


def _texts() -> Iterator[str]:
    """Everything that all windows show, or would on a hover, to screen readers, or unfolded."""
    for widget in QApplication.allWidgets():
        yield from (getattr(widget, name)() for name in _TEXTS)
        yield from _texts_of(widget)
    yield QGuiApplication.clipboard().text()


def _texts_of(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLineEdit():
            yield widget.displayText()  # of a password its dots
            yield widget.placeholderText()
        case QTextEdit() | QPlainTextEdit():
            yield widget.toPlainText()
        case QMessageBox():
            yield from (widget.text(), widget.informativeText(), widget.detailedText())
        case QAbstractItemView() if widget.model() is not None:
            yield from _texts_below(widget, QModelIndex())
        case QDateEdit():
            yield widget.text()
        case _ if callable(text := getattr(widget, "text", None)):
            yield str(text())


def _texts_below(view: QAbstractItemView, parent: QModelIndex) -> Iterator[str]:
    model = view.model()
    for row in range(model.rowCount(parent)):
        # Of a list's model Qt keeps to itself that it has one column.
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            yield from (str(index.data(role) or "") for role in _ROLES)
        yield from _texts_below(view, model.index(row, 0, parent))


def test_the_window_shows_no_secret(
    evidence: Evidence,
    services: Application,
    openid_provider: OpenIdProvider,
    token_dovecot: TokenDovecot,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> None:
    token_dovecot.clear([LOGIN])
    token_dovecot.deliver(LOGIN, mail(1))
    person = Administrator(open_window(services), qtbot, openid_provider, token_dovecot)
    crashes = CrashNotices()

    def look(place: str) -> None:
        evidence.say(place, "\n".join(_texts()))

    # a profile with a secret, typed into its dialog
    person.sees("Add your first account")
    person.presses("Add mail account")
    dialog = person.dialog(AccountDialog)
    person.enters_account(dialog, AccountType.IMAPS)
    person.presses("Add profile")
    profile = person.dialog(ProfileDialog)
    person.enters_profile(profile, Provider.MICROSOFT, AccountType.IMAPS)
    person.fills(profile, client_id=DESKTOP_SECRET)
    person.picks("a client secret", profile.form.sign_in.proof)
    person.types(SECRETS[DESKTOP_SECRET], profile.form.sign_in.secret.edit)
    look("profile")
    person.presses("Save")
    person.sees("To save, sign in above", dialog)

    def sign_in(how: Callable[[str, str], object], then: str) -> None:
        person.presses("OAuth2 Authorization")
        person.sees("Waiting for the browser", dialog)
        dialog.panel.browser.link.button.click()
        look("waiting")
        link = QGuiApplication.clipboard().text()
        assert "code_challenge=" in link
        evidence.say("last page", str(getattr(person.meanwhile(how, link, LOGIN), "page", "")))
        person.sees(then, dialog)
        look(then)

    # sign-ins that are refused, with everything repeated; one by a pasted address; and one that is good
    sign_in(openid_provider.deny, "The provider says: access_denied")
    for status in (400, 503):
        openid_provider.echo("token", status, "invalid_client", times=1)
        sign_in(openid_provider.sign_in, "The provider says: ")
    sign_in(openid_provider.sign_in, f"Signed in as {LOGIN}.")
    person.presses("Check")
    person.presses("Show certificate")
    person.presses("Trust this certificate")
    person.presses("Check")
    person.sees("All is well: this account can be fetched.", dialog)
    look("check")
    person.presses("Save")
    person.waits_for(lambda: person.session.window.page is person.session.pages.incoming)
    person.waits_for(lambda: bool(person.session.pages.incoming.model.records))

    # fetched, and refused for good
    person.fetches()
    look("fetched")
    openid_provider.revoke(LOGIN)
    openid_provider.echo("token", 400, "invalid_grant")
    person.fetches()
    person.waits_for(lambda: bool(person.needing))
    look("refused")

    # a crash with the token in hand
    token = services.vault.get(services.vault.list()[0])
    assert token is not None
    try:
        raise ValueError({"token": token.reveal()})
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    person.waits_for(lambda: bool(_crash_boxes()))
    look("crash")
    (box,) = _crash_boxes()
    box.close()
    crashes.end()


def _crash_boxes() -> list[QMessageBox]:
    """The boxes on the screen that tell of the crash; other tests' may not be destroyed yet."""
    boxes = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]
    return [box for box in boxes if "ValueError" in box.detailedText()]
