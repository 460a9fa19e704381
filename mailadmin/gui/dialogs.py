"""The dialogs that several places lead to: about accounts, and about the key to their passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount
from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.domain.names import name_key
from mailadmin.domain.oauth import OAuthProfile, Provider

from .account_dialog import AccountDialog
from .customers import CustomerUserDialog
from .life import LifeDialog, LifeReader
from .main_window import MainWindow
from .oauth_profiles import ProfileDialog
from .secrets_setup import SecretsDialog
from .sentences import errors
from .settings import WindowSettings
from .sign_in import SignInDialog, SignInServices
from .tasks import Loader, Tasks
from .widgets.message_bar import Kind, Notice
from .widgets.secret_record_dialog import SecretRecordDialog

R = TypeVar("R")


class Dialogs(QObject):
    """Opens the dialogs and remembers what was chosen in them.

    :param window: what they belong to
    :param keys: the folder where a key file is proposed
    :param settings: where the key file in use is remembered; None: nowhere
    """

    account_saved = Signal(object)
    """The IncomingAccount as it is stored now."""
    profile_saved = Signal(object)
    """The OAuthProfile as it is stored now."""
    signed_in = Signal(object, bool)
    """Somebody has signed in for this IncomingAccount; whether its mail is to be fetched now."""
    customer_saved = Signal(int)
    """A sender was made known; how many held messages were released by that."""
    ticket_wanted = Signal(str)
    """A dialog leads to the ticket of this number."""
    message_wanted = Signal(int)
    """A dialog leads to the entry of inbox or archive with this id."""
    state_wanted = Signal(object)
    """A dialog leads to the messages in this InboxState."""
    accounts_wanted = Signal()
    """A dialog leads to the accounts."""
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
        self._sign_ins = SignInServices(services.authorizing, services.profiles, services.tokens)

    # --- accounts ---

    def add_account(self) -> AccountDialog:
        """The dialog for a new account."""
        return self.open_account(IncomingAccount(name="", type=AccountType.IMAPS))

    def add_oauth_account(self) -> AccountDialog:
        """The dialog for a new account that signs in by OAuth2."""
        return self.open_account(IncomingAccount(name="", type=AccountType.IMAPS, authentication=Authentication.OAUTH2))

    def edit_account(self, account: IncomingAccount) -> None:
        """Open the dialog for an account, as it is stored now: whoever asks may have read it long ago."""
        self._open_when_read("read account", account.name, self._again(account), self.open_account)

    def duplicate_account(self, account: IncomingAccount) -> None:
        """Make a copy of an account, and open the dialog for that."""
        copy = self._services.accounts.duplicate
        self._open_when_read("copy account", account.name, lambda: copy(account), self.open_account)

    def check_account(self, account: IncomingAccount) -> None:
        """Open the dialog for an account and check it at once."""
        self._open_when_read(
            "read account", account.name, self._again(account), lambda stored: self.open_account(stored).check()
        )

    def _again(self, account: IncomingAccount) -> Callable[[], IncomingAccount]:
        return lambda: self._services.accounts.again(account)

    def _open_when_read(
        self, name: str, subject: str, read: Callable[[], R], open_dialog: Callable[[R], object]
    ) -> None:
        """Read something in a task, and open the dialog for it.

        :param subject: whose name it is that an error is about
        """
        if self._reading:  # pressed twice
            return
        self._reading = True
        task = self._tasks.task(name, lambda task: read())
        task.succeeded.connect(lambda stored: self._on_read(stored, open_dialog))
        task.failed.connect(lambda error: self._on_not_read(error, subject))
        self._tasks.start(task)

    def _on_read(self, stored: R, open_dialog: Callable[[R], object]) -> None:
        self._reading = False
        open_dialog(stored)

    def _on_not_read(self, error: MailadminError, subject: str) -> None:
        self._reading = False
        self._window.page.show_error(error, subject)

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
            sign_ins=self._sign_ins,
            what_if=services.what_if,
            parent=self._window,
        )
        dialog.saved.connect(self.account_saved)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("accounts.md"))
        dialog.secrets_setup_wanted.connect(lambda: self.set_up_secrets_for(dialog))
        # Owned by the dialog: when that is closed meanwhile, nobody waits for the profile any more.
        profiles: Loader[str, OAuthProfile] = Loader(self._tasks, "read profile", self._profile_called, dialog)
        profiles.loaded.connect(lambda _, profile: self._edit_profile_of(dialog, profile))
        profiles.failed.connect(dialog.show_failure)
        dialog.profile_wanted.connect(profiles.load)
        dialog.open()
        return dialog

    # --- the life of a mail ---

    def find_mail(self) -> LifeDialog:
        """The dialog that tells the life of a mail by its Message-ID."""
        services = self._services
        dialog = LifeDialog(LifeReader(services.life, services.accounts), self._tasks, self._window)
        dialog.ticket_wanted.connect(self.ticket_wanted)
        dialog.message_wanted.connect(self.message_wanted)
        dialog.state_wanted.connect(self.state_wanted)
        dialog.accounts_wanted.connect(self.accounts_wanted)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("inbox.md"))
        dialog.open()
        return dialog

    def tell_life(self, inbox_id: int) -> None:
        """Open it for the mail that this message is a copy of."""
        self.find_mail().look_around(inbox_id)

    # --- customers ---

    def make_known(self, message: InboxMessage) -> None:
        """Open the dialog that makes the sender of a held message a customer user."""
        self._open_when_read("read customers", "", lambda: self._customer_of(message), self._open_customer)

    def _customer_of(self, message: InboxMessage) -> tuple[CustomerUser, list[Company]]:
        """Who has the sender's address, though not valid; else a new one of the company that has its domain."""
        companies = self._services.companies.all()
        name, address = parseaddr(message.sender)
        key, domain = name_key(address), name_key(address.rpartition("@")[2])
        for user in self._services.customer_users.all():
            if key in map(name_key, user.addresses):
                return user, companies
        company = next((one.customer_id for one in companies if domain in map(name_key, one.domains)), "")
        return CustomerUser(login=address, name=name, addresses=(address,), company=company), companies

    def _open_customer(self, read: tuple[CustomerUser, list[Company]]) -> None:
        services = self._services
        user, companies = read
        dialog = CustomerUserDialog(
            user,
            companies,
            service=services.customer_users,
            held=lambda: services.inbox.counts()[InboxState.HELD],
            tasks=self._tasks,
            parent=self._window,
        )
        dialog.saved.connect(lambda _: self.customer_saved.emit(dialog.released_count))
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("customers.md"))
        dialog.open()

    # --- signing in by OAuth2 ---

    def sign_in_again(self, account: IncomingAccount) -> None:
        """Open the dialog in which somebody signs in for an account, as it is stored now."""
        self._open_when_read("read account", account.name, self._again(account), self.open_sign_in)

    def open_sign_in(self, account: IncomingAccount) -> SignInDialog:
        """The dialog in which somebody signs in for a stored account."""
        change = self._services.accounts.change
        dialog = SignInDialog(
            account,
            self._sign_ins,
            self._tasks,
            lambda changed, authorization: change(changed, None, authorization),
            self._window,
        )
        dialog.kept.connect(self.signed_in)
        dialog.secrets_setup_wanted.connect(lambda: self.set_up_secrets_for(dialog))
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("oauth2.md"))
        dialog.open()
        return dialog

    def _edit_profile_of(self, dialog: AccountDialog, profile: OAuthProfile) -> None:
        """Open the dialog of a profile over an account's; the profile is chosen there when it was saved."""
        if dialog.isVisible():
            self.open_profile(profile, dialog).saved.connect(lambda stored: dialog.profiles_changed(stored.name))

    def _profile_called(self, name: str) -> OAuthProfile:
        """The profile of that name as it is stored now; without a name, a new one. In a task."""
        return self._services.profiles.get(name) if name else OAuthProfile(name="", provider=Provider.MICROSOFT)

    def open_profile(self, profile: OAuthProfile, parent: QWidget) -> ProfileDialog:
        """The dialog for a profile as it is given, stored or not."""
        services = self._services
        dialog = ProfileDialog(
            profile, profiles=services.profiles, secrets=services.secrets, tasks=self._tasks, parent=parent
        )
        dialog.saved.connect(self.profile_saved)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit("oauth2.md"))
        dialog.secrets_setup_wanted.connect(lambda: self.set_up_secrets_for(dialog))
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

    def set_up_secrets_for(self, dialog: SecretRecordDialog[Any] | SignInDialog) -> None:
        """The same for a dialog that could not save a secret."""
        self.set_up_secrets().accepted.connect(dialog.secrets_changed)

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
