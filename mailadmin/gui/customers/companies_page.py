"""The companies that customer users belong to (PM-7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.names import name_key
from mailadmin.gui.sentences import times
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.records import RecordService

from .company_dialog import CompanyDialog

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """A company, and how many customer users it has."""

    company: Company
    users: int


@dataclass(frozen=True, slots=True)
class _Everything:
    companies: Sequence[Company]
    users: Counter[str]


def _company_of(line: CompanyLine) -> Company:
    return line.company


def _columns() -> tuple[Column[CompanyLine], ...]:
    return (
        Column(
            key="customer_id",
            title=lambda: translate("CompaniesPage", "Customer ID"),
            text=lambda line: line.company.customer_id,
            tooltip=lambda line: line.company.customer_id,
            width=16,
            fixed=True,
        ),
        Column(
            key="name",
            title=lambda: translate("CompaniesPage", "Name"),
            text=lambda line: line.company.name,
            tooltip=lambda line: line.company.name,
            width=22,
        ),
        Column(
            key="domains",
            title=lambda: translate("CompaniesPage", "Domains"),
            text=lambda line: ", ".join(line.company.domains),
            tooltip=lambda line: "\n".join(line.company.domains),
            width=20,
        ),
        Column(
            key="users",
            title=lambda: translate("CompaniesPage", "Customer users"),
            text=lambda line: times.number(line.users),
            sort=lambda line: line.users,
            numeric=True,
            width=8,
        ),
        validity_column(_company_of),
        comment_column(_company_of),
        changed_column(_company_of),
        trash_column(),
    )


class CompaniesPage(ServicePage[CompanyLine]):
    """Lists companies and edits them."""

    def __init__(
        self,
        *,
        companies: RecordService[Company],
        users: RecordService[CustomerUser],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._users = users
        words = ListWords(
            title=translate("CompaniesPage", "Companies"),
            subtitle="",
            menu=translate("CompaniesPage", "&Company"),
            add=translate("CompaniesPage", "&Add company"),
            nothing_there=translate(
                "CompaniesPage",
                "No companies yet. A company joins customer users, and all mail from its domains.",
            ),
        )
        super().__init__(
            "companies",
            words,
            _columns(),
            service=companies,
            help_page="customers.md",
            tasks=tasks,
            settings=settings,
            parent=parent,
        )

    @override
    def read(self) -> _Everything:
        return _Everything(self.service.all(), Counter(name_key(user.company) for user in self._users.all()))

    @override
    def rows_of(self, answer: _Everything) -> Sequence[CompanyLine]:
        return [CompanyLine(one, answer.users[name_key(one.customer_id)]) for one in answer.companies]

    @override
    def record_of(self, row: CompanyLine) -> Company:
        return row.company

    @override
    def name_of(self, row: CompanyLine) -> str:
        return row.company.name or row.company.customer_id

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 company") if count == 1 else self.tr("%Ln companies", "", count)

    @override
    def dialog_for(self, row: CompanyLine | None, *, copy: bool = False) -> CompanyDialog:
        company = Company(customer_id="") if row is None else row.company
        if copy:  # no two companies have one domain
            company = copy_of(
                company, customer_id=self.tr("{name} (copy)").format(name=company.customer_id), domains=()
            )
        return CompanyDialog(company, service=self.service, tasks=self.tasks, parent=self)

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.tr("Delete company"),
            question=self.tr('Delete company "{name}"?'),
            gone=self.tr("It cannot be taken back. Tickets keep the customer ID that they have."),
            verb=self.tr("&Delete company"),
            used_hint=self.tr("Set to invalid, its domains count no more; its customer users stay."),
        )
