"""For everyone: names for screen readers, longer languages, mirrored ones, small windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QDateEdit, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.gui.account_dialog.certificate import CertificateDialog
from mailadmin.gui.account_dialog.folder_browser import FolderBrowser
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

from .conftest import NEW, OpenDialog
from .test_form import FULL

ACCOUNTS = {
    "new": NEW,
    "full": FULL,
    "pop3": dataclasses.replace(NEW, type=AccountType.POP3, port=110),
    "keeping": dataclasses.replace(FULL, host="exchange.example.org", after_fetch=AfterFetch.KEEP, move_to=""),
    "exchange": dataclasses.replace(NEW, host="outlook.office365.com", port=143),
}
each = pytest.mark.parametrize("account", ACCOUNTS.values(), ids=ACCOUNTS)


class Longer(QTranslator):
    """Every text is 40 % longer, as German is."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return source + " " + "ö" * (len(source) * 4 // 10)


@pytest.fixture
def longer_and_mirrored(qapp: QApplication) -> Iterator[None]:
    translator = Longer()
    qapp.installTranslator(translator)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    qapp.removeTranslator(translator)


def nameless(top: QWidget) -> list[QWidget]:
    """The widgets that take the focus and have no name."""
    found = []
    for widget in top.findChildren(QWidget):
        inside = isinstance(widget.parent(), QDateEdit) or widget.window() is not top  # Qt's own
        if inside or widget.focusPolicy() is Qt.FocusPolicy.NoFocus or not widget.isVisibleTo(top):
            continue
        accessible = QAccessible.queryAccessibleInterface(widget)
        if not accessible.text(QAccessible.Text.Name):
            found.append(widget)
    return found


def clipped(top: QWidget) -> list[str]:
    """The labels and buttons that have less room than their texts need."""
    found = []
    for widget in top.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel):
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            narrow = not widget.wordWrap() and widget.width() < widget.sizeHint().width()
            if widget.height() < needed or narrow:
                found.append(widget.text())
        elif isinstance(widget, QAbstractButton) and widget.text() and widget.width() < widget.sizeHint().width():
            found.append(widget.text())
    return found


@each
def test_everything_that_takes_the_focus_has_a_name(account: IncomingAccount, open_dialog: OpenDialog) -> None:
    dialog = open_dialog(account)
    dialog.form.limits.unfold()
    assert nameless(dialog) == []


def test_the_other_dialogs_have_names_too(open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    certificate = CertificateDialog({"fingerprint": "ab" * 32}, Code.TLS_EXPIRED, dialog)
    browser = FolderBrowser(lambda should_stop: [], "INBOX", tasks, dialog)
    assert nameless(certificate) == []
    assert nameless(browser) == []
    settle(qtbot, tasks)


@each
@pytest.mark.parametrize("width", [600, 900, 1100])
def test_nothing_is_clipped(account: IncomingAccount, width: int, open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(account)
    qtbot.waitUntil(lambda: clipped(dialog) == [])
    dialog.form.limits.unfold()
    dialog.resize(width, 560)
    qtbot.waitUntil(lambda: clipped(dialog) == [])


def test_the_form_is_no_higher_than_its_texts(open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    dialog.resize(1100, 400)
    qtbot.waitUntil(lambda: dialog.form.height() == dialog.form.heightForWidth(dialog.form.width()))


@each
@pytest.mark.usefixtures("longer_and_mirrored")
def test_nothing_is_clipped_in_a_longer_mirrored_language(
    account: IncomingAccount, open_dialog: OpenDialog, qtbot: QtBot
) -> None:
    dialog = open_dialog(account)
    dialog.form.limits.unfold()
    dialog.resize(900, 560)
    qtbot.waitUntil(lambda: clipped(dialog) == [])
    assert dialog._area.horizontalScrollBar().maximum() == 0


@pytest.mark.usefixtures("longer_and_mirrored")
def test_the_label_is_right_of_its_field_where_one_reads_so(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    edit = dialog.form.server.name
    label = next(label for label in dialog.findChildren(QLabel) if label.buddy() is edit)
    assert label.mapTo(dialog, label.rect().center()).x() > edit.mapTo(dialog, edit.rect().center()).x()


def test_rows_come_and_go_without_moving_the_column_of_labels(open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    edit = dialog.form.server.name
    before = edit.mapTo(dialog, edit.rect().topLeft())
    size = dialog.size()
    dialog.form.limits.unfold()
    dialog.form.server.type.choose(AccountType.IMAPTLS)
    dialog.form.handling.after_fetch.choose(AfterFetch.MOVE)
    qtbot.waitUntil(lambda: clipped(dialog) == [])
    assert edit.mapTo(dialog, edit.rect().topLeft()) == before
    assert dialog.size() == size
