"""Accounts in every state on a real database, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Dispatching, IncomingAccount, Validity
from mailadmin.domain.outcomes import FetchCounts, FetchRun, FetchStatus
from mailadmin.gui.incoming import IncomingPage
from mailadmin.gui.incoming.rows import AccountRow
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

Key = Qt.Key


@dataclass(frozen=True)
class Accounts:
    """Makes accounts and their past."""

    app: Application

    def add(self, name: str, **values: Any) -> IncomingAccount:
        values = {"type": AccountType.IMAPS, "host": "mail.example.org", "username": f"{name}@example.org"} | values
        return self.app.accounts.add(IncomingAccount(name=name, **values))

    def fetched(
        self, account: IncomingAccount, *, messages: int = 0, minutes_ago: float = 3, code: str = "", server: str = ""
    ) -> None:
        """A fetch in the past: it failed when there is a code."""
        assert account.id is not None
        status = FetchStatus.FAILED if code else FetchStatus.OK
        counts = FetchCounts(seen=messages, fetched=messages)
        started = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        self.app.storage.runs.record(
            FetchRun(account.id, started, 1.5, status, counts, code, "sign-in" if code else "", server)
        )


@pytest.fixture
def accounts(app: Application) -> Accounts:
    return Accounts(app)


@pytest.fixture
def five(accounts: Accounts) -> dict[str, IncomingAccount]:
    """Well, refused, never fetched, invalid, invalid for a while; by name."""
    support = accounts.add("support", comment="First line", dispatching=Dispatching.QUEUE, queue="Raw")
    accounts.fetched(support, messages=3)
    orders = accounts.add("orders", host="imap.example.net")
    accounts.fetched(orders, messages=2, minutes_ago=90)
    accounts.fetched(orders, code="sign-in-refused", server="[AUTHENTICATIONFAILED] no such user")
    fresh = accounts.add("fresh")
    old = accounts.add("old", validity=Validity.INVALID)
    paused = accounts.add("paused", validity=Validity.INVALID_TEMPORARILY)
    return {one.name: one for one in (support, orders, fresh, old, paused)}


class Shown:
    """The page in a window, and what a person does with it."""

    def __init__(self, page: IncomingPage, tasks: Tasks, qtbot: QtBot) -> None:
        self.page = page
        self.tasks = tasks
        self.qtbot = qtbot
        self.told: dict[str, list[Any]] = {}
        for name in ("add", "edit", "duplicate", "check", "inbox", "fetch", "fetch_dry", "secrets_setup"):
            self._note(f"{name}_wanted")
        for name in ("said", "counted", "changed"):
            self._note(name)
        self.undo: list[tuple[str, Callable[[], object]]] = []
        page.undoable.connect(lambda text, undo: self.undo.append((text, undo)))

    def _note(self, name: str) -> None:
        told = self.told.setdefault(name, [])
        getattr(self.page, name).connect(lambda *what: told.append(what[0] if what else None))

    def settle(self) -> None:
        """Until what was begun has been read and shown."""
        settle(self.qtbot, self.tasks, self.page._settling, self.page.filter.text._timer)

    @property
    def names(self) -> list[str]:
        """What the table shows, from top to bottom."""
        rows = self.page.table.filter
        return [rows.index(row, 1).data() for row in range(rows.rowCount())]

    def row(self, name: str) -> AccountRow:
        return next(row for row in self.page.model.records if row.account.name == name)

    def select(self, *names: str) -> None:
        """Click on rows, holding Ctrl from the second on."""
        table = self.page.table
        for number, name in enumerate(names):
            modifier = Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier
            self.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, self.at(name, "account"))
        self.settle()

    def at(self, name: str, column: str) -> QPoint:
        """The middle of a cell."""
        table = self.page.table
        number = [one.key for one in self.page.model.columns].index(column)
        index = table.filter.index(self.names.index(name), number)
        table.scrollTo(index)
        return table.visualRect(index).center()

    def key(self, key: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the table."""
        self.page.table.setFocus()
        self.qtbot.keyClick(self.page.table, key, modifier)

    def question(self) -> QMessageBox:
        """The question that stands open."""
        self.qtbot.waitUntil(lambda: any(box.isVisible() for box in self.page.findChildren(QMessageBox)))
        return next(box for box in self.page.findChildren(QMessageBox) if box.isVisible())

    def answer(self, text: str) -> None:
        """Click a button of the question, by its beginning."""
        buttons = [one for one in self.question().buttons() if one.text().replace("&", "").startswith(text)]
        self.qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
        self.settle()

    def click_strip(self, text: str) -> None:
        button = next(one for one in self.page.strip.buttons if one.text().replace("&", "") == text)
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def click_notice(self, text: str) -> None:
        """Press the action of the newest notice."""
        buttons = self.page.bar.notices[0].findChildren(QPushButton)
        self.qtbot.mouseClick(
            next(one for one in buttons if one.text().replace("&", "") == text), Qt.MouseButton.LeftButton
        )
        self.settle()


@pytest.fixture
def show(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> Callable[..., Shown]:
    """Opens the page, reads, and has it active."""

    def opened(*, scheduled: bool = True) -> Shown:
        page = IncomingPage(
            accounts=app.accounts, schedule=app.schedule, tasks=tasks, settings=settings, scheduled=scheduled
        )
        qtbot.addWidget(page)
        QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
        QAbstractItemModelTester(page.table.filter, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
        shown = Shown(page, tasks, qtbot)
        page.resize(1000, 640)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        shown.settle()
        return shown

    return opened


@pytest.fixture
def shown(five: dict[str, IncomingAccount], show: Callable[[], Shown]) -> Shown:
    """The page with the five accounts."""
    return show()
