"""What the dialog tries on the values shown: the check with its certificates, and the server's folders (IN-2, IN-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLineEdit, QWidget

from mailadmin.domain.accounts import Authentication, Family, IncomingAccount
from mailadmin.domain.errors import Code
from mailadmin.domain.secrets import Secret
from mailadmin.domain.validation import Fault, InvalidRecordError, Problem
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.form import FormFields
from mailadmin.services.check import CheckService

from .certificate import CertificateDialog
from .check_panel import CheckPanel
from .folder_browser import FolderBrowser
from .form import AccountForm


class Trying(QObject):
    """Tries what is shown, saved or not.

    :param read_account: the account as the form says
    :param credential: gives what it signs in with, for a task; None: there is nothing yet
    :param show_faults: says what is wrong, in the form
    """

    def __init__(
        self,
        form: AccountForm,
        fields: FormFields,
        panel: CheckPanel,
        checking: CheckService,
        tasks: Tasks,
        *,
        read_account: Callable[[], IncomingAccount],
        credential: Callable[[], Callable[[], Secret] | None],
        show_faults: Callable[[Sequence[Fault]], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._form = form
        self._fields = fields
        self._panel = panel
        self._checking = checking
        self._tasks = tasks
        self._read_account = read_account
        self._credential = credential
        self._show_faults = show_faults
        form.folder_browsed.connect(self.browse)
        panel.wanted.connect(self.check)
        panel.refused.connect(self._on_refused)
        panel.certificate_wanted.connect(self._show_certificate)
        for field in fields.values():
            field.edited.connect(panel.outdated)

    def check(self) -> None:
        """Try the values shown."""
        record = self._read_account()
        credential = self._credential()
        faults = [*self._lacking(record, credential), *self._form.missing()]
        if credential is None or faults:
            self._show_faults(faults)
            return
        self._fields.clear_faults()
        self._panel.start(record, credential)
        window = self._window
        wanted = window.height() + self._panel.sizeHint().height()
        window.resize(window.width(), min(wanted, round(window.screen().availableSize().height() * 0.9)))

    def browse(self, edit: QLineEdit) -> None:
        """Choose a folder of the server for this line."""
        record = self._read_account()
        credential = self._credential()
        needed = {"username": record.username.strip()}
        if record.type.family is not Family.GRAPH:
            needed["host"] = record.host.strip()
        empty = [Fault(name, Problem.REQUIRED) for name, value in needed.items() if not value]
        faults = [*empty, *self._lacking(record, credential)]
        if credential is None or faults:
            self._show_faults(faults)
            return
        browser = FolderBrowser(
            lambda should_stop: self._checking.folders(record, credential, should_stop),
            edit.text().strip() or edit.placeholderText(),
            self._tasks,
            self._window,
        )
        browser.chosen.connect(edit.setText)
        browser.open()

    @staticmethod
    def _lacking(record: IncomingAccount, credential: object) -> list[Fault]:
        if credential is not None:
            return []
        by_oauth = record.authentication is Authentication.OAUTH2
        return [Fault("authorization" if by_oauth else "password", Problem.REQUIRED)]

    def _on_refused(self, error: InvalidRecordError) -> None:
        self._show_faults([fault for _, _, fault in error.faults])

    def _show_certificate(self, facts: Mapping[str, str], problem: Code | None) -> None:
        dialog = CertificateDialog(facts, problem, self._window)
        dialog.trusted.connect(self._on_trusted)
        dialog.open()

    def _on_trusted(self, fingerprint: str) -> None:
        self._form.limits.pin_certificate(fingerprint)
        self.check()
