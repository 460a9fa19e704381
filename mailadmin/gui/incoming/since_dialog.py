"""Fetch once from a date on, whatever the account's own limit says."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from mailadmin.gui.widgets.form import Field, add_row, form_layout
from mailadmin.gui.widgets.labels import plain_label

Button = QDialogButtonBox.ButtonRole
_DAYS_BACK = 30


class SinceDialog(QDialog):
    """Asks for the date.

    :param whose: the accounts in words
    """

    chosen = Signal(object)
    """A date: fetch what was received on it or later."""

    def __init__(self, whose: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Fetch from a date"))
        said = plain_label(
            self.tr(
                "Fetches the mail of {accounts} that the server received on this day or later, this once. Older mail "
                "stays on the server, and what was fetched before is not fetched again."
            ).format(accounts=whose),
            self,
        )
        said.setWordWrap(True)
        self.day = QDateEdit(QDate.currentDate().addDays(-_DAYS_BACK), self)
        self.day.setCalendarPopup(True)
        self.day.setMaximumDate(QDate.currentDate())
        rows = form_layout()
        add_row(rows, self.tr("&Received since"), Field(self.day))
        buttons = QDialogButtonBox(self)
        fetch = buttons.addButton(self.tr("&Fetch"), Button.AcceptRole)
        cancel = buttons.addButton(self.tr("Cancel"), Button.RejectRole)
        fetch.setDefault(True)
        fetch.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(self.since))
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addLayout(rows)
        column.addStretch(1)
        column.addWidget(buttons)
        width = self.fontMetrics().averageCharWidth() * 70
        self.setMinimumSize(width, column.totalHeightForWidth(width))
        self.day.setFocus()

    @property
    def since(self) -> date:
        """What is shown."""
        day = self.day.date()
        return date(day.year(), day.month(), day.day())
