"""The page of filters on a database with accounts and mail, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.secrets import Secret
from mailadmin.gui.filters import FilterServices, FiltersPage
from mailadmin.gui.filters.filter_dialog import FilterDialog
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.routing.conftest import opened, ready
from tests.servers.memory import MemoryServer

JUNK, MISC = Action("X-OTOBO-Queue", "Junk"), Action("X-OTOBO-Queue", "Misc")


def mail(number: int, subject: str = "Question") -> bytes:
    """A message that no other is like."""
    return (
        f"From: Customer {number} <c{number}@example.net>\r\nTo: support@example.org\r\n"
        f"Subject: {subject} {number}\r\nMessage-ID: <m{number}@example.net>\r\n"
        f"Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\r\nThis is message {number}.\r\n"
    ).encode()


def rule(
    name: str = "Offers", *, text: str = "offer", actions: tuple[Action, ...] = (JUNK,), order: int = 10
) -> Filter:
    """A filter on the subject."""
    return Filter(name=name, order=order, conditions=(Condition("Subject", text),), actions=actions)


@pytest.fixture
def mailed(memory_app: Application, memory_server: MemoryServer) -> Application:
    """Two accounts; three messages of the first are here, one of them an offer."""
    for name in ("support", "orders"):
        account = IncomingAccount(name=name, type=AccountType.IMAPS, host="mail.example.org", username=name)
        memory_app.accounts.add(account, Secret("pw"))
    memory_server.add(mail(1), mail(2, "Offer"), mail(3))
    memory_app.fetching.fetch([memory_app.accounts.get("support")])
    return memory_app


def services_of(app: Application) -> FilterServices:
    """What the page works with."""
    return FilterServices(app.filters, app.accounts, app.routing, app.lists, app.what_if)


OpenPage = Callable[[], FiltersPage]


@pytest.fixture
def open_page(mailed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> OpenPage:
    """Shows the page, under the eyes of Qt's own tester of models."""

    def show() -> FiltersPage:
        page = FiltersPage(services=services_of(mailed), tasks=tasks, settings=settings)
        qtbot.addWidget(page)
        for model in (page.model, page.table.filter):
            QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, page)
        page.resize(900, 560)
        page.show()
        qtbot.waitExposed(page)
        ready(qtbot, page)
        return page

    return show


def select(page: FiltersPage, name: str) -> None:
    """Select a filter by its name."""
    assert page.table.select(next(one for one in page.model.records if one.name == name))


def edit(page: FiltersPage, name: str, qtbot: QtBot) -> FilterDialog:
    """The dialog of a filter, with everything it reads."""
    page.edit(next(one for one in page.model.records if one.name == name))
    dialog = opened(qtbot, page, FilterDialog)
    ready(qtbot, page)
    return dialog


def add(page: FiltersPage, qtbot: QtBot) -> FilterDialog:
    """The dialog of a new filter."""
    page.add_new()
    dialog = opened(qtbot, page, FilterDialog)
    ready(qtbot, page)
    return dialog
