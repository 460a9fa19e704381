"""Fetch once from a date on, whatever the account's own limit says."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication, QDate, Signal
from PySide6.QtWidgets import QDateEdit, QWidget
from typing_extensions import override

from mailadmin.gui.widgets.form import Field, add_row
from mailadmin.gui.widgets.question_dialog import QuestionDialog

translate = QCoreApplication.translate
_DAYS_BACK = 30


class SinceDialog(QuestionDialog):
    """Asks for the date.

    :param whose: the accounts in words
    """

    chosen = Signal(object)
    """A date: fetch what was received on it or later."""

    def __init__(self, whose: str, parent: QWidget) -> None:
        text = translate(
            "SinceDialog",
            "Fetches the mail of {accounts} that the server received on this day or later, this once. Older mail "
            "stays on the server, and what was fetched before is not fetched again.",
        )
        super().__init__(
            translate("SinceDialog", "Fetch from a date"),
            text.format(accounts=whose),
            translate("SinceDialog", "&Fetch"),
            parent,
        )
        self.day = QDateEdit(QDate.currentDate().addDays(-_DAYS_BACK), self)
        self.day.setCalendarPopup(True)
        self.day.setMaximumDate(QDate.currentDate())
        add_row(self.form, self.tr("&Received since"), Field(self.day, parent=self))
        self.grow()
        self.day.setFocus()

    @property
    def since(self) -> date:
        """What is shown."""
        day = self.day.date()
        return date(day.year(), day.month(), day.day())

    @override
    def on_accepted(self) -> None:
        self.chosen.emit(self.since)
        self.accept()
