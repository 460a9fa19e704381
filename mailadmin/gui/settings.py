"""What this window remembers on this workstation: geometry, columns, filters. Never anything about accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QSettings

from .theme import Scheme

LAYOUT_VERSION: Final = 1
"""Counted up when columns or panes change so that a remembered layout no longer fits."""


class WindowSettings(QObject):
    """Typed access to QSettings; a ``False`` that was written as text comes back as ``False``.

    :param file: an INI file; None: where the system keeps a user's settings
    """

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = (
            QSettings("mailadmin", "mailadmin", self)
            if file is None
            else QSettings(str(file), QSettings.Format.IniFormat, self)
        )

    def state(self, key: str) -> QByteArray:
        """A remembered geometry, header or splitter state; empty when there is none that fits."""
        value = self._settings.value(f"layout/{LAYOUT_VERSION}/{key}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_state(self, key: str, state: QByteArray) -> None:
        """Remember a geometry, header or splitter state; an empty one is none."""
        if not state.isEmpty():
            self._settings.setValue(f"layout/{LAYOUT_VERSION}/{key}", state)

    def text(self, key: str, default: str = "") -> str:
        """A remembered text."""
        return str(self._settings.value(key, default, type=str))

    def set_text(self, key: str, value: str) -> None:
        """Remember a text."""
        self._settings.setValue(key, value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A remembered switch."""
        return bool(self._settings.value(key, default, type=bool))

    def set_flag(self, key: str, *, value: bool) -> None:
        """Remember a switch."""
        self._settings.setValue(key, value)

    @property
    def colours(self) -> Scheme:
        """The colours that were chosen."""
        said = self.text("colours", Scheme.SYSTEM)
        return Scheme(said) if said in set(Scheme) else Scheme.SYSTEM

    @colours.setter
    def colours(self, scheme: Scheme) -> None:
        self.set_text("colours", scheme)

    def forget(self, key: str) -> None:
        """Remember no longer."""
        self._settings.remove(key)
