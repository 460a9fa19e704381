"""Several programs on one PostgreSQL database: the same promises."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.ports import Downloaded, Listed
from mailadmin.services.fetch.store_room import Kept, StoreRoom
from mailadmin.services.steps import OnStep, Step, ignore_step
from tests.servers.dovecot import Dovecot
from tests.servers.graph import GraphServer

from .conftest import GraphInstallation, Installation, mail

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def shared(tmp_path: Path, dovecot: Dovecot, database_url: str) -> Installation:
    return Installation(tmp_path, dovecot, database_url)


def test_of_two_programs_that_store_one_mail_at_once_one_stores_a_duplicate(shared: Installation, user: str) -> None:
    """Two folders of one mailbox hold the same mail; both fetches look before either has committed."""
    one = shared.account("inbox", user)
    other = shared.account("archive", user, folder="Archive")
    first_waits, go_on = threading.Event(), threading.Event()
    kept: dict[str, Kept] = {}

    def wait(step: Step) -> None:
        if step is Step.STORED_UNCOMMITTED:
            first_waits.set()
            assert go_on.wait(20)

    def keep(app: Application, account: IncomingAccount, on_step: OnStep) -> None:
        mailbox_id = app.storage.accounts.mailbox_id(account)
        room = StoreRoom(app.storage, account, mailbox_id, lambda: None, on_step)
        kept[account.name] = room.keep([Downloaded(Listed(1, f"{account.folder}/1/1", 10), mail(1))], {})

    with shared.open() as here, shared.open() as there:
        first = threading.Thread(target=keep, args=(here, one, wait))
        second = threading.Thread(target=keep, args=(there, other, ignore_step))
        first.start()
        assert first_waits.wait(20)
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the first to commit"
        go_on.set()
        first.join()
        second.join()
    assert (kept["inbox"].duplicates, kept["archive"].duplicates) == (0, 1)


def test_three_programs_on_three_accounts_of_one_mailbox(shared: Installation, user: str) -> None:
    mails = [mail(n, reply_to=n - 1 if n % 4 == 3 else None) for n in range(60)]
    shared.dovecot.deliver(user, *mails)
    for name in ("a", "b", "c"):
        shared.account(name, user)
    programs = [shared.start() for _ in range(3)]
    for program in programs:
        program.communicate(timeout=120)
    with shared.open() as app:
        assert all(outcome.status is FetchStatus.OK for outcome in app.fetching.fetch())
    shared.prove(mails)
    assert shared.dovecot.messages(user) == []


@pytest.mark.parametrize("step", [Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED, Step.CLAIMED, Step.WRITTEN])
@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S], ids=lambda kind: kind.value)
def test_killed_at_the_steps_that_count(shared: Installation, user: str, kind: AccountType, step: Step) -> None:
    mails = [mail(n) for n in range(8)]
    shared.dovecot.deliver(user, *mails)
    shared.account("support", user, kind)
    assert shared.fetch("--step", step, "1")[0] == -9
    with shared.open() as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.status is FetchStatus.OK, outcome.errors
    shared.prove(mails)
    assert shared.dovecot.messages(user) == []


@pytest.mark.parametrize("step", [Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED])
def test_killed_at_the_steps_that_count_by_graph(
    tmp_path: Path, graph: GraphServer, database_url: str, step: Step
) -> None:
    shared = GraphInstallation(tmp_path, graph, database=database_url)
    store = graph.mailbox("support@contoso.example")
    mails = [mail(n) for n in range(8)]
    store.deliver(*mails)
    shared.account("support", "support@contoso.example")
    assert shared.fetch("--step", step, "1")[0] == -9
    with shared.open() as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.status is FetchStatus.OK, outcome.errors
    shared.prove(mails)
    assert store.within() == []
