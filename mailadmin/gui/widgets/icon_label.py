"""An icon that stands by itself, painted anew whenever the colours change."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStyle, QWidget
from typing_extensions import override

from .labels import readable_label


class IconLabel(QWidget):
    """Shows an icon; the words beside it say the same, so that screen readers pass it over.

    :param scale: its size, in small icons of the style
    """

    def __init__(self, picture: QIcon, parent: QWidget | None = None, *, scale: float = 1.0) -> None:
        super().__init__(parent)
        self._icon = picture
        self._scale = scale
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, picture: QIcon) -> None:
        """Show another icon."""
        self._icon = picture
        self.update()

    @override
    def sizeHint(self) -> QSize:
        side = round(self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize) * self._scale)
        return QSize(side, side)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self._icon.paint(painter, QRect(0, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignCenter, mode)
        painter.end()


def icon_line(picture: QIcon, text: str, parent: QWidget) -> QHBoxLayout:
    """A text with an icon beside its first line."""
    row = QHBoxLayout()
    row.addWidget(IconLabel(picture, parent), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(readable_label(text, parent), 1)
    return row
