"""What can be looked at in any window: names for screen readers, clipped texts."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QStatusBar,
    QTabBar,
    QToolButton,
    QWidget,
)


def described(widget: QWidget) -> str:
    """Which widget it is, for a failing test."""
    parts = [f"{type(widget).__name__}({getattr(widget, 'text', lambda: '')()!r})"]
    parent = widget.parentWidget()
    while parent is not None and len(parts) < 4:
        parts.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " in ".join(parts)


def focusable(window: QWidget) -> Iterator[QWidget]:
    """Every visible widget that the keyboard can reach, the parts of composed widgets left out."""
    for widget in [window, *window.findChildren(QWidget)]:
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isVisibleTo(window):
            continue
        parent = widget.parentWidget()
        if isinstance(parent, QComboBox | QAbstractSpinBox) or isinstance(widget, QScrollBar | QMenuBar):
            continue
        if isinstance(parent, QLineEdit | QTabBar) or type(widget) in {QScrollArea, QWidget}:
            continue
        yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader says of it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip()


def clipped(window: QWidget) -> list[str]:
    """The visible labels, buttons and boxes that have not the room their text needs."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window) or isinstance(widget.parentWidget(), QComboBox | QStatusBar):
            continue
        if isinstance(widget, QLabel) and widget.text():
            if _label_is_clipped(widget):
                found.append(f"{described(widget)}: {widget.size().toTuple()} for {widget.sizeHint().toTuple()}")
        elif isinstance(widget, QAbstractButton) and (widget.text() or not widget.icon().isNull()):
            hint = widget.minimumSizeHint() if isinstance(widget, QCheckBox | QRadioButton) else widget.sizeHint()
            if isinstance(widget, QToolButton) and not widget.text():
                continue
            if widget.width() < hint.width() - 1 or widget.height() < hint.height() - 4:
                found.append(f"{described(widget)}: {widget.size().toTuple()} for {hint.toTuple()}")
    return found


def _label_is_clipped(label: QLabel) -> bool:
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 1
    text = label.fontMetrics().size(int(Qt.TextFlag.TextShowMnemonic), label.text()).width()
    return text > label.contentsRect().width() + 1 and "…" not in label.text()


def outside(window: QWidget) -> list[str]:
    """Visible widgets that reach out of their parent: what does not fit, and no scroll area catches."""
    found = []
    for widget in window.findChildren(QWidget):
        parent = widget.parentWidget()
        if parent is None or widget.isWindow() or not widget.isVisibleTo(window):
            continue
        if isinstance(parent, QAbstractScrollArea) or isinstance(parent.parentWidget(), QAbstractScrollArea):
            continue
        room, place = parent.rect(), widget.geometry()
        if place.left() < room.left() - 2 or place.right() > room.right() + 2:
            found.append(f"{described(widget)}: {place.getRect()} in {room.getRect()}")
    return found
