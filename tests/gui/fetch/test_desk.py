"""Fetching by hand: several at once, stopping one or all, and what is said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from mailadmin.domain.accounts import AfterFetch, IncomingAccount, Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outcomes import FetchProgress, FetchStatus
from mailadmin.services.fetch import FetchOptions

from .conftest import House, mail


def test_several_accounts_are_fetched_and_each_ends_with_its_numbers(house: House) -> None:
    support = house.account("support", *(mail(n) for n in range(3)))
    orders = house.account("orders", mail(10))
    outcomes = house.fetch(support, orders)
    assert {one.name: (one.status, one.counts.new_tickets) for one in outcomes} == {
        "support": (FetchStatus.OK, 3),
        "orders": (FetchStatus.OK, 1),
    }
    assert house.tickets == 4
    assert house.desk.running == frozenset()


def test_whoever_listens_is_told_in_the_thread_of_the_window(house: House) -> None:
    support = house.account("support", mail(1))
    told: list[bool] = []
    here = threading.get_ident()
    for signal in (house.desk.began, house.desk.progressed, house.desk.ended, house.desk.all_ended):
        signal.connect(lambda *_: told.append(threading.get_ident() == here))
    house.fetch(support)
    assert len(told) >= 3
    assert all(told)
    assert QThread.currentThread() is house.desk.thread()


def test_progress_comes_while_it_runs_and_says_how_much_there_is(house: House) -> None:
    support = house.account("support", *(mail(n) for n in range(8)))
    told: list[FetchProgress] = []
    house.desk.progressed.connect(told.append)
    gate = house.gate(support, "delete")
    house.desk.fetch([support])
    house.until(lambda: any(one.total == 8 for one in told))
    assert told[-1].account_id == support.id
    assert house.desk.running == {support.id}
    gate.open.set()
    house.until(lambda: not house.desk.busy)


def test_stopping_one_leaves_the_other_running(house: House) -> None:
    support, orders = house.account("support", mail(1), mail(2)), house.account("orders", mail(10))
    house.server(support).hang_on = "open"
    gate = house.gate(orders)
    house.desk.fetch([support, orders])
    house.until(lambda: gate.reached.is_set() and house.server(support).log[-1] == "open")
    assert support.id is not None
    with house.bot.waitSignal(house.desk.stopping):
        house.desk.stop(support.id)
    assert house.state(support) == "stopping"
    house.until(lambda: house.desk.running == {orders.id})
    assert house.outcome(support).status is FetchStatus.STOPPED
    gate.open.set()
    house.until(lambda: not house.desk.busy)
    assert house.outcome(orders).status is FetchStatus.OK
    assert house.outcome(orders).counts.new_tickets == 1
    assert house.tickets == 1


def test_stopping_all_ends_all_in_good_order(house: House) -> None:
    accounts = [house.account(f"a{n}", mail(n), mail(100 + n)) for n in range(3)]
    for account in accounts:
        house.server(account).hang_on = "open"
    house.desk.fetch(accounts)
    house.until(lambda: all("open" in house.server(account).log[-1:] for account in accounts))
    with house.bot.waitSignal(house.desk.all_ended, timeout=10_000):
        house.desk.stop_all()
    assert {one.status for one in house.outcomes} == {FetchStatus.STOPPED}
    assert len(house.outcomes) == 3


def test_an_account_that_is_being_fetched_is_not_started_twice_and_that_is_said(house: House) -> None:
    support = house.account("support", mail(1))
    gate = house.gate(support)
    house.desk.fetch([support])
    house.until(gate.reached.is_set)
    house.desk.fetch([support])
    assert house.said == ['"support" is being fetched already.']
    gate.open.set()
    house.until(lambda: not house.desk.busy)
    assert [one.status for one in house.outcomes] == [FetchStatus.OK]


def test_asked_twice_at_once_an_account_is_fetched_once(house: House) -> None:
    support = house.account("support", mail(1))
    house.desk.fetch([support])
    house.desk.fetch([support])
    house.until(lambda: not house.desk.busy)
    assert len(house.outcomes) == 1
    assert house.said == ['"support" is being fetched already.']


def test_another_account_can_be_started_while_one_is_fetched(house: House) -> None:
    support, orders = house.account("support", mail(1)), house.account("orders", mail(10))
    gate = house.gate(support)
    house.desk.fetch([support])
    house.until(gate.reached.is_set)
    house.desk.fetch([orders])
    house.until(lambda: any(one.name == "orders" for one in house.outcomes))
    assert house.desk.running == {support.id}
    gate.open.set()
    house.until(lambda: not house.desk.busy)


def test_an_account_that_is_not_valid_ends_with_the_reason_and_without_a_question(house: House) -> None:
    archive = house.account("archive", mail(1), fetched=False, validity=Validity.INVALID)
    house.fetch(archive)
    assert house.outcome(archive).status is FetchStatus.INVALID


def test_an_account_is_fetched_by_the_rules_it_has_by_now(house: House) -> None:
    support = house.account("support", mail(1))
    house.app.accounts.change(replace(support, after_fetch=AfterFetch.KEEP))
    house.fetch(support)
    assert house.tickets == 1
    assert house.server(support).raws == [mail(1)]


def test_an_account_that_is_gone_ends_with_the_reason(house: House) -> None:
    support, orders = house.account("support", mail(1)), house.account("orders", mail(2))
    house.app.accounts.delete(support)
    house.fetch(support, orders)
    error = house.outcome(support).error
    assert error is not None
    assert (error.code, error.facts["name"]) == (Code.UNKNOWN_ACCOUNT, "support")
    assert house.outcome(orders).status is FetchStatus.OK


def test_a_database_that_cannot_be_asked_is_how_the_fetch_ends(house: House) -> None:
    support = house.account("support", mail(1))

    def unreachable() -> Callable[[IncomingAccount], bool]:
        raise UserFixableError(Code.DATABASE_UNREACHABLE, {"url": "x"})

    house.app.adoption.needed_now = unreachable  # type: ignore[method-assign]
    house.fetch(support)
    assert house.outcome(support).status is FetchStatus.FAILED
    assert house.state(support) == "failed: Database not reached"
    assert house.panel.close_button.isVisible()


def test_every_account_that_began_ends_even_when_the_fetch_itself_breaks(house: House, qtbot: QtBot) -> None:
    support = house.account("support", mail(1))
    house.app.storage.settings.load = _broken  # type: ignore[method-assign, assignment]
    with qtbot.captureExceptions() as exceptions:
        house.fetch(support)
    error = house.outcome(support).error
    assert error is not None
    assert error.code is Code.BUG
    assert exceptions == []


def _broken() -> None:
    raise ZeroDivisionError


def test_a_dry_run_changes_nothing_and_tells_what_each_message_would_become(house: House) -> None:
    support = house.account("support", mail(1), mail(2))
    previews: list[object] = []
    house.desk.previewed.connect(lambda account_id, found: previews.extend(found))
    with house.bot.waitSignal(house.desk.all_ended, timeout=20_000):
        house.desk.try_out([support])
        assert house.desk.is_trial(support.id or 0)
    assert len(previews) == 2
    assert house.outcome(support).counts.new_tickets == 2
    assert house.tickets == 0
    assert len(house.server(support).raws) == 2


def test_a_dry_run_of_a_server_that_hangs_can_be_stopped(house: House) -> None:
    support, orders = house.account("support", mail(1)), house.account("orders", mail(2))
    house.server(support).hang_on = "list"
    house.desk.try_out([support, orders])
    house.until(lambda: house.server(support).log[-1] == "list")
    house.desk.stop(support.id or 0)
    house.until(lambda: not house.desk.busy)
    assert house.outcome(support).status is FetchStatus.STOPPED
    assert house.outcome(orders).status is FetchStatus.OK
    house.server(support).cut.set()


def test_options_are_handed_on(house: House) -> None:
    support = house.account("support", *(mail(n) for n in range(5)))
    with house.bot.waitSignal(house.desk.all_ended, timeout=20_000):
        house.desk.fetch([support], FetchOptions(limit=2))
    assert house.outcome(support).counts.fetched == 2
