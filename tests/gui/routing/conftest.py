"""The two pages on a database with queues, addresses, a ticket, and what a person does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QDialog, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.gui.routing.addresses_page import AddressesPage
from mailadmin.gui.routing.queues_page import QueuesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.list_page import ListPage
from tests.gui.waiting import settle

D = TypeVar("D", bound=QDialog)

MAIL = (
    b"From: c@example.net\r\nTo: support@example.org\r\nSubject: Help\r\nMessage-ID: <1@example.net>\r\n\r\nPlease.\r\n"
)


@pytest.fixture
def routed(app: Application) -> Application:
    """Queues with levels, one of them invalid; an address that leads to Support, which has a ticket."""
    for queue in (
        Queue(name="Support", comment="First line"),
        Queue(name="Support::Printers", follow_up=FollowUpOption.NEW_TICKET, follow_up_lock=True),
        Queue(name="Support-Old", validity=Validity.INVALID),
    ):
        app.routing.add_queue(queue)
    app.routing.add_address(MailAddress(address="support@example.org", display_name="Support", queue="Support"))
    app.reading.read(MAIL, queue="Support")
    return app


def ready(qtbot: QtBot, page: ListPage[Any]) -> None:
    """Wait until a page has read what it shows, and nothing runs any more."""
    settle(qtbot, page.tasks)
    assert page.contents.currentWidget() is not page.contents.waiting


@pytest.fixture
def queues_page(routed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> QueuesPage:
    page = QueuesPage(routing=routed.routing, tickets=routed.tickets, tasks=tasks, settings=settings)
    return shown(qtbot, page)


@pytest.fixture
def addresses_page(routed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> AddressesPage:
    return shown(qtbot, AddressesPage(routing=routed.routing, what_if=routed.what_if, tasks=tasks, settings=settings))


P = TypeVar("P", QueuesPage, AddressesPage)


def shown(qtbot: QtBot, page: P, width: int = 900) -> P:
    """Show a page under the eyes of Qt's own tester of models."""
    qtbot.addWidget(page)
    for model in (page.model, page.table.filter):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, page)
    page.resize(width, 560)
    page.show()
    qtbot.waitExposed(page)
    ready(qtbot, page)
    return page


def cells(page: ListPage[Any], key: str) -> list[str]:
    """What is shown in a column, from top to bottom."""
    column = [one.key for one in page.model.columns].index(key)
    return [page.table.filter.index(row, column).data() for row in range(page.table.filter.rowCount())]


def select(page: ListPage[Any], *names: str) -> None:
    """Select rows by their first cells."""
    model, flag = page.table.selectionModel(), QItemSelectionModel.SelectionFlag
    model.clearSelection()
    for row, name in enumerate(cells(page, page.model.columns[0].key)):
        if name in names:
            index = page.table.filter.index(row, 0)
            model.select(index, flag.Select | flag.Rows)
            model.setCurrentIndex(index, flag.NoUpdate)
    assert len(page.table.selected()) == len(names)


def opened(qtbot: QtBot, parent: QWidget, kind: type[D]) -> D:
    """The dialog of a kind that is open, or opens soon."""
    found: list[D] = []

    def look() -> bool:
        found[:] = [dialog for dialog in parent.findChildren(kind) if dialog.isVisible()]
        return bool(found)

    qtbot.waitUntil(look)
    return found[0]


def button(box: QWidget, text: str) -> QPushButton:
    """A button by its words."""
    return next(one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == text)


def click(qtbot: QtBot, box: QWidget, text: str) -> None:
    """Press a button by its words."""
    qtbot.mouseClick(button(box, text), Qt.MouseButton.LeftButton)


def question(qtbot: QtBot, page: QWidget) -> QMessageBox:
    """The question that is asked."""
    return opened(qtbot, page, QMessageBox)


def click_cell(qtbot: QtBot, page: ListPage[Any], name: str, key: str, *, double: bool = False) -> None:
    """Click into a row, by the text of its first cell."""
    row = cells(page, page.model.columns[0].key).index(name)
    index = page.table.filter.index(row, [one.key for one in page.model.columns].index(key))
    page.table.scrollTo(index)
    at = page.table.visualRect(index).center()
    act: Callable[..., None] = qtbot.mouseDClick if double else qtbot.mouseClick
    if double:
        qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    act(page.table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def focusable(widget: QWidget) -> list[QWidget]:
    """Everything the keyboard can reach."""
    return [
        child
        for child in widget.findChildren(QWidget)
        if child.focusPolicy() is not Qt.FocusPolicy.NoFocus and child.isVisibleTo(widget)
    ]
