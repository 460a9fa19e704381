"""Images that came with a mail, decoded for a view: common kinds only, and never larger than a screen."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

_KINDS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), b"png"),
    (re.compile(rb"\xff\xd8\xff"), b"jpeg"),
    (re.compile(rb"GIF8[79]a"), b"gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), b"webp"),
    (re.compile(rb"BM"), b"bmp"),
)
"""Kinds that hold dots and nothing else, by how they begin. Qt would look into an SVG, which may name other files."""
_LARGEST: Final = QSize(1600, 1600)
_MOST_DOTS: Final = 50_000_000
LARGEST_FILE: Final = 20_000_000


def decoded(content: bytes) -> QImage | None:
    """An image from its octets; None when it is none that is shown. May be called in any thread."""
    kind = next((kind for beginning, kind in _KINDS if beginning.match(content)), None)
    if kind is None or len(content) > LARGEST_FILE:
        return None
    octets = QByteArray(content)
    buffer = QBuffer(octets)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(kind))
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > _MOST_DOTS:
        return None
    if size.width() > _LARGEST.width() or size.height() > _LARGEST.height():
        reader.setScaledSize(size.scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image
