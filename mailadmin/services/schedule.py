"""When accounts are due, and the runner that fetches them then (FE-3, IN-5, DESIGN 6)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeAlias

from mailadmin.domain.accounts import AccountStatus, IncomingAccount, Validity
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress, FetchStatus
from mailadmin.domain.sign_in import SignInState
from mailadmin.services.accounts import AccountService
from mailadmin.services.due import claim, move_on
from mailadmin.services.fetch import FetchOptions, FetchService
from mailadmin.services.fetch.rounds import FetchRound
from mailadmin.services.stoppable import never
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
"""How often the database is asked what is due: accounts may have been added or changed elsewhere."""
TICK_SECONDS = 0.2
WAIT_SECONDS = 300
"""How long a server is left alone that asked for patience without saying how long."""
WAIT_SECONDS_AT_MOST = 86_400
"""However long it asked for."""
_WAITING = frozenset({Code.THROTTLED, Code.SIGN_IN_NOT_NOW, Code.SERVER_BUSY})


Accepts: TypeAlias = Callable[[IncomingAccount, AccountStatus | None], bool]
"""Whether a runner is to fetch an account by itself."""


def _every(account: IncomingAccount, status: AccountStatus | None) -> bool:
    return True


def _fetched_by_itself(account: IncomingAccount, status: AccountStatus | None) -> bool:
    """Whether a schedule applies: an account that needs somebody to sign in is left alone until that was done."""
    sign_in = status.sign_in if status is not None else None
    needs_sign_in = sign_in is not None and sign_in.state is SignInState.NEEDED
    return account.validity is Validity.VALID and not needs_sign_in


def _is_due(status: AccountStatus | None, now: datetime) -> bool:
    times = (status.next_due, status.waiting_until) if status else ()
    return all(moment is None or moment <= now for moment in times)


def _asks_for_patience(error: MailadminError) -> bool:
    """Whether a server, or a provider that says for how long, wants to be left alone."""
    throttled = error.code is Code.OAUTH_UNAVAILABLE and error.facts.get("retry_after", "").isdecimal()
    return error.code in _WAITING or throttled


class ScheduleService:
    """Fetches due accounts until told to stop. Any number of these may run on one database.

    When an account is due is written in the database; whoever holds the account's lease and finds it still due moves
    that time on before fetching, so ten workstations do not fetch ten times.
    """

    def __init__(self, storage: Storage, accounts: AccountService, fetching: FetchService) -> None:
        self._storage = storage
        self._accounts = accounts
        self._fetching = fetching

    def due_times(self) -> dict[int, datetime | None]:
        """When each account that is fetched by itself is to be next; None: as soon as a runner looks. By id, aware UTC.

        Not among them is what is not valid, and what needs somebody to sign in.
        """
        return {
            account.id: status.next_due if status is not None else None
            for account, status in self._accounts.all_with_status()
            if account.id is not None and _fetched_by_itself(account, status)
        }

    def next_due_of_all(self, accepts: Accepts = _every) -> datetime | None:
        """When the next account is to be fetched, aware UTC; the present when one is due by now, None without any.

        :param accepts: False leaves an account out
        """
        now = self._storage.now()
        due = []
        for account, status in self._accounts.all_with_status():
            if _fetched_by_itself(account, status) and accepts(account, status):
                times = (status.next_due, status.waiting_until) if status else ()
                due.append(max((now, *(moment for moment in times if moment is not None))))
        return min(due, default=None)

    def run(
        self,
        should_stop: Callable[[], bool],
        on_outcome: Callable[[FetchOutcome], None] = lambda outcome: None,
        *,
        on_progress: Callable[[FetchProgress], None] = lambda progress: None,
        accepting: Callable[[], Accepts] = lambda: _every,
        paused: Callable[[], bool] = never,
        halted: Callable[[], Collection[int]] = tuple,
    ) -> None:
        """Fetch what is due, when it is due, until ``should_stop`` (asked five times a second) says so.

        A database that cannot be reached for a while is waited for.

        :param on_progress: called from the accounts' threads
        :param accepting: asked at every look that finds something due: what is then asked of each account that is;
            False leaves it alone until the next look
        :param paused: asked as often as ``should_stop``; while True nothing new is begun, what runs goes on
        :param halted: asked as often; ids of accounts whose fetch is to come to an orderly end. An id that is still
            told after its outcome would end the next fetch, too.
        """
        look_at = 0.0
        with self._fetching.round(FetchOptions(), on_progress) as fetch_round:
            while not should_stop():
                if paused():
                    look_at = 0.0
                elif time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOK_SECONDS
                    self._look(fetch_round, accepting)
                    if not fetch_round.active:
                        self._fetching.tidy_up(should_stop)
                for account_id in halted():
                    fetch_round.halt(account_id)
                for outcome in fetch_round.tick(TICK_SECONDS):
                    self._note(outcome)
                    on_outcome(outcome)
            fetch_round.halt()
            while fetch_round.active:
                for outcome in fetch_round.tick(TICK_SECONDS):
                    if outcome.status is not FetchStatus.STOPPED or outcome.counts.seen:  # what had begun
                        on_outcome(outcome)

    def _look(self, fetch_round: FetchRound, accepting: Callable[[], Accepts]) -> None:
        try:
            settings = self._storage.settings.load()
            fetch_round.settings = settings
            now = self._storage.now()
            fetch_round.process_orphans()
            due = [
                (account, status)
                for account, status in self._accounts.all_with_status()
                if account.id is not None
                and _fetched_by_itself(account, status)
                and _is_due(status, now)
                and not fetch_round.holds(account.id)
            ]
            accepts = accepting() if due else _every
            for account, status in due:
                if accepts(account, status):
                    fetch_round.add(account, claim(self._storage, account, settings))
        except MailadminError as error:
            log.warning("could not look for due accounts: %s", error)

    def _note(self, outcome: FetchOutcome) -> None:
        """A server that asked for patience gets it; what was stopped before it began is tried at its next time."""
        error = next((error for error in outcome.errors if _asks_for_patience(error)), None)
        try:
            if error is not None:
                asked = error.facts.get("retry_after", "")
                seconds = min(int(asked), WAIT_SECONDS_AT_MOST) if asked.isdecimal() else WAIT_SECONDS
                wait = timedelta(seconds=seconds)
                self._storage.accounts.set_waiting(outcome.account_id, self._storage.now() + wait)
            elif outcome.status is FetchStatus.STOPPED:
                move_on(self._storage, outcome.account_id)
        except UserFixableError as failure:
            log.warning("when account %s is to be fetched next could not be noted: %s", outcome.name, failure)
