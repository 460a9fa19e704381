"""The program around the window: what is seen when nothing can be opened."""

from __future__ import annotations

import gc
from pathlib import Path

from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Options
from mailadmin.gui.application import Program


def boxes() -> list[QMessageBox]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]


def test_what_cannot_be_opened_is_seen_and_tried_again(tmp_path: Path, qtbot: QtBot) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / "mailadmin.db"
    file.write_bytes(b"this is no database" * 100)
    program = Program(Options(home=home, key_file=home / "key"))
    try:
        assert program.begin()
        qtbot.waitUntil(lambda: bool(boxes()), timeout=20_000)
        gc.collect()  # a box that nobody holds would be gone now
        (box,) = boxes()
        assert "is damaged" in box.text()
        file.unlink()
        next(one for one in box.findChildren(QPushButton) if "again" in one.text()).click()
        qtbot.waitUntil(lambda: bool(program.sessions), timeout=20_000)
        (session,) = program.sessions
        assert session.window.isVisible()
        with qtbot.waitSignal(session.closed, timeout=20_000):
            session.stop_and_close()
    finally:
        assert program.end(0) == 0
    assert program.sessions == ()
