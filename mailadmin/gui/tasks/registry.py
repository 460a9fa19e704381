"""Who owns the running tasks: a QThread that is collected while it runs would end the process."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from .task import Task, Work


class Tasks(QObject):
    """Every running task. Nothing else keeps one alive."""

    changed = Signal()
    """A task began or ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Task] = []

    @property
    def running(self) -> tuple[Task, ...]:
        """The tasks that have not ended, oldest first."""
        return tuple(self._running)

    def task(self, name: str, work: Work) -> Task:
        """A task that is not started yet, so that its signals can be connected: see :meth:`start`."""
        return Task(name, work)

    def start(self, task: Task) -> Task:
        """Own a task, and run it."""
        self._running.append(task)
        task.finished.connect(lambda: self._forget(task))
        task.start()
        self.changed.emit()
        return task

    def stop_all(self) -> None:
        """Ask every task to end."""
        for task in self._running:
            task.stop()

    def wait(self, seconds: float) -> tuple[Task, ...]:
        """Wait for every task that is running now; those that have not ended by then."""
        deadline = time.monotonic() + seconds
        return tuple(
            task for task in self._running if not task.wait(max(0, round((deadline - time.monotonic()) * 1000)))
        )

    def _forget(self, task: Task) -> None:
        """It has told how it ended; the thread itself is gone a moment later."""
        task.wait()
        self._running.remove(task)
        task.deleteLater()
        self.changed.emit()
