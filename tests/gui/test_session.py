"""The window as a whole: pages, menus, what is remembered, closing, and what screen readers and translators meet."""

from __future__ import annotations

import html
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMenu, QMessageBox, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Dispatching, IncomingAccount, Validity
from mailadmin.domain.customers import CustomerUser
from mailadmin.domain.filters import EMAILADDRESS, Action, Condition, ExampleChange, Filter
from mailadmin.domain.responses import AutoResponse
from mailadmin.domain.secrets import Secret
from mailadmin.domain.tickets import TicketChange
from mailadmin.gui import theme
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.filters.filter_dialog import FilterDialog
from mailadmin.gui.filters.message_chooser import MessageChooser
from mailadmin.gui.life import LifeDialog
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.pictures import stage_sign_ins
from mailadmin.gui.routing.address_dialog import AddressDialog
from mailadmin.gui.secrets_setup import SecretsDialog
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.sign_in import SignInDialog
from mailadmin.gui.tickets.properties_dialog import PropertiesDialog
from mailadmin.gui.what_if import ExamplesDialog
from mailadmin.gui.what_if.why_dialog import WhyDialog
from mailadmin.gui.widgets.list_page import ListPage
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.record_dialog import RecordDialog
from tests.gui.sign_in.conftest import signed_in
from tests.servers.memory import MemoryServer
from tests.unit.services.conftest import mail

from .pseudo import Pseudo
from .waiting import SECONDS, settle, until_gone
from .walking import clipped, described, focusable, name_of, outside

Open = Callable[[], Session]


@pytest.fixture
def open_session(memory_app: Application, tmp_path: Path, qtbot: QtBot) -> Iterator[Open]:
    """Opens the window, as often as one likes; it is closed at the end."""
    opened: list[Session] = []

    def opens() -> Session:
        settings = WindowSettings(tmp_path / "window.ini")
        session = Session(memory_app, lambda: None, settings, tmp_path)
        session.begin()
        opened.append(session)
        rest(session, qtbot)
        return session

    yield opens
    for session in opened:
        close(session, qtbot)


def close(session: Session, qtbot: QtBot) -> None:
    if not session.is_over:
        with qtbot.waitSignal(session.ended, timeout=20_000):
            session.stop_and_close()


def rest(session: Session, qtbot: QtBot) -> None:
    """Wait until nothing but the schedule runs."""
    settle(qtbot, session.tasks, besides={"schedule"})


def add(app: Application, name: str = "support", **fields: object) -> IncomingAccount:
    values = {"type": AccountType.IMAPS, "host": "mail.example.org", "username": name, **fields}
    return app.accounts.add(IncomingAccount(name=name, **values), Secret("pw"))  # type: ignore[arg-type]


def answer(session: Session, qtbot: QtBot, label: str) -> None:
    """Press a button of the dialog that is open, or that opens soon."""

    def button() -> QPushButton | None:
        buttons = [
            one
            for dialog in session.window.findChildren(QDialog)
            if dialog.isVisible()
            for one in dialog.findChildren(QPushButton)
            if one.text().replace("&", "") == label and one.isEnabled() and one.isVisible()
        ]
        return buttons[0] if buttons else None

    qtbot.waitUntil(lambda: button() is not None)
    found = button()
    assert found is not None
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


# --- pages ---


