"""Queues and tickets: what is listed, found and counted, page by page, and what is said when there is nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import QueueCounts, Ticket, TicketChange, TicketQuery
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.tickets import TicketsPage, ticket_list

from .conftest import mail, opened_page, select, settled, ticket, titles

ALL = ["Room is cold", "No network", "Paper jam"]


def rows(page: TicketsPage, parent: QModelIndex | None = None, depth: int = 0) -> list[str]:
    """The tree of queues as it is read, indented."""
    model, found = page.queues.items, []
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        name = model.index(row, 0, parent)
        found.append(f"{'  ' * depth}{name.data()}: {model.index(row, 1, parent).data()}")
        found += rows(page, name, depth + 1)
    return found


def close(app: Application, title: str) -> None:
    app.tickets.change(ticket(app, title).number, TicketChange(state="closed successful"))


# --- queues ---


def test_queues_stand_below_each_other_with_what_is_open_and_all_there_is(page: TicketsPage) -> None:
    assert rows(page) == [
        "All queues: 3 / 3",
        "Junk: 0 / 0",
        "Misc: 0 / 0",
        "Office: 1 / 1",
        "  Rooms: 1 / 1",
        "Old (invalid): 0 / 0",
        "Postmaster: 0 / 0",
        "Raw: 0 / 0",
        "Support: 2 / 2",
        "  Printers: 1 / 1",
    ]


def test_a_closed_ticket_counts_with_all_only(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    close(desk, "Paper jam")
    page.refresh()
    settled(qtbot, page)
    assert rows(page)[-2:] == ["Support: 1 / 2", "  Printers: 0 / 1"]


def test_a_queue_lists_its_tickets_with_those_of_its_sub_queues(page: TicketsPage, qtbot: QtBot) -> None:
    assert titles(page) == ALL
    index = page.queues.items.index(page.queues.items.rowCount() - 1, 0)
    qtbot.mouseClick(page.queues.viewport(), Qt.MouseButton.LeftButton, pos=page.queues.visualRect(index).center())
    settled(qtbot, page)
    assert titles(page) == ["No network", "Paper jam"]
    qtbot.keyClick(page.queues, Qt.Key.Key_Down)
    settled(qtbot, page)
    assert titles(page) == ["Paper jam"]
    assert page.list.count.text() == "1 ticket"


def test_a_level_that_is_no_queue_cannot_be_chosen(page: TicketsPage, qtbot: QtBot) -> None:
    office = next(item for item in page.queues.items.findItems("Office"))
    assert not office.isSelectable()
    page.queues.setCurrentIndex(office.index())
    settled(qtbot, page)
    assert titles(page) == ALL


def test_what_is_chosen_and_folded_survives_a_new_queue(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    page.queues.choose("support::printers")
    office = next(item for item in page.queues.items.findItems("Office"))
    page.queues.collapse(office.index())
    desk.routing.add_queue(Queue(name="Aaa"))
    page.refresh()
    settled(qtbot, page)
    assert rows(page)[1] == "Aaa: 0 / 0"
    assert page.queues.queue == "Support::Printers"
    assert page.queues.currentIndex().data() == "Printers"
    assert titles(page) == ["Paper jam"]
    office = next(item for item in page.queues.items.findItems("Office"))
    assert not page.queues.isExpanded(office.index())
    support = next(item for item in page.queues.items.findItems("Support"))
    assert page.queues.isExpanded(support.index())


# --- state and search ---


def test_open_tickets_are_listed_and_others_on_request(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    close(desk, "Paper jam")
    page.refresh()
    settled(qtbot, page)
    assert titles(page) == ALL[:2]
    page.list.state.setFocus()
    qtbot.keyClick(page.list.state, Qt.Key.Key_Down)
    settled(qtbot, page)
    assert titles(page) == ["Paper jam"]
    qtbot.keyClick(page.list.state, Qt.Key.Key_Down)
    settled(qtbot, page)
    assert titles(page) == ALL


@pytest.mark.parametrize("words", ["bea blau", "BEA@example.com", "no netw", "no-network@example", "NUMBER"])
def test_typing_finds_tickets_and_their_mails(page: TicketsPage, desk: Application, qtbot: QtBot, words: str) -> None:
    page.focus_filter()
    number = ticket(desk, "No network").number
    qtbot.keyClicks(page.list.search, words.replace("NUMBER", number))
    qtbot.waitUntil(lambda: titles(page) == ["No network"])


def test_typing_over_the_list_goes_into_the_search(page: TicketsPage, qtbot: QtBot) -> None:
    page.list.table.setFocus()
    QTest.keyClicks(page.list.table, "p")
    assert page.list.search.text() == "p"


def test_when_nothing_is_found_the_search_can_be_cleared(page: TicketsPage, qtbot: QtBot) -> None:
    page.focus_filter()
    qtbot.keyClicks(page.list.search, "nowhere")
    nothing = page.list.contents.nothing_found
    qtbot.waitUntil(lambda: page.list.contents.currentWidget() is nothing)
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: titles(page) == ALL)
    assert page.list.contents.currentWidget() is page.list.table


def test_what_one_queue_does_not_hold_is_looked_for_in_all(page: TicketsPage, qtbot: QtBot) -> None:
    page.queues.choose("Junk")
    page.focus_filter()
    qtbot.keyClicks(page.list.search, "jam")
    nothing = page.list.contents.nothing_found
    qtbot.waitUntil(lambda: page.list.contents.currentWidget() is nothing)
    settled(qtbot, page)
    assert nothing.text == "Nothing in Junk matches in this state."
    page.list.state.choose("")
    settled(qtbot, page)
    assert nothing.text == "Nothing in Junk matches."
    assert nothing.button.text().replace("&", "") == "Look in all queues"
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert page.queues.queue == ""
    assert titles(page) == ["Paper jam"]


def test_an_empty_queue_says_so_and_offers_all_states(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    close(desk, "Paper jam")
    page.queues.choose("Support::Printers")
    settled(qtbot, page)
    nothing = page.list.contents.nothing_there
    assert page.list.contents.currentWidget() is nothing
    assert nothing.text == "No open tickets in Support::Printers."
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert titles(page) == ["Paper jam"]


def test_without_any_ticket_the_page_leads_to_fetching(
    app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    page = opened_page(app, tasks, settings, qtbot)
    nothing = page.contents.nothing_there
    assert page.contents.currentWidget() is nothing
    assert nothing.text == "No tickets yet. Mail that is fetched becomes tickets here."
    with qtbot.waitSignal(page.fetch_wanted):
        qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    app.reading.read(mail("First"))
    page.refresh()
    settled(qtbot, page)
    assert page.contents.currentWidget() is page.panes
    assert titles(page) == ["First"]


def test_what_cannot_be_read_is_said_and_can_be_tried_again(
    desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> dict[str, QueueCounts]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    with monkeypatch.context() as patch:
        patch.setattr(desk.tickets, "queue_counts", locked)
        page = opened_page(desk, tasks, settings, qtbot)
        assert page.contents.currentWidget() is page.contents.not_loaded
        assert page.contents.not_loaded.text
    qtbot.mouseClick(page.contents.not_loaded.button, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert titles(page) == ALL

    monkeypatch.setattr(desk.tickets, "queue_counts", locked)
    page.refresh()
    qtbot.waitUntil(lambda: len(page.bar.notices) == 1)
    assert page.contents.currentWidget() is page.panes


# --- pages ---


def test_a_long_list_is_read_page_by_page(
    desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_list, "PAGE", 25)
    for number in range(80):
        desk.reading.read(mail(f"Mail {number}"), queue="Raw")
    asked: list[tuple[int | None, int]] = []
    read = desk.tickets.page

    def note(query: TicketQuery, *, before: int | None = None, limit: int) -> list[Ticket]:
        asked.append((before, limit))
        return read(query, before=before, limit=limit)

    monkeypatch.setattr(desk.tickets, "page", note)
    page = opened_page(desk, tasks, settings, qtbot)
    assert page.list.count.text() == "83 tickets"

    def at_the_end() -> bool:
        page.list.table.scrollToBottom()
        return len(titles(page)) == 83

    qtbot.waitUntil(at_the_end)
    settled(qtbot, page)
    assert titles(page) == [f"Mail {number}" for number in reversed(range(80))] + ALL
    ids = [one.id for one in page.list.model.records]
    assert asked == [(None, 26), (ids[24], 26), (ids[49], 26), (ids[74], 26)]  # one more, to know whether others follow
    select(qtbot, page, "Paper jam")
    page.list.table.scrollToBottom()
    place = page.list.table.verticalScrollBar().value()
    page.refresh()
    settled(qtbot, page)
    assert len(titles(page)) == 83
    assert page.list.table.verticalScrollBar().value() == place > 0
    assert [one.title for one in page.list.table.selected()] == ["Paper jam"]


def test_a_page_that_could_not_be_read_is_asked_for_again(
    desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_list, "PAGE", 30)
    for number in range(40):
        desk.reading.read(mail(f"Mail {number}"), queue="Raw")
    page = opened_page(desk, tasks, settings, qtbot, tested=False)
    read = desk.tickets.page

    def locked(*asked: object, **more: object) -> list[object]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    assert len(titles(page)) == 30
    monkeypatch.setattr(desk.tickets, "page", locked)
    page.list.model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: len(page.bar.notices) == 1)
    monkeypatch.setattr(desk.tickets, "page", read)
    page.list.model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: len(titles(page)) == 43)


def test_the_selection_follows_a_ticket_into_another_list(page: TicketsPage, qtbot: QtBot) -> None:
    select(qtbot, page, "No network")
    page.queues.choose("Support")
    settled(qtbot, page)
    assert [one.title for one in page.list.table.selected()] == ["No network"]
    page.queues.choose("Office::Rooms")
    settled(qtbot, page)
    assert page.list.table.selected() == []
    assert page.conversation.currentWidget() is page.conversation.nothing


# --- what is remembered ---


def test_queue_state_and_panes_are_as_they_were_left(
    page: TicketsPage, desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    page.queues.choose("Support")
    page.list.state.choose("")
    page.panes.setSizes([200, 350, 430])
    sizes = page.panes.sizes()
    settled(qtbot, page)
    page.hide()
    again = opened_page(desk, tasks, settings, qtbot)
    assert again.queues.queue == "Support"
    assert again.list.state.value == ""
    assert again.panes.sizes() == sizes
    assert titles(again) == ["No network", "Paper jam"]


def test_every_verb_of_the_page_has_its_words(page: TicketsPage) -> None:
    assert page.title == "Tickets"
    assert page.menu_title == "&Ticket"
    assert all(action.text() for action in page.menu_actions if action)
    assert {one.defaultAction() for one in page.findChildren(QToolButton)} >= {
        page.close_action,
        page.move_action,
        page.merge_action,
    }
