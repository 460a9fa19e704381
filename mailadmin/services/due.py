"""When an account is due: by its cron expression, and as written in the database (FE-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from cronsim import CronSim

from mailadmin.domain.accounts import Authentication, IncomingAccount
from mailadmin.domain.settings import Settings
from mailadmin.storage import Storage

SCHEDULES: Final = frozenset({"FetchSchedule", "FetchScheduleOAuth2"})
"""The settings that accounts without a schedule of their own are fetched by."""


def schedule_of(account: IncomingAccount, settings: Settings) -> str:
    """The cron expression that applies to an account."""
    oauth = account.authentication is Authentication.OAUTH2
    return account.schedule or settings.text("FetchScheduleOAuth2" if oauth else "FetchSchedule")


def next_due(account: IncomingAccount, settings: Settings, now: datetime) -> datetime:
    """When an account is to be fetched next, after ``now`` (aware). Cron means local time."""
    return next(_times(schedule_of(account, settings), now))


def next_times(schedule: str, now: datetime, count: int) -> list[datetime]:
    """The next times that a valid cron expression means, after ``now`` (aware), in aware UTC."""
    return list(islice(_times(schedule, now), count))


def _times(schedule: str, now: datetime) -> Iterator[datetime]:
    # Wall clock time is reckoned without an offset, so that 8 o'clock stays 8 o'clock when the clocks change. In the
    # hour that comes twice the second pass is meant when the first is over.
    wall = now.astimezone().replace(tzinfo=None)
    for moment in CronSim(schedule, wall):
        for fold in (0, 1):
            due = moment.replace(fold=fold).astimezone(UTC)
            if due > now:
                yield due
                break


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


def reschedule(storage: Storage) -> None:
    """The schedules of the settings are others now: accounts that go by them are due by the new ones.

    Who is due already stays due.

    :raises UserFixableError: DATABASE_*
    """
    with storage.transaction():
        settings, now = storage.settings.load(), storage.now()
        statuses = storage.accounts.statuses()
        for account in storage.accounts.all():
            status = statuses.get(account.id or 0)
            if not account.schedule and status is not None and status.next_due is not None and status.next_due > now:
                storage.accounts.set_due(status.account_id, next_due(account, settings, now))
