"""The box in which the header of a condition or an action is chosen or typed, and what it offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QSizePolicy, QWidget
from typing_extensions import override

from mailadmin.gui.widgets.labels import plain_tooltip


class TypedCombo(QComboBox):
    """Offers texts and takes any other; the mouse wheel changes nothing in passing."""

    def __init__(self, characters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(characters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        completer = self.completer()
        assert completer is not None, "a box that can be typed into has one"
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    @property
    def text(self) -> str:
        """What stands in it, without blanks around."""
        return self.currentText().strip()

    def set_text(self, text: str) -> None:
        """Show a text, whether or not it is offered."""
        self.setCurrentIndex(self.findText(text, Qt.MatchFlag.MatchFixedString))
        self.setEditText(text)

    def offer(self, texts: Iterable[str]) -> None:
        """Offer these and no others; what stands in the box stays."""
        said = self.currentText()
        self.blockSignals(True)
        self.clear()
        self.addItems(list(texts))
        self.set_text(said)
        self.blockSignals(False)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


Groups = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""A heading and its headers, each with what its tooltip says."""


def header_model(groups: Groups, parent: QWidget) -> QStandardItemModel:
    """Headers in groups, for any number of boxes: a hundred rows that each made their own would take a second."""
    model = QStandardItemModel(parent)
    bold = QFont(parent.font())
    bold.setBold(True)
    for heading, headers in groups:
        head = QStandardItem(heading)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setFont(bold)
        model.appendRow(head)
        for name, tip in headers:
            item = QStandardItem(name)
            item.setToolTip(plain_tooltip(tip))
            model.appendRow(item)
    return model


class HeaderCombo(TypedCombo):
    """Offers headers in groups.

    :param headers: what :func:`header_model` has made
    """

    def __init__(self, headers: QStandardItemModel, parent: QWidget | None = None) -> None:
        super().__init__(14, parent)
        self.setModel(headers)
        self.setCurrentIndex(-1)

    @override
    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * self.fontMetrics().height())
        super().showPopup()
