"""The box that filters while one types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget
from typing_extensions import override

from mailadmin.gui.icons import Tone, icon


class FilterEdit(QLineEdit):
    """Tells its text as it is typed; Esc clears it, and from an empty box goes back to the table.

    :param delay: milliseconds to wait for the next letter: 0 for a filter in memory, more for a search in a database
    """

    filtered = Signal(str)
    """The text has changed."""
    left = Signal()
    """Esc in an empty box, Enter or Down: the table should take the focus."""

    def __init__(self, placeholder: str, parent: QWidget | None = None, *, delay: int = 0) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addAction(icon("magnify", Tone.QUIET), QLineEdit.ActionPosition.LeadingPosition)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 20)
        self._timer = QTimer(self, singleShot=True, interval=delay)
        self._timer.timeout.connect(self._tell)
        self.textChanged.connect(lambda text: self._timer.start())

    def take_focus(self) -> None:
        """Ctrl+F: what is typed next replaces what is in here."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def take_typing_of(self, view: QWidget) -> None:
        """Whatever is typed into this view goes here: one need not click into the filter first."""
        view.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if held or not event.text().isprintable() or not event.text().strip():  # a space selects a row
            return False
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.end(False)
        self.insert(event.text())
        return True

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        self.filtered.emit(self.text())
