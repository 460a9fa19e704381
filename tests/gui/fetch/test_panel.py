"""What the panel shows while something is fetched and after it, and where its numbers lead."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QPushButton

from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import InboxQuery, InboxState
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchStatus
from mailadmin.gui.fetch.details import DetailsDialog, PreviewDialog
from mailadmin.gui.fetch.pulse import Pulse
from mailadmin.gui.fetch.result_table import ResultModel
from mailadmin.gui.fetch.results import Result, messages_of, problem, state, summary, total_of
from mailadmin.gui.fetch.row_bar import RowVerb

from .conftest import House, mail


def account(number: int, name: str = "") -> IncomingAccount:
    return IncomingAccount(name=name or f"account {number}", type=AccountType.IMAPS, id=number)


def ended(number: int, name: str = "", **counts: int) -> Result:
    outcome = FetchOutcome(number, name or f"account {number}", FetchStatus.OK, FetchCounts(**counts), 1.0)
    now = datetime.now(UTC)
    return Result(account=account(number, name), began=now, ended=now, outcome=outcome)


def failed(number: int, name: str = "", code: Code = Code.SIGN_IN_REFUSED, words: str = "") -> Result:
    error = UserFixableError(code, {"username": "u"}, server=words, layer=Layer.SIGN_IN)
    one = ended(number, name)
    assert one.outcome is not None
    outcome = dataclasses.replace(one.outcome, status=FetchStatus.FAILED, errors=(error,))
    return dataclasses.replace(one, outcome=outcome)


def test_the_model_keeps_the_rules_of_models_while_accounts_begin_change_and_end(house: House) -> None:
    model = ResultModel(house.window)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, house.window)
    now = datetime.now(UTC)
    for number in (3, 1, 2):
        model.put(Result(account=account(number), began=now))
    model.change(1, progress=FetchProgress(1, "account 1", Layer.DOWNLOAD, 1, 4, 100))
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert [one.account.name if one.account else "" for one in model.records] == [
        "account 3",
        "account 2",
        "account 1",
        "",
    ]
    model.put(ended(2, fetched=5))
    model.sort(3)
    assert model.records[-1].account is None
    model.show_results([])
    assert model.rowCount() == 0
    assert tester.model() is model


def test_it_is_not_seen_until_something_is_fetched_and_stays_until_it_is_closed(house: House) -> None:
    support = house.account("support", mail(1))
    assert not house.panel.isVisible()
    house.fetch(support)
    assert house.panel.isVisible()
    assert house.panel.close_button.isVisible()
    house.bot.mouseClick(house.panel.close_button, Qt.MouseButton.LeftButton)
    assert not house.panel.isVisible()
    assert house.panel.model.rowCount() == 0


def test_a_running_fetch_cannot_be_closed_away(house: House) -> None:
    support = house.account("support", mail(1))
    gate = house.gate(support)
    house.desk.fetch([support])
    house.until(gate.reached.is_set)
    assert not house.panel.close_button.isVisible()
    house.panel.close_panel()
    assert house.panel.isVisible()
    gate.open.set()


def test_the_headline_says_how_many_are_under_way_and_then_what_came_out(house: House) -> None:
    support, orders = (
        house.account("support", mail(1), mail(2, In_Reply_To="<m1@example.net>")),
        house.account("orders"),
    )
    gate = house.gate(support)
    house.desk.fetch([support, orders])
    house.until(lambda: gate.reached.is_set() and house.outcomes)
    house.until(lambda: house.panel.headline.text() == "Fetching 2 of 2")
    with house.bot.waitSignal(house.panel.said) as said:
        gate.open.set()
    assert said.args == ["2 mails: 1 new ticket, 1 follow-up."]
    assert house.panel.headline.text() == "2 mails: 1 new ticket, 1 follow-up."
    assert house.cell(support, "state") == "done"
    assert house.cell(None, "new_tickets") == "1"
    assert house.cell(orders, "new_tickets") == "–"


def test_what_came_out_is_told_to_assistive_technology(house: House) -> None:
    told: list[str] = []

    def note(event: QAccessibleEvent) -> None:
        if event.type() == QAccessible.Event.Announcement:
            told.append(event.message())  # type: ignore[attr-defined]

    support = house.account("support", mail(1))
    original = QAccessible.updateAccessibility
    QAccessible.updateAccessibility = note  # type: ignore[method-assign]
    try:
        house.fetch(support)
    finally:
        QAccessible.updateAccessibility = original  # type: ignore[method-assign]
    assert told == ["1 mail: 1 new ticket."]


def test_a_row_can_be_stopped_by_its_icon_by_its_button_and_by_the_keyboard(house: House) -> None:
    accounts = [house.account(name, mail(1)) for name in ("a", "b", "c")]
    for one in accounts:
        house.server(one).hang_on = "open"
    house.desk.fetch(accounts)
    house.until(lambda: len(house.desk.running) == 3)
    table = house.panel.table
    stop = [column.key for column in house.panel.model.columns].index("stop")
    where = table.visualRect(table.model().index(0, stop)).center()
    house.bot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    house.until(lambda: house.outcome_names() == {"a"})
    table.selectRow(1)
    house.bot.mouseClick(house.panel.row_bar.buttons[RowVerb.STOP], Qt.MouseButton.LeftButton)
    house.until(lambda: house.outcome_names() == {"a", "b"})
    table.setCurrentIndex(table.model().index(2, stop))
    house.bot.keyClick(table, Qt.Key.Key_Return)
    house.until(lambda: not house.desk.busy)
    assert {one.status for one in house.outcomes} == {FetchStatus.STOPPED}


def test_stop_all_is_answered_at_once(house: House) -> None:
    accounts = [house.account(name, mail(1)) for name in ("a", "b")]
    gates = [house.gate(one) for one in accounts]
    house.desk.fetch(accounts)
    house.until(lambda: all(gate.reached.is_set() for gate in gates))
    house.bot.mouseClick(house.panel.stop_all_button, Qt.MouseButton.LeftButton)
    assert house.panel.headline.text() == "Stopping..."
    assert [house.state(one) for one in accounts] == ["stopping", "stopping"]
    assert not house.panel.stop_all_button.isEnabled()


def test_numbers_lead_to_exactly_the_messages_they_count(house: House) -> None:
    support = house.account("support", mail(1), mail(2, In_Reply_To="<m1@example.net>"), b"")
    house.account("orders", mail(3))
    house.fetch(support)
    again = [mail(4), mail(5), mail(6, In_Reply_To="<m5@example.net>"), mail(4)]
    house.server(support).add(*again)
    house.desk.fetch([support, house.app.accounts.get("orders")])
    house.until(lambda: not house.desk.busy)
    counts = house.outcome(support).counts
    result = house.panel.model.of(support.id or 0)
    assert result is not None
    for count in ("fetched", "new_tickets", "follow_ups", "duplicates", "deleted"):
        query = messages_of(result, count)
        assert query is not None, count
        assert len(house.app.storage.inbox.page(query)) == getattr(counts, count), count
    assert counts.new_tickets == 2
    assert messages_of(result, "held") is None


def test_a_double_click_and_enter_on_a_number_ask_for_its_messages(house: House) -> None:
    support = house.account("support", mail(1))
    house.fetch(support)
    table = house.panel.table
    at = [column.key for column in house.panel.model.columns].index("new_tickets")
    wanted: list[InboxQuery] = []
    house.panel.messages_wanted.connect(wanted.append)
    index = table.model().index(0, at)
    where = table.visualRect(index).center()
    house.bot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    house.bot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    table.setCurrentIndex(index)
    house.bot.keyClick(table, Qt.Key.Key_Return)
    assert len(wanted) == 2
    assert wanted[0] == wanted[1]
    assert wanted[0].account == "support"
    assert [one.subject for one in house.app.storage.inbox.page(wanted[0])] == ["Question 1"]


def test_left_on_the_server_leads_to_what_lies_there_whenever_it_came() -> None:
    query = messages_of(ended(1, "support", left_on_server=4), "left_on_server")
    assert query is not None
    assert (query.fetched_from, query.account) == (None, "support")


def test_fetched_does_not_count_what_was_too_big_to_fetch() -> None:
    query = messages_of(ended(1, fetched=4), "fetched")
    assert query is not None
    assert query.states is not None
    assert InboxState.TOO_BIG not in query.states


def test_columns_of_rare_numbers_are_there_only_when_there_is_something_in_them(house: House) -> None:
    support = house.account("support", mail(1), mail(1))
    keys = [column.key for column in house.panel.model.columns]

    def hidden(key: str) -> bool:
        return house.panel.table.isColumnHidden(keys.index(key))

    house.fetch(support)
    assert not hidden("duplicates")
    assert hidden("quarantined")
    house.fetch(support)
    assert hidden("duplicates")
    assert not hidden("new_tickets")


def test_a_failure_is_told_with_its_cause_the_servers_words_and_ways_on(house: House) -> None:
    support, orders = house.account("support", mail(1)), house.account("orders", mail(2))
    house.server(orders).refuse_delete = "NO [NOPERM] not yours"
    house.fetch(support, orders)
    assert house.state(orders) == "failed: Deleting failed"
    detail = house.panel.row_bar.detail.toPlainText()
    assert 'The server says: "NO [NOPERM] not yours"' in detail
    with house.bot.waitSignal(house.panel.edit_wanted) as wanted:
        house.bot.mouseClick(house.panel.row_bar.buttons[RowVerb.EDIT], Qt.MouseButton.LeftButton)
    assert wanted.args[0].name == "orders"
    house.bot.mouseClick(house.panel.row_bar.buttons[RowVerb.DETAILS], Qt.MouseButton.LeftButton)
    dialog = house.panel.findChild(DetailsDialog)
    assert isinstance(dialog, DetailsDialog)
    assert "NOPERM" in dialog.text.toPlainText()
    dialog.findChildren(QPushButton)[-1].click()
    assert "NOPERM" in QApplication.clipboard().text()
    dialog.close()
    assert "orders failed: Deleting failed." in house.panel.headline.text()


def test_an_account_that_needs_somebody_to_sign_in_leads_there_and_not_into_the_form(house: House) -> None:
    panel = house.panel
    panel.show()
    panel.model.show_results([failed(1, "orders", Code.SIGN_IN_NEEDED)])
    panel.table.selectRow(0)
    assert house.panel.row_bar.buttons[RowVerb.SIGN_IN].isVisible()
    assert not house.panel.row_bar.buttons[RowVerb.EDIT].isVisible()
    assert "Nobody has signed in" in panel.row_bar.detail.toPlainText()
    with house.bot.waitSignal(panel.sign_in_wanted) as wanted:
        panel.row_bar.buttons[RowVerb.SIGN_IN].click()
    assert wanted.args[0].name == "orders"


def test_what_mends_a_mailbox_that_refuses_tokens_is_among_the_details_to_copy(house: House) -> None:
    result = failed(1, "orders", Code.OAUTH_REFUSED, "AADSTS65001: not consented")
    assert result.outcome is not None
    result.outcome.errors[0].facts.update(cause="consent-needed", tenant="contoso.example", client_id="42")
    dialog = DetailsDialog(result, house.window)
    assert "adminconsent?client_id=42" in dialog.text.toPlainText()
    dialog.close()


def test_an_account_that_did_well_offers_no_editing(house: House) -> None:
    support = house.account("support", mail(1))
    house.fetch(support)
    house.panel.table.selectRow(0)
    assert not house.panel.row_bar.buttons[RowVerb.EDIT].isVisible()
    assert not house.panel.row_bar.buttons[RowVerb.DETAILS].isVisible()
    assert house.panel.row_bar.buttons[RowVerb.MESSAGES].isVisible()


def test_a_dry_run_says_that_nothing_was_changed_and_lists_what_would_be(house: House) -> None:
    support = house.account("support", mail(1), mail(2))
    with house.bot.waitSignal(house.desk.all_ended, timeout=20_000):
        house.desk.try_out([support])
    assert house.state(support) == "nothing was changed"
    assert house.panel.headline.text() == "Dry run, nothing was changed: 2 mails: 2 new tickets."
    assert not house.panel.row_bar.buttons[RowVerb.MESSAGES].isVisible()
    house.bot.mouseClick(house.panel.row_bar.buttons[RowVerb.PREVIEWS], Qt.MouseButton.LeftButton)
    dialog = house.panel.findChild(PreviewDialog)
    assert isinstance(dialog, PreviewDialog)
    rows = [dialog.table.records.index(row, 1).data() for row in range(dialog.table.records.rowCount())]
    assert sorted(rows) == ["Question 1", "Question 2"]
    assert "New ticket" in dialog.table.records.index(0, 2).data()
    dialog.close()


def test_new_fetches_join_those_that_run_and_replace_results_of_before(house: House) -> None:
    support, orders = house.account("support", mail(1)), house.account("orders", mail(2))
    house.fetch(support)
    gate = house.gate(orders)
    house.desk.fetch([orders])
    house.until(gate.reached.is_set)
    assert [one.account.name for one in house.panel.model.results if one.account] == ["orders"]
    house.desk.fetch([support])
    house.until(lambda: len(house.outcomes) == 2)
    assert [one.account.name for one in house.panel.model.results if one.account] == ["orders", "support"]
    gate.open.set()
    house.until(lambda: not house.desk.busy)


def test_the_bar_of_a_row_shows_how_much_is_there(house: House) -> None:
    house.panel.show()
    now = datetime.now(UTC)
    progress = FetchProgress(1, "account 1", Layer.DOWNLOAD, 99, 100, 100)
    house.panel.model.put(Result(account=account(1), began=now, progress=progress))
    table = house.panel.table
    at = [column.key for column in house.panel.model.columns].index("state")
    cell = table.visualRect(table.model().index(0, at))
    bar = QRect(cell.right() - cell.width() // 4, cell.top(), cell.width() // 4, cell.height())
    full = _coloured(house, bar)
    house.panel.model.change(1, progress=dataclasses.replace(progress, done=10))
    assert _coloured(house, bar) < full / 2


def _coloured(house: House, where: QRect) -> int:
    image = house.panel.table.viewport().grab(where).toImage()
    points = [QPoint(x, image.height() // 2) for x in range(image.width())]
    return sum(QColor(image.pixelColor(point)).saturation() > 100 for point in points)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (lambda: [ended(1)], "No new mail."),
        (
            lambda: [ended(1, fetched=12, new_tickets=9, follow_ups=3), failed(2, "orders")],
            "12 mails: 9 new tickets, 3 follow-ups. orders failed: Sign-in refused.",
        ),
        (lambda: [failed(1, "a"), failed(2, "b")], "No new mail. Failed: a, b."),
        (lambda: [ended(1, fetched=1, quarantined=1)], "1 mail: 1 quarantined."),
        (lambda: [ended(1, fetched=1, new_tickets=1, too_big=1)], "1 mail: 1 new ticket; 1 too big to fetch."),
    ],
)
def test_the_sentence_at_the_end(house: House, results: Callable[[], list[Result]], said: str) -> None:
    assert summary(results()) == said


def test_what_is_going_on_is_said_in_words() -> None:
    one = Result(account=account(1), began=datetime.now(UTC))
    assert state(one) == "waiting"
    moments = {
        (Layer.SIGN_IN, 0, 0): "signing in",
        (Layer.DOWNLOAD, 43, 120): "downloading 43 of 120",
        (Layer.STORE, 43, 120): "downloading 43 of 120",
        (Layer.STORE, 120, 120): "making tickets",
    }
    for (layer, done, total), words in moments.items():
        assert state(dataclasses.replace(one, progress=FetchProgress(1, "", layer, done, total, 0))) == words
    assert state(dataclasses.replace(one, stopping=True)) == "stopping"
    assert problem(one) == ""


def test_words_of_a_server_stay_plain_text(house: House) -> None:
    one = failed(1, words="<b>bold</b> words")
    house.panel.model.put(one)
    house.panel.show()
    house.panel.table.selectRow(0)
    assert "<b>bold</b>" in house.panel.row_bar.detail.toPlainText()
    assert house.panel.headline.textFormat() is Qt.TextFormat.PlainText


def test_progress_from_many_threads_is_told_once_an_account(house: House) -> None:
    pulse = Pulse(house.window)
    told: list[FetchProgress] = []
    pulse.told.connect(told.append)
    for done in range(1000):
        pulse.put(FetchProgress(1, "a", Layer.DOWNLOAD, done, 1000, 0))
        pulse.put(FetchProgress(2, "b", Layer.DOWNLOAD, done, 1000, 0))
    pulse.forget(2)
    pulse.flush()
    pulse.flush()
    assert [(one.account_id, one.done) for one in told] == [(1, 999)]


def test_a_rule_that_keeps_mail_shows_what_is_left(house: House) -> None:
    support = house.account("support", mail(1), after_fetch=AfterFetch.KEEP)
    house.fetch(support)
    assert house.cell(support, "left_on_server") == "1"


def test_the_messages_of_a_number_are_asked_for_by_the_times_of_the_database() -> None:
    began = datetime(2026, 11, 20, 8, tzinfo=UTC)
    rows = []
    for number, hour in ((1, 15), (2, 16)):
        one = ended(number, fetched=4)
        assert one.outcome is not None
        rows.append(
            dataclasses.replace(one, outcome=dataclasses.replace(one.outcome, started=began.replace(hour=hour)))
        )
    query = messages_of(rows[0], "fetched")
    assert query is not None
    assert query.fetched_from == began.replace(hour=15)
    assert query.fetched_until == began.replace(hour=15, second=2)
    total = messages_of(total_of(rows), "fetched")
    assert total is not None
    assert total.fetched_from == began.replace(hour=15)
