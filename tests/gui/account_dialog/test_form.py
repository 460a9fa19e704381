"""The form: what it shows, what it reads back, what it says about rules, how it saves."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, AfterFetch, Authentication, Dispatching, IncomingAccount, Validity
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.account_dialog.limits_rows import Trust
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.conflict import ConflictDialog
from tests.gui.waiting import settle, until_gone

from .conftest import FILLED, NEW, OpenDialog

FULL = dataclasses.replace(
    FILLED,
    port=1993,
    folder="Größe/Ünïcode",
    trusted=True,
    trusted_authserv_id="mx.example.org",
    precedence=7,
    dispatching=Dispatching.QUEUE,
    queue="Misc",
    validity=Validity.INVALID_TEMPORARILY,
    after_fetch=AfterFetch.MOVE,
    move_to="Fetched",
    max_message_size_kb=0,
    images_as_attachments=True,
    schedule="0 8 * * 1-5",
    fetch_from=date(2025, 2, 28),
    pinned_certificate="ab" * 32,
    comment="Helpdesk of the northern branch.",
)


def shown(dialog: AccountDialog, name: str) -> bool:
    return dialog.fields[name].isVisible()


def save(dialog: AccountDialog, tasks: Tasks, qtbot: QtBot) -> None:
    dialog.save_and_finish_button.click()
    settle(qtbot, tasks)


def add(app: Application, account: IncomingAccount = FILLED) -> IncomingAccount:
    return app.accounts.add(account, Secret("old password"))


def test_every_value_that_is_shown_is_read_back_as_it_was(app: Application, open_dialog: OpenDialog) -> None:
    stored = add(app, FULL)
    dialog = open_dialog(stored)
    assert dialog.read_record() == stored
    assert not dialog.has_changes
    assert not dialog.save_and_finish_button.isEnabled()


def test_what_the_form_does_not_show_is_kept(app: Application, open_dialog: OpenDialog) -> None:
    stored = add(app, dataclasses.replace(FILLED, ticket_type="Incident"))
    dialog = open_dialog(stored)
    dialog.form.comment.setText("Changed.")
    assert dialog.read_record() == dataclasses.replace(stored, comment="Changed.")


def test_who_proves_the_sender_is_asked_of_trusted_accounts_alone(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FULL)
    assert shown(dialog, "trusted_authserv_id")
    dialog.form.handling.trusted.choose(False)
    assert not shown(dialog, "trusted_authserv_id")
    assert dialog.read_record().trusted_authserv_id == ""


def test_a_precedence_unfolds_the_rows_and_an_empty_one_is_the_usual(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(dataclasses.replace(FILLED, precedence=5))
    assert shown(dialog, "precedence")
    dialog.form.limits.precedence.clear()
    assert dialog.read_record().precedence == 100


def test_pop3_has_no_folders_and_nothing_to_move_to(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FULL)
    dialog.form.server.type.choose(AccountType.POP3S)
    record = dialog.read_record()
    assert not shown(dialog, "folder")
    assert not shown(dialog, "move_to")
    assert (record.folder, record.move_to) == ("INBOX", "")
    assert record.after_fetch is AfterFetch.KEEP, "who moved mail wants the server to have it"
    dialog.form.handling.after_fetch.choose(AfterFetch.MOVE)
    assert dialog.form.handling.after_fetch.value is None, "it is not offered"


def test_the_queue_is_there_for_dispatching_by_queue_alone(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FULL)
    assert shown(dialog, "queue")
    dialog.form.handling.dispatching.button(Dispatching.ADDRESS).click()
    assert not shown(dialog, "queue")
    assert dialog.read_record().queue == ""
    dialog.form.handling.dispatching.button(Dispatching.QUEUE).click()
    assert dialog.read_record().queue == "Misc"


def test_valid_queues_are_offered_and_the_chosen_one_whatever_it_is(app: Application, open_dialog: OpenDialog) -> None:
    app.routing.add_queue(Queue(name="Closed", validity=Validity.INVALID))
    queue = app.routing.add_queue(Queue(name="Old"))
    stored = add(app, dataclasses.replace(FILLED, dispatching=Dispatching.QUEUE, queue="Old"))
    app.routing.set_queue_validity([queue], Validity.INVALID)
    combo = open_dialog(stored).form.handling.queue
    assert [combo.itemText(at) for at in range(combo.count())] == ["Old", "Junk", "Misc", "Postmaster", "Raw"]
    assert combo.value == "Old"


def test_the_type_says_its_port_and_that_it_is_not_encrypted(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    server = dialog.form.server
    assert server.port.placeholderText() == "993"
    assert server.unencrypted.text == ""
    server.type.choose(AccountType.POP3)
    assert server.port.placeholderText() == "110"
    assert "not recommended" in server.unencrypted.text
    assert dialog.read_record().port is None


def test_a_port_of_another_type_is_remarked(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    dialog.form.server.port.setText("143")
    assert "IMAPTLS" in dialog.fields["port"].editor.accessibleDescription()


def test_every_type_can_be_chosen(open_dialog: OpenDialog) -> None:
    combo = open_dialog(NEW).form.server.type
    texts = [combo.itemText(at) for at in range(combo.count())]
    assert texts == ["IMAP", "IMAPS", "IMAPTLS", "POP3", "POP3S", "POP3TLS", "MSGRAPH"]


def test_certificates_are_trusted_where_there_is_encryption(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FULL)
    assert shown(dialog, "pinned_certificate")
    assert dialog.form.limits.pin.text() == ":".join(["AB"] * 32)
    dialog.form.server.type.choose(AccountType.IMAP)
    assert not shown(dialog, "pinned_certificate")
    assert dialog.read_record().pinned_certificate == ""
    dialog.form.server.type.choose(AccountType.IMAPTLS)
    dialog.form.limits.trust.choose(Trust.CA_FILE)
    assert shown(dialog, "ca_file")
    assert dialog.read_record().pinned_certificate == ""


def test_a_kind_of_trust_without_its_value_is_not_saved(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(add(app))
    dialog.form.limits.trust.choose(Trust.CA_FILE)
    dialog.form.comment.setText("Changed.")
    save(dialog, tasks, qtbot)
    assert dialog.fields["ca_file"].fault
    assert shown(dialog, "ca_file"), "it is unfolded"
    assert app.accounts.get("support").comment == ""


def test_hosts_with_habits_are_remarked(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    habits, refuses = dialog.form.handling.habits, dialog.form.sign_in.refuses_passwords
    assert (habits.text, refuses.text) == ("", "")
    dialog.form.server.host.setText("imap.gmail.com")
    assert "Gmail" in habits.text
    assert refuses.text == ""
    dialog.form.server.host.setText("outlook.office365.com")
    assert "Exchange" in habits.text
    assert "refuses passwords" in refuses.text
    dialog.form.handling.after_fetch.choose(AfterFetch.KEEP)
    assert habits.text == ""


def test_deleting_is_warned_of(open_dialog: OpenDialog) -> None:
    handling = open_dialog(NEW).form.handling
    assert "deletes the mail" in handling.deletes.text
    handling.after_fetch.choose(AfterFetch.KEEP)
    assert handling.deletes.text == ""


def test_a_schedule_says_when_it_runs_next(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    field = dialog.fields["schedule"]
    dialog.form.limits.schedule.setText("0 8 * * 1-5")
    assert "Runs next" in field.editor.accessibleDescription()
    dialog.form.limits.schedule.setText("0 8")
    assert "Five fields" in field.editor.accessibleDescription()


def test_faults_are_said_under_their_fields_and_the_first_has_the_focus(
    open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot, app: Application
) -> None:
    dialog = open_dialog(dataclasses.replace(NEW, name="support", schedule="never"))
    save(dialog, tasks, qtbot)
    wrong = [name for name, field in dialog.fields.items() if field.fault]
    assert wrong == ["host", "username", "password", "schedule"]
    assert dialog.form.server.host.hasFocus()
    assert shown(dialog, "schedule")
    assert app.accounts.all() == []
    qtbot.keyClicks(dialog.form.server.host, "mail.example.org")
    qtbot.keyClick(dialog.form.server.host, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: not dialog.fields["host"].fault)
    assert dialog.fields["username"].fault


def test_account_and_password_are_saved_together(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(NEW)
    form = dialog.form
    for edit, text in ((form.server.name, "support"), (form.server.host, "localhost"), (form.username, "anna")):
        qtbot.keyClicks(edit, text)
    qtbot.keyClicks(form.password.edit, "n3w pass")
    with qtbot.waitSignal(dialog.saved) as saved:
        save(dialog, tasks, qtbot)
    assert saved.args == [app.accounts.get("support")]
    assert app.tokens.credential_of(app.accounts.get("support")) == Secret("n3w pass")


def test_save_stays_and_masks_the_password(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(add(app))
    password = dialog.form.password
    password.change_button.click()
    password.edit.setText("another one")
    assert dialog.has_changes
    assert dialog.save_button is not None
    dialog.save_button.click()
    settle(qtbot, tasks)
    assert dialog.isVisible()
    assert password.masked
    assert not dialog.save_and_finish_button.isEnabled()
    assert app.tokens.credential_of(app.accounts.get("support")) == Secret("another one")


def test_the_mask_holds_neither_the_password_nor_its_length(app: Application, open_dialog: OpenDialog) -> None:
    masks = []
    for name, password in (("short", "pw"), ("long", "a much longer password")):
        account = app.accounts.add(dataclasses.replace(FILLED, name=name), Secret(password))
        dialog = open_dialog(account)
        assert dialog.form.password.typed is None
        assert password not in {edit.text() for edit in dialog.findChildren(QLineEdit)}
        masks.append(dialog.form.password.edit.text())
    assert masks[0] == masks[1]


def test_a_password_is_changed_or_kept_after_all(app: Application, open_dialog: OpenDialog) -> None:
    password = open_dialog(add(app)).form.password
    assert password.edit.isReadOnly()
    password.change_button.click()
    assert password.edit.echoMode() is QLineEdit.EchoMode.Password
    assert password.edit.text() == ""
    password.edit.setText("half")
    password.reveal_button.click()
    assert password.edit.echoMode() is QLineEdit.EchoMode.Normal
    password.keep_button.click()
    assert password.masked
    assert password.typed is None


def test_keyboards_on_the_screen_learn_no_password(open_dialog: OpenDialog) -> None:
    password = open_dialog(NEW).form.password
    hint = Qt.InputMethodHint
    private = hint.ImhSensitiveData | hint.ImhNoPredictiveText | hint.ImhNoAutoUppercase
    assert password.edit.inputMethodHints() == private | hint.ImhHiddenText
    password.reveal_button.click()
    assert password.edit.inputMethodHints() == private
    password.reveal_button.click()
    assert password.edit.inputMethodHints() == private | hint.ImhHiddenText


def test_a_password_that_was_revealed_is_hidden_when_another_is_typed(
    app: Application, open_dialog: OpenDialog
) -> None:
    password = open_dialog(add(app)).form.password
    password.change_button.click()
    password.reveal_button.click()
    password.keep_button.click()
    password.change_button.click()
    assert password.edit.echoMode() is QLineEdit.EchoMode.Password
    assert not password.reveal_button.isChecked()


def test_a_stored_account_without_a_password_offers_a_new_one(app: Application, open_dialog: OpenDialog) -> None:
    password = open_dialog(app.accounts.add(FILLED)).form.password
    assert not password.masked
    assert password.edit.text() == ""


def test_a_duplicate_comes_without_a_password(app: Application, open_dialog: OpenDialog) -> None:
    dialog = open_dialog(app.accounts.duplicate(add(app)))
    assert not dialog.form.password.masked
    assert dialog.save_button is None, "adding has one Save"


def test_where_passwords_are_kept_is_said(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(NEW)
    assert "key file" in dialog.fields["password"].editor.accessibleDescription()
    assert not dialog.form.password.setup_button.isVisible()


def test_a_second_account_on_a_mailbox_is_remarked_on(app: Application, open_dialog: OpenDialog) -> None:
    add(app)
    dialog = open_dialog(NEW)
    remark = dialog.form.same_mailbox
    assert remark.text == ""
    dialog.form.server.host.setText("Mail.Example.org")
    dialog.form.username.setText("support@example.org")
    assert remark.text == "support fetches this mailbox, too; nothing is imported twice."
    assert remark.isVisible()
    dialog.form.username.setText("other@example.org")
    assert remark.text == ""
    assert open_dialog(app.accounts.all()[0]).form.same_mailbox.text == "", "the account itself is no other"


def test_without_a_key_the_way_to_one_is_offered(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    key = app.places.logs.parent / "key"
    key.write_text("no key at all")
    key.chmod(0o600)
    dialog = open_dialog(NEW)
    password = dialog.form.password
    assert password.setup_button.isVisible()
    assert "not a key file" in password.no_key.text
    with qtbot.waitSignal(dialog.secrets_setup_wanted):
        password.setup_button.click()
    key.unlink()
    dialog.secrets_changed()
    settle(qtbot, tasks)
    assert not password.setup_button.isVisible()
    assert password.no_key.text == ""
    assert "key file" in password.editor.accessibleDescription()


def test_without_a_key_nothing_is_saved_and_the_notice_leads_to_one(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    key = app.places.logs.parent / "key"
    key.write_text("no key at all")
    key.chmod(0o600)
    dialog = open_dialog(FILLED)
    dialog.form.password.edit.setText("geheim")
    save(dialog, tasks, qtbot)
    [notice] = dialog.bar.notices
    assert notice.text.startswith("Nothing was saved. ")
    assert app.accounts.all() == []
    dialog.secrets_changed()
    assert dialog.bar.notices == []
    settle(qtbot, tasks)
    save(dialog, tasks, qtbot)
    [button] = [one for one in dialog.bar.notices[0].findChildren(QPushButton) if one.text() == "Set up the &key..."]
    with qtbot.waitSignal(dialog.secrets_setup_wanted):
        button.click()


def test_two_administrators_the_second_sees_both_versions(
    app: Application, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    stored = add(app)
    dialog = open_dialog(stored)
    app.accounts.change(dataclasses.replace(stored, comment="Theirs."))
    dialog.form.comment.setText("Mine.")
    save(dialog, tasks, qtbot)
    conflict = dialog.findChild(ConflictDialog)
    assert conflict is not None
    cells = [conflict.table.item(0, at) for at in range(3)]
    assert [cell.text() for cell in cells if cell is not None] == ["Comment", "Theirs.", "Mine."]
    conflict._keep()
    save(dialog, tasks, qtbot)
    assert app.accounts.get("support").comment == "Mine."


@pytest.mark.parametrize("change", ["record", "password"])
def test_unsaved_changes_are_asked_about(app: Application, open_dialog: OpenDialog, change: str) -> None:
    dialog = open_dialog(add(app))
    if change == "record":
        dialog.form.server.host.setText("other.example.org")
    else:
        dialog.form.password.change_button.click()
        dialog.form.password.edit.setText("new")
    dialog.reject()
    assert dialog.isVisible()
    assert dialog.findChild(QMessageBox) is not None


def test_closed_before_everything_is_read(app: Application, tasks: Tasks, qtbot: QtBot) -> None:
    dialog = AccountDialog(
        add(app),
        accounts=app.accounts,
        checking=app.checking,
        secrets=app.secrets,
        routing=app.routing,
        what_if=app.what_if,
        tasks=tasks,
        sign_ins=SignInServices(app.authorizing, app.profiles, app.tokens),
    )
    dialog.show()
    assert tasks.running
    dialog.reject()
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)


def test_nothing_is_asked_where_nothing_was_changed(app: Application, open_dialog: OpenDialog) -> None:
    dialog = open_dialog(add(app))
    dialog.form.password.change_button.click()
    dialog.reject()
    assert not dialog.isVisible()


def test_tab_goes_through_the_form_from_above_to_below(open_dialog: OpenDialog, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    form = dialog.form
    wanted: list[QWidget] = [
        form.server.name, form.server.type, form.server.host, form.server.port, form.folder.edit, form.folder.browse,
        form.sign_in.authentication.button(Authentication.PASSWORD),
        form.username, form.password.edit, form.password.reveal_button,
        form.handling.dispatching.button(Dispatching.ADDRESS), form.handling.trusted, form.handling.after_fetch,
        form.limits.fold, form.validity, form.comment, dialog.check_panel.check_button,
    ]  # fmt: skip
    visited = []
    for _ in wanted:
        focused = QApplication.focusWidget()
        assert focused is not None
        visited.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert visited == wanted
