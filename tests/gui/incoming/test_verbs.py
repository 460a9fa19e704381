"""Every verb for accounts, by mouse and by keyboard, and what it does to real accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.incoming.since_dialog import SinceDialog
from mailadmin.gui.incoming.verbs import AccountVerbs

from .conftest import Accounts, Shown

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
Choose = Callable[[AccountVerbs], QAction]


def trigger_in_menu(shown: Shown, action: QAction) -> None:
    """Open the table's context menu with the mouse and click an entry."""
    table = shown.page.table
    table.customContextMenuRequested.emit(QPoint(20, 20))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert action in menu.actions()
    shown.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    shown.settle()


def names_of(accounts: object) -> list[str]:
    assert isinstance(accounts, list)
    return [account.name for account in accounts]


def stored(app: Application) -> dict[str, Validity]:
    return {account.name: account.validity for account in app.accounts.all()}


# --- wanted of the window ---


@pytest.mark.parametrize(
    ("choose", "told"),
    [
        (lambda verbs: verbs.edit, "edit_wanted"),
        (lambda verbs: verbs.duplicate, "duplicate_wanted"),
        (lambda verbs: verbs.check, "check_wanted"),
        (lambda verbs: verbs.inbox, "inbox_wanted"),
    ],
)
def test_a_verb_for_one_account_is_told_with_that_account(shown: Shown, choose: Choose, told: str) -> None:
    action = choose(shown.page.verbs)
    assert not action.isEnabled()
    shown.select("orders")
    trigger_in_menu(shown, action)
    assert [account.name for account in shown.told[told]] == ["orders"]
    shown.select("orders", "support")
    assert not action.isEnabled()


def test_enter_f2_and_a_double_click_edit(shown: Shown) -> None:
    shown.select("orders")
    shown.key(Key.Key_Return)
    shown.key(Key.Key_F2)
    viewport, at = shown.page.table.viewport(), shown.at("orders", "state")
    shown.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    shown.qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    assert [account.name for account in shown.told["edit_wanted"]] == ["orders"] * 3


def test_an_account_is_added_by_button_and_by_key(shown: Shown) -> None:
    shown.qtbot.mouseClick(shown.page.add_account_button, Qt.MouseButton.LeftButton)
    shown.key(Key.Key_N, CTRL)
    assert len(shown.told["add_wanted"]) == 2


def test_copy_puts_the_selected_rows_on_the_clipboard(shown: Shown) -> None:
    shown.select("orders", "support")
    shown.key(Key.Key_C, CTRL)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t")[:3] for line in lines] == [["failing (1)", "orders", "IMAPS"], ["ok", "support", "IMAPS"]]


def test_keys_of_the_table_do_nothing_to_accounts_while_one_types_in_the_filter(shown: Shown) -> None:
    shown.select("orders")
    shown.page.focus_filter()
    shown.qtbot.keyClick(shown.page.filter.text, Key.Key_Delete)
    assert not QApplication.activeModalWidget()
    shown.page.fetch_button.setFocus()
    shown.qtbot.keyClick(shown.page.fetch_button, Key.Key_Delete)
    assert not QApplication.activeModalWidget()


# --- fetching ---


def test_fetch_mail_means_all_valid_accounts_when_none_is_selected(shown: Shown) -> None:
    shown.qtbot.mouseClick(shown.page.fetch_button, Qt.MouseButton.LeftButton)
    assert sorted(names_of(shown.told["fetch_wanted"][0])) == ["fresh", "orders", "support"]
    assert "3 accounts" in shown.page.fetch_button.toolTip()


def test_fetch_mail_means_the_selection(shown: Shown) -> None:
    shown.select("orders", "support")
    shown.key(Key.Key_F9)
    assert names_of(shown.told["fetch_wanted"][0]) == ["orders", "support"]


