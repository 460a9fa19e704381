"""The whole way of a new administrator, by mouse and keyboard, against a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot

MAIL = b"""From: Anna Fields <anna@example.net>\r
To: support@example.org\r
Subject: The printer is on fire\r
Message-ID: <fire@example.net>\r
Date: Fri, 20 Nov 2026 08:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Please come <b>quickly</b>.</p><img src="http://tracker.example.net/pixel.gif"><script>alert(1)</script>\r
"""


@pytest.fixture
def services(sqlite_home: Path) -> Iterator[Application]:
    with open_application(Options(home=sqlite_home, key_file=sqlite_home / "key")) as application:
        yield application


@pytest.fixture
def session(services: Application, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    QApplication.setStyle("fusion")
    opened = Session(services, lambda: None, WindowSettings(tmp_path / "window.ini"), tmp_path)
    opened.begin()
    yield opened
    with qtbot.waitSignal(opened.ended, timeout=30_000):
        opened.stop_and_close()


class Person:
    """Clicks and types, and waits for what should appear."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot

    def sees(self, text: str, where: QWidget | None = None) -> None:
        """Wait until a text can be read somewhere."""
        root = where or self.session.window

        def readable() -> bool:
            for widget in root.findChildren(QWidget):
                said = getattr(widget, "text", None)
                if widget.isVisible() and callable(said) and text in str(said()):
                    return True
                if isinstance(widget, QTextBrowser) and widget.isVisible() and text in widget.toPlainText():
                    return True
            return False

        self.qtbot.waitUntil(readable, timeout=30_000)

    def presses(self, label: str) -> None:
        """Click the button of that name, once it can be clicked."""

        def button() -> QAbstractButton | None:
            buttons: list[QAbstractButton] = [
                *self.session.window.findChildren(QPushButton),
                *self.session.window.findChildren(QToolButton),
            ]
            for one in reversed(buttons):
                words = one.text().replace("&", "").removesuffix("...")
                if words == label and one.isVisible() and one.isEnabled() and self._reachable(one):
                    return one
            return None

        self.qtbot.waitUntil(lambda: button() is not None, timeout=30_000)
        found = button()
        assert found is not None
        self.qtbot.mouseClick(found, Qt.MouseButton.LeftButton)

    def chooses(self, label: str) -> None:
        """Click the radio button of that name."""

        def radio() -> QRadioButton | None:
            radios = self.session.window.findChildren(QRadioButton)
            return next((one for one in radios if one.text().replace("&", "") == label and one.isVisible()), None)

        self.qtbot.waitUntil(lambda: radio() is not None, timeout=30_000)
        found = radio()
        assert found is not None
        self.qtbot.mouseClick(found, Qt.MouseButton.LeftButton, pos=QPoint(5, found.height() // 2))

    def types(self, text: str, into: QLineEdit) -> None:
        into.selectAll()
        self.qtbot.keyClicks(into, text)
        self.qtbot.keyClick(into, Qt.Key.Key_Tab)

    def dialog(self, kind: type[QDialog]) -> QDialog:
        self.qtbot.waitUntil(
            lambda: any(one.isVisible() for one in self.session.window.findChildren(kind)), timeout=30_000
        )
        return next(one for one in self.session.window.findChildren(kind) if one.isVisible())

    def goes_to_page(self, number: int) -> None:
        """By its key, when the dialogs are gone."""
        window = self.session.window
        self.qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=30_000)
        window.bring_to_front()
        self.qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
        key = {1: Qt.Key.Key_1, 3: Qt.Key.Key_3}[number]
        self.qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)

    @staticmethod
    def _reachable(widget: QWidget) -> bool:
        """Whether no modal dialog stands before it."""
        modal = QApplication.activeModalWidget()
        return modal is None or modal is widget.window()


def test_from_the_first_account_to_its_first_ticket_and_its_end(
    session: Session, services: Application, dovecot: Dovecot, user: str, qtbot: QtBot
) -> None:
    dovecot.deliver(user, MAIL)
    person = Person(session, qtbot)

    # add an account; its server's certificate is signed by nobody this computer knows
    person.sees("Add your first account")
    person.presses("Add mail account")
    dialog = person.dialog(AccountDialog)
    assert isinstance(dialog, AccountDialog)
    for name, text in (
        ("name", "support"),
        ("host", GOOD),
        ("port", str(dovecot.port(AccountType.IMAPS))),
        ("username", user),
        ("password", PASSWORD),
    ):
        editor = dialog.fields[name].editor
        edit = editor if isinstance(editor, QLineEdit) else editor.findChild(QLineEdit)
        assert isinstance(edit, QLineEdit)
        person.types(text, edit)

    # check: refused, looked at, trusted, well
    person.presses("Check")
    person.presses("Show certificate")
    person.sees("This computer does not know who signed this certificate.")
    person.presses("Trust this certificate")
    person.presses("Check")
    person.sees("All is well: this account can be fetched.", dialog)
    assert len(dovecot.files(user)) == 1
    person.presses("Save")
    qtbot.waitUntil(lambda: session.window.page is session.incoming, timeout=30_000)
    (account,) = services.accounts.all()
    assert account.pinned_certificate

    # fetch: asked first, because this is the first time
    qtbot.waitUntil(lambda: [row.account.name for row in session.incoming.table.selected()] == ["support"])
    person.presses("Fetch mail")
    person.sees("This is the first fetch of")
    assert len(dovecot.files(user)) == 1
    person.chooses("Fetch and delete all on the server")
    person.presses("Fetch")
    person.sees("1 new ticket")
    assert dovecot.files(user) == []

    # read the ticket
    person.goes_to_page(3)
    assert session.window.page is session.tickets
    (ticket,) = services.tickets.list()
    session.tickets.show_ticket(ticket.number)
    person.sees("Please come quickly.")
    person.sees("emote content")  # ... was blocked
    assert ticket.title == "The printer is on fire"

    # delete the account: asked, and what was fetched stays
    person.goes_to_page(1)
    session.incoming.select_account(account.id or 0)
    qtbot.waitUntil(session.incoming.verbs.delete.isEnabled, timeout=30_000)
    session.incoming.verbs.delete.trigger()
    person.sees("What stays: the tickets")
    person.presses("Delete account")
    qtbot.waitUntil(lambda: services.accounts.all() == [], timeout=30_000)
    qtbot.waitUntil(lambda: session.window.page is session.welcome, timeout=30_000)
    assert [one.number for one in services.tickets.list()] == [ticket.number]
    assert services.secrets.list() == []
