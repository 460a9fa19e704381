"""What stands where a table would: nothing there yet, nothing found, or not to be had; each with one way on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from mailadmin.gui.icons import Tone, icon

from .icon_label import IconLabel
from .labels import wrapped_label


class EmptyState(QWidget):
    """An icon, a sentence, one button."""

    def __init__(self, picture: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        image = IconLabel(icon(picture, Tone.QUIET), self, scale=4)
        self._text = wrapped_label("", self)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = QPushButton(self)
        self._button.hide()
        self._act: Callable[[], object] = lambda: None
        self._button.clicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(image, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._text)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    @property
    def button(self) -> QPushButton:
        """The way on."""
        return self._button

    def say(self, text: str, label: str = "", act: Callable[[], object] | None = None) -> None:
        """Say this, and offer that."""
        self._text.setText(text)
        self._button.setText(label)
        self._button.setVisible(bool(label))
        if act is not None:
            self._act = act

    def _on_clicked(self) -> None:
        self._act()


class Contents(QStackedWidget):
    """A table (or another view), or one of the three things that can stand in its place."""

    def __init__(self, view: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.nothing_there = EmptyState("inbox-outline", self)
        self.nothing_found = EmptyState("magnify", self)
        self.not_loaded = EmptyState("alert-circle-outline", self)
        self.waiting = QWidget(self)
        for widget in (self.waiting, view, self.nothing_there, self.nothing_found, self.not_loaded):
            self.addWidget(widget)

    def show_view(self) -> None:
        """The table."""
        self.setCurrentWidget(self.view)

    def show_counts(self, *, total: int, shown: int) -> None:
        """Whatever fits these numbers: the table, or why it is empty."""
        if shown:
            self.setCurrentWidget(self.view)
        else:
            self.setCurrentWidget(self.nothing_found if total else self.nothing_there)

    def show_failure(self, text: str, label: str, act: Callable[[], object]) -> None:
        """Why it could not be loaded, and another try."""
        self.not_loaded.say(text, label, act)
        self.setCurrentWidget(self.not_loaded)
