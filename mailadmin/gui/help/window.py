"""Shows the help pages. They are files of ours; nothing is loaded from anywhere else."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.help_browser import HelpBrowser
from mailadmin.gui.widgets.page import action_button

INDEX: Final = "index.md"


class HelpWindow(QWidget):
    """A window with a page, the way back, and a search in the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("Help - mailadmin"))
        self.browser = HelpBrowser(self)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(self.tr("Find in this page"))
        self._search.setAccessibleName(self.tr("Find in this page"))
        self._search.setClearButtonEnabled(True)
        self._search.setMinimumWidth(self.fontMetrics().averageCharWidth() * 30)
        self._search.returnPressed.connect(self._find)
        back = self._action(self.tr("&Back"), "arrow-left", QKeySequence.StandardKey.Back)
        back.triggered.connect(self.browser.backward)
        self.browser.backwardAvailable.connect(back.setEnabled)
        back.setEnabled(False)
        contents = self._action(self.tr("&Contents"), "book-open-variant", None)
        contents.triggered.connect(lambda: self.show_page(INDEX))
        find = self._action(self.tr("&Find"), "magnify", QKeySequence.StandardKey.Find)
        find.triggered.connect(self._search.setFocus)
        close = self._action(self.tr("Close"), "close", QKeySequence("Esc"))
        close.triggered.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(action_button(back, self))
        row.addWidget(action_button(contents, self))
        row.addStretch(1)
        row.addWidget(self._search)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.browser, 1)

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 90, metrics.height() * 40)

    def show_page(self, name: str) -> None:
        """Show a page by its file name, and the window."""
        self.browser.setSource(QUrl(name))
        self.show()
        self.raise_()
        self.activateWindow()

    def _action(self, text: str, picture: str, shortcut: QKeySequence | QKeySequence.StandardKey | None) -> QAction:
        action = QAction(icon(picture), text, self)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        self.addAction(action)
        return action

    def _find(self) -> None:
        text = self._search.text()
        if text and not self.browser.find(text):
            self.browser.moveCursor(self.browser.textCursor().MoveOperation.Start)
            self.browser.find(text)
