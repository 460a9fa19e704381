"""The page *Customers*: customer users and their companies, each on a tab (PM-7)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QTabBar, QWidget

from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.page_group import PageGroup
from mailadmin.services.customers import CustomerImport
from mailadmin.services.inbox import InboxService
from mailadmin.services.records import RecordService

from .companies_page import CompaniesPage
from .users_page import CustomerUsersPage

translate = QCoreApplication.translate


class CustomersPage(PageGroup):
    """Shows customer users or companies."""

    held_wanted = Signal()
    """Show the messages that are held because their senders are unknown."""

    def __init__(
        self,
        *,
        users: RecordService[CustomerUser],
        companies: RecordService[Company],
        importing: CustomerImport,
        inbox: InboxService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            translate("CustomersPage", "Customers"),
            translate("CustomersPage", "Who writes to the helpdesk: customer users, and the companies they belong to"),
            menu_title="",
            help_page="customers.md",
            parent=parent,
        )
        self.users = CustomerUsersPage(
            users=users, companies=companies, importing=importing, inbox=inbox, tasks=tasks, settings=settings
        )
        self._make_companies = partial(CompaniesPage, companies=companies, users=users, tasks=tasks, settings=settings)
        self._companies: CompaniesPage | None = None
        self.users.held_wanted.connect(self.held_wanted)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.title)
        self.tabs.addTab(self.users.title)
        self.tabs.addTab(translate("CompaniesPage", "Companies"))
        self.add_part(self.users)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.parts, 1)
        self.show_part(self.users)
        self.tabs.currentChanged.connect(self._on_tab)

    @property
    def companies(self) -> CompaniesPage:
        """The companies; the page is made when it is shown first."""
        if self._companies is None:
            self._companies = self._make_companies()
            self.add_part(self._companies)
        return self._companies

    def _on_tab(self, at: int) -> None:
        self.show_part(self.companies if at else self.users)
