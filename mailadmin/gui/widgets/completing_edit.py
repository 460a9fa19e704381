"""A line that is typed with completion: names with an explanation, of which the name is taken."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget
from typing_extensions import override

_NAME = Qt.ItemDataRole.UserRole + 1


class _Completer(QCompleter):
    """Finds a piece of the name or of the explanation, and gives the name."""

    @override
    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(_NAME))


class CompletingEdit(QLineEdit):
    """A line edit that offers names; anything else can be typed as well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = QStandardItemModel(self)
        completer = _Completer(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    def offer(self, names: Iterable[tuple[str, str]]) -> None:
        """Offer these names, each with an explanation that may be empty."""
        self._names.clear()
        for name, explanation in names:
            item = QStandardItem(f"{name} · {explanation}" if explanation else name)
            item.setData(name, _NAME)
            self._names.appendRow(item)
