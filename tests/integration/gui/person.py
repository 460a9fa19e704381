"""A person at the window: clicks and types, and waits for what should appear."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTextBrowser,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mailadmin.gui.session import Session
from mailadmin.gui.widgets.record_dialog import RecordDialog

D = TypeVar("D", bound=QDialog)


class Person:
    """Clicks and types, and waits for what should appear."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot

    def sees(self, text: str, where: QWidget | None = None) -> None:
        """Wait until a text can be read somewhere."""
        root = where or self.session.window

        def readable() -> bool:
            for widget in root.findChildren(QWidget):
                said = getattr(widget, "text", None)
                if widget.isVisible() and callable(said) and text in str(said()):
                    return True
                if isinstance(widget, QTextBrowser) and widget.isVisible() and text in widget.toPlainText():
                    return True
            return False

        self.qtbot.waitUntil(readable, timeout=30_000)

    def presses(self, label: str, where: QWidget | None = None) -> None:
        """Click the button of that name, once it can be clicked."""
        root = where or self.session.window

        def button() -> QAbstractButton | None:
            buttons: list[QAbstractButton] = [
                *root.findChildren(QPushButton),
                *root.findChildren(QToolButton),
            ]
            for one in reversed(buttons):
                words = one.text().replace("&", "").removesuffix("...")
                if words == label and one.isVisible() and one.isEnabled() and self._reachable(one):
                    return one
            return None

        self.qtbot.waitUntil(lambda: button() is not None, timeout=30_000)
        found = button()
        assert found is not None
        self.qtbot.mouseClick(found, Qt.MouseButton.LeftButton)

    def chooses(self, label: str) -> None:
        """Click the radio button of that name."""

        def radio() -> QRadioButton | None:
            radios = self.session.window.findChildren(QRadioButton)
            return next((one for one in radios if one.text().replace("&", "") == label and one.isVisible()), None)

        self.qtbot.waitUntil(lambda: radio() is not None, timeout=30_000)
        found = radio()
        assert found is not None
        self.qtbot.mouseClick(found, Qt.MouseButton.LeftButton, pos=QPoint(5, found.height() // 2))

    def types(self, text: str, into: QLineEdit) -> None:
        """Put a text in place of what is there, and go on."""
        into.selectAll()
        self.qtbot.keyClicks(into, text)
        self.qtbot.keyClick(into, Qt.Key.Key_Tab)

    def fills(self, dialog: RecordDialog[Any], **texts: str) -> None:
        """Type texts into the fields of these names."""
        for name, text in texts.items():
            editor = dialog.fields[name].editor
            edit = editor if isinstance(editor, QLineEdit) else editor.findChild(QLineEdit)
            assert isinstance(edit, QLineEdit)
            self.types(text, edit)

    def picks(self, label: str, combo: QComboBox) -> None:
        """Choose from a list, by the keyboard."""
        at = combo.findText(label)
        assert at >= 0, [combo.itemText(one) for one in range(combo.count())]
        combo.setFocus()
        while combo.currentIndex() != at:
            self.qtbot.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < at else Qt.Key.Key_Up)

    def dialog(self, kind: type[D]) -> D:
        """The dialog of that kind, once it is there."""

        def found() -> D | None:
            return next((one for one in self.session.window.findChildren(kind) if one.isVisible()), None)

        self.qtbot.waitUntil(lambda: found() is not None, timeout=30_000)
        dialog = found()
        assert dialog is not None
        return dialog

    def goes_to_page(self, number: int) -> None:
        """By its key, when the dialogs are gone: the pages are counted from above."""
        window = self.session.window
        self.qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=30_000)
        window.bring_to_front()
        self.qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
        self.qtbot.keyClick(window, str(number), Qt.KeyboardModifier.ControlModifier)

    @staticmethod
    def _reachable(widget: QWidget) -> bool:
        """Whether no modal dialog stands before it."""
        modal = QApplication.activeModalWidget()
        return modal is None or modal is widget.window()
