"""The dialog that adds or edits an incoming account (IN-2 to IN-4, IN-7, IN-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import KEY_CODES, Code, MailadminError
from mailadmin.domain.queues import Queue
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.message_bar import Kind, Notice
from mailadmin.gui.widgets.record_dialog import RecordDialog
from mailadmin.services.accounts import TABLE, AccountService
from mailadmin.services.check import CheckService
from mailadmin.services.routing import RoutingService
from mailadmin.services.secrets import SecretService

from .certificate import CertificateDialog
from .check_panel import CheckPanel
from .folder_browser import FolderBrowser
from .form import AccountForm
from .same_mailbox import SameMailbox


class AccountDialog(RecordDialog[IncomingAccount]):
    """Shows one incoming account with its password, checks it, and saves it.

    :param account: what is shown; one without an id is added
    :param password_of: gives the password that is stored for an account; called in a task
    """

    characters = 110

    secrets_setup_wanted = Signal()
    """No key for passwords is at hand; call :meth:`secrets_changed` when that was seen to."""

    def __init__(
        self,
        account: IncomingAccount,
        *,
        accounts: AccountService,
        checking: CheckService,
        secrets: SecretService,
        routing: RoutingService,
        tasks: Tasks,
        password_of: Callable[[IncomingAccount], Secret],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", account, TABLE, tasks, parent)
        self.setWindowTitle(self.tr("Edit mail account") if account.id is not None else self.tr("Add mail account"))
        self._accounts = accounts
        self._check_service = checking
        self._password_of = password_of
        self._has_password = account.id is not None  # until it is known
        self._new_password: Secret | None = None
        self._no_key: Notice | None = None
        self._missing: tuple[Fault, ...] = ()
        self.form = AccountForm(self.fields, secrets, tasks)
        self.set_contents(self.form)
        self.check_panel = CheckPanel(checking, tasks, self)
        self.column.insertWidget(self.column.count() - 1, self.check_panel)
        self._connect()
        self.begin()
        self._same_mailbox = SameMailbox(self.fields, self.form.same_mailbox, self.read_record, self)
        self._load(routing)

    def secrets_changed(self) -> None:
        """Where passwords are kept may be another now."""
        self.form.password.ask_where()
        if self._no_key is not None and self._no_key in self.bar.notices:
            self._no_key.dismiss()
        self._no_key = None

    # --- the record ---

    @override
    def show_record(self, record: IncomingAccount) -> None:
        self.form.show_account(record)
        self.form.password.set_stored(stored=self._has_password)

    @override
    def read_record(self) -> IncomingAccount:
        needed = self.adding and self.form.password.typed is None
        self._missing = (*([Fault("password", Problem.REQUIRED)] if needed else ()), *self.form.missing())
        return self.form.read_account(self.record)

    @override
    def faults_of(self, record: IncomingAccount) -> Sequence[Fault]:
        return [*self._accounts.faults(record), *self._missing]

    @override
    def save(self, record: IncomingAccount) -> IncomingAccount:
        if faults := self.faults_of(record):
            raise InvalidRecordError((TABLE, record.name, fault) for fault in faults)
        if record.id is None:
            return self._accounts.add(record, self._new_password)
        return self._accounts.change(record, self._new_password)

    @override
    def stored(self, record: IncomingAccount) -> IncomingAccount:
        return self._accounts.again(record)

    @override
    def has_more_changes(self) -> bool:
        return self.form.password.typed is not None

    @override
    def start_saving(self, *, finish: bool) -> None:
        self._new_password = self.form.password.typed
        super().start_saving(finish=finish)

    @override
    def _on_saved(self, record: IncomingAccount) -> None:
        self._has_password = self._has_password or self._new_password is not None
        self._new_password = None
        super()._on_saved(record)

    @override
    def show_failure(self, error: MailadminError) -> None:
        if error.code not in KEY_CODES:
            super().show_failure(error)
            return
        said = self.tr("Nothing was saved. {why}").format(why=errors.sentence(error))
        self._no_key = self.bar.show_notice(Kind.ERROR, said, details=errors.server_words(error))
        self._no_key.add_action(self.tr("Set up the &key..."), self.secrets_setup_wanted.emit)

    @override
    def _show_faults(self, faults: Sequence[Fault]) -> None:
        self.form.unfold_for(faults)
        super()._show_faults(faults)

    # --- beginning ---

    def _connect(self) -> None:
        self.form.folder_browsed.connect(self._browse)
        self.form.limits.browsed.connect(self._browse_ca_file)
        self.form.password.setup_wanted.connect(self.secrets_setup_wanted)
        self.check_panel.wanted.connect(self.check)
        self.check_panel.refused.connect(self._on_check_refused)
        self.check_panel.certificate_wanted.connect(self._show_certificate)
        for field in self.fields.values():
            field.edited.connect(self.check_panel.outdated)

    def _load(self, routing: RoutingService) -> None:
        """Read the queues, whether there is a password, and where passwords are kept."""
        self._queues: Loader[str, Sequence[Queue]] = Loader(self.tasks, "read queues", lambda _: routing.queues(), self)
        self._queues.loaded.connect(self._on_queues)
        self._queues.failed.connect(self._on_not_read)
        self._queues.load("all")
        self._same_mailbox.load(self._accounts, self.tasks).failed.connect(self._on_not_read)
        if self.adding:
            self.form.password.ask_where()
            return
        self._known: Loader[IncomingAccount, bool] = Loader(
            self.tasks, "is there a password", self._accounts.has_password, self
        )
        self._known.loaded.connect(self._on_password_known)
        self._known.failed.connect(self._on_not_read)
        self._known.load(self.record)

    def _on_queues(self, _: str, queues: Sequence[Queue]) -> None:
        self.form.offer_queues(queues)

    def _on_password_known(self, _: IncomingAccount, known: bool) -> None:
        self._has_password = known
        if not known and self.form.password.masked:
            self.form.password.set_stored(stored=False)
        self.form.password.ask_where()

    def _on_not_read(self, error: MailadminError) -> None:
        self.bar.show_notice(Kind.ERROR, errors.sentence(error), details=errors.server_words(error))

    # --- check ---

    def check(self) -> None:
        """Try the values shown."""
        record = self.read_record()
        password = self._password_source()
        faults = [*([Fault("password", Problem.REQUIRED)] if password is None else ()), *self.form.missing()]
        if password is None or faults:
            self._show_faults(faults)
            return
        self.fields.clear_faults()
        self.check_panel.start(record, password)
        wanted = self.height() + self.check_panel.sizeHint().height()
        self.resize(self.width(), min(wanted, round(self.screen().availableSize().height() * 0.9)))

    def _password_source(self) -> Callable[[], Secret] | None:
        typed = self.form.password.typed
        if typed is not None:
            return lambda: typed
        if self.adding:
            return None
        stored = self.record
        return lambda: self._password_of(stored)

    def _on_check_refused(self, error: InvalidRecordError) -> None:
        self._show_faults([fault for _, _, fault in error.faults])

    def _show_certificate(self, facts: Mapping[str, str], problem: Code | None) -> None:
        dialog = CertificateDialog(facts, problem, self)
        dialog.trusted.connect(self._on_trusted)
        dialog.open()

    def _on_trusted(self, fingerprint: str) -> None:
        self.form.limits.pin_certificate(fingerprint)
        self.check()

    # --- browsing ---

    def _browse(self, edit: QLineEdit) -> None:
        record = self.read_record()
        password = self._password_source()
        needed = {"host": record.host.strip(), "username": record.username.strip(), "password": password}
        if password is None or not all(needed.values()):
            self._show_faults([Fault(name, Problem.REQUIRED) for name, value in needed.items() if not value])
            return
        browser = FolderBrowser(
            lambda should_stop: self._check_service.folders(record, password, should_stop),
            edit.text().strip() or edit.placeholderText(),
            self.tasks,
            self,
        )
        browser.chosen.connect(edit.setText)
        browser.open()

    def _browse_ca_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Certificate authority file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Certificates") + " (*.pem *.crt *.cer *.ca-bundle)", self.tr("All files") + " (*)"]
        )
        dialog.fileSelected.connect(self.form.limits.ca_file.setText)
        dialog.open()

    # --- leaving ---

    @override
    def done(self, result: int) -> None:
        self.check_panel.stop()
        super().done(result)
