"""One piece of work in a thread of its own.

A QThread subclass carries its signals itself: the object lives in the GUI thread, only :meth:`Task.run` is elsewhere,
so every receiver is called in the GUI thread, whoever emits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QObject, QThread, Signal, SignalInstance
from typing_extensions import override

from mailadmin.domain.errors import BugError, Code, MailadminError

log = logging.getLogger(__name__)

Work: TypeAlias = Callable[["Task"], object]
"""What a task does: a blocking call of a service. It may call ``task.tell`` and must heed ``task.should_stop``."""


class Task(QThread):
    """Ends with exactly one of ``succeeded``, ``failed`` and ``stopped``, told in the GUI thread.

    :param name: what it is, for the log
    :param work: called in the thread
    """

    progressed = Signal(object)
    """Whatever the work tells."""
    succeeded = Signal(object)
    """What the work returned."""
    failed = Signal(object)
    """A MailadminError: why it did not."""
    stopped = Signal()
    """It was told to stop, and did (the work raised Code.STOPPED)."""

    def __init__(self, name: str, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._work = work
        self._silent = False

    def should_stop(self) -> bool:
        """Whether somebody wants the work to end."""
        return self.isInterruptionRequested()

    def stop(self) -> None:
        """Ask the work to end; it says when it has."""
        self.requestInterruption()

    def silence(self) -> None:
        """Tell nothing any more, not even the end: whoever listened is gone."""
        self._silent = True

    def tell(self, what: object) -> None:
        """Called by the work, from any thread: ``progressed`` in the GUI thread."""
        self._emit(self.progressed, what)

    @override
    def run(self) -> None:
        """In the thread: call the work and tell how it ended."""
        try:
            result = self._work(self)
        except MailadminError as error:
            if error.code is Code.STOPPED:
                self._emit(self.stopped)
            else:
                self._emit(self.failed, error)
        except Exception as error:
            log.exception("task %s failed", self.objectName())
            self._emit(self.failed, BugError(f"{type(error).__name__} in {self.objectName()}; the log has the details"))
        else:
            self._emit(self.succeeded, result)

    def _emit(self, signal: SignalInstance, *what: object) -> None:
        if not self._silent:
            signal.emit(*what)
