"""When an account is due: by its cron expression, and as written in the database (FE-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from cronsim import CronSim

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.settings import Settings
from mailadmin.storage import Storage


def schedule_of(account: IncomingAccount, settings: Settings) -> str:
    """The cron expression that applies to an account."""
    oauth = account.authentication is Authentication.OAUTH2
    return account.schedule or settings.text("FetchScheduleOAuth2" if oauth else "FetchSchedule")


def next_due(account: IncomingAccount, settings: Settings, now: datetime) -> datetime:
    """When an account is to be fetched next, after ``now`` (aware). Cron means local time."""
    # Wall clock time is reckoned without an offset, so that 8 o'clock stays 8 o'clock when the clocks change. In the
    # hour that comes twice the second pass is meant when the first is over.
    wall = now.astimezone().replace(tzinfo=None)
    for moment in CronSim(schedule_of(account, settings), wall):
        for fold in (0, 1):
            due = moment.replace(fold=fold).astimezone(UTC)
            if due > now:
                return due
    raise AssertionError("a schedule that is saved has a next time")


def claim(
    storage: Storage, account: IncomingAccount, settings: Settings, *, by_hand: bool = False
) -> Callable[[], bool]:
    """Asked under the account's lease: whether it is still due; then it is not due again before its next time.

    :param by_hand: somebody asked for the fetch: it begins whether the account is due or not
    """
    account_id = account.id
    assert account_id is not None

    def to_be_fetched() -> bool:
        now = storage.now()
        due = storage.accounts.status(account_id).next_due
        if due is not None and due > now and not by_hand:
            return False
        storage.accounts.set_due(account_id, next_due(account, settings, now))
        return True

    return to_be_fetched


def move_on(storage: Storage, account_id: int) -> None:
    """See that an account is not due, if it is so still: after a fetch that was stopped it waits for its next time.

    :raises UserFixableError: DATABASE_*
    """
    account = storage.accounts.get(account_id)
    if account is not None:
        claim(storage, account, storage.settings.load())()
