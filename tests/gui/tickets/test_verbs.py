"""Every verb by mouse and by keyboard, on one ticket and on several, and the way back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.tickets import Ticket, TicketChange
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.tickets import TicketsPage
from mailadmin.gui.tickets.move_dialog import MoveDialog
from mailadmin.gui.widgets.ticket_picker import TicketPicker

from .conftest import Undo, click, dialog, new_page, press, select, settled, ticket, titles

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BOTH = ("No network", "Paper jam")


def states(app: Application, *wanted: str) -> list[str]:
    return [ticket(app, title).state for title in wanted]


def all_states(qtbot: QtBot, page: TicketsPage) -> None:
    page.list.state.choose("")
    settled(qtbot, page)


def test_a_source_is_saved_only_of_the_ticket_that_is_selected(page: TicketsPage, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    assert page.save_action.isEnabled()
    page.list.table.select(next(one for one in page.list.model.records if one.title == "No network"))
    assert page.conversation.ticket is not None
    assert page.conversation.ticket.title == "Paper jam", "the other one is not read yet"
    assert not page.save_action.isEnabled()
    settled(qtbot, page)
    assert page.save_action.isEnabled()


# --- close, reopen ---


def test_a_ticket_is_closed_by_its_button_and_leaves_the_open_ones(
    page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot
) -> None:
    select(qtbot, page, "Paper jam")
    with qtbot.waitSignal(page.changed):
        press(qtbot, page, page.close_action)
    settled(qtbot, page)
    assert states(desk, "Paper jam") == ["closed successful"]
    assert "Paper jam" not in titles(page)
    assert page.queues.items.findItems("Support")[0].toolTip().count("1 open, 2 in all") == 1
    [(text, take_back)] = undo
    assert text == f"{ticket(desk, 'Paper jam').number}: closed successful."
    take_back()
    settled(qtbot, page)
    assert states(desk, "Paper jam") == ["new"]
    assert "Paper jam" in titles(page)


@pytest.mark.parametrize(("held", "state"), [(CONTROL, "closed successful"), (CONTROL | SHIFT, "closed unsuccessful")])
def test_several_are_closed_by_keyboard_and_undone_together(
    page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot, held: Qt.KeyboardModifier, state: str
) -> None:
    desk.tickets.change(ticket(desk, "No network").number, TicketChange(state="pending reminder"))
    page.refresh()
    settled(qtbot, page)
    select(qtbot, page, *BOTH)
    qtbot.keyClick(page.list.table, Qt.Key.Key_D, held)
    qtbot.waitUntil(lambda: bool(undo))
    settled(qtbot, page)
    assert states(desk, *BOTH) == [state, state]
    text, take_back = undo[0]
    assert text == f"2 tickets: {state}."
    with qtbot.waitSignal(page.said) as said:
        take_back()
    assert said.args == ["Undone"]
    settled(qtbot, page)
    assert states(desk, *BOTH) == ["pending reminder", "new"]


def test_what_somebody_has_changed_since_is_not_undone(
    page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot
) -> None:
    select(qtbot, page, *BOTH)
    page.close_action.trigger()
    qtbot.waitUntil(lambda: bool(undo))
    desk.tickets.change(ticket(desk, "Paper jam").number, TicketChange(state="open"))
    with qtbot.waitSignal(page.said) as said:
        undo[0][1]()
    assert said.args == ["Undone; 1 changed since were left alone."]
    settled(qtbot, page)
    assert states(desk, *BOTH) == ["new", "open"]


def test_closed_tickets_are_opened_again(page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot) -> None:
    for title in BOTH:
        desk.tickets.change(ticket(desk, title).number, TicketChange(state="closed successful"))
    all_states(qtbot, page)
    page.refresh()
    settled(qtbot, page)
    select(qtbot, page, *BOTH)
    qtbot.keyClick(page.list.table, Qt.Key.Key_O, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: bool(undo))
    assert states(desk, *BOTH) == ["open", "open"]
    assert undo[0][0] == "2 tickets were opened again."
    settled(qtbot, page)
    assert [one.title for one in page.list.table.selected()] == list(BOTH)


def test_only_what_can_be_done_is_offered(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    verbs = (page.move_action, page.close_action, page.reopen_action, page.merge_action, page.copy_action)
    assert [verb.isEnabled() for verb in verbs] == [False] * 5
    select(qtbot, page, "Paper jam")
    assert [verb.isEnabled() for verb in verbs] == [True, True, False, True, True]
    select(qtbot, page, *BOTH)
    assert [verb.isEnabled() for verb in verbs] == [True, True, False, False, True]
    desk.tickets.merge(ticket(desk, "Paper jam").number, ticket(desk, "No network").number)
    all_states(qtbot, page)
    select(qtbot, page, "Paper jam")
    assert [verb.isEnabled() for verb in verbs] == [True, False, False, False, True]


def test_one_that_cannot_be_changed_keeps_no_other_from_it(
    page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, change = ticket(desk, "Paper jam").number, desk.tickets.change

    def change_or_not(number: str, wanted: TicketChange) -> Ticket:
        if number == stuck:
            raise UserFixableError(Code.UNKNOWN_TICKET, {"number": number})
        return change(number, wanted)

    monkeypatch.setattr(desk.tickets, "change", change_or_not)
    select(qtbot, page, *BOTH)
    page.close_action.trigger()
    qtbot.waitUntil(lambda: len(page.bar.notices) == 1)
    assert page.bar.notices[0].text == "1 of 2 tickets could not be changed."
    assert len(undo) == 1
    assert states(desk, *BOTH) == ["closed successful", "new"]


# --- move ---


def test_tickets_are_moved_by_keyboard(page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot) -> None:
    select(qtbot, page, *BOTH)
    qtbot.keyClick(page.list.table, Qt.Key.Key_M, CONTROL)
    box = dialog(qtbot, page, MoveDialog)
    assert not box.verb.isEnabled()
    assert [box.queue.itemText(at) for at in range(box.queue.count())] == [
        "Junk", "Misc", "Office::Rooms", "Postmaster", "Raw", "Support", "Support::Printers",
    ]  # fmt: skip
    qtbot.keyClicks(box.queue, "mis")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(undo))
    assert {ticket(desk, title).queue for title in BOTH} == {"Misc"}
    text, take_back = undo[0]
    assert text == '2 tickets were moved to "Misc".'
    take_back()
    settled(qtbot, page)
    assert [ticket(desk, title).queue for title in BOTH] == ["Support", "Support::Printers"]


def test_a_ticket_is_moved_by_mouse(page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    press(qtbot, page, page.move_action)
    box = dialog(qtbot, page, MoveDialog)
    box.queue.choose("Raw")
    click(qtbot, box, "Move")
    qtbot.waitUntil(lambda: bool(undo))
    assert ticket(desk, "Paper jam").queue == "Raw"
    settled(qtbot, page)
    assert page.conversation.head.queue.value.text() == "Raw"


def test_a_move_that_is_cancelled_moves_nothing(page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    page.move_action.trigger()
    box = dialog(qtbot, page, MoveDialog)
    box.queue.choose("Raw")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    settled(qtbot, page)
    assert ticket(desk, "Paper jam").queue == "Support::Printers"
    assert undo == []


# --- by keyboard ---


def test_after_closing_the_focus_stays_in_the_list_and_arrows_go_on(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    select(qtbot, page, "No network")
    press(qtbot, page, page.close_action)
    settled(qtbot, page)
    table = page.list.table
    assert table.hasFocus()
    assert table.selected() == []
    assert not page.close_action.isEnabled()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert [one.title for one in table.selected()] == ["Paper jam"]


# --- merge ---


def test_a_ticket_is_merged_after_a_question_and_leads_to_the_other(
    page: TicketsPage, desk: Application, undo: Undo, qtbot: QtBot
) -> None:
    source, target = ticket(desk, "Paper jam"), ticket(desk, "No network")
    select(qtbot, page, "Paper jam")
    press(qtbot, page, page.merge_action)
    picker = dialog(qtbot, page, TicketPicker)
    qtbot.waitUntil(lambda: len(picker.model.records) == 2)
    assert "Paper jam" not in [one.title for one in picker.model.records]
    qtbot.keyClicks(picker.search, "netw")
    qtbot.waitUntil(lambda: [one.title for one in picker.model.records] == ["No network"])
    qtbot.mouseClick(picker.assign, Qt.MouseButton.LeftButton)
    box = dialog(qtbot, page, QMessageBox)
    assert source.number in box.text()
    assert target.number in box.text()
    assert "cannot be undone" in box.informativeText()
    assert box.defaultButton().text() == "Cancel"
    with qtbot.waitSignal(page.changed):
        click(qtbot, box, "Merge tickets")
    settled(qtbot, page)
    assert ticket(desk, "Paper jam").merged_into == target.number
    assert undo == []
    assert [one.number for one in page.list.table.selected()] == [target.number]
    assert [card.article.subject for card in page.conversation.cards] == ["No network", "Paper jam"]


def test_open_tickets_are_offered_first_and_no_closed_one_is_selected(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    desk.tickets.change(ticket(desk, "Room is cold").number, TicketChange(state="closed successful"))
    select(qtbot, page, "Paper jam")
    page.merge_action.trigger()
    picker = dialog(qtbot, page, TicketPicker)
    qtbot.waitUntil(lambda: bool(picker.table.selected()))
    assert [one.title for one in picker.model.records] == ["No network", "Room is cold"]
    assert [one.title for one in picker.table.selected()] == ["No network"]
    qtbot.keyClicks(picker.search, "cold")
    qtbot.waitUntil(lambda: [one.title for one in picker.model.records] == ["Room is cold"])
    assert picker.table.selected() == []
    assert not picker.assign.isEnabled()
    picker.reject()


def test_a_merge_that_is_not_confirmed_merges_nothing(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    select(qtbot, page, "Paper jam")
    qtbot.keyClick(page.list.table, Qt.Key.Key_G, CONTROL)
    picker = dialog(qtbot, page, TicketPicker)
    qtbot.waitUntil(lambda: bool(picker.table.selected()))
    qtbot.keyClick(picker, Qt.Key.Key_Return)
    box = dialog(qtbot, page, QMessageBox)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    settled(qtbot, page)
    assert ticket(desk, "Paper jam").merged_into == ""


def test_a_merged_ticket_says_so_and_leads_to_its_target(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    target = ticket(desk, "No network")
    desk.tickets.merge(ticket(desk, "Paper jam").number, target.number)
    all_states(qtbot, page)
    select(qtbot, page, "Paper jam")
    head = page.conversation.head
    assert head.merged.isVisible()
    qtbot.mouseClick(head.merged.follow, Qt.MouseButton.LeftButton)
    settled(qtbot, page)
    assert [one.number for one in page.list.table.selected()] == [target.number]
    assert not head.merged.isVisible()


# --- copy, refresh, lead here ---


def test_numbers_are_copied(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    select(qtbot, page, *BOTH)
    qtbot.keyClick(page.list.table, Qt.Key.Key_C, CONTROL | SHIFT)
    assert QGuiApplication.clipboard().text() == "\n".join(ticket(desk, title).number for title in BOTH)


def test_f5_reads_anew(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    desk.tickets.change(ticket(desk, "Paper jam").number, TicketChange(title="Paper jam, again"))
    qtbot.keyClick(page.list.table, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: "Paper jam, again" in titles(page))


def test_others_lead_to_a_ticket_whatever_its_queue_and_state(
    page: TicketsPage, desk: Application, qtbot: QtBot
) -> None:
    desk.tickets.change(ticket(desk, "Paper jam").number, TicketChange(state="closed successful"))
    page.queues.choose("Office::Rooms")
    settled(qtbot, page)
    page.show_ticket(ticket(desk, "Paper jam").number)
    settled(qtbot, page)
    assert page.conversation.ticket is not None
    assert page.conversation.ticket.title == "Paper jam"
    assert page.queues.queue == ""


def test_others_lead_to_a_ticket_in_the_list_as_it_is(page: TicketsPage, desk: Application, qtbot: QtBot) -> None:
    page.queues.choose("Support")
    settled(qtbot, page)
    page.show_ticket(ticket(desk, "Paper jam").number)
    settled(qtbot, page)
    assert page.queues.queue == "Support"
    assert titles(page) == list(BOTH)
    assert page.conversation.head.title.whole == "Paper jam"


def test_others_lead_to_a_ticket_before_the_page_was_ever_shown(
    desk: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    settings.set_text("tickets/queue", "Office::Rooms")
    page = new_page(desk, tasks, settings)
    qtbot.addWidget(page)
    page.show_ticket(ticket(desk, "Paper jam").number)
    page.show()
    settled(qtbot, page)
    assert page.conversation.head.title.whole == "Paper jam"


def test_a_ticket_that_is_not_there_is_said(page: TicketsPage, qtbot: QtBot) -> None:
    page.show_ticket("no such number")
    settled(qtbot, page)
    assert page.list.contents.currentWidget() is page.list.contents.nothing_found
