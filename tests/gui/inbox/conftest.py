"""Inbox and archive on real services, with messages in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import IncomingAccount
from mailadmin.gui.inbox import ArchivePage, InboxPage, MessagesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

from . import samples

Make = Callable[[type[MessagesPage]], MessagesPage]


@pytest.fixture
def owner(memory_app: Application) -> IncomingAccount:
    """The account that fetched everything."""
    return samples.account(memory_app)


@pytest.fixture
def make(
    qtbot: QtBot, memory_app: Application, tasks: Tasks, settings: WindowSettings
) -> Iterator[Callable[[type[MessagesPage]], MessagesPage]]:
    """Shows a page on what is in the database now."""
    app = memory_app

    def made(kind: type[InboxPage] | type[ArchivePage]) -> MessagesPage:
        page = kind(
            inbox=app.inbox,
            tickets=app.tickets,
            accounts=app.accounts,
            routing=app.routing,
            tasks=tasks,
            settings=settings,
        )
        qtbot.addWidget(page)
        page.resize(900, 560)
        page.show()
        settle(qtbot, tasks)
        return page

    yield made  # type: ignore[misc]  # pages of the two kinds only
    settle(qtbot, tasks)


@pytest.fixture
def settled(qtbot: QtBot, tasks: Tasks) -> Callable[[], None]:
    """Waits until nothing is read any more."""
    return partial(settle, qtbot, tasks)
