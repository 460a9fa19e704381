"""Small editors that forms are made of: radio buttons of values, a whole number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QRadioButton, QWidget

V = TypeVar("V")


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
