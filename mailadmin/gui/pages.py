"""The pages of the window, built on the services, and their places in the navigation."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from mailadmin.bootstrap import Application
from mailadmin.services.snapshot import routing_snapshot

from .auto_responses import AutoResponsesPage
from .communication_log import CommunicationLogPage
from .configuration import ConfigurationPage
from .customers import CustomersPage
from .filters import FilterServices, FiltersPage
from .inbox import ArchivePage, InboxPage
from .incoming import IncomingPage, OAuthAccountsPage
from .main_window import MainWindow
from .navigation import Place
from .oauth_profiles import ProfilesPage
from .outbox import OutboxPage
from .routing.addresses_page import AddressesPage
from .routing.queues_page import QueuesPage
from .settings import WindowSettings
from .tasks import Tasks
from .tickets import TicketsPage
from .welcome.page import WelcomePage


class Pages(QObject):
    """Every page, by what it shows.

    :param window: the parent of the pages
    :param database: what the database is called on the welcome page
    :param scheduled: whether accounts are fetched by schedule here
    """

    def __init__(
        self,
        services: Application,
        window: MainWindow,
        settings: WindowSettings,
        tasks: Tasks,
        *,
        database: str,
        scheduled: bool,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        common: dict[str, Any] = {"tasks": tasks, "settings": settings, "parent": window}
        mail = {"inbox": services.inbox, "tickets": services.tickets, "routing": services.routing, **common}
        accounts = {"accounts": services.accounts, "schedule": services.schedule, "scheduled": scheduled, **common}
        self.incoming = IncomingPage(**accounts)
        self.oauth_accounts = OAuthAccountsPage(tokens=services.tokens, **accounts)
        self.profiles = ProfilesPage(profiles=services.profiles, secrets=services.secrets, **common)
        self.addresses = AddressesPage(routing=services.routing, what_if=services.what_if, **common)
        self.filters = FiltersPage(
            services=FilterServices(
                services.filters, services.accounts, services.routing, services.lists, services.what_if
            ),
            **common,
        )
        self.queues = QueuesPage(routing=services.routing, tickets=services.tickets, **common)
        self.inbox = InboxPage(accounts=services.accounts, **mail)
        self.archive = ArchivePage(accounts=services.accounts, **mail)
        self.tickets = TicketsPage(outbox=services.outbox, lists=services.lists, **mail)
        self._build_rules(services, common)
        self.welcome = WelcomePage(services.secrets, database, tasks, window)

    def _build_rules(self, services: Application, common: dict[str, Any]) -> None:
        """What PostMaster decides by, and what it leaves behind."""
        self.customers = CustomersPage(
            users=services.customer_users,
            companies=services.companies,
            importing=services.customer_import,
            inbox=services.inbox,
            **common,
        )
        self.auto_responses = AutoResponsesPage(
            responses=services.auto_responses,
            routing=services.routing,
            snapshot=partial(routing_snapshot, services.storage),
            **common,
        )
        self.outbox = OutboxPage(outbox=services.outbox, **common)
        self.log = CommunicationLogPage(log=services.communication, **common)
        self.configuration = ConfigurationPage(
            service=services.settings,
            lists=services.lists,
            external_numbers=services.external_numbers,
            **common,
        )

    def places(self) -> tuple[Place, ...]:
        """The pages in the order of the navigation, under their headings."""
        mailboxes, mail, routing = self.tr("MAILBOXES"), self.tr("MAIL"), self.tr("ROUTING")
        system = self.tr("SYSTEM")
        return (
            Place("incoming", mailboxes, "email-arrow-left-outline", self.incoming),
            Place("oauth-accounts", mailboxes, "account-key-outline", self.oauth_accounts),
            Place("profiles", mailboxes, "card-account-details-outline", self.profiles),
            Place("inbox", mail, "inbox-outline", self.inbox),
            Place("tickets", mail, "ticket-outline", self.tickets),
            Place("archive", mail, "archive-outline", self.archive),
            Place("outbox", mail, "email-fast-outline", self.outbox),
            Place("queues", routing, "tray-full", self.queues),
            Place("addresses", routing, "at", self.addresses),
            Place("filters", routing, "filter-outline", self.filters),
            Place("customers", routing, "account-group-outline", self.customers),
            Place("auto-responses", routing, "message-reply-text-outline", self.auto_responses),
            Place("log", system, "text-box-search-outline", self.log),
            Place("configuration", system, "cog-outline", self.configuration),
        )
