"""Inbox and archive: what they show, and every verb by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxQuery, InboxState
from mailadmin.gui.inbox import ArchivePage, InboxPage, MessagesPage
from mailadmin.gui.inbox.dialogs import DiscardDialog, PutBackDialog, QueueDialog
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.ticket_picker import TicketPicker
from tests.servers.memory import MemoryServer

from . import samples

Make = Callable[[type[MessagesPage]], MessagesPage]
Settled = Callable[[], None]
Left = Qt.MouseButton.LeftButton


def state(app: Application, ident: int) -> InboxState:
    return app.inbox.get(ident).state


def dialog_of(qtbot: QtBot, page: QWidget, kind: type[Any]) -> Any:
    def shown() -> list[Any]:
        return [one for one in page.findChildren(kind) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()))
    (dialog,) = shown()
    return dialog


def button_of(page: QWidget, action: QAction) -> QToolButton:
    return next(one for one in page.findChildren(QToolButton) if one.defaultAction() is action)


# --- what is shown ---


def test_the_inbox_shows_what_waits_newest_first_and_the_first_of_them(
    memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    first = samples.quarantined(memory_app, owner, samples.mail(1))
    second = samples.taken_in(memory_app, owner, samples.mail(2), state=InboxState.HELD)
    memory_app.reading.read(samples.mail(3), account=owner)

    page = make(InboxPage)

    assert [message.id for message in page.model.records] == [second, first]
    assert page.model.index(0, 0).data() == "held"
    assert page.model.index(1, 0).data() == "quarantined"
    assert page.model.index(1, 1).data() == "Question 1"
    assert page.filters.count.text() == "2 messages"
    assert page.pane.mail.header.subject_line.whole == "Question 2"
    assert page.pane.mail.message_text.toPlainText().strip() == "This is message 2."


def test_what_needs_somebody_is_counted_also_while_the_page_is_not_shown(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    page = make(InboxPage)
    page.hide()
    samples.quarantined(memory_app, owner, samples.mail(1))
    samples.taken_in(memory_app, owner, samples.mail(2), state=InboxState.HELD)
    samples.taken_in(memory_app, owner, samples.mail(3))

    with qtbot.waitSignal(page.counted) as counted:
        page.refresh_counts()

    assert counted.args == [2]


def test_an_empty_inbox_is_good_news(make: Make) -> None:
    page = make(InboxPage)

    assert page.contents.currentWidget() is page.contents.nothing_there
    assert page.contents.nothing_there.text.startswith("Nothing waits for you.")
    assert not page.pane.mail.isVisible()


def test_what_is_not_found_can_be_widened_again(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.focus_filter()

    qtbot.keyClicks(page.filters.text, "zebra")
    qtbot.waitUntil(lambda: page.contents.currentWidget() is page.contents.nothing_found)
    assert page.filters.count.text() == "0 found"
    qtbot.mouseClick(page.contents.nothing_found.button, Left)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)

    assert page.filters.text.text() == ""
    settled()


def test_a_list_that_cannot_be_read_says_why_and_offers_another_try(
    qtbot: QtBot, memory_app: Application, make: Make, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: object, **fields: object) -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})

    with monkeypatch.context() as patched:
        patched.setattr(memory_app.inbox, "page", locked)
        page = make(InboxPage)
        assert page.contents.currentWidget() is page.contents.not_loaded
    qtbot.mouseClick(page.contents.not_loaded.button, Left)

    qtbot.waitUntil(lambda: page.contents.currentWidget() is page.contents.nothing_there)
    settled()


def test_state_and_account_narrow_the_list(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    other = samples.account(memory_app, "orders")
    mine = samples.quarantined(memory_app, owner, samples.mail(1))
    theirs = samples.taken_in(memory_app, other, samples.mail(2), state=InboxState.HELD)
    page = make(InboxPage)

    page.filters.account.choose("orders")
    settled()
    assert [message.id for message in page.model.records] == [theirs]
    page.filters.state.choose(InboxState.QUARANTINED)
    settled()
    assert page.model.rowCount() == 0
    assert page.contents.currentWidget() is page.contents.nothing_found
    page.filters.account.setCurrentIndex(0)
    settled()
    assert [message.id for message in page.model.records] == [mine]


def test_what_a_number_stands_for_is_shown_until_everything_is_wanted(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    memory_app.reading.read(samples.mail(1), account=owner)
    held = samples.taken_in(memory_app, owner, samples.mail(2), state=InboxState.HELD)
    page = make(ArchivePage)

    page.show_query(InboxQuery(outcomes=frozenset({"held"})), "held messages of support at 10:02")
    settled()
    assert [message.id for message in page.model.records] == [held]
    assert page.filters.title == "Shown: held messages of support at 10:02"
    assert not page.filters.state.isEnabled()
    qtbot.mouseClick(page.filters.show_all, Left)
    settled()
    assert [message.subject for message in page.model.records] == ["Question 1"]
    assert page.filters.title == ""


def test_one_message_is_shown_wherever_it_stands(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    waiting = samples.quarantined(memory_app, owner, samples.mail(1))
    for number in (2, 3):
        memory_app.reading.read(samples.mail(number), account=owner)
    page = make(ArchivePage)

    page.show_message(page.model.record(1))
    settled()
    assert [message.subject for message in page.table.selected()] == ["Question 2"]
    assert page.filters.title == ""
    page.show_message(memory_app.inbox.get(waiting))
    settled()
    assert [message.id for message in page.table.selected()] == [waiting]
    assert page.filters.title == "Shown: Question 1"


def test_why_a_message_is_here_is_told_as_a_story(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    memory_app.reading.read(samples.demo("19"), account=owner)
    page = make(ArchivePage)

    said = [label.text() for label in page.pane.why.findChildren(QLabel)]
    lines = {line.accessibleName(): getattr(line, "whole", "") for line in page.pane.why.findChildren(QWidget)}

    ticket = page.model.record(0).ticket
    assert f"New ticket {ticket}" in said
    assert any(text.startswith('Read from standard input for "support"') for text in said)
    assert any("not trusted" in text for text in said)
    assert "It came by no mail server." in said
    assert any('Queue "Raw"' in text for text in said)
    assert lines["Ticket"] == ticket
    assert lines["Message-ID"] == page.model.record(0).message_id


def test_a_message_that_was_too_big_to_fetch_says_so_instead_of_its_text(
    memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    samples.taken_in(memory_app, owner, samples.mail(1), state=InboxState.TOO_BIG)

    page = make(InboxPage)

    assert "Larger than the limit" in page.pane.mail.message_text.toPlainText()
    assert not page.verbs.save.isEnabled()
    assert not page.verbs.put_back.isEnabled()
    assert not page.verbs.retry.isEnabled()


def test_demo_mails_are_shown_with_their_pictures_and_attachments(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    samples.quarantined(memory_app, owner, samples.demo("10"))
    samples.quarantined(memory_app, owner, samples.demo("07"))
    page = make(InboxPage)

    names = [one.filename for one in page.pane.mail.attachments.model.records]
    assert len(names) == 1
    assert names[0].endswith(".pdf")
    page.table.selectRow(1)
    settled()
    assert "blue light" in page.pane.mail.browser.toPlainText()
    assert page.pane.mail._loader.busy is False
    assert [one.size().width() for one in page.pane.mail.browser._images.values()] == [40]


# --- verbs ---


def test_a_verb_is_offered_where_the_state_allows_it(
    memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    memory_app.reading.read(samples.mail(2), account=owner)
    inbox, archive = make(InboxPage), make(ArchivePage)

    by_hand = list(inbox.verbs.by_hand)
    assert all(action.isEnabled() for action in by_hand)
    assert not inbox.verbs.open_ticket.isEnabled()
    assert not any(action.isEnabled() for action in archive.verbs.by_hand)
    assert archive.verbs.open_ticket.isEnabled()
    inbox.table.clearSelection()
    assert not any(action.isEnabled() for action in [*by_hand, inbox.verbs.save, inbox.verbs.put_back])
    assert inbox.verbs.refresh.isEnabled()


def test_retry_by_the_button_makes_a_ticket_and_goes_on_with_the_next(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    below, ident = (samples.quarantined(memory_app, owner, samples.mail(number)) for number in (1, 2))
    page = make(InboxPage)

    with qtbot.waitSignal(page.changed), qtbot.waitSignal(page.said) as said:
        qtbot.mouseClick(button_of(page, page.verbs.retry), Left)
    settled()

    assert state(memory_app, ident) is InboxState.PROCESSED
    assert said.args[0].startswith("New ticket")
    assert [message.id for message in page.table.selected()] == [below]
    assert page.pane.mail.header.subject_line.whole == "Question 1"


def test_retry_by_keyboard(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.activateWindow()
    page.table.setFocus()

    qtbot.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: state(memory_app, ident) is InboxState.PROCESSED)
    settled()


def test_what_is_quarantined_again_is_said_with_its_reason(
    qtbot: QtBot,
    memory_app: Application,
    owner: IncomingAccount,
    make: Make,
    settled: Settled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    monkeypatch.setattr("mailadmin.services.process.parse", lambda raw: 1 / 0)

    page.verbs.retry.trigger()
    qtbot.waitUntil(lambda: bool(page.bar.notices))
    settled()

    assert state(memory_app, ident) is InboxState.QUARANTINED
    assert page.bar.notices[0].text.startswith("Quarantined.")


@pytest.mark.parametrize("verb", ["release", "create"])
def test_release_and_create_ticket_ask_for_the_queue(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, verb: str
) -> None:
    samples.queue(memory_app, "Orders")
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    getattr(page.verbs, verb).trigger()
    dialog = dialog_of(qtbot, page, QueueDialog)
    assert dialog.verb.isEnabled() is (verb == "release")
    dialog.queue.choose("Orders")
    qtbot.mouseClick(dialog.verb, Left)
    qtbot.waitUntil(lambda: state(memory_app, ident) is InboxState.PROCESSED)
    settled()

    assert memory_app.tickets.get(memory_app.inbox.get(ident).ticket).queue == "Orders"


@pytest.mark.parametrize("verb", ["release", "create"])
def test_the_queue_is_asked_for_the_message_that_was_selected_when_the_verb_was_pressed(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, verb: str
) -> None:
    pressed_for, other = (samples.quarantined(memory_app, owner, samples.mail(number)) for number in (1, 2))
    page = make(InboxPage)
    page._select(pressed_for)

    getattr(page.verbs, verb).trigger()
    page._select(other)  # the arrow key, before the queues are read
    dialog = dialog_of(qtbot, page, QueueDialog)
    assert any('"Question 1"' in label.text() for label in dialog.findChildren(QLabel))
    dialog.queue.choose("Raw")
    qtbot.mouseClick(dialog.verb, Left)
    settled()

    assert state(memory_app, pressed_for) is InboxState.PROCESSED
    assert state(memory_app, other) is InboxState.QUARANTINED


@pytest.mark.parametrize("verb", ["release", "create", "assign", "discard", "put_back"])
def test_a_question_about_one_message_names_its_subject(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, verb: str
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    getattr(page.verbs, verb).trigger()
    dialog = dialog_of(qtbot, page, QDialog)
    settled()

    assert any('The message "Question 1" ' in label.text() for label in dialog.findChildren(QLabel))
    dialog.reject()


def test_discard_by_keyboard_asks_why(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.activateWindow()
    page.table.setFocus()

    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    dialog = dialog_of(qtbot, page, DiscardDialog)
    qtbot.keyClicks(dialog.why, "spam")
    qtbot.keyClick(dialog.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: state(memory_app, ident) is InboxState.DISCARDED)
    settled()

    assert memory_app.inbox.get(ident).reason_facts["why"] == "spam"
    assert page.contents.currentWidget() is page.contents.nothing_there


def test_a_question_that_is_refused_changes_nothing(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    page.verbs.discard.trigger()
    dialog = dialog_of(qtbot, page, DiscardDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settled()

    assert state(memory_app, ident) is InboxState.QUARANTINED


def test_assign_finds_the_ticket_by_title(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    for number in (2, 3):
        memory_app.reading.read(samples.mail(number), account=owner)
    page = make(InboxPage)

    page.verbs.assign.trigger()
    picker = dialog_of(qtbot, page, TicketPicker)
    settled()
    assert picker.model.rowCount() == 2
    qtbot.keyClicks(picker.search, "question 3")
    qtbot.waitUntil(lambda: picker.model.rowCount() == 1)
    qtbot.keyClick(picker.search, Qt.Key.Key_Down)
    qtbot.keyClick(picker.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: state(memory_app, ident) is InboxState.PROCESSED)
    settled()

    ticket = memory_app.tickets.get(memory_app.inbox.get(ident).ticket)
    assert ticket.title == "Question 3"
    assert ticket.articles == 2


def test_a_ticket_that_is_not_there_is_not_found(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    page.verbs.assign.trigger()
    picker = dialog_of(qtbot, page, TicketPicker)
    settled()
    assert picker.contents.currentWidget() is picker.contents.nothing_there
    qtbot.keyClicks(picker.search, "zebra")
    qtbot.waitUntil(lambda: picker.contents.currentWidget() is picker.contents.nothing_found)
    assert not picker.assign.isEnabled()
    picker.reject()
    settled()


def test_archive_puts_it_away_without_a_ticket(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    ident = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    with qtbot.waitSignal(page.said) as said:
        page.verbs.archive.trigger()
    settled()

    assert state(memory_app, ident) is InboxState.IGNORED
    assert said.args == ["Put into the archive"]


def test_a_message_is_saved_as_it_came(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, tmp_path: Path
) -> None:
    raw = samples.mail(1)
    samples.quarantined(memory_app, owner, raw)
    page = make(InboxPage)

    page.verbs.save.trigger()
    dialog = dialog_of(qtbot, page, QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "Question 1.eml"
    with qtbot.waitSignal(page.said):
        dialog.fileSelected.emit(str(tmp_path / "one.eml"))
    dialog.reject()
    settled()

    assert (tmp_path / "one.eml").read_bytes() == raw


def test_several_messages_are_saved_beside_each_other(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, tmp_path: Path
) -> None:
    for body in ("first", "second"):
        samples.quarantined(memory_app, owner, samples.mail(1, body))
    folder = tmp_path / "mails"
    folder.mkdir()
    page = make(InboxPage)
    page.table.selectAll()

    page.verbs.save.trigger()
    dialog = dialog_of(qtbot, page, QFileDialog)
    with qtbot.waitSignal(page.said) as said:
        dialog.fileSelected.emit(str(folder))
    dialog.reject()
    settled()

    assert sorted(path.name for path in folder.iterdir()) == ["Question 1 (2).eml", "Question 1.eml"]
    assert said.args == ["2 done"]


def test_a_message_is_put_back_where_no_fetch_takes_it_again(
    qtbot: QtBot,
    memory_app: Application,
    memory_server: MemoryServer,
    owner: IncomingAccount,
    make: Make,
    settled: Settled,
) -> None:
    raw = samples.mail(1)
    ident = samples.quarantined(memory_app, owner, raw)
    memory_server.folders["Later"] = []
    page = make(InboxPage)
    assert owner.after_fetch is AfterFetch.DELETE

    page.verbs.put_back.trigger()
    dialog = dialog_of(qtbot, page, PutBackDialog)
    assert dialog.account.value == "support"
    qtbot.mouseClick(dialog.verb, Left)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)  # what is being written cannot be called off
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    assert "would be taken away again" in dialog.bar.notices[0].text
    assert dialog.verb.isEnabled()

    qtbot.keyClicks(dialog.folder, "Later")
    with qtbot.waitSignal(page.said) as said:
        qtbot.keyClick(dialog.folder, Qt.Key.Key_Return)
    settled()

    assert memory_server.folders["Later"] == [raw]
    assert said.args == ['Put back into the folder "Later" of "support"']
    assert state(memory_app, ident) is InboxState.QUARANTINED


def test_the_ticket_of_a_message_is_asked_for(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    memory_app.reading.read(samples.mail(1), account=owner)
    page = make(ArchivePage)
    page.activateWindow()
    page.table.setFocus()

    with qtbot.waitSignal(page.ticket_wanted) as wanted:
        qtbot.mouseClick(button_of(page, page.verbs.open_ticket), Left)
    assert wanted.args == [page.model.record(0).ticket]
    with qtbot.waitSignal(page.ticket_wanted):
        qtbot.keyClick(page.table, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)


def test_message_ids_are_copied(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    for number in (1, 2):
        samples.quarantined(memory_app, owner, samples.mail(number))
    page = make(InboxPage)
    page.table.selectAll()

    page.verbs.copy_id.trigger()
    settled()

    assert QGuiApplication.clipboard().text() == "<m2@example.net>\n<m1@example.net>"


def test_several_messages_are_worked_in_one_task_and_failures_are_told(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, tasks: Tasks
) -> None:
    idents = [samples.quarantined(memory_app, owner, samples.mail(number)) for number in range(4)]
    page = make(InboxPage)
    page.table.selectAll()
    memory_app.inbox.discard(idents[1], "somebody was quicker")

    page.verbs.archive.trigger()
    qtbot.waitUntil(lambda: bool(page.bar.notices))
    settled()

    assert [state(memory_app, ident) for ident in idents].count(InboxState.IGNORED) == 3
    assert page.bar.notices[0].text.startswith("3 done, 1 not: ")


def test_stopping_leaves_the_rest_as_they_were(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled, tasks: Tasks
) -> None:
    for number in range(5):
        samples.quarantined(memory_app, owner, samples.mail(number))
    page = make(InboxPage)
    page.table.selectAll()
    messages = page.table.selected()

    def archive_and_stop(message: Any) -> object:
        tasks.stop_all()
        return memory_app.inbox.archive(message.id)

    with qtbot.waitSignal(page.said) as said:
        page.verbs._work("archive", archive_and_stop, messages)
    settled()

    assert said.args == ["1 done, 4 left as they were"]
    assert memory_app.inbox.counts()[InboxState.QUARANTINED] == 4


def test_refresh_by_keyboard_shows_what_has_come_and_keeps_what_is_read(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    first = samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.pane.mail.tabs.setCurrentWidget(page.pane.why)
    story = page.pane.why.widget()
    second = samples.quarantined(memory_app, owner, samples.mail(2))
    page.activateWindow()
    page.table.setFocus()

    qtbot.keyClick(page.table, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    settled()

    assert [message.id for message in page.model.records] == [second, first]
    assert [message.id for message in page.table.selected()] == [first]
    assert page.pane.mail.header.subject_line.whole == "Question 1"
    assert page.pane.mail.tabs.currentWidget() is page.pane.why
    page.model.refresh_texts()
    assert page.pane.why.widget() is story


def test_enter_leads_from_the_list_into_the_message(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.activateWindow()
    page.table.setFocus()

    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.pane.mail.message_text.hasFocus()
    page.pane.mail.tabs.setCurrentWidget(page.pane.mail.source)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.pane.mail.source.text.hasFocus()


def test_the_context_menu_offers_the_verbs_of_the_menu(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)

    page.table.customContextMenuRequested.emit(page.table.rect().center())

    menu = next(one for one in page.table.findChildren(QMenu) if one.isVisible())
    offered = [action for action in menu.actions() if not action.isSeparator()]
    assert offered == [action for action in page.menu_actions if action is not None]
    menu.close()


# --- for everybody ---


def test_everything_that_takes_the_focus_has_a_name(
    qtbot: QtBot, memory_app: Application, owner: IncomingAccount, make: Make, settled: Settled
) -> None:
    samples.quarantined(memory_app, owner, samples.demo("10"))
    memory_app.reading.read(samples.mail(1), account=owner)
    page = make(InboxPage)
    assert_named(page)
    for action, kind in (
        (page.verbs.release, QueueDialog),
        (page.verbs.discard, DiscardDialog),
        (page.verbs.assign, TicketPicker),
        (page.verbs.put_back, PutBackDialog),
    ):
        action.trigger()
        dialog: QDialog = dialog_of(qtbot, page, kind)
        settled()
        assert dialog.windowTitle()
        assert_named(dialog)
        dialog.reject()
    assert_named(make(ArchivePage))


def assert_named(root: QWidget) -> None:
    for widget in root.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.isHidden() or widget.focusProxy() is not None:
            continue
        if widget.window() is not root.window():  # the list that a combo box opens
            continue
        text = getattr(widget, "text", None)
        name = widget.accessibleName() or (text() if callable(text) else "")
        assert name or type(widget).__name__ in {"QTabWidget", "QWidget"}, widget


def test_columns_and_the_split_are_remembered(
    qtbot: QtBot,
    memory_app: Application,
    owner: IncomingAccount,
    make: Make,
    settings: WindowSettings,
    settled: Settled,
) -> None:
    samples.quarantined(memory_app, owner, samples.mail(1))
    page = make(InboxPage)
    page.column_actions(page)[2].setChecked(True)
    page._split.setSizes([500, 380])
    sizes = page._split.sizes()
    page.hide()

    again = make(InboxPage)

    assert not again.table.isColumnHidden(2)
    assert again._split.sizes() == sizes
