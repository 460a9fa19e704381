"""The ways from one page to another: to the messages behind a number, to a ticket, a profile, the filters."""

from __future__ import annotations

from PySide6.QtCore import QObject

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.messages import INBOX_STATES, InboxMessage, InboxQuery, InboxState
from mailadmin.services.inbox import InboxService

from .communication_log import CommunicationLogPage
from .filters import FiltersPage
from .inbox import ArchivePage, InboxPage
from .main_window import MainWindow
from .oauth_profiles import ProfilesPage
from .tasks import Tasks
from .tickets import TicketsPage


class Ways(QObject):
    """Shows on one page what another page, or the panel, speaks of."""

    def __init__(
        self,
        window: MainWindow,
        inbox: InboxPage,
        archive: ArchivePage,
        tickets: TicketsPage,
        profiles: ProfilesPage,
        filters: FiltersPage,
        log: CommunicationLogPage,
        *,
        service: InboxService,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._inbox = inbox
        self._archive = archive
        self._tickets = tickets
        self._profiles = profiles
        self._filters = filters
        self._log = log
        self._service = service
        self._tasks = tasks

    def show_messages(self, query: InboxQuery, title: str = "") -> None:
        """The messages behind a number: in the inbox when they wait there, else in the archive."""
        waiting = {state.value for state in INBOX_STATES}
        page = self._inbox if query.outcomes and query.outcomes <= waiting else self._archive
        self._window.go_to(page)
        page.show_query(query, title)

    def show_mail_of(self, account: IncomingAccount) -> None:
        """What was fetched from an account."""
        self.show_messages(InboxQuery(account=account.name), self.tr("mail of {account}").format(account=account.name))

    def show_held(self) -> None:
        """The messages that are held because their senders are unknown."""
        self.show_state(InboxState.HELD)

    def show_state(self, state: InboxState) -> None:
        """The messages that wait in one state of the inbox."""
        self._window.go_to(self._inbox)
        self._inbox.show_state(state)

    def show_rules_of(self, account: IncomingAccount) -> None:
        """The filters for the mail of an account."""
        self._window.go_to(self._filters)
        self._filters.show_for(account.name)

    def show_log_of(self, account: IncomingAccount) -> None:
        """What the communication log says of an account."""
        self._window.go_to(self._log)
        self._log.show_account(account.name)

    def show_ticket(self, number: str) -> None:
        """The ticket of that number."""
        self._window.go_to(self._tickets)
        self._tickets.show_ticket(number)

    def show_message(self, inbox_id: int) -> None:
        """The message that a ticket's article was made of, or that the log speaks of, wherever it is."""
        task = self._tasks.task("read message", lambda task: self._service.get(inbox_id))
        task.succeeded.connect(self._on_message)
        task.failed.connect(self._window.page.show_error)
        self._tasks.start(task)

    def edit_profile(self, name: str) -> None:
        """The OAuth2 profile of that name, in its dialog."""
        self._window.go_to(self._profiles)
        self._profiles.edit_named(name)

    def _on_message(self, message: InboxMessage) -> None:
        page = self._inbox if message.state in INBOX_STATES else self._archive
        self._window.go_to(page)
        page.show_message(message)
