"""One opened database with its window: pages, dialogs and fetching brought together, and an orderly end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QLabel, QMessageBox

from mailadmin import __version__
from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxQuery
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.services.fetch import FetchOptions

from .account_dialog import AccountDialog
from .fetch import FetchDesk, FetchPanel, Scheduler, ScheduleStatus
from .help import HelpWindow
from .icons import icon
from .inbox import ArchivePage, InboxPage
from .incoming import IncomingPage
from .main_window import MainWindow
from .navigation import Place
from .routing import AddressesPage, QueuesPage
from .secrets_setup import SecretsDialog
from .sentences import errors
from .settings import WindowSettings
from .tasks import Tasks
from .tickets import TicketsPage
from .welcome.page import WelcomePage
from .widgets.message_bar import Kind

PATIENCE_MILLISECONDS: Final = 20_000
"""How long closing waits for what runs to end in good order; then it closes, and what was not committed comes again."""


class Session(QObject):
    """Builds the pages on the services, and carries what one wants of another.

    :param close_services: closes the application when nothing runs any more
    :param data: the user's folder for data, where a key file is proposed
    :param demo: this is the demo's throw-away database
    """

    ended = Signal(object)
    """This session; its window is closed and its services are."""
    demo_wanted = Signal()

    def __init__(
        self,
        application: Application,
        close_services: Callable[[], None],
        settings: WindowSettings,
        data: Path,
        *,
        demo: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.demo = demo
        self.tasks = Tasks(self)
        self._services = application
        self._close_services = close_services
        self._settings = settings
        self._data = data
        self._ending = False
        self._build_fetching()
        self._build_pages()
        self._build_window()
        self._connect()

    def begin(self) -> None:
        """Show the window, and begin to fetch by schedule."""
        self.window.show()
        self._look_for_accounts()
        self.refresh_counts()
        if not self.demo:
            self.scheduler.start()

    def stop_and_close(self) -> None:
        """Bring everything to an orderly end and close the window, without asking."""
        if self._ending:
            return
        self._ending = True
        self.window.setEnabled(False)
        self.desk.stop_all()
        self.scheduler.stop()
        self.tasks.stop_all()
        self.tasks.changed.connect(self._end_when_idle)
        QTimer.singleShot(PATIENCE_MILLISECONDS, self, self._end)
        self._end_when_idle()
