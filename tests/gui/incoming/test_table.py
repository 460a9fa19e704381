"""What the table of accounts shows, filters, counts and remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.gui.incoming.columns import account_columns
from mailadmin.gui.widgets.records import SECOND_ROLE

from .conftest import Accounts, Shown

Role = Qt.ItemDataRole


def cell(shown: Shown, name: str, column: str, role: int = Role.DisplayRole) -> str:
    rows = shown.page.table.filter
    number = [one.key for one in shown.page.model.columns].index(column)
    text: str = rows.index(shown.names.index(name), number).data(role)
    return text


def include_invalid(shown: Shown) -> None:
    shown.qtbot.mouseClick(shown.page.filter.include_invalid, Qt.MouseButton.LeftButton)
    shown.settle()


def test_a_row_says_how_an_account_is_doing(shown: Shown) -> None:
    assert shown.names == ["fresh", "orders", "support"]
    assert cell(shown, "support", "state") == "ok"
    assert cell(shown, "orders", "state") == "failing (1)"
    assert cell(shown, "fresh", "state") == "never fetched"
    assert cell(shown, "support", "account", SECOND_ROLE) == "support@example.org · mail.example.org"
    assert cell(shown, "support", "queue") == "Raw"
    assert cell(shown, "orders", "queue") == "by address"
    assert cell(shown, "support", "last-good") == "3 min ago"
    assert cell(shown, "support", "next") == "due now"
    assert cell(shown, "support", "comment") == "First line"


def test_where_no_schedule_runs_nothing_is_due(five: dict[str, IncomingAccount], show: Callable[..., Shown]) -> None:
    shown = show(scheduled=False)
    assert cell(shown, "support", "next") == "–"
    assert cell(shown, "support", "next", Role.ToolTipRole) == "No schedule runs here."
    assert shown.page.strip.facts.text() == ""
    shown.select("support")
    assert shown.page.strip.facts.text() == "Last good fetch: 3 minutes ago"


def test_tooltips_are_sentences_and_hold_the_servers_words(shown: Shown) -> None:
    tip = cell(shown, "orders", "state", Role.ToolTipRole)
    assert 'refused user name or password of "orders@example.org"' in tip
    assert "[AUTHENTICATIONFAILED] no such user" in tip
    assert "port 993" in cell(shown, "orders", "account", Role.ToolTipRole)
    rows = shown.page.table.filter
    for row in range(rows.rowCount()):
        for number, column in enumerate(shown.page.model.columns):
            tip = rows.index(row, number).data(Role.ToolTipRole)
            assert tip or column.key in {"comment", "validity"}


def test_the_type_names_the_authentication_when_it_is_no_password(
    accounts: Accounts, app: Application, show: Callable[[], Shown]
) -> None:
    account = accounts.add("plain", type=AccountType.POP3S)
    row = next(column for column in account_columns() if column.key == "type")
    shown = show()
    assert cell(shown, "plain", "type") == "POP3S"
    oauth = replace(shown.row("plain"), account=replace(account, authentication=Authentication.OAUTH2))
    assert row.text(oauth) == "POP3S, OAuth2"


def test_the_next_fetch_waits_for_a_server_that_asked_for_patience(
    accounts: Accounts, app: Application, show: Callable[[], Shown]
) -> None:
    account = accounts.add("slow")
    accounts.fetched(account, code="throttled")
    assert account.id is not None
    now = datetime.now(UTC)
    app.storage.accounts.set_due(account.id, now + timedelta(minutes=5, seconds=20))
    app.storage.accounts.set_waiting(account.id, now + timedelta(minutes=20, seconds=20))
    shown = show()
    assert cell(shown, "slow", "state") == "waiting"
    assert cell(shown, "slow", "next") == "in 20 min"
    assert "asked to be left alone until" in cell(shown, "slow", "state", Role.ToolTipRole)


def test_the_minute_ends_a_wait_that_is_over(accounts: Accounts, app: Application, show: Callable[[], Shown]) -> None:
    account = accounts.add("slow")
    accounts.fetched(account, code="throttled")
    assert account.id is not None
    until = datetime.now(UTC) + timedelta(milliseconds=300)
    app.storage.accounts.set_waiting(account.id, until)
    shown = show()
    shown.qtbot.waitUntil(lambda: datetime.now(UTC) > until)
    shown.page._minute.timeout.emit()
    assert cell(shown, "slow", "state") == "failing (1)"


def test_less_used_columns_are_hidden_until_they_are_chosen(shown: Shown) -> None:
    page = shown.page
    hidden = [one.key for number, one in enumerate(page.model.columns) if page.table.isColumnHidden(number)]
    assert hidden == [
        "host", "username", "validity", "authentication", "works-until", "trusted", "after-fetch", "changed", "created",
    ]  # fmt: skip
    action = next(one for one in page.column_actions(page) if one.text() == "Host")
    action.trigger()
    assert not page.table.isColumnHidden([one.key for one in page.model.columns].index("host"))
    assert cell(shown, "orders", "host") == "imap.example.net"


def test_sorting_by_state_puts_first_what_needs_somebody(shown: Shown) -> None:
    include_invalid(shown)
    shown.page.table.sort_by("state")
    assert shown.names == ["orders", "fresh", "support", "paused", "old"]


# --- filter, switch, counts, empty states ---


def test_typing_in_the_table_filters_over_all_columns(shown: Shown) -> None:
    shown.page.table.setFocus()
    shown.qtbot.keyClicks(shown.page.table, "i")
    assert shown.page.filter.text.hasFocus()
    shown.qtbot.keyClicks(shown.page.filter.text, "map.example.NET")
    assert shown.page.filter.text.text() == "imap.example.NET"
    shown.settle()
    assert shown.names == ["orders"]
    assert shown.page.filter.count.text() == "1 of 5 accounts (2 invalid hidden)"


def test_escape_clears_the_filter_and_then_goes_back_to_the_table(shown: Shown) -> None:
    edit = shown.page.filter.text
    shown.page.focus_filter()
    shown.qtbot.keyClicks(edit, "orders")
    shown.settle()
    shown.qtbot.keyClick(edit, Qt.Key.Key_Escape)
    shown.settle()
    assert shown.names == ["fresh", "orders", "support"]
    shown.qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert shown.page.table.hasFocus()


def test_invalid_accounts_are_hidden_and_counted_until_they_are_asked_for(shown: Shown) -> None:
    assert shown.page.filter.count.text() == "3 of 5 accounts (2 invalid hidden)"
    include_invalid(shown)
    assert shown.names == ["fresh", "old", "orders", "paused", "support"]
    assert shown.page.filter.count.text() == "5 accounts"
    assert cell(shown, "old", "state") == "invalid"
    assert cell(shown, "paused", "state") == "invalid-temporarily"
    assert cell(shown, "old", "next") == "–"


def test_without_an_account_the_page_offers_to_add_one(show: Callable[[], Shown]) -> None:
    shown = show()
    empty = shown.page.contents.nothing_there
    assert shown.page.contents.currentWidget() is empty
    assert "no mail account yet" in empty.text
    assert shown.page.add_account_button.font().bold()
    assert not shown.page.fetch_button.font().bold()
    assert not shown.page.strip.isVisible()
    shown.qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    assert shown.told["add_wanted"] == [None]


def test_with_accounts_fetching_is_what_stands_out(shown: Shown) -> None:
    assert shown.page.fetch_button.font().bold()
    assert not shown.page.add_account_button.font().bold()


def test_when_nothing_matches_the_filter_can_be_cleared_and_hidden_ones_are_told_of(shown: Shown) -> None:
    shown.page.filter.text.setText("paused")
    shown.settle()
    empty = shown.page.contents.nothing_found
    assert shown.page.contents.currentWidget() is empty
    assert "Nothing matches" in empty.text
    assert "not valid: 2" in empty.text
    shown.qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    shown.settle()
    assert shown.names == ["fresh", "orders", "support"]
    assert shown.page.contents.currentWidget() is shown.page.table


def test_what_cannot_be_read_says_why_and_can_be_tried_again(
    accounts: Accounts, app: Application, show: Callable[[], Shown]
) -> None:
    accounts.add("support")
    hidden = app.storage.accounts.statuses

    def locked() -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///x"})

    app.storage.accounts.statuses = locked  # type: ignore[assignment,method-assign]
    shown = show()
    failure = shown.page.contents.not_loaded
    assert shown.page.contents.currentWidget() is failure
    assert "locked" in failure.text.casefold() or "in use" in failure.text.casefold()
    app.storage.accounts.statuses = hidden  # type: ignore[method-assign]
    shown.qtbot.mouseClick(failure.button, Qt.MouseButton.LeftButton)
    shown.settle()
    assert shown.names == ["support"]
    app.storage.accounts.statuses = locked  # type: ignore[assignment,method-assign]
    shown.page.refresh()
    shown.settle()
    assert shown.names == ["support"], "what was read stays in sight"
    assert len(shown.page.bar.notices) == 1
    app.storage.accounts.statuses = hidden  # type: ignore[method-assign]


# --- refresh ---


def test_a_refresh_keeps_selection_current_row_and_scroll_position(
    accounts: Accounts, app: Application, show: Callable[[], Shown]
) -> None:
    for number in range(40):
        accounts.add(f"team {number:02}")
    shown = show()
    table = shown.page.table
    shown.select("team 20", "team 22")
    before = table.verticalScrollBar().value()
    assert before > 0
    accounts.add("a first one")
    accounts.fetched(shown.row("team 22").account)
    app.accounts.delete(shown.row("team 39").account)
    shown.key(Qt.Key.Key_F5)
    shown.settle()
    assert shown.names[0] == "a first one"
    assert [row.account.name for row in table.selected()] == ["team 20", "team 22"]
    current = table.current()
    assert current is not None
    assert current.account.name == "team 22"
    assert current.status is not None
    assert current.status.last_good is not None
    assert abs(table.verticalScrollBar().value() - before) <= 1


def test_a_fetch_is_shown_in_its_row_and_locks_it_alone(shown: Shown) -> None:
    page = shown.page
    shown.select("support")
    page.show_progress(shown.row("support").key or 0, "fetching 43 of 120")
    shown.settle()
    assert cell(shown, "support", "state") == "fetching 43 of 120"
    assert not page.verbs.edit.isEnabled()
    assert not page.verbs.delete.isEnabled()
    assert not page.verbs.fetching.fetch.isEnabled()
    shown.key(Qt.Key.Key_Return)
    assert shown.told["edit_wanted"] == []
    page.refresh()
    shown.settle()
    assert cell(shown, "support", "state") == "fetching 43 of 120", "a refresh does not end it"
    shown.select("orders")
    assert page.verbs.edit.isEnabled()
    page.show_progress(shown.row("support").key or 0, None)
    shown.select("support")
    assert page.verbs.edit.isEnabled()
    assert cell(shown, "support", "state") == "ok"


def test_the_page_tells_how_many_accounts_need_somebody(shown: Shown) -> None:
    assert shown.told["counted"] == [1]


def test_an_account_can_be_selected_before_it_is_read_and_whatever_hides_it(shown: Shown, accounts: Accounts) -> None:
    added = accounts.add("brand new")
    shown.page.filter.text.setText("orders")
    shown.settle()
    shown.page.select_account(added.id or 0)
    shown.page.refresh()
    shown.settle()
    assert [row.account.name for row in shown.page.table.selected()] == ["brand new"]
    shown.page.select_account(shown.row("old").key or 0)
    assert [row.account.name for row in shown.page.table.selected()] == ["old"]


def test_layout_filter_and_switch_are_there_again_at_the_next_start(shown: Shown, show: Callable[[], Shown]) -> None:
    page = shown.page
    include_invalid(shown)
    page.filter.text.setText("example")
    page.table.setColumnHidden(7, False)
    page.table.sort_by("state", Qt.SortOrder.DescendingOrder)
    page.splitter.setSizes([300, 200])
    sizes = page.splitter.sizes()
    shown.settle()
    before = shown.names
    page.hide()
    again = show()
    assert again.page.filter.include_invalid.isChecked()
    assert again.page.filter.text.text() == "example"
    assert not again.page.table.isColumnHidden(7)
    assert again.names == before
    assert again.page.splitter.sizes() == sizes


# --- a narrow window ---


def test_in_a_narrow_window_every_column_is_in_sight_and_every_state_can_be_read(shown: Shown) -> None:
    table, header = shown.page.table, shown.page.table.horizontalHeader()
    wide = header.sectionSize(1)
    shown.page.resize(680, 470)
    include_invalid(shown)
    column = [one.key for one in shown.page.model.columns].index("delete")
    assert header.sectionViewportPosition(column) + header.sectionSize(column) <= table.viewport().width()
    row = shown.names.index("paused")
    assert cell(shown, "paused", "state") == "invalid-temporarily"
    assert table.sizeHintForIndex(table.filter.index(row, 0)).width() <= header.sectionSize(0)
    assert header.sectionSize(1) < wide

    shown.page.resize(1000, 640)
    shown.settle()
    assert header.sectionSize(1) == wide


def test_a_column_that_was_made_wider_stays_so_where_there_is_room(shown: Shown) -> None:
    header = shown.page.table.horizontalHeader()
    shown.page.resize(1300, 640)
    shown.settle()
    header.resizeSection(1, 300)
    for width in (680, 1300):
        shown.page.resize(width, 640)
        shown.settle()
    assert header.sectionSize(1) == 300


# --- for those who hear the page ---


def test_everything_that_takes_the_focus_has_a_name(shown: Shown, qtbot: QtBot) -> None:
    shown.select("orders")
    for widget in shown.page.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isVisible():
            continue
        text = widget.text() if isinstance(widget, QToolButton) else ""
        label = getattr(widget, "text", str)() if widget.inherits("QAbstractButton") else ""
        assert widget.accessibleName() or text or label, widget
