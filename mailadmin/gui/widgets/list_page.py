"""A page that is a list of records an administrator edits: the verbs that all such lists share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.sentences import errors, states
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Task, Tasks

from .columns import Edited
from .message_bar import Kind
from .record_dialog import RecordDialog
from .records import Column
from .table_page import ListWords, TablePage

__all__ = ["ListPage", "ListWords"]

T = TypeVar("T")
A = TypeVar("A")
Key = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class _Deleted:
    """How many were deleted, and why the one after them was not."""

    count: int
    error: MailadminError | None = None


class ListPage(TablePage[T]):
    """Shows rows ``T`` and edits the records in them. Subclasses open their dialog, and save and delete.

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
        super().__init__(key, words, columns, help_page=help_page, tasks=tasks, settings=settings, parent=parent)
        self._build_verbs(duplicates=duplicates)
        self.table.chosen.connect(self.edit)
        self.table.acted.connect(self.on_acted)
        self.table.selection_changed.connect(self.update_actions)
        self.update_actions()

    # --- for subclasses ---

    @abstractmethod
    def name_of(self, row: T) -> str:
        """What a record is called."""

    @abstractmethod
    def dialog_for(self, row: T | None, *, copy: bool = False) -> RecordDialog[Any]:
        """The dialog that edits a row, or adds one: from nothing, or as a copy of the row."""

    @abstractmethod
    def save_validity(self, records: Sequence[Any], validity: Validity) -> Sequence[Any]:
        """Set the validity of records, all or none; as they are stored then. Called in a task."""

    @abstractmethod
    def delete(self, rows: Sequence[T]) -> None:
        """Ask whether to delete these, and do it."""

    def on_acted(self, column: str, row: T) -> None:
        """A cell of an action column was clicked."""
        if column == "delete":
            self.delete([row])

    # --- verbs ---

    def add_new(self) -> None:
        """Open the dialog that adds a record."""
        self._open(self.dialog_for(None))

    def edit(self, row: T) -> None:
        """Open the dialog that edits a row's record."""
        self._open(self.dialog_for(row))

    def duplicate(self, row: T) -> None:
        """Open the dialog that adds a copy of a row's record."""
        self._open(self.dialog_for(row, copy=True))

    def set_validity(self, rows: Sequence[T], validity: Validity) -> None:
        """Set the validity of these rows' records; it can be undone."""
        changing = [row for row in rows if self.record_of(row).validity is not validity]
        if not changing:
            return
        records = [self.record_of(row) for row in changing]
        before = {record.id: record.validity for record in records}
        done = partial(self._on_validity_set, self.named(changing), before, validity)
        self.work("set validity", lambda: self.save_validity(records, validity), done)

    def work(self, name: str, do: Callable[[], A], then: Callable[[A], object]) -> Task:
        """Do something in a task; ``then`` gets what came of it. What goes wrong is said above the table."""
        task = self.tasks.task(f"{name}: {self.key}", lambda _: do())
        task.succeeded.connect(then)
        task.failed.connect(self._on_failed)
        return self.tasks.start(task)

    def delete_all(self, rows: Sequence[T], delete_one: Callable[[Any], object]) -> None:
        """Delete the records of these rows, one after the other; it was asked already.

        :param delete_one: deletes one record; called in a task
        """

        def delete_each() -> _Deleted:
            for number, row in enumerate(rows):
                try:
                    delete_one(self.record_of(row))
                except MailadminError as error:
                    return _Deleted(number, error)
            return _Deleted(len(rows))

        self.work("delete", delete_each, partial(self._on_deleted, tuple(rows)))

    def named(self, rows: Sequence[T]) -> str:
        """One record by its name, several by their number."""
        return f'"{self.name_of(rows[0])}"' if len(rows) == 1 else self.number_of(len(rows))

    def tell_done(self, text: str) -> None:
        """Something was changed: say so, read anew, and have the other pages do so."""
        self.said.emit(text)
        self.changed.emit()
        self.refresh()

    @override
    def update_actions(self) -> None:
        selected = self.table.selected()
        for action in (self.edit_action, self.duplicate_action):
            action.setEnabled(len(selected) == 1)
        for validity, action in self.validity_actions.items():
            action.setEnabled(any(self.record_of(row).validity is not validity for row in selected))
        for action in (self.delete_action, self.copy_action):
            action.setEnabled(bool(selected))

    # --- inside ---

    def _build_verbs(self, *, duplicates: bool) -> None:
        self.add_new_action = self.add_action(self.words.add, "plus", self.add_new, shortcut=Key.New)
        self.edit_action = self.add_action(self.tr("&Edit..."), "pencil-outline", lambda: self._with_one(self.edit))
        self.duplicate_action = self.add_action(
            self.tr("D&uplicate..."), "content-duplicate", lambda: self._with_one(self.duplicate)
        )
        if not duplicates:
            self.menu_actions.remove(self.duplicate_action)
            self.duplicate_action.setVisible(False)
        self.copy_action = self.add_action(
            self.tr("&Copy as text"), "content-copy", self.table.copy_selected, shortcut=Key.Copy
        )
        self.copy_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.add_separator()
        self.validity_actions = self.add_validity_actions(self._set_selected)
        self.delete_action = self.add_action(
            self.tr("&Delete..."), "trash-can-outline", lambda: self.delete(self.table.selected()), shortcut=Key.Delete
        )
        self.add_separator()
        self.add_action(self.tr("&Refresh"), "refresh", self.refresh, shortcut=Key.Refresh)
        self.table.set_context_actions(self.menu_actions)
        self.contents.nothing_there.say(self.words.nothing_there, self.words.add.replace("&", ""), self.add_new)

    def _open(self, dialog: RecordDialog[Any]) -> None:
        dialog.saved.connect(self._on_saved)
        dialog.help_wanted.connect(lambda: self.help_wanted.emit(self.help_page))
        dialog.open()

    def _with_one(self, act: Callable[[T], object]) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            act(selected[0])

    def _set_selected(self, validity: Validity) -> None:
        self.set_validity(self.table.selected(), validity)

    def _on_deleted(self, rows: Sequence[T], deleted: _Deleted) -> None:
        """Those before the first that could not be deleted are gone; those after it were not tried."""
        gone, error = rows[: deleted.count], deleted.error
        if gone:
            self.tell_done(self.tr("Deleted {what}").format(what=self.named(gone)))
        if error is None:
            return
        if len(rows) == 1:
            self._on_failed(error)
            return
        said = [
            self.tr('"{name}" was not deleted: {why}').format(
                name=self.name_of(rows[deleted.count]), why=errors.sentence(error)
            )
        ]
        if gone:
            said.append(self.tr("Deleted were: {names}.").format(names=listing([self.name_of(row) for row in gone])))
        self.bar.show_notice(Kind.ERROR, " ".join(said), details=errors.server_words(error))
        self.refresh()

    def _on_failed(self, error: MailadminError) -> None:
        self.show_error(error)
        self.refresh()

    def _on_saved(self, record: Edited) -> None:
        self.tell_done(self.tr("Saved"))
        self.select_when_read(record.id)

    def _on_validity_set(
        self, what: str, before: dict[int | None, Validity], validity: Validity, stored: Sequence[Any]
    ) -> None:
        text = self.tr("{what}: set to {validity}").format(what=what, validity=states.validity(validity))
        self.tell_done(text)
        self.undoable.emit(text, partial(self._undo_validity, before, stored))

    def _undo_validity(self, before: dict[int | None, Validity], stored: Sequence[Any]) -> None:
        def put_back() -> None:
            for validity in set(before.values()):
                self.save_validity([record for record in stored if before[record.id] is validity], validity)

        self.work("undo", put_back, lambda _: self.tell_done(self.tr("Undone")))
