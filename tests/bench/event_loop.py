"""Waiting in the event loop until something is on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override

PATIENCE_MILLISECONDS: Final = 30_000
LOOKING_MILLISECONDS: Final = 50


def until(condition: Callable[[], bool]) -> None:
    """Turn the event loop until the condition holds and there is nothing left to do."""
    loop = QEventLoop()
    waking = QTimer(loop, interval=LOOKING_MILLISECONDS)  # a condition may come true by time alone
    waking.start()

    def look() -> None:
        if condition():
            loop.quit()

    dispatcher = QAbstractEventDispatcher.instance()
    dispatcher.aboutToBlock.connect(look)
    QTimer.singleShot(PATIENCE_MILLISECONDS, loop, lambda: loop.exit(1))
    ended = loop.exec()
    dispatcher.aboutToBlock.disconnect(look)
    if ended:
        raise SystemExit("the window did not get there")


class Painted(QObject):
    """Notes when widgets are painted: what has changed is painted some milliseconds later, by a timer of Qt's."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._at = 0.0
        for widget in widgets:
            widget.installEventFilter(self)

    def forget(self) -> None:
        """What was painted so far does not count."""
        self._at = 0.0

    def since(self, moment: float) -> bool:
        """Whether one of them was painted after a moment of ``time.perf_counter``."""
        return self._at > moment

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._at = time.perf_counter()
        return False
