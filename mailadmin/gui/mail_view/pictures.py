"""Images that came with a mail, decoded for a view: common kinds only, and never larger than a screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_KINDS: Final = frozenset({"bmp", "gif", "ico", "jpeg", "jpg", "png", "webp"})
"""Kinds that hold dots and nothing else: an SVG may name other files."""
_LARGEST: Final = QSize(1600, 1600)
_MOST_DOTS: Final = 50_000_000
LARGEST_FILE: Final = 20_000_000


def decoded(content: bytes) -> QImage | None:
    """An image from its octets; None when it is none that is shown. May be called in any thread."""
    if len(content) > LARGEST_FILE:
        return None
    octets = QByteArray(content)
    buffer = QBuffer(octets)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if reader.format().toStdString() not in _KINDS or not size.isValid() or size.width() * size.height() > _MOST_DOTS:
        return None
    if size.width() > _LARGEST.width() or size.height() > _LARGEST.height():
        reader.setScaledSize(size.scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
