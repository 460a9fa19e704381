"""The door to fetching: some accounts now, with progress and stop (FE-1, FE-2)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from mailadmin.domain.accounts import IncomingAccount, Validity
from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress, FetchStatus
from mailadmin.services.communication import Purging
from mailadmin.services.due import claim, move_on
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.process import ProcessService
from mailadmin.services.steps import OnStep, ignore_step
from mailadmin.services.stoppable import never
from mailadmin.storage import Storage

from .rounds import FetchRound

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What bounds a fetch.

    ``limit``: messages newly downloaded per account (0: all). ``timeout``: seconds an account may take (None: the
    setting TimeoutAccount). ``since``: only mail received on that day or later (None: as the account's ``fetch_from``
    says, which is not looked at otherwise).
    """

    limit: int = 0
    timeout: float | None = None
    since: date | None = None


def _no_progress(progress: FetchProgress) -> None:
    """Nobody watches."""


def _no_outcome(outcome: FetchOutcome) -> None:
    """Nobody waits for it."""


class FetchService:
    """Fetches accounts. Blocking; progress comes from account threads, stop is asked for a few times a second."""

    def __init__(
        self,
        storage: Storage,
        mailboxes: MailboxOpener,
        processing: ProcessService,
        *,
        on_step: OnStep = ignore_step,
    ) -> None:
        self._storage = storage
        self._mailboxes = mailboxes
        self._processing = processing
        self._on_step = on_step
        self._purging = Purging(storage)

    def fetch(
        self,
        accounts: Sequence[IncomingAccount] | None = None,
        options: FetchOptions | None = None,
        *,
        on_progress: Callable[[FetchProgress], None] = _no_progress,
        should_stop: Callable[[], bool] = never,
        on_outcome: Callable[[FetchOutcome], None] = _no_outcome,
        halted: Callable[[], Collection[int]] = tuple,
    ) -> list[FetchOutcome]:
        """Fetch accounts side by side and process what they bring. The schedules take them up at their next times.

        :param accounts: None means all valid ones; of these, a provider that has said no for good to one is not asked
            again: it gets its SIGN_IN_NEEDED
        :param on_progress: called from the accounts' threads
        :param should_stop: asked five times a second; True brings the fetch to an orderly end
        :param on_outcome: told each account's result as it ends
        :param halted: asked as often; ids of accounts that are to come to an orderly end, the others go on
        :returns: one outcome per account, in the order given
        """
        anew = accounts is not None
        if accounts is None:
            accounts = [account for account in self._storage.accounts.all() if account.validity is Validity.VALID]
        outcomes: dict[int, FetchOutcome] = {}
        options = options or FetchOptions()
        with self.round(options, on_progress) as fetch_round:
            fetch_round.process_orphans()
            for account in accounts:
                meant = account if options.since is None else replace(account, fetch_from=options.since)
                fetch_round.add(meant, claim(self._storage, account, fetch_round.settings, by_hand=True), anew=anew)
            while fetch_round.active:
                if should_stop():
                    fetch_round.halt()
                for account_id in halted():
                    fetch_round.halt(account_id)
                for outcome in fetch_round.tick(TICK_SECONDS):
                    outcomes[outcome.account_id] = outcome
                    self._let_rest(outcome)
                    on_outcome(outcome)
        self.tidy_up(should_stop)
        return [outcomes[account.id] for account in accounts if account.id is not None]

    def tidy_up(self, should_stop: Callable[[], bool] = never) -> None:
        """Throw away what the communication log need not keep any more, every hour; to be called between fetches."""
        self._purging.purge_if_due(should_stop)

    def _let_rest(self, outcome: FetchOutcome) -> None:
        """What was fetched or stopped just now is not due, even if its next time has passed meanwhile."""
        if outcome.status in {FetchStatus.BUSY, FetchStatus.INVALID}:
            return
        try:
            move_on(self._storage, outcome.account_id)
        except UserFixableError as failure:
            log.warning("when account %s is to be fetched next could not be noted: %s", outcome.name, failure)

    @contextmanager
    def round(
        self, options: FetchOptions, on_progress: Callable[[FetchProgress], None] = _no_progress
    ) -> Iterator[FetchRound]:
        """A round that accounts can be added to while it runs; for the scheduler. Brought to an end on leaving."""
        keeper = LeaseKeeper(self._storage)
        fetch_round = FetchRound(
            storage=self._storage,
            keeper=keeper,
            processing=self._processing,
            mailboxes=self._mailboxes,
            settings=self._storage.settings.load(),
            message_limit=options.limit,
            timeout=options.timeout,
            on_progress=on_progress,
            on_step=self._on_step,
        )
        try:
            yield fetch_round
        finally:
            fetch_round.halt()
            while fetch_round.active:
                fetch_round.tick(TICK_SECONDS)
            fetch_round.close()
            keeper.close()