def test_without_an_account_the_welcome_page_comes_first_and_the_first_account_leads_away(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    session = open_session()
    assert session.window.page.title == session.pages.welcome.title
    dialog = session.dialogs.add_account()
    rest(session, qtbot)
    account = add(memory_app)
    dialog.saved.emit(account)
    rest(session, qtbot)
    dialog.done(0)
    assert session.window.page is session.pages.incoming
    qtbot.waitUntil(lambda: [row.account.name for row in session.pages.incoming.table.selected()] == ["support"])


def test_every_page_is_reached_by_navigation_menu_and_key(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    add(memory_app)
    session = open_session()
    window = session.window
    for number, place in enumerate(window.places, 1):
        if number < 10:
            qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        else:
            next(one for one in window.view_menu.actions() if one.text() == place.page.title).trigger()
        assert window.page is place.page
        assert place.page.title in window.windowTitle()
        assert window.page_menu.title() == place.page.menu_title
        assert [one for one in place.page.menu_actions if one] == [
            one for one in window.page_menu.actions() if not one.isSeparator()
        ]
        rest(session, qtbot)
    window.navigation.setFocus()
    qtbot.keyClick(window.navigation, Qt.Key.Key_Home)
    qtbot.keyClick(window.navigation, Qt.Key.Key_Down)
    assert window.page in [place.page for place in window.places]


def test_no_key_means_two_things_on_any_page(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    session = open_session()
    for place in session.window.places:
        session.window.go_to(place.page)
        rest(session, qtbot)
        actions = {id(one): one for one in session.window.actions()}
        actions |= {id(one): one for menu in session.window.menuBar().findChildren(QMenu) for one in menu.actions()}
        of_page = [one for one in place.page.findChildren(QAction) if one.shortcut().toString()]
        # Of the parts of a page, those that are not shown take no keys.
        actions |= {id(one): one for one in of_page if any(_is_seen(on) for on in one.associatedObjects())}
        window_wide = [one for one in actions.values() if one.shortcutContext() is Qt.ShortcutContext.WindowShortcut]
        keys = Counter(one.shortcut().toString() for one in window_wide if one.shortcut().toString())
        assert not [key for key, times in keys.items() if times > 1], place.key


def test_f1_opens_the_help_page_of_the_place(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    session = open_session()
    for place in session.window.places:
        session.window.go_to(place.page)
        qtbot.keyClick(session.window, Qt.Key.Key_F1)
        assert session.help is not None
        assert session.help.browser.source().fileName() == place.page.help_page
    rest(session, qtbot)


def test_f1_in_a_dialog_opens_its_help_beside_it(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    session = open_session()
    session.window.go_to(session.pages.queues)
    rest(session, qtbot)
    for page, opens in (
        ("accounts.md", session.dialogs.add_account),
        ("secrets.md", session.dialogs.set_up_secrets),
        ("queues.md", session.pages.queues.add_new),
        ("oauth2.md", session.pages.profiles.add_new),
    ):
        opens()
        (dialog,) = [one for one in session.window.findChildren(QDialog) if one.isVisible()]
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        qtbot.keyClick(dialog, Qt.Key.Key_F1)
        assert session.help is not None
        assert session.help.browser.source().fileName() == page
        assert session.help.isEnabled()
        session.help.hide()
        rest(session, qtbot)
        dialog.done(0)
        rest(session, qtbot)


def test_what_needs_somebody_is_counted_in_the_navigation(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    account = add(memory_app)
    session = open_session()
    navigation = session.window.navigation
    item = navigation.currentItem()
    assert item is not None
    assert item.text(1) == ""
    session.pages.incoming.counted.emit(2)
    assert item.text(1) == "2"
    assert "2 need somebody" in item.toolTip(1)
    assert account.id


# --- what is remembered ---


def test_the_next_start_is_as_the_last_one_was_left(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    first = open_session()
    first.window.resize(780, 640)
    first.window.go_to(first.pages.queues)
    rest(first, qtbot)
    first.window.go_to(first.pages.incoming)
    rest(first, qtbot)
    first.pages.incoming.table.sort_by("type")
    first.pages.incoming.filter.text.setText("supp")
    first.pages.incoming.filter.include_invalid.setChecked(True)
    rest(first, qtbot)
    close(first, qtbot)
    second = open_session()
    assert second.window.size() == QSize(780, 640)
    assert second.window.page is second.pages.incoming
    assert second.pages.incoming.filter.text.text() == "supp"
    assert second.pages.incoming.filter.include_invalid.isChecked()
    header = second.pages.incoming.table.horizontalHeader()
    assert second.pages.incoming.model.columns[header.sortIndicatorSection()].key == "type"


# --- undo ---


def test_ctrl_z_takes_the_last_change_back(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    session = open_session()
    undone: list[str] = []
    session.pages.incoming.undoable.emit("set to invalid", lambda: undone.append("validity"))
    assert session.window.undo_action.isEnabled()
    assert "set to invalid" in session.window.undo_action.text()
    qtbot.keyClick(session.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == ["validity"]
    assert not session.window.undo_action.isEnabled()
    rest(session, qtbot)


def test_an_offer_to_undo_ends_with_the_next_change_wherever_it_was_made(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    add(memory_app)
    session = open_session()
    undone: list[str] = []
    session.pages.incoming.undoable.emit("one & two", lambda: undone.append("account"))
    assert session.window.undo_action.text().endswith("one && two")
    session.window.go_to(session.pages.queues)
    rest(session, qtbot)
    session.pages.queues.undoable.emit("queue", lambda: undone.append("queue"))
    assert session.pages.incoming.bar.notices == []
    (notice,) = session.pages.queues.bar.notices
    session.pages.addresses.changed.emit()
    assert not session.window.undo_action.isEnabled()
    assert session.pages.queues.bar.notices == []
    assert notice.isHidden()
    assert undone == []


# --- closing ---


def test_a_task_that_does_not_end_keeps_its_services_and_not_the_window(
    memory_app: Application, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailadmin.gui.session.PATIENCE_MILLISECONDS", 50)
    closed: list[str] = []
    session = Session(memory_app, lambda: closed.append("services"), WindowSettings(tmp_path / "w.ini"), tmp_path)
    session.begin()
    rest(session, qtbot)
    let_go = threading.Event()
    stuck = session.tasks.task("stuck", lambda task: let_go.wait())
    told: list[object] = []
    stuck.succeeded.connect(told.append)  # as a page would that is gone by then
    session.tasks.start(stuck)
    with qtbot.waitSignal(session.ended, timeout=20_000):
        session.stop_and_close()
    assert closed == []
    with qtbot.waitSignal(session.closed, timeout=20_000):
        let_go.set()
    assert closed == ["services"]
    assert told == []
    assert session.tasks.running == ()


def test_closing_while_fetching_asks_and_then_stops_in_good_order(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    account = add(memory_app)
    for number in range(30):
        memory_server.add(mail(number))
    session = open_session()
    session.desk.fetch([account])
    qtbot.waitUntil(lambda: session.desk.busy)
    session.window.close()
    assert session.window.isVisible()
    boxes = [box for box in session.window.findChildren(QMessageBox) if box.isVisible()]
    assert boxes
    keep, stop = (next(button for button in boxes[0].buttons() if word in button.text()) for word in ("Keep", "Stop"))
    assert boxes[0].defaultButton() is keep
    assert boxes[0].escapeButton() is keep
    with qtbot.waitSignal(session.ended, timeout=20_000):
        stop.click()
    assert session.tasks.running == ()
    stored = len(memory_app.storage.inbox.list())
    assert stored + len(memory_server.raws) >= 30


def test_closing_an_idle_window_asks_nothing(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    add(memory_app)
    session = open_session()
    with qtbot.waitSignal(session.ended, timeout=20_000):
        session.window.close()


# --- signing in ---


def _signed_in(app: Application, name: str) -> IncomingAccount:
    """Somebody has signed in for an account that had to."""
    account = app.accounts.get(name)
    (profile,) = [one for one in app.profiles.all() if one.name == account.oauth_profile]
    app.tokens.keep(account, signed_in(account, profile))
    return account


def test_a_sign_in_is_followed_by_a_fetch_if_that_is_wanted(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    memory_server.add(mail(1))
    account = _signed_in(memory_app, "returns")
    fetched: list[list[IncomingAccount]] = []
    session.desk.fetch = fetched.append  # type: ignore[method-assign,assignment]
    session.dialogs.signed_in.emit(account, False)
    rest(session, qtbot)
    assert fetched == []
    session.dialogs.signed_in.emit(account, True)
    rest(session, qtbot)
    assert [[one.name for one in some] for some in fetched] == [["returns"]]
    assert "Signed in" in session.window.statusBar().currentMessage()


def test_an_account_that_begins_to_need_somebody_is_told_on_any_page_and_led_to_the_dialog(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    session.window.go_to(session.pages.tickets)
    rest(session, qtbot)
    texts = [notice.text for notice in session.window.bar.notices]
    assert not [text for text in texts if "needs somebody to sign in" in text]
    record = memory_app.storage.tokens.get(memory_app.accounts.get("invoices").id or 0)
    assert record is not None
    memory_app.storage.tokens.put(replace(record, refused=datetime.now(UTC), cause="password-changed"))
    session.news.ended.emit()  # as after every fetch
    rest(session, qtbot)
    (notice,) = [one for one in session.window.bar.notices if "needs somebody to sign in" in one.text]
    assert notice.text.startswith('"invoices"')
    next(one for one in notice.findChildren(QPushButton) if one.text() == "Sign in again...").click()
    rest(session, qtbot)
    dialog = session.window.findChild(SignInDialog)
    assert dialog is not None
    assert "invoices" in dialog.windowTitle()
    dialog.reject()


def test_the_dialog_that_signs_in_leads_to_the_key(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    dialog = session.dialogs.open_sign_in(memory_app.accounts.get("invoices"))
    rest(session, qtbot)
    dialog.secrets_setup_wanted.emit()
    setup = session.window.findChild(SecretsDialog)
    assert setup is not None
    rest(session, qtbot)
    setup.reject()
    dialog.reject()


def test_a_secret_that_ends_soon_is_told_and_leads_to_its_profile(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    add(memory_app)
    session = open_session()
    (notice,) = [one for one in session.window.bar.notices if "client secret" in one.text]
    assert "Contoso app-only" in notice.text
    next(one for one in notice.findChildren(QPushButton) if one.text() == "Edit profile...").click()
    rest(session, qtbot)
    dialog = session.window.findChild(ProfileDialog)
    assert dialog is not None
    assert dialog.record.name == "Contoso app-only"
    dialog.reject()


def test_a_profile_that_is_added_from_an_account_is_chosen_there(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    account = session.dialogs.add_oauth_account()
    rest(session, qtbot)
    account.form.sign_in.add_button.click()
    rest(session, qtbot)
    dialog = account.findChild(ProfileDialog)
    assert dialog is not None
    (contoso,) = [one for one in memory_app.profiles.all() if one.name == "Contoso"]
    added = memory_app.profiles.add(replace(contoso, name="Fabrikam", id=None, uid=None))
    dialog.saved.emit(added)
    rest(session, qtbot)
    assert account.form.sign_in.profile.value == "Fabrikam"
    dialog.done(0)
    account.done(0)


def test_a_dialog_that_is_closed_before_its_profile_was_read_opens_nothing(
    open_session: Open, memory_app: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    read, go_on = memory_app.profiles.get, threading.Event()
    monkeypatch.setattr(memory_app.profiles, "get", lambda name: (go_on.wait(SECONDS), read(name))[1])
    for button in ("edit_button", "add_button"):
        go_on.set()
        dialog = session.dialogs.open_account(memory_app.accounts.get("invoices"))
        rest(session, qtbot)
        go_on.clear()
        getattr(dialog.form.sign_in, button).click()
        dialog.reject()
        if button == "edit_button":  # the answer comes when the dialog is gone; else while it is merely hidden
            until_gone(qtbot, dialog)
        go_on.set()
        rest(session, qtbot)
        assert session.window.findChildren(ProfileDialog) == []
    session.dialogs.edit_account(memory_app.accounts.get("invoices"))
    rest(session, qtbot)
    (dialog,) = session.window.findChildren(AccountDialog)
    dialog.reject()


def test_a_profile_that_cannot_be_read_is_told_in_the_dialog_that_asks(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    account = session.dialogs.add_oauth_account()
    rest(session, qtbot)
    account.form.sign_in.profile.choose("Google Workspace")
    memory_app.profiles.delete([memory_app.profiles.get("Google Workspace")])
    account.form.sign_in.edit_button.click()
    rest(session, qtbot)
    assert ['no OAuth2 profile "Google Workspace"' in notice.text for notice in account.bar.notices] == [True]
    assert session.window.page.bar.notices == []
    account.done(0)


def _count(session: Session, page: Page) -> str:
    """What stands behind a page in the navigation."""
    flags = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive
    (item,) = session.window.navigation.findItems(page.title, flags)
    return item.text(1)


def test_what_is_done_on_one_page_is_counted_for_the_others(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    assert _count(session, session.pages.incoming) == "1"
    session.window.go_to(session.pages.oauth_accounts)
    rest(session, qtbot)
    session.pages.oauth_accounts.clear_tokens.trigger()
    answer(session, qtbot, "Clear all tokens")
    qtbot.waitUntil(lambda: _count(session, session.pages.incoming) == "2")
    rest(session, qtbot)
    assert not [one for one in session.window.bar.notices if "sign in" in one.text], "whoever did it knows"
    session.pages.oauth_accounts.select_account(memory_app.accounts.get("returns").id or 0)
    session.pages.oauth_accounts.verbs.validities[Validity.INVALID].trigger()
    qtbot.waitUntil(lambda: _count(session, session.pages.incoming) == "1")
    rest(session, qtbot)


def test_profiles_that_need_somebody_are_counted_from_the_beginning(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    stage_sign_ins(memory_app)
    session = open_session()
    assert session.window.page is not session.pages.profiles
    assert _count(session, session.pages.profiles) == "1"
    memory_app.accounts.delete(memory_app.accounts.get("alerts"))
    session.pages.incoming.changed.emit()
    rest(session, qtbot)
    assert _count(session, session.pages.profiles) == "", "one that nobody uses"
    assert not [one for one in session.window.bar.notices if "client secret" in one.text]


def _is_seen(widget: object) -> bool:
    return isinstance(widget, QWidget) and widget.isVisible()


def test_the_rules_of_an_account_lead_to_its_filters(open_session: Open, memory_app: Application, qtbot: QtBot) -> None:
    account = add(memory_app)
    session = open_session()
    session.pages.incoming.select_account(account.id or 0)
    rest(session, qtbot)
    rules = next(one for one in session.pages.incoming.strip.buttons if one.text().replace("&", "") == "Rules")
    qtbot.mouseClick(rules, Qt.MouseButton.LeftButton)
    rest(session, qtbot)
    assert session.window.page is session.pages.filters
    assert '"support"' in session.pages.filters.line.text


def test_an_address_and_an_account_are_tried_on_stored_mail(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    memory_server.add(mail(1), mail(2))
    memory_app.fetching.fetch([add(memory_app)])
    session = open_session()
    session.window.go_to(session.pages.addresses)
    rest(session, qtbot)
    session.pages.addresses.add_new()
    [address] = session.pages.addresses.findChildren(AddressDialog)
    address.address.setText("support@example.org")
    address.queue.choose("Misc")
    account = session.dialogs.open_account(memory_app.accounts.get("support"))
    rest(session, qtbot)
    account.form.handling.dispatching.set_value(Dispatching.QUEUE)
    account.form.handling.queue.choose("Misc")
    for dialog in (address, account):
        dialog.side.button.click()
        dialog.side.panel.start()
        rest(session, qtbot)
        after = {one.after.queue for one in dialog.side.panel.model.records}
        assert after == {"Misc"}, (dialog.windowTitle(), dialog.side.panel.said)
        dialog.done(0)
    rest(session, qtbot)


def test_a_mail_is_found_by_its_message_id_and_leads_to_its_ticket_and_to_the_archive(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    memory_server.add(mail(1))
    memory_app.fetching.fetch([add(memory_app)])
    [ticket] = memory_app.tickets.list()
    [article] = memory_app.tickets.articles(ticket)
    session = open_session()
    session.find_mail.trigger()
    [life] = session.window.findChildren(LifeDialog)
    life.message_id.setText(article.message_id.strip("<>"))
    qtbot.keyClick(life.message_id, Qt.Key.Key_Return)
    rest(session, qtbot)
    [card] = life.cards
    next(one for one in card.findChildren(QAbstractButton) if "Open ticket" in one.text()).click()
    qtbot.waitUntil(lambda: session.pages.tickets.conversation.ticket == ticket)
    rest(session, qtbot)
    assert session.window.page.title == session.pages.tickets.title
    session.pages.tickets.life_action.trigger()
    qtbot.waitUntil(lambda: bool(session.window.findChildren(LifeDialog)))
    [again] = session.window.findChildren(LifeDialog)
    qtbot.waitUntil(lambda: bool(again.cards))
    next(one for one in again.cards[0].findChildren(QAbstractButton) if "archive" in one.text()).click()
    rest(session, qtbot)
    assert session.window.page.title == session.pages.archive.title
    assert [one.id for one in session.pages.archive.table.selected()] == [article.inbox_id]


def test_a_mail_that_was_never_seen_leads_to_what_waits_and_to_the_accounts(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    memory_server.add(mail(9) + b"x" * 5000)
    memory_app.fetching.fetch([add(memory_app, max_message_size_kb=1)])
    session = open_session()
    for label, page in (("Show in the inbox", session.pages.inbox), ("Show the accounts", session.pages.incoming)):
        life = session.dialogs.find_mail()
        life.look_up("never@example.net")
        rest(session, qtbot)
        next(one for one in life.findChildren(QPushButton) if one.text() == label).click()
        rest(session, qtbot)
        assert session.window.page is page


# --- for everybody ---


def _dialogs(session: Session, qtbot: QtBot) -> Iterator[tuple[str, QWidget]]:
    """Every dialog that pages open, one after the other; each is closed again."""

    def shown(name: str, dialog: QDialog) -> Iterator[tuple[str, QWidget]]:
        rest(session, qtbot)
        yield name, dialog
        dialog.done(0)
        rest(session, qtbot)

    def open_dialog() -> QDialog:
        qtbot.waitUntil(lambda: any(one.isVisible() for one in session.window.findChildren(QDialog)), timeout=30_000)
        return next(one for one in session.window.findChildren(QDialog) if one.isVisible())

    account = session.services.accounts.all()[0]
    yield from shown("account add", session.dialogs.add_account())
    yield from shown("account edit", session.dialogs.open_account(account))
    yield from shown("OAuth2 account add", session.dialogs.add_oauth_account())
    for name in ("invoices", "alerts", "returns"):
        yield from shown(f"account {name}", session.dialogs.open_account(session.services.accounts.get(name)))
    yield from shown("sign in again", session.dialogs.open_sign_in(session.services.accounts.get("returns")))
    yield from shown("secrets", session.dialogs.set_up_secrets())
    for page in (session.pages.queues, session.pages.addresses):
        session.window.go_to(page)
        rest(session, qtbot)
        page.add_new()
        yield from shown(page.title, open_dialog())
    yield from _filter_dialogs(session, qtbot, open_dialog, shown)
    yield from _rule_dialogs(session, qtbot, open_dialog, shown)
    yield from _ticket_dialogs(session, qtbot, shown)
    session.window.go_to(session.pages.profiles)
    rest(session, qtbot)
    for profile in session.services.profiles.all():
        session.pages.profiles.edit_named(profile.name)
        yield from shown(f"profile {profile.name}", open_dialog())
    session.pages.profiles.add_new()
    guided = open_dialog()
    assert isinstance(guided, ProfileDialog)
    guided.guide_button.click()
    guided.resize(900, 560)
    guided.form.details.fold.unfold()
    yield from shown("profile with guide", guided)
    session.window.go_to(session.pages.oauth_accounts)
    rest(session, qtbot)
    session.pages.oauth_accounts.clear_tokens.trigger()
    yield from shown("clear tokens", open_dialog())
    session.window.go_to(session.pages.incoming)
    rest(session, qtbot)
    session.pages.incoming.select_account(account.id or 0)
    rest(session, qtbot)
    qtbot.waitUntil(session.pages.incoming.verbs.delete.isEnabled, timeout=30_000)
    session.pages.incoming.verbs.delete.trigger()
    yield from shown("delete account", open_dialog())
    session.show_help("index.md")
    assert session.help is not None
    yield "help", session.help
    session.help.hide()


def _filter_dialogs(
    session: Session,
    qtbot: QtBot,
    open_dialog: Callable[[], QDialog],
    shown: Callable[[str, QDialog], Iterator[tuple[str, QWidget]]],
) -> Iterator[tuple[str, QWidget]]:
    """The filter with its what-if, and the dialogs over it."""
    session.window.go_to(session.pages.filters)
    rest(session, qtbot)
    session.pages.filters.add_new()
    yield from shown("filter add", open_dialog())
    session.pages.filters.edit(session.pages.filters.model.records[0])
    dialog = open_dialog()
    assert isinstance(dialog, FilterDialog)
    dialog.form.condition_rows.rows[0].set_fault("This is not a regular expression: missing ) at position 12.")
    dialog.form.accounts.some.click()
    dialog.side.button.click()
    dialog.side.panel.only_differing.setChecked(False)
    dialog.side.panel.start()
    rest(session, qtbot)
    dialog.side.panel.table.select_row(0)
    dialog.side.panel.pin_button.click()
    dialog.resize(900, 560)
    rest(session, qtbot)
    yield "filter with what if", dialog
    dialog.side.panel.why_button.click()
    [why] = dialog.findChildren(WhyDialog)
    yield from shown("why", why)
    dialog.form.examples.add_button.click()
    [chooser] = dialog.findChildren(MessageChooser)
    yield from shown("choose a message", chooser)
    before, after = (("kind", "new_ticket"), ("queue", "Raw")), (("kind", "new_ticket"), ("queue", "Junk"))
    changes = [ExampleChange("Offers", 1, "A message with a subject", before, after)]
    examples = ExamplesDialog(changes, "&Save anyway", dialog)
    examples.open()
    yield from shown("examples", examples)
    yield from shown("filter edit", dialog)


def _rule_dialogs(
    session: Session,
    qtbot: QtBot,
    open_dialog: Callable[[], QDialog],
    shown: Callable[[str, QDialog], Iterator[tuple[str, QWidget]]],
) -> Iterator[tuple[str, QWidget]]:
    """Customers, auto-responses, lists and external numbers: empty, and with everything that can be wrong."""
    session.window.go_to(session.pages.customers)
    parts: tuple[ListPage[Any], ...] = (session.pages.customers.users, session.pages.customers.companies)
    for number, page in enumerate(parts):
        session.pages.customers.tabs.setCurrentIndex(number)
        rest(session, qtbot)
        page.add_new()
        dialog = open_dialog()
        assert isinstance(dialog, RecordDialog)
        dialog.start_saving(finish=True)
        yield from shown(f"{page.title} with faults", dialog)
    session.pages.customers.users._open_import(__file__)
    yield from shown("import", open_dialog())
    session.window.go_to(session.pages.auto_responses)
    rest(session, qtbot)
    session.pages.auto_responses.edit(session.pages.auto_responses.model.records[0])
    dialog = open_dialog()
    dialog.resize(900, 560)
    yield from shown("auto-response", dialog)
    session.window.go_to(session.pages.configuration)
    for section in session.pages.configuration.sections.keys:
        session.pages.configuration.show_section(section)
        rest(session, qtbot)
        part = session.pages.configuration.part
        if isinstance(part, ListPage):
            part.add_new()
            yield from shown(f"{section} add", open_dialog())


def _ticket_dialogs(
    session: Session, qtbot: QtBot, shown: Callable[[str, QDialog], Iterator[tuple[str, QWidget]]]
) -> Iterator[tuple[str, QWidget]]:
    """A ticket with everything it can have, its properties, and the life of its mail; of a mail that never came."""
    tickets = session.pages.tickets
    session.window.go_to(tickets)
    rest(session, qtbot)
    tickets.show_ticket(session.services.tickets.list()[0].number)
    rest(session, qtbot)
    qtbot.waitUntil(lambda: tickets.conversation.card is not None)
    tickets.conversation.head.more.unfold()
    for card in tickets.conversation.responses:
        card.fold.unfold()
    rest(session, qtbot)
    yield "ticket", session.window
    tickets.properties_action.trigger()
    qtbot.waitUntil(lambda: bool(session.window.findChildren(PropertiesDialog)))
    [properties] = session.window.findChildren(PropertiesDialog)
    assert properties.more is not None
    properties.more.unfold()
    properties.title.clear()
    properties.start_saving(finish=True)
    properties.resize(900, 560)
    yield from shown("properties with a fault", properties)
    for message_id in ("", "m1@example.net", "never@example.net"):
        life = session.dialogs.find_mail()
        life.resize(900, 560)
        life.look_up(message_id)
        yield from shown(f"life of {message_id!r}", life)


def _parts(session: Session, qtbot: QtBot) -> Iterator[tuple[str, QWidget]]:
    """What stands on pages that show one of several things."""
    session.window.go_to(session.pages.customers)
    session.pages.customers.tabs.setCurrentIndex(1)
    rest(session, qtbot)
    yield "companies", session.window
    session.pages.customers.tabs.setCurrentIndex(0)
    session.window.go_to(session.pages.configuration)
    for section in session.pages.configuration.sections.keys:
        session.pages.configuration.show_section(section)
        rest(session, qtbot)
        yield f"configuration {section}", session.window
    for row in session.pages.configuration.setting_page.rows.values():
        row.show_fault("Not saved. This is not cron syntax: five fields are needed, and then some more words.")
    session.pages.configuration.search.setText("e")
    rest(session, qtbot)
    yield "configuration with faults", session.window
    for row in session.pages.configuration.setting_page.rows.values():
        row.give_up()
    session.pages.configuration.search.clear()


def _filled(app: Application, server: MemoryServer) -> None:
    """Accounts, profiles, tickets, and mail that waits."""
    account = add(app, comment="The team's mailbox.", max_message_size_kb=1)
    stage_sign_ins(app)
    add(app, "orders")
    add(app, "archive", validity=Validity.INVALID)
    for number in range(3):
        server.add(mail(number))
    server.add(mail(9) + b"x" * 5000)
    app.fetching.fetch([account])
    sender = Condition("From", EMAILADDRESS + "offers@example\\.net")
    conditions = (sender, Condition("Subject", "^Re: (.*)", negated=True))
    actions = (Action("X-OTOBO-Queue", "Junk"), Action("X-OTOBO-FollowUp-Title", "[***]"))
    app.customer_users.add(CustomerUser(login="ada", addresses=("ada@example.com",)))
    text = AutoResponse(name="Thanks", subject="Thanks", body="Dear <OTOBO_CustomerName>,", queues=("Raw",))
    app.auto_responses.add(text)
    app.settings.set("PostMaster::UnknownSender", "hold")
    app.reading.read(mail(77))
    app.filters.add(Filter(name="Offers", conditions=conditions, actions=actions, comment="Nobody reads them."))
    fields = {f"Field{number}": "A value that is somewhat longer than usual" for number in range(8)}
    change = TicketChange(state="pending reminder", pending_until=datetime(2030, 1, 1, tzinfo=UTC), fields=fields)
    app.tickets.change(app.tickets.list()[0].number, change)


def _all(session: Session, qtbot: QtBot) -> Iterator[tuple[str, QWidget]]:
    for place in session.window.places:
        session.window.go_to(place.page)
        rest(session, qtbot)
        yield place.key, session.window
    yield from _parts(session, qtbot)
    session.window.go_to(session.pages.welcome)
    rest(session, qtbot)
    yield "welcome", session.window
    yield from _dialogs(session, qtbot)


def test_whatever_the_keyboard_reaches_has_a_name(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    _filled(memory_app, memory_server)
    session = open_session()
    nameless: list[str] = []
    seen = 0
    for place, widget in _all(session, qtbot):
        for one in focusable(widget):
            seen += 1
            if not name_of(one):
                nameless.append(f"{place}: {described(one)}")
    assert seen > 120
    assert not nameless, "\n".join(sorted(set(nameless)))


@pytest.mark.parametrize("mirrored", [False, True])
def test_texts_40_percent_longer_are_not_clipped_in_the_smallest_window(
    mirrored: bool,
    open_session: Open,
    memory_app: Application,
    memory_server: MemoryServer,
    qapp: QApplication,
    qtbot: QtBot,
) -> None:
    _filled(memory_app, memory_server)
    pseudo = Pseudo()
    qapp.installTranslator(pseudo)
    if mirrored:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        session = open_session()
        session.window.resize(900, 560)
        assert (session.window.width(), session.window.height()) == (900, 560)
        wrong: list[str] = []
        for place, widget in _all(session, qtbot):
            wrong += [f"{place}: {one}" for one in (*clipped(widget), *outside(widget))]
            if widget is session.window and (widget.width(), widget.height()) != (900, 560):
                wrong.append(f"{place}: the window grew to {widget.size().toTuple()}")
                widget.resize(900, 560)
        close(session, qtbot)
    finally:
        qapp.removeTranslator(pseudo)
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_every_menu_entry_has_a_picture_or_a_tick_and_a_mnemonic_of_its_own(
    open_session: Open, memory_app: Application, qtbot: QtBot
) -> None:
    add(memory_app)
    session = open_session()
    for place in session.window.places:
        session.window.go_to(place.page)
        rest(session, qtbot)
        for menu in session.window.menuBar().findChildren(QMenu):
            mnemonics = Counter(
                one.text()[one.text().index("&") + 1].casefold()
                for one in menu.actions()
                if "&" in one.text() and one.isVisible()
            )
            assert not [key for key, times in mnemonics.items() if times > 1], (
                f"{place.key}: {menu.title()} {mnemonics}"
            )


def test_the_letters_of_the_menu_bar_mean_nothing_else_on_any_page(
    open_session: Open, memory_app: Application, memory_server: MemoryServer, qtbot: QtBot
) -> None:
    _filled(memory_app, memory_server)
    session = open_session()
    session.desk.fetch([one for one in memory_app.accounts.all() if one.name == "support"])
    qtbot.waitUntil(lambda: not session.desk.busy, timeout=30_000)
    for place in session.window.places:
        session.window.go_to(place.page)
        rest(session, qtbot)
        menus = {_letter(one.text()) for one in session.window.menuBar().actions() if one.isVisible()}
        texts = [one.text() for one in session.window.findChildren(QAbstractButton) if one.isVisible()]
        for tabs in session.window.findChildren(QTabBar):
            if tabs.isVisible():
                texts += [tabs.tabText(at) for at in range(tabs.count()) if tabs.isTabVisible(at)]
        assert not [text for text in texts if _letter(text) and _letter(text) in menus], place.key


def _letter(text: str) -> str:
    return text[text.index("&") + 1].casefold() if "&" in text.replace("&&", "") else ""


def test_dark_and_light_are_changed_while_the_window_is_open(
    open_session: Open, memory_app: Application, qapp: QApplication, qtbot: QtBot
) -> None:
    add(memory_app)
    session = open_session()
    dark = next(one for one in session.window.findChildren(QAction) if one.text() == "&Dark")
    dark.trigger()
    qtbot.waitUntil(lambda: theme.is_dark(session.window.palette()))
    rest(session, qtbot)


def test_what_the_status_bar_has_no_room_for_is_in_its_tooltip(open_session: Open) -> None:
    window = open_session().window
    text = "The mail of everybody whose address is known by now was released into tickets. " * 4

    window.say(text)
    assert window.statusBar().currentMessage().endswith("…")
    assert text in html.unescape(window.statusBar().toolTip())
    window.say("Saved")
    assert (window.statusBar().currentMessage(), window.statusBar().toolTip()) == ("Saved", "")
