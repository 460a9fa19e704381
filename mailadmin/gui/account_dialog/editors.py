"""Editors that forms of this package are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QRegularExpression, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QRegularExpressionValidator, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QRadioButton,
    QStyle,
    QWidget,
)
from typing_extensions import override

from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.form import Field
from mailadmin.gui.widgets.message_bar import Kind, plain_label

V = TypeVar("V")


class ChoiceEdit(QComboBox, Generic[V]):
    """A combo box of values; the wheel scrolls the form and does not change a value in passing."""

    def __init__(self, choices: Iterable[tuple[V, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[V] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.set_choices(choices)

    @property
    def value(self) -> V | None:
        """What is chosen; None when nothing is."""
        return self._values[self.currentIndex()] if self.currentIndex() >= 0 else None

    def set_value(self, value: V | None) -> None:
        """Choose a value; one that is not offered chooses nothing."""
        self.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def set_choices(self, choices: Iterable[tuple[V, str]]) -> None:
        """Offer these values by these texts; what is chosen stays chosen if it is among them."""
        chosen = self.value
        with QSignalBlocker(self):
            self.clear()
            self._values = []
            for value, text in choices:
                self._values.append(value)
                self.addItem(text)
            self.set_value(chosen)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class RadioEdit(QWidget, Generic[V]):
    """Radio buttons of values, side by side."""

    chosen = Signal()
    """Another value is chosen."""

    def __init__(self, choices: Iterable[tuple[V, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[V] = []
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for number, (value, text) in enumerate(choices):
            self._values.append(value)
            button = QRadioButton(text, self)
            self._group.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self._group.idToggled.connect(self._on_toggled)
        self.set_value(self._values[0])

    @property
    def value(self) -> V:
        """What is chosen."""
        return self._values[self._group.checkedId()]

    def set_value(self, value: V) -> None:
        """Choose a value."""
        self._group.button(self._values.index(value)).setChecked(True)

    def button(self, value: V) -> QRadioButton:
        """The button of a value."""
        found = self._group.button(self._values.index(value))
        assert isinstance(found, QRadioButton)
        return found

    def _on_toggled(self, number: int, checked: bool) -> None:
        if checked:
            self.setFocusProxy(self._group.button(number))
            self.chosen.emit()


class NumberEdit(QLineEdit):
    """A whole number, or nothing."""

    def __init__(self, digits: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setValidator(QRegularExpressionValidator(QRegularExpression(f"[0-9]{{0,{digits}}}"), self))

    @property
    def value(self) -> int | None:
        """The number; None when the box is empty."""
        return int(self.text()) if self.text() else None

    def set_value(self, value: int | None) -> None:
        """Show a number, or nothing."""
        self.setText("" if value is None else str(value))


class Remark(QWidget):
    """A sentence with an icon, below a field; takes no room while there is nothing to say."""

    def __init__(self, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = plain_label("", self)
        self._text.setWordWrap(True)
        self._picture = QLabel(self)
        show_icon(self._picture, icon(*kind.value))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(self, text: str) -> None:
        """Say something, or with an empty text nothing."""
        self._text.setText(text)
        self.setVisible(bool(text))


class WrappedContents(QWidget):
    """What is in a scroll area, always as high as its wrapped texts need.

    A QScrollArea reckons with the width that it had before its scroll bar came, and a QFormLayout lays out with heights
    that it reckoned earlier; either clips.
    """

    @override
    def event(self, event: QEvent) -> bool:
        placing = event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize}
        if placing:
            for inner in self.findChildren(QLayout):
                inner.invalidate()
        done = super().event(event)
        layout = self.layout()
        if placing and layout is not None:
            height = max(0, layout.totalHeightForWidth(self.width()))
            if height != self.minimumHeight():
                self.setMinimumHeight(height)
        return done


def show_icon(label: QLabel, picture: QIcon) -> None:
    """Show an icon in a label, as large as small icons are."""
    side = label.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
    label.setPixmap(picture.pixmap(QSize(side, side), label.devicePixelRatioF()))


def add_below(field: Field, remark: Remark) -> None:
    """Put a remark below a field's editor."""
    layout = field.layout()
    assert layout is not None, "a field has a layout"
    layout.addWidget(remark)


def add_heading(rows: QFormLayout, text: str) -> QLabel:
    """Begin a section of a form."""
    heading = plain_label(text)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    rows.addRow(heading)
    return heading
