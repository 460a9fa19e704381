"""The list of pages at the left: sections, names, and counts of what needs somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QHeaderView, QStyle, QTreeWidget, QTreeWidgetItem, QWidget
from typing_extensions import override

from .icons import Tone, icon
from .widgets.page import Page

_PAGE: Final = Qt.ItemDataRole.UserRole + 1
_NAME, _COUNT = 0, 1


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation: its key in remembered settings, its section's title, its icon."""

    key: str
    section: str
    picture: str
    page: Page


class Navigation(QTreeWidget):
    """Sections and their pages. Only counts that need somebody are shown."""

    chosen = Signal(object)
    """A Page."""

    def __init__(self, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Pages"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(self.fontMetrics().averageCharWidth())
        self.setItemsExpandable(False)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.setIconSize(QSize(side, side))
        self._items: dict[int, QTreeWidgetItem] = {}
        self._fill(places)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(self.fontMetrics().averageCharWidth())
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_COUNT, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(self._on_current_changed)

    def go_to(self, page: Page) -> None:
        """Mark a page as the current one; ``chosen`` tells if it was another before."""
        self.setCurrentItem(self._items[id(page)])

    def go_nowhere(self) -> None:
        """No page of the list is shown."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def set_count(self, page: Page, count: int) -> None:
        """Show how much waits there for somebody; nothing when nothing does."""
        item = self._items[id(page)]
        item.setText(_COUNT, self.locale().toString(count) if count else "")
        item.setIcon(_COUNT, icon("alert-circle-outline", Tone.WARNING) if count else QIcon())
        waits = self.tr("%n need somebody", "", count) if count else ""
        item.setToolTip(_COUNT, waits)
        item.setData(_NAME, Qt.ItemDataRole.AccessibleTextRole, ", ".join(part for part in (page.title, waits) if part))

    @override
    def sizeHint(self) -> QSize:
        letter = self.fontMetrics().averageCharWidth()
        names = max(self.fontMetrics().horizontalAdvance(item.text(_NAME)) for item in self._items.values())
        return QSize(names + self.iconSize().width() * 3 + 8 * letter, super().sizeHint().height())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_sections()

    def _colour_sections(self) -> None:
        for number in range(self.topLevelItemCount()):
            section = self.topLevelItem(number)
            if section is not None:
                section.setForeground(_NAME, self.palette().placeholderText())

    def _fill(self, places: Sequence[Place]) -> None:
        sections: dict[str, QTreeWidgetItem] = {}
        height = round(self.fontMetrics().height() * 1.7)
        for place in places:
            section = sections.get(place.section)
            if section is None:
                section = sections[place.section] = QTreeWidgetItem(self, [place.section])
                section.setFlags(Qt.ItemFlag.ItemIsEnabled)
                section.setFirstColumnSpanned(True)
                font = section.font(_NAME)
                font.setBold(True)
                font.setPointSizeF(font.pointSizeF() * 0.85)
                section.setFont(_NAME, font)
                section.setSizeHint(_NAME, QSize(0, height))
            item = QTreeWidgetItem(section, [place.page.title])
            item.setIcon(_NAME, icon(place.picture))
            item.setData(_NAME, _PAGE, place.page)
            item.setTextAlignment(_COUNT, Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
            item.setSizeHint(_NAME, QSize(0, height))
            self._items[id(place.page)] = item
        self.expandAll()
        self._colour_sections()

    def _on_current_changed(self, current: QTreeWidgetItem | None) -> None:
        page = current.data(_NAME, _PAGE) if current is not None else None
        if page is not None:
            self.chosen.emit(page)