def test_the_menu_of_fetch_mail_offers_all_selected_and_a_dry_run(shown: Shown) -> None:
    shown.select("orders")
    menu = shown.page.fetch_button.menu()
    fetching = shown.page.verbs.fetching
    assert shown.page.fetch_button.popupMode() is QToolButton.ToolButtonPopupMode.MenuButtonPopup
    for action in (fetching.fetch_all, fetching.fetch_selected, fetching.dry_run):
        menu.popup(QPoint(0, 0))
        shown.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert [len(accounts) for accounts in shown.told["fetch_wanted"]] == [3, 1]
    assert names_of(shown.told["fetch_dry_wanted"][0]) == ["orders"]


def test_a_fetch_from_a_date_asks_for_the_date_and_says_what_it_means(shown: Shown) -> None:
    told: list[tuple[object, object]] = []
    shown.page.fetch_since_wanted.connect(lambda accounts, day: told.append((accounts, day)))
    shown.select("orders")
    shown.page.verbs.fetching.fetch_since.trigger()
    (dialog,) = [one for one in shown.page.findChildren(SinceDialog) if one.isVisible()]
    assert any("orders" in label.text() for label in dialog.findChildren(QLabel))
    dialog.day.setDate(QDate(2026, 11, 3))
    shown.qtbot.keyClick(dialog, Key.Key_Return)
    ((accounts, day),) = told
    assert names_of(accounts) == ["orders"]
    assert day == date(2026, 11, 3)


def test_an_invalid_account_can_be_set_to_valid_and_fetched(shown: Shown, app: Application) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    shown.select("old", "support")
    shown.key(Key.Key_F9)
    assert names_of(shown.told["fetch_wanted"][0]) == ["support"], "the valid one needs no question"
    assert '"old" is not valid' in shown.page.bar.notices[0].text
    shown.click_notice("Set valid and fetch")
    assert names_of(shown.told["fetch_wanted"][1]) == ["old"]
    assert stored(app)["old"] is Validity.VALID
    fetched = shown.told["fetch_wanted"][1][0]
    assert fetched == app.accounts.get("old"), "what is fetched is what is stored now"


@pytest.mark.parametrize("validity", [Validity.VALID, Validity.INVALID])
def test_what_is_set_to_valid_and_fetched_is_the_account_as_it_is_then(
    shown: Shown, app: Application, five: dict[str, IncomingAccount], validity: Validity
) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    shown.select("old")
    shown.key(Key.Key_F9)
    app.accounts.change(replace(five["old"], comment="edited since", validity=validity))
    shown.page.refresh()
    shown.settle()

    shown.click_notice("Set valid and fetch")

    ((fetched,),) = shown.told["fetch_wanted"]
    assert fetched == app.accounts.get("old")
    assert (fetched.comment, fetched.validity) == ("edited since", Validity.VALID)
    assert not shown.page.bar.notices


def test_without_a_valid_account_there_is_nothing_to_fetch(accounts: Accounts, show: Callable[[], Shown]) -> None:
    accounts.add("old", validity=Validity.INVALID)
    assert not show().page.verbs.fetching.fetch.isEnabled()


# --- validity ---


def test_the_validity_of_several_is_set_at_once_and_taken_back(shown: Shown, app: Application) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    before = stored(app)
    shown.select("orders", "paused", "support")
    trigger_in_menu(shown, shown.page.verbs.validities[Validity.INVALID])
    assert [stored(app)[name] for name in ("orders", "paused", "support")] == [Validity.INVALID] * 3
    text, undo = shown.undo[0]
    assert text == "Set 3 accounts to invalid"
    assert shown.told["said"] == [text]
    assert shown.told["changed"] == [None]
    assert shown.row("orders").state.value == "invalid"
    undo()
    shown.settle()
    assert stored(app) == before
    assert shown.row("orders").valid


def test_what_has_that_validity_already_is_left_alone(shown: Shown, app: Application) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    before = app.accounts.get("old")
    shown.select("old", "orders")
    shown.page.verbs.validities[Validity.INVALID].trigger()
    shown.settle()
    assert shown.undo[0][0] == 'Set "orders" to invalid'
    assert app.accounts.get("old") == before


def test_only_a_validity_that_differs_is_offered(shown: Shown) -> None:
    shown.select("orders")
    validities = shown.page.verbs.validities
    assert [validity for validity, action in validities.items() if action.isEnabled()] == [
        Validity.INVALID,
        Validity.INVALID_TEMPORARILY,
    ]


