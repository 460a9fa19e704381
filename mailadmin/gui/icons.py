"""Symbolic icons, drawn from an icon font in the colours of the palette at the moment they are painted."""

from __future__ import annotations

import enum
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from typing_extensions import override

from . import theme

_LIBRARY: Final = "qtawesome"
_FONT: Final = "materialdesignicons6-webfont-6.9.96.ttf"
_CHARACTERS: Final = "materialdesignicons6-webfont-charmap-6.9.96.json"


class Tone(enum.Enum):
    """What an icon says by its colour, besides what it says by its shape. Pairs: on light, on dark ground."""

    PLAIN = ("", "")
    QUIET = ("#62686f", "#a0a6ac")
    GOOD = ("#1a7f45", "#58c98a")
    WARNING = ("#9a6200", "#e8b04a")
    BAD = ("#b3261e", "#ff8a80")
    ACCENT = ("#1f6fb2", "#6db5f0")


@cache
def icon(name: str, tone: Tone = Tone.PLAIN) -> QIcon:
    """An icon by its Material Design name (``email-outline``).

    :raises KeyError: there is no such icon
    """
    return QIcon(_Engine(chr(int(_characters()[name], 16)), tone))


@cache
def _folder() -> Path:
    """Where the library keeps its fonts. It is not imported itself: a tenth of a second, for a wrapper around Qt."""
    spec = importlib.util.find_spec(_LIBRARY)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "fonts"


@cache
def _characters() -> dict[str, str]:
    """The code points, in hexadecimal, by name."""
    codes: dict[str, str] = json.loads((_folder() / _CHARACTERS).read_text(encoding="ascii"))
    return codes


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / _FONT))
    return QFontDatabase.applicationFontFamilies(number)[0]


class _Engine(QIconEngine):
    """Looks the colour up in the palette when it paints, so that a change of palette needs no new icons."""

    def __init__(self, character: str, tone: Tone) -> None:
        super().__init__()
        self._character = character
        self._tone = tone

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        font = QFont(_family())
        font.setPixelSize(max(1, rect.height()))
        painter.save()
        painter.setPen(self._colour(mode))
        painter.setFont(font)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._character)
        painter.restore()

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if pixmap.isNull():  # for a button that is not laid out yet
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    @override
    def clone(self) -> QIconEngine:
        return _Engine(self._character, self._tone)

    def _colour(self, mode: QIcon.Mode) -> QColor:
        palette = QGuiApplication.palette()
        if mode is QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        if mode is QIcon.Mode.Selected:
            return palette.color(QPalette.ColorRole.HighlightedText)
        if self._tone is Tone.PLAIN:
            return palette.color(QPalette.ColorRole.WindowText)
        return QColor(self._tone.value[theme.is_dark(palette)])
