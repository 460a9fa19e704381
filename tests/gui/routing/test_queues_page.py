"""The page Queues: what it shows, and every verb by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Dispatching, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.domain.tickets import TicketChange
from mailadmin.gui.routing.queue_dialog import QueueDialog
from mailadmin.gui.routing.queue_name_delegate import QueueNameDelegate
from mailadmin.gui.routing.queues_page import QueuesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import until_gone

from .conftest import button, cells, click, click_cell, focusable, opened, question, ready, select, shown

VALID = ["Junk", "Misc", "Postmaster", "Raw", "Support", "Support::Printers"]


def queue(app: Application, name: str) -> Queue:
    return next(one for one in app.routing.queues() if one.name == name)


def names(app: Application) -> list[str]:
    return [one.name for one in app.routing.queues()]


# --- what it shows ---


def test_each_queue_stands_below_the_one_it_belongs_to(queues_page: QueuesPage) -> None:
    queues_page.filter.include_invalid.click()
    assert cells(queues_page, "name") == [*VALID, "Support-Old"]


def test_a_row_says_what_the_queue_does(queues_page: QueuesPage) -> None:
    row = VALID.index("Support::Printers")
    assert cells(queues_page, "follow_up")[row] == "new ticket"
    assert cells(queues_page, "follow_up_lock")[row] == "yes"
    assert cells(queues_page, "validity")[row] == "valid"


def test_open_tickets_are_counted(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    row = VALID.index("Support")
    assert cells(queues_page, "open")[row] == "1"
    [ticket] = routed.tickets.list()
    routed.tickets.change(ticket.number, TicketChange(state="closed successful"))
    queues_page.refresh()
    qtbot.waitUntil(lambda: cells(queues_page, "open")[row] == "0")


def test_what_is_not_valid_is_hidden_and_counted_until_it_is_asked_for(queues_page: QueuesPage, qtbot: QtBot) -> None:
    assert cells(queues_page, "name") == VALID
    assert "6 of 7 queues" in queues_page.filter.count.text()
    qtbot.mouseClick(queues_page.filter.include_invalid, Qt.MouseButton.LeftButton)
    assert "Support-Old" in cells(queues_page, "name")
    assert queues_page.filter.count.text() == "7 queues"


def test_typing_filters_and_the_empty_list_offers_to_clear_it(queues_page: QueuesPage, qtbot: QtBot) -> None:
    queues_page.focus_filter()
    qtbot.keyClicks(queues_page.filter.text, "first line")
    qtbot.waitUntil(lambda: cells(queues_page, "name") == ["Support"])
    qtbot.keyClicks(queues_page.filter.text, " nowhere")
    nothing = queues_page.contents.nothing_found
    qtbot.waitUntil(lambda: queues_page.contents.currentWidget() is nothing)
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cells(queues_page, "name") == VALID)


def test_escape_leads_from_the_filter_to_the_table(queues_page: QueuesPage, qtbot: QtBot) -> None:
    queues_page.focus_filter()
    qtbot.keyClick(queues_page.filter.text, Qt.Key.Key_Escape)
    assert [line.queue.name for line in queues_page.table.selected()] == ["Junk"]


def test_when_all_are_invalid_the_list_offers_to_show_them(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    queues_page.model.show_records([line for line in queues_page.model.records if line.queue.name == "Support-Old"])
    nothing = queues_page.contents.nothing_found
    assert queues_page.contents.currentWidget() is nothing
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    assert cells(queues_page, "name") == ["Support-Old"]


def test_what_cannot_be_read_is_said_and_can_be_tried_again(
    routed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> list[Queue]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    with monkeypatch.context() as patch:
        patch.setattr(routed.routing, "queues", locked)
        page = QueuesPage(routing=routed.routing, tickets=routed.tickets, tasks=tasks, settings=settings)
        shown(qtbot, page)
    failed = page.contents.not_loaded
    assert page.contents.currentWidget() is failed
    assert failed.text
    qtbot.mouseClick(failed.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cells(page, "name") == VALID)


def test_a_failure_later_on_leaves_the_list_in_sight(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> list[Queue]:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "sqlite:///here"})

    monkeypatch.setattr(routed.routing, "queues", locked)
    queues_page.refresh()
    qtbot.waitUntil(lambda: bool(queues_page.bar.notices))
    assert cells(queues_page, "name") == VALID


def test_filter_switch_columns_and_sorting_are_remembered(
    queues_page: QueuesPage, routed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    keys = [column.key for column in queues_page.model.columns]
    queues_page.filter.include_invalid.click()
    queues_page.filter.text.setText("support")
    next(
        action for action in queues_page.column_actions(queues_page) if action.data() == keys.index("comment")
    ).trigger()
    queues_page.table.sort_by("name", Qt.SortOrder.DescendingOrder)
    queues_page.hide()

    again = QueuesPage(routing=routed.routing, tickets=routed.tickets, tasks=tasks, settings=settings)
    shown(qtbot, again)
    qtbot.waitUntil(lambda: cells(again, "name") == ["Support-Old", "Support::Printers", "Support"])
    assert again.table.isColumnHidden(keys.index("comment"))


def test_in_a_small_window_every_column_is_in_sight(
    routed: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    page = QueuesPage(routing=routed.routing, tickets=routed.tickets, tasks=tasks, settings=settings)
    keys = [column.key for column in page.model.columns]
    header = page.table.horizontalHeader()
    page = shown(qtbot, page, width=header.length() - header.sectionSize(keys.index("comment")))
    assert page.table.horizontalScrollBar().maximum() == 0
    assert page.table.columnWidth(keys.index("comment")) > 0


def test_levels_are_drawn_indented_and_quieter_than_the_name(queues_page: QueuesPage, qtbot: QtBot) -> None:
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        queues_page.setLayoutDirection(direction)
        palette = queues_page.table.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor("red"))
        palette.setColor(QPalette.ColorRole.Text, QColor("blue"))
        queues_page.table.setPalette(palette)
        index = queues_page.table.filter.index(VALID.index("Support::Printers"), 0)
        cell = queues_page.table.visualRect(index)
        picture = queues_page.table.viewport().grab(cell).toImage()
        quiet, loud = columns_of(picture, "red"), columns_of(picture, "blue")
        assert max(quiet) < min(loud), "Latin names are read from left to right, whatever the layout"
        plain = queues_page.table.visualRect(index.siblingAtRow(VALID.index("Support")))
        first = columns_of(queues_page.table.viewport().grab(plain).toImage(), "blue")
        leading = direction is Qt.LayoutDirection.LeftToRight
        indent = min(quiet) - min(first) if leading else max(first) - max(loud)
        assert 0 < indent < cell.width() // 4


def columns_of(picture: QImage, colour: str) -> list[int]:
    """Where, from left to right, there is this very colour."""
    wanted = QColor(colour).rgb()
    return [x for x in range(picture.width()) if any(picture.pixel(x, y) == wanted for y in range(picture.height()))]


# --- adding and editing ---


def test_ctrl_n_adds_a_queue_and_selects_it(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    qtbot.keyClick(queues_page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = opened(qtbot, queues_page, QueueDialog)
    qtbot.keyClicks(dialog.name, "Orders")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [line.queue.name for line in queues_page.table.selected()] == ["Orders"])
    assert "Orders" in names(routed)


def test_the_button_adds_a_queue(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    with qtbot.waitSignals([queues_page.changed, queues_page.said]):
        [add] = [
            one for one in queues_page.findChildren(QToolButton) if one.defaultAction() is queues_page.add_new_action
        ]
        qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
        dialog = opened(qtbot, queues_page, QueueDialog)
        dialog.name.setText("Orders")
        click(qtbot, dialog, "Save")
    assert "Orders" in names(routed)
    ready(qtbot, queues_page)


def test_a_double_click_edits(queues_page: QueuesPage, qtbot: QtBot) -> None:
    click_cell(qtbot, queues_page, "Support::Printers", "name", double=True)
    assert opened(qtbot, queues_page, QueueDialog).name.text() == "Support::Printers"


def test_enter_edits(queues_page: QueuesPage, qtbot: QtBot) -> None:
    select(queues_page, "Misc")
    qtbot.keyClick(queues_page.table, Qt.Key.Key_Return)
    assert opened(qtbot, queues_page, QueueDialog).name.text() == "Misc"


def test_a_duplicate_is_a_new_queue_with_the_same_rules(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Support::Printers")
    queues_page.duplicate_action.trigger()
    dialog = opened(qtbot, queues_page, QueueDialog)
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: len(names(routed)) == 8)
    made, first = queue(routed, "Support::Printers (copy)"), queue(routed, "Support::Printers")
    assert made.id != first.id
    assert (made.follow_up, made.follow_up_lock) == (first.follow_up, first.follow_up_lock)
    ready(qtbot, queues_page)


def test_verbs_are_offered_as_the_selection_allows(queues_page: QueuesPage) -> None:
    def offered() -> set[str]:
        verbs = [action for action in queues_page.menu_actions if action is not None]
        return {action.text().replace("&", "") for action in verbs if action.isEnabled()}

    always = {"Add queue", "Refresh"}
    assert offered() == always
    select(queues_page, "Misc", "Junk")
    several = {"Copy as text", "Delete...", "Set invalid", "Set invalid temporarily"}
    assert offered() == always | several
    select(queues_page, "Misc")
    assert offered() == always | several | {"Edit...", "Duplicate..."}


def test_ctrl_c_copies_the_selected_rows(queues_page: QueuesPage, qtbot: QtBot) -> None:
    select(queues_page, "Misc", "Support::Printers")
    queues_page.table.setFocus()
    qtbot.keyClick(queues_page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    first, second = QGuiApplication.clipboard().text().split("\n")
    assert first.startswith("Misc\tpossible\t")
    assert second.startswith("Support::Printers\tnew ticket\tyes")


# --- validity ---


def test_validity_is_set_at_once_and_can_be_undone(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    queues_page.filter.include_invalid.click()
    select(queues_page, "Misc", "Support-Old")
    with qtbot.waitSignal(queues_page.undoable) as told:
        queues_page.validity_actions[Validity.INVALID_TEMPORARILY].trigger()
    assert told.args is not None
    text, undo = told.args
    assert text == "2 queues: set to invalid-temporarily"
    both = ("Misc", "Support-Old")
    assert {queue(routed, name).validity for name in both} == {Validity.INVALID_TEMPORARILY}
    with qtbot.waitSignal(queues_page.said, check_params_cb=lambda said: said == "Undone"):
        undo()
    assert [queue(routed, name).validity for name in both] == [Validity.VALID, Validity.INVALID]
    ready(qtbot, queues_page)


def test_undo_does_not_overwrite_what_somebody_else_has_done(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Misc")
    with qtbot.waitSignal(queues_page.undoable) as told:
        queues_page.validity_actions[Validity.INVALID].trigger()
    routed.routing.change_queue(replace(queue(routed, "Misc"), comment="theirs"))
    assert told.args is not None
    told.args[1]()
    qtbot.waitUntil(lambda: bool(queues_page.bar.notices))
    assert queue(routed, "Misc").comment == "theirs"
    assert queue(routed, "Misc").validity is Validity.INVALID
    ready(qtbot, queues_page)


def test_the_default_queue_stays_valid_and_the_reason_is_said(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Raw", "Misc")
    queues_page.validity_actions[Validity.INVALID].trigger()
    qtbot.waitUntil(lambda: bool(queues_page.bar.notices))
    assert "PostmasterDefaultQueue" in queues_page.bar.notices[0].text
    assert queue(routed, "Raw").validity is Validity.VALID
    assert queue(routed, "Misc").validity is Validity.VALID  # all or none
    ready(qtbot, queues_page)


# --- deleting ---


def test_the_trash_icon_asks_and_cancel_is_what_enter_and_escape_mean(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        click_cell(qtbot, queues_page, "Misc", "delete")
        box = question(qtbot, queues_page)
        assert box.text() == 'Delete queue "Misc"?'
        qtbot.keyClick(box, key)
        until_gone(qtbot, box)
    ready(qtbot, queues_page)
    assert "Misc" in names(routed)


def test_del_and_the_button_delete(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    select(queues_page, "Misc")
    queues_page.table.setFocus()
    qtbot.keyClick(queues_page.table, Qt.Key.Key_Delete)
    click(qtbot, question(qtbot, queues_page), "Delete queue")
    qtbot.waitUntil(lambda: "Misc" not in cells(queues_page, "name"))
    assert "Misc" not in names(routed)


def test_several_are_deleted_with_their_number_on_the_button(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Misc", "Junk")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    assert box.text() == "Delete 2 queues?"
    click(qtbot, box, "Delete 2 queues")
    qtbot.waitUntil(lambda: not {"Misc", "Junk"} & set(cells(queues_page, "name")))
    assert not {"Misc", "Junk"} & set(names(routed))


def test_when_a_later_one_cannot_be_deleted_it_is_said_which_are_gone(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Junk", "Misc", "Postmaster")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    routed.routing.change_queue(replace(queue(routed, "Misc"), comment="still wanted"))
    with qtbot.waitSignal(queues_page.changed):
        click(qtbot, box, "Delete 3 queues")
    ready(qtbot, queues_page)

    (notice,) = queues_page.bar.notices
    assert notice.text.startswith('"Misc" was not deleted: ')
    assert notice.text.endswith("Deleted were: Junk.")
    assert "Junk" not in cells(queues_page, "name")
    assert {"Misc", "Postmaster"} <= set(cells(queues_page, "name"))


def test_the_gentle_way_sets_to_invalid(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    select(queues_page, "Misc")
    queues_page.delete_action.trigger()
    with qtbot.waitSignal(queues_page.undoable):
        click(qtbot, question(qtbot, queues_page), "Set to invalid")
    assert queue(routed, "Misc").validity is Validity.INVALID
    ready(qtbot, queues_page)


def test_a_queue_in_use_is_kept_and_its_users_are_named(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    account = IncomingAccount(
        name="desk",
        type=AccountType.IMAPS,
        host="mail.example.org",
        username="u",
        dispatching=Dispatching.QUEUE,
        queue="Support",
    )
    routed.accounts.add(account, Secret("pw"))
    select(queues_page, "Support")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    assert box.text() == 'Queue "Support" cannot be deleted: it is in use.'
    for said in ("Accounts: desk", "E-mail addresses: support@example.org", "Tickets, open and closed: 1"):
        assert said in box.informativeText()
    click(qtbot, box, "Set to invalid")
    qtbot.waitUntil(lambda: queue(routed, "Support").validity is Validity.INVALID)
    ready(qtbot, queues_page)


def test_among_several_the_one_in_use_is_named_and_nothing_is_deleted(
    queues_page: QueuesPage, routed: Application, qtbot: QtBot
) -> None:
    select(queues_page, "Misc", "Support")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    assert box.text() == "Nothing was deleted: 1 of 2 are in use."
    assert 'Queue "Support":' in box.informativeText()
    assert "Misc" not in box.informativeText()
    click(qtbot, box, "Close")
    assert {"Misc", "Support"} <= set(names(routed))


def test_the_default_queue_is_refused_without_a_gentle_way(queues_page: QueuesPage, qtbot: QtBot) -> None:
    select(queues_page, "Raw")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    assert "PostmasterDefaultQueue" in box.informativeText()
    assert [one.text().replace("&", "") for one in box.buttons()] == ["Close"]
    assert button(box, "Close").isDefault()
    click(qtbot, box, "Close")


def test_a_name_with_markup_is_shown_as_it_is(queues_page: QueuesPage, routed: Application, qtbot: QtBot) -> None:
    routed.routing.add_queue(Queue(name="<b>Loud</b>"))
    routed.routing.add_queue(Queue(name="Quiet"))
    queues_page.refresh()
    qtbot.waitUntil(lambda: "<b>Loud</b>" in cells(queues_page, "name"))
    select(queues_page, "<b>Loud</b>")
    queues_page.delete_action.trigger()
    box = question(qtbot, queues_page)
    shown_texts = [label for label in box.findChildren(QLabel) if label.text() in {box.text(), box.informativeText()}]
    assert len(shown_texts) == 2
    assert {label.textFormat() for label in shown_texts} == {Qt.TextFormat.PlainText}
    click(qtbot, box, "Cancel")


# --- for everybody ---


def test_everything_the_keyboard_reaches_has_a_name(queues_page: QueuesPage) -> None:
    nameless = [
        child
        for child in focusable(queues_page)
        if not (child.accessibleName() or getattr(child, "text", str)()) and not child.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_a_name_is_indented_below_queues_only(queues_page: QueuesPage) -> None:
    delegate = queues_page.table.itemDelegateForColumn(0)
    assert isinstance(delegate, QueueNameDelegate)
    assert delegate.queues_above("support::Printers::Colour") == ["support", "support::Printers"]
    assert delegate.queues_above("Support::Desk::Night") == ["Support"]
    assert delegate.queues_above("Office::Rooms") == []
