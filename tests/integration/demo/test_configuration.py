"""The demo's file for ``apply`` describes a helpdesk that the rules accept."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from mailadmin.demo import DEMO_ACCOUNT, demo_file
from mailadmin.domain.accounts import AccountType, AfterFetch, Dispatching, IncomingAccount
from mailadmin.domain.queues import SHIPPED_QUEUES, MailAddress, Queue
from mailadmin.domain.validation import Surroundings, account_faults, address_faults, queue_faults
from mailadmin.domain.vocabulary import FollowUpOption


@pytest.fixture
def tables() -> dict[str, Any]:
    return tomllib.loads(demo_file(host="127.0.0.1", port=4143, username="helpdesk@example.org"))


@pytest.fixture
def queues(tables: dict[str, Any]) -> list[Queue]:
    return [
        Queue(**record | {"follow_up": FollowUpOption(record.get("follow_up", "possible"))})
        for record in tables["queue"]
    ]


@pytest.fixture
def addresses(tables: dict[str, Any]) -> list[MailAddress]:
    return [MailAddress(**record) for record in tables["address"]]


def test_queues_keep_the_rules(queues: list[Queue], addresses: list[MailAddress]) -> None:
    around = Surroundings(
        queues={queue.name.casefold(): queue for queue in SHIPPED_QUEUES},
        addresses={address.address.casefold(): address for address in addresses},
    )
    assert [fault for queue in queues for fault in queue_faults(queue, around)] == []
    assert len({queue.name.casefold() for queue in queues}) == len(queues) == 4


def test_addresses_keep_the_rules_and_lead_to_every_queue(queues: list[Queue], addresses: list[MailAddress]) -> None:
    around = Surroundings(queues={queue.name.casefold(): queue for queue in queues})
    assert [fault for address in addresses for fault in address_faults(address, around)] == []
    assert len({address.address.casefold() for address in addresses}) == len(addresses)
    assert {address.queue for address in addresses} == {queue.name for queue in queues}


def test_the_account_keeps_the_rules_and_opens_the_server_it_was_told(tables: dict[str, Any]) -> None:
    (record,) = tables["incoming_account"]
    account = IncomingAccount(
        **record
        | {
            "type": AccountType(record["type"]),
            "dispatching": Dispatching(record["dispatching"]),
            "after_fetch": AfterFetch(record["after_fetch"]),
        }
    )
    assert account_faults(account, Surroundings()) == []
    assert (account.name, account.type, account.trusted) == (DEMO_ACCOUNT, AccountType.IMAP, False)
    assert (account.host, account.port, account.username) == ("127.0.0.1", 4143, "helpdesk@example.org")


def test_there_is_nothing_else_in_the_file(tables: dict[str, Any]) -> None:
    assert set(tables) == {"queue", "address", "incoming_account"}
    assert "password" not in str(tables)
