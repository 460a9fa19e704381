"""The page E-mail addresses: what it shows, and what differs from the page of queues."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress
from mailadmin.gui.routing.address_dialog import AddressDialog
from mailadmin.gui.routing.addresses_page import AddressesPage
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks

from .conftest import cells, click, click_cell, focusable, opened, question, ready, select, shown


def addresses(app: Application) -> list[str]:
    return [one.address for one in app.routing.addresses()]


def use_as_sender(app: Application, address: str) -> None:
    [queue] = [one for one in app.routing.queues() if one.name == "Support"]
    app.routing.change_queue(replace(queue, sender_address=address))


def test_an_empty_list_offers_to_add_the_first(
    app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot
) -> None:
    page = shown(qtbot, AddressesPage(routing=app.routing, what_if=app.what_if, tasks=tasks, settings=settings))
    nothing = page.contents.nothing_there
    assert page.contents.currentWidget() is nothing
    qtbot.mouseClick(nothing.button, Qt.MouseButton.LeftButton)
    dialog = opened(qtbot, page, AddressDialog)
    qtbot.keyClicks(dialog.address, "first@example.org")
    dialog.queue.choose("Raw")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: cells(page, "address") == ["first@example.org"])
    assert page.contents.currentWidget() is page.table
    ready(qtbot, page)


def test_an_address_whose_queue_is_not_valid_stands_out(
    addresses_page: AddressesPage, routed: Application, qtbot: QtBot
) -> None:
    routed.routing.add_address(MailAddress(address="lost@example.org", queue="Support-Old"))
    addresses_page.refresh()
    qtbot.waitUntil(lambda: cells(addresses_page, "address") == ["lost@example.org", "support@example.org"])
    assert cells(addresses_page, "queue") == ["Support-Old (invalid)", "Support"]
    keys = [column.key for column in addresses_page.model.columns]
    index = addresses_page.table.filter.index(0, keys.index("queue"))
    assert "the next rule or the default queue applies" in index.data(Qt.ItemDataRole.ToolTipRole)
    ready(qtbot, addresses_page)


def test_enter_and_double_click_edit(addresses_page: AddressesPage, qtbot: QtBot) -> None:
    click_cell(qtbot, addresses_page, "support@example.org", "queue", double=True)
    dialog = opened(qtbot, addresses_page, AddressDialog)
    assert dialog.address.text() == "support@example.org"
    dialog.reject()
    qtbot.waitUntil(lambda: not isValid(dialog))
    select(addresses_page, "support@example.org")
    qtbot.keyClick(addresses_page.table, Qt.Key.Key_Return)
    opened(qtbot, addresses_page, AddressDialog)


def test_a_sender_address_is_kept_and_the_queues_are_named(
    addresses_page: AddressesPage, routed: Application, qtbot: QtBot
) -> None:
    use_as_sender(routed, "support@example.org")
    click_cell(qtbot, addresses_page, "support@example.org", "delete")
    box = question(qtbot, addresses_page)
    assert "support@example.org is the sender address of: Support" in box.informativeText()
    with qtbot.waitSignal(addresses_page.undoable):
        click(qtbot, box, "Set to invalid")
    assert [one.validity for one in routed.routing.addresses()] == [Validity.INVALID]
    ready(qtbot, addresses_page)


def test_del_asks_and_deletes(addresses_page: AddressesPage, routed: Application, qtbot: QtBot) -> None:
    select(addresses_page, "support@example.org")
    addresses_page.table.setFocus()
    qtbot.keyClick(addresses_page.table, Qt.Key.Key_Delete)
    box = question(qtbot, addresses_page)
    assert box.text() == "Delete support@example.org?"
    click(qtbot, box, "Delete e-mail address")
    qtbot.waitUntil(lambda: addresses_page.contents.currentWidget() is addresses_page.contents.nothing_there)
    assert addresses(routed) == []
    ready(qtbot, addresses_page)


def test_an_address_that_is_taken_into_use_meanwhile_is_not_deleted(
    addresses_page: AddressesPage, routed: Application, qtbot: QtBot
) -> None:
    select(addresses_page, "support@example.org")
    addresses_page.delete_action.trigger()
    box = question(qtbot, addresses_page)
    use_as_sender(routed, "support@example.org")
    click(qtbot, box, "Delete e-mail address")
    qtbot.waitUntil(lambda: bool(addresses_page.bar.notices))
    assert addresses(routed) == ["support@example.org"]
    ready(qtbot, addresses_page)


def test_addresses_are_not_duplicated(addresses_page: AddressesPage) -> None:
    assert addresses_page.duplicate_action not in addresses_page.menu_actions


def test_everything_the_keyboard_reaches_has_a_name(addresses_page: AddressesPage) -> None:
    nameless = [
        child
        for child in focusable(addresses_page)
        if not (child.accessibleName() or getattr(child, "text", str)()) and not child.objectName().startswith("qt_")
    ]
    assert nameless == []
