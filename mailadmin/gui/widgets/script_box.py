"""A few lines to run or open elsewhere, with a button that copies them."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

_LINES_AT_MOST = 6


class ScriptBox(QWidget):
    """Shows lines that mend something (PowerShell, an address); takes no room while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.text.setAccessibleName(self.tr("Lines that mend it"))
        self.copy_button = QPushButton(self.tr("Copy lines"), self)
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_script(self, script: str) -> None:
        """Show these lines; nothing for an empty text."""
        self.text.setPlainText(script)
        lines = min(_LINES_AT_MOST, script.count("\n") + 1)
        around = 2 * self.text.frameWidth() + round(2 * self.text.document().documentMargin())
        bar = self.text.horizontalScrollBar().sizeHint().height()
        height = math.ceil(QFontMetricsF(self.text.font()).lineSpacing()) * lines
        self.text.setFixedHeight(height + 1 + around + bar)  # one more, or it takes the last line for cut off
        self.setVisible(bool(script))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
