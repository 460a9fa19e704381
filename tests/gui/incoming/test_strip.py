"""The strip under the table: the reason, the one button that mends, the last fetches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from mailadmin.domain.errors import Code
from mailadmin.domain.outcomes import FetchCounts, FetchRun, FetchStatus
from mailadmin.gui.incoming.mending import Mend, mend_of
from mailadmin.gui.incoming.sparkline import RUNS, Sparkline

from .conftest import Accounts, Shown


def labels(shown: Shown) -> list[str]:
    return [button.text().replace("&", "") for button in shown.page.strip.buttons]


def test_after_a_change_the_focus_is_in_the_table_and_nothing_is_selected(shown: Shown) -> None:
    shown.select("orders", "support")
    shown.click_strip("Set invalid")
    assert shown.names == ["fresh"]
    assert shown.page.table.hasFocus()
    assert shown.page.table.selected() == []
    shown.qtbot.keyClick(shown.page.table, Qt.Key.Key_Down)
    assert [row.account.name for row in shown.page.table.selected()] == ["fresh"]


def test_a_paused_schedule_is_said_at_once_and_after_reading_anew(shown: Shown) -> None:
    shown.select("orders")
    column = [one.key for one in shown.page.model.columns].index("next")

    def said(name: str) -> str:
        text: str = shown.page.table.filter.index(shown.names.index(name), column).data()
        return text

    shown.page.set_paused(True)
    assert [said("orders"), said("fresh")] == ["paused", "–"]
    shown.page.refresh()
    shown.settle()
    assert said("orders") == "paused"
    assert "Next fetch: paused" in shown.page.strip.facts.text()
    shown.page.set_paused(False)
    assert said("orders") != "paused"


def test_it_says_why_an_account_fails_in_the_servers_words_too(shown: Shown) -> None:
    shown.select("orders")
    strip = shown.page.strip
    assert strip.heading.text().startswith("orders · failing (1) since ")
    assert 'refused user name or password of "orders@example.org"' in strip.sentence.text()
    assert strip.server.text() == "The server says: [AUTHENTICATIONFAILED] no such user"
    assert "Last good fetch: " in strip.facts.text()


def test_what_a_server_says_is_shown_as_text_and_never_as_markup(accounts: Accounts, show: Callable[[], Shown]) -> None:
    accounts.fetched(
        accounts.add("evil"), code="sign-in-refused", server="<b>click</b> <a href='http://x'>here</a>\x07"
    )
    shown = show()
    shown.select("evil")
    assert "<b>click</b>" in shown.page.strip.server.text()
    assert "\x07" not in shown.page.strip.server.text()
    assert shown.page.strip.server.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    ("code", "button"),
    [
        (Code.SIGN_IN_REFUSED, "Edit"),
        (Code.NO_PASSWORD, "Edit"),
        (Code.TLS_EXPIRED, "Check"),
        (Code.CONNECTION_TIMED_OUT, "Check"),
        (Code.KEYRING_LOCKED, "Set up the key"),
        (Code.KEY_FILE_MISSING, "Set up the key"),
        ("of-a-newer-version", "Check"),
    ],
)
def test_a_failing_account_offers_first_what_mends_it(
    accounts: Accounts, show: Callable[[], Shown], code: str, button: str
) -> None:
    accounts.fetched(accounts.add("support"), code=code)
    shown = show()
    shown.select("support")
    assert labels(shown)[0] == button
    assert shown.page.strip.buttons[0].font().bold()
    assert len(set(labels(shown))) == len(labels(shown)), "nothing is offered twice"
    shown.click_strip(button)
    told = {"Edit": "edit_wanted", "Check": "check_wanted", "Set up the key": "secrets_setup_wanted"}
    assert len(shown.told[told[button]]) == 1


def test_the_other_states_have_their_button_too(shown: Shown) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    for name, first in (("fresh", "Fetch mail"), ("old", "Set valid"), ("paused", "Set valid"), ("support", "Check")):
        shown.select(name)
        assert labels(shown)[0] == first, name
        assert shown.page.strip.buttons[0].font().bold() == (name != "support")


def test_set_valid_in_the_strip_mends_an_invalid_account(shown: Shown) -> None:
    shown.page.filter.include_invalid.setChecked(True)
    shown.select("old")
    shown.click_strip("Set valid")
    assert shown.row("old").valid
    assert shown.page.strip.heading.text() == "old · never fetched"


def test_every_code_has_a_way_on(shown: Shown) -> None:
    row = shown.row("orders")
    assert row.status is not None
    for code in Code:
        assert mend_of(replace(row, status=replace(row.status, error_code=code.value))) is not None
    assert mend_of(replace(row, progress="fetching")) is None
    assert mend_of(shown.row("fresh")) is Mend.FETCH


def test_several_selected_offer_what_is_done_with_all_of_them(shown: Shown) -> None:
    shown.select("orders", "support")
    assert shown.page.strip.heading.text() == "2 accounts selected"
    assert shown.page.strip.sentence.text() == "1 ok, 1 failing"
    assert labels(shown) == ["Fetch mail", "Set valid", "Set invalid", "Delete"]
    assert not shown.page.strip.sparkline.isVisible()


def test_with_none_selected_it_sums_up(shown: Shown) -> None:
    assert shown.page.strip.heading.text() == "5 accounts"
    assert shown.page.strip.sentence.text() == "1 ok, 1 never fetched, 1 failing, 1 invalid, 1 invalid-temporarily"
    assert shown.page.strip.facts.text() == "Next fetch: due now"
    assert labels(shown) == []


def test_the_last_fetches_of_the_selected_account_are_shown(shown: Shown, accounts: Accounts) -> None:
    shown.select("orders")
    assert [run.counts.fetched for run in shown.page.strip.sparkline.runs] == [2, 0]
    assert shown.page.strip.caption.text() == "Last 2 fetches\n2 messages, 1 failed"
    accounts.fetched(shown.row("orders").account, messages=7, minutes_ago=0)
    shown.page.refresh()
    shown.settle()
    assert not shown.page.bar.notices, shown.page.bar.notices[0].text
    assert [run.counts.fetched for run in shown.page.strip.sparkline.runs] == [2, 0, 7]
    shown.select("fresh")
    assert shown.page.strip.sparkline.runs == ()
    assert shown.page.strip.caption.text() == "No fetch yet"


def test_fetches_that_are_read_too_late_are_not_shown_for_another_account(shown: Shown) -> None:
    shown.select("fresh")
    shown.page.strip.show_runs(shown.row("orders").key or 0, [run(0, messages=5)])
    assert shown.page.strip.sparkline.runs == ()


# --- the bars ---


def run(number: int, *, failed: bool = False, messages: int = 0, status: FetchStatus | None = None) -> FetchRun:
    started = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=10 * number)
    ended = status or (FetchStatus.FAILED if failed else FetchStatus.OK)
    return FetchRun(1, started, 2.0, ended, FetchCounts(fetched=messages), "no-password" if failed else "")


@pytest.fixture
def line(qtbot: QtBot) -> Sparkline:
    shown = Sparkline()
    qtbot.addWidget(shown)
    shown.resize(shown.sizeHint())
    shown.show()
    return shown


def coloured(line: Sparkline, number: int) -> int:
    """How many rows of pixels of a bar's place are not background."""
    picture = line.grab().toImage()
    slot = line.slot(number)
    ground = QColor(picture.pixel(0, 0))
    return sum(
        any(QColor(picture.pixel(x, y)) != ground for x in range(slot.left(), slot.right()))
        for y in range(slot.height() - 1)
    )


