"""The server's folders as a tree to choose one from (IN-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QDialog, QDialogButtonBox, QTreeView, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.ports import Folder
from mailadmin.domain.validation import same_folder
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.empty import Contents, EmptyState
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.labels import plain_tooltip

FULL_NAME: Final = Qt.ItemDataRole.UserRole
Button = QDialogButtonBox.ButtonRole
ReadFolders: TypeAlias = Callable[[Callable[[], bool]], Sequence[Folder]]
"""Reads the folders of a server; is given ``should_stop``. Called in a task."""


class FolderBrowser(QDialog):
    """Reads the folders, shows them by the server's separator, and tells which one is chosen.

    :param current: the full name of the folder that is in the form
    """

    chosen = Signal(str)
    """The full name of a folder."""

    def __init__(self, read: ReadFolders, current: str, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Folders on the server"))
        self._read = read
        self._current = current
        self._tasks = tasks
        self._task: Task | None = None
        self.filter_edit = FilterEdit(self.tr("Just start typing to filter..."), self)
        self.filter_edit.filtered.connect(self._on_filtered)
        self.filter_edit.left.connect(self._on_filter_left)
        self.model = QStandardItemModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setRecursiveFilteringEnabled(True)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setSourceModel(self.model)
        self._build_tree()
        self._build_states()
        column = QVBoxLayout(self)
        column.addWidget(self.filter_edit)
        column.addWidget(self.contents, 1)
        column.addWidget(self._build_buttons())
        self.resize(self.fontMetrics().averageCharWidth() * 55, self.fontMetrics().height() * 24)
        self.load()

    def load(self) -> None:
        """Read the folders; with a way to try again when it fails."""
        if self._task is not None:
            return
        self.contents.setCurrentWidget(self.loading)
        task = self._tasks.task("read folders", lambda task: self._read(task.should_stop))
        task.succeeded.connect(self._on_loaded)
        task.failed.connect(self._on_failed)
        task.stopped.connect(self._on_stopped)
        self._task = self._tasks.start(task)

    @property
    def selected(self) -> str:
        """The full name of the folder that is selected; empty for none, or one that only holds others."""
        index = self.tree.currentIndex()
        usable = index.isValid() and index.flags() & Qt.ItemFlag.ItemIsSelectable
        return str(index.data(FULL_NAME)) if usable else ""

    # --- building ---

    def _build_tree(self) -> None:
        self.tree = QTreeView(self)
        self.tree.setModel(self._proxy)
        self.tree.setHeaderHidden(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName(self.tr("Folders on the server"))
        self.tree.activated.connect(self._on_activated)
        self.tree.selectionModel().currentChanged.connect(self._update_buttons)

    def _build_states(self) -> None:
        self.contents = Contents(self.tree, self)
        self.loading = EmptyState("folder-search-outline", self)
        self.loading.say(self.tr("Asking the server for its folders …"))
        self.contents.addWidget(self.loading)
        self.contents.nothing_there.say(self.tr("The server names no folders."))
        self.contents.nothing_found.say(
            self.tr("No folder has this in its name."), self.tr("Clear filter"), self.filter_edit.clear
        )

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        self.choose_button = buttons.addButton(self.tr("&Choose folder"), Button.AcceptRole)
        self.choose_button.setDefault(True)
        self.choose_button.clicked.connect(self._choose)
        buttons.addButton(self.tr("Cancel"), Button.RejectRole).clicked.connect(self.reject)
        self._update_buttons()
        return buttons

    # --- reading ---

    def _on_loaded(self, folders: Sequence[Folder]) -> None:
        self._task = None
        fill(self.model, folders)
        self.tree.expandAll()
        self._select(self._current)
        self.contents.show_counts(total=self.model.rowCount(), shown=self._proxy.rowCount())
        self._update_buttons()
        if not self.filter_edit.text():
            self.tree.setFocus()

    def _on_failed(self, error: MailadminError) -> None:
        self._task = None
        words = errors.server_words(error)
        said = errors.sentence(error)
        self.contents.show_failure(f"{said}\n\n{words}" if words else said, self.tr("&Try again"), self.load)

    def _on_stopped(self) -> None:
        self._task = None

    # --- choosing ---

    def _select(self, name: str) -> None:
        for index in _all_indexes(self._proxy):
            if same_folder(str(index.data(FULL_NAME)), name):
                self.tree.setCurrentIndex(index)
                self.tree.scrollTo(index)
                return

    def _on_filtered(self, text: str) -> None:
        kept = self.selected
        self._proxy.setFilterFixedString(text)
        self.tree.expandAll()
        if self._task is None and self.model.rowCount():
            self.contents.show_counts(total=self.model.rowCount(), shown=self._proxy.rowCount())
        self._select(kept)
        self._update_buttons()

    def _on_filter_left(self) -> None:
        self.tree.setFocus()
        if not self.tree.currentIndex().isValid():
            self.tree.setCurrentIndex(self._proxy.index(0, 0))

    def _on_activated(self, index: QModelIndex) -> None:
        self.tree.setCurrentIndex(index)
        self._choose()

    def _choose(self) -> None:
        if name := self.selected:
            self.chosen.emit(name)
            self.accept()

    def _update_buttons(self) -> None:
        self.choose_button.setEnabled(bool(self.selected))

    @override
    def done(self, result: int) -> None:
        if self._task is not None:
            self._task.stop()
        super().done(result)


def fill(model: QStandardItemModel, folders: Iterable[Folder]) -> None:
    """Put folders into a tree by their separators; a level that is no folder itself is there, but greyed."""
    model.clear()
    items: dict[str, QStandardItem] = {}
    usable = {folder.name for folder in folders if folder.selectable}
    for folder in sorted(folders, key=lambda folder: (folder.name.upper() != "INBOX", folder.name.casefold())):
        above = model.invisibleRootItem()
        path = ""
        for level in folder.name.split(folder.separator) if folder.separator else [folder.name]:
            path = f"{path}{folder.separator}{level}" if path else level
            if path not in items:
                items[path] = _item(level, path, usable=path in usable)
                above.appendRow(items[path])
            above = items[path]


def _item(level: str, path: str, *, usable: bool) -> QStandardItem:
    item = QStandardItem(icon("folder-outline" if usable else "folder-hidden", Tone.QUIET), level)
    item.setData(path, FULL_NAME)
    item.setToolTip(plain_tooltip(path))
    if not usable:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _all_indexes(model: QSortFilterProxyModel, above: QModelIndex | None = None) -> Iterable[QModelIndex]:
    parent = above or QModelIndex()
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        yield index
        yield from _all_indexes(model, index)
