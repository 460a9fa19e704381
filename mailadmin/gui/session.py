"""One opened database with its window: pages, dialogs and fetching brought together, and an orderly end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QLabel

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Authentication, IncomingAccount, Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.services.fetch import FetchOptions

from .attention import Attention
from .dialogs import Dialogs
from .fetch.desk import FetchDesk
from .fetch.news import FetchNews
from .fetch.panel import FetchPanel
from .fetch.schedule_status import ScheduleStatus
from .fetch.scheduler import Scheduler
from .help import HelpWindow, show_about
from .icons import icon
from .incoming import IncomingPage
from .main_window import MainWindow
from .pages import Pages
from .sentences import errors
from .settings import WindowSettings
from .tasks import Loader, Tasks
from .ways import Ways
from .widgets.confirm import ask_to_stop
from .widgets.labels import plain_label, plain_tooltip
from .widgets.message_bar import Kind

log = logging.getLogger(__name__)

PATIENCE_MILLISECONDS: Final = 20_000
"""How long closing waits for what runs to end in good order; then it closes, and what was not committed comes again."""


class Session(QObject):
    """Builds the pages on the services, and carries what one wants to another.

    :param close_services: closes the application, when nothing runs any more
    :param keys: the folder where a key file is proposed, apart from the database
    :param demo: this is the demo's throw-away database
    """

    ended = Signal(object)
    """This session: its window is closed."""
    closed = Signal(object)
    """This session, after ``ended``: no task of it runs any more, and its services are closed."""
    demo_wanted = Signal()

    def __init__(
        self,
        application: Application,
        close_services: Callable[[], None],
        settings: WindowSettings,
        keys: Path,
        *,
        demo: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.demo = demo
        self.tasks = Tasks(self)
        self.services = application
        self._close_services = close_services
        self._settings = settings
        self._ending = False
        self._is_closed = False
        self.is_over = False
        """Whether the window is closed."""
        self.help: HelpWindow | None = None
        self.window = MainWindow(settings)
        if demo:
            self.window.program = self.tr("mailadmin demo")
        self.dialogs = Dialogs(application, self.tasks, self.window, keys, None if demo else settings, self)
        self._build_fetching()
        self._build_pages()
        self._furnish()
        self._build_menus()
        self._connect()
        self._looking: Loader[bool, int] = Loader(self.tasks, "count accounts", self._count_accounts, self)
        self._looking.loaded.connect(self._on_counted_accounts)
        self._looking.failed.connect(lambda error: self.window.page.show_error(error))

    def begin(self) -> None:
        """Show the window, and begin to fetch by schedule."""
        self.window.show()
        log.info("the window is shown")
        self._looking.load(True)
        self.attention.look()
        if not self.demo:
            self.scheduler.start()

    # --- the end ---

    def close(self) -> None:
        """The user wants to leave: asks first while something is being fetched."""
        if self._ending or not (self.desk.busy or self.scheduler.running):
            self.stop_and_close()
            return
        ask_to_stop(
            self.window,
            self.tr("Mail is being fetched. What is stored stays stored; what is not yet comes with the next fetch."),
            self.tr("&Stop fetching and close"),
            self.stop_and_close,
        )

    def stop_and_close(self) -> None:
        """Bring everything to an orderly end and close the window, without asking."""
        if self._ending:
            return
        self._ending = True
        self.window.setEnabled(False)
        self.window.say(self.tr("Stopping..."))
        self.desk.stop_all()
        self.scheduler.stop()
        self.tasks.stop_all()
        self.tasks.changed.connect(self._end_when_idle)
        QTimer.singleShot(PATIENCE_MILLISECONDS, self, self._end)
        self._end_when_idle()

    def _end_when_idle(self) -> None:
        if not self.tasks.running:
            self._end()

    def _end(self) -> None:
        if self.is_over:
            return
        self.is_over = True
        for task in self.tasks.running:
            log.warning("closing without waiting for %s", task.objectName())
            task.silence()
        if self.help is not None:
            self.help.close()
            self.help.deleteLater()
        self.window.finish_closing()
        self.window.deleteLater()
        self.ended.emit(self)
        # What does not end (a database that another program keeps locked) still works with the services.
        self.tasks.changed.connect(self._close_when_idle)
        self._close_when_idle()

    def _close_when_idle(self) -> None:
        if self.tasks.running or self._is_closed:
            return
        self._is_closed = True
        try:
            self._close_services()
        except MailadminError as error:
            log.warning("closing: %s", error)
        self.closed.emit(self)

    # --- building ---

    def _build_fetching(self) -> None:
        services = self.services
        self.desk = FetchDesk(
            services.fetching, services.dry_run, services.adoption, services.accounts, self.tasks, self.window
        )
        self.panel = FetchPanel(self.desk, self.window)
        self.scheduler = Scheduler(
            services.schedule,
            services.adoption,
            self.tasks,
            self._settings,
            busy=lambda: self.desk.running,
            parent=self,
        )
        self.news = FetchNews(self.desk, self.scheduler, self)

    def _build_pages(self) -> None:
        self.pages = Pages(
            self.services,
            self.window,
            self._settings,
            self.tasks,
            database=self._database_in_words(),
            scheduled=not self.demo,
            parent=self,
        )

    def _furnish(self) -> None:
        pages = self.pages
        self.schedule_status = ScheduleStatus(self.scheduler, self.window)
        database = plain_label(self.tr("database: {place}").format(place=self._database_in_words()), self.window)
        database.setToolTip(plain_tooltip(self.services.places.database))
        status: list[QLabel | ScheduleStatus] = [database] if self.demo else [self.schedule_status, database]
        self.schedule_status.setVisible(not self.demo)
        self.window.furnish(pages.places(), pages.welcome, self.panel, status)
        services, tasks = self.services, self.tasks
        self.attention = Attention(
            self.window,
            self.pages.incoming,
            self.pages.profiles,
            self.pages.inbox,
            service=services.profiles,
            settings=self._settings,
            tasks=tasks,
            parent=self,
        )
        self.ways = Ways(
            self.window,
            self.pages.inbox,
            self.pages.archive,
            self.pages.tickets,
            self.pages.profiles,
            self.pages.filters,
            self.pages.log,
            service=services.inbox,
            tasks=tasks,
            parent=self,
        )
        if self.demo:
            self.window.bar.show_notice(
                Kind.INFORMATION,
                self.tr(
                    "This is the demo: a built-in mail server with sample mails. Nothing of yours is touched, and "
                    "everything is gone when this window is closed."
                ),
            )

    def _database_in_words(self) -> str:
        if self.demo:
            return self.tr("demo, thrown away at the end")
        storage = self.services.storage
        return self.tr("this computer") if storage.embedded else storage.url.replace("+psycopg", "", 1)

    def _build_menus(self) -> None:
        window = self.window
        self.fetch_all = self._action(self.tr("&Fetch all valid accounts"), "email-sync-outline", self._fetch_all)
        self.stop_fetching = self._action(self.tr("&Stop all fetches"), "stop-circle-outline", self.desk.stop_all)
        self.pause_schedule = self._action(
            self.tr("&Pause the schedule"), "pause-circle-outline", self.scheduler.switch
        )
        self.pause_schedule.setCheckable(True)
        self.pause_schedule.setChecked(self.scheduler.paused)
        self.pause_schedule.setVisible(not self.demo)
        self.find_mail = self._action(
            self.tr("Find a &mail by Message-ID..."), "email-search-outline", self.dialogs.find_mail
        )
        self.find_mail.setShortcut(QKeySequence("Ctrl+Shift+F"))
        window.mail_menu.addActions([self.fetch_all, self.stop_fetching, self.pause_schedule])
        window.mail_menu.addSeparator()
        window.mail_menu.addAction(self.find_mail)
        # An action of its own: the page's has a key, which would mean two things on pages with a key for adding.
        add = self._action(self.tr("&Add mail account..."), "plus", self.dialogs.add_account)
        window.file_menu.addAction(add)
        try_demo = self._action(self.tr("&Try the demo mailbox"), "test-tube", self.demo_wanted.emit)
        try_demo.setVisible(not self.demo)
        self.secrets_action = self._action(
            self.tr("Where the &key to the passwords is kept..."), "key-outline", self.dialogs.set_up_secrets
        )
        window.file_menu.addActions([try_demo, self.secrets_action])
        window.add_quit()
        window.help_menu.addSeparator()
        window.help_menu.addAction(self._action(self.tr("Open the &log folder"), "folder-outline", self._open_logs))
        about = self._action(self.tr("&About mailadmin"), "information-outline", lambda: show_about(window))
        window.help_menu.addAction(about)

    def _action(self, text: str, picture: str, act: Callable[[], object]) -> QAction:
        action = QAction(icon(picture), text, self.window)
        action.triggered.connect(lambda: act())
        return action

    # --- who wants what of whom ---

    def _connect(self) -> None:
        window, incoming, desk, scheduler = self.window, self.pages.incoming, self.desk, self.scheduler
        window.closing.connect(self.close)
        window.help_wanted.connect(self.show_help)
        dialogs, news = self.dialogs, self.news
        dialogs.account_saved.connect(self._on_account_saved)
        dialogs.signed_in.connect(self._on_signed_in)
        for changes in (dialogs.profile_saved, self.pages.profiles.changed):
            changes.connect(self.attention.look)
        self.attention.profile_wanted.connect(self.ways.edit_profile)
        for asking in (self.attention, self.panel):
            asking.sign_in_wanted.connect(dialogs.sign_in_again)
        dialogs.help_wanted.connect(self.show_help)
        dialogs.key_found.connect(self.window.refresh)
        dialogs.key_found.connect(self.scheduler.refresh)
        self.pages.welcome.add_wanted.connect(dialogs.add_account)
        self.pages.welcome.demo_wanted.connect(self.demo_wanted)
        self.pages.welcome.secrets_setup_wanted.connect(dialogs.set_up_secrets)
        incoming.add_wanted.connect(dialogs.add_account)
        self.pages.oauth_accounts.add_wanted.connect(dialogs.add_oauth_account)
        for accounts in (incoming, self.pages.oauth_accounts):
            self._connect_accounts(accounts)
        self.pages.profiles.secrets_setup_wanted.connect(dialogs.set_up_secrets_for)
        for page in (self.pages.inbox, self.pages.archive):
            page.ticket_wanted.connect(self.ways.show_ticket)
            page.known_wanted.connect(dialogs.make_known)
            page.life_wanted.connect(dialogs.tell_life)
        self.pages.tickets.life_wanted.connect(dialogs.tell_life)
        self.pages.tickets.outbox_wanted.connect(lambda: window.go_to(self.pages.outbox))
        for leading in (self.pages.outbox, dialogs):
            leading.ticket_wanted.connect(self.ways.show_ticket)
        dialogs.state_wanted.connect(self.ways.show_state)
        dialogs.accounts_wanted.connect(lambda: window.go_to(incoming))
        self.pages.customers.held_wanted.connect(self.ways.show_held)
        dialogs.customer_saved.connect(self._on_customer_saved)
        self.pages.configuration.settings_changed.connect(self._on_settings_changed)
        for speaking in (self.pages.tickets, self.pages.log, dialogs):
            speaking.message_wanted.connect(self.ways.show_message)
        self.pages.tickets.fetch_wanted.connect(lambda: window.go_to(incoming))
        news.ended.connect(self._on_fetched)
        for editing in (desk, self.panel):
            editing.edit_wanted.connect(dialogs.edit_account)
        for source in (desk, self.panel, news):
            source.said.connect(window.say)
        self.panel.messages_wanted.connect(self.ways.show_messages)
        scheduler.broken.connect(self._on_schedule_broken)
        scheduler.paused_changed.connect(self.pause_schedule.setChecked)

    def _connect_accounts(self, page: IncomingPage) -> None:
        """What the pages of accounts want is the same."""
        dialogs, desk = self.dialogs, self.desk
        page.edit_wanted.connect(dialogs.edit_account)
        page.duplicate_wanted.connect(dialogs.duplicate_account)
        page.check_wanted.connect(dialogs.check_account)
        page.sign_in_wanted.connect(dialogs.sign_in_again)
        page.profile_wanted.connect(self.ways.edit_profile)
        page.inbox_wanted.connect(self.ways.show_mail_of)
        page.rules_wanted.connect(self.ways.show_rules_of)
        page.log_wanted.connect(self.ways.show_log_of)
        page.fetch_wanted.connect(desk.fetch)
        page.fetch_since_wanted.connect(lambda accounts, day: desk.fetch(accounts, FetchOptions(since=day)))
        page.fetch_dry_wanted.connect(desk.try_out)
        page.secrets_setup_wanted.connect(dialogs.set_up_secrets)
        page.changed.connect(self._on_accounts_changed)
        self.news.progressed.connect(page.show_progress)
        self.scheduler.paused_changed.connect(page.set_paused)
        page.set_paused(self.scheduler.paused)

    # --- accounts ---

    def _on_signed_in(self, account: IncomingAccount, fetch: bool) -> None:
        self.window.say(self.tr('Signed in: "{account}"').format(account=account.name))
        self.window.refresh()
        self.attention.look()
        self.scheduler.refresh()
        if fetch and account.validity is Validity.VALID:
            self.desk.fetch([account])

    def _on_account_saved(self, account: IncomingAccount) -> None:
        self.window.forget_undo()
        self.window.say(self.tr('Saved "{account}"').format(account=account.name))
        if self.window.page is self.pages.welcome:
            self.window.go_to(self.pages.incoming)
        self.pages.incoming.select_account(account.id or 0)
        if account.authentication is Authentication.OAUTH2:
            self.pages.oauth_accounts.select_account(account.id or 0)
        self.window.refresh()
        self.attention.look()
        self.scheduler.refresh()

    def _on_accounts_changed(self) -> None:
        self.attention.look()
        self.scheduler.refresh()
        self._looking.load(True)

    def _count_accounts(self, asked: bool) -> int:
        return len(self.services.accounts.all())

    def _on_counted_accounts(self, asked: bool, count: int) -> None:
        """Without any account the welcome page stands in front."""
        if count == 0 and self.window.page is self.pages.incoming:
            self.window.go_to(self.pages.welcome)
        elif count and self.window.page is self.pages.welcome:
            self.window.go_to(self.pages.incoming)
        if count:
            self.dialogs.look_for_key()

    # --- customers and settings ---

    def _on_customer_saved(self, released: int) -> None:
        self.window.forget_undo()
        said = self.tr("1 message released") if released == 1 else self.tr("%Ln messages released", "", released)
        self.window.say(said if released else self.tr("Saved"))
        self.window.refresh()
        self.attention.look()

    def _on_settings_changed(self) -> None:
        self.attention.look()
        self.scheduler.refresh()

    # --- fetching ---

    def _fetch_all(self) -> None:
        task = self.tasks.task("read accounts", lambda task: self.services.accounts.all())
        task.succeeded.connect(self._on_read_to_fetch)
        task.failed.connect(self.window.page.show_error)
        self.tasks.start(task)

    def _on_read_to_fetch(self, accounts: Sequence[IncomingAccount]) -> None:
        valid = [account for account in accounts if account.validity is Validity.VALID]
        if valid:
            self.desk.fetch(valid)
        else:
            self.window.say(self.tr("There is no valid account to fetch."))

    def _on_fetched(self) -> None:
        if self._ending:
            return
        self.window.refresh()
        self.attention.look()
        self.scheduler.refresh()

    def _on_schedule_broken(self, error: MailadminError) -> None:
        self.window.bar.show_notice(
            Kind.WARNING,
            self.tr("The schedule stands still; it is tried again soon. {why}").format(why=errors.sentence(error)),
            details=errors.server_words(error),
        )

    # --- help ---

    def show_help(self, page: str) -> None:
        """A help page, in a window of its own beside this one."""
        if self.help is None:
            self.help = HelpWindow()  # no child of the window: a dialog locks the window and its children
        self.help.show_page(page)

    def _open_logs(self) -> None:
        folder = self.services.places.logs
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.window.bar.show_notice(Kind.INFORMATION, self.tr("The log is in {folder}").format(folder=folder))