def test_a_validity_changed_elsewhere_meanwhile_is_not_overwritten(shown: Shown, app: Application) -> None:
    shown.select("orders")
    elsewhere = app.accounts.get("orders")
    app.accounts.set_validity([elsewhere], Validity.INVALID_TEMPORARILY)
    shown.page.verbs.validities[Validity.INVALID].trigger()
    shown.settle()
    assert stored(app)["orders"] is Validity.INVALID_TEMPORARILY
    assert len(shown.page.bar.notices) == 1
    assert shown.undo == []
    assert shown.row("orders").account == app.accounts.get("orders"), "the page has read anew"


# --- deleting ---


def test_deleting_names_the_account_and_cancel_is_what_enter_and_escape_mean(shown: Shown, app: Application) -> None:
    shown.select("orders")
    for answer in (Key.Key_Escape, Key.Key_Return):
        shown.key(Key.Key_Delete)
        box = shown.question()
        assert box.text() == 'Delete the account "orders" (orders@example.org on imap.example.net)?'
        assert "stored password" in box.informativeText()
        assert "tickets" in box.informativeText()
        assert "mail on the server" in box.informativeText()
        assert box.defaultButton().text() == "Cancel"
        assert box.escapeButton() is box.defaultButton()
        shown.qtbot.keyClick(box, answer)
        shown.qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    assert "orders" in stored(app)


def test_deleting_takes_the_account_and_its_password_and_leaves_the_others(shown: Shown, app: Application) -> None:
    app.accounts.change(app.accounts.get("orders"), Secret("sesame"))
    orders = app.accounts.get("orders")
    assert app.accounts.has_password(orders)
    shown.page.refresh()
    shown.settle()
    shown.select("orders")
    trigger_in_menu(shown, shown.page.verbs.delete)
    shown.answer("Delete account")
    assert sorted(stored(app)) == ["fresh", "old", "paused", "support"]
    assert not app.accounts.has_password(orders)
    assert shown.names == ["fresh", "support"]
    assert shown.told["said"] == ['Deleted "orders"']


def test_a_trash_icon_asks_for_its_own_row(shown: Shown, app: Application) -> None:
    shown.select("orders")
    at = shown.at("fresh", "delete")
    shown.qtbot.mouseClick(shown.page.table.viewport(), Qt.MouseButton.LeftButton, CTRL, at)
    assert len(shown.page.table.selected()) == 2
    assert '"fresh"' in shown.question().text()
    shown.answer("Cancel")
    assert "fresh" in stored(app)


def test_several_are_deleted_with_their_number_on_the_button(shown: Shown, app: Application) -> None:
    shown.select("orders", "support")
    shown.key(Key.Key_Delete)
    box = shown.question()
    assert box.text() == "Delete 2 accounts: orders, support?"
    shown.answer("Delete 2 accounts")
    assert sorted(stored(app)) == ["fresh", "old", "paused"]


def test_set_to_invalid_instead_is_the_gentle_way_and_can_be_undone(shown: Shown, app: Application) -> None:
    shown.select("orders")
    shown.key(Key.Key_Delete)
    shown.answer("Set to invalid instead")
    assert stored(app)["orders"] is Validity.INVALID
    shown.undo[0][1]()
    shown.settle()
    assert stored(app)["orders"] is Validity.VALID


def test_an_invalid_account_is_not_offered_the_gentle_way(shown: Shown) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    shown.select("old")
    shown.key(Key.Key_Delete)
    assert len(shown.question().buttons()) == 2
    shown.answer("Cancel")


def test_what_cannot_be_deleted_is_told_and_what_could_be_is_gone(
    shown: Shown, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = app.accounts.delete

    def refuses_support(account: IncomingAccount) -> None:
        if account.name == "support":
            raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///x"})
        real(account)

    monkeypatch.setattr(app.accounts, "delete", refuses_support)
    shown.select("orders", "support")
    shown.key(Key.Key_Delete)
    shown.answer("Delete 2")
    assert shown.told["said"] == ['Deleted "orders"']
    assert len(shown.page.bar.notices) == 1
    assert shown.names == ["fresh", "support"]
