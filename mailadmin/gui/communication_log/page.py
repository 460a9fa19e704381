"""The page of the communication log: the list of communications, and the steps of the selected one below it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence
from PySide6.QtWidgets import QSplitter, QWidget
from typing_extensions import override

from mailadmin.domain.communication import Communication, LogQuery, LogSummary
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.settings import Settings
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.confirm import confirm_delete
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.page import Page
from mailadmin.gui.widgets.paged_records import PagedModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.communication import PURGE_ALL, PURGE_SUCCESSFUL, CommunicationService

from .columns import COMMUNICATIONS
from .details import CommunicationDetails
from .exporting import LogExport
from .filters import LogFilters

translate = QCoreApplication.translate

PAGE: Final = 200
"""Communications that are read at once."""
_MOST_ANEW: Final = 1_000
_MINUTE: Final = 60_000
_KEY: Final = "log"


@dataclass(frozen=True, slots=True)
class _Ask:
    """Communications of a query: the first ones, or those before an id. ``meant``: what the filters said."""

    query: LogQuery
    meant: tuple[object, ...]
    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What the line above the list says, the accounts to choose from, and how long what is kept."""

    summary: LogSummary
    accounts: tuple[str, ...]
    settings: Settings


class CommunicationLogPage(Page):
    """Every fetch with its connections and messages: filtered, step by step, exported, purged."""

    message_wanted = Signal(int)
    """The message with this number in the inbox is to be shown."""

    def __init__(
        self,
        *,
        log: CommunicationService,
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            translate("CommunicationLog", "Log"),
            translate("CommunicationLog", "Communication log: what was said and done with servers, fetch by fetch"),
            menu_title=translate("CommunicationLog", "&Log"),
            help_page="log.md",
            parent=parent,
        )
        self._log = log
        self._tasks = tasks
        self._settings = settings
        self._kept = Settings()
        self._meant: tuple[object, ...] | None = None
        self._query = LogQuery()
        self.model: PagedModel[Communication] = PagedModel(COMMUNICATIONS, lambda one: one.id, self)
        self.table: RecordTable[Communication] = RecordTable(self.model, self.tr("Communications"), self)
        self.contents = Contents(self.table, self)
        self.filters = LogFilters(self)
        self.details = CommunicationDetails(log, tasks, self)
        self.export = LogExport(log, tasks, self)
        self._build_actions()
        self._build()
        self._loader: Loader[_Ask, list[Communication]] = Loader(tasks, "read the log", self._page, self)
        self._more_loader: Loader[_Ask, list[Communication]] = Loader(tasks, "read more of the log", self._page, self)
        self._counter: Loader[LogQuery, _Numbers] = Loader(tasks, "count the log", self._count, self)
        self._connect()
        self.table.restore_layout(settings.state(f"{_KEY}/columns"))
        self._split.restoreState(settings.state(f"{_KEY}/split"))
        self.details.split.restoreState(settings.state(f"{_KEY}/details"))
        self.update_actions()

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        query, meant = self.filters.query(), self.filters.meant
        anew = meant != self._meant
        limit = PAGE if anew else max(PAGE, min(self.model.rowCount(), _MOST_ANEW))
        self._loader.load(_Ask(query, meant, limit))
        self._counter.load(query)

    def show_account(self, name: str) -> None:
        """Show everything of one account."""
        self.filters.show_everything(name)

    @override
    def focus_filter(self) -> None:
        self.filters.text.take_focus()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.table.column_actions(parent)

    @override
    def update_actions(self) -> None:
        one = self.details.selected
        self.show_message_action.setEnabled(one is not None and one.inbox_id is not None)
        self.copy_action.setEnabled(bool(self.table.selected()))
        self.export_action.setEnabled(bool(self.model.rowCount()))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state(f"{_KEY}/columns", self.table.layout_state())
        self._settings.set_state(f"{_KEY}/split", self._split.saveState())
        self._settings.set_state(f"{_KEY}/details", self.details.split.saveState())

    # --- building ---

    def _build_actions(self) -> None:
        self.show_message_action = self.add_action(
            self.tr("Show the &message"), "email-search-outline", self._show_message
        )
        self.export_action = self.add_action(
            self.tr("E&xport..."), "export", lambda: self.export.ask(self.filters.query())
        )
        self.add_separator()
        self.copy_action = self.add_action(self.tr("&Copy as text"), "content-copy", self.table.copy_selected)
        self.purge_action = self.add_action(self.tr("&Purge..."), "trash-can-outline", self._ask_to_purge)
        self.refresh_action = self.add_action(
            self.tr("&Refresh"), "refresh", self.refresh, shortcut=QKeySequence.StandardKey.Refresh
        )
        for action in (self.export_action, self.show_message_action):
            self.add_button(action, primary=action is self.show_message_action)

    def _build(self) -> None:
        self.table.setSortingEnabled(False)
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self.table.horizontalHeader().setSectionsClickable(False)
        self.table.setSelectionMode(RecordTable.SelectionMode.SingleSelection)
        self.table.keep_in_sight()
        self.table.set_context_actions(self.menu_actions)
        self.details.object_table.set_context_actions([self.show_message_action])
        self._split = QSplitter(Qt.Orientation.Vertical, self)
        self._split.addWidget(self.contents)
        self._split.addWidget(self.details)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([500, 500])  # in proportion
        self.body.addWidget(self.filters)
        self.body.addWidget(self._split, 1)
        for one, following in pairwise((self.filters.last, self.table, *self.details.stops)):
            self.setTabOrder(one, following)
        self.contents.nothing_there.say(self.tr("The log is empty: nothing has been fetched, or the log is off."))
        self.contents.nothing_found.say(
            self.tr("No communication is found."), self.tr("Show &all"), self.filters.show_everything
        )

    def _connect(self) -> None:
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self._more_loader.loaded.connect(self._on_more)
        self._more_loader.failed.connect(self._on_no_more)
        self._counter.loaded.connect(self._on_counted)
        self._counter.failed.connect(lambda error: self.filters.summary.clear())
        self.model.more_wanted.connect(self._load_more)
        self.filters.changed.connect(self.refresh)
        self.filters.left.connect(self.table.take_focus)
        self.table.selection_changed.connect(self._on_selection)
        self.table.chosen.connect(lambda one: self.details.object_table.take_focus())
        self.details.failed.connect(self.show_error)
        self.details.selection_changed.connect(self.update_actions)
        self.details.message_chosen.connect(self.message_wanted)
        self.export.done.connect(self._on_exported)
        self.export.failed.connect(self.show_error)
        self._clock = QTimer(self, interval=_MINUTE)
        self._clock.timeout.connect(self.model.refresh_texts)
        self._clock.start()

    # --- reading; these run in tasks ---

    def _page(self, ask: _Ask) -> list[Communication]:
        return self._log.page(ask.query, before=ask.before, limit=ask.limit)

    def _count(self, query: LogQuery) -> _Numbers:
        return _Numbers(self._log.summary(query), tuple(self._log.accounts()), self._log.settings())

    # --- the list ---

    def _on_loaded(self, ask: _Ask, found: list[Communication]) -> None:
        anew = ask.meant != self._meant
        self._meant, self._query = ask.meant, ask.query
        more = len(found) == ask.limit
        rest = [one for one in self.model.records if one.id < found[-1].id] if more and found and not anew else []
        self.model.begin(found, more=more, anew=anew, rest=rest)
        self.details.setVisible(bool(found))
        self.contents.show_counts(total=int(self.filters.narrow), shown=len(found))
        if found and not self.table.selected():
            self.table.select_row(0)
        self._on_selection()

    def _on_not_loaded(self, error: MailadminError) -> None:
        if self.model.rowCount():  # what was read before stays in sight
            self.show_error(error)
        else:
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.refresh)

    def _load_more(self) -> None:
        if self.model.records and self._meant is not None:
            self._more_loader.load(_Ask(self._query, self._meant, PAGE, self.model.records[-1].id))

    def _on_more(self, ask: _Ask, found: list[Communication]) -> None:
        if ask.meant == self._meant and self.model.records and ask.before == self.model.records[-1].id:
            self.model.append(found, more=len(found) == ask.limit)
        else:
            self.model.asked_in_vain()

    def _on_no_more(self, error: MailadminError) -> None:
        self.model.asked_in_vain()
        self.show_error(error)

    def _on_counted(self, query: LogQuery, numbers: _Numbers) -> None:
        self._kept = numbers.settings
        self.filters.show_accounts(numbers.accounts)
        self.filters.show_summary(numbers.summary)

    def _on_selection(self) -> None:
        selected = self.table.selected()
        self.details.show_communication(selected[0] if selected else None)
        self.update_actions()

    # --- the verbs ---

    def _show_message(self) -> None:
        one = self.details.selected
        if one is not None and one.inbox_id is not None:
            self.message_wanted.emit(one.inbox_id)

    def _on_exported(self, path: Path) -> None:
        self.said.emit(self.tr("The log was written to {path}.").format(path=path))

    def _ask_to_purge(self) -> None:
        good, every = (times.duration(self._kept.number(key) * 3600) for key in (PURGE_SUCCESSFUL, PURGE_ALL))
        confirm_delete(
            self,
            self.tr("Purge the log"),
            self.tr("Remove what is old from the communication log?"),
            self.tr(
                "Successful communications older than {good} go, and all that are older than {every}. That happens by "
                "itself after fetches; how long they are kept is said on the page Configuration."
            ).format(good=good, every=every),
            self.tr("&Purge"),
            self._purge,
        )

    def _purge(self) -> None:
        task = self._tasks.task("purge the log", lambda task: self._log.purge(task.should_stop))
        task.succeeded.connect(self._on_purged)
        task.failed.connect(self.show_error)
        self._tasks.start(task)

    def _on_purged(self, removed: int) -> None:
        if removed:
            self.said.emit(self.tr("%n communication(s) removed.", "", removed))
        else:
            self.said.emit(self.tr("There was nothing old enough to be removed."))
        self.refresh()
