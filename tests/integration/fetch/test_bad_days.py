"""Bad lines, full disks, busy databases and competitors: nothing lost, nothing twice, everything said."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from mailadmin import bootstrap
from mailadmin.domain.accounts import AccountType, AfterFetch
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.leases import account_lease
from mailadmin.domain.messages import canonical
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.services.fetch import FetchOptions
from mailadmin.services.steps import Step
from mailadmin.storage import open_storage
from tests.servers.dovecot import NO_UIDPLUS
from tests.servers.proxy import Proxy, Trouble

from .conftest import Installation, mail

ALL_TYPES = [AccountType(name) for name in ("IMAP", "IMAPS", "IMAPTLS", "POP3", "POP3S", "POP3TLS")]
BOTH = pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S], ids=lambda kind: kind.value)


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.value)
def test_every_type_brings_mail_into_tickets_and_empties_the_mailbox(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n) for n in range(60)] + [mail(99, size=3_000_000)]
    installation.dovecot.deliver(user, *mails)
    installation.account("support", user, kind)
    with installation.open() as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.errors == ()
        assert (outcome.counts.new_tickets, outcome.counts.deleted) == (61, 61)
        (again,) = app.fetching.fetch()
        assert (again.counts.seen, again.counts.fetched) == (0, 0)
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


@BOTH
def test_a_line_cut_anywhere_loses_and_doubles_nothing(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n, size=4000) for n in range(30)]
    installation.dovecot.deliver(user, *mails)
    with Proxy(installation.dovecot.port(kind)) as proxy:
        account = installation.account("support", user, kind, port=proxy.port)
        with installation.open() as app:
            app.storage.settings.set("FetchBatchMessages", 5)
            size = sum(len(m) for m in mails)
            for cut in range(3000, size + 12_000, 23_456):
                proxy.trouble = Trouble(cut_to_client=cut, reset=bool(cut % 2))
                app.fetching.fetch([account])
            for cut in range(1500, 6000, 900):
                proxy.trouble = Trouble(cut_to_server=cut)
                app.fetching.fetch([account])
            proxy.trouble = Trouble()
            (last,) = app.fetching.fetch([account])
            assert last.status is FetchStatus.OK
            mailbox = app.storage.accounts.mailbox_id(account)
            assert app.storage.inbox.troubles(mailbox) == {}
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


@BOTH
def test_a_server_that_hangs_in_mid_message_is_left_and_the_rest_comes_later(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n, size=20_000) for n in range(4)]
    installation.dovecot.deliver(user, *mails)
    with Proxy(installation.dovecot.port(kind)) as proxy:
        account = installation.account("support", user, kind, port=proxy.port)
        with installation.open() as app:
            app.storage.settings.set("TimeoutCommand", 1)
            proxy.trouble = Trouble(stall_to_client=30_000)
            (outcome,) = app.fetching.fetch([account], FetchOptions(timeout=4))
            assert outcome.seconds < 20, "nothing waits for a server that is silent"
            proxy.trouble = Trouble()
            app.storage.settings.set("TimeoutCommand", None)
            (last,) = app.fetching.fetch([account])
            assert last.status is FetchStatus.OK
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


@BOTH
def test_stop_in_mid_batch_on_a_slow_line_leaves_in_good_order(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n, size=1_000_000) for n in range(6)]
    installation.dovecot.deliver(user, *mails)
    with Proxy(installation.dovecot.port(kind)) as proxy:
        account = installation.account("support", user, kind, port=proxy.port)
        proxy.trouble = Trouble(delay=0.02)
        begun = threading.Event()
        with installation.open() as app:
            (outcome,) = app.fetching.fetch(
                [account],
                on_progress=lambda progress: begun.set() if progress.done else None,
                should_stop=begun.is_set,
            )
            assert (outcome.status, outcome.errors) == (FetchStatus.STOPPED, ())
            assert 1 <= outcome.counts.fetched < 6
            assert outcome.counts.deleted == outcome.counts.fetched == outcome.counts.new_tickets
            assert len(installation.dovecot.messages(user)) == 6 - outcome.counts.deleted
            proxy.trouble = Trouble()
            app.fetching.fetch([account])
    installation.prove(mails)


def test_a_blocked_connection_is_cut_when_the_budget_is_spent(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, mail(1))
    with Proxy(installation.dovecot.port(AccountType.IMAP)) as proxy:
        account = installation.account("support", user, AccountType.IMAP, port=proxy.port)
        proxy.trouble = Trouble(stall_to_client=400)
        with installation.open() as app:
            (outcome,) = app.fetching.fetch([account], FetchOptions(timeout=0.2))
        assert outcome.status is FetchStatus.FAILED
        assert outcome.seconds < 30, "the command time-out alone is 60 s"


def almost_full(connection: DBAPIConnection, record: object) -> None:
    """A disk with room for some more, not for all."""
    cursor = connection.cursor()
    pages, octets = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    cursor.execute(f"PRAGMA max_page_count = {pages + 700_000 // octets}")
    cursor.close()


@BOTH
def test_a_full_database_is_said_and_leaves_the_mail_on_the_server(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n, size=150_000) for n in range(10)]
    installation.dovecot.deliver(user, *mails)
    installation.account("support", user, kind)
    with installation.open() as app:
        app.storage.settings.set("FetchBatchMessages", 2)
    with installation.open() as app:
        app.storage._database.close()  # the limit is one of the connection
        event.listen(app.storage._database.engine, "connect", almost_full)
        (outcome,) = app.fetching.fetch()
        assert outcome.error is not None
        assert outcome.error.code is Code.DATABASE_FULL
        left = installation.dovecot.messages(user)
        assert left, "what could not be stored stays"
        assert outcome.counts.deleted + len(left) == 10
    with installation.open() as app:
        (again,) = app.fetching.fetch()
        assert again.status is FetchStatus.OK
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


def test_a_database_locked_by_another_process_is_said_and_nothing_is_lost(
    installation: Installation, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.dovecot.deliver(user, mail(1))
    installation.account("support", user)
    monkeypatch.setattr(bootstrap, "open_storage", partial(open_storage, patience=0.2))
    with installation.open() as app:
        lock = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
            "print('locked', flush=True); sys.stdin.readline()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", lock, str(installation.home / "mailadmin.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as other:  # fmt: skip
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            (outcome,) = app.fetching.fetch()
            assert outcome.error is not None
            assert outcome.error.code is Code.DATABASE_LOCKED
            other.communicate("\n")
        assert installation.dovecot.messages(user) == [mail(1)]
        (again,) = app.fetching.fetch()
        assert again.status is FetchStatus.OK
    installation.prove([mail(1)])


def test_a_second_fetch_in_another_process_finds_the_account_busy(installation: Installation, user: str) -> None:
    mails = [mail(n) for n in range(3)]
    installation.dovecot.deliver(user, *mails)
    installation.account("support", user)
    results: list[tuple[int, dict[str, object]]] = []

    def meanwhile(step: Step) -> None:
        if step is Step.STORED and not results:
            results.append(installation.fetch())

    with installation.open(on_step=meanwhile) as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.status is FetchStatus.OK
    assert results[0][1]["status"] == "busy"
    installation.prove(mails)


@BOTH
def test_three_processes_at_once_on_three_accounts_of_one_mailbox(
    installation: Installation, user: str, kind: AccountType
) -> None:
    mails = [mail(n) for n in range(60)]
    installation.dovecot.deliver(user, *mails)
    for name in ("a", "b", "c"):
        installation.account(name, user, kind)
    processes = [installation.start() for _ in range(3)]
    for process in processes:
        process.communicate(timeout=120)
    with installation.open() as app:
        app.fetching.fetch()
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


def test_a_lease_of_a_process_that_was_killed_is_taken_at_once(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, mail(1))
    account = installation.account("support", user)
    assert installation.fetch("--step", Step.LISTED, "1")[0] == -9
    with installation.open() as app:
        view = app.storage.leases.view(account_lease(account.id or 0))
        assert view is not None
        assert view.holder is not None
        assert not view.expired
        (outcome,) = app.fetching.fetch()
        assert outcome.status is FetchStatus.OK


@BOTH
def test_a_mail_moved_back_by_hand_is_not_imported_again(
    installation: Installation, user: str, kind: AccountType
) -> None:
    installation.dovecot.deliver(user, mail(1))
    installation.account("support", user, kind)
    with installation.open() as app:
        app.fetching.fetch()
        installation.dovecot.deliver(user, mail(1))
        (outcome,) = app.fetching.fetch()
        assert (outcome.counts.duplicates, outcome.counts.new_tickets, outcome.counts.deleted) == (1, 0, 1)
    installation.prove([mail(1)])
    assert installation.dovecot.messages(user) == []


def test_the_same_mailbox_by_another_protocol_imports_nothing_twice_for_the_account(
    installation: Installation, user: str
) -> None:
    mails = [mail(n) for n in range(5)]
    installation.dovecot.deliver(user, *mails)
    account = installation.account("support", user, AccountType.IMAPS, after_fetch=AfterFetch.KEEP)
    with installation.open() as app:
        app.fetching.fetch()
        changed = replace(account, type=AccountType.POP3S, port=installation.dovecot.port(AccountType.POP3S))
        app.accounts.change(changed)
        (outcome,) = app.fetching.fetch()
        assert (outcome.counts.duplicates, outcome.counts.new_tickets) == (5, 0)
    installation.prove(mails)


def test_without_uidplus_others_deleted_mail_stays_and_it_is_said(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, mail(1))
    installation.dovecot.deliver(user, mail(2), flags="T")
    installation.account("support", user, host=NO_UIDPLUS)
    with installation.open() as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.error is not None
        assert (outcome.error.code, outcome.error.layer) == (Code.EXPUNGE_UNSAFE, Layer.DELETE)
        assert sorted(installation.dovecot.messages(user)) == [mail(1), mail(2)]
    installation.prove([mail(1)])


def test_moving_makes_the_folder(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, mail(1), mail(2))
    installation.account("support", user, after_fetch=AfterFetch.MOVE, move_to="Erledigt/Grüße")
    with installation.open() as app:
        (outcome,) = app.fetching.fetch()
        assert (outcome.errors, outcome.counts.moved) == ((), 2)
    assert sorted(installation.dovecot.messages(user, "Erledigt/Grüße")) == [mail(1), mail(2)]
    assert installation.dovecot.messages(user) == []


def test_a_mail_is_put_back_on_the_server(installation: Installation, user: str) -> None:
    installation.dovecot.deliver(user, mail(1))
    account = installation.account("support", user)
    with installation.open() as app:
        app.fetching.fetch()
        (message,) = app.inbox.list()
        assert app.inbox.put_back(message.id, account, "Returned") == "Returned"
    assert [canonical(raw) for raw in installation.dovecot.messages(user, "Returned")] == [canonical(mail(1))]
