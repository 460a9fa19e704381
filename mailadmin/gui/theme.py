"""Light, dark, high contrast, or as the system says; palettes for the style that brings none of its own."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

Group = QPalette.ColorGroup
Role = QPalette.ColorRole


class Scheme(enum.StrEnum):
    """What the user chose for this workstation."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


_QT: Final = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
    Scheme.HIGH_CONTRAST: Qt.ColorScheme.Light,
}
# Fusion draws with whatever palette it is given. Where the platform brings none (offscreen, a bare X server) these
# are ours; contrast of text on its ground is above 7:1, of quiet text above 4.5:1.
_LIGHT: Final = {
    Role.Window: "#f4f5f6", Role.WindowText: "#1b1d1f", Role.Base: "#ffffff", Role.AlternateBase: "#f7f8f9",
    Role.Text: "#1b1d1f", Role.Button: "#f0f1f3", Role.ButtonText: "#1b1d1f", Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#ffffff", Role.ToolTipText: "#1b1d1f", Role.PlaceholderText: "#62686f",
    Role.Highlight: "#1f6fb2", Role.HighlightedText: "#ffffff", Role.Accent: "#1f6fb2",
    Role.Link: "#155d99", Role.LinkVisited: "#6a4c93",
    Role.Light: "#ffffff", Role.Midlight: "#e6e8ea", Role.Mid: "#c3c7cb", Role.Dark: "#9aa0a6", Role.Shadow: "#6d7378",
}  # fmt: skip
_DARK: Final = {
    Role.Window: "#2e3236", Role.WindowText: "#e8eaec", Role.Base: "#191b1d", Role.AlternateBase: "#1f2225",
    Role.Text: "#e8eaec", Role.Button: "#3a3f44", Role.ButtonText: "#e8eaec", Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#303438", Role.ToolTipText: "#e8eaec", Role.PlaceholderText: "#a0a6ac",
    Role.Highlight: "#2a72b0", Role.HighlightedText: "#ffffff", Role.Accent: "#4c9fe0",
    Role.Link: "#7db9ee", Role.LinkVisited: "#bda5e0",
    Role.Light: "#474c51", Role.Midlight: "#454a50", Role.Mid: "#565c62", Role.Dark: "#141618", Role.Shadow: "#0b0c0d",
}  # fmt: skip
# Fusion draws outlines in a darker tone of the window's ground: it must be light enough for them to be seen on it, and
# dark enough for them to be seen on white.
_HIGH_CONTRAST: Final = {
    Role.Window: "#d0d0d0", Role.WindowText: "#000000", Role.Base: "#ffffff", Role.AlternateBase: "#f2f2f2",
    Role.Text: "#000000", Role.Button: "#ffffff", Role.ButtonText: "#000000", Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#ffffff", Role.ToolTipText: "#000000", Role.PlaceholderText: "#1a1a1a",
    Role.Highlight: "#00008b", Role.HighlightedText: "#ffffff", Role.Accent: "#00008b",
    Role.Link: "#00008b", Role.LinkVisited: "#4b0082",
    Role.Light: "#ffffff", Role.Midlight: "#e0e0e0", Role.Mid: "#707070", Role.Dark: "#404040", Role.Shadow: "#000000",
}  # fmt: skip
_COLOURS: Final = {Scheme.LIGHT: _LIGHT, Scheme.DARK: _DARK, Scheme.HIGH_CONTRAST: _HIGH_CONTRAST}
_QUIET: Final = (Role.WindowText, Role.Text, Role.ButtonText)
_DISABLED: Final = {Scheme.LIGHT: "#7c8288", Scheme.DARK: "#8f959b", Scheme.HIGH_CONTRAST: "#4a4a4a"}


def apply(application: QApplication, scheme: Scheme) -> None:
    """Show the application in this scheme from now on.

    Native styles follow the request by themselves; Fusion, when the platform does not answer it, gets our palette.
    """
    hints = application.styleHints()
    hints.setColorScheme(_QT[scheme])
    if application.style().objectName() != "fusion":
        return
    if scheme is Scheme.SYSTEM:
        if hints.colorScheme() is not Qt.ColorScheme.Unknown:
            application.setPalette(QPalette())  # the platform's own
            return
        scheme = Scheme.LIGHT
    application.setPalette(palette(scheme))


def follow_system(application: QApplication, chosen: Callable[[], Scheme]) -> None:
    """Take on what the system changes while the program runs, unless something else was chosen."""

    def on_changed() -> None:
        if chosen() is Scheme.SYSTEM:
            apply(application, Scheme.SYSTEM)

    application.styleHints().colorSchemeChanged.connect(on_changed)


def palette(scheme: Scheme) -> QPalette:
    """Our palette for light, dark or high contrast.

    :raises KeyError: for what the system says there is none
    """
    colours = _COLOURS[scheme]
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in _QUIET:
        made.setColor(Group.Disabled, role, QColor(_DISABLED[scheme]))
    made.setColor(Group.Disabled, Role.Highlight, QColor(colours[Role.Mid]))
    return made


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than its ground."""
    return palette.color(Role.WindowText).lightness() > palette.color(Role.Window).lightness()
