"""Draws a queue's name so that its place in the hierarchy is seen: indented, the levels above it quieter."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Any, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget
from typing_extensions import override

from mailadmin.domain.names import name_key
from mailadmin.gui.widgets.records import AnyIndex
from mailadmin.gui.widgets.table import CellDelegate

LEVEL: Final = "::"


class QueueNameDelegate(CellDelegate):
    """A cell with a full name (``Support::Printers``); the text itself stays whole, for filter, copy and readers.

    :param names: of all queues as :func:`name_key` gives them, known or to come: a name is indented below a queue, and
        not below what merely is called so
    """

    def __init__(self, names: Collection[str], parent: QWidget) -> None:
        super().__init__(1, parent)
        self._names = names

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        hint = super().sizeHint(option, index)
        drawn: Any = option
        return QSize(hint.width() + self._indent(QFontMetrics(drawn.font), str(index.data() or "")), hint.height())

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        whole = str(index.data() or "")
        above = self.queues_above(whole)
        if not above:
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
        # Rounded as the style rounds it, so that all names of a column stand on one line with their neighbours.
        room.setTop(room.top() + (room.height() - metrics.height()) // 2)
        path, name = whole[: len(above[-1]) + len(LEVEL)], whole[len(above[-1]) + len(LEVEL) :]
        indent = self._indent(metrics, whole)
        mirrored = drawn.direction == Qt.LayoutDirection.RightToLeft
        room = room.adjusted(0, 0, -indent, 0) if mirrored else room.adjusted(indent, 0, 0, 0)
        wide = metrics.horizontalAdvance(name)
        path = metrics.elidedText(path, Qt.TextElideMode.ElideMiddle, max(0, room.width() - wide))
        name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        selected = bool(drawn.state & QStyle.StateFlag.State_Selected)
        parts = [(path, QPalette.ColorRole.PlaceholderText), (name, QPalette.ColorRole.Text)]
        if _runs_left(name):
            parts.reverse()
        left = (
            room.left() + (room.width() - metrics.horizontalAdvance(path) - metrics.horizontalAdvance(name)) * mirrored
        )
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # "::" would go to the other end
        for text, role in parts:
            painter.setPen(drawn.palette.color(QPalette.ColorRole.HighlightedText if selected else role))
            there = QRect(left, room.top(), metrics.horizontalAdvance(text), room.height())
            painter.drawText(there, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), text)
            left += there.width()
        painter.setLayoutDirection(drawn.direction)

    def queues_above(self, name: str) -> list[str]:
        """The beginnings of a name that are queues themselves, the highest first."""
        levels = name.split(LEVEL)
        beginnings = [LEVEL.join(levels[:depth]) for depth in range(1, len(levels))]
        return [beginning for beginning in beginnings if name_key(beginning) in self._names]

    def _indent(self, metrics: QFontMetrics, name: str) -> int:
        return metrics.averageCharWidth() * 2 * len(self.queues_above(name))


def _runs_left(text: str) -> bool:
    """Whether a text is written from right to left: its first letter says so."""
    first = next((kind for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"}), "L")
    return first != "L"
