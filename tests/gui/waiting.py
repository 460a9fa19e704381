"""Waiting until a window rests: nothing runs, nothing is about to begin, and everything that was told was heard."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.gui.tasks import Tasks

SECONDS: Final = 30


def settle(qtbot: QtBot, tasks: Tasks, *timers: QTimer, besides: Collection[str] = ()) -> None:
    """Wait until no task runs and no timer is about to begin one.

    :param timers: that begin something a moment after a letter was typed or a row selected
    :param besides: names of tasks that may go on
    """
    rested = 0

    def rests() -> bool:
        """Twice in a row: what one task tells at its end may begin another."""
        nonlocal rested
        QApplication.processEvents()
        running = any(task.objectName() not in besides for task in tasks.running)
        rested = 0 if running or any(timer.isActive() for timer in timers) else rested + 1
        return rested > 1

    qtbot.waitUntil(rests, timeout=SECONDS * 1000)


def until_gone(qtbot: QtBot, widget: QWidget) -> None:
    """Wait until a widget is deleted; to wait for the signal that says so can raise a SystemError."""
    qtbot.waitUntil(lambda: not shiboken6.isValid(widget), timeout=SECONDS * 1000)


def end(tasks: Tasks) -> None:
    """Stop whatever runs, also what a page begins while it ends; fails when that never ceases.

    For a page that is closing: nobody listens any more, so nothing needs to come to its natural end.
    """
    for _ in range(10):
        tasks.stop_all()
        assert tasks.wait(SECONDS) == ()
        QApplication.processEvents()
        if not tasks.running:
            return
    assert tasks.running == ()
