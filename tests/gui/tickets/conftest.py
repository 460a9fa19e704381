"""The page on a database with mail in it, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import Ticket
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.tickets import TicketsPage
from mailadmin.gui.tickets.article_card import ArticleCard
from tests.gui.waiting import settle

D = TypeVar("D", bound=QDialog)
Undo = list[tuple[str, Callable[[], object]]]


def mail(
    subject: str,
    *,
    sender: str = "anna@example.net",
    message_id: str = "",
    refers_to: str = "",
    body: str = "Please help.",
) -> bytes:
    """A plain mail."""
    lines = [
        f"From: {sender}",
        "To: support@example.org",
        f"Subject: {subject}",
        "Date: Thu, 19 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{message_id or subject.replace(' ', '-')}@example.net>",
        "Content-Type: text/plain; charset=utf-8",
    ]
    if refers_to:
        lines.append(f"References: <{refers_to}@example.net>")
    return "\r\n".join([*lines, "", body, ""]).encode()


def html_mail(html: str, subject: str = "Offer") -> bytes:
    """A mail with HTML only."""
    head = f"From: eve@example.net\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.net>\r\n"
    return f"{head}MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n".encode()


@pytest.fixture
def desk(app: Application) -> Application:
    """Queues with levels, one of them invalid, and a ticket or two in some."""
    for queue in (
        Queue(name="Support"),
        Queue(name="Support::Printers"),
        Queue(name="Office::Rooms"),
        Queue(name="Old", validity=Validity.INVALID),
    ):
        app.routing.add_queue(queue)
    app.reading.read(mail("Paper jam"), queue="Support::Printers")
    app.reading.read(mail("No network", sender="Bea Blau <bea@example.com>"), queue="Support")
    app.reading.read(mail("Room is cold"), queue="Office::Rooms")
    return app


@pytest.fixture
def undo(page: TicketsPage) -> Undo:
    """What can be taken back, as the page tells it."""
    told: Undo = []
    page.undoable.connect(lambda text, act: told.append((text, act)))
    return told


@pytest.fixture
def page(desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> TicketsPage:
    return opened_page(desk, tasks, settings, qtbot)


def new_page(app: Application, tasks: Tasks, settings: WindowSettings) -> TicketsPage:
    """The page before it was ever shown."""
    return TicketsPage(
        tickets=app.tickets,
        inbox=app.inbox,
        routing=app.routing,
        outbox=app.outbox,
        lists=app.lists,
        tasks=tasks,
        settings=settings,
    )


def opened_page(
    app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, *, tested: bool = True
) -> TicketsPage:
    """The page as it opens, under the eyes of Qt's own tester of models (which has every page of a list read)."""
    page = new_page(app, tasks, settings)
    qtbot.addWidget(page)
    models = (page.list.model, page.list.table.filter, page.queues.items, page.conversation.history)
    for model in models if tested else ():
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, page)
    page.resize(1000, 640)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    settled(qtbot, page)
    return page


def settled(qtbot: QtBot, page: TicketsPage) -> None:
    """Wait until everything that was asked for is there."""
    settle(qtbot, page._tasks, page.conversation._timer, page.list.search._timer)


def titles(page: TicketsPage) -> list[str]:
    """The tickets that are listed, from top to bottom."""
    return [ticket.title for ticket in page.list.model.records]


def ticket(app: Application, title: str) -> Ticket:
    """A ticket as it is now."""
    return next(one for one in app.tickets.list() if one.title == title)


def select(qtbot: QtBot, page: TicketsPage, *wanted: str) -> None:
    """Select tickets by their titles, and wait for what that shows."""
    table, flag = page.list.table, QItemSelectionModel.SelectionFlag
    table.selectionModel().clear()
    for row, one in enumerate(page.list.model.records):
        if one.title in wanted:
            table.selectionModel().setCurrentIndex(table.filter.index(row, 0), flag.Select | flag.Rows)
    assert len(table.selected()) == len(wanted)
    settled(qtbot, page)


def newest(qtbot: QtBot, page: TicketsPage) -> ArticleCard:
    """The open card of the newest mail."""
    qtbot.waitUntil(lambda: page.conversation.card is not None)
    settled(qtbot, page)
    card = page.conversation.card
    assert card is not None
    return card


def press(qtbot: QtBot, page: TicketsPage, action: QAction) -> None:
    """Press the button of a verb at the page's upper right."""
    button = next(one for one in page.findChildren(QToolButton) if one.defaultAction() is action)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def dialog(qtbot: QtBot, parent: QWidget, kind: type[D]) -> D:
    """The dialog of a kind that is open, or opens soon."""
    found: list[D] = []

    def look() -> bool:
        found[:] = [one for one in parent.findChildren(kind) if one.isVisible()]
        return bool(found)

    qtbot.waitUntil(look)
    return found[0]


def click(qtbot: QtBot, box: QWidget, text: str) -> None:
    """Press a button by its words."""
    button = next(one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