def test_a_bar_is_as_high_as_there_were_messages(line: Sparkline) -> None:
    line.show_runs([run(2, messages=10), run(1, messages=5), run(0)])
    none, five, ten = (coloured(line, number) for number in range(3))
    assert none <= 2
    assert five < ten
    assert abs(ten - 2 * five) <= 2


def test_a_failed_fetch_is_marked_by_its_shape(line: Sparkline) -> None:
    line.show_runs([run(1, failed=True), run(0, messages=1)])
    assert 3 < coloured(line, 1) < coloured(line, 0)


def test_fetches_that_did_not_happen_are_left_out(line: Sparkline) -> None:
    line.show_runs([run(2, status=FetchStatus.BUSY), run(1, messages=3), run(0, status=FetchStatus.INVALID)])
    assert [one.counts.fetched for one in line.runs] == [3]


def test_the_newest_stands_at_the_end_of_the_line_in_both_directions(line: Sparkline) -> None:
    line.show_runs([run(number) for number in reversed(range(RUNS))])
    assert line.slot(0).left() == 0
    line.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert line.slot(RUNS - 1).left() == 0


def test_each_bar_has_its_tooltip_and_the_line_its_words(line: Sparkline) -> None:
    line.show_runs([run(1, failed=True), run(0, messages=12)])
    assert line.accessibleName()
    assert line.accessibleDescription() == "Last 2 fetches, 12 messages, 1 failed"
    for number, said in ((0, "12 messages in 2 seconds"), (1, "No password")):
        at = line.slot(number).center()
        QApplication.sendEvent(line, QHelpEvent(QEvent.Type.ToolTip, at, line.mapToGlobal(at)))
        assert said in QToolTip.text()
    away = QPoint(1, 1)
    assert line.run_at(away) is None
    QToolTip.hideText()
