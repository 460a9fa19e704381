"""What is asked before a verb: a sentence, some fields, the verb."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from .form import form_layout
from .labels import wrapped_label
from .message_bar import MessageBar

Button = QDialogButtonBox.ButtonRole
_WIDTH = 64
"""Characters on a line of a dialog, at least."""


class QuestionDialog(QDialog):
    """A sentence, some fields, the verb and *Cancel*."""

    def __init__(self, title: str, text: str, verb: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.bar = MessageBar(self)
        said = wrapped_label(text, self)
        said.setMinimumWidth(self.fontMetrics().averageCharWidth() * _WIDTH)
        self.form = form_layout()
        buttons = QDialogButtonBox(self)
        self.verb: QPushButton = buttons.addButton(verb, Button.AcceptRole)
        self.cancel: QPushButton = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        self.verb.setDefault(True)
        self.cancel.setAutoDefault(False)  # Enter means the verb, wherever the focus is
        buttons.accepted.connect(self.on_accepted)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
        column.addWidget(said)
        column.addLayout(self.form)
        column.addStretch()
        column.addWidget(buttons)

    def on_accepted(self) -> None:
        """The verb was pressed."""
        self.accept()

    def grow(self) -> None:
        """Be as high as what is said now needs."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))
