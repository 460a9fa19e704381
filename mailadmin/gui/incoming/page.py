"""The page of incoming accounts: what an administrator has in front of them all day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import AccountState, IncomingAccount, Validity, account_state
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import times
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.table_page import ListWords, TablePage
from mailadmin.services.accounts import AccountService
from mailadmin.services.schedule import ScheduleService

from .changes import AccountChanges
from .columns import account_columns
from .deletion import ask_to_delete
from .rows import NEEDS_SOMEBODY, AccountRow, account_rows
from .sparkline import RUNS
from .strip import AccountStrip
from .verbs import AccountVerbs

_MINUTE: Final = 60_000


class IncomingPage(TablePage[AccountRow]):
    """The table of accounts, the strip of the selected one, and every verb for them.

    Dialogs and fetching are the main window's: the page says what is wanted.

    :param scheduled: whether a schedule runs here; without one, nothing is due
    """

    add_wanted = Signal()
    edit_wanted = Signal(object)
    """An IncomingAccount."""
    duplicate_wanted = Signal(object)
    check_wanted = Signal(object)
    inbox_wanted = Signal(object)
    """Show the mail of this IncomingAccount."""
    rules_wanted = Signal(object)
    """Show the filters for the mail of this IncomingAccount."""
    log_wanted = Signal(object)
    """Show what the communication log says of this IncomingAccount."""
    fetch_wanted = Signal(list)
    """IncomingAccounts, all valid."""
    fetch_since_wanted = Signal(list, object)
    """IncomingAccounts, all valid, and a date."""
    fetch_dry_wanted = Signal(list)
    secrets_setup_wanted = Signal()
    """The key to the stored passwords cannot be had."""
    sign_in_wanted = Signal(object)
    """Somebody is to sign in again for this IncomingAccount."""
    profile_wanted = Signal(str)
    """The OAuth2 profile of this name is to be edited."""
    counted = Signal(int)
    """How many accounts need somebody."""
    rows_read = Signal(list)
    """The rows as they were just read."""

    sorted_by = "account"
    page_key = "incoming"
    page_help = "accounts.md"

    @staticmethod
    def page_words() -> ListWords:
        """What this page says of itself."""
        return ListWords(
            title=translate("IncomingPage", "Incoming accounts"),
            subtitle=translate("IncomingPage", "PostMaster mail accounts: where the helpdesk's mail is fetched from"),
            menu=translate("IncomingPage", "&Account"),
            add=translate("IncomingPage", "Add &mail account"),
            nothing_there=translate(
                "IncomingPage", "There is no mail account yet. Add one, and its mail becomes tickets."
            ),
        )

    @staticmethod
    def page_columns() -> tuple[Column[AccountRow], ...]:
        """Its columns, from left to right."""
        return account_columns()

    def __init__(
        self,
        *,
        accounts: AccountService,
        schedule: ScheduleService,
        tasks: Tasks,
        settings: WindowSettings,
        scheduled: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        self._accounts = accounts
        self._scheduled = scheduled
        self._paused = False
        self._schedule = schedule
        self._progress: dict[int, str] = {}
        self._runs_of: tuple[int, datetime | None] | None = None
        self._account_to_select: int | None = None
        super().__init__(
            self.page_key,
            self.page_words(),
            self.page_columns(),
            help_page=self.page_help,
            tasks=tasks,
            settings=settings,
            parent=parent,
        )
        self.changes = AccountChanges(accounts, tasks, self)
        self.verbs = AccountVerbs(self)
        self.add_account_action = self.verbs.add
        self._build_body()
        self._runs: Loader[int, object] = Loader(tasks, "read fetches", lambda one: accounts.runs(one, RUNS), self)
        self._settling = QTimer(self, singleShot=True, interval=0)
        self._counting = QTimer(self, singleShot=True, interval=0)
        self._minute = QTimer(self, interval=_MINUTE)
        self._connect()
        self.splitter.restoreState(settings.state(f"{self.key}/splitter"))
        self.update_actions()

    # --- what it shows ---

    @override
    def read(self) -> list[AccountRow]:
        return account_rows(self._accounts, self._schedule, scheduled=self._scheduled)

    @override
    def rows_of(self, answer: list[AccountRow]) -> Sequence[AccountRow]:
        return [replace(row, progress=self._progress.get(row.key or 0, ""), paused=self._paused) for row in answer]

    @override
    def record_of(self, row: AccountRow) -> IncomingAccount:
        return row.account

    @override
    def number_of(self, count: int) -> str:
        return times.accounts(count)

    # --- what the window calls ---

    def show_progress(self, account_id: int, text: str | None) -> None:
        """How far the fetch of an account is; None when it has ended. Meanwhile its row, and no other, is locked."""
        if text:
            self._progress[account_id] = text
        else:
            self._progress.pop(account_id, None)
        row = next((row for row in self.model.records if row.key == account_id), None)
        if row is not None:
            self.model.show_record(replace(row, progress=text or ""))

    def set_paused(self, paused: bool) -> None:
        """Whether the schedule stands still; the rows say so at once."""
        self._paused = paused
        self.model.show_records([replace(row, paused=paused) for row in self.model.records])
        self._settling.start()

    def select_account(self, account_id: int) -> None:
        """Select an account, now or as soon as it is read, whatever the filter says."""
        self._account_to_select = account_id
        row = next((row for row in self.model.records if row.key == account_id), None)
        if row is None:
            return
        if not row.valid:
            self.filter.include_invalid.setChecked(True)
        if not self.table.select(row):
            self.filter.text.clear()
            self.table.filter.set_text("")
            self.table.select(row)
        self._account_to_select = None

    @override
    def update_actions(self) -> None:
        self.verbs.update_actions(self.table.selected())

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state(f"{self.key}/splitter", self.splitter.saveState())

    # --- building ---

    def _build_body(self) -> None:
        self.add_account_button = self.add_button(self.verbs.add)
        self.fetch_button = self.verbs.fetching.add_button()
        self.strip = AccountStrip(self.verbs.of_strip, self)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.contents)
        self.splitter.addWidget(self.strip)
        self.splitter.setStretchFactor(0, 1)
        self.body.addWidget(self.splitter, 1)
        self.contents.nothing_there.say(self.words.nothing_there, self.words.add, self.verbs.add.trigger)

    def _connect(self) -> None:
        self._runs.loaded.connect(self.strip.show_runs)
        self._runs.failed.connect(self.show_error)
        # Of many changes at once the table tells one by one; they are looked at together.
        self._settling.timeout.connect(self._settle)
        self._counting.timeout.connect(super()._show_counts)
        self.table.selection_changed.connect(self._settling.start)
        self.table.others_selected.connect(self.update_actions)
        self.table.chosen.connect(self._on_chosen)
        self.table.acted.connect(self._on_acted)
        self._connect_verbs()
        self._minute.timeout.connect(self._on_minute)
        self._minute.start()

    def _connect_verbs(self) -> None:
        verbs, fetching, changes = self.verbs, self.verbs.fetching, self.changes
        verbs.add_wanted.connect(self.add_wanted)
        verbs.edit_wanted.connect(self.edit_wanted)
        verbs.duplicate_wanted.connect(self.duplicate_wanted)
        verbs.check_wanted.connect(self.check_wanted)
        verbs.inbox_wanted.connect(self.inbox_wanted)
        verbs.rules_wanted.connect(self.rules_wanted)
        verbs.log_wanted.connect(self.log_wanted)
        verbs.secrets_setup_wanted.connect(self.secrets_setup_wanted)
        verbs.sign_in_wanted.connect(self.sign_in_wanted)
        verbs.profile_wanted.connect(self.profile_wanted)
        verbs.validity_wanted.connect(self._stay_in_table)  # a button that is hidden would pass the focus on
        verbs.validity_wanted.connect(changes.set_validity)
        verbs.deletion_wanted.connect(self._stay_in_table)
        verbs.deletion_wanted.connect(self._ask_to_delete)
        fetching.wanted.connect(self.fetch_wanted)
        fetching.since_wanted.connect(self.fetch_since_wanted)
        fetching.dry_wanted.connect(self.fetch_dry_wanted)
        fetching.validity_wanted.connect(lambda accounts: changes.set_validity(accounts, Validity.VALID, fetch=True))
        changes.fetch_wanted.connect(self.fetch_wanted)
        changes.done.connect(self._on_changed)
        changes.undoable.connect(self._on_undoable)
        changes.failed.connect(self._on_change_failed)

    # --- reading ---

    @override
    def _on_loaded(self, question: str, answer: object) -> None:
        super()._on_loaded(question, answer)
        self._settle()
        if self._account_to_select is not None:
            self.select_account(self._account_to_select)
        self.counted.emit(sum(row.state in NEEDS_SOMEBODY for row in self.model.records))
        self.rows_read.emit(list(self.model.records))

    @override
    def _show_counts(self) -> None:
        if self._loaded:  # alone: with thousands of accounts, all the rest would make typing into the filter slow
            self._counting.start()

    def _on_minute(self) -> None:
        """The relative times are others now; a server may have been left alone for long enough."""
        now = datetime.now(UTC)
        for row in [row for row in self.model.records if row.state is AccountState.WAITING]:
            self.model.show_record(replace(row, state=account_state(row.account, row.status, now)))
        self.table.viewport().update()
        self._show_strip(self.table.selected())

    def _settle(self) -> None:
        if self._loaded:
            self._show_primary()
        selected = self.table.selected()
        self._show_strip(selected)
        self.verbs.update_actions(selected)

    def _show_primary(self) -> None:
        """The verb that comes next stands out: the first account, or fetching."""
        any_there = bool(self.model.records)
        for button, primary in ((self.add_account_button, not any_there), (self.fetch_button, any_there)):
            font = button.font()
            font.setBold(primary)
            button.setFont(font)

    def _show_strip(self, selected: Sequence[AccountRow]) -> None:
        self.strip.setVisible(bool(self.model.records))
        self.strip.show_rows(selected, self.model.records)
        row = selected[0] if len(selected) == 1 else None
        wanted = (row.key, row.status.last_run if row.status else None) if row is not None and row.key else None
        if wanted is not None and wanted != self._runs_of:
            self._runs.load(wanted[0])
        self._runs_of = wanted

    # --- doing ---

    def _stay_in_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_chosen(self, row: AccountRow) -> None:
        if not row.busy:
            self.edit_wanted.emit(row.account)

    def _on_acted(self, column: str, row: AccountRow) -> None:
        """A trash icon was clicked: it means its own row, whatever is selected."""
        if not row.busy:
            self._ask_to_delete([row.account])

    def _ask_to_delete(self, accounts: Sequence[IncomingAccount]) -> None:
        if accounts:
            ask_to_delete(
                self,
                accounts,
                lambda: self.changes.delete(accounts),
                lambda: self.changes.set_validity(accounts, Validity.INVALID),
            )

    def _on_changed(self, text: str) -> None:
        self.said.emit(text)
        self.changed.emit()
        self.refresh()

    def _on_undoable(self, text: str, undo: Callable[[], object]) -> None:
        self._on_changed(text)
        self.undoable.emit(text, undo)

    def _on_change_failed(self, error: MailadminError, account: str) -> None:
        self.show_error(error, account)
        self.refresh()
