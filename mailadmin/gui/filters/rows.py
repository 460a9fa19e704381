"""A list of rows in a form: each has editors for one thing; rows are added and taken away."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStyle, QToolButton, QVBoxLayout, QWidget

from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.labels import quiet_label
from mailadmin.gui.widgets.message_bar import Kind

V = TypeVar("V")


class Row(QWidget, Generic[V]):
    """One row: a line of editors with a button that takes it away, an explanation and a fault below.

    :param what: what a row is called, for screen readers (``Condition``)
    """

    edited = Signal()
    """The value has changed."""
    left = Signal()
    """The value is entered: the moment to look whether it is right."""
    removed = Signal()
    """The row is to go."""

    def __init__(self, what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.what = what
        self.line = QHBoxLayout()
        self.line.setSpacing(self.style().pixelMetric(QStyle.PixelMetric.PM_LayoutHorizontalSpacing))
        self.remove = QToolButton(self)
        self.remove.setIcon(icon("close"))
        self.remove.setAutoRaise(True)
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.remove.clicked.connect(self.removed)
        self._explanation = quiet_label("", self, wrapped=True)
        self._explanation.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._fault = Remark(Kind.ERROR, self)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, self.fontMetrics().height() // 2)
        self.column.setSpacing(self.fontMetrics().height() // 6)
        self.column.addLayout(self.line)
        self.column.addWidget(self._fault)
        self.column.addWidget(self._explanation)

    @property
    @abstractmethod
    def value(self) -> V | None:
        """What the row says; None when nothing was entered."""

    @abstractmethod
    def editors(self) -> Sequence[QWidget]:
        """The editors, from left to right; a fault is described at the last."""

    @abstractmethod
    def stops(self) -> Sequence[QWidget]:
        """What Tab leads through, in this order; what is hidden is passed over."""

    @property
    def fault(self) -> str:
        """What is said to be wrong."""
        return self._fault.text

    def set_fault(self, text: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        self._fault.say(text)
        self._describe()

    def explain(self, text: str) -> None:
        """Say what the choice means."""
        self._explanation.setText(text)
        self._describe()

    def name(self, number: int) -> None:
        """Tell screen readers which row it is."""
        self.remove.setToolTip(self.tr("Remove this row"))
        self.remove.setAccessibleName(self.tr("Remove {what} {number}").format(what=self.what, number=number))

    def _describe(self) -> None:
        for editor in self.editors():
            editor.setAccessibleDescription(
                " ".join(part for part in (self._fault.text, self._explanation.text()) if part)
            )


class RowList(QWidget, Generic[V]):
    """Rows of one kind, and the button that adds one. Rows in which nothing was entered are none."""

    edited = Signal()
    left = Signal()

    def __init__(self, add: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Row[V]] = []
        self._column = QVBoxLayout()
        self.add_button = QPushButton(icon("plus"), add, self)
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self._on_add)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._column)
        column.addLayout(foot)

    @abstractmethod
    def make_row(self) -> Row[V]:
        """A row in which nothing is entered yet."""

    @abstractmethod
    def fill_row(self, row: Row[V], value: V) -> None:
        """Show a value in a row."""

    @property
    def values(self) -> tuple[V, ...]:
        """What the rows say."""
        return tuple(value for row in self.rows if (value := row.value) is not None)

    def show_values(self, values: Sequence[V]) -> None:
        """Show these values; one row to begin with when there are none."""
        if self.rows and self.values == tuple(values):  # what was just saved: nothing moves
            return
        while self.rows:
            self._take(self.rows[-1])
        for value in values:
            self.fill_row(self._append(), value)
        if not values:
            self._append()
        self._renumber()

    def add_row(self) -> Row[V]:
        """A further row at the end."""
        row = self._append()
        self._renumber()
        return row

    def show_faults(self, faults: Mapping[int, str]) -> None:
        """Say what is wrong with values, by their place among :attr:`values`; nothing with all others."""
        place = 0
        for row in self.rows:
            there = row.value is not None
            row.set_fault(faults.get(place, "") if there else "")
            place += there
        faulty = next((row for row in self.rows if row.fault), None)
        self.setFocusProxy(faulty.editors()[-1] if faulty is not None else self.rows[0].editors()[0])

    def _on_add(self) -> None:
        self.add_row().editors()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _on_removed(self) -> None:
        row = self.sender()
        assert isinstance(row, Row)
        place = self.rows.index(row)
        self._take(row)
        if not self.rows:
            self._append()
        self._renumber()
        self.rows[min(place, len(self.rows) - 1)].editors()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _append(self) -> Row[V]:
        row = self.make_row()
        self.rows.append(row)
        self._column.addWidget(row)
        row.edited.connect(self.edited)
        row.left.connect(self.left)
        row.removed.connect(self._on_removed)
        return row

    def _take(self, row: Row[V]) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _renumber(self) -> None:
        for number, row in enumerate(self.rows, 1):
            row.name(number)
        self.setFocusProxy(self.rows[0].editors()[0])
        before: QWidget = self.add_button  # made with the list, it holds the place: the rows come behind it, then it
        for stop in (stop for row in self.rows for stop in row.stops()):
            QWidget.setTabOrder(before, stop)
            before = stop
        QWidget.setTabOrder(before, self.add_button)
