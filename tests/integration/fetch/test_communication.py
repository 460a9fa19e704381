"""The communication log of fetches from a real Dovecot: its own words, no secret, and what a killed process leaves."""

from __future__ import annotations

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.communication import LogEntry, LogKind, LogObject, LogQuery, LogStatus, LogStep
from mailadmin.domain.errors import Layer
from mailadmin.domain.secrets import Secret
from mailadmin.services.steps import Step
from tests.leaks import Search

from .conftest import Installation, mail

EVERYTHING = LogQuery()
WRONG = "Zx9-mark-wrong-password"


def entries(one: LogObject, step: LogStep) -> list[LogEntry]:
    return [entry for entry in one.entries if entry.step == step]


@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S, AccountType.IMAPTLS], ids=lambda one: one.value)
def test_every_layer_and_every_message_is_told(installation: Installation, user: str, kind: AccountType) -> None:
    installation.dovecot.deliver(user, *(mail(number) for number in range(3)))
    installation.account("support", user, kind)
    assert installation.fetch()[0] == 0
    with installation.open() as app:
        (one,) = app.communication.page(EVERYTHING)
        connection, *messages = app.communication.objects(one.id)
    assert (one.status, one.account_type, one.messages) == (LogStatus.SUCCESSFUL, kind.value, 3)
    layers = {entry.facts["layer"]: entry.facts for entry in entries(connection, LogStep.LAYER)}
    assert {Layer.CONNECT, Layer.TLS, Layer.GREETING, Layer.SIGN_IN, Layer.FOLDER} <= set(layers)
    assert "Dovecot" in layers[Layer.GREETING]["server"]
    assert layers[Layer.TLS]["version"].startswith("TLS")
    assert layers[Layer.SIGN_IN]["mechanism"]
    (closed,) = entries(connection, LogStep.CLOSED)
    assert (closed.facts["fetched"], closed.facts["deleted"]) == ("3", "3")
    for message in messages:
        (became,) = entries(message, LogStep.BECAME)
        assert became.facts["outcome"] == "new_ticket"
        (copy,) = entries(message, LogStep.SERVER_COPY)
        assert copy.facts["result"] == ("deferred" if kind is AccountType.POP3S else "done")


def test_a_refusal_is_there_in_the_servers_words_and_the_password_nowhere(
    installation: Installation, user: str
) -> None:
    account = installation.account("support", user)
    with installation.open() as app:
        app.accounts.change(account, Secret(WRONG))
    assert installation.fetch()[1]["status"] == "failed"
    with installation.open() as app:
        (one,) = app.communication.page(EVERYTHING)
        (connection,) = app.communication.objects(one.id)
    assert one.status is LogStatus.FAILED
    (error,) = entries(connection, LogStep.ERROR)
    assert error.facts["code"] == "sign-in-refused"
    assert error.facts["server"]
    search = Search({"the password": WRONG})
    search.folder(installation.home)
    assert search.leaks == []


def test_a_killed_fetch_is_told_as_interrupted_and_the_next_one_goes_on(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, *(mail(number) for number in range(6)))
    installation.account("support", user)
    assert installation.fetch("--step", Step.STORED, "1")[0] == -9
    with installation.open() as app:
        (left,) = app.communication.page(EVERYTHING)
        assert left.interrupted
        assert left.messages == 0
    assert installation.fetch()[0] == 0
    with installation.open() as app:
        newest, left = app.communication.page(EVERYTHING)
        assert (newest.status, left.interrupted) == (LogStatus.SUCCESSFUL, True)
        messages = [one for one in app.communication.objects(newest.id) if one.kind is LogKind.MESSAGE]
    # Told when it becomes a ticket, and again when the server lets it go: nothing is kept waiting in between.
    assert sorted(one.inbox_id or 0 for one in messages) == sorted([*range(1, 7), *range(1, 7)])
    assert all(entries(one, LogStep.FROM_BEFORE) for one in messages)
