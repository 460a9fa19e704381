"""The page Customers: both tabs, their dialogs, what is held, and the import from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.messages import InboxState
from mailadmin.gui.customers import CustomersPage, CustomerUserDialog
from mailadmin.gui.customers.company_dialog import CompanyDialog
from mailadmin.gui.customers.import_dialog import ImportDialog, read_text
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.conflict import ConflictDialog
from tests.gui.routing.conftest import button, cells, click, opened, question, select
from tests.gui.waiting import settle, until_gone

STRANGER = b"From: Eve <eve@acme.example>\r\nTo: s@example.org\r\nSubject: Hi\r\nMessage-ID: <%d@x>\r\n\r\nHello.\r\n"


@pytest.fixture
def page(app: Application, tasks: Tasks, settings: WindowSettings, qtbot: QtBot) -> CustomersPage:
    app.companies.add(Company(customer_id="GLOBEX", name="Globex Corporation", domains=("globex.example",)))
    for user in (
        CustomerUser(login="ada", name="Ada", addresses=("ada@one.example", "ada@two.example"), company="GLOBEX"),
        CustomerUser(login="grace", name="Grace", company="GLOBEX", validity=Validity.INVALID),
        CustomerUser(login="alan"),
    ):
        app.customer_users.add(user)
    page = CustomersPage(
        users=app.customer_users,
        companies=app.companies,
        importing=app.customer_import,
        inbox=app.inbox,
        tasks=tasks,
        settings=settings,
    )
    qtbot.addWidget(page)
    page.resize(900, 560)
    page.show()
    settle(qtbot, tasks)
    return page


def hold(app: Application, count: int = 1) -> None:
    """Messages of a stranger, which are held."""
    app.settings.set("PostMaster::UnknownSender", "hold")
    for number in range(count):
        app.reading.read(STRANGER % number)
    assert app.inbox.counts()[InboxState.HELD] == count


def text_at(table: QTableWidget, row: int, column: int) -> str:
    item = table.item(row, column)
    return "" if item is None else item.text()


def said(page: CustomersPage) -> list[str]:
    """What the page tells the status bar, from now on."""
    told: list[str] = []
    page.said.connect(told.append)
    return told


# --- customer users ---


def test_a_row_says_who_it_is_by_which_addresses_and_of_which_company(page: CustomersPage) -> None:
    assert cells(page.users, "login") == ["ada", "alan"]
    assert cells(page.users, "addresses")[0] == "ada@one.example, ada@two.example"
    assert cells(page.users, "company") == ["Globex Corporation", ""]
    assert "2 of 3" in page.users.filter.count.text()


def test_every_field_of_a_customer_user_is_saved(page: CustomersPage, app: Application, qtbot: QtBot) -> None:
    page.users.add_new()
    dialog = opened(qtbot, page, CustomerUserDialog)
    dialog.login.setText(" kurt ")
    dialog.name.setText("Kurt")
    dialog.addresses.setPlainText("kurt@example.net\n\n  k@example.com \n")
    dialog.company.setText("globex")
    dialog.comment.setText("logician")
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, page.users.tasks)
    (kurt,) = [one for one in app.customer_users.all() if one.login == "kurt"]
    assert kurt.addresses == ("kurt@example.net", "k@example.com")
    assert (kurt.name, kurt.company.casefold(), kurt.comment) == ("Kurt", "globex", "logician")
    assert [line.user.login for line in page.users.table.selected()] == ["kurt"]


def test_a_company_is_offered_by_its_name_and_its_id_is_taken(page: CustomersPage, qtbot: QtBot) -> None:
    page.users.add_new()
    dialog = opened(qtbot, page, CustomerUserDialog)
    dialog.company.setFocus()
    qtbot.keyClicks(dialog.company, "corpor")
    completer = dialog.company.completer()
    assert completer.completionCount() == 1
    assert completer.currentCompletion() == "GLOBEX"
    dialog.company.setText("GLOBEX")
    assert "Globex Corporation" in dialog.company.accessibleDescription()
    dialog.company.setText("GLOB")
    assert "no company" in dialog.company.accessibleDescription()
    dialog.done(0)
    settle(qtbot, page.users.tasks)


def test_faults_stand_under_their_fields(page: CustomersPage, qtbot: QtBot) -> None:
    page.users.add_new()
    dialog = opened(qtbot, page, CustomerUserDialog)
    dialog.login.setText("ADA")
    dialog.addresses.setPlainText("nope")
    dialog.company.setText("nowhere")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: bool(dialog.fields["login"].fault))
    assert dialog.fields["login"].fault == "This login is taken by another customer user."
    assert '"nope"' in dialog.fields["addresses"].fault
    assert '"nowhere"' in dialog.fields["company"].fault
    dialog.done(0)
    settle(qtbot, page.users.tasks)


def test_a_copy_has_no_addresses_because_they_belong_to_one_alone(page: CustomersPage, qtbot: QtBot) -> None:
    select(page.users, "ada")
    page.users.duplicate_action.trigger()
    dialog = opened(qtbot, page, CustomerUserDialog)
    assert dialog.adding
    assert dialog.login.text() == "ada (copy)"
    assert dialog.addresses.values == ()
    dialog.done(0)
    settle(qtbot, page.users.tasks)


def test_the_second_of_two_administrators_sees_both_versions(
    page: CustomersPage, app: Application, qtbot: QtBot
) -> None:
    (line,) = [one for one in page.users.model.records if one.user.login == "ada"]
    page.users.edit(line)
    dialog = opened(qtbot, page, CustomerUserDialog)
    app.customer_import.run("login,name\nada,Augusta\n")
    dialog.name.setText("Ada L.")
    click(qtbot, dialog, "Save")
    conflict = opened(qtbot, dialog, ConflictDialog)
    assert [text_at(conflict.table, 0, column) for column in range(3)] == ["Name", "Augusta", "Ada L."]
    click(qtbot, conflict, "Take theirs")
    qtbot.waitUntil(lambda: dialog.name.text() == "Augusta")
    dialog.done(0)
    settle(qtbot, page.users.tasks)


def test_a_record_that_is_gone_is_said_under_its_name(page: CustomersPage, app: Application, qtbot: QtBot) -> None:
    (line,) = [one for one in page.users.model.records if one.user.login == "alan"]
    page.users.edit(line)
    dialog = opened(qtbot, page, CustomerUserDialog)
    app.customer_users.delete(line.user)
    dialog.name.setText("Alan")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: "deleted" in dialog.fields["login"].fault)
    dialog.done(0)
    settle(qtbot, page.users.tasks)


def test_validity_is_set_for_all_that_are_selected_and_undone(
    page: CustomersPage, app: Application, qtbot: QtBot
) -> None:
    undo: list[Callable[[], object]] = []
    page.undoable.connect(lambda text, back: undo.append(back))
    select(page.users, "ada", "alan")
    page.users.validity_actions[Validity.INVALID].trigger()
    settle(qtbot, page.users.tasks)
    assert {one.validity for one in app.customer_users.all()} == {Validity.INVALID}
    undo[0]()
    settle(qtbot, page.users.tasks)
    assert {one.login for one in app.customer_users.all() if one.validity is Validity.VALID} == {"ada", "alan"}


def test_a_customer_user_is_deleted_after_a_question(page: CustomersPage, app: Application, qtbot: QtBot) -> None:
    select(page.users, "alan")
    page.users.delete_action.trigger()
    box = question(qtbot, page)
    assert "alan" in box.text()
    click(qtbot, box, "Delete customer user")
    settle(qtbot, page.users.tasks)
    assert [one.login for one in app.customer_users.all()] == ["ada", "grace"]


# --- companies ---


def test_the_tabs_have_verbs_of_their_own(page: CustomersPage, qtbot: QtBot) -> None:
    changes: list[None] = []
    page.verbs_changed.connect(lambda: changes.append(None))
    assert page.menu_actions is page.users.menu_actions
    page.tabs.setCurrentIndex(1)
    settle(qtbot, page.users.tasks)
    assert page.menu_actions is page.companies.menu_actions
    assert len(changes) == 1
    shown = [one.text().replace("&", "") for one in page.findChildren(QPushButton) if one.isVisible()]
    assert "Import CSV" not in shown
    assert cells(page.companies, "users") == ["2"]


def test_every_field_of_a_company_is_saved(page: CustomersPage, app: Application, qtbot: QtBot) -> None:
    page.tabs.setCurrentIndex(1)
    page.companies.add_new()
    dialog = opened(qtbot, page, CompanyDialog)
    dialog.customer_id.setText("ACME")
    dialog.name.setText("Acme Industries")
    dialog.domains.setPlainText("acme.example\nacme.test")
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, page.users.tasks)
    (acme,) = [one for one in app.companies.all() if one.customer_id == "ACME"]
    assert (acme.name, acme.domains) == ("Acme Industries", ("acme.example", "acme.test"))


def test_a_company_that_has_customer_users_is_not_deleted_and_they_are_named(
    page: CustomersPage, app: Application, qtbot: QtBot
) -> None:
    page.tabs.setCurrentIndex(1)
    settle(qtbot, page.users.tasks)
    select(page.companies, "GLOBEX")
    page.companies.delete_action.trigger()
    box = question(qtbot, page)
    assert "Customer user ada" in box.informativeText()
    click(qtbot, box, "Set to invalid")
    settle(qtbot, page.users.tasks)
    assert [one.validity for one in app.companies.all()] == [Validity.INVALID]


# --- held mail ---


def test_what_is_held_is_counted_and_leads_to_the_inbox(page: CustomersPage, app: Application, qtbot: QtBot) -> None:
    assert not page.users.held.isVisible()
    hold(app)
    page.users.refresh()
    settle(qtbot, page.users.tasks)
    assert page.users.held.text == "1 message is held because its sender is no customer user."
    with qtbot.waitSignal(page.held_wanted):
        qtbot.mouseClick(button(page.users.held, "Show them in the inbox"), Qt.MouseButton.LeftButton)


def test_saving_the_sender_releases_what_is_held_and_says_so(
    page: CustomersPage, app: Application, qtbot: QtBot
) -> None:
    hold(app, 2)
    told = said(page)
    page.users.add_new()
    dialog = opened(qtbot, page, CustomerUserDialog)
    dialog.login.setText("eve")
    dialog.addresses.setPlainText("eve@acme.example")
    click(qtbot, dialog, "Save")
    until_gone(qtbot, dialog)
    settle(qtbot, page.users.tasks)
    assert told[-1] == "2 messages released"
    assert app.inbox.counts()[InboxState.HELD] == 0
    assert not page.users.held.isVisible()


# --- import ---

CSV = "login;name;addresses;company\nada;Augusta;;GLOBEX\nnew;New;new@example.net;\nbad;Bad;nonsense;\n"


def test_an_import_is_shown_before_it_is_done(
    page: CustomersPage, app: Application, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CSV, encoding="utf-8-sig")
    told = said(page)
    page.users._open_import(str(file))
    dialog = opened(qtbot, page, ImportDialog)
    qtbot.waitUntil(dialog.import_button.isEnabled)
    assert "To be added: 1" in dialog.summary.text()
    assert "To be changed: 1" in dialog.summary.text()
    assert text_at(dialog.problems, 0, 0) == "4"
    assert "nonsense" in text_at(dialog.problems, 0, 1)
    assert {one.login for one in app.customer_users.all()} == {"ada", "alan", "grace"}, "nothing is written yet"
    click(qtbot, dialog, "Import")
    until_gone(qtbot, dialog)
    settle(qtbot, page.users.tasks)
    assert {one.login for one in app.customer_users.all()} == {"ada", "alan", "grace", "new"}
    assert told == ["1 added, 1 changed"]


def test_what_is_left_out_is_told_of_lines_and_of_columns(page: CustomersPage, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("login;shoe size\nnew;43\nshort\nbad;1;2\n", encoding="utf-8")
    page.users._open_import(str(file))
    dialog = opened(qtbot, page, ImportDialog)
    qtbot.waitUntil(dialog.import_button.isEnabled)
    assert "Columns that are not known and left out: 1" in dialog.summary.text()
    assert "Lines with problems, which are left out: 2" in dialog.summary.text()
    assert text_at(dialog.problems, 0, 1) == 'The column "shoe size" is not known; what stands in it is left out.'
    assert text_at(dialog.problems, 1, 1).startswith("This line has")
    dialog.reject()
    until_gone(qtbot, dialog)


def test_a_file_that_holds_no_customers_is_refused_in_the_dialog(
    page: CustomersPage, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "photo.csv"
    file.write_bytes(b"\xff\xd8\xff\xe0 no table at all")
    page.users._open_import(str(file))
    dialog = opened(qtbot, page, ImportDialog)
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    assert not dialog.import_button.isEnabled()
    click(qtbot, dialog, "Cancel")
    settle(qtbot, page.users.tasks)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_read_as_spreadsheets_write_them(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_bytes("login,name\nj,Jürgen\n".encode(encoding))
    assert read_text(file) == "login,name\nj,Jürgen\n"
