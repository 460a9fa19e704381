"""A page that is a list of records: filter, validity, counts, the three ways to be empty, and the verbs they share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtGui import QAction, QHideEvent, QKeySequence, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import errors, states
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Task, Tasks

from .columns import Edited
from .empty import Contents
from .filter_bar import FilterBar
from .page import Page
from .record_dialog import RecordDialog
from .records import Column, RecordModel
from .table import RecordTable

T = TypeVar("T")
A = TypeVar("A")
Key = QKeySequence.StandardKey
_EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWords:
    """What a list says: heading, line below it, menu, the verb that adds, and the sentence when there is nothing."""

    title: str
    subtitle: str
    menu: str
    add: str
    nothing_there: str


class ListPage(Page, Generic[T]):
    """Shows rows ``T`` and edits the records in them. Subclasses say what they read, how it is called, and save it.

    :param key: what the layout and the filter are remembered under
    :param duplicates: whether a record can be copied into a new one
    """

    def __init__(
        self,
        key: str,
        words: ListWords,
        columns: Sequence[Column[T]],
        *,
        help_page: str,
        tasks: Tasks,
        settings: WindowSettings,
        duplicates: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words.title, words.subtitle, menu_title=words.menu, help_page=help_page, parent=parent)
        self.key = key
        self.words = words
        self.tasks = tasks
        self._settings = settings
        self._loaded = False
        self._to_select: int | None = None
        self.model: RecordModel[T] = RecordModel(columns, lambda row: self.record_of(row).id, self)
        self.table: RecordTable[T] = RecordTable(self.model, words.title, self)
        self.contents = Contents(self.table, self)
        self.filter = FilterBar(self.contents, self.table, self._is_valid, self.counted, self)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.contents, 1)
        self._build_verbs(duplicates=duplicates)
        self._loader: Loader[str, Any] = Loader(tasks, f"read {key}", lambda _: self.read(), self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_not_loaded)
        self.table.chosen.connect(self.edit)
        self.table.acted.connect(self.on_acted)
        self.table.selection_changed.connect(self.update_actions)
        self.table.filter.changed.connect(self._show_counts)
        self._restore()
        self.update_actions()

    # --- for subclasses ---

    @abstractmethod
    def read(self) -> Any:  # noqa: ANN401  (whatever rows_of understands)
        """Everything the page shows. Called in a task."""

    def rows_of(self, answer: Any) -> Sequence[T]:  # noqa: ANN401
        """The rows in what :meth:`read` gave; the place to keep the rest of it."""
        rows: Sequence[T] = answer
        return rows

    @abstractmethod
    def record_of(self, row: T) -> Edited:
        """The record in a row."""

    @abstractmethod
    def name_of(self, row: T) -> str:
        """What a record is called."""

    @abstractmethod
    def counted(self, count: int) -> str:
        """A number of them: ``1 queue``, ``12 queues``."""

    @abstractmethod
    def dialog_for(self, row: T | None, *, copy: bool = False) -> RecordDialog[Any]:
        """The dialog that edits a row, or adds one: from nothing, or as a copy of the row."""

    @abstractmethod
    def save_validity(self, records: Sequence[Any], validity: Validity) -> Sequence[Any]:
        """Set the validity of records, all or none; as they are stored then. Called in a task."""

    @abstractmethod
    def delete(self, rows: Sequence[T]) -> None:
        """Ask whether to delete these, and do it."""

    # --- verbs ---

    def add_new(self) -> None:
        """Open the dialog that adds a record."""
        self._open(self.dialog_for(None))

    def edit(self, row: T) -> None:
        """Open the dialog that edits a row's record."""
        self._open(self.dialog_for(row))

    def set_validity(self, rows: Sequence[T], validity: Validity) -> None:
        """Set the validity of these rows' records; it can be undone."""
        records = [record for record in map(self.record_of, rows) if record.validity is not validity]
        if not records:
            return
        before = {record.id: record.validity for record in records}
        names = [self.name_of(row) for row in rows if self.record_of(row).id in before]
        done = partial(self._on_validity_set, names, before, validity)
        self.work("set validity", lambda: self.save_validity(records, validity), done)

    def work(self, name: str, do: Callable[[], A], then: Callable[[A], object]) -> Task:
        """Do something in a task; ``then`` gets what came of it. What goes wrong is said above the table."""
        task = self.tasks.task(f"{name}: {self.key}", lambda _: do())
        task.succeeded.connect(then)
        task.failed.connect(self._on_failed)
        return self.tasks.start(task)

    def tell_done(self, text: str) -> None:
        """Something was changed: say so, read anew, and have the other pages do so."""
        self.said.emit(text)
        self.changed.emit()
        self.refresh()

    # --- what the window calls ---

    @override
    def refresh(self) -> None:
        self._loader.load(_EVERYTHING)

    @override
    def focus_filter(self) -> None:
        self.filter.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.text.selectAll()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return self.table.column_actions(parent)

    @override
    def update_actions(self) -> None:
        selected = self.table.selected()
        validities = {self.record_of(row).validity for row in selected}
        for action in (self.edit_action, self.duplicate_action):
            action.setEnabled(len(selected) == 1)
        self.valid_action.setEnabled(bool(validities - {Validity.VALID}))
        self.invalid_action.setEnabled(bool(validities - {Validity.INVALID}))
        for action in (self.delete_action, self.copy_action):
            action.setEnabled(bool(selected))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settings.set_state(f"{self.key}/columns", self.table.layout_state())
        self.filter.remember(self._settings, self.key)

    # --- building ---

    def _build_verbs(self, *, duplicates: bool) -> None:
        self.add_new_action = self.add_action(self.words.add, "plus", self.add_new, shortcut=Key.New)
        self.edit_action = self.add_action(self.tr("&Edit"), "pencil-outline", lambda: self._with_one(self.edit))
        self.duplicate_action = self.add_action(
            self.tr("D&uplicate"), "content-duplicate", lambda: self._with_one(self._duplicate)
        )
        if not duplicates:
            self.menu_actions.remove(self.duplicate_action)
            self.duplicate_action.setVisible(False)
        self.copy_action = self.add_action(
            self.tr("&Copy as text"), "content-copy", self.table.copy_selected, shortcut=Key.Copy
        )
        self.copy_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.add_separator()
        self.valid_action = self.add_action(
            self.tr("Set to &valid"), "check-circle-outline", lambda: self._set_selected(Validity.VALID)
        )
        self.invalid_action = self.add_action(
            self.tr("Set to &invalid"), "minus-circle-outline", lambda: self._set_selected(Validity.INVALID)
        )
        self.delete_action = self.add_action(
            self.tr("&Delete"), "trash-can-outline", lambda: self.delete(self.table.selected()), shortcut=Key.Delete
        )
        self.add_separator()
        self.refresh_action = self.add_action(self.tr("&Refresh"), "refresh", self.refresh, shortcut=Key.Refresh)
        self.table.set_context_actions(self.menu_actions)
        self.contents.nothing_there.say(self.words.nothing_there, self.words.add.replace("&", ""), self.add_new)

    def _restore(self) -> None:
        self.table.sort_by(self.model.columns[0].key)
        self.table.restore_layout(self._settings.state(f"{self.key}/columns"))
        self.filter.restore(self._settings, self.key)

    # --- reading ---

    def _on_loaded(self, question: str, answer: object) -> None:
        self._loaded = True
        self.model.show_records(self.rows_of(answer))
        self._show_counts()
        if self._to_select is not None:
            wanted, self._to_select = self._to_select, None
            row = next((row for row in self.model.records if self.record_of(row).id == wanted), None)
            if row is not None:
                self.table.select(row)
        self.update_actions()

    def _on_not_loaded(self, error: MailadminError) -> None:
        if self._loaded:  # what was read before stays in sight
            self.show_error(error)
        else:
            self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), self.refresh)

    def _show_counts(self) -> None:
        if self._loaded:
            self.filter.show_counts()

    # --- answers ---

    def on_acted(self, column: str, row: T) -> None:
        """A cell of an action column was clicked."""
        if column == "delete":
            self.delete([row])

    def _on_failed(self, error: MailadminError) -> None:
        self.show_error(error)
        self.refresh()

    def _on_saved(self, record: Edited) -> None:
        self._to_select = record.id
        self.tell_done(self.tr("Saved"))

    def _on_validity_set(
        self, names: Sequence[str], before: dict[int | None, Validity], validity: Validity, stored: Sequence[Any]
    ) -> None:
        what = self.tr('"{name}"').format(name=names[0]) if len(names) == 1 else self.counted(len(names))
        text = self.tr("{what}: set to {validity}").format(what=what, validity=states.validity(validity))
        self.tell_done(text)
        self.undoable.emit(text, partial(self._undo_validity, before, stored))

    def _undo_validity(self, before: dict[int | None, Validity], stored: Sequence[Any]) -> None:
        def put_back() -> None:
            for validity in set(before.values()):
                self.save_validity([record for record in stored if before[record.id] is validity], validity)

        self.work("undo", put_back, lambda _: self.tell_done(self.tr("Undone")))

    # --- from actions to rows ---

    def _is_valid(self, row: T) -> bool:
        return self.record_of(row).validity is Validity.VALID

    def _open(self, dialog: RecordDialog[Any]) -> None:
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _duplicate(self, row: T) -> None:
        self._open(self.dialog_for(row, copy=True))

    def _with_one(self, act: Callable[[T], object]) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            act(selected[0])

    def _set_selected(self, validity: Validity) -> None:
        self.set_validity(self.table.selected(), validity)
