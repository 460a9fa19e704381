"""What there is to say about the selected row of the fetch panel, and what can be done with it."""

from __future__ import annotations

import enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from .details import DetailText
from .results import Result, detail, messages_of


class RowVerb(enum.Enum):
    """What can be done with a row."""

    STOP = enum.auto()
    MESSAGES = enum.auto()
    PREVIEWS = enum.auto()
    DETAILS = enum.auto()
    SIGN_IN = enum.auto()
    EDIT = enum.auto()


class RowBar(QWidget):
    """Three lines of text and the buttons that make sense for a row; the same verbs as actions for a context menu."""

    chosen = Signal(object)
    """A RowVerb."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.detail = DetailText(self)
        labels = {
            RowVerb.STOP: self.tr("Stop"),
            RowVerb.MESSAGES: self.tr("Show messa&ges"),
            RowVerb.PREVIEWS: self.tr("What would &become of it"),
            RowVerb.DETAILS: self.tr("&Details"),
            RowVerb.SIGN_IN: self.tr("Sign &in again..."),
            RowVerb.EDIT: self.tr("Edit acco&unt"),
        }
        self.buttons = {verb: QPushButton(label, self) for verb, label in labels.items()}
        self.actions_of_row = {verb: QAction(label, self) for verb, label in labels.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.detail, 1)
        for verb, button in self.buttons.items():
            button.hide()
            button.clicked.connect(lambda checked=False, verb=verb: self.chosen.emit(verb))
            self.actions_of_row[verb].triggered.connect(lambda checked=False, verb=verb: self.chosen.emit(verb))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_result(self, result: Result | None) -> None:
        """Speak of this row from now on; None: of none."""
        shown = {
            RowVerb.STOP: result is not None and result.running,
            RowVerb.MESSAGES: result is not None and messages_of(result, "fetched") is not None,
            RowVerb.PREVIEWS: result is not None and bool(result.previews),
            RowVerb.DETAILS: result is not None and result.outcome is not None and bool(result.outcome.errors),
            RowVerb.SIGN_IN: result is not None and result.needs_sign_in,
            RowVerb.EDIT: result is not None and result.failed and not result.needs_sign_in,
        }
        for verb, there in shown.items():
            self.buttons[verb].setVisible(there)
            self.actions_of_row[verb].setVisible(there)
        may_stop = result is not None and not result.stopping
        self.buttons[RowVerb.STOP].setEnabled(may_stop)
        self.actions_of_row[RowVerb.STOP].setEnabled(may_stop)
        self.detail.show_text("" if result is None else detail(result))
