"""The table of fetches: one row an account, a bar while it runs, numbers that lead to their messages, totals last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QLocale, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyleOptionProgressBar,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.outcomes import FetchStatus
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import states, times
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.widgets.records import RECORD_ROLE, AnyIndex, Column, RecordModel
from mailadmin.gui.widgets.table import CellDelegate, RecordTable

from .results import ALWAYS, WHEN_ANY, Result, downloading, name, problem, state, total_of

ROWS_AT_MOST: Final = 6
"""More than that scroll."""
STOP: Final = "stop"
NUMBERS: Final = (*ALWAYS, *WHEN_ANY)
_DASH: Final = "–"
_ICONS: Final = {
    FetchStatus.OK: ("check-circle-outline", Tone.GOOD),
    FetchStatus.FAILED: ("alert-circle-outline", Tone.BAD),
    FetchStatus.INVALID: ("alert-circle-outline", Tone.BAD),
    FetchStatus.STOPPED: ("stop-circle-outline", Tone.WARNING),
    FetchStatus.BUSY: ("lock-clock", Tone.QUIET),
}


def _state_icon(result: Result) -> QIcon:
    if result.account is None:
        return QIcon()
    if result.outcome is not None:
        return icon(*_ICONS[result.outcome.status])
    return icon("clock-outline", Tone.QUIET) if result.progress is None else icon("progress-download", Tone.ACCENT)


def _number(count: str, result: Result) -> str:
    number = result.number(count)
    if number is None or (not number and result.running):
        return ""
    return times.number(number) if number else _DASH


def _seconds(result: Result) -> str:
    if result.outcome is None or result.ended is None:
        return ""
    seconds = result.outcome.seconds
    return QLocale().toString(seconds, "f", 0 if seconds >= 10 else 1)


def _tooltip(result: Result) -> str:
    return problem(result) or state(result)


def columns() -> list[Column[Result]]:
    """The columns, from left to right."""
    numbers = [
        Column[Result](
            key=count,
            title=partial(states.count_name, count),
            text=partial(_number, count),
            sort=lambda result, count=count: result.number(count),  # type: ignore[misc]
            tooltip=lambda result, count=count: states.count_description(count),  # type: ignore[misc]
            numeric=True,
            width=3,
            shown=count in ALWAYS,
        )
        for count in NUMBERS
    ]
    return [
        Column[Result](key="account", title=lambda: translate("Fetch", "Account"), text=name, width=15),
        Column[Result](
            key="state",
            title=lambda: translate("Fetch", "State"),
            text=state,
            icon=_state_icon,
            tooltip=_tooltip,
        ),
        Column[Result](
            key=STOP,
            title=lambda: translate("Fetch", "Stop"),
            text=lambda result: "",
            icon=lambda result: icon("stop-circle-outline") if result.running and not result.stopping else QIcon(),
            tooltip=lambda result: translate("Fetch", "Stop fetching this account") if result.running else "",
            action=True,
        ),
        *numbers,
        Column[Result](
            key="seconds",
            title=lambda: translate("Fetch", "Seconds"),
            text=_seconds,
            sort=lambda result: result.outcome.seconds if result.outcome is not None else None,
            numeric=True,
            width=3,
        ),
    ]


class ResultModel(RecordModel[Result]):
    """Results in the order they began, or as they are sorted; the totals stay last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(columns(), lambda result: result.account.id if result.account is not None else None, parent)

    @property
    def results(self) -> list[Result]:
        """The rows without the totals."""
        return [result for result in self.records if result.account is not None]

    def put(self, result: Result) -> None:
        """Show this instead of what was shown of its account, or below the others."""
        assert result.account is not None
        account_id = result.account.id
        rows = self.results
        there = any(one.account is not None and one.account.id == account_id for one in rows)
        changed = [result if one.account and one.account.id == account_id else one for one in rows]
        self.show_results(changed if there else [*changed, result])

    def show_results(self, results: Sequence[Result]) -> None:
        """Show these, with totals when they are more than one."""
        self.show_records([*results, total_of(results)] if len(results) > 1 else results)

    def of(self, account_id: int) -> Result | None:
        """What is shown of an account."""
        return next((one for one in self.results if one.account is not None and one.account.id == account_id), None)

    def change(self, account_id: int, **changes: object) -> None:
        """Show something else of an account; nothing happens when it is not shown."""
        result = self.of(account_id)
        if result is not None:
            self.put(replace(result, **changes))  # type: ignore[arg-type]  # names and types are the caller's

    @override
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.FontRole and index.isValid() and self.record(index.row()).account is None:
            font = QFont()
            font.setBold(True)
            return font
        return super().data(index, role)

    @override
    def _in_order(self, records: Iterable[Result]) -> list[Result]:
        ordered = super()._in_order(list(records))
        return sorted(ordered, key=lambda result: result.account is None)


