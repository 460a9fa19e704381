"""One communication: its connections and messages at the left, the steps of the selected one at the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QSplitter, QVBoxLayout, QWidget

from mailadmin.domain.communication import Communication, LogEntry, LogObject, Priority
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import communication
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.labels import embolden, plain_label, wrapped_label
from mailadmin.gui.widgets.paged_records import PagedModel
from mailadmin.gui.widgets.table import RecordTable
from mailadmin.services.communication import CommunicationService

from .columns import OBJECTS, entry_columns, priority_icon

PAGE: Final = 200
"""Connections and messages that are read at once."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """Objects of a communication: the first ones, or those after one."""

    communication: int
    at_least: Priority
    limit: int
    after: LogObject | None = None
    anew: bool = False
    """Other ones than those that are shown."""


class CommunicationDetails(QWidget):
    """Reads and shows what belongs to one communication."""

    failed = Signal(object)
    """A MailadminError: it could not be read."""
    selection_changed = Signal()
    """Another connection or message is selected."""
    message_chosen = Signal(int)
    """A message was double-clicked, or Enter pressed on it: its number in the inbox."""

    def __init__(self, service: CommunicationService, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: Communication | None = None
        self.heading = embolden(wrapped_label("", self))
        self.lowest = ChoiceCombo[Priority](self, nothing=Priority.DEBUG)
        self.lowest.setAccessibleName(self.tr("Lowest priority"))
        for priority in reversed(Priority):
            self.lowest.add_choice(priority, communication.priority(priority), priority_icon(priority))
        self.lowest.choose(Priority.DEBUG)
        self.objects: PagedModel[LogObject] = PagedModel(OBJECTS, lambda one: one.id, self)
        self.object_table: RecordTable[LogObject] = RecordTable(self.objects, self.tr("Connections and messages"), self)
        self.entries: PagedModel[LogEntry] = PagedModel(entry_columns(self._account), id, self)
        self.entry_table: RecordTable[LogEntry] = RecordTable(self.entries, self.tr("Steps"), self)
        self._build()
        self._loader: Loader[_Ask, list[LogObject]] = Loader(
            tasks, "read a communication", lambda ask: self._read(service, ask), self
        )
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.objects.more_wanted.connect(self._load_more)
        self.object_table.selection_changed.connect(self._on_selection)
        self.object_table.chosen.connect(self._on_chosen)
        self.lowest.currentIndexChanged.connect(lambda at: self._load(anew=True))

    # --- what the page calls ---

    @property
    def selected(self) -> LogObject | None:
        """The connection or message that is selected."""
        selected = self.object_table.selected()
        return selected[0] if len(selected) == 1 else None

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab leads through, in this order."""
        return self.lowest, self.object_table, self.entry_table

    def show_communication(self, one: Communication | None) -> None:
        """Show a communication; one that is shown already is read again only if it has changed."""
        before, self._shown = self._shown, one
        if before == one:
            return
        same = before is not None and one is not None and before.id == one.id
        if one is None:
            self.heading.clear()
            self.objects.begin([], more=False, anew=True)
            self._show_entries(None)
            return
        word = communication.status(one.status, interrupted=one.interrupted)
        heading = self.tr("{account}: {status}").format(account=communication.whose(one), status=word)
        self.heading.setText(heading)
        self._load(anew=not same)

    # --- building ---

    def _build(self) -> None:
        for table in (self.object_table, self.entry_table):
            table.setSortingEnabled(False)
            table.horizontalHeader().setSortIndicatorShown(False)
            table.horizontalHeader().setSectionsClickable(False)
            table.keep_in_sight()
        self.object_table.setSelectionMode(RecordTable.SelectionMode.SingleSelection)
        # What happened is told in sentences, which take the lines they need.
        self.entry_table.setWordWrap(True)
        self.entry_table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        label = plain_label(self.tr("Lowest &priority"), self)
        label.setBuddy(self.lowest)
        self.lowest.setMinimumContentsLength(10)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(label)
        top.addWidget(self.lowest)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.addWidget(self.object_table)
        self.split.addWidget(self.entry_table)
        self.split.setChildrenCollapsible(False)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 3)
        self.split.setSizes([400, 600])  # in proportion
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.split, 1)

    # --- reading ---

    @staticmethod
    def _read(service: CommunicationService, ask: _Ask) -> list[LogObject]:
        """Runs in a task."""
        return list(service.objects(ask.communication, at_least=ask.at_least, after=ask.after, limit=ask.limit))

    def _load(self, *, anew: bool) -> None:
        if self._shown is not None:
            limit = PAGE if anew else max(PAGE, self.objects.rowCount())
            self._loader.load(_Ask(self._shown.id, self.lowest.value, limit, anew=anew))

    def _load_more(self) -> None:
        if self._shown is not None and self.objects.records:
            last = self.objects.records[-1]
            self._loader.load(_Ask(self._shown.id, self.lowest.value, PAGE, last))

    def _on_loaded(self, ask: _Ask, found: list[LogObject]) -> None:
        if self._shown is None or ask.communication != self._shown.id or ask.at_least is not self.lowest.value:
            self.objects.asked_in_vain()
            return
        more = len(found) == ask.limit
        if ask.after is not None:
            self.objects.append(found, more=more)
            return
        self.objects.begin(found, more=more, anew=ask.anew)
        if found and not self.object_table.selected():
            self.object_table.select_row(self._most_telling(found))
        self._on_selection()

    def _account(self) -> str:
        return self._shown.account if self._shown is not None else ""

    @staticmethod
    def _most_telling(found: list[LogObject]) -> int:
        """The row of the first that did not go well; else the first one."""
        trouble = (row for row, one in enumerate(found) if one.highest.rank >= Priority.WARN.rank)
        return next(trouble, 0)

    def _on_failed(self, error: MailadminError) -> None:
        self.objects.asked_in_vain()
        self.failed.emit(error)

    # --- the selected one ---

    def _on_selection(self) -> None:
        self._show_entries(self.selected)
        self.selection_changed.emit()

    def _show_entries(self, one: LogObject | None) -> None:
        lowest = self.lowest.value.rank
        shown = [entry for entry in one.entries if entry.priority.rank >= lowest] if one is not None else []
        if list(self.entries.records) != shown:
            self.entries.begin(shown, more=False, anew=True)

    def _on_chosen(self, one: LogObject) -> None:
        if one.inbox_id is not None:
            self.message_chosen.emit(one.inbox_id)
