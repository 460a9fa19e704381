"""The list at the left of the configuration: sections of settings, then lists."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QStyle, QWidget
from typing_extensions import override

from mailadmin.gui.icons import icon
from mailadmin.gui.widgets.labels import plain_tooltip

_KEY = Qt.ItemDataRole.UserRole + 1
_SPACE = 1.5
"""Height of a section, in lines."""


class SectionList(QListWidget):
    """Names of sections under headings. One is chosen, or none."""

    chosen = Signal(str)
    """A section's key; also when the one that is chosen is clicked again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Sections"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.setIconSize(QSize(side, side))
        self._quiet = False
        self.currentItemChanged.connect(self._on_current)
        self.itemClicked.connect(self._on_clicked)

    def add_heading(self, text: str) -> None:
        """Begin a group."""
        item = QListWidgetItem(text, self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        self._space(item)

    def add_section(self, key: str, text: str, picture: str) -> None:
        """Offer a section."""
        item = QListWidgetItem(icon(picture), text, self)
        item.setData(_KEY, key)
        item.setToolTip(plain_tooltip(text))
        self._space(item)

    def set_text(self, key: str, text: str) -> None:
        """Call a section otherwise."""
        self._item(key).setText(text)

    @property
    def key(self) -> str:
        """The section that is chosen; empty when none is."""
        row = self.currentRow()
        return str(self.item(row).data(_KEY) or "") if row >= 0 else ""

    @property
    def keys(self) -> list[str]:
        """Every section, from top to bottom."""
        return [key for row in range(self.count()) if (key := self.item(row).data(_KEY))]

    def choose(self, key: str) -> None:
        """Choose a section, as if it was clicked."""
        self.setCurrentItem(self._item(key))

    def mark(self, key: str) -> None:
        """Show that this section is chosen, without telling."""
        self._quiet = True
        if key:
            self.setCurrentItem(self._item(key))
        else:
            self.setCurrentRow(-1)
            self.clearSelection()
        self._quiet = False

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 32, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 16, self.fontMetrics().height() * 6)

    def _space(self, item: QListWidgetItem) -> None:
        """As much room as the pages in the navigation have."""
        item.setSizeHint(QSize(0, round(self.fontMetrics().height() * _SPACE)))

    def _item(self, key: str) -> QListWidgetItem:
        return next(item for row in range(self.count()) if (item := self.item(row)).data(_KEY) == key)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if not self._quiet and item is not None and item.data(_KEY):
            self.chosen.emit(item.data(_KEY))

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._on_current(item)
