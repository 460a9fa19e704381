"""A fault of ours that nobody caught: one notice with details to copy, however many follow."""

from __future__ import annotations

import traceback

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox

from mailadmin import diagnostics


class CrashNotices(QObject):
    """Shows what :mod:`mailadmin.diagnostics` reports, in whatever thread it happened."""

    happened = Signal(str)
    """The traceback, without secrets."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: QMessageBox | None = None
        self.happened.connect(self._show)
        diagnostics.tell_crashes(self._tell)

    def end(self) -> None:
        """Listen no longer."""
        diagnostics.tell_crashes(None)

    def _tell(self, error: BaseException) -> None:
        """Called in the thread in which it happened."""
        self.happened.emit(diagnostics.SECRETS.scrub("".join(traceback.format_exception(error))))

    def _show(self, details: str) -> None:
        if self._shown is not None:
            return
        box = QMessageBox(
            QMessageBox.Icon.Critical,
            "mailadmin",
            self.tr(
                "Something went wrong inside mailadmin. What was stored is stored, and you can go on. Please report "
                "it, with the details below; the log has them, too."
            ),
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        where = diagnostics.log_file()
        box.setDetailedText(f"{where}\n\n{details}" if where else details)
        box.addButton(QMessageBox.StandardButton.Close)
        box.finished.connect(self._on_closed)
        self._shown = box
        box.open()

    def _on_closed(self) -> None:
        self._shown = None
