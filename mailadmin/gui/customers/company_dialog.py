"""The dialog that adds or edits a customer company (PM-7)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.customers import Company
from mailadmin.gui.sentences import problems
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import validity_combo
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.lines_edit import LinesEdit
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.records import RecordService

_DOMAIN_LINES = 3


class CompanyDialog(ServiceDialog[Company]):
    """Shows one company.

    :param company: one without an id is added
    """

    def __init__(
        self, company: Company, *, service: RecordService[Company], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "", company, problems.COMPANY, service=service, tasks=tasks, name_field="customer_id", parent=parent
        )
        self.setWindowTitle(
            self.tr("Add company")
            if self.adding
            else self.tr("Edit company {name}").format(name=company.name or company.customer_id)
        )
        self._build()
        self.begin()

    @override
    def show_record(self, record: Company) -> None:
        self.customer_id.setText(record.customer_id)
        self.name.setText(record.name)
        self.domains.set_values(record.domains)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)

    @override
    def read_record(self) -> Company:
        return replace(
            self.record,
            customer_id=self.customer_id.text(),
            name=self.name.text(),
            domains=self.domains.values,
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    def _build(self) -> None:
        self.customer_id = QLineEdit(self.contents)
        self.name = QLineEdit(self.contents)
        self.domains = LinesEdit(_DOMAIN_LINES, self.contents)
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        form = form_in(self.contents)
        ident = self.tr("The number or short name that tickets of this company carry.")
        domains = self.tr(
            "One on each line, such as example.org. Mail from an address there is this company's, even without a "
            "customer user."
        )
        rows = (
            ("customer_id", self.tr("C&ustomer ID"), self.customer_id, ident, True),
            ("name", self.tr("&Name"), self.name, "", False),
            ("domains", self.tr("&Domains"), self.domains, domains, False),
            ("validity", self.tr("&Validity"), self.validity, "", True),
            ("comment", self.tr("&Comment"), self.comment, "", False),
        )
        for name, label, editor, hint, required in rows:
            add_row(form, label, self.fields.add(name, Field(editor, hint=hint)), required=required)
        add_legend(form)
        self.domains.left.connect(self.fields["domains"].left)
