"""A queue that is renamed while mail is on its way into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from mailadmin.domain.accounts import Dispatching
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.services import process as process_module
from mailadmin.services.snapshot import routing_snapshot
from mailadmin.services.steps import Step
from mailadmin.storage import Storage

from .conftest import House, mail

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


@pytest.fixture
def rename(house: House) -> Callable[[], None]:
    """Renames the queue Sales, once."""
    queues = [house.app.routing.add_queue(Queue(name="Sales"))]

    def rename_once() -> None:
        if queues:
            house.app.routing.change_queue(dataclasses.replace(queues.pop(), name="Vendite"))

    return rename_once


@pytest.mark.parametrize("moment", [Step.LISTED, Step.DOWNLOADED, Step.STORED, Step.PROCESSING])
def test_the_mail_of_a_fetch_that_is_under_way_goes_to_the_renamed_queue(
    house: House, rename: Callable[[], None], moment: Step
) -> None:
    house.account(queue="Sales", dispatching=Dispatching.QUEUE)
    house.server.add(*(mail(number) for number in range(3)))
    house.on_step.append(lambda step: rename() if step is moment else None)
    assert house.fetch().status is FetchStatus.OK
    assert [ticket.queue for ticket in house.app.tickets.list()] == ["Vendite"] * 3


def test_mail_that_is_read_in_goes_to_its_accounts_queue_of_now_or_to_the_one_named(
    house: House, rename: Callable[[], None]
) -> None:
    account = house.account(queue="Sales", dispatching=Dispatching.QUEUE)
    rename()
    house.app.reading.read(mail(1), account=account)
    house.app.reading.read(mail(2), account=account, queue="Misc")
    assert [ticket.queue for ticket in house.app.tickets.list()] == ["Misc", "Vendite"]


def test_a_queue_renamed_between_decision_and_ticket_makes_it_decide_anew(
    house: House, rename: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server another session may commit between two of our statements."""
    house.app.routing.add_address(MailAddress(address="support@example.org", queue="Sales"))
    house.account()
    house.server.add(mail(1))

    def snapshot(storage: Storage) -> object:
        before = routing_snapshot(storage)
        rename()
        return before

    monkeypatch.setattr(process_module, "routing_snapshot", snapshot)
    outcome = house.fetch()
    assert (outcome.status, outcome.errors) == (FetchStatus.OK, ())
    assert [message.state for message in house.messages] == [InboxState.PROCESSED]
