"""Going about a table by keyboard: what has the focus there is also selected, and arrows lead on from any place."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final, Protocol

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QTableView
from typing_extensions import override

Reason = Qt.FocusReason
_BY_KEYBOARD: Final = {
    Reason.TabFocusReason,
    Reason.BacktabFocusReason,
    Reason.ShortcutFocusReason,
    Reason.OtherFocusReason,
}
_STEPS: Final[Mapping[int, int]] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_ENDS: Final[Set[int]] = {Qt.Key.Key_Home, Qt.Key.Key_End}


class SelectsRows(Protocol):
    """What a table can do for the keyboard."""

    def select_row(self, row: int) -> None:
        """Select one row."""


class KeyboardSelection(QObject):
    """Selects a row where Qt would only frame one, or do nothing.

    Made before the table gets its model: Qt moves the current row as soon as it is removed.

    :param rows: tells of rows that go
    :param select: selects what was come to
    """

    def __init__(self, table: QTableView, rows: QAbstractItemModel, select: SelectsRows) -> None:
        super().__init__(table)
        self._table = table
        self._rows = rows
        self._select = select
        self._gap = 0
        """Where the row was that is gone: before the current one (-1), after it (1), nowhere (0)."""
        rows.rowsAboutToBeRemoved.connect(self._on_removed)
        table.installEventFilter(self)

    def forget_gap(self) -> None:
        """Other rows are selected: once there are any, arrows go on from them."""
        if self._table.selectionModel().hasSelection():
            self._gap = 0

    def _on_removed(self, parent: QModelIndex, first: int, last: int) -> None:
        if first <= self._table.currentIndex().row() <= last:
            self._gap = 1 if first else -1  # Qt goes to the row above; there is none above the first

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._rows.rowCount() or self._table.selectionModel().hasSelection():
            return False
        if isinstance(event, QFocusEvent) and event.gotFocus() and event.reason() in _BY_KEYBOARD:
            self._select.select_row(max(0, self._table.currentIndex().row()))
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key not in _STEPS.keys() | _ENDS or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        last, current = self._rows.rowCount() - 1, self._table.currentIndex()
        if key in _ENDS or not current.isValid():
            row = 0 if key in {Qt.Key.Key_Home, Qt.Key.Key_Down} else last
        else:
            step = _STEPS[key]
            row = current.row() + (0 if self._gap == -step else step)
        self._select.select_row(min(max(0, row), last))
        return True
