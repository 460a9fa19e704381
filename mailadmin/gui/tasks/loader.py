"""Reading for a page: one load at a time, and the latest question wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from .registry import Tasks

Q = TypeVar("Q")
R = TypeVar("R")


class Loader(QObject, Generic[Q, R]):
    """Asks ``read`` in a task. Asked again meanwhile, it asks once more afterwards and tells only the last answer."""

    loaded = Signal(object, object)
    """The question, and its answer."""
    failed = Signal(object)
    """A MailadminError."""

    def __init__(self, tasks: Tasks, name: str, read: Callable[[Q], R], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._name = name
        self._read = read
        self._asked: Q | None = None
        self._next: Q | None = None
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._busy

    def load(self, question: Q) -> None:
        """Ask. ``question`` must not be None."""
        if self._busy:
            self._next = question
            return
        self._asked, self._next, self._busy = question, None, True
        task = self._tasks.task(self._name, lambda task: self._read(question))
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        task.stopped.connect(self._on_stopped)
        self._tasks.start(task)

    def _ended(self) -> bool:
        """Whether the answer is still wanted; asks the next question if it is not."""
        self._busy = False
        if self._next is None:
            return True
        self.load(self._next)
        return False

    def _on_succeeded(self, answer: object) -> None:
        asked = self._asked
        if self._ended():
            self.loaded.emit(asked, answer)

    def _on_failed(self, error: object) -> None:
        if self._ended():
            self.failed.emit(error)

    def _on_stopped(self) -> None:
        self._ended()
