"""The dialogs that several places lead to: about accounts, and about the key to their passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import MailadminError

from .account_dialog import AccountDialog
from .main_window import MainWindow
from .secrets_setup import SecretsDialog
from .sentences import errors
from .settings import WindowSettings
from .tasks import Tasks
from .widgets.message_bar import Kind, Notice


class Dialogs(QObject):
    """Opens the dialogs and remembers what was chosen in them.

    :param window: what they belong to
    :param keys: the folder where a key file is proposed
    :param settings: where the key file in use is remembered; None: nowhere
    """

    account_saved = Signal(object)
    """The IncomingAccount as it is stored now."""
    key_found = Signal()
    """The passwords can be used, which they could not before."""
    help_wanted = Signal(str)
    """F1 in one of them: the help page's file name."""

    def __init__(
        self,
        services: Application,
        tasks: Tasks,
        window: MainWindow,
        keys: Path,
        settings: WindowSettings | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = tasks
        self._window = window
        self._keys = keys
        self._key_notice: Notice | None = None
        self._settings = settings
        self._reading = False

    # --- accounts ---

    def add_account(self) -> AccountDialog:
        """The dialog for a new account."""
        return self.open_account(IncomingAccount(name="", type=AccountType.IMAPS))

    def edit_account(self, account: IncomingAccount) -> None:
        """Open the dialog for an account, as it is stored now: whoever asks may have read it long ago."""
        self._open_when_read("read account", account, lambda: self._services.accounts.again(account))

    def duplicate_account(self, account: IncomingAccount) -> None:
        """Make a copy of an account, and open the dialog for that."""
        self._open_when_read("copy account", account, lambda: self._services.accounts.duplicate(account))

    def check_account(self, account: IncomingAccount) -> None:
        """Open the dialog for an account and check it at once."""
        self._open_when_read(
            "read account", account, lambda: self._services.accounts.again(account), AccountDialog.check
        )

    def _open_when_read(
        self,
        name: str,
        account: IncomingAccount,
        read: Callable[[], IncomingAccount],
        then: Callable[[AccountDialog], object] = lambda dialog: None,
    ) -> None:
        if self._reading:  # pressed twice
            return
        self._reading = True
        task = self._tasks.task(name, lambda task: read())
        task.succeeded.connect(lambda stored: then(self._on_read(stored)))
        task.failed.connect(lambda error: self._on_not_read(error, account))
        self._tasks.start(task)

    def _on_read(self, account: IncomingAccount) -> AccountDialog:
        self._reading = False
        return self.open_account(account)

    def _on_not_read(self, error: MailadminError, account: IncomingAccount) -> None:
        self._reading = False
        self._window.page.show_error(error, account.name)

    def open_account(self, account: IncomingAccount) -> AccountDialog:
        """The dialog for an account as it is given, stored or not."""
        services = self._services
        dialog = AccountDialog(
            account,
            accounts=services.accounts,
            checking=services.checking,
            secrets=services.secrets,
            routing=services.routing,
            tasks=self._tasks,
            password_of=services.fetching.password_of,
            parent=self._window,
        )
        dialog.saved.connect(self.account_saved)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("accounts.md"))
        dialog.secrets_setup_wanted.connect(lambda: self.set_up_secrets().accepted.connect(dialog.secrets_changed))
        dialog.open()
        return dialog

    # --- the key to the passwords ---

    def look_for_key(self) -> None:
        """A key that is not at hand is asked for at the start, not when the first fetch fails of it."""
        task = self._tasks.task("find the key", lambda task: self._find_key())
        task.succeeded.connect(self._on_looked_for_key)
        task.failed.connect(self._on_no_key)
        self._tasks.start(task)

    def _find_key(self) -> bool:
        """Whether a passphrase would open what is locked; raises why the key cannot be had otherwise. In a task."""
        try:
            self._services.secrets.ready()
        except MailadminError:
            if self._services.secrets.has_passphrase():
                return True
            raise
        return False

    def _on_looked_for_key(self, passphrase_wanted: bool) -> None:
        if passphrase_wanted:
            self.set_up_secrets()

    def set_up_secrets(self) -> SecretsDialog:
        """The dialog about the key to the passwords."""
        database = hashlib.sha256(self._services.places.database.encode()).hexdigest()[:8]
        dialog = SecretsDialog(self._services.secrets, self._tasks, self._keys / f"key-{database}", self._window)
        dialog.key_file_chosen.connect(self._remember_key_file)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("secrets.md"))
        dialog.accepted.connect(self._on_key_found)
        dialog.open()
        return dialog

    def _on_no_key(self, error: MailadminError) -> None:
        self._key_notice = self._window.bar.show_notice(
            Kind.WARNING, errors.sentence(error), details=errors.server_words(error)
        )
        self._key_notice.add_action(self.tr("Set up the &key..."), self.set_up_secrets)

    def _on_key_found(self) -> None:
        if self._key_notice is not None and self._key_notice in self._window.bar.notices:
            self._key_notice.dismiss()
        self._key_notice = None
        self._window.say(self.tr("The passwords can be used now."))
        self.key_found.emit()

    def _remember_key_file(self, path: str) -> None:
        if self._settings is None:
            return
        if path:
            self._settings.set_text("key_file", path)
        else:
            self._settings.forget("key_file")
