"""Symbolic icons, drawn from an icon font in the colours of the palette at the moment they are painted."""

from __future__ import annotations

import enum
import os
from functools import cache
from typing import Any, Final

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette
from typing_extensions import override

from . import theme

os.environ["QT_API"] = "pyside6"  # the library takes the first binding it finds otherwise

from qtawesome.iconic_font import CharIconPainter, IconicFont

_PREFIX: Final = "mdi6"
_FILES: Final = ("materialdesignicons6-webfont-6.9.96.ttf", "materialdesignicons6-webfont-charmap-6.9.96.json")


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
    font = _font()
    ours = f"{name} {tone.name}"
    font.set_custom_icon(ours, _Painter(font.charmap[_PREFIX][name], tone))
    made: QIcon = font._custom_icon(ours)  # noqa: SLF001  (its own way to them goes by a global font)
    return made


@cache
def _font() -> IconicFont:
    return IconicFont((_PREFIX, *_FILES))


class _Painter(CharIconPainter):  # type: ignore[misc]  # the library is untyped
    """Looks the colour up in the palette when it paints, so that a change of palette needs no new icons."""

    def __init__(self, char: str, tone: Tone) -> None:
        self._char = char
        self._tone = tone

    @override
    def paint(
        self, iconic: Any, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State, options: Any
    ) -> None:
        colour = self._colour(mode)
        one = {"prefix": _PREFIX, "scale_factor": 1.15}
        for switch in ("on", "off"):
            for suffix in ("", "_disabled", "_active", "_selected"):
                one[f"{switch}{suffix}"] = self._char
                one[f"color_{switch}{suffix}"] = colour
        super().paint(iconic, painter, rect, mode, state, [one])

    def _colour(self, mode: QIcon.Mode) -> str:
        palette = QGuiApplication.palette()
        if mode is QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText).name()
        if mode is QIcon.Mode.Selected:
            return palette.color(QPalette.ColorRole.HighlightedText).name()
        if self._tone is Tone.PLAIN:
            return palette.color(QPalette.ColorRole.WindowText).name()
        return QColor(self._tone.value[theme.is_dark(palette)]).name()
