"""The dialog that adds or edits a customer user (PM-7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.names import name_key
from mailadmin.gui.sentences import problems
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import validity_combo
from mailadmin.gui.widgets.completing_edit import CompletingEdit
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.lines_edit import LinesEdit
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.records import RecordService

_ADDRESS_LINES = 3


class CustomerUserDialog(ServiceDialog[CustomerUser]):
    """Shows one customer user.

    :param user: one without an id is added
    :param companies: those to choose from
    :param held: counts the messages that are held until their senders are known
    """

    def __init__(
        self,
        user: CustomerUser,
        companies: Sequence[Company],
        *,
        service: RecordService[CustomerUser],
        held: Callable[[], int],
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", user, problems.CUSTOMER, service=service, tasks=tasks, name_field="login", parent=parent)
        self.setWindowTitle(
            self.tr("Add customer user")
            if self.adding
            else self.tr("Edit customer user {login}").format(login=user.login)
        )
        self._held = held
        self.released_count = 0
        """How many held messages became tickets when it was saved last."""
        self._companies = {name_key(company.customer_id): company for company in companies}
        self._build()
        self.begin()

    @override
    def show_record(self, record: CustomerUser) -> None:
        self.login.setText(record.login)
        self.name.setText(record.name)
        self.addresses.set_values(record.addresses)
        self.company.setText(record.company)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._explain()

    @override
    def read_record(self) -> CustomerUser:
        return replace(
            self.record,
            login=self.login.text(),
            name=self.name.text(),
            addresses=self.addresses.values,
            company=self.company.text().strip(),
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    @override
    def save(self, record: CustomerUser) -> CustomerUser:
        before = self._held()
        saved = super().save(record)
        self.released_count = max(0, before - self._held())
        return saved

    # --- building ---

    def _build(self) -> None:
        self.login = QLineEdit(self.contents)
        self.name = QLineEdit(self.contents)
        self.addresses = LinesEdit(_ADDRESS_LINES, self.contents)
        self.company = CompletingEdit(self.contents)
        self.company.offer((one.customer_id, one.name) for one in self._companies.values())
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        form = form_in(self.contents)
        login = self.tr("What the customer user is called in tickets. It stays the same when addresses change.")
        addresses = self.tr("One on each line. Mail from any of them is this customer user's.")
        rows = (
            ("login", self.tr("&Login"), self.login, login, True),
            ("name", self.tr("&Name"), self.name, "", False),
            ("addresses", self.tr("&E-mail addresses"), self.addresses, addresses, False),
            ("company", self.tr("Com&pany"), self.company, "", False),
            ("validity", self.tr("&Validity"), self.validity, "", True),
            ("comment", self.tr("&Comment"), self.comment, "", False),
        )
        for name, label, editor, hint, required in rows:
            add_row(form, label, self.fields.add(name, Field(editor, hint=hint)), required=required)
        add_legend(form)
        self.addresses.left.connect(self.fields["addresses"].left)
        self.company.textChanged.connect(self._explain)

    def _explain(self) -> None:
        typed = self.company.text().strip()
        company = self._companies.get(name_key(typed))
        if company is not None:
            hint = company.name
        elif typed:
            hint = self.tr("There is no company with this customer ID.")
        else:
            hint = self.tr("The customer ID of a company. Begin to type, and those that fit are offered.")
        self.fields["company"].set_hint(hint)
