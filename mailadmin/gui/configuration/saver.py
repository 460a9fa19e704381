"""Saves settings one after the other: of a key that is changed while it waits, the last value counts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.settings import SettingValue
from mailadmin.gui.tasks import Tasks
from mailadmin.services.settings import SettingService


@dataclass(frozen=True, slots=True)
class Change:
    """What a setting is to become, and what it was; None stands for the default."""

    key: str
    value: SettingValue | None
    before: SettingValue | None


class Saver(QObject):
    """Sets settings in tasks."""

    saved = Signal(object)
    """The Change that is done."""
    refused = Signal(object, object)
    """The Change that is not, and the MailadminError that says why."""

    def __init__(self, service: SettingService, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._waiting: dict[str, Change] = {}
        self._now: Change | None = None

    @property
    def busy(self) -> bool:
        """Whether something is not saved yet."""
        return self._now is not None

    def save(self, change: Change) -> None:
        """Save this, when what was asked before it is done."""
        self._waiting[change.key] = change
        if self._now is None:
            self._next()

    def _next(self) -> None:
        self._now = None
        if not self._waiting:
            return
        key = next(iter(self._waiting))
        self._now = change = self._waiting.pop(key)
        task = self._tasks.task(f"set {key}", lambda _: self._service.set(change.key, change.value))
        task.succeeded.connect(self._on_saved)
        task.failed.connect(self._on_failed)
        task.stopped.connect(self._next)
        self._tasks.start(task)

    def _on_saved(self) -> None:
        change = self._now
        self._next()
        self.saved.emit(change)

    def _on_failed(self, error: MailadminError) -> None:
        change = self._now
        self._next()
        self.refused.emit(change, error)
