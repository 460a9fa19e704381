"""Where fetches by hand are started and stopped; every account that begins ends with an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import Code, Layer, MailadminError, UserFixableError
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchStatus
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import AdoptionService
from mailadmin.services.fetch import FetchOptions, FetchService
from mailadmin.services.fetch.dry_run import DryRun, Preview
from mailadmin.services.stoppable import until_stopped

from .adoption import AdoptionQuestions
from .pulse import Pulse


@dataclass(eq=False)
class _Fetch:
    """One running task and its accounts. ``halted`` is replaced as a whole, for the task's thread reads it."""

    waited_for: dict[int, IncomingAccount]
    trial: bool
    halted: frozenset[int] = field(default_factory=frozenset)
    task: Task = field(init=False)


class FetchDesk(QObject):
    """Starts fetches and says how they go. Any number of fetches of different accounts run at once.

    Before a mailbox is fetched for the first time its owner is asked what is to become of the mail in it.

    :param parent: the window that questions belong to
    """

    began = Signal(object)
    """An IncomingAccount is being fetched; :meth:`is_trial` tells whether nothing will be changed."""
    progressed = Signal(object)
    """A FetchProgress, ten times a second at most for each account."""
    stopping = Signal(int)
    """The account of this id was asked to stop."""
    previewed = Signal(int, object)
    """What a dry run of this account would have made: a list of Preview; just before ``ended``."""
    ended = Signal(object)
    """A FetchOutcome: one for each account that began."""
    all_ended = Signal()
    """Nothing is being fetched any more, and nobody is asked about it."""
    said = Signal(str)
    """Why something was not started, for the status bar."""
    edit_wanted = Signal(object)
    """An IncomingAccount that cannot be looked at is to be edited."""

    def __init__(
        self,
        fetching: FetchService,
        dry_run: DryRun,
        adoption: AdoptionService,
        accounts: AccountService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fetching = fetching
        self._dry_run = dry_run
        self._adoption = adoption
        self._tasks = tasks
        self._fetches: list[_Fetch] = []
        self._pending: dict[int, tuple[IncomingAccount, FetchOptions]] = {}
        self._pulse = Pulse(self)
        self._pulse.told.connect(self._on_progress)
        self._questions = AdoptionQuestions(adoption, accounts, tasks, parent, self)
        self._questions.adopted.connect(self._on_adopted)
        self._questions.declined.connect(self._on_declined)
        self._questions.edit_wanted.connect(self.edit_wanted)

    # --- what pages use ---

    @property
    def running(self) -> frozenset[int]:
        """The accounts that are being fetched or tried now, by id."""
        return frozenset(account_id for fetch in self._fetches for account_id in fetch.waited_for)

    @property
    def busy(self) -> bool:
        """Whether anything runs, or waits for an answer."""
        return bool(self._fetches or self._pending)

    def is_trial(self, account_id: int) -> bool:
        """Whether what runs for this account is a dry run."""
        fetch = self._fetch_of(account_id)
        return fetch is not None and fetch.trial

    def fetch(self, accounts: Iterable[IncomingAccount], options: FetchOptions | None = None) -> None:
        """Fetch these accounts, asking first about mailboxes that were never fetched. Returns at once."""
        options = options or FetchOptions()
        chosen = self._not_running(accounts)
        # What is not valid is not asked about: the fetch says so by itself.
        unsure = [account for account in chosen if account.validity is Validity.VALID]
        self._start([account for account in chosen if account.validity is not Validity.VALID], options)
        if not unsure:
            return
        self._pending |= {account.id or 0: (account, options) for account in unsure}
        task = self._tasks.task("first fetches", lambda task: [one for one in unsure if self._adoption.needed(one)])
        task.succeeded.connect(lambda new: self._on_looked(unsure, new, options))
        task.failed.connect(lambda error: self._on_not_looked(unsure, error))
        self._tasks.start(task)

    def try_out(self, accounts: Iterable[IncomingAccount], options: FetchOptions | None = None) -> None:
        """A dry run: what would become of the mail, with nothing changed anywhere. One account after the other."""
        self._start(self._not_running(accounts), options or FetchOptions(), trial=True)

    def stop(self, account_id: int) -> None:
        """Bring one account's fetch to an orderly end; the others go on."""
        fetch = self._fetch_of(account_id)
        if fetch is not None and account_id not in fetch.halted:
            fetch.halted |= {account_id}
            self.stopping.emit(account_id)

    def stop_all(self) -> None:
        """Bring everything to an orderly end, and take back the questions that are open."""
        self._pending.clear()
        self._questions.withdraw()
        for fetch in self._fetches:
            for account_id in list(fetch.waited_for):
                self.stop(account_id)
            fetch.task.stop()

    # --- before a fetch ---

    def _not_running(self, accounts: Iterable[IncomingAccount]) -> list[IncomingAccount]:
        stored = {account.id: account for account in accounts if account.id is not None}
        held = self.running | self._pending.keys()
        twice = [account.name for account_id, account in stored.items() if account_id in held]
        if len(twice) == 1:
            self.said.emit(self.tr('"{account}" is being fetched already.').format(account=twice[0]))
        elif twice:
            self.said.emit(self.tr("%Ln accounts are being fetched already.", "", len(twice)))
        return [account for account_id, account in stored.items() if account_id not in held]

    def _on_looked(self, looked: Sequence[IncomingAccount], new: object, options: FetchOptions) -> None:
        assert isinstance(new, list)
        still = [account for account in looked if account.id in self._pending]
        known = [account for account in still if account not in new]
        for account in known:
            self._pending.pop(account.id or 0)
        self._start(known, options)
        for account in still:
            if account in new:
                self._questions.ask(account)

    def _on_not_looked(self, looked: Sequence[IncomingAccount], error: MailadminError) -> None:
        """The database cannot be asked: that is how these fetches end."""
        for account in looked:
            if self._pending.pop(account.id or 0, None) is not None:
                self.began.emit(account)
                self.ended.emit(_without_fetching(account, FetchStatus.FAILED, error))
        self._look_whether_all_ended()

    def _on_adopted(self, account: IncomingAccount) -> None:
        _, options = self._pending.pop(account.id or 0, (account, None))
        if options is not None:
            self._start([account], options)

    def _on_declined(self, account: IncomingAccount) -> None:
        self._pending.pop(account.id or 0, None)
        self._look_whether_all_ended()

    # --- a fetch ---

    def _start(self, accounts: Sequence[IncomingAccount], options: FetchOptions, *, trial: bool = False) -> None:
        if not accounts:
            return
        fetch = _Fetch({account.id or 0: account for account in accounts}, trial)
        work = self._trying(fetch, accounts, options) if trial else self._fetching_of(fetch, accounts, options)
        fetch.task = task = self._tasks.task("dry run" if trial else "fetch", work)
        task.progressed.connect(lambda told: self._on_told(fetch, told))
        task.succeeded.connect(lambda outcomes: self._on_task_ended(fetch))
        task.failed.connect(lambda error: self._on_task_ended(fetch, error))
        task.stopped.connect(lambda: self._on_task_ended(fetch))
        self._fetches.append(fetch)
        self._pulse.start()
        for account in accounts:
            self.began.emit(account)
        self._tasks.start(task)

    def _fetching_of(
        self, fetch: _Fetch, accounts: Sequence[IncomingAccount], options: FetchOptions
    ) -> Callable[[Task], None]:
        def work(task: Task) -> None:
            self._fetching.fetch(
                accounts,
                options,
                on_progress=self._pulse.put,
                should_stop=task.should_stop,
                on_outcome=task.tell,
                halted=lambda: fetch.halted,
            )

        return work

    def _trying(
        self, fetch: _Fetch, accounts: Sequence[IncomingAccount], options: FetchOptions
    ) -> Callable[[Task], None]:
        def work(task: Task) -> None:
            for account in accounts:
                task.tell(self._try_one(fetch, task, account, options))

        return work

    def _try_one(
        self, fetch: _Fetch, task: Task, account: IncomingAccount, options: FetchOptions
    ) -> tuple[FetchOutcome, list[Preview]]:
        """In the task's thread. A server that hangs is left behind when somebody stops."""

        def should_stop() -> bool:
            return task.should_stop() or account.id in fetch.halted

        if should_stop():
            return _without_fetching(account, FetchStatus.STOPPED), []
        self._pulse.put(FetchProgress(account.id or 0, account.name, Layer.CONNECT, 0, 0, 0))
        try:
            outcomes, previews = until_stopped(
                lambda interrupt: self._dry_run.fetch([account], options.limit, options.timeout, should_stop),
                should_stop,
            )
        except MailadminError as error:
            stopped = error.code is Code.STOPPED
            status = FetchStatus.STOPPED if stopped else FetchStatus.FAILED
            return _without_fetching(account, status, None if stopped else error), []
        return outcomes[0], previews

    # --- what the task says ---

    def _fetch_of(self, account_id: int) -> _Fetch | None:
        return next((fetch for fetch in self._fetches if account_id in fetch.waited_for), None)

    def _on_progress(self, progress: FetchProgress) -> None:
        if progress.account_id in self.running:
            self.progressed.emit(progress)

    def _on_told(self, fetch: _Fetch, told: object) -> None:
        if isinstance(told, tuple):
            outcome, previews = told
            self.previewed.emit(outcome.account_id, previews)
            self._end(fetch, outcome)
        elif isinstance(told, FetchOutcome):
            self._end(fetch, told)

    def _end(self, fetch: _Fetch, outcome: FetchOutcome) -> None:
        if fetch.waited_for.pop(outcome.account_id, None) is not None:
            self._pulse.forget(outcome.account_id)
            self.ended.emit(outcome)

    def _on_task_ended(self, fetch: _Fetch, error: MailadminError | None = None) -> None:
        """Whoever has no outcome by now gets one: the task itself failed."""
        error = error or UserFixableError(Code.STOPPED)
        status = FetchStatus.STOPPED if error.code is Code.STOPPED else FetchStatus.FAILED
        for account in list(fetch.waited_for.values()):
            self._end(fetch, _without_fetching(account, status, error if status is FetchStatus.FAILED else None))
        self._fetches.remove(fetch)
        self._look_whether_all_ended()

    def _look_whether_all_ended(self) -> None:
        if not self._fetches:
            self._pulse.stop()
        if not self.busy:
            self.all_ended.emit()


def _without_fetching(
    account: IncomingAccount, status: FetchStatus, error: MailadminError | None = None
) -> FetchOutcome:
    """How a fetch ends that did not come to an end by itself."""
    return FetchOutcome(account.id or 0, account.name, status, FetchCounts(), 0.0, (error,) if error else ())
