"""Many selected rows while others come and go: kept by key, for Qt alone would need minutes, or hours."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QObject, Signal

from .records import RecordFilter, RecordModel

_MANY: Final = 20
"""Selected rows."""


def selected_rows(model: QItemSelectionModel) -> list[int]:
    """The selected rows, rising; selectedRows() takes half a second for 10,000 of them."""
    selection = model.selection()
    ranges = [selection.at(number) for number in range(selection.count())]
    return sorted({row for one in ranges for row in range(one.top(), one.bottom() + 1)})


class LargeSelection(QObject):
    """Keeps what is selected, as far as it is still shown, whenever other rows are shown than before.

    Of a large selection Qt splits and merges ranges at every row that comes or goes, which takes ever longer.
    """

    changed = Signal()
    """Other rows are selected than before; told once, however many rows came and went."""

    def __init__(
        self, model: RecordModel[Any], shown: RecordFilter[Any], selection: QItemSelectionModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._shown = shown
        self._selection = selection
        self._kept: set[Hashable] | None = None
        selection.selectionChanged.connect(self._on_changed)
        for begins, ends in ((shown.filtering, shown.filtered), (model.changing, model.changed)):
            begins.connect(self._keep)
            ends.connect(self._give_back)

    @property
    def keeps(self) -> bool:
        """Whether rows come and go just now, and what is selected is kept here meanwhile."""
        return self._kept is not None

    def _on_changed(self) -> None:
        if not self.keeps:
            self.changed.emit()

    def _keep(self) -> None:
        rows = selected_rows(self._selection)
        if len(rows) > _MANY:
            self._kept = {self._model.key_of(record) for record in self._shown.records(rows)}
            self._selection.clearSelection()

    def _give_back(self) -> None:
        if self._kept is None:
            return
        records = self._shown.records(range(self._shown.rowCount()))
        rows = [row for row, record in enumerate(records) if self._model.key_of(record) in self._kept]
        again, last = QItemSelection(), self._shown.columnCount() - 1
        for first, after in _runs(rows):
            again.append(QItemSelectionRange(self._shown.index(first, 0), self._shown.index(after - 1, last)))
        self._selection.select(again, QItemSelectionModel.SelectionFlag.Select)
        self._kept = None
        self.changed.emit()


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as ranges: the first of each, and the one after its last."""
    first = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at] != rows[at - 1] + 1:
            yield rows[first], rows[at - 1] + 1
            first = at
