"""The form of an incoming account: its rows, and how they follow each other (IN-2, IN-3, IN-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.queues import Queue
from mailadmin.domain.validation import Fault
from mailadmin.gui.sign_in import SignInServices
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import validity_combo
from mailadmin.gui.widgets.form import Field, FormFields, Remark, add_heading, add_legend, add_row, form_in
from mailadmin.gui.widgets.wrapped_contents import WrappedContents
from mailadmin.services.secrets import SecretService

from .handling_rows import HandlingRows
from .limits_rows import FOLDED, LimitsRows
from .password_field import PasswordField
from .server_rows import FolderRow, ServerRows
from .sign_in_rows import SignInRows


class AccountForm(WrappedContents):
    """Shows an account and reads it back. Rows come and go with type and choices; what is hidden is read as empty.

    :param fields: the fields are added to these, in the form's order
    """

    folder_browsed = Signal(object)
    """A folder is to be chosen for this line edit."""

    def __init__(self, fields: FormFields, secrets: SecretService, sign_ins: SignInServices, tasks: Tasks) -> None:
        super().__init__()
        self._rows = form_in(self)
        self.server = ServerRows(self._rows, fields, self)
        self.folder = FolderRow(self._rows, fields, self)
        self.sign_in = SignInRows(self._rows, fields, secrets, sign_ins, tasks, self)
        self.handling = HandlingRows(self._rows, fields, self)
        self.limits = LimitsRows(self._rows, fields, self)
        self._build_about(fields)
        self._sections = (self.server, self.folder, self.sign_in, self.handling, self.limits)
        add_legend(self._rows)
        self._account = IncomingAccount(name="", type=AccountType.IMAPS)
        self.server.changed.connect(self._follow)
        self.sign_in.changed.connect(self._follow)
        self.folder.browsed.connect(lambda: self.folder_browsed.emit(self.folder.edit))
        self.handling.browsed.connect(lambda: self.folder_browsed.emit(self.handling.move_to))

    @property
    def username(self) -> QLineEdit:
        """Whoever signs in."""
        return self.sign_in.username

    @property
    def password(self) -> PasswordField:
        """The password, where one signs in by that."""
        return self.sign_in.password

    @property
    def same_mailbox(self) -> Remark:
        """Where it is said that others fetch the same mailbox."""
        return self.sign_in.same_mailbox

    def show_account(self, account: IncomingAccount) -> None:
        """Put an account's values into the form."""
        self._account = account
        for section in self._sections:
            section.show_account(account)
        self.validity.choose(account.validity)
        self.comment.setText(account.comment)
        self._follow()

    def read_account(self, account: IncomingAccount) -> IncomingAccount:
        """The account with the form's values; what the form does not know stays as it is."""
        for section in self._sections:
            account = section.read_account(account)
        return replace(account, validity=self.validity.value, comment=self.comment.text().strip())

    def fill_in(self, account: IncomingAccount) -> None:
        """Put into the form what somebody else knows of server and sign-in; the rest stays as it is entered."""
        self.server.show_account(account)
        self.sign_in.show_account(account)
        self._follow()

    def missing(self) -> list[Fault]:
        """What was chosen and not said."""
        return self.limits.missing()

    def offer_queues(self, queues: Sequence[Queue]) -> None:
        """Offer these queues, as far as they are valid."""
        self.handling.offer_queues(queues)

    def unfold_for(self, faults: Sequence[Fault]) -> None:
        """Unfold what is folded if one of the faults is in there."""
        if any(fault.field in FOLDED for fault in faults):
            self.limits.unfold()

    # --- building ---

    def _build_about(self, fields: FormFields) -> None:
        add_heading(self._rows, self.tr("About this account"))
        self.validity = validity_combo(self)
        add_row(self._rows, self.tr("&Validity"), fields.add("validity", Field(self.validity)), required=True)
        self.comment = QLineEdit()
        field = Field(self.comment, hint=self.tr("A full sentence. It is shown in the overview."))
        add_row(self._rows, self.tr("C&omment"), fields.add("comment", field))

    def _follow(self) -> None:
        account = self.sign_in.read_account(self.server.read_account(self._account))
        self.folder.follow(account.type)
        self.sign_in.follow(account)
        self.handling.follow(account)
        self.limits.follow(account.type)
