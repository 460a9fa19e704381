"""The line above the filters that says that only those of one account are shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences.wording import harmless
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import wrapped_label


class AccountLine(QFrame):
    """Names the account, and has the button that shows all filters again."""

    removed = Signal()
    """All filters are to be shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._said = wrapped_label("", self)
        self.button = QPushButton(icon("close"), self.tr("Sho&w all filters"), self)
        self.button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.addWidget(IconLabel(icon("filter-outline", Tone.ACCENT), self))
        row.addWidget(self._said, 1)
        row.addWidget(self.button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._said.text()

    def show_account(self, name: str) -> None:
        """Name this account; hide with an empty one."""
        self._said.setText(
            self.tr(
                'Shown are the filters for the mail of account "{account}", those for all accounts included.'
            ).format(account=harmless(name))
        )
        self.setVisible(bool(name))
