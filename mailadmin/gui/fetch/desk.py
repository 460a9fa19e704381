"""Where fetches by hand are started and stopped; every account that begins ends with an outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.outcomes import FetchProgress
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import AdoptionService
from mailadmin.services.fetch import FetchOptions, FetchService
from mailadmin.services.fetch.dry_run import DryRun

from .adoption import AdoptionQuestions
from .job import FetchJob, Job, TrialJob, without_fetching
from .pulse import Pulse


class _Preparation(QObject):
    """Reads accounts anew, for their rules decide what is deleted, and looks whose mailbox was never fetched."""

    ready = Signal(object)
    """This, when the rest of it is known."""
    failed = Signal(object, object)
    """This, and the MailadminError that kept it from looking."""

    def __init__(
        self,
        asked_for: Sequence[IncomingAccount],
        options: FetchOptions,
        accounts: AccountService,
        adoption: AdoptionService,
        tasks: Tasks,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.asked_for = tuple(asked_for)
        self.options = options
        self.known: list[IncomingAccount] = []
        self.new: list[IncomingAccount] = []
        self.gone: list[IncomingAccount] = []
        self._accounts = accounts
        self._adoption = adoption
        task = tasks.task("prepare a fetch", self._look)
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        tasks.start(task)

    def _look(self, task: Task) -> None:
        """In the task's thread; nobody reads the lists before it has ended."""
        there = {account.id: account for account in self._accounts.all()}
        is_new = self._adoption.needed_now()
        for asked_for in self.asked_for:
            account = there.get(asked_for.id)
            if account is None:
                self.gone.append(asked_for)
            # What is not valid is not asked about: the fetch says so by itself.
            elif account.validity is Validity.VALID and is_new(account):
                self.new.append(account)
            else:
                self.known.append(account)

    def _on_succeeded(self, nothing: object) -> None:
        self.ready.emit(self)
        self.deleteLater()

    def _on_failed(self, error: MailadminError) -> None:
        self.failed.emit(self, error)
        self.deleteLater()


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
        self._accounts = accounts
        self._tasks = tasks
        self._jobs: list[Job[Any]] = []
        self._pending: dict[int, FetchOptions] = {}
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
        return frozenset[int]().union(*(job.running for job in self._jobs))

    @property
    def busy(self) -> bool:
        """Whether anything runs, or waits for an answer."""
        return bool(self._jobs or self._pending)

    def is_trial(self, account_id: int) -> bool:
        """Whether what runs for this account is a dry run."""
        job = self._job_of(account_id)
        return job is not None and job.trial

    def fetch(self, accounts: Iterable[IncomingAccount], options: FetchOptions | None = None) -> None:
        """Fetch these accounts, asking first about mailboxes that were never fetched. Returns at once."""
        options = options or FetchOptions()
        chosen = self._not_running(accounts)
        if not chosen:
            return
        self._pending |= {account.id or 0: options for account in chosen}
        preparation = _Preparation(chosen, options, self._accounts, self._adoption, self._tasks, self)
        preparation.ready.connect(self._on_ready)
        preparation.failed.connect(self._on_not_ready)

    def try_out(self, accounts: Iterable[IncomingAccount], options: FetchOptions | None = None) -> None:
        """A dry run: what would become of the mail, with nothing changed anywhere. One account after the other."""
        chosen = self._not_running(accounts)
        if chosen:
            options = options or FetchOptions()
            self._start(TrialJob(self._dry_run, chosen, options, self._tasks, self._pulse, self), chosen)

    def stop(self, account_id: int) -> None:
        """Bring one account's fetch to an orderly end; the others go on."""
        job = self._job_of(account_id)
        if job is not None and job.halt(account_id):
            self.stopping.emit(account_id)

    def stop_all(self) -> None:
        """Bring everything to an orderly end, and take back the questions that are open."""
        asking = bool(self._pending)
        self._pending.clear()
        self._questions.withdraw()
        for job in self._jobs:
            for account_id in job.running:
                self.stop(account_id)
            job.stop()
        if asking:
            self._look_whether_all_ended()

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

    def _on_ready(self, preparation: _Preparation) -> None:
        if not self._pending:  # stopped meanwhile
            return
        for account in preparation.gone:
            self._fail(account, UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": account.name}))
        known = [account for account in preparation.known if self._pending.pop(account.id or 0, None) is not None]
        self._fetch(known, preparation.options)
        for account in preparation.new:
            if account.id in self._pending:
                self._questions.ask(account)
        self._look_whether_all_ended()

    def _on_not_ready(self, preparation: _Preparation, error: MailadminError) -> None:
        """The database cannot be asked: that is how these fetches end."""
        for account in preparation.asked_for:
            self._fail(account, error)
        self._look_whether_all_ended()

    def _fail(self, account: IncomingAccount, error: MailadminError) -> None:
        if self._pending.pop(account.id or 0, None) is not None:
            self.began.emit(account)
            self.ended.emit(without_fetching(account, error))

    def _on_adopted(self, account: IncomingAccount) -> None:
        options = self._pending.pop(account.id or 0, None)
        if options is not None:
            self._fetch([account], options)

    def _on_declined(self, account: IncomingAccount) -> None:
        self._pending.pop(account.id or 0, None)
        self._look_whether_all_ended()

    # --- a fetch ---

    def _fetch(self, accounts: Sequence[IncomingAccount], options: FetchOptions) -> None:
        if accounts:
            self._start(FetchJob(self._fetching, accounts, options, self._tasks, self._pulse, self), accounts)

    def _start(self, job: Job[Any], accounts: Sequence[IncomingAccount]) -> None:
        job.previewed.connect(self.previewed)
        job.outcome.connect(self.ended)
        job.ended.connect(self._on_job_ended)
        self._jobs.append(job)
        self._pulse.start()
        for account in accounts:
            self.began.emit(account)
        job.start()

    def _job_of(self, account_id: int) -> Job[Any] | None:
        return next((job for job in self._jobs if account_id in job.running), None)

    def _on_progress(self, progress: FetchProgress) -> None:
        if progress.account_id in self.running:
            self.progressed.emit(progress)

    def _on_job_ended(self, job: Job[Any]) -> None:
        self._jobs.remove(job)
        self._look_whether_all_ended()

    def _look_whether_all_ended(self) -> None:
        if not self._jobs:
            self._pulse.stop()
        if not self.busy:
            self.all_ended.emit()
