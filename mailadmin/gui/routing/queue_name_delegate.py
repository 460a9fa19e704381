"""Draws a queue's name so that its place in the hierarchy is seen: indented, the levels above it quieter."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem
from typing_extensions import override

from mailadmin.gui.widgets.records import AnyIndex
from mailadmin.gui.widgets.table import CellDelegate

LEVEL: Final = "::"


class QueueNameDelegate(CellDelegate):
    """A cell with a full name (``Support::Printers``); the text itself stays whole, for filter, copy and readers."""

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        above, level, name = str(index.data() or "").rpartition(LEVEL)
        if not level:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        drawn: Any = option  # the stubs know few of its fields
        style, view = drawn.widget.style(), drawn.widget
        drawn.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, drawn, painter, view)
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, drawn, view) + 1
        room: QRect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, drawn, view)
        room = room.adjusted(margin, 0, -margin, 0)
        metrics = QFontMetrics(drawn.font)
        room = self._indented(room, drawn, metrics.averageCharWidth() * 2 * (above.count(LEVEL) + 1))
        wide = metrics.horizontalAdvance(name)
        path = metrics.elidedText(above + LEVEL, Qt.TextElideMode.ElideMiddle, max(0, room.width() - wide))
        selected = bool(drawn.state & QStyle.StateFlag.State_Selected)
        for text, role in ((path, QPalette.ColorRole.PlaceholderText), (name, QPalette.ColorRole.Text)):
            painter.setPen(drawn.palette.color(QPalette.ColorRole.HighlightedText if selected else role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter), shown)
            room = self._indented(room, drawn, metrics.horizontalAdvance(shown))

    def _indented(self, room: QRect, drawn: Any, by: int) -> QRect:  # noqa: ANN401
        if drawn.direction == Qt.LayoutDirection.RightToLeft:
            return room.adjusted(0, 0, -by, 0)
        return room.adjusted(by, 0, 0, 0)
