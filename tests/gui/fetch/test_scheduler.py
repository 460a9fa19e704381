"""The schedule in the window: what it fetches, what it leaves alone, and how it is paused and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress, FetchStatus
from mailadmin.gui.fetch import scheduler as scheduler_module
from mailadmin.gui.fetch.schedule_status import ScheduleStatus
from mailadmin.gui.fetch.scheduler import Scheduler
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks

from .conftest import House, mail


@dataclass
class Timed:
    """A scheduler and what it said."""

    house: House
    scheduler: Scheduler
    outcomes: list[FetchOutcome] = field(default_factory=list)
    failed: list[FetchOutcome] = field(default_factory=list)
    progress: list[FetchProgress] = field(default_factory=list)
    broken: list[MailadminError] = field(default_factory=list)
    next: list[datetime | None] = field(default_factory=list)

    def names(self) -> list[str]:
        return [one.name for one in self.outcomes]


@pytest.fixture
def timed(house: House, tasks: Tasks, settings: WindowSettings) -> Iterator[Timed]:
    app = house.app
    scheduler = Scheduler(
        app.schedule, app.adoption, tasks, settings, busy=lambda: house.desk.running, parent=house.window
    )
    made = Timed(house, scheduler)
    scheduler.outcome.connect(made.outcomes.append)
    scheduler.failed.connect(made.failed.append)
    scheduler.progressed.connect(made.progress.append)
    scheduler.broken.connect(made.broken.append)
    scheduler.next_changed.connect(made.next.append)
    yield made
    for gate in house.gates:
        gate.open.set()
    scheduler.stop()
    house.until(lambda: not scheduler.active)


def due(house: House, account: IncomingAccount, when: datetime | None = None) -> None:
    house.app.storage.accounts.set_due(account.id or 0, when)


def test_what_is_due_is_fetched_and_what_was_never_fetched_is_left_for_the_question(timed: Timed) -> None:
    house = timed.house
    house.account("support", mail(1))
    new = house.account("new", mail(2), fetched=False)
    later = house.account("later", mail(3))
    due(house, later, datetime.now(UTC) + timedelta(hours=1))
    timed.scheduler.start()
    house.until(lambda: timed.names() == ["support"])
    assert house.tickets == 1
    assert "download" not in house.server(new).log
    assert house.server(later).raws == [mail(3)]
    assert not house.panel.isVisible()


def test_once_adopted_an_account_is_fetched_by_schedule(timed: Timed) -> None:
    house = timed.house
    account = house.account("new", mail(2), fetched=False)
    house.app.fetching.fetch([account])
    due(house, account)
    house.server(account).add(mail(3))
    timed.scheduler.start()
    house.until(lambda: timed.names() == ["new"])
    assert house.tickets == 2


def test_paused_it_begins_nothing_and_resumed_it_goes_on(timed: Timed, settings: WindowSettings) -> None:
    house = timed.house
    answers: list[bool] = []
    run = house.app.schedule.run

    def listening(*arguments: Any, paused: Callable[[], bool], **others: Any) -> None:
        def asked() -> bool:
            answers.append(paused())
            return answers[-1]

        run(*arguments, paused=asked, **others)

    house.app.schedule.run = listening  # type: ignore[method-assign, assignment]
    timed.scheduler.switch()
    assert settings.flag(scheduler_module.PAUSED)
    support = house.account("support", mail(1))
    timed.scheduler.start()
    house.until(lambda: len(answers) >= 3)
    assert all(answers)
    assert timed.outcomes == []
    assert house.server(support).raws == [mail(1)]
    timed.scheduler.switch()
    house.until(lambda: timed.names() == ["support"])
    assert not settings.flag(scheduler_module.PAUSED)


def test_a_pause_is_remembered(house: House, tasks: Tasks, settings: WindowSettings) -> None:
    settings.set_flag(scheduler_module.PAUSED, value=True)
    app = house.app
    assert Scheduler(app.schedule, app.adoption, tasks, settings, parent=house.window).paused


def test_an_account_that_is_fetched_by_hand_is_left_to_that(timed: Timed) -> None:
    house = timed.house
    support, orders = house.account("support", mail(1)), house.account("orders", mail(2))
    gate = house.gate(support)
    house.desk.fetch([support])
    house.until(gate.reached.is_set)
    timed.scheduler.start()
    house.until(lambda: timed.names() == ["orders"])
    assert timed.failed == []
    gate.open.set()
    house.until(lambda: not house.desk.busy)
    assert house.tickets == 2
    assert house.server(orders).raws == []


def test_progress_and_the_time_of_the_next_fetch_are_told(timed: Timed) -> None:
    house = timed.house
    support = house.account("support", mail(1))
    gate = house.gate(support)
    began: list[int] = []
    timed.scheduler.began.connect(began.append)
    timed.scheduler.start()
    house.until(lambda: gate.reached.is_set() and timed.progress)
    assert timed.scheduler.running == {support.id}
    assert began == [support.id]
    gate.open.set()
    house.until(lambda: timed.outcomes and timed.scheduler.next_due is not None)
    house.until(lambda: timed.scheduler.next_due is not None and timed.scheduler.next_due > datetime.now(UTC))
    assert timed.scheduler.running == frozenset()


def test_without_anything_to_fetch_there_is_no_next_time(timed: Timed) -> None:
    timed.house.account("new", fetched=False)
    timed.scheduler.start()
    timed.house.until(lambda: timed.next == [None])


def test_a_failing_fetch_is_told_and_the_schedule_goes_on(timed: Timed) -> None:
    house = timed.house
    support = house.account("support", mail(1))
    house.account("orders", mail(2))
    house.server(support).refuse_delete = "NO"
    timed.scheduler.start()
    house.until(lambda: len(timed.outcomes) == 2)
    assert [one.name for one in timed.failed] == ["support"]
    assert timed.scheduler.active


def test_an_account_that_is_fetched_elsewhere_is_no_failure(timed: Timed) -> None:
    house = timed.house
    support = house.account("support", mail(1))
    gate = house.gate(support)
    house.desk.fetch([support])
    house.until(gate.reached.is_set)
    due(house, support)
    timed.scheduler._busy = frozenset
    timed.scheduler.start()
    house.until(lambda: timed.outcomes)
    assert [one.status for one in timed.outcomes] == [FetchStatus.BUSY]
    assert timed.failed == []


def test_stopped_it_ends_in_good_order_with_a_fetch_under_way(timed: Timed) -> None:
    house = timed.house
    support = house.account("support", mail(1))
    house.server(support).hang_on = "open"
    timed.scheduler.start()
    house.until(lambda: house.server(support).log[-1] == "open")
    with house.bot.waitSignal(timed.scheduler.ended, timeout=10_000):
        timed.scheduler.stop()
    assert not timed.scheduler.active


def test_a_runner_that_breaks_says_so_and_is_started_anew(timed: Timed) -> None:
    house = timed.house
    house.account("support", mail(1))
    load = house.app.storage.settings.load

    def unreachable() -> None:
        raise UserFixableError(Code.DATABASE_UNREACHABLE, {"url": "x"})

    house.app.storage.settings.load = unreachable  # type: ignore[method-assign, assignment]
    timed.scheduler.start()
    house.until(lambda: timed.broken)
    assert timed.broken[0].code is Code.DATABASE_UNREACHABLE
    house.app.storage.settings.load = load  # type: ignore[method-assign]
    timed.scheduler._timer.timeout.emit()
    house.until(lambda: timed.names() == ["support"])


def test_the_status_bar_says_when_the_next_fetch_is_and_pauses(timed: Timed) -> None:
    house = timed.house
    support = house.account("support")
    due(house, support, datetime.now(UTC) + timedelta(minutes=7, seconds=10))
    status = ScheduleStatus(timed.scheduler, house.window)
    assert status.label.text() == "nothing scheduled"
    timed.scheduler.start()
    house.until(lambda: status.label.text() == "next fetch in 7 min")
    for seconds, said in ((-1, "fetch due now"), (20, "fetching soon")):
        timed.scheduler._next = datetime.now(UTC) + timedelta(seconds=seconds)
        status.refresh()
        assert status.label.text() == said
    assert status.button.accessibleName() == "Pause the schedule"
    status.button.setFocus()
    house.bot.mouseClick(status.button, Qt.MouseButton.LeftButton)
    assert timed.scheduler.paused
    assert status.label.text() == "schedule paused"
    assert status.button.accessibleName() == "Resume the schedule"
    house.bot.keyClick(status.button, Qt.Key.Key_Space)
    assert not timed.scheduler.paused
