"""Fetching by the schedules while the window is open (FE-3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress, FetchStatus
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Loader, Task, Tasks
from mailadmin.services.adoption import AdoptionService
from mailadmin.services.schedule import Accepts, ScheduleService

from .pulse import Pulse

log = logging.getLogger(__name__)

PAUSED: Final = "schedule/paused"
LOOK_MILLISECONDS: Final = 15_000
"""How often the time of the next fetch is looked up, and how soon a runner that ended with an error is started anew."""


def _nobody() -> Collection[int]:
    return ()


class Scheduler(QObject):
    """Runs ScheduleService in one task. It leaves alone what was never fetched, for there the user is asked first.

    :param busy: the ids of accounts that are being fetched by hand; they are left to that
    """

    began = Signal(int)
    """The account of this id is being fetched."""
    progressed = Signal(object)
    """A FetchProgress, ten times a second at most for each account."""
    outcome = Signal(object)
    """The FetchOutcome of each account that was fetched; also of one that is fetched elsewhere (BUSY)."""
    failed = Signal(object)
    """The FetchOutcome of an account whose fetch failed, after ``outcome``."""
    next_changed = Signal(object)
    """When the next account is due (aware UTC); None when none is."""
    paused_changed = Signal(bool)
    """Whether nothing new is begun."""
    broken = Signal(object)
    """The MailadminError that ended the runner; it is started anew soon."""
    ended = Signal()
    """The runner has come to its end after :meth:`stop`."""

    def __init__(
        self,
        schedule: ScheduleService,
        adoption: AdoptionService,
        tasks: Tasks,
        settings: WindowSettings,
        *,
        busy: Callable[[], Collection[int]] = _nobody,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._schedule = schedule
        self._adoption = adoption
        self._tasks = tasks
        self._settings = settings
        self._busy = busy
        self._paused = settings.flag(PAUSED)
        self._next: datetime | None = None
        self._running: set[int] = set()
        self._task: Task | None = None
        self._wanted = False
        self._pulse = Pulse(self)
        self._pulse.told.connect(self._on_progress)
        self._loader: Loader[bool, datetime | None] = Loader(tasks, "next fetch", self._read_next, self)
        self._loader.loaded.connect(self._on_next)
        self._loader.failed.connect(self._on_next_unknown)
        self._timer = QTimer(self, interval=LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)

    # --- what the window uses ---

    @property
    def paused(self) -> bool:
        """Whether nothing new is begun; remembered."""
        return self._paused

    @property
    def running(self) -> frozenset[int]:
        """The accounts that are being fetched by schedule now, by id."""
        return frozenset(self._running)

    @property
    def next_due(self) -> datetime | None:
        """When the next account is due, as far as that was looked up."""
        return self._next

    @property
    def active(self) -> bool:
        """Whether the runner has not ended."""
        return self._task is not None

    def start(self) -> None:
        """Fetch what is due from now on."""
        self._wanted = True
        self._run()
        self._timer.start()
        self.refresh()

    def stop(self) -> None:
        """Bring the runner to an orderly end; it says when it has ``ended``."""
        self._wanted = False
        self._timer.stop()
        if self._task is not None:
            self._task.stop()

    def switch(self) -> None:
        """Pause: begin nothing new, what runs goes on. Paused, go on with what is due."""
        self._paused = not self._paused
        self._settings.set_flag(PAUSED, value=self._paused)
        self.paused_changed.emit(self._paused)
        if not self._paused:
            self.refresh()

    def refresh(self) -> None:
        """Look when the next account is due; accounts may have changed."""
        self._run()
        if self._wanted:
            self._loader.load(True)

    # --- the task ---

    def _run(self) -> None:
        if self._task is not None or not self._wanted:
            return
        self._task = task = self._tasks.task("schedule", self._work)
        task.progressed.connect(self._on_outcome)
        task.succeeded.connect(self._on_succeeded)
        task.stopped.connect(self._on_ended)
        task.failed.connect(self._on_failed)
        self._pulse.start()
        self._tasks.start(task)

    def _work(self, task: Task) -> None:
        self._schedule.run(
            task.should_stop,
            task.tell,
            on_progress=self._pulse.put,
            accepting=self._accepting,
            paused=lambda: self._paused,
        )

    def _accepting(self) -> Accepts:
        """In the task's thread."""
        is_new = self._adoption.needed_now()
        return lambda account, status: account.id not in self._busy() and not is_new(account)

    def _read_next(self, question: bool) -> datetime | None:
        is_new = self._adoption.needed_now()
        return self._schedule.next_due_of_all(lambda account, status: not is_new(account))

    def _on_progress(self, progress: FetchProgress) -> None:
        if self._task is None:
            return
        if progress.account_id not in self._running:
            self._running.add(progress.account_id)
            self.began.emit(progress.account_id)
        self.progressed.emit(progress)

    def _on_outcome(self, outcome: FetchOutcome) -> None:
        self._pulse.forget(outcome.account_id)
        self._running.discard(outcome.account_id)
        self.outcome.emit(outcome)
        if outcome.status in {FetchStatus.FAILED, FetchStatus.INVALID}:
            self.failed.emit(outcome)
        self.refresh()

    def _on_succeeded(self, nothing: object) -> None:
        self._on_ended()

    def _on_failed(self, error: MailadminError) -> None:
        log.warning("the schedule was interrupted: %s", error)
        self._on_ended()
        self.broken.emit(error)

    def _on_ended(self) -> None:
        self._task = None
        self._pulse.stop()
        self._running.clear()
        self.ended.emit()

    def _on_next(self, question: object, moment: datetime | None) -> None:
        self._next = moment
        self.next_changed.emit(moment)

    def _on_next_unknown(self, error: MailadminError) -> None:
        log.info("when the next account is due is not known: %s", error)
