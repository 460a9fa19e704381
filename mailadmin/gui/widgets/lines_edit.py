"""Several short texts in one field, one on each line."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget
from typing_extensions import override


class LinesEdit(QPlainTextEdit):
    """Edits texts, one a line. Tab leaves it, as any other field.

    :param lines: how many are in sight
    """

    left = Signal()
    """The focus is elsewhere now."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()

    @property
    def values(self) -> tuple[str, ...]:
        """The texts without blanks around them; empty lines are none."""
        return tuple(line.strip() for line in self.toPlainText().splitlines() if line.strip())

    def set_values(self, values: Iterable[str]) -> None:
        """Show these texts."""
        self.setPlainText("\n".join(values))

    @override
    def focusOutEvent(self, e: QFocusEvent) -> None:
        super().focusOutEvent(e)
        self.left.emit()

    @override
    def changeEvent(self, e: QEvent) -> None:
        super().changeEvent(e)
        if e.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()

    def _fit(self) -> None:
        around = 2 * self.frameWidth() + round(2 * self.document().documentMargin())
        height = math.ceil(QFontMetricsF(self.font()).lineSpacing()) * self._lines
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(height + around + bar)
