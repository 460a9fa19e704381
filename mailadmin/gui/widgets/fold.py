"""A heading that unfolds what stands below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget
from typing_extensions import override

from mailadmin.gui.icons import icon

from .labels import embolden


class Fold(QToolButton):
    """Says whether something is unfolded; whoever owns the rows shows and hides them.

    :param text: the heading, with its mnemonic
    """

    folded = Signal()
    """It was folded or unfolded."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unfolded = False
        self.setText(text)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        embolden(self)
        self.clicked.connect(self._on_clicked)
        self._show()

    @property
    def unfolded(self) -> bool:
        """Whether what stands below is shown."""
        return self._unfolded

    def unfold(self) -> None:
        """Show what stands below."""
        if not self._unfolded:
            self._on_clicked()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._show()

    def _on_clicked(self) -> None:
        self._unfolded = not self._unfolded
        self._show()
        self.folded.emit()

    def _show(self) -> None:
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        closed = "chevron-left" if mirrored else "chevron-right"
        self.setIcon(icon("chevron-down" if self._unfolded else closed))
        self.setAccessibleDescription(self.tr("unfolded") if self._unfolded else self.tr("folded"))
