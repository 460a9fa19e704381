"""Accounts side by side, one processing thread behind them (DESIGN 6). A hung account delays nobody."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import BugError, Code, MailadminError, UserFixableError
from mailadmin.domain.leases import ORPHANS_LEASE, Lease, account_lease
from mailadmin.domain.outcomes import FetchCounts, FetchOutcome, FetchProgress, FetchRun, FetchStatus
from mailadmin.domain.settings import Settings
from mailadmin.services.access import size_limit_kb
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.mailboxes import MailboxOpener, SessionToken
from mailadmin.services.process import ProcessService
from mailadmin.services.steps import OnStep, Step
from mailadmin.storage import Storage

from .account import AccountFetch, AccountLimits
from .backlog import Backlog, Share
from .recorder import Recorder

log = logging.getLogger(__name__)

STALLED_SECONDS = 5.0
"""An account without a sign of life for this long no longer counts against the accounts fetched side by side."""
GRACE_SECONDS = 10.0
"""How long a halted account may be silent on its way to an orderly end before its connection is cut."""
PATIENCE_SECONDS = 60.0
"""How long it may take for that in all."""
THREADS_AT_MOST = 64


@dataclass(eq=False)
class _Member:
    """An account in the round: its thread, its numbers, and its part of the backlog."""

    account: IncomingAccount
    claim: Callable[[], bool]
    anew: bool
    counts: FetchCounts = field(default_factory=FetchCounts)
    errors: list[MailadminError] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    started_at: datetime | None = None
    fetch: AccountFetch | None = None
    thread: threading.Thread | None = None
    status: FetchStatus | None = None
    halt_asked: float | None = None
    cut: float | None = None
    given_up: bool = False
    claimed: bool = True
    share: Share = field(init=False)

    def __post_init__(self) -> None:
        self.share = Share(self.counts, self.errors)


class FetchRound:
    """Runs accounts as they are added; :meth:`tick` is called by one thread until :attr:`active` is False.

    :param on_progress: called from account threads
    """

    def __init__(
        self,
        *,
        storage: Storage,
        keeper: LeaseKeeper,
        processing: ProcessService,
        mailboxes: MailboxOpener,
        settings: Settings,
        message_limit: int,
        timeout: float | None,
        on_progress: Callable[[FetchProgress], None],
        on_step: OnStep,
    ) -> None:
        self._storage = storage
        self._keeper = keeper
        self._processing = processing
        self._mailboxes = mailboxes
        self.settings = settings
        self._message_limit = message_limit
        self._timeout = timeout
        self._on_progress = on_progress
        self._on_step = on_step
        self._to_start: deque[_Member] = deque()
        self._running: list[_Member] = []
        self._stuck: dict[int, threading.Thread] = {}
        self._backlog = Backlog(processing, keeper)
        self._changed = threading.Event()

    # --- from the thread that runs the round ---

    def add(self, account: IncomingAccount, claim: Callable[[], bool] = lambda: True, *, anew: bool = True) -> None:
        """Fetch this account, too, as soon as there is room.

        :param claim: asked once the lease is held; False: it is not due any more (another workstation fetched it)
        :param anew: whether its provider is asked again that has said no for good
        """
        self._to_start.append(_Member(account, claim, anew))
        self._changed.set()

    @property
    def active(self) -> bool:
        """Whether anything is running or waiting to."""
        return bool(self._to_start or self._running)

    def holds(self, account_id: int) -> bool:
        """Whether an account is part of the round just now, if only by a thread that is stuck."""
        stuck = self._stuck.get(account_id)
        if stuck is not None and stuck.is_alive():
            return True
        return any(member.account.id == account_id for member in (*self._to_start, *self._running))

    def tick(self, seconds: float) -> list[FetchOutcome]:
        """Start what can start, wait for something to happen (at most so long), and give what has ended."""
        self._start_some()
        self._changed.wait(seconds)
        self._changed.clear()
        self._supervise()
        ended = [member for member in self._running if member.status is not None]
        self._running = [member for member in self._running if member.status is None]
        return [self._outcome(member) for member in ended if member.claimed]

    def halt(self, account_id: int | None = None) -> None:
        """Bring everything to an orderly end: what is downloaded is committed, what was not begun is left.

        :param account_id: only this account; None: all
        """
        for member in list(self._to_start):
            if account_id in {None, member.account.id}:
                member.status = FetchStatus.STOPPED
                self._to_start.remove(member)
                self._running.append(member)
        for member in self._running:
            if account_id in {None, member.account.id}:
                self._halt_member(member)

    def close(self) -> None:
        """End the processing thread. Call it when the round is no longer active."""
        self._backlog.close()

    # --- starting and watching ---

    def _start_some(self) -> None:
        now = time.monotonic()
        parallel = self.settings.number("FetchParallel")
        per_server = self.settings.number("FetchConnectionsPerServer")
        for member in list(self._to_start):
            lively = [m for m in self._running if m.fetch is None or now - m.fetch.last_sign_of_life < STALLED_SECONDS]
            if len(lively) >= parallel or len(self._running) >= THREADS_AT_MOST:
                return
            here = member.account.mailbox
            others = [m.account.mailbox for m in self._running]
            # Many POP3 servers let one session in at a time, so accounts of one mailbox take turns.
            # Microsoft Graph is no server that counts connections, and its accounts name no host.
            beside = sum(other.host == here.host for other in others) if here.host else 0
            if here in others or beside >= per_server:
                continue
            self._to_start.remove(member)
            self._running.append(member)
            member.started = now
            name = f"fetch {member.account.name}"
            member.thread = threading.Thread(target=self._run_member, args=(member,), name=name, daemon=True)
            member.thread.start()

    def _supervise(self) -> None:
        """Cut what does not come to an end by itself; give up on a thread that is stuck even then."""
        now = time.monotonic()
        for member in self._running:
            if member.status is not None or member.fetch is None:
                continue
            if now - member.started - self._seconds > 0:
                self._halt_member(member, overdue=True)
            asked = member.halt_asked
            if asked is not None and member.cut is None:
                silent = now - max(asked, member.fetch.last_sign_of_life)
                if silent > GRACE_SECONDS or now - asked > PATIENCE_SECONDS:
                    member.cut = now
                    member.fetch.cut()
            if member.cut is not None and now - member.cut > GRACE_SECONDS and not member.share.waiting:
                # A name server that never answers: the thread ends some day, without its lease.
                member.given_up = True
                if member.thread is not None and member.account.id is not None:
                    self._stuck[member.account.id] = member.thread
                self._keeper.forget(member.fetch.lease)
                error = UserFixableError(Code.TIME_BUDGET_SPENT, {"seconds": round(self._seconds)})
                member.errors.append(error)
                member.share.recorder.finish(member.errors)
                member.status = FetchStatus.FAILED

    @property
    def _seconds(self) -> float:
        return self._timeout or self.settings.number("TimeoutAccount")

    @staticmethod
    def _halt_member(member: _Member, *, overdue: bool = False) -> None:
        if member.halt_asked is None:
            member.halt_asked = time.monotonic()
            if member.fetch is not None:
                member.fetch.halt(overdue=overdue)

    # --- an account's thread ---

    def _run_member(self, member: _Member) -> None:
        status = FetchStatus.FAILED
        try:
            status = self._fetch(member)
        except MailadminError as error:
            member.errors.append(error)
        except Exception as error:
            log.exception("fetching account %s failed", member.account.name)
            member.errors.append(BugError(f"{type(error).__name__} while fetching; the log has the details"))
        finally:
            if not member.given_up:
                member.status = status
            self._changed.set()

    def _fetch(self, member: _Member) -> FetchStatus:
        account = member.account
        assert account.id is not None
        if account.validity is not Validity.VALID:
            facts = {"name": account.name, "validity": account.validity.value}
            member.errors.append(UserFixableError(Code.ACCOUNT_NOT_VALID, facts))
            return FetchStatus.INVALID
        member.started_at = self._storage.now()
        lease = self._keeper.take(account_lease(account.id))
        if lease is None:
            view = self._storage.leases.view(account_lease(account.id))
            holder = str(view.holder) if view and view.holder else ""
            member.errors.append(UserFixableError(Code.ACCOUNT_BUSY, {"name": account.name, "holder": holder}))
            return FetchStatus.BUSY
        try:
            self._on_step(Step.LEASE_TAKEN)
            member.claimed = member.claim()
            if not member.claimed:
                return FetchStatus.OK
            with self._recording(member):
                return self._fetch_under(member, lease)
        finally:
            if not member.given_up:
                self._release(lease)
                self._on_step(Step.LEASE_RELEASED)

    def _fetch_under(self, member: _Member, lease: Lease) -> FetchStatus:
        account, session = member.account, SessionToken()
        member.fetch = AccountFetch(
            account=account,
            open_mailbox=lambda on_layer, interrupt, expired: self._mailboxes.open(
                account,
                settings=self.settings,
                session=session,
                fresh=expired,
                anew=member.anew,
                on_layer=on_layer,
                interrupt=interrupt,
            ),
            storage=self._storage,
            keeper=self._keeper,
            lease=lease,
            limits=AccountLimits(
                self._message_limit,
                self._seconds,
                size_limit_kb(account, self.settings),
                self.settings.number("FetchBatchMessages"),
                self.settings.number("FetchBatchKB") * 1024,
            ),
            hand_over=lambda fresh: self._backlog.hand_over(fresh, member.share, lease),
            on_progress=self._on_progress,
            on_step=self._on_step,
            counts=member.counts,
            errors=member.errors,
            recorder=member.share.recorder,
        )
        if member.halt_asked is not None:
            member.fetch.halt()
        try:
            self._process_leftovers(member, lease)
            member.fetch.run()
            for error in member.errors:
                self._mailboxes.explain(account, error)
        finally:  # the lease is held until what was handed over is processed
            member.share.wait()
        if member.errors:
            return FetchStatus.FAILED
        return FetchStatus.STOPPED if member.fetch.stopped else FetchStatus.OK

    @contextmanager
    def _recording(self, member: _Member) -> Iterator[None]:
        """Keep the communication log of a fetch, written to its end while the lease is held."""
        started, on = member.started_at or self._storage.now(), self.settings.flag("CommunicationLog")
        member.share.recorder = recorder = Recorder.of_account(self._storage, member.account, started, on=on)
        try:
            yield
        except MailadminError as error:
            recorder.finish([*member.errors, error])
            raise
        except Exception as error:
            recorder.finish([*member.errors, BugError(type(error).__name__)])
            raise
        else:
            stopped = member.fetch is not None and member.fetch.stopped
            recorder.finish(member.errors, stopped=stopped)

    def _release(self, lease: Lease) -> None:
        try:
            self._keeper.release(lease)
        except UserFixableError as error:  # it runs out by itself
            log.warning("lease %s could not be released: %s", lease.name, error)
            self._keeper.forget(lease)

    def _process_leftovers(self, member: _Member, lease: Lease) -> None:
        for ids in self._processing.leftovers(member.account.id):
            self._backlog.hand_over_leftovers(ids, member.share, lease)
            member.share.recorder.write_some()

    def process_orphans(self) -> None:
        """Process what waits and belongs to no account that is fetched: read in, or its account gone or not valid.

        And what is held though its sender is known by now: made known elsewhere, or in a moment of trouble.
        """
        try:
            self._processing.release_known()
            if not self._processing.leftovers(None):
                return
            lease = self._keeper.take(ORPHANS_LEASE)
            if lease is None:
                return
            try:
                for ids in self._processing.leftovers(None):
                    self._processing.process(ids, lambda: self._keeper.ensure(lease))
            finally:
                self._release(lease)
        except MailadminError as error:  # they stay stored for the next run; the accounts are not to suffer
            log.warning("messages left by an earlier run could not be processed: %s", error)

    # --- results ---

    def _outcome(self, member: _Member) -> FetchOutcome:
        assert member.account.id is not None
        assert member.status is not None
        if member.thread is not None and not member.given_up:
            member.thread.join()
        seconds = time.monotonic() - member.started
        outcome = FetchOutcome(
            member.account.id,
            member.account.name,
            member.status,
            member.counts,
            seconds,
            tuple(member.errors),
            member.started_at,
        )
        log.info("account %s: %s in %.1f s, %s", outcome.name, outcome.status, seconds, outcome.counts)
        for error in outcome.errors:
            log.info("account %s: %s", outcome.name, error)
        if member.fetch is not None and outcome.started is not None:
            self._record(outcome, outcome.started)
        return outcome

    def _record(self, outcome: FetchOutcome, started: datetime) -> None:
        error = outcome.error
        run = FetchRun(
            outcome.account_id,
            started,
            outcome.seconds,
            outcome.status,
            outcome.counts,
            error.code.value if error else "",
            error.layer.value if error and error.layer else "",
            error.server if error else "",
        )
        try:
            self._storage.runs.record(run)
        except UserFixableError as failure:  # the outcome itself is told all the same
            log.warning("the run of account %s could not be recorded: %s", outcome.name, failure)
