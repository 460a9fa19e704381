"""Records in a table: columns declared as data, a model over a tuple, and a filter over all columns.

The model sorts in Python by native values, once per change; a QSortFilterProxyModel that sorts would ask the model
for every comparison, which takes half a second for 10,000 records.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon
from typing_extensions import override

from .labels import plain_tooltip

T = TypeVar("T")
AnyIndex: TypeAlias = QModelIndex | QPersistentModelIndex
Roles = Qt.ItemDataRole

RECORD_ROLE: Final = Roles.UserRole + 1
"""The record of a row, through any proxy."""
SECOND_ROLE: Final = Roles.UserRole + 2
"""The quieter second line of a cell."""
ELIDE_ROLE: Final = Roles.UserRole + 3
"""Where a text that is too long is cut: a Qt.TextElideMode."""

_NOWHERE: Final = QModelIndex()
LEADING: Final = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
TRAILING: Final = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, kw_only=True)
class Column(Generic[T]):
    """One column of a table.

    ``key`` names it in remembered layouts. ``title`` is called when it is shown, so that it is in the language of the
    moment. ``tooltip`` is taken for nothing but text, as the others are. ``sort`` gives native values (None comes
    last); without it the text is sorted by. ``width`` is in characters; 0: a usual one. ``words`` are texts that may
    come into the column; it is never narrower. ``stretch``: takes what room is left, at least its width. ``fixed``: it
    names the row and cannot be hidden. ``action``: a click on a cell is told by the table (a trash icon).
    """

    key: str
    title: Callable[[], str]
    text: Callable[[T], str]
    second: Callable[[T], str] | None = None
    sort: Callable[[T], Any] | None = None
    tooltip: Callable[[T], str] | None = None
    icon: Callable[[T], QIcon] | None = None
    numeric: bool = False
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    width: int = 0
    words: Callable[[], Sequence[str]] | None = None
    shown: bool = True
    stretch: bool = False
    fixed: bool = False
    action: bool = False


class RecordModel(QAbstractTableModel, Generic[T]):
    """Records as rows. :meth:`show_records` takes the new ones and moves only what changed.

    :param columns: from left to right
    :param key: what makes two records the same row
    """

    changing = Signal()
    """Other records are about to be shown: rows will come, go and move, one after the other."""
    changed = Signal()
    """They are shown."""

    def __init__(
        self, columns: Sequence[Column[T]], key: Callable[[T], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._records: list[T] = []
        self._texts: list[str] = []
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    # --- what pages use ---

    @property
    def records(self) -> Sequence[T]:
        """The records as they are sorted now."""
        return self._records

    def record(self, row: int) -> T:
        """The record of a row."""
        return self._records[row]

    def key_of(self, record: T) -> Hashable:
        """What makes two records the same row."""
        return self._key(record)

    def haystack(self, row: int) -> str:
        """Everything that can be read in a row, casefolded, for a filter."""
        return self._texts[row]

    def show_records(self, records: Sequence[T]) -> None:
        """Show these records instead; selection, current row and scroll position stay where they were."""
        if not self._records:
            self.beginResetModel()
            self._records = self._in_order(records)
            self._texts = [self._text_of(record) for record in self._records]
            self.endResetModel()
            return
        self.changing.emit()
        there = {self._key(record): record for record in records}
        self._remove({self._key(record) for record in self._records} - there.keys())
        self._update(there)
        known = {self._key(record) for record in self._records}
        self._insert([record for record in records if self._key(record) not in known])
        self._rearrange(self._in_order(self._records) if self._sorted_by else list(there.values()))
        self.changed.emit()

    def show_record(self, record: T) -> None:
        """Show a new version of one record where it stands, without sorting anew; one that is not there is left out."""
        key = self._key(record)
        for row, old in enumerate(self._records):
            if self._key(old) == key:
                if old != record:
                    self._records[row] = record
                    self._texts[row] = self._text_of(record)
                    self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
                return

    def refresh_texts(self) -> None:
        """Texts that depend on the time of day or on the language have changed."""
        if self._records:
            self._texts = [self._text_of(record) for record in self._records]
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._records) - 1, len(self.columns) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    # --- keeping rows in step ---

    def _remove(self, gone: set[Hashable]) -> None:
        row = len(self._records) - 1
        while row >= 0:
            if self._key(self._records[row]) not in gone:
                row -= 1
                continue
            last = row
            while row > 0 and self._key(self._records[row - 1]) in gone:
                row -= 1
            self.beginRemoveRows(_NOWHERE, row, last)
            del self._records[row : last + 1]
            del self._texts[row : last + 1]
            self.endRemoveRows()
            row -= 1

    def _update(self, there: dict[Hashable, T]) -> None:
        for row, old in enumerate(self._records):
            new = there[self._key(old)]
            if new != old:
                self._records[row] = new
                self._texts[row] = self._text_of(new)
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def _insert(self, new: list[T]) -> None:
        if new:
            first = len(self._records)
            self.beginInsertRows(_NOWHERE, first, first + len(new) - 1)
            self._records += new
            self._texts += [self._text_of(record) for record in new]
            self.endInsertRows()

    def _rearrange(self, ordered: list[T]) -> None:
        keys = [self._key(record) for record in ordered]
        before = [self._key(record) for record in self._records]
        if keys == before:
            return
        self.layoutAboutToBeChanged.emit()
        texts = dict(zip(before, self._texts, strict=True))
        rows = {key: row for row, key in enumerate(keys)}
        self._records = ordered
        self._texts = [texts[key] for key in keys]
        old = self.persistentIndexList()
        self.changePersistentIndexList(old, [self.index(rows[before[one.row()]], one.column()) for one in old])
        self.layoutChanged.emit()

    def _in_order(self, records: Sequence[T]) -> list[T]:
        if self._sorted_by is None:
            return list(records)
        number, order = self._sorted_by
        column = self.columns[number]
        value: Callable[[T], Any] = column.sort or (lambda record: column.text(record).casefold())
        valued = [(value(record), record) for record in records]
        present = [pair for pair in valued if pair[0] is not None]
        present.sort(key=lambda pair: pair[0], reverse=order is Qt.SortOrder.DescendingOrder)
        return [record for _, record in present] + [record for found, record in valued if found is None]

    def _text_of(self, record: T) -> str:
        parts = [column.text(record) for column in self.columns if not column.action]
        parts += [column.second(record) for column in self.columns if column.second]
        return "\n".join(parts).casefold()

    # --- Qt's questions ---

    @override
    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._records)

    @override
    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def data(self, index: AnyIndex, role: int = Roles.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record = self._records[index.row()]
        if role == RECORD_ROLE:
            return record
        column = self.columns[index.column()]
        if role == Roles.DisplayRole:
            return "" if column.action else column.text(record)
        answer = _ANSWERS.get(role)
        return None if answer is None else answer(column, record)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Roles.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Roles.DisplayRole:
            return "" if column.action else column.title()
        if role in {Roles.AccessibleTextRole, Roles.ToolTipRole}:
            return column.title()
        if role == Roles.TextAlignmentRole:
            return TRAILING if column.numeric else LEADING
        return None

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if 0 <= column < len(self.columns) and not self.columns[column].action:
            self._sorted_by = (column, order)
            self._rearrange(self._in_order(self._records))


def _accessible(column: Column[T], record: T) -> str:
    return ", ".join(part for part in (column.text(record), column.second(record) if column.second else "") if part)


_ANSWERS: Final[dict[int, Callable[[Column[Any], Any], Any]]] = {
    Roles.DecorationRole: lambda column, record: column.icon(record) if column.icon else None,
    Roles.ToolTipRole: lambda column, record: plain_tooltip(column.tooltip(record)) if column.tooltip else None,
    Roles.TextAlignmentRole: lambda column, record: TRAILING if column.numeric else LEADING,
    Roles.AccessibleTextRole: _accessible,
    SECOND_ROLE: lambda column, record: column.second(record) if column.second else None,
    ELIDE_ROLE: lambda column, record: column.elide,
}


class RecordFilter(QSortFilterProxyModel, Generic[T]):
    """Shows the rows in which every word of a text is found, over all columns; sorting is the model's own."""

    changed = Signal()
    """Other rows may be shown than before."""
    filtering = Signal()
    """Another filter is about to be applied."""
    filtered = Signal()
    """It was applied."""

    def __init__(self, model: RecordModel[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._words: tuple[str, ...] = ()
        self._accepts: Callable[[T], bool] | None = None
        self.setDynamicSortFilter(True)
        self.setSourceModel(model)
        self._setting = False
        for signal in (self.rowsInserted, self.rowsRemoved, self.modelReset, self.layoutChanged):
            signal.connect(self._on_changed)

    @property
    def text(self) -> str:
        """The words, as they were set."""
        return " ".join(self._words)

    def set_text(self, text: str) -> None:
        """Show only rows that hold every word of this text, in any case."""
        self._set(tuple(text.casefold().split()), self._accepts)

    def set_accepts(self, accepts: Callable[[T], bool] | None) -> None:
        """Show only records that this says yes to, too."""
        self._set(self._words, accepts)

    def records(self, rows: Iterable[int]) -> list[T]:
        """The records of rows as they are shown."""
        if self.rowCount() == self._model.rowCount():  # the order is the model's own
            return [self._model.record(row) for row in rows]
        return [self._model.record(self.mapToSource(self.index(row, 0)).row()) for row in rows]

    def _set(self, words: tuple[str, ...], accepts: Callable[[T], bool] | None) -> None:
        self.filtering.emit()
        self._setting = True
        self.beginFilterChange()
        self._words, self._accepts = words, accepts
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)
        self._setting = False
        self.filtered.emit()
        self.changed.emit()

    def _on_changed(self) -> None:
        """Rows came or went; of the thousands of ranges that a new filter hides, only the end is told."""
        if not self._setting:
            self.changed.emit()

    @property
    def hidden(self) -> int:
        """How many records the filter hides."""
        return self._model.rowCount() - self.rowCount()

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._model.sort(column, order)

    @override
    def filterAcceptsRow(self, row: int, parent: AnyIndex) -> bool:
        if self._accepts is not None and not self._accepts(self._model.record(row)):
            return False
        if not self._words:
            return True
        text = self._model.haystack(row)
        for word in self._words:  # noqa: SIM110  (asked for every row at every key: a generator each is felt)
            if word not in text:
                return False
        return True
