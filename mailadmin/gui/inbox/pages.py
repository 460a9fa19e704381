"""The two pages of messages: what waits for somebody, and what is settled."""

from __future__ import annotations

from typing import Final, TypedDict

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import Unpack

from mailadmin.domain.messages import ARCHIVE_STATES, INBOX_STATES, InboxState
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.services.accounts import AccountService
from mailadmin.services.inbox import InboxService
from mailadmin.services.routing import RoutingService
from mailadmin.services.tickets import TicketService

from .page import MessagesPage, PageWords

translate = QCoreApplication.translate
_ORDER: Final = (
    InboxState.QUARANTINED,
    InboxState.HELD,
    InboxState.TOO_BIG,
    InboxState.STORED,
    InboxState.PROCESSED,
    InboxState.IGNORED,
    InboxState.DUPLICATE,
    InboxState.DISCARDED,
)


class Needs(TypedDict):
    """What a page of messages is built on."""

    inbox: InboxService
    tickets: TicketService
    accounts: AccountService
    routing: RoutingService
    tasks: Tasks
    settings: WindowSettings


class InboxPage(MessagesPage):
    """What waits for somebody, or for its turn."""

    def __init__(self, *, parent: QWidget | None = None, **needs: Unpack[Needs]) -> None:
        words = PageWords(
            "inbox",
            translate("Inbox", "Inbox"),
            translate("Inbox", "Messages that were fetched and wait: quarantined, held, too big, or not processed yet"),
            translate(
                "Inbox",
                "Nothing waits for you. Everything that was fetched is in tickets or in the archive.",
            ),
        )
        super().__init__(words, [state for state in _ORDER if state in INBOX_STATES], **needs, parent=parent)
        for action in (self.verbs.discard, self.verbs.create):
            self.add_button(action)
        self.add_button(self.verbs.retry, primary=True)


class ArchivePage(MessagesPage):
    """What is settled."""

    def __init__(self, *, parent: QWidget | None = None, **needs: Unpack[Needs]) -> None:
        words = PageWords(
            "archive",
            translate("Inbox", "Archive"),
            translate("Inbox", "Messages that are settled: in tickets, ignored, duplicates, discarded"),
            translate("Inbox", "Nothing has been settled yet. What is fetched comes here when it is in a ticket."),
        )
        super().__init__(words, [state for state in _ORDER if state in ARCHIVE_STATES], **needs, parent=parent)
        self.add_button(self.verbs.save)
        self.add_button(self.verbs.open_ticket, primary=True)
