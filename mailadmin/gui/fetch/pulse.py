"""Progress from many threads, told in the GUI thread: each account's latest, ten times a second at most."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain.outcomes import FetchProgress

MILLISECONDS: Final = 100
_SPAN_SECONDS: Final = 3.0


class Pulse(QObject):
    """Takes progress from any thread and tells the newest of each account, as long as it is started."""

    told = Signal(object)
    """A FetchProgress."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest: dict[int, FetchProgress] = {}
        self._timer = QTimer(self, interval=MILLISECONDS)
        self._timer.timeout.connect(self.flush)

    def start(self) -> None:
        """Tell what comes from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Tell no more; what was not told is forgotten."""
        self._timer.stop()
        self._latest.clear()

    def put(self, progress: FetchProgress) -> None:
        """Called from any thread."""
        self._latest[progress.account_id] = progress  # one step of the interpreter: no lock is needed

    def forget(self, account_id: int) -> None:
        """An account has ended: what it said before is of no interest any more."""
        self._latest.pop(account_id, None)

    def flush(self) -> None:
        """Tell what has come since the last time."""
        for account_id in list(self._latest):
            progress = self._latest.pop(account_id, None)
            if progress is not None:
                self.told.emit(progress)


class Rate:
    """Octets a second over the last three seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, octets: int) -> None:
        """So many octets have come by now, all in all."""
        self._samples.append((time.monotonic(), octets))

    @property
    def octets(self) -> int:
        """How many in a second; 0 while that cannot be told, and when nothing has come for a while."""
        now = time.monotonic()
        while len(self._samples) > 1 and self._samples[0][0] < now - _SPAN_SECONDS:
            self._samples.popleft()
        if len(self._samples) < 2:
            return 0
        began, first = self._samples[0]
        return round((self._samples[-1][1] - first) / (now - began)) if now > began else 0
