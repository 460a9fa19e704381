"""One task that fetches, or tries, some accounts; each of them ends with exactly one outcome."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal
from typing_extensions import override

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, Layer, MailadminError
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchStatus
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.fetch import FetchOptions, FetchService
from mailadmin.services.fetch.dry_run import DryRun, Preview
from mailadmin.services.stoppable import until_stopped

from .pulse import Pulse

S = TypeVar("S")


class Job(QObject, Generic[S]):
    """Runs in a task; what is left to its subclasses is the work. Deletes itself after its end.

    :param service: what does the work
    :param pulse: where progress goes
    """

    previewed = Signal(int, object)
    """What a dry run of the account of this id would have made: a list of Preview."""
    outcome = Signal(object)
    """The FetchOutcome of one account."""
    ended = Signal(object)
    """This job: all accounts have their outcomes."""

    trial = False
    """Whether nothing is changed anywhere."""

    def __init__(
        self,
        service: S,
        accounts: Sequence[IncomingAccount],
        options: FetchOptions,
        tasks: Tasks,
        pulse: Pulse,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._accounts = tuple(accounts)
        self._options = options
        self._tasks = tasks
        self._pulse = pulse
        self._waited_for = {account.id: account for account in accounts if account.id is not None}
        self._halted: frozenset[int] = frozenset()  # replaced as a whole, for the task's thread reads it
        self._task = tasks.task("dry run" if self.trial else "fetch", self._work)
        self._task.progressed.connect(self._on_told)
        self._task.succeeded.connect(self._on_succeeded)
        self._task.failed.connect(self._end)
        self._task.stopped.connect(self._end)

    @property
    def running(self) -> frozenset[int]:
        """The accounts that have no outcome yet, by id."""
        return frozenset(self._waited_for)

    def start(self) -> None:
        """Begin."""
        self._tasks.start(self._task)

    def halt(self, account_id: int) -> bool:
        """Bring one account to an orderly end; whether that was not asked for before."""
        new = account_id not in self._halted
        self._halted |= {account_id}
        return new

    def stop(self) -> None:
        """Bring all to an orderly end."""
        self._task.stop()

    @abstractmethod
    def _work(self, task: Task) -> None:
        """In the task's thread: fetch, and tell each outcome."""

    def _on_told(self, told: object) -> None:
        outcome, previews = told if isinstance(told, tuple) else (told, None)
        if previews is not None:
            self.previewed.emit(outcome.account_id, previews)
        if isinstance(outcome, FetchOutcome) and self._waited_for.pop(outcome.account_id, None) is not None:
            self._pulse.forget(outcome.account_id)
            self.outcome.emit(outcome)

    def _on_succeeded(self, nothing: object) -> None:
        self._end()

    def _end(self, error: MailadminError | None = None) -> None:
        """Whoever has no outcome by now gets one: the work as a whole failed, or was stopped."""
        for account in list(self._waited_for.values()):
            self._on_told(without_fetching(account, error))
        self.ended.emit(self)
        self.deleteLater()


class FetchJob(Job[FetchService]):
    """Brings mail in, accounts side by side."""

    @override
    def _work(self, task: Task) -> None:
        self._service.fetch(
            self._accounts,
            self._options,
            on_progress=self._pulse.put,
            should_stop=task.should_stop,
            on_outcome=task.tell,
            halted=lambda: self._halted,
        )


class TrialJob(Job[DryRun]):
    """Says what would become of the mail, one account after the other, with nothing changed anywhere."""

    trial = True

    @override
    def _work(self, task: Task) -> None:
        for account in self._accounts:
            task.tell(self._try_one(task, account))

    def _try_one(self, task: Task, account: IncomingAccount) -> tuple[FetchOutcome, list[Preview]]:
        """A server that hangs is left behind when somebody stops."""

        def should_stop() -> bool:
            return task.should_stop() or account.id in self._halted

        if should_stop():
            return without_fetching(account), []
        self._pulse.put(FetchProgress(account.id or 0, account.name, Layer.CONNECT, 0, 0, 0))
        try:
            outcomes, previews = until_stopped(
                lambda interrupt: self._service.fetch(
                    [account], self._options.limit, self._options.timeout, should_stop
                ),
                should_stop,
            )
        except MailadminError as error:
            return without_fetching(account, error), []
        return outcomes[0], previews


def without_fetching(account: IncomingAccount, error: MailadminError | None = None) -> FetchOutcome:
    """How a fetch ends that did not come to an end by itself: stopped, or failed by what was not the account's."""
    if error is None or error.code is Code.STOPPED:
        return FetchOutcome(account.id or 0, account.name, FetchStatus.STOPPED, FetchCounts(), 0.0)
    return FetchOutcome(account.id or 0, account.name, FetchStatus.FAILED, FetchCounts(), 0.0, (error,))
