"""The page Outbox: drafts that expire, their text, discarding, searching."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse, OutboxState
from mailadmin.gui.outbox import OutboxPage
from mailadmin.gui.outbox.columns import COLUMNS, state_of
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle


@pytest.fixture
def answered(app: Application) -> Application:
    """Two mails that were answered by an auto-response."""
    app.routing.add_queue(Queue(name="Support"))
    app.routing.add_address(MailAddress(address="help@example.org", display_name="Help", queue="Support"))
    (support,) = [one for one in app.routing.queues() if one.name == "Support"]
    app.routing.change_queue(replace(support, sender_address="help@example.org"))
    text = AutoResponse(name="Thanks", subject="<OTOBO_Subject>", body="Dear <OTOBO_CustomerName>", queues=("Support",))
    app.auto_responses.add(text)
    for name in ("ada", "alan"):
        app.reading.read(
            f"From: {name.title()} <{name}@example.net>\r\nTo: help@example.org\r\nSubject: {name} asks\r\n"
            f"Message-ID: <{name}@example.net>\r\n\r\nHello.\r\n".encode(),
        )
    return app


@pytest.fixture
def page(answered: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> OutboxPage:
    page = OutboxPage(outbox=answered.outbox, tasks=tasks, settings=settings)
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.show()
    settle(qtbot, tasks)
    return page


def subjects(page: OutboxPage) -> list[str]:
    return [one.draft.subject.rpartition("] ")[2] for one in page.model.records]


def test_the_newest_draft_is_shown_with_its_addresses_and_text(page: OutboxPage) -> None:
    assert subjects(page) == ["alan asks", "ada asks"]
    assert "alan asks" in page.pane.subject.text()
    assert page.pane.text.toPlainText() == "Dear Alan"
    assert "outgoing accounts" in page.note.text


def test_a_draft_says_when_it_expires_and_that_it_has(page: OutboxPage) -> None:
    message = page.model.records[0]
    state = COLUMNS[0]
    assert state.text(message) == "draft"
    assert state.second is not None
    assert state.second(message).startswith("expires ")
    late = replace(message, expires=datetime.now(UTC) - timedelta(minutes=1))
    assert (state_of(late), state.text(late), state.second(late)) == ("expired", "expired", "")


def test_discarding_leaves_the_draft_in_sight_and_says_so(
    page: OutboxPage, answered: Application, tasks: Tasks, qtbot: QtBot
) -> None:
    told: list[str] = []
    page.said.connect(told.append)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    settle(qtbot, tasks)
    assert told == ["1 message discarded"]
    assert [one.state for one in answered.outbox.page()] == [OutboxState.DISCARDED, OutboxState.DRAFT]
    assert not page.discard_action.isEnabled(), "it is discarded already"


def test_searching_finds_recipients(page: OutboxPage, tasks: Tasks, qtbot: QtBot) -> None:
    page.search.setText("ada@example")
    qtbot.waitUntil(lambda: subjects(page) == ["ada asks"])
    page.search.setText("nobody")
    nothing = page.contents.nothing_found
    qtbot.waitUntil(lambda: page.contents.currentWidget() is nothing)
    assert not page.pane.isVisible()
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.model.records) == 2)
    settle(qtbot, tasks)


def test_a_message_leads_to_its_ticket(page: OutboxPage, answered: Application, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.ticket_wanted) as wanted:
        page.ticket_action.trigger()
    assert wanted.args == [page.model.records[0].ticket]
    assert answered.tickets.get(wanted.args[0]).articles == 1


def test_an_empty_outbox_says_what_comes_here(
    app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    page = OutboxPage(outbox=app.outbox, tasks=tasks, settings=settings)
    qtbot.addWidget(page)
    page.show()
    settle(qtbot, tasks)
    assert page.contents.currentWidget() is page.contents.nothing_there
    assert "Auto-responses" in page.contents.nothing_there.text


def test_the_list_grows_as_one_scrolls(
    page: OutboxPage, tasks: Tasks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.gui.outbox.page.PAGE", 1)
    page.search.setText("example.net")
    qtbot.waitUntil(lambda: len(page.model.records) == 2)
    assert subjects(page) == ["alan asks", "ada asks"]
    settle(qtbot, tasks)


def test_tab_leads_from_the_search_to_the_list_and_its_text(page: OutboxPage, qtbot: QtBot) -> None:
    page.activateWindow()
    page.focus_filter()
    for expected in (page.table, page.pane.text):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        assert page.focusWidget() is expected
