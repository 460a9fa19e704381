"""The key to the passwords: set up without a keyring, remembered, and asked for again by the next start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.secrets import Secret
from mailadmin.gui.secrets_setup import SecretsDialog
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks

PASSPHRASE = "four words are enough"

Open = Callable[[], Application]


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens an installation on a computer without a keyring, as often as one likes."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda: stack.enter_context(open_application(Options(home=tmp_path / "home")))


@pytest.fixture
def show(tasks: Tasks, tmp_path: Path, qtbot: QtBot) -> Callable[[Application], SecretsDialog]:
    def shows(app: Application) -> SecretsDialog:
        dialog = SecretsDialog(app.secrets, tasks, tmp_path / "config" / "key")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitUntil(lambda: not tasks.running)
        return dialog

    return shows


def account(app: Application) -> IncomingAccount:
    return app.accounts.add(
        IncomingAccount(name="support", type=AccountType.IMAPS, host="mail.example.org", username="s"), Secret("pw")
    )


def test_a_key_file_is_made_in_its_own_folder_for_its_owner_alone(
    open_app: Open, show: Callable[[Application], SecretsDialog], tmp_path: Path, qtbot: QtBot
) -> None:
    app = open_app()
    dialog = show(app)
    told: list[str] = []
    dialog.key_file_chosen.connect(told.append)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    file = tmp_path / "config" / "key"
    assert told == [str(file)]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    account(app)
    assert app.tokens.credential_of(app.accounts.get("support")) == Secret("pw")


def test_a_passphrase_must_be_typed_twice_the_same_and_be_long_enough(
    open_app: Open, show: Callable[[Application], SecretsDialog], qtbot: QtBot
) -> None:
    dialog = show(open_app())
    dialog.by_passphrase.setChecked(True)
    qtbot.keyClicks(dialog.passphrase, "short")
    qtbot.keyClicks(dialog.repeated, "other")
    dialog.use.click()
    assert dialog.repeated.accessibleDescription() == "This is not the same passphrase."
    dialog.repeated.setText("short")
    dialog.use.click()
    qtbot.waitUntil(lambda: bool(dialog.bar.notices))
    assert "12" in dialog.bar.notices[0].text
    assert dialog.isVisible()


def test_the_next_start_asks_for_the_passphrase_and_opens_with_it(
    open_app: Open, show: Callable[[Application], SecretsDialog], tmp_path: Path, qtbot: QtBot
) -> None:
    first = open_app()
    first.secrets.use_passphrase(Secret(PASSPHRASE))
    account(first)
    second = open_app()
    session = Session(second, lambda: None, WindowSettings(tmp_path / "w.ini"), tmp_path)
    session.begin()

    def dialogs() -> list[SecretsDialog]:
        return [one for one in session.window.findChildren(SecretsDialog) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(dialogs()), timeout=20_000)
    (dialog,) = dialogs()
    qtbot.waitUntil(dialog.by_passphrase.isChecked)
    assert not dialog.repeated.isVisible()
    qtbot.keyClicks(dialog.passphrase, "not this one, sorry")
    qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.bar.notices), timeout=20_000)
    dialog.passphrase.setText(PASSPHRASE)
    with qtbot.waitSignal(session.dialogs.key_found, timeout=20_000):
        qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    assert second.tokens.credential_of(second.accounts.get("support")) == Secret("pw")
    with qtbot.waitSignal(session.closed, timeout=20_000):
        session.stop_and_close()


def test_while_a_key_is_tried_the_dialog_stays(
    open_app: Open, show: Callable[[Application], SecretsDialog], qtbot: QtBot
) -> None:
    dialog = show(open_app())
    with qtbot.waitSignal(dialog.accepted):
        dialog.use.click()
        assert not dialog.use.isEnabled()
        dialog.reject()
        assert dialog.isVisible()
    assert dialog.result() == QDialog.DialogCode.Accepted
