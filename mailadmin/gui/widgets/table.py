"""A table of records as a person uses it: whole rows, choosable columns, copy as text, what it is called when empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from typing_extensions import override

from .fitted_columns import FittedColumns
from .keyboard_selection import KeyboardSelection
from .large_selection import LargeSelection, selected_rows
from .records import ELIDE_ROLE, RECORD_ROLE, SECOND_ROLE, AnyIndex, Column, RecordFilter, RecordModel

T = TypeVar("T")


class CellDelegate(QStyledItemDelegate):
    """Draws a cell with its icon, its text, and a quieter second line where the column has one."""

    def __init__(self, lines: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines = lines

    @override
    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().initStyleOption(option, index)
        elide = index.data(ELIDE_ROLE)
        if elide is not None:
            option.textElideMode = elide

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        hint = super().sizeHint(option, index)
        second = index.data(SECOND_ROLE)
        if second:
            metrics = QFontMetrics(option.font)
            hint.setWidth(max(hint.width(), metrics.horizontalAdvance(second) + 2 * metrics.height()))
        return hint

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        second = index.data(SECOND_ROLE)
        if not second:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        view: Any = option.widget
        style = view.style() if view is not None else QApplication.style()
        first, option.text = option.text, ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, view)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette: QPalette = option.palette
        rect: QRect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, view)
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, view) + 1
        rect = rect.adjusted(margin, 0, -margin, 0)
        metrics = QFontMetrics(option.font)
        top = rect.top() + max(0, (rect.height() - 2 * metrics.height()) // 2)
        lines = ((first, QPalette.ColorRole.Text), (second, QPalette.ColorRole.PlaceholderText))
        for number, (text, role) in enumerate(lines):
            painter.setPen(palette.color(QPalette.ColorRole.HighlightedText if selected else role))
            line = QRect(rect.left(), top + number * metrics.height(), rect.width(), metrics.height())
            shown = metrics.elidedText(text, option.textElideMode, rect.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter), shown)


class RecordTable(QTableView, Generic[T]):
    """Shows a :class:`RecordModel` through a :class:`RecordFilter`.

    :param name: the accessible name ("Incoming accounts")
    """

    chosen = Signal(object)
    """A record was double-clicked, or Enter pressed on it."""
    acted = Signal(str, object)
    """A cell of an action column was clicked: the column's key, and the record."""
    selection_changed = Signal()
    """Other records are selected, or the selected ones have changed."""
    others_selected = Signal()
    """Other records are selected than before."""

    def __init__(self, model: RecordModel[T], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.records = model
        self.filter: RecordFilter[T] = RecordFilter(model, self)
        keyboard = KeyboardSelection(self, self.filter, self)
        self.setModel(self.filter)
        self.selectionModel().selectionChanged.connect(keyboard.forget_gap)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self._context: Sequence[QAction | None] = ()
        self._fitted: FittedColumns | None = None
        self._build_headers()
        self.setItemDelegate(CellDelegate(self._lines, self))
        self.setSortingEnabled(True)
        self.customContextMenuRequested.connect(self._show_context_menu)
        self.doubleClicked.connect(self._on_double_clicked)
        self.clicked.connect(self._on_clicked)
        self._selection = LargeSelection(model, self.filter, self.selectionModel(), self)
        self._selection.changed.connect(self.others_selected)
        self._selection.changed.connect(self.selection_changed)
        model.dataChanged.connect(self._on_data_changed)
        model.modelReset.connect(self.selection_changed)

    # --- what pages use ---

    def selected(self) -> list[T]:
        """The selected records, from top to bottom."""
        return self.filter.records(selected_rows(self.selectionModel()))

    def current(self) -> T | None:
        """The record of the current row, when it is selected."""
        index = self.currentIndex()
        there = index.isValid() and self.selectionModel().isRowSelected(index.row(), QModelIndex())
        record: T | None = index.data(RECORD_ROLE) if there else None
        return record

    def select(self, record: T) -> bool:
        """Select one record and scroll to it; whether it is shown."""
        for row in range(self.filter.rowCount()):
            index = self.filter.index(row, 0)
            if index.data(RECORD_ROLE) == record:
                self.select_row(row)
                return True
        return False

    def select_row(self, row: int) -> None:
        """Select one row as it is shown now, and scroll to it.

        selectRow() does nothing from right to left before the columns are laid out.
        """
        index, flag = self.filter.index(row, 0), QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.scrollTo(index)

    def take_focus(self) -> None:
        """Go on here by keyboard: with what is selected, or else with the first row."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.selected() and self.filter.rowCount():
            self.select_row(0)

    def set_context_actions(self, actions: Sequence[QAction | None]) -> None:
        """What the context menu offers; None is a line between."""
        self._context = actions

    def sort_by(self, key: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the column of that key."""
        keys = [column.key for column in self.records.columns]
        self.sortByColumn(keys.index(key), order)

    def layout_state(self) -> QByteArray:
        """Order, widths and visibility of the columns, and the sorting."""
        return self.horizontalHeader().saveState() if self._fitted is None else self._fitted.wanted_state()

    def restore_layout(self, state: QByteArray) -> None:
        """Put the columns as they were; without a state that fits they stay as declared."""
        if state.isEmpty() or not self.horizontalHeader().restoreState(state):
            return
        header = self.horizontalHeader()
        for number, column in enumerate(self.records.columns):
            if column.fixed:
                self.setColumnHidden(number, False)
        self.sortByColumn(header.sortIndicatorSection(), header.sortIndicatorOrder())
        if self._fitted is not None:
            self._fitted.learn()
            self._fitted.fit()

    def keep_in_sight(self) -> None:
        """Have columns give way in a narrow window, so that none is out of sight."""
        self._fitted = FittedColumns(self, self.records.columns)

    def _on_data_changed(self) -> None:
        if not self._selection.keeps:
            self.selection_changed.emit()

    # --- building ---

    @property
    def _lines(self) -> int:
        return 2 if any(column.second for column in self.records.columns) else 1

    def _build_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # Whole rows are selected; to find out whether a column is, Qt would ask every one of them.
        header.setSelectionModel(QItemSelectionModel(self.filter, header))
        header.setSectionsMovable(True)
        header.setStretchLastSection(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_column_menu)
        header.setAccessibleName(self.tr("Columns"))
        self._size_sections()

    def _size_sections(self) -> None:
        metrics = self.fontMetrics()
        line = metrics.height()
        self.verticalHeader().setDefaultSectionSize(round(line * (self._lines + 0.8)))
        header = self.horizontalHeader()
        for number, column in enumerate(self.records.columns):
            if column.action:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(number, round(line * 2.2))
            else:
                title = metrics.horizontalAdvance(column.title()) + 3 * line
                header.resizeSection(number, max(title, metrics.averageCharWidth() * (column.width or 12) + 2 * line))
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            self.setColumnHidden(number, not column.shown)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._size_sections()

    # --- menus and keys ---

    def column_actions(self, parent: QWidget) -> list[QAction]:
        """One checkable action a column, for the header's menu and the View menu."""
        actions = []
        for number, column in enumerate(self.records.columns):
            if column.action:
                continue
            action = QAction(column.title(), parent, checkable=True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(not column.fixed)
            action.setData(number)
            action.toggled.connect(self._on_column_toggled)
            actions.append(action)
        return actions

    def _on_column_toggled(self, shown: bool) -> None:
        action = self.sender()
        if not isinstance(action, QAction):
            return
        visible = [n for n, c in enumerate(self.records.columns) if not c.action and not self.isColumnHidden(n)]
        if not shown and visible == [action.data()]:  # a table without columns could not be brought back
            action.setChecked(True)
            return
        self.setColumnHidden(action.data(), not shown)
        if self._fitted is not None:
            self._fitted.fit()

    def _show_column_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.column_actions(menu))
        menu.popup(self.horizontalHeader().mapToGlobal(at))

    def _show_context_menu(self, at: QPoint) -> None:
        if not self._context:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in self._context:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        menu.popup(self.viewport().mapToGlobal(at))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            record = self.current()
            if record is not None:
                self.chosen.emit(record)
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
            return
        super().keyPressEvent(event)

    def copy_selected(self) -> None:
        """Put the selected rows on the clipboard: one line each, the shown columns with tabs between."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(at) for at in range(header.count())]
        columns: list[Column[T]] = [
            self.records.columns[n] for n in order if not self.isColumnHidden(n) and not self.records.columns[n].action
        ]
        lines = ["\t".join(column.text(record) for column in columns) for record in self.selected()]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    # --- mouse ---

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if not self.records.columns[index.column()].action:
            self.chosen.emit(index.data(RECORD_ROLE))

    def _on_clicked(self, index: QModelIndex) -> None:
        column = self.records.columns[index.column()]
        if column.action:
            self.acted.emit(column.key, index.data(RECORD_ROLE))
