"""The communication log: what a fetch leaves in it, what it never does, how it is read and thrown away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount
from mailadmin.domain.communication import (
    HANDED_IN_TYPE,
    Communication,
    LogKind,
    LogObject,
    LogQuery,
    LogStatus,
    LogStep,
    Priority,
)
from mailadmin.domain.errors import BugError, Code, Layer, UserFixableError
from mailadmin.domain.leases import Holder, account_lease
from mailadmin.domain.outcomes import FetchRun, FetchCounts, FetchStatus
from mailadmin.domain.ports import LayerReached
from mailadmin.services.communication import RUNS_KEPT, Purging, purge
from mailadmin.services.communication_export import json_lines
from mailadmin.services.fetch import log_writer
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.steps import Step
from mailadmin.storage import Storage

from .conftest import House, mail

imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)
pop3_only = pytest.mark.parametrize("family", ["pop3"], indirect=True)
EVERYTHING = LogQuery()


def log_of(house: House, number: int = 0) -> tuple[Communication, list[LogObject], list[LogObject]]:
    """A communication (0: the newest), its connections, its messages."""
    one = house.app.communication.page(EVERYTHING)[number]
    objects = house.app.communication.objects(one.id)
    kinds = {kind: [each for each in objects if each.kind is kind] for kind in LogKind}
    return one, kinds[LogKind.CONNECTION], kinds[LogKind.MESSAGE]


def steps(one: LogObject) -> list[str]:
    return [entry.step for entry in one.entries]


def facts(one: LogObject, step: LogStep) -> dict[str, str]:
    """The facts of the last such entry."""
    return dict([entry.facts for entry in one.entries if entry.step == step][-1])


# --- what a fetch leaves ---


def test_a_fetch_says_what_happened_to_the_connection_and_to_each_message(house: House) -> None:
    house.server.add(mail(1), mail(2))
    account = house.account()
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.account, one.account_id, one.account_type) == ("support", account.id, account.type.value)
    assert (one.status, one.connections, one.messages, one.failed_messages) == (LogStatus.SUCCESSFUL, 1, 2, 0)
    assert one.ended is not None
    assert connection.status is LogStatus.SUCCESSFUL
    assert facts(connection, LogStep.LISTED) == {"listed": "2", "new": "2"}
    octets = str(len(mail(1)) + len(mail(2)))
    assert facts(connection, LogStep.BATCH) == {"asked": "2", "downloaded": "2", "bytes": octets}
    assert facts(connection, LogStep.CLOSED) == {"fetched": "2", "bytes": octets, "deleted": "2"}
    stored = house.messages
    assert [each.inbox_id for each in messages] == [message.id for message in stored]
    assert [each.source for each in messages] == [message.source for message in stored]
    assert [each.subject for each in messages] == ["Question 1", "Question 2"]
    for each, message in zip(messages, stored, strict=True):
        assert each.status is LogStatus.SUCCESSFUL
        assert facts(each, LogStep.COMMITTED) == {"id": str(message.id), "bytes": str(message.size)}
        became = facts(each, LogStep.BECAME)
        assert became == {"outcome": "new_ticket", "ticket": message.ticket, "queue": "Raw"}
        assert facts(each, LogStep.SERVER_COPY)["layer"] == "delete"
        assert one.started <= each.started <= (each.ended or each.started) <= one.ended


@imap_only
def test_the_servers_copy_is_told_as_it_was_treated(house: House) -> None:
    house.server.add(mail(1))
    house.account(after_fetch=AfterFetch.MOVE, move_to="Archive")
    house.fetch()
    _, _, (message,) = log_of(house)
    assert facts(message, LogStep.SERVER_COPY) == {"result": "done", "layer": "move"}


def test_a_copy_that_is_kept_is_told_as_kept_and_a_duplicate_as_one(house: House) -> None:
    house.server.add(mail(1), mail(1))
    house.account(after_fetch=AfterFetch.KEEP)
    house.fetch()
    one, _, messages = log_of(house)
    assert one.messages == 2
    assert {facts(each, LogStep.BECAME)["outcome"] for each in messages} == {"new_ticket", "duplicate"}
    assert {facts(each, LogStep.SERVER_COPY)["result"] for each in messages} == {"kept"}


def test_layers_are_told_with_what_the_server_said(house: House) -> None:
    house.account()
    house.server.layers = [LayerReached(Layer.GREETING, server="* OK ready when you are")]
    house.server.add(mail(1))
    house.fetch()
    _, (connection,), _ = log_of(house)
    assert {"layer": "greeting", "server": "* OK ready when you are"} in [entry.facts for entry in connection.entries]


def test_a_refusal_is_told_in_the_servers_own_words(house: House) -> None:
    house.account()
    error = UserFixableError(
        Code.SIGN_IN_REFUSED, {"username": "support"}, server="NO [AUTHENTICATIONFAILED] go away", layer=Layer.SIGN_IN
    )
    house.server.refuse_open = error
    house.fetch()
    one, (connection,), messages = log_of(house)
    assert (one.status, connection.status, messages) == (LogStatus.FAILED, LogStatus.FAILED, [])
    told = facts(connection, LogStep.ERROR)
    assert told["code"] == "sign-in-refused"
    assert told["server"] == "NO [AUTHENTICATIONFAILED] go away"
    assert told["layer"] == "sign-in"
    assert connection.highest is Priority.ERROR
