"""The page of accounts that sign in by OAuth2: how they stand, signing in again, clearing all tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.secrets import Secret, SecretKind
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.incoming import OAuthAccountsPage
from tests.gui.routing.conftest import click, opened
from tests.gui.waiting import settle

from .conftest import APP_ONLY, MICROSOFT, VALUE, account, ends_in, kept, signed_in


@pytest.fixture
def three(app: Application) -> dict[str, IncomingAccount]:
    """Signed in, never signed in, by itself (until its secret ends); and one with a password."""
    contoso = app.profiles.add(MICROSOFT)
    by_itself = app.profiles.add(ends_in(14), Secret(VALUE))
    orders = account(contoso, "orders")
    app.accounts.add(
        IncomingAccount(name="plain", type=AccountType.IMAPS, host="mail.example.org", username="p"), Secret("pw")
    )
    return {
        "orders": app.accounts.add(orders, authorization=signed_in(contoso, orders)),
        "returns": app.accounts.add(account(contoso, "returns")),
        "alerts": app.accounts.add(account(by_itself, "alerts")),
    }


def again(page: OAuthAccountsPage, qtbot: QtBot) -> None:
    page.refresh()
    settle(qtbot, page.tasks, page._settling)


def cells(page: OAuthAccountsPage, key: str) -> list[str]:
    column = [one.key for one in page.model.columns].index(key)
    return [page.table.filter.index(row, column).data() for row in range(page.table.filter.rowCount())]


def tooltip(page: OAuthAccountsPage, key: str, row: int) -> str:
    column = [one.key for one in page.model.columns].index(key)
    said: Any = page.table.filter.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
    return str(said)


def test_without_such_an_account_it_says_what_comes_first(accounts_page: OAuthAccountsPage, qtbot: QtBot) -> None:
    empty = accounts_page.contents.nothing_there
    assert accounts_page.contents.currentWidget() is empty
    assert "profile first" in empty.text
    with qtbot.waitSignal(accounts_page.add_wanted):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)


def test_accounts_stand_as_they_do_with_what_needs_somebody_first(
    three: dict[str, IncomingAccount], accounts_page: OAuthAccountsPage
) -> None:
    page = accounts_page
    assert cells(page, "account") == ["returns", "orders", "alerts"]
    assert cells(page, "sign-in") == ["needs sign-in", "signed in", "by itself"]
    assert cells(page, "username") == ["returns@contoso.com", "orders@contoso.com", "the program"]
    assert cells(page, "profile") == ["Contoso", "Contoso", APP_ONLY.name]
    until = cells(page, "works-until")
    assert until[0] == "–"
    assert until[1] != "–"
    assert until[2] != "–"
    assert "forgets the sign-in" in tooltip(page, "works-until", 1)
    assert "client secret" in tooltip(page, "works-until", 2)
    assert "Signed in as orders@contoso.com" in tooltip(page, "sign-in", 1)


def test_a_secret_that_has_ended_does_not_look_good_beside_over(
    three: dict[str, IncomingAccount], accounts_page: OAuthAccountsPage, app: Application, qtbot: QtBot
) -> None:
    page = accounts_page

    def looks(row: int) -> QImage:
        picture: QIcon = page.table.filter.index(row, 0).data(Qt.ItemDataRole.DecorationRole)
        return picture.pixmap(16).toImage()

    assert looks(2) == icon("cog-outline", Tone.GOOD).pixmap(16).toImage()
    profile = app.profiles.get(APP_ONLY.name)
    app.profiles.change(replace(profile, secret_expires=datetime.now(UTC).date() - timedelta(days=3)))
    again(page, qtbot)
    assert cells(page, "account") == ["alerts", "returns", "orders"], "it needs somebody"
    assert cells(page, "works-until")[0] == "over"
    assert looks(0) == icon("account-alert-outline", Tone.BAD).pixmap(16).toImage()
    assert "ended at" in tooltip(page, "sign-in", 0)
    assert "ended at" in tooltip(page, "works-until", 0)


def test_signing_in_again_is_wanted_for_the_selected_account_and_not_for_a_program(
    three: dict[str, IncomingAccount], accounts_page: OAuthAccountsPage, qtbot: QtBot
) -> None:
    page = accounts_page
    page.select_account(three["returns"].id or 0)
    settle(qtbot, page.tasks, page._settling)
    assert page.strip.buttons[0].defaultAction() is page.verbs.sign_in
    with qtbot.waitSignal(page.sign_in_wanted) as wanted:
        page.verbs.sign_in.trigger()
    assert wanted.args == [three["returns"]]
    page.select_account(three["alerts"].id or 0)
    settle(qtbot, page.tasks, page._settling)
    assert not page.verbs.sign_in.isEnabled()


def test_all_tokens_are_cleared_after_a_question_and_nothing_else(
    three: dict[str, IncomingAccount], accounts_page: OAuthAccountsPage, app: Application, qtbot: QtBot
) -> None:
    page = accounts_page
    assert len(kept(app, SecretKind.TOKEN_CACHE)) == 1
    page.clear_tokens.trigger()
    box = opened(qtbot, page, QMessageBox)
    assert "profiles with their secrets" in box.informativeText()
    assert "need a new sign-in" in box.informativeText()
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    click(qtbot, box, "Cancel")
    assert len(kept(app, SecretKind.TOKEN_CACHE)) == 1

    page.clear_tokens.trigger()
    with qtbot.waitSignal(page.said) as said:
        click(qtbot, opened(qtbot, page, QMessageBox), "Clear all tokens")
    settle(qtbot, page.tasks, page._settling)
    assert said.args == ["Cleared the tokens of 1 account"]
    assert kept(app, SecretKind.TOKEN_CACHE) == []
    assert kept(app, SecretKind.CLIENT_SECRET) == [VALUE]
    assert kept(app, SecretKind.PASSWORD) == ["pw"]
    assert cells(page, "sign-in") == ["needs sign-in", "needs sign-in", "by itself"]
    assert [one.name for one in app.accounts.all()] == ["alerts", "orders", "plain", "returns"]

    page.clear_tokens.trigger()
    with qtbot.waitSignal(page.said) as said:
        click(qtbot, opened(qtbot, page, QMessageBox), "Clear all tokens")
    settle(qtbot, page.tasks, page._settling)
    assert said.args == ["There were no tokens to clear"]


def test_an_account_is_deleted_from_here_as_from_the_incoming_accounts(
    three: dict[str, IncomingAccount], accounts_page: OAuthAccountsPage, app: Application, qtbot: QtBot
) -> None:
    page = accounts_page
    page.select_account(three["orders"].id or 0)
    settle(qtbot, page.tasks, page._settling)
    page.verbs.delete.trigger()
    click(qtbot, opened(qtbot, page, QMessageBox), "Delete account")
    settle(qtbot, page.tasks, page._settling)
    assert cells(page, "account") == ["returns", "alerts"]
    assert kept(app, SecretKind.TOKEN_CACHE) == []
