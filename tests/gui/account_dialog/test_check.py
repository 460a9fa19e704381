"""Check on the values shown, against a real server: line by line, stopped, failing, certificates."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.account_dialog import AccountDialog
from mailadmin.gui.account_dialog.certificate import CertificateDialog
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle, until_gone
from tests.gui.walking import clipped, outside
from tests.servers.dovecot import EXPIRED, OTHER_CA, PASSWORD, WRONG_NAME, Dovecot
from tests.servers.scripted import ScriptedServer

from .conftest import FILLED, NEW, OpenDialog


@pytest.fixture
def silent_server() -> Iterator[ScriptedServer]:
    """Accepts a connection and says nothing."""
    with ScriptedServer(lambda conversation: conversation.hang()) as server:
        yield server


def check(dialog: AccountDialog, tasks: Tasks, qtbot: QtBot, password: str = PASSWORD) -> None:
    if not dialog.form.password.masked:
        dialog.form.password.edit.setText(password)
    dialog.check_panel.check_button.click()
    settle(qtbot, tasks)


def text_of(dialog: AccountDialog, layer: Layer) -> str:
    return dialog.check_panel.lines[layer].text.text()


def test_a_check_fills_line_by_line(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot, app: Application
) -> None:
    dialog = open_dialog(on_dovecot)
    dialog.form.password.edit.setText(PASSWORD)
    panel = dialog.check_panel
    panel.check_button.click()
    assert panel.stop_button.isVisible()
    assert list(panel.lines)[:3] == [Layer.NAME, Layer.CONNECT, Layer.TLS]
    assert "looking up" in text_of(dialog, Layer.NAME)
    assert text_of(dialog, Layer.CONNECT) == ""
    qtbot.waitUntil(lambda: not panel.running)
    assert "All is well" in panel.verdict
    assert "holds" in text_of(dialog, Layer.FOLDER)
    assert all(line.text.text() for line in panel.lines.values())
    assert panel.check_button.isVisible()
    assert app.accounts.all() == [], "nothing is saved"


def test_the_stored_password_is_used_while_it_is_masked(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot, app: Application
) -> None:
    dialog = open_dialog(app.accounts.add(on_dovecot, Secret(PASSWORD)))
    check(dialog, tasks, qtbot)
    assert "All is well" in dialog.check_panel.verdict


def test_a_wrong_password_shows_the_servers_words_and_what_was_not_tried(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(on_dovecot)
    check(dialog, tasks, qtbot, "wrong password")
    line = dialog.check_panel.lines[Layer.SIGN_IN]
    assert "Authentication failed" in line.server.text()
    assert line.server.isVisible()
    assert on_dovecot.username in line.text.text()
    assert text_of(dialog, Layer.FOLDER) == "Not tried."
    assert "Sign-in" in dialog.check_panel.verdict


def test_the_values_shown_are_checked_not_those_that_are_stored(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot, app: Application
) -> None:
    stored = app.accounts.add(dataclasses.replace(on_dovecot, folder="Nowhere"), Secret(PASSWORD))
    dialog = open_dialog(stored)
    check(dialog, tasks, qtbot)
    assert "Nowhere" in text_of(dialog, Layer.FOLDER)
    dialog.form.folder.edit.setText("INBOX")
    assert "have changed" in dialog.check_panel.verdict
    check(dialog, tasks, qtbot)
    assert "All is well" in dialog.check_panel.verdict


def test_plain_pop3_warns_in_the_list_too(
    dovecot: Dovecot, on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    plain = dataclasses.replace(
        on_dovecot, type=AccountType.POP3, port=dovecot.port(AccountType.POP3), ca_file="", folder="INBOX"
    )
    dialog = open_dialog(plain)
    check(dialog, tasks, qtbot)
    assert "No encryption" in text_of(dialog, Layer.TLS)
    assert "mailbox holds" in text_of(dialog, Layer.FOLDER)


def test_stop_answers_at_once_and_ends_the_check(
    silent_server: ScriptedServer, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(dataclasses.replace(FILLED, host="127.0.0.1", port=silent_server.port, type=AccountType.IMAP))
    panel = dialog.check_panel
    dialog.form.password.edit.setText(PASSWORD)
    panel.check_button.click()
    qtbot.waitUntil(lambda: "Connected" in text_of(dialog, Layer.CONNECT))
    panel.stop_button.click()
    assert "Stopping" in panel.verdict
    qtbot.waitUntil(lambda: not panel.running)
    assert "Stopped" in panel.verdict
    assert text_of(dialog, Layer.SIGN_IN) == "Not tried."


def test_closing_the_dialog_stops_the_check(
    silent_server: ScriptedServer, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(dataclasses.replace(FILLED, host="127.0.0.1", port=silent_server.port, type=AccountType.IMAP))
    dialog.form.password.edit.setText(PASSWORD)
    dialog.check_panel.check_button.click()
    qtbot.waitUntil(lambda: "Connected" in text_of(dialog, Layer.CONNECT))
    QDialog.reject(dialog)
    until_gone(qtbot, dialog)
    settle(qtbot, tasks)


def test_a_password_that_cannot_be_read_is_said_once_and_no_layers_fault(
    on_dovecot: IncomingAccount,
    open_dialog: OpenDialog,
    tasks: Tasks,
    qtbot: QtBot,
    app: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = app.accounts.add(on_dovecot, Secret(PASSWORD))
    dialog = open_dialog(stored)

    def locked(account: IncomingAccount) -> Secret:
        raise UserFixableError(Code.KEYRING_LOCKED, {"detail": ""})

    monkeypatch.setattr(app.tokens, "credential_of", locked)
    check(dialog, tasks, qtbot)
    assert "keyring" in dialog.check_panel.verdict
    assert dialog.check_panel.lines == {}


def test_values_that_break_rules_are_not_tried(open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    check(dialog, tasks, qtbot)
    assert "Not tried" in dialog.check_panel.verdict
    assert dialog.fields["host"].fault


def test_a_new_account_without_a_password_is_asked_for_it(open_dialog: OpenDialog) -> None:
    dialog = open_dialog(FILLED)
    dialog.check_panel.check_button.click()
    assert not dialog.check_panel.running
    assert dialog.fields["password"].fault
    assert dialog.form.password.edit.hasFocus()


@pytest.mark.parametrize("host", [OTHER_CA, EXPIRED, WRONG_NAME])
def test_a_certificate_that_is_not_believed_is_shown_and_pinned(
    host: str, dovecot: Dovecot, on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(dataclasses.replace(on_dovecot, host=host))
    check(dialog, tasks, qtbot)
    button = dialog.check_panel.lines[Layer.TLS].certificate
    assert button.isVisible()
    button.click()
    shown = dialog.findChild(CertificateDialog)
    assert shown is not None
    shown.copy_button.click()
    digits = QGuiApplication.clipboard().text()
    assert len(digits.split(":")) == 32
    assert shown.close_button.isDefault()
    shown.trust_button.click()
    settle(qtbot, tasks)
    assert dialog.form.limits.pin.text() == digits
    assert dialog.fields["pinned_certificate"].isVisible()
    assert dialog.read_record().pinned_certificate == digits.replace(":", "").lower()
    assert dialog.read_record().ca_file == ""
    assert "All is well" in dialog.check_panel.verdict


def test_a_certificate_that_is_believed_is_shown_without_an_offer(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(on_dovecot)
    check(dialog, tasks, qtbot)
    dialog.check_panel.lines[Layer.TLS].certificate.click()
    shown = dialog.findChild(CertificateDialog)
    assert shown is not None
    assert not shown.trust_button.isVisible()


def test_a_certificate_with_many_names_is_shown_whole(open_dialog: OpenDialog, qtbot: QtBot) -> None:
    names = ", ".join(f"mail{number}.a-rather-long-domain.example.org" for number in range(40))
    facts = {"subject": "CN=mail", "issuer": "CN=CA", "names": names, "fingerprint": "ab" * 32}
    shown = CertificateDialog(facts, Code.TLS_UNKNOWN_CA, open_dialog(FILLED))
    shown.open()
    qtbot.waitExposed(shown)
    qtbot.waitUntil(lambda: clipped(shown) == [])
    assert outside(shown) == []
    assert any(label.text() == names for label in shown.findChildren(QLabel))


def test_the_list_is_never_wider_than_the_window(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(dataclasses.replace(on_dovecot, host=OTHER_CA))
    dialog.resize(dialog.minimumSizeHint().width(), 560)
    check(dialog, tasks, qtbot)
    assert "ingerprint" in text_of(dialog, Layer.TLS)
    qtbot.waitUntil(lambda: dialog.check_panel._area.horizontalScrollBar().maximum() == 0)


def test_the_list_leaves_form_and_buttons_on_a_small_window(
    on_dovecot: IncomingAccount, open_dialog: OpenDialog, tasks: Tasks, qtbot: QtBot
) -> None:
    dialog = open_dialog(on_dovecot)
    check(dialog, tasks, qtbot, "wrong password")
    dialog.resize(900, 560)
    qtbot.waitUntil(lambda: dialog.height() == 560)
    button = dialog.save_and_finish_button
    assert dialog.rect().contains(button.mapTo(dialog, button.rect().bottomRight()))
    assert dialog._area.height() > 150
    assert dialog.check_panel.lines[Layer.SIGN_IN].server.visibleRegion().isEmpty() is False
