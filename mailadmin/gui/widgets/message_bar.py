"""Notices above a page's contents: what needs action stays until it is closed; what can be undone, for ten seconds."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.gui.icons import Tone, icon

from .icon_label import IconLabel
from .labels import selectable, wrapped_label

UNDO_MILLISECONDS: Final = 10_000


class Kind(enum.Enum):
    """What a notice is about: its icon and tone."""

    INFORMATION = ("information-outline", Tone.ACCENT)
    GOOD = ("check-circle-outline", Tone.GOOD)
    WARNING = ("alert-outline", Tone.WARNING)
    ERROR = ("alert-circle-outline", Tone.BAD)


class Notice(QFrame):
    """One notice: icon, text, details to unfold, at most one action, and a way to close it.

    All texts are shown as plain text: they may hold what servers say.
    """

    closed = Signal()

    def __init__(self, kind: Kind, text: str, parent: QWidget, *, details: str = "") -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._row = QHBoxLayout()
        self._row.addWidget(IconLabel(icon(*kind.value), self), 0, Qt.AlignmentFlag.AlignTop)
        self._text = wrapped_label(text, self)
        self._row.addWidget(self._text, 1)
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setIcon(icon("close"))
        self._close.setAccessibleName(self.tr("Close this notice"))
        self._close.setToolTip(self.tr("Close this notice"))
        self._close.clicked.connect(self.dismiss)
        self._row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.addLayout(self._row)
        if details:
            self._add_details(details, column)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def add_action(self, label: str, act: Callable[[], object]) -> QPushButton:
        """The one thing to do about it; the notice closes when it is pressed."""
        button = QPushButton(label, self)
        button.clicked.connect(self.dismiss)
        button.clicked.connect(lambda: act())
        self._row.insertWidget(self._row.count() - 1, button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    def dismiss(self) -> None:
        """Close it."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def _add_details(self, details: str, column: QVBoxLayout) -> None:
        shown = selectable(wrapped_label(details, self))
        shown.setAccessibleName(self.tr("Details"))
        shown.hide()
        column.addWidget(shown)
        switch = QPushButton(self.tr("Details"), self)
        switch.setCheckable(True)
        switch.toggled.connect(shown.setVisible)
        self._row.insertWidget(self._row.count() - 1, switch, 0, Qt.AlignmentFlag.AlignTop)


class MessageBar(QWidget):
    """Where notices appear; takes no room while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._undo: Notice | None = None
        self._timer = QTimer(self, singleShot=True, interval=UNDO_MILLISECONDS)
        self._timer.timeout.connect(self.end_undo)
        self.hide()

    @property
    def notices(self) -> list[Notice]:
        """Those that are shown, the newest first."""
        return [notice for notice in self.findChildren(Notice) if not notice.isHidden()]

    def show_notice(self, kind: Kind, text: str, *, details: str = "") -> Notice:
        """Show a notice above the others; the same text is never shown twice."""
        for other in self.notices:
            if other.text == text:
                other.dismiss()
        notice = Notice(kind, text, self, details=details)
        notice.closed.connect(self._on_closed)
        self._column.insertWidget(0, notice)
        notice.show()
        self.show()
        return notice

    def show_undo(self, text: str, undo: Callable[[], object]) -> Notice:
        """Say what was done, with *Undo*, for ten seconds. One at a time: the last thing done."""
        self.end_undo()
        self._undo = self.show_notice(Kind.GOOD, text)
        self._undo.add_action(self.tr("&Undo"), undo)
        self._timer.start()
        return self._undo

    def clear(self) -> None:
        """Close every notice."""
        for notice in self.notices:
            notice.dismiss()

    def end_undo(self) -> None:
        """Offer the last way back no longer."""
        self._timer.stop()
        if self._undo is not None and self._undo in self.notices:
            self._undo.dismiss()
        self._undo = None

    def _on_closed(self) -> None:
        if not self.notices:
            self.hide()