class StateDelegate(CellDelegate):
    """Draws a bar at the trailing end of a state cell while it is known how much there is to download."""

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        result = index.data(RECORD_ROLE)
        fraction = result.fraction if isinstance(result, Result) else None
        if fraction is None:
            super().paint(painter, option, index)
            return
        view = option.widget
        style = view.style()
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, whole, painter, view)
        words, room = self._divided(option)
        narrow = QStyleOptionViewItem(option)
        narrow.rect = words
        super().paint(painter, narrow, index)
        bar = QStyleOptionProgressBar()
        bar.initFrom(view)
        bar.rect = room
        bar.state |= QStyle.StateFlag.State_Horizontal
        bar.minimum, bar.maximum, bar.progress = 0, 1000, round(fraction * 1000)
        bar.textVisible = False
        style.drawControl(QStyle.ControlElement.CE_ProgressBar, bar, painter, view)

    @staticmethod
    def _divided(option: QStyleOptionViewItem) -> tuple[QRect, QRect]:
        """Where the words go, and where the bar."""
        cell = option.rect
        gap = option.fontMetrics.averageCharWidth()
        height, width = cell.height() // 2, cell.width() // 4
        words = QRect(cell.left(), cell.top(), cell.width() - width - 2 * gap, cell.height())
        bar = QRect(words.right() + gap, cell.center().y() - height // 2, width, height)
        return QStyle.visualRect(option.direction, cell, words), QStyle.visualRect(option.direction, cell, bar)


class ResultTable(RecordTable[Result]):
    """Shows a :class:`ResultModel`; as high as its rows, up to a limit."""

    number_chosen = Signal(object, str)
    """A Result, and the key of the column: a cell was double-clicked, or Enter pressed on it."""

    def __init__(self, model: ResultModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(model, name, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._keys = [column.key for column in model.columns]
        self.sort_by("account")
        self.setItemDelegateForColumn(self._keys.index("state"), StateDelegate(1, self))
        self.doubleClicked.connect(self._on_cell_chosen)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self.updateGeometry)

    @override
    def sizeHint(self) -> QSize:
        rows = min(max(self.records.rowCount(), 1), ROWS_AT_MOST)
        height = rows * self.verticalHeader().defaultSectionSize() + self.horizontalHeader().sizeHint().height()
        return QSize(super().sizeHint().width(), height + self.horizontalScrollBar().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_state()

    def show_only_filled(self) -> None:
        """Hide the columns of rare numbers that are zero in every row; show those that are not."""
        for count in WHEN_ANY:
            column = self._keys.index(count)
            filled = any(result.number(count) for result in self.records.records)
            self.setColumnHidden(column, not filled)
        self._fit_state()

    @override
    def _size_sections(self) -> None:
        """Numbers close together; the state takes what room is left."""
        super()._size_sections()
        metrics = self.fontMetrics()
        header = self.horizontalHeader()
        for number, column in enumerate(self.records.columns):
            if column.numeric:
                title = metrics.horizontalAdvance(column.title())
                header.resizeSection(number, max(title, metrics.averageCharWidth() * 6) + metrics.height())
        self._fit_state()

    def _fit_state(self) -> None:
        header = self.horizontalHeader()
        at = next(n for n, column in enumerate(self.records.columns) if column.key == "state")
        others = sum(header.sectionSize(n) for n in range(header.count()) if n != at and not self.isColumnHidden(n))
        metrics = self.fontMetrics()
        least = metrics.horizontalAdvance(downloading(888, 888)) * 5 // 4 + 2 * metrics.height()
        header.resizeSection(at, max(least, self.viewport().width() - others))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self._on_cell_chosen(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _on_cell_chosen(self, index: AnyIndex) -> None:
        if index.isValid():
            self.number_chosen.emit(index.data(RECORD_ROLE), self._keys[index.column()])
