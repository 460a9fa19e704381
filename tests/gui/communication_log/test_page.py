"""The page of the communication log, on what real fetches have left in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.communication import Communication, LogKind, LogObject, LogStatus, Priority
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.communication_log import CommunicationLogPage
from mailadmin.gui.communication_log.exporting import LogExport
from mailadmin.gui.communication_log.filters import Span
from mailadmin.gui.communication_log.page import PAGE
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle
from tests.servers.memory import MemoryServer
from tests.unit.services.conftest import mail

HOUR = timedelta(hours=1)


def account(app: Application, name: str, password: str = "pw") -> IncomingAccount:
    values = {"type": AccountType.IMAPS, "host": "mail.example.org", "username": f"{name}@example.org"}
    return app.accounts.add(IncomingAccount(name=name, **values), Secret(password))  # type: ignore[arg-type]


def made(app: Application, age: timedelta, name: str = "support", status: LogStatus = LogStatus.SUCCESSFUL) -> int:
    """A communication of so long ago."""
    began = datetime.now(UTC) - age
    ident = app.storage.communication.begin(Communication(account=name, account_type="IMAPS", started=began))
    app.storage.communication.write(ident, [], status=status, ended=began + timedelta(seconds=2))
    return ident


@pytest.fixture
def fetched(memory_app: Application, memory_server: MemoryServer) -> Application:
    """One account has fetched two messages, the sign-in of another was refused."""
    memory_server.refused.add("wrong")
    memory_server.add(mail(1), mail(2))
    support, sales = account(memory_app, "support"), account(memory_app, "sales", "wrong")
    for each in (support, sales):
        memory_app.fetching.fetch([each])
    return memory_app


class Log:
    """The page, and how to wait for it."""

    def __init__(self, app: Application, qtbot: QtBot, tasks: Tasks, settings: WindowSettings) -> None:
        self.app, self.qtbot, self.tasks = app, qtbot, tasks
        self.page = CommunicationLogPage(log=app.communication, tasks=tasks, settings=settings)
        qtbot.addWidget(self.page)
        self.page.resize(900, 560)

    def show(self) -> CommunicationLogPage:
        self.page.show()
        self.rest()
        return self.page

    def rest(self) -> None:
        settle(self.qtbot, self.tasks, self.page.filters.text._timer)

    def shown(self) -> list[str]:
        """The accounts of the communications that are listed."""
        return [one.account for one in self.page.model.records]

    def steps(self) -> str:
        """Everything that the steps of the selected object say."""
        model = self.page.details.entries
        return "\n".join(str(model.index(row, 2).data()) for row in range(model.rowCount()))

    def press(self, label: str) -> None:
        """Press a button of the question that is open."""
        boxes = [box for box in self.page.findChildren(QMessageBox) if box.isVisible()]
        buttons = [one for one in boxes[0].findChildren(QPushButton) if one.text().replace("&", "") == label]
        self.qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)


@pytest.fixture
def log(memory_app: Application, qtbot: QtBot, tasks: Tasks, settings: WindowSettings) -> Iterator[Log]:
    made = Log(memory_app, qtbot, tasks, settings)
    yield made
    made.rest()


def test_a_failed_fetch_is_on_top_with_the_servers_words_below(fetched: Application, log: Log) -> None:
    page = log.show()
    assert log.shown() == ["sales", "support"]
    assert page.model.index(0, 0).data() == "failed"
    assert "NO AUTHENTICATE failed" in log.steps()
    summary = page.filters.summary.text()
    assert "1 successful" in summary
    assert "1 failed" in summary
    assert "failing accounts: sales" in summary


def test_a_message_leads_to_the_inbox(fetched: Application, log: Log, qtbot: QtBot) -> None:
    page = log.show()
    assert not page.show_message_action.isEnabled()
    page.table.select_row(1)
    log.rest()
    objects = page.details.objects.records
    assert [one.kind for one in objects] == [LogKind.CONNECTION, LogKind.MESSAGE, LogKind.MESSAGE]
    page.details.object_table.select_row(2)
    assert "New ticket" in log.steps()
    with qtbot.waitSignal(page.message_wanted) as wanted:
        page.show_message_action.trigger()
    assert wanted.args == [objects[2].inbox_id]
    with qtbot.waitSignal(page.message_wanted):
        qtbot.keyClick(page.details.object_table, Qt.Key.Key_Return)


def test_the_priority_says_which_steps_are_shown(fetched: Application, log: Log) -> None:
    page = log.show()
    page.table.select_row(1)
    log.rest()
    details = page.details
    details.object_table.select_row(1)
    every = details.entries.rowCount()
    details.lowest.choose(Priority.INFO)
    log.rest()
    details.object_table.select_row(1)
    assert 0 < details.entries.rowCount() < every
    assert {entry.priority for entry in details.entries.records} == {Priority.INFO}
    details.lowest.choose(Priority.ERROR)
    log.rest()
    assert details.objects.rowCount() == 0
    assert details.entries.rowCount() == 0


def test_filters_narrow_the_list(memory_app: Application, log: Log) -> None:
    made(memory_app, HOUR / 2, "now")
    made(memory_app, 5 * HOUR, "today", LogStatus.FAILED)
    made(memory_app, 100 * HOUR, "this week")
    made(memory_app, 1000 * HOUR, "long ago", LogStatus.WARNING)
    page = log.show()
    assert set(log.shown()) == {"now", "today"}
    expected = {
        Span.HOUR: {"now"},
        Span.WEEK: {"now", "today", "this week"},
        Span.EVERYTHING: {"now", "today", "this week", "long ago"},
    }
    for span, accounts in expected.items():
        page.filters.span.choose(span)
        log.rest()
        assert set(log.shown()) == accounts
    page.filters.status.choose(LogStatus.WARNING)
    log.rest()
    assert log.shown() == ["long ago"]
    page.filters.status.setCurrentIndex(0)
    page.filters.account.choose("today")
    log.rest()
    assert log.shown() == ["today"]
    page.filters.account.setCurrentIndex(0)
    page.filters.text.setText("WEEK")
    log.rest()
    assert log.shown() == ["this week"]


def test_from_one_day_to_another_includes_both(memory_app: Application, log: Log) -> None:
    for days in range(5):
        made(memory_app, timedelta(days=days), f"{days} days ago")
    page = log.show()
    page.filters.span.choose(Span.DAYS)
    today = QDate.currentDate()
    page.filters.first.setDate(today.addDays(-1))  # either way round
    page.filters.last.setDate(today.addDays(-3))
    log.rest()
    assert set(log.shown()) == {"1 days ago", "2 days ago", "3 days ago"}


def test_nothing_found_is_said_with_a_way_on(memory_app: Application, log: Log) -> None:
    made(memory_app, 100 * HOUR)
    page = log.show()
    assert page.contents.currentWidget() is page.contents.nothing_found
    assert not page.details.isVisible()
    page.contents.nothing_found.button.click()
    log.rest()
    assert log.shown() == ["support"]


def test_an_account_leads_to_its_own_communications_of_any_time(memory_app: Application, log: Log) -> None:
    made(memory_app, HOUR, "other")
    made(memory_app, 300 * HOUR, "support")
    page = log.show()
    page.show_account("support")
    log.rest()
    assert log.shown() == ["support"]
    assert page.filters.account.value == "support"
    page.show_account("never fetched")
    log.rest()
    assert log.shown() == []


def test_the_list_is_read_page_by_page(memory_app: Application, log: Log) -> None:
    with memory_app.storage.transaction():
        for number in range(PAGE + 30):
            made(memory_app, HOUR - timedelta(seconds=number))
    page = log.show()
    assert page.model.rowCount() == PAGE
    page.table.scrollToBottom()
    page.model.fetchMore(page.model.index(-1, -1))
    log.rest()
    assert page.model.rowCount() == PAGE + 30
    page.refresh()
    log.rest()
    assert page.model.rowCount() == PAGE + 30


def test_a_long_communication_is_read_page_by_page(memory_app: Application, log: Log) -> None:
    ident = made(memory_app, HOUR)
    one = LogObject(kind=LogKind.MESSAGE, status=LogStatus.SUCCESSFUL, started=datetime.now(UTC), highest=Priority.INFO)
    memory_app.storage.communication.write(ident, [one] * (PAGE + 30), status=LogStatus.SUCCESSFUL)
    objects = log.show().details.objects
    assert objects.rowCount() == PAGE
    objects.fetchMore(objects.index(-1, -1))
    log.rest()
    assert objects.rowCount() == PAGE + 30


def test_what_goes_on_is_followed_and_the_selection_stays(memory_app: Application, log: Log) -> None:
    first = made(memory_app, HOUR)
    page = log.show()
    page.table.select_row(0)
    made(memory_app, HOUR / 2, "later")
    memory_app.storage.communication.write(
        first,
        [
            LogObject(
                kind=LogKind.CONNECTION, status=LogStatus.FAILED, started=datetime.now(UTC), highest=Priority.ERROR
            )
        ],
        status=LogStatus.FAILED,
    )
    page.refresh()
    log.rest()
    assert log.shown() == ["later", "support"]
    assert [one.id for one in page.table.selected()] == [first]
    assert page.details.objects.rowCount() == 1
    assert "interrupted" in page.details.heading.text()


# --- export and purge ---


def test_the_export_asks_for_a_file_and_writes_what_the_filters_show(
    fetched: Application, log: Log, tmp_path: Path, qtbot: QtBot
) -> None:
    page = log.show()
    page.filters.account.choose("support")
    log.rest()
    page.export_action.trigger()
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    dialog.close()
    for name in ("log.jsonl", "log.txt"):
        with qtbot.waitSignal(page.said):
            page.export.write(tmp_path / name, page.filters.query())
        log.rest()
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [each["kind"] for each in json.loads(line)["objects"]] == ["connection", "message", "message"]
    text = (tmp_path / "log.txt").read_text()
    assert "support, IMAPS" in text
    assert "New ticket" in text
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix in {".jsonl", ".txt", ".part"}) == [
        "log.jsonl",
        "log.txt",
    ]


def test_an_export_that_cannot_be_written_is_told_and_leaves_nothing(
    fetched: Application, log: Log, tmp_path: Path, qtbot: QtBot
) -> None:
    page = log.show()
    with qtbot.waitSignal(page.export.failed) as failed:
        page.export.write(tmp_path / "nowhere" / "log.jsonl", page.filters.query())
    (error,) = failed.args
    assert isinstance(error, UserFixableError)
    assert error.code is Code.FOLDER_NOT_WRITABLE
    assert page.bar.notices


def test_a_stopped_export_leaves_no_half_of_a_file(
    fetched: Application, qtbot: QtBot, tasks: Tasks, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()
    export = fetched.communication.export

    def slow(query: object) -> object:
        for one in export(query):  # type: ignore[arg-type]
            began.set()
            assert go_on.wait(10)
            yield one

    monkeypatch.setattr(type(fetched.communication), "export", lambda self, query: slow(query))
    writer = LogExport(fetched.communication, tasks, log.page)
    writer.write(tmp_path / "log.jsonl", log.page.filters.query())
    assert began.wait(10)
    tasks.stop_all()
    go_on.set()
    settle(qtbot, tasks)
    assert not list(tmp_path.glob("log.jsonl*"))


def test_purging_asks_and_says_what_goes(memory_app: Application, log: Log, qtbot: QtBot) -> None:
    made(memory_app, 200 * HOUR)
    made(memory_app, HOUR)
    page = log.show()
    page.purge_action.trigger()
    (box,) = [one for one in page.findChildren(QMessageBox) if one.isVisible()]
    assert "7 days" in box.informativeText()
    assert "31 days" in box.informativeText()
    log.press("Cancel")
    assert len(memory_app.communication.accounts()) == 1
    page.purge_action.trigger()
    with qtbot.waitSignal(page.said) as said:
        log.press("Purge")
    log.rest()
    assert said.args == ["1 communication removed."]
    page.show_account("support")
    log.rest()
    assert page.model.rowCount() == 1


def test_a_database_that_cannot_be_read_is_told_and_tried_again(
    memory_app: Application, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(memory_app, HOUR)
    page_of = memory_app.storage.communication.page

    def refuses(*args: object, **options: object) -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})

    monkeypatch.setattr(memory_app.storage.communication, "page", refuses)
    page = log.show()
    assert page.contents.currentWidget() is page.contents.not_loaded
    monkeypatch.setattr(memory_app.storage.communication, "page", page_of)
    page.contents.not_loaded.button.click()
    log.rest()
    assert log.shown() == ["support"]


def test_a_long_name_of_an_account_does_not_make_the_page_wider(fetched: Application, log: Log) -> None:
    page = log.show()
    before = page.minimumSizeHint().width()
    [first, *_] = page.model.records
    page.details.show_communication(replace(first, id=first.id + 1_000, account="a long name " * 30))
    log.rest()
    assert page.minimumSizeHint().width() == before


def test_tab_leads_from_the_filters_through_the_tables(fetched: Application, log: Log, qtbot: QtBot) -> None:
    page = log.show()
    page.activateWindow()
    page.filters.account.setFocus()
    for expected in (page.table, page.details.lowest, page.details.object_table, page.details.entry_table):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        assert page.focusWidget() is expected
