"""Mail of unknown senders: held until somebody makes them known, then it goes the way of all mail, once."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import update

from mailadmin.domain.customers import Company, CustomerUser
from mailadmin.domain.decisions import WAS_HELD
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import UNKNOWN_SENDER, InboxState
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse
from mailadmin.services import process as process_module
from mailadmin.storage.mail_tables import InboxMessageRow

from .conftest import House, mail
from .test_process import store

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


@pytest.fixture(autouse=True)
def _held(house: House) -> None:
    house.app.storage.settings.set("PostMaster::UnknownSender", "hold")


def test_mail_of_a_stranger_is_held_and_says_for_whom_it_waits(house: House) -> None:
    (inbox_id,) = store(house, mail(1, From="Ann <Ann@Example.NET>"))
    (done,) = house.app.processing.process([inbox_id])
    message = house.app.inbox.get(inbox_id)
    assert (done.outcome, done.ticket, message.state) == ("held", "", InboxState.HELD)
    assert (message.reason_code, message.reason_facts) == (UNKNOWN_SENDER, {"sender": "ann@example.net"})
    assert house.app.storage.inbox.held() == {inbox_id: "ann@example.net"}
    assert house.tickets == 0


def test_making_the_sender_known_releases_what_is_held_in_order(house: House) -> None:
    ids = store(house, mail(1), mail(2), mail(3, From="c1@example.net", In_Reply_To="<m1@example.net>"))
    house.app.processing.process(ids)
    assert house.app.processing.release_known() == 0
    house.app.storage.customers.add(CustomerUser(login="c1", addresses=("C1@example.net",)))
    assert house.app.processing.release_known() == 2
    assert [house.app.inbox.get(one).state.value for one in ids] == ["processed", "held", "processed"]
    (ticket,) = house.app.tickets.list()
    assert (ticket.customer, ticket.articles) == ("c1", 2), "the reply finds the ticket of what it replies to"
    told = house.app.inbox.get(ids[0]).because[0]
    assert (told.step, told.facts) == (WAS_HELD, {"address": "c1@example.net"})
    assert house.app.processing.release_known() == 0


def test_what_was_held_for_days_is_not_answered_as_if_it_had_just_come(house: House) -> None:
    storage = house.app.storage
    storage.queues.add(Queue(name="Support"))
    storage.addresses.add(MailAddress(address="support@example.org", display_name="Support", queue="Support"))
    support = storage.queues.by_name("Support")
    assert support is not None
    storage.queues.change(dataclasses.replace(support, sender_address="support@example.org"))
    storage.auto_responses.add(AutoResponse(name="hello", subject="Hello", body="x", queues=("Support",)))
    now = datetime.now(UTC)
    written = {1: now - timedelta(days=5), 2: now - timedelta(minutes=1)}
    for number, date in written.items():
        (inbox_id,) = store(house, mail(number, Date=format_datetime(date)))
        with storage.transaction(), storage._database.writing() as connection:
            mine = update(InboxMessageRow).where(InboxMessageRow.id == inbox_id)
            connection.execute(mine.values(fetched_at=date))
        house.app.processing.process([inbox_id])
    users = [CustomerUser(login=f"c{number}", addresses=(f"c{number}@example.net",)) for number in written]
    for user in users:
        storage.customers.add(user)
    assert house.app.processing.release_known() == 2
    assert [message.draft.to for message in house.app.outbox.page()] == [("c2@example.net",)]


def test_the_customer_is_found_by_an_address_in_another_spelling(house: House) -> None:
    ids = store(house, mail(1, From="Ann@xn--bcher-kva.example"), mail(2, From="bob@xn--stdte-hra.example"))
    house.app.processing.process(ids)
    assert set(house.app.storage.inbox.held().values()) == {"ann@b\u00fccher.example", "bob@st\u00e4dte.example"}
    house.app.storage.customers.add(CustomerUser(login="ann", addresses=("ANN@B\u00fccher.example",)))
    house.app.storage.companies.add(Company(customer_id="towns", domains=("xn--stdte-hra.example",)))
    assert house.app.processing.release_known() == 2
    assert {(one.customer, one.customer_id) for one in house.app.tickets.list()} == {
        ("ann", ""),
        ("bob@xn--stdte-hra.example", "towns"),
    }


def test_a_company_s_domain_makes_all_its_senders_known(house: House) -> None:
    ids = store(house, mail(1), mail(2, From="x@other.example"))
    house.app.processing.process(ids)
    house.app.storage.companies.add(Company(customer_id="acme", domains=("EXAMPLE.net",)))
    assert house.app.processing.release_known() == 1
    assert house.app.tickets.list()[0].customer_id == "acme"


def test_the_services_of_customers_release_by_themselves(house: House) -> None:
    house.app.processing.process(store(house, mail(1)))
    house.app.customer_users.add(CustomerUser(login="c1", addresses=("c1@example.net",)))
    assert house.tickets == 1


def test_all_are_released_when_unknown_senders_are_accepted_again(house: House) -> None:
    nobody = mail(2, From="")
    ids = store(house, mail(1), nobody)
    house.app.processing.process(ids)
    assert house.app.inbox.get(ids[1]).reason_facts == {}
    house.app.storage.settings.set("PostMaster::UnknownSender", "accept")
    assert house.app.processing.release_known() == 2
    assert house.tickets == 2


def test_a_fetch_releases_what_was_made_known_elsewhere(house: House) -> None:
    house.app.processing.process(store(house, mail(1)))
    house.app.storage.customers.add(CustomerUser(login="c1", addresses=("c1@example.net",)))
    house.app.fetching.fetch([])
    assert house.tickets == 1


def test_held_mail_is_released_assigned_or_discarded_by_hand(house: House) -> None:
    ids = store(house, mail(1), mail(2), mail(3), mail(4))
    house.app.processing.process(ids)
    released = house.app.inbox.release(ids[0])
    assert released is not None
    assert released.outcome == "new_ticket"
    assert house.app.inbox.assign(ids[1], released.ticket).articles == 2
    house.app.inbox.discard(ids[2], "spam")
    again = house.app.inbox.retry(ids[3])
    assert again is not None
    assert again.outcome == "held", "the rules are as they were"
    assert list(house.app.storage.inbox.held()) == [ids[3]]


def test_held_mail_is_released_once_however_many_workstations_try(house: House) -> None:
    ids = store(house, *(mail(number, From="ann@example.net") for number in range(20)))
    house.app.processing.process(ids)
    house.app.storage.customers.add(CustomerUser(login="ann", addresses=("ann@example.net",)))
    start = threading.Barrier(4)
    released: list[int] = []

    def release() -> None:
        start.wait()
        released.append(house.app.processing.release_known())

    threads = [threading.Thread(target=release) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(released) == 20
    assert house.tickets == 20


def test_a_database_in_trouble_leaves_them_for_the_next_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox_id,) = store(house, mail(1))
    house.app.processing.process([inbox_id])
    house.app.storage.customers.add(CustomerUser(login="c1", addresses=("c1@example.net",)))

    def trouble(*_: object) -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})

    with monkeypatch.context() as patch:
        patch.setattr(process_module, "Batch", trouble)
        assert house.app.processing.release_known() == 0
    assert house.app.inbox.get(inbox_id).state is InboxState.STORED
    house.app.fetching.fetch([])
    assert house.tickets == 1


def test_a_reply_of_a_stranger_goes_into_its_ticket(house: House) -> None:
    house.app.storage.customers.add(CustomerUser(login="c1", addresses=("c1@example.net",)))
    (made,) = house.app.processing.process(store(house, mail(1)))
    (reply,) = house.app.processing.process(store(house, mail(2, In_Reply_To="<m1@example.net>")))
    assert (reply.outcome, reply.ticket) == ("follow_up", made.ticket)
