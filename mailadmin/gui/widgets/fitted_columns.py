"""Columns that stay in sight: in a narrow window the wide ones give way; with more room they are as wide as before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import shiboken6
from PySide6.QtCore import QByteArray, QEvent, QObject, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView
from typing_extensions import override

from .records import Column

_ELASTIC: Final = 10
"""Characters that a column without a width of its own keeps when it takes what is left."""


class FittedColumns(QObject):
    """Gives the columns of a table the widths they should have, as far as there is room.

    What they should have is what was declared, remembered, or dragged with the mouse.

    :param columns: those of the table, by their logical number
    """

    def __init__(self, table: QTableView, columns: Sequence[Column[Any]]) -> None:
        super().__init__(table)
        self._table = table
        self._columns = columns
        self._header = table.horizontalHeader()
        self._header.setResizeContentsPrecision(0)  # of thousands of rows, those in sight
        self._wanted: dict[int, int] = {}
        self._fitting = False
        self._knows_contents = False
        self._in_sight = QTimer(self, singleShot=True, interval=0)  # what contents need is known when rows are laid out
        self._in_sight.timeout.connect(self.fit)
        self.learn()
        self._header.sectionResized.connect(self._on_resized)
        table.viewport().installEventFilter(self)
        table.model().modelReset.connect(self._on_filled)

    def learn(self) -> None:
        """The widths as they are now are the ones they should have."""
        for number, column in enumerate(self._columns):
            if not column.stretch and not self._header.isSectionHidden(number):
                self._wanted[number] = self._header.sectionSize(number)

    def wanted_state(self) -> QByteArray:
        """The state of the header with the widths that the columns should have, not those there is room for now.

        Empty when the table is being deleted: a page is told that it is hidden then, too.
        """
        if not shiboken6.isValid(self._header):
            return QByteArray()
        self._resize({n: size for n, size in self._wanted.items() if not self._header.isSectionHidden(n)})
        state = self._header.saveState()
        self.fit()
        return state

    def fit(self) -> None:
        """Fit the columns into the table as wide as it is."""
        shown = [n for n, _ in enumerate(self._columns) if not self._header.isSectionHidden(n)]
        elastic = sum(self._least_elastic(n) for n in shown if self._columns[n].stretch)
        sizes = {n: self._wanted.get(n, self._header.sectionSize(n)) for n in shown if not self._columns[n].stretch}
        room = self._table.viewport().width() - elastic
        if sum(sizes.values()) > room:
            self._knows_contents = self._table.model().rowCount() > 0
            sizes = {n: min(size, self._needed(n)) for n, size in sizes.items()}
            sizes = _cut(sizes, {n: self._least(n) for n in sizes}, sum(sizes.values()) - room)
        self._resize(sizes)

    # --- widths ---

    def _resize(self, sizes: Mapping[int, int]) -> None:
        self._fitting = True
        for number, size in sizes.items():
            if size != self._header.sectionSize(number):
                self._header.resizeSection(number, size)
        self._fitting = False

    def _needed(self, number: int) -> int:
        """What the contents in sight need; without any, what it should have."""
        if self._columns[number].action or not self._knows_contents:
            return self._header.sectionSize(number) if self._columns[number].action else self._wanted[number]
        return max(self._table.sizeHintForColumn(number), self._least(number))

    def _least(self, number: int) -> int:
        """What it is never narrower than: its title, half its declared width, and the words it is known to hold."""
        column = self._columns[number]
        if column.action:
            return self._header.sectionSize(number)
        metrics = self._table.fontMetrics()
        half = column.width // 2 * metrics.averageCharWidth()
        words = [metrics.horizontalAdvance(word) for word in column.words()] if column.words else []
        return max(self._header.sectionSizeHint(number), half, max(words, default=0) + 2 * metrics.height())

    def _least_elastic(self, number: int) -> int:
        return (self._columns[number].width or _ELASTIC) * self._table.fontMetrics().averageCharWidth()

    # --- when ---

    def _on_resized(self, number: int, before: int, now: int) -> None:
        if now and not self._fitting and not self._columns[number].stretch:
            self._wanted[number] = now

    def _on_filled(self) -> None:
        if not self._knows_contents and self._table.model().rowCount():
            self.fit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QResizeEvent) and event.oldSize().width() != event.size().width()
        ) or event.type() is QEvent.Type.Show:
            self.fit()
            if event.type() is QEvent.Type.Show:
                self._in_sight.start()
        return False


def _cut(sizes: Mapping[int, int], least: Mapping[int, int], too_much: int) -> dict[int, int]:
    """The sizes made smaller by so much in all, in proportion to what each can give."""
    can_give = {n: max(0, size - least[n]) for n, size in sizes.items()}
    total = sum(can_give.values())
    if too_much <= 0 or not total:
        return dict(sizes)
    share = min(1.0, too_much / total)
    return {n: size - round(can_give[n] * share) for n, size in sizes.items()}
