"""The server's folders, from a real server."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.ports import Folder
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.account_dialog.folder_browser import FULL_NAME, FolderBrowser, fill
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle
from tests.servers.dovecot import PASSWORD, Dovecot

from .conftest import NEW, OpenDialog


@pytest.fixture
def folders(dovecot: Dovecot, user: str) -> None:
    for name in ("Archive", "Archive/2025", "Support/Größe", "Support/Ünïcode ✓"):
        dovecot.create_folder(user, name)


def browser_of(dialog: AccountDialog, tasks: Tasks, qtbot: QtBot, password: str = PASSWORD) -> FolderBrowser:
    dialog.form.password.edit.setText(password)
    dialog.form.folder.browse.click()
    settle(qtbot, tasks)
    browser = dialog.findChild(FolderBrowser)
    assert browser is not None
    return browser


def tree_of(model: QStandardItemModel, above: QModelIndex | None = None, depth: int = 0) -> list[str]:
    parent = above or QModelIndex()
    lines = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        grey = "" if index.flags() & Qt.ItemFlag.ItemIsSelectable else " (grey)"
        lines += [f"{'  ' * depth}{index.data()}{grey}", *tree_of(model, index, depth + 1)]
    return lines


@pytest.mark.usefixtures("folders")
def test_the_tree_is_the_servers_and_the_current_folder_is_selected(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(dataclasses.replace(on_dovecot, folder="Support/Größe"))
    browser = browser_of(dialog, tasks, qtbot)
    assert tree_of(browser.model) == [
        "INBOX",
        "Archive",
        "  2025",
        "Support (grey)",
        "  Größe",
        "  Ünïcode ✓",
    ]
    assert browser.selected == "Support/Größe"


@pytest.mark.usefixtures("folders")
def test_a_folder_is_found_by_typing_and_taken_into_the_form_by_enter(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(on_dovecot)
    browser = browser_of(dialog, tasks, qtbot)
    browser.filter_edit.setText("unïc".replace("u", "ü"))
    qtbot.waitUntil(lambda: browser.tree.model().rowCount() == 1)
    above = browser.tree.model().index(0, 0)
    browser.tree.setCurrentIndex(above)
    assert not browser.choose_button.isEnabled(), "Support only holds others"
    browser.tree.setCurrentIndex(browser.tree.model().index(0, 0, above))
    qtbot.keyClick(browser.tree, Qt.Key.Key_Return)
    assert dialog.form.folder.edit.text() == "Support/Ünïcode ✓"
    assert not browser.isVisible()


@pytest.mark.usefixtures("folders")
def test_nothing_found_is_said_with_a_way_on(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    browser = browser_of(open_dialog(on_dovecot), tasks, qtbot)
    browser.filter_edit.setText("no such folder")
    qtbot.waitUntil(lambda: browser.contents.currentWidget() is browser.contents.nothing_found)
    assert not browser.choose_button.isEnabled()
    browser.contents.nothing_found.button.click()
    qtbot.waitUntil(lambda: browser.contents.currentWidget() is browser.tree)


def test_a_failure_is_said_with_the_servers_words_and_another_try(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    browser = browser_of(open_dialog(on_dovecot), tasks, qtbot, "wrong password")
    failing = browser.contents.not_loaded
    assert browser.contents.currentWidget() is failing
    assert "Authentication failed" in failing.text
    failing.button.click()
    assert browser.contents.currentWidget() is browser.loading
    settle(qtbot, tasks)


def test_the_folder_to_move_to_is_browsed_for_as_well(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot, dovecot: Dovecot, user: str
) -> None:
    dovecot.create_folder(user, "Archive")
    dialog = open_dialog(dataclasses.replace(on_dovecot, after_fetch=AfterFetch.MOVE))
    dialog.form.password.edit.setText(PASSWORD)
    dialog.form.handling.browse.click()
    settle(qtbot, tasks)
    browser = dialog.findChild(FolderBrowser)
    assert browser is not None
    browser._select("Archive")
    browser.choose_button.click()
    assert dialog.read_record().move_to == "Archive"
    assert dialog.read_record().folder == "INBOX"


def test_browsing_without_a_host_says_what_is_needed(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    dialog.form.folder.browse.click()
    assert dialog.findChild(FolderBrowser) is None
    assert [name for name, field in dialog.fields.items() if field.fault] == ["host", "username", "password"]


def test_names_are_parted_by_the_servers_separator_alone(qtbot: QtBot) -> None:
    model = QStandardItemModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    fill(
        model,
        [
            Folder("INBOX.a/b", ".", selectable=True),
            Folder("INBOX", ".", selectable=True),
            Folder("flat.name", "", selectable=True),
        ],
    )
    assert tree_of(model) == ["INBOX", "  a/b", "flat.name"]
    assert model.index(0, 0, model.index(0, 0)).data(FULL_NAME) == "INBOX.a/b"
