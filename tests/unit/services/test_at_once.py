"""What several programs do to the same mails and tickets in one instant, on a database that lets them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import create_engine, text

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.messages import InboxState
from mailadmin.services.process import ProcessService
from mailadmin.services.steps import Step
from mailadmin.services.tickets import TicketService
from mailadmin.storage import Storage, open_storage
from mailadmin.storage.faults import is_deadlock

from .test_copies import ONE_TICKET, PARENT, Reached, World, now_mail

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

PLAIN = now_mail(1, Message_ID="<copied@example.net>", To="sales@example.org")
COPY = b"X-Z: 1\r\n" + PLAIN
PATIENCE = 20

Opener: TypeAlias = Callable[[], Storage]


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens the one database once more, as another program would."""
    made: list[Storage] = []

    def again() -> Storage:
        made.append(open_storage(database_url, who="tester@here", backups=tmp_path / "backups", patience=PATIENCE))
        return made[-1]

    yield again
    for storage in made:
        storage.close()


def until_somebody_waits(database_url: str) -> None:
    """Return when a transaction in this database waits for a lock of another."""
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    pause = threading.Event()
    try:
        with engine.connect() as connection:
            for _ in range(PATIENCE * 50):
                if connection.execute(waiting).scalar_one():
                    return
                pause.wait(0.02)
    finally:
        engine.dispose()
    pytest.fail("nobody waits")


def in_the_background(work: Callable[[], object], failures: list[MailadminError]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except MailadminError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_copy_is_where_its_ticket_was_merged_into_while_it_was_decided(opened: Opener) -> None:
    here, other = World(opened(), [Reached(1), Reached(2)], ONE_TICKET), opened()
    (parent,) = here.take(0, raw=PARENT)
    (first,) = here.take(0, raw=PLAIN)
    copy = here.arrive(here.accounts[1], COPY)
    source, target = here.message(first).ticket, here.message(parent).ticket

    def merge(step: Step) -> None:
        if step is Step.DECIDED:
            TicketService(other).merge(source, target)

    (done,) = ProcessService(here.storage, on_step=merge).process([copy])
    assert done.ticket == target
    assert (here.message(first).ticket, here.message(copy).ticket) == (target, target)
    assert here.message(copy).state is InboxState.DUPLICATE


def test_a_mail_is_not_put_into_a_ticket_while_a_copy_of_it_makes_one(opened: Opener, database_url: str) -> None:
    here, other = World(opened(), [Reached(1), Reached(2)], ONE_TICKET), opened()
    (parent,) = here.take(0, raw=PARENT)
    here.storage.settings.set("PostMaster::UnknownSender", "hold")
    (held,) = here.take(0, raw=PLAIN)
    here.storage.settings.set("PostMaster::UnknownSender", "accept")
    copy = here.arrive(here.accounts[1], COPY)
    failures: list[MailadminError] = []
    threads: list[threading.Thread] = []

    def assign(step: Step) -> None:
        if step is Step.DECIDED:
            number = here.message(parent).ticket
            threads.append(in_the_background(lambda: here.inbox.assign(held, number), failures))
            until_somebody_waits(database_url)

    ProcessService(other, on_step=assign).process([copy])
    threads[0].join()
    (failure,) = failures
    assert isinstance(failure, UserFixableError)
    assert failure.code is Code.WRONG_STATE
    assert (here.message(held).state, here.message(copy).state) == (InboxState.HELD, InboxState.PROCESSED)
    assert sum(len(here.tickets.articles(ticket)) for ticket in here.tickets.list()) == 2


def test_two_batches_that_wait_for_each_other_are_both_processed(opened: Opener, database_url: str) -> None:
    """One has the counter of ticket numbers and wants the ticket; the other has the ticket and wants the counter."""
    here, other = World(opened(), [Reached(2), Reached(1)], ONE_TICKET), opened()
    here.take(0, raw=PARENT)
    here.take(0, raw=PLAIN)

    def reply(number: int) -> bytes:
        return now_mail(number, Message_ID=f"<r{number}@example.net>", In_Reply_To="<parent@example.net>")

    one = [here.arrive(here.accounts[0], raw) for raw in (now_mail(11), reply(12))]
    two = [here.arrive(here.accounts[1], raw) for raw in (reply(21), PLAIN, now_mail(22))]
    decided = threading.Event()
    failures: list[MailadminError] = []

    def first(step: Step) -> None:
        if step is Step.DECIDED and not decided.is_set():
            decided.set()
            until_somebody_waits(database_url)

    begun = in_the_background(lambda: ProcessService(here.storage, on_step=first).process(one), failures)
    assert decided.wait(PATIENCE)
    ProcessService(other).process(two)
    begun.join()
    assert failures == []
    assert {here.message(one).state for one in (*one, *two)} == {InboxState.PROCESSED}


def test_only_who_had_to_give_way_is_told_to_try_again(database_url: str) -> None:
    class DriverError(Exception):
        def __init__(self, sqlstate: str) -> None:
            self.sqlstate = sqlstate

    class StatementError(Exception):
        def __init__(self, sqlstate: str) -> None:
            self.orig = DriverError(sqlstate)

    for sqlstate, expected in (("40P01", True), ("40001", True), ("55P03", False), ("57014", False)):
        error = UserFixableError(Code.DATABASE_LOCKED, {"url": ""})
        error.__cause__ = StatementError(sqlstate)
        assert is_deadlock(error) is expected
    assert not is_deadlock(UserFixableError(Code.DATABASE_LOCKED, {"url": ""}))
