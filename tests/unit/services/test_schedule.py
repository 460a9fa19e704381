"""The runner as the window uses it: paused, told which accounts to leave alone, and asked when it fetches next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.accounts import AccountStatus, IncomingAccount, Validity
from mailadmin.domain.leases import account_lease
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress, FetchStatus
from mailadmin.services import schedule
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.stoppable import never

from .conftest import House, mail

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


def test_accounts_that_are_not_accepted_are_left_alone(house: House) -> None:
    house.server.add(mail(1))
    house.account("new")
    known = house.account("known", username="b@example.org")
    house.fetch(known)
    house.app.storage.accounts.set_due(known.id or 0, None)
    outcomes: list[FetchOutcome] = []
    asked: list[str] = []

    def accepts(account: IncomingAccount, status: AccountStatus | None) -> bool:
        asked.append(account.name)
        return status is not None and status.last_run is not None

    house.app.schedule.run(lambda: bool(outcomes), outcomes.append, accepting=lambda: accepts)
    assert [outcome.name for outcome in outcomes] == ["known"]
    assert asked == ["known", "new"]


def test_the_adoption_question_fits_as_what_is_accepted(house: House) -> None:
    house.server.add(mail(1))
    account = house.account()
    app = house.app

    def accepts(account: IncomingAccount, status: AccountStatus | None) -> bool:
        return not app.adoption.needed_now()(account)

    outcomes: list[FetchOutcome] = []
    looks = iter([False] * 3)
    app.schedule.run(lambda: next(looks, True), outcomes.append, accepting=lambda: accepts)
    assert outcomes == []
    assert house.server.log == []
    assert app.schedule.next_due_of_all(accepts) is None
    house.fetch(account)
    assert app.schedule.next_due_of_all(accepts) is not None


def test_while_it_is_paused_nothing_begins_and_afterwards_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 1000.0)
    accounts = house.app.storage.accounts
    account_id = house.account().id or 0
    accounts.set_due(account_id, datetime.now(UTC) + timedelta(days=1))
    asked = 0

    def paused() -> bool:
        nonlocal asked
        asked += 1
        if asked == 2:
            accounts.set_due(account_id, None)
        if asked <= 5:
            assert house.server.log == []
        return 2 <= asked <= 5

    outcomes: list[FetchOutcome] = []
    house.app.schedule.run(lambda: bool(outcomes) or asked > 20, outcomes.append, paused=paused)
    assert [outcome.status for outcome in outcomes] == [FetchStatus.OK]


def test_a_runner_that_begins_paused_fetches_nothing(house: House) -> None:
    house.account()
    looks = iter([False] * 3)
    house.app.schedule.run(lambda: next(looks, True), paused=lambda: True)
    assert house.server.log == []


def test_progress_is_handed_through(house: House) -> None:
    house.server.add(mail(1))
    house.account()
    outcomes: list[FetchOutcome] = []
    progress: list[FetchProgress] = []
    house.app.schedule.run(lambda: bool(outcomes), outcomes.append, on_progress=progress.append)
    assert {moment.name for moment in progress} == {"support"}


def test_one_account_is_stopped_while_the_runner_goes_on(house: House) -> None:
    house.server.hang_on = "open"
    hung = house.account()
    outcomes: list[FetchOutcome] = []

    def halted() -> list[int]:
        return [hung.id or 0] if "open" in house.server.log else []

    house.app.schedule.run(lambda: bool(outcomes), outcomes.append, halted=halted)
    assert [outcome.status for outcome in outcomes] == [FetchStatus.STOPPED]


def test_an_account_stopped_before_its_turn_waits_for_its_next_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.0)
    house.app.storage.settings.set("FetchParallel", 1)
    house.account("first")
    second = house.account("second", username="b@example.org")
    outcomes: list[FetchOutcome] = []
    looks = 0

    def enough() -> bool:
        nonlocal looks
        looks += 1
        return looks > 10

    def halted() -> list[int]:
        return [] if any(outcome.name == "second" for outcome in outcomes) else [second.id or 0]

    house.app.schedule.run(enough, outcomes.append, halted=halted)
    assert sorted((outcome.name, outcome.status) for outcome in outcomes) == [
        ("first", FetchStatus.OK),
        ("second", FetchStatus.STOPPED),
    ]
    due = house.app.storage.accounts.status(second.id or 0).next_due
    assert due is not None
    assert due > house.app.storage.now()


def test_the_next_fetch_is_the_earliest_of_all(house: House) -> None:
    app = house.app
    assert app.schedule.next_due_of_all() is None
    one, two = house.account("one"), house.account("two", username="b@example.org")
    house.account("off", validity=Validity.INVALID, username="c@example.org")
    now = datetime.now(UTC)
    due = app.schedule.next_due_of_all()
    assert due is not None
    assert now <= due <= datetime.now(UTC), "never fetched: as soon as a runner looks"
    soon, later = now + timedelta(minutes=7), now + timedelta(minutes=9)
    app.storage.accounts.set_due(one.id or 0, soon)
    app.storage.accounts.set_due(two.id or 0, later)
    assert app.schedule.next_due_of_all() == soon
    app.storage.accounts.set_waiting(one.id or 0, now + timedelta(hours=1))
    assert app.schedule.next_due_of_all() == later


def test_however_many_accounts_there_are_one_query_tells_which_are_new(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.server.add(mail(1))
    known = house.account("known")
    for number in range(5):
        house.account(f"new {number}", username=f"u{number}")
    house.fetch(known)
    house.app.storage.accounts.set_due(known.id or 0, None)
    accounts = house.app.storage.accounts
    asked: list[bool] = []
    adopted_now = accounts.adopted_now

    def watched() -> Callable[[IncomingAccount], bool]:
        asked.append(True)
        return adopted_now()

    monkeypatch.setattr(accounts, "adopted_now", watched)
    is_new = house.app.adoption.needed_now()
    assert [account.name for account in accounts.all() if not is_new(account)] == ["known"]
    assert is_new(dataclasses.replace(known, host="moved.example.org"))
    house.account("again")
    assert [account.name for account in accounts.all() if not is_new(account)] == ["again", "known"]

    def accepting() -> schedule.Accepts:
        needed = house.app.adoption.needed_now()
        return lambda account, status: not needed(account)

    asked.clear()
    outcomes: list[FetchOutcome] = []
    house.app.schedule.run(lambda: len(outcomes) == 2, outcomes.append, accepting=accepting)
    assert {outcome.name for outcome in outcomes} == {"again", "known"}
    assert asked == [True]


# --- fetches by hand and the schedule ---


def ran_by_schedule(house: House) -> list[str]:
    """Who is fetched by a runner that looks a few times."""
    outcomes: list[FetchOutcome] = []
    looks = iter([False] * 3)
    house.app.schedule.run(lambda: next(looks, True), outcomes.append)
    return [outcome.name for outcome in outcomes]


def due_of(house: House, account: IncomingAccount) -> datetime | None:
    return house.app.storage.accounts.status(account.id or 0).next_due


def test_after_a_fetch_by_hand_the_schedule_waits_for_the_next_time(house: House) -> None:
    account = house.account()
    house.fetch(account)
    due = due_of(house, account)
    assert due is not None
    now = house.app.storage.now()
    assert now < due <= now + timedelta(minutes=10)
    assert ran_by_schedule(house) == []


def test_a_fetch_by_hand_moves_on_what_is_due_and_what_is_not_before_it_begins(house: House) -> None:
    account = house.account(schedule="0 0 1 1 *")
    now = house.app.storage.now()
    seen: list[datetime | None] = []
    for before in (now - timedelta(days=1), now + timedelta(seconds=5)):
        house.app.storage.accounts.set_due(account.id or 0, before)
        house.server.before["open"] = lambda: seen.append(due_of(house, account))
        house.fetch(account)
    assert len(seen) == 2
    assert all(due is not None and due > now + timedelta(seconds=5) for due in seen)


def test_stopped_by_hand_the_rest_waits_though_a_slot_has_passed_meanwhile(house: House) -> None:
    house.server.add(*(mail(n) for n in range(5)))
    account = house.account()
    asked: list[bool] = []

    def a_slot_passes() -> None:
        house.app.storage.accounts.set_due(account.id or 0, house.app.storage.now() - timedelta(seconds=1))
        asked.append(True)

    house.server.before["open"] = a_slot_passes
    house.server.hang_on = "open"
    outcome = house.fetch(account, should_stop=lambda: bool(asked))
    house.server.hang_on = ""
    assert outcome.status is FetchStatus.STOPPED
    assert ran_by_schedule(house) == []
    assert len(house.server.raws) == 5


def test_stopped_by_hand_before_its_turn_an_account_waits_for_its_next_time(house: House) -> None:
    house.app.storage.settings.set("FetchParallel", 1)
    first, second = house.account("first"), house.account("second", username="b@example.org")
    house.server.hang_on = "open"
    outcomes = house.app.fetching.fetch([first, second], should_stop=lambda: "open" in house.server.log)
    house.server.hang_on = ""
    assert [outcome.status for outcome in outcomes] == [FetchStatus.STOPPED] * 2
    assert ran_by_schedule(house) == []


def test_after_a_fetch_by_hand_that_failed_the_schedule_waits_for_the_next_time(house: House) -> None:
    account = house.account()
    house.server.lose_on = "list"
    assert house.fetch(account).status is FetchStatus.FAILED
    assert ran_by_schedule(house) == []


def test_what_is_fetched_elsewhere_or_not_valid_keeps_its_time(house: House) -> None:
    off = house.account("off", validity=Validity.INVALID, username="b@example.org")
    busy = house.account("busy")
    keeper = LeaseKeeper(house.app.storage)
    keeper.take(account_lease(busy.id or 0))
    outcomes = house.app.fetching.fetch([off, busy])
    keeper.close()
    assert [outcome.status for outcome in outcomes] == [FetchStatus.INVALID, FetchStatus.BUSY]
    assert (due_of(house, off), due_of(house, busy)) == (None, None)


def test_a_dry_run_leaves_the_times_alone(house: House) -> None:
    house.server.add(mail(1))
    account = house.account()
    house.app.dry_run.fetch([account], limit=0, timeout=None, should_stop=never)
    assert due_of(house, account) is None
