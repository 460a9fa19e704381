"""The program's window on a real application."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.gui.session import Session
from mailadmin.gui.settings import WindowSettings

OpenWindow = Callable[[Application], Session]


@pytest.fixture
def open_window(tmp_path: Path, qtbot: QtBot) -> Iterator[OpenWindow]:
    """Opens the window on an application; it is closed at the end."""
    opened: list[Session] = []

    def open_it(services: Application) -> Session:
        QApplication.setStyle("fusion")
        opened.append(Session(services, lambda: None, WindowSettings(tmp_path / "window.ini"), tmp_path))
        opened[-1].begin()
        return opened[-1]

    yield open_it
    for session in opened:
        with qtbot.waitSignal(session.ended, timeout=30_000):
            session.stop_and_close()
