"""Accounts by Microsoft Graph, from the token to the ticket: nothing lost, nothing twice, whatever happens."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.messages import InboxState, ServerState
from mailadmin.domain.outcomes import CheckResult, FetchOutcome, FetchStatus
from mailadmin.services.fetch import FetchOptions
from mailadmin.services.oauth.advice import advice_on
from mailadmin.services.steps import Step
from tests.servers.graph import Fault
from tests.servers.graph_mailboxes import DELETIONS, Mailbox

from .conftest import CLIENT_ID, GraphInstallation, mail

SUPPORT = "support@contoso.example"
ONCE = {Step.LEASE_TAKEN, Step.OPENED, Step.LISTED, Step.FINISHING, Step.FINISHED, Step.LEASE_RELEASED}
NOT_HERE = {Step.FINISH_RECORDED, Step.COPIED, Step.COPY_RECORDED}
STEPS = [step for step in Step if step not in NOT_HERE]


@pytest.fixture
def store(graph_installation: GraphInstallation) -> Mailbox:
    return graph_installation.graph.mailbox(SUPPORT)


def fetch(installation: GraphInstallation, *accounts: IncomingAccount, **options: Any) -> FetchOutcome:
    with installation.open() as app:
        return app.fetching.fetch(list(accounts) or None, **options)[0]


def small_batches(installation: GraphInstallation, messages: int = 4) -> None:
    with installation.open() as app:
        app.storage.settings.set("FetchBatchMessages", messages)


def states(installation: GraphInstallation) -> set[ServerState]:
    with installation.open() as app:
        return {message.server_state for message in app.storage.inbox.list()}


def test_mail_becomes_tickets_and_is_deleted(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n, reply_to=n - 1 if n % 3 == 2 else None) for n in range(60)] + [mail(99, size=3_000_000)]
    store.deliver(*mails)
    graph_installation.graph.largest_page = 7
    graph_installation.account("support", SUPPORT)
    outcome = fetch(graph_installation)
    assert (outcome.status, outcome.errors) == (FetchStatus.OK, ())
    assert (outcome.counts.seen, outcome.counts.fetched, outcome.counts.deleted) == (61, 61, 61)
    graph_installation.prove(mails)
    assert store.within() == []
    assert sorted(store.within(DELETIONS)) == sorted(mails)
    assert store.most_at_once <= 4
    again = fetch(graph_installation)
    assert (again.counts.seen, again.counts.fetched) == (0, 0)


def test_mail_becomes_tickets_and_is_moved(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n) for n in range(9)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT, after_fetch=AfterFetch.MOVE, move_to="Erledigt/2026")
    outcome = fetch(graph_installation)
    assert (outcome.errors, outcome.counts.moved) == ((), 9)
    assert (store.within(), sorted(store.within("2026"))) == ([], sorted(mails))
    graph_installation.prove(mails)


def test_mail_becomes_tickets_and_stays(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n) for n in range(9)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT, after_fetch=AfterFetch.KEEP)
    assert fetch(graph_installation).counts.fetched == 9
    downloads = graph_installation.graph.count(r"\$value")
    store.deliver(mail(10))
    assert fetch(graph_installation).counts.fetched == 1
    assert graph_installation.graph.count(r"\$value") == downloads + 1, "what is known is not had again"
    assert len(store.within()) == 10
    graph_installation.prove([*mails, mail(10)])


def test_what_is_too_big_is_not_downloaded(graph_installation: GraphInstallation, store: Mailbox) -> None:
    store.deliver(mail(1), mail(2, size=50_000), mail(3))
    account = graph_installation.account("support", SUPPORT, max_message_size_kb=20)
    outcome = fetch(graph_installation)
    assert (outcome.counts.fetched, outcome.counts.too_big, outcome.counts.left_on_server) == (2, 1, 1)
    assert graph_installation.graph.count(r"000002.*\$value") == 0
    assert fetch(graph_installation).counts.too_big == 0, "told once"
    with graph_installation.open() as app:
        (big,) = [m for m in app.storage.inbox.list() if m.state is InboxState.TOO_BIG]
        assert big.size == len(mail(2, size=50_000))
        stored = app.storage.accounts.get(account.id or 0)
        assert stored is not None
        app.accounts.change(replace(stored, max_message_size_kb=100))
    assert fetch(graph_installation).counts.fetched == 1
    graph_installation.prove([mail(1), mail(2, size=50_000), mail(3)])


def test_a_token_that_ends_in_mid_run_is_renewed_and_the_fetch_goes_on(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n) for n in range(30)]
    store.deliver(*mails)
    small_batches(graph_installation)
    graph_installation.account("support", SUPPORT)
    graph = graph_installation.graph
    graph.faults += [
        Fault(r"\$value", skip=9, before=graph.tokens.clear),
        Fault("DELETE", skip=20, before=graph.tokens.clear),
    ]
    outcome = fetch(graph_installation)
    assert (outcome.status, outcome.errors) == (FetchStatus.OK, ())
    assert graph_installation.provider.number >= 2, "another token was asked for"
    gone = 30 - outcome.counts.deleted
    assert 0 <= gone <= 3, "what was under way when the session ended"
    assert outcome.counts.left_on_server == 0
    graph_installation.prove(mails)
    assert store.within() == []


def test_a_provider_that_gives_no_other_token_leaves_everything_for_the_next_run(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n) for n in range(12)]
    store.deliver(*mails)
    small_batches(graph_installation)
    graph_installation.account("support", SUPPORT)
    graph = graph_installation.graph

    def end() -> None:
        graph.tokens.clear()
        graph_installation.provider.after = lambda: None

    graph.faults.append(Fault(r"\$value", skip=6, before=end))
    outcome = fetch(graph_installation)
    assert outcome.error is not None
    assert {error.code for error in outcome.errors} >= {Code.MAILBOX_REFUSES_TOKEN}
    assert 4 <= outcome.counts.fetched < 12
    graph_installation.provider.after = graph_installation.take
    assert fetch(graph_installation).status is FetchStatus.OK
    graph_installation.prove(mails)
    assert store.within() == []


def test_a_server_that_asks_for_a_long_wait_is_left_alone_until_then(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n) for n in range(12)]
    store.deliver(*mails)
    small_batches(graph_installation)
    account = graph_installation.account("support", SUPPORT)
    fault = Fault(r"\$value", skip=6, times=99, status=429, code="ApplicationThrottled", message="Busy.")
    fault.headers = {"Retry-After": "300"}
    graph_installation.graph.faults.append(fault)
    outcome = fetch(graph_installation)
    assert [(error.code, error.server) for error in outcome.errors] == [(Code.THROTTLED, "ApplicationThrottled: Busy.")]
    assert outcome.errors[0].facts["retry_after"] == "300"
    with graph_installation.open() as app:
        status = app.storage.accounts.statuses()[account.id or 0]
        assert status.error_code == Code.THROTTLED
    fault.times = 0
    assert fetch(graph_installation).status is FetchStatus.OK
    graph_installation.prove(mails)
    assert store.within() == []


def test_short_waits_are_kept_in_the_run(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n) for n in range(12)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    busy = Fault(r"\$value|DELETE", skip=3, times=2, status=503, code="ErrorServerBusy", headers={"Retry-After": "1"})
    graph_installation.graph.faults.append(busy)
    outcome = fetch(graph_installation)
    assert (outcome.status, outcome.errors, outcome.counts.deleted) == (FetchStatus.OK, (), 12)
    graph_installation.prove(mails)


@pytest.mark.parametrize("lost", ["before", "after", "in the body"])
def test_a_line_that_breaks_all_the_time_loses_and_doubles_nothing(
    graph_installation: GraphInstallation, store: Mailbox, lost: str
) -> None:
    mails = [mail(n, size=4000) for n in range(30)]
    store.deliver(*mails)
    small_batches(graph_installation)
    graph_installation.account("support", SUPPORT)
    every_few = [
        Fault(".", skip=skip, drop=lost == "before", lost=lost == "after", cut=900 if lost == "in the body" else None)
        for skip in range(3, 40, 4)
    ]
    graph_installation.graph.faults += every_few
    for _ in range(8):
        fetch(graph_installation)
    graph_installation.graph.faults.clear()
    last = fetch(graph_installation)
    assert (last.status, last.errors) == (FetchStatus.OK, ())
    graph_installation.prove(mails)
    assert store.within() == []


def test_a_message_that_ends_the_connection_each_time_does_not_hold_up_the_others(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n, size=4000) for n in range(10)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    graph_installation.graph.faults.append(Fault(r"000004.*\$value", times=999, cut=100))
    outcome = fetch(graph_installation)
    assert outcome.counts.fetched == 9
    assert Code.MESSAGE_UNAVAILABLE in {error.code for error in outcome.errors}
    graph_installation.graph.faults.clear()
    assert fetch(graph_installation).status is FetchStatus.OK
    graph_installation.prove(mails)


def test_what_a_colleague_files_during_a_long_download_stays_where_it_is(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n) for n in range(6)]
    store.deliver(*mails)
    legal = store.make("Legal")
    graph_installation.account("support", SUPPORT)

    def file_away() -> None:
        store.messages[0].folder = legal.id

    graph_installation.graph.faults.append(Fault(r"000006.*\$value", before=file_away))
    outcome = fetch(graph_installation)
    assert (outcome.status, outcome.errors) == (FetchStatus.OK, ())
    assert (outcome.counts.fetched, outcome.counts.deleted, outcome.counts.left_on_server) == (6, 5, 0)
    assert store.within("Legal") == [mails[0]]
    assert sorted(store.within(DELETIONS)) == sorted(mails[1:])
    assert states(graph_installation) == {ServerState.DONE, ServerState.GONE}
    graph_installation.prove(mails)


def test_a_message_that_is_refused_does_not_hold_up_the_others(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n) for n in range(10)]
    store.deliver(*mails)
    small_batches(graph_installation, 3)
    graph_installation.account("support", SUPPORT)
    words = "ErrorAccessDenied: Access is denied."
    protected = Fault(r"000002.*\$value", times=99, status=403, code="ErrorAccessDenied", message="Access is denied.")
    graph_installation.graph.faults.append(protected)
    for fetched in (9, 0):
        outcome = fetch(graph_installation)
        assert outcome.counts.fetched == fetched
        (error,) = outcome.errors
        assert (error.code, error.layer, error.server) == (Code.MESSAGE_UNAVAILABLE, Layer.DOWNLOAD, words)
    graph_installation.graph.faults.clear()
    assert fetch(graph_installation).status is FetchStatus.OK
    graph_installation.prove(mails)


@pytest.mark.parametrize("count", [3, 200])
def test_a_mailbox_that_gives_no_message_says_so_once(
    graph_installation: GraphInstallation, store: Mailbox, count: int
) -> None:
    """A token with Mail.ReadBasic lists and does not read."""
    store.deliver(*[mail(n) for n in range(count)])
    graph_installation.account("support", SUPPORT)
    refused = Fault(r"\$value", times=9999, status=403, code="ErrorAccessDenied", message="Access is denied.")
    graph_installation.graph.faults.append(refused)
    for _ in range(2):
        before = graph_installation.graph.count(r"\$value")
        (error,) = fetch(graph_installation).errors
        assert (error.code, error.server) == (Code.MAILBOX_REFUSES_TOKEN, "ErrorAccessDenied: Access is denied.")
        assert (error.facts["client_id"], error.facts["username"]) == (CLIENT_ID, SUPPORT)
        assert graph_installation.graph.count(r"\$value") - before <= 50, "not asked for each of them"
    advised = advice_on(error.code, error.facts, error.server)
    assert advised is not None
    assert CLIENT_ID in advised.script
    with graph_installation.open() as app:
        outcomes, previews = app.dry_run.fetch(app.accounts.all(), 0, None, lambda: False)
    assert ([told.code for told in outcomes[0].errors], previews) == ([Code.MAILBOX_REFUSES_TOKEN], [])
    graph_installation.graph.faults.clear()
    assert fetch(graph_installation).counts.fetched == count
    graph_installation.prove([mail(n) for n in range(count)])


def test_messages_that_are_always_refused_are_told_one_by_one_and_hold_up_nobody(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    store.deliver(*[mail(n) for n in range(3)])
    small_batches(graph_installation, 2)
    graph_installation.account("support", SUPPORT, after_fetch=AfterFetch.KEEP)
    protected = Fault(r"00000[12].*\$value", times=999, status=403, code="ErrorAccessDenied", message="Denied.")
    graph_installation.graph.faults.append(protected)
    for fetched in (1, 0):
        outcome = fetch(graph_installation)
        assert outcome.counts.fetched == fetched
        assert [error.code for error in outcome.errors] == [Code.MESSAGE_UNAVAILABLE] * 2
    store.deliver(*[mail(n) for n in range(10, 40)])
    assert fetch(graph_installation).counts.fetched == 30
    graph_installation.prove([mail(2), *[mail(n) for n in range(10, 40)]])


def test_without_the_right_to_delete_nothing_comes_twice(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n) for n in range(6)]
    store.deliver(*mails)
    store.read_only = True
    graph_installation.account("support", SUPPORT)
    for fetched in (6, 0, 0):
        outcome = fetch(graph_installation)
        assert outcome.counts.fetched == fetched
        (error,) = outcome.errors
        assert (error.code, error.layer) == (Code.DELETE_FAILED, Layer.DELETE)
        assert error.server.startswith("ErrorAccessDenied: ")
    assert states(graph_installation) == {ServerState.FAILED}
    store.read_only = False
    assert fetch(graph_installation).counts.deleted == 6
    graph_installation.prove(mails)


# --- one mailbox, several folders -------------------------------------------------------------------------------------


def test_two_accounts_on_two_folders_leave_each_others_unfinished_mail_alone(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    store.make("Einkauf")
    support, purchase = [mail(n) for n in range(4)], [mail(n) for n in range(10, 14)]
    store.deliver(*support)
    store.deliver(*purchase, folder="Einkauf")
    one = graph_installation.account("support", SUPPORT)
    other = graph_installation.account("purchase", SUPPORT, folder="Einkauf")
    store.read_only = True
    fetch(graph_installation, one)
    assert states(graph_installation) == {ServerState.FAILED}
    fetch(graph_installation, other)
    assert states(graph_installation) == {ServerState.FAILED}, "the other folder's mail has not vanished"
    store.read_only = False
    assert fetch(graph_installation, one).counts.deleted == 4
    assert fetch(graph_installation, other).counts.deleted == 4
    assert states(graph_installation) == {ServerState.DONE}
    graph_installation.prove([*support, *purchase])
    assert store.within() == store.within("Einkauf") == []


def test_mail_moved_by_hand_to_another_accounts_folder_comes_once(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    place = store.make("Einkauf")
    store.deliver(*[mail(n) for n in range(4)])
    one = graph_installation.account("support", SUPPORT)
    other = graph_installation.account("purchase", SUPPORT, folder="Einkauf")
    store.read_only = True
    fetch(graph_installation, one)
    store.read_only = False
    for message in store.messages[:2]:
        message.folder = place.id
        message.moves += 1
    assert fetch(graph_installation, one).counts.deleted == 2
    assert states(graph_installation) == {ServerState.DONE, ServerState.GONE}
    outcome = fetch(graph_installation, other)
    assert (outcome.counts.fetched, outcome.counts.deleted) == (0, 2)
    assert states(graph_installation) == {ServerState.DONE}
    graph_installation.prove([mail(n) for n in range(4)])


def test_mail_that_comes_back_under_its_id_is_the_same_mail_even_with_other_octets(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    """Exchange makes MIME anew each time; an administrator restores deleted mail."""
    store.deliver(mail(1))
    graph_installation.account("support", SUPPORT)
    fetch(graph_installation)
    inbox = store.folder("inbox")
    assert inbox is not None
    store.messages[0].folder = inbox.id
    store.messages[0].raw = mail(1).replace(b"Date:", b"X-Made: again\r\nDate:")
    outcome = fetch(graph_installation)
    assert (outcome.counts.fetched, outcome.counts.deleted) == (0, 1)
    graph_installation.prove([mail(1)])


def test_a_message_that_went_away_meanwhile_is_no_trouble_for_long(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    store.deliver(*[mail(n) for n in range(3)])
    account = graph_installation.account("support", SUPPORT)

    def go() -> None:
        del store.messages[1]

    graph_installation.graph.faults.append(Fault(r"000002.*\$value", before=go))
    assert fetch(graph_installation).errors == ()
    assert fetch(graph_installation).errors == ()
    with graph_installation.open() as app:
        mailbox = app.storage.accounts.mailbox_id(account)
        (trouble,) = app.storage.inbox.troubles(mailbox).values()
        assert trouble.attempts == 1


# --- crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        *((step, AfterFetch.DELETE) for step in STEPS),
        *((step, AfterFetch.MOVE) for step in (Step.STORED, Step.ACTED, Step.ACTION_RECORDED)),
    ],
    ids=lambda value: value.value,
)
def test_killed_at_each_step(
    graph_installation: GraphInstallation, store: Mailbox, step: Step, rule: AfterFetch
) -> None:
    small_batches(graph_installation)
    mails = [mail(n, reply_to=n - 1 if n % 3 == 2 else None) for n in range(10)]
    store.deliver(*mails)
    moved = {"after_fetch": rule, "move_to": "Archiv"} if rule is AfterFetch.MOVE else {}
    graph_installation.account("support", SUPPORT, **moved)
    count = "1" if step in ONCE or step is Step.ACTION_RECORDED else "2"
    status, _ = graph_installation.fetch("--step", step, count)
    assert status == -9, "the fetch came to this step"
    status, result = graph_installation.fetch()
    assert (status, result["status"]) == (0, "ok"), result
    graph_installation.prove(mails)
    assert store.within() == []
    assert sorted(store.within("Archiv" if moved else DELETIONS)) == sorted(mails)


@pytest.mark.slow
def test_killed_at_random_moments(graph_installation: GraphInstallation, store: Mailbox) -> None:
    chance = random.Random(20261120)
    small_batches(graph_installation, 7)
    mails = [mail(n) for n in range(150)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    assert graph_installation.fetch("--step", Step.STORED, "3")[0] == -9, "killed at least once"
    for _ in range(10):
        graph_installation.fetch("--after", str(chance.uniform(0.01, 0.6)))
        if not store.within():
            break
    status, result = graph_installation.fetch()
    assert (status, result["status"]) == (0, "ok"), result
    graph_installation.prove(mails)
    assert store.within() == []


# --- the check, stopping, speed ---------------------------------------------------------------------------------------


def test_a_check_goes_from_layer_to_layer(graph_installation: GraphInstallation, store: Mailbox) -> None:
    account = graph_installation.account("support", SUPPORT, after_fetch=AfterFetch.MOVE, move_to="Archiv")
    with graph_installation.open() as app:
        report = app.checking.check(account)
        assert [(layer.layer, layer.result) for layer in report.layers] == [
            (layer, CheckResult.OK)
            for layer in (
                Layer.NAME,
                Layer.CONNECT,
                Layer.TLS,
                Layer.SIGN_IN,
                Layer.FOLDER,
                Layer.DELETE,
                Layer.MOVE,
            )
        ]
        assert report.layers[5].facts == {"allowed": "true", "deletion": "recoverable"}
        assert report.layers[6].facts == {"folder": "Archiv", "exists": "true"}
        for folder, there in (("Archive", "true"), ("iv", "false")):
            report = app.checking.check(replace(account, move_to=folder))
            assert report.layers[6].facts == {"folder": folder, "exists": there}, "as it will be used"
        assert "INBOX" in {folder.name for folder in app.checking.folders(account)}
        store.refusal = "ErrorAccessDenied"
        report = app.checking.check(account)
        assert report.layers[3].error is not None
        assert report.layers[3].error.code is Code.MAILBOX_REFUSES_TOKEN
        assert report.layers[3].error.facts["client_id"] == CLIENT_ID
        store.refusal = "ErrorItemNotFound"
        report = app.checking.check(account)
        assert report.layers[3].result is CheckResult.OK, "the token is good"
        error = report.layers[4].error
        assert error is not None
        assert (error.code, error.facts["client_id"]) == (Code.MAILBOX_NOT_FOUND, CLIENT_ID)
        advised = advice_on(error.code, error.facts, error.server)
        assert advised is not None
        assert advised.key == "graph-no-delegation"
    assert graph_installation.graph.count("POST|DELETE|value") == 0, "nothing was changed or fetched"


def test_before_the_first_fetch_the_mailbox_is_looked_at(graph_installation: GraphInstallation, store: Mailbox) -> None:
    store.deliver(*[mail(n, size=1000) for n in range(9)])
    account = graph_installation.account("support", SUPPORT)
    with graph_installation.open() as app:
        adoption = app.adoption.look(account)
    assert (adoption.messages, adoption.bytes) == (9, sum(len(mail(n, size=1000)) for n in range(9)))
    assert [sample.subject for sample in adoption.sample] == [f"Question {n}" for n in (8, 7, 6, 5, 4)]
    assert graph_installation.graph.count(r"\$value") == 0


def test_stop_in_mid_batch_leaves_in_good_order(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n, size=20_000) for n in range(40)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    graph_installation.graph.faults.append(Fault(r"\$value", times=99, before=lambda: time.sleep(0.02)))
    begun = threading.Event()
    outcome = fetch(
        graph_installation,
        on_progress=lambda progress: begun.set() if progress.done > 2 else None,
        should_stop=begun.is_set,
    )
    assert (outcome.status, outcome.errors) == (FetchStatus.STOPPED, ())
    assert 1 <= outcome.counts.fetched < 40
    assert outcome.counts.deleted == outcome.counts.fetched
    graph_installation.graph.faults.clear()
    fetch(graph_installation)
    graph_installation.prove(mails)
    assert store.within() == []


def test_a_server_that_hangs_in_mid_message_is_left_and_the_rest_comes_later(
    graph_installation: GraphInstallation, store: Mailbox
) -> None:
    mails = [mail(n, size=20_000) for n in range(6)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    graph_installation.graph.faults.append(Fault(r"\$value", times=99, hang=9000))
    outcome = fetch(graph_installation, options=FetchOptions(timeout=1))
    assert outcome.seconds < 20
    graph_installation.graph.faults.clear()
    assert fetch(graph_installation).status is FetchStatus.OK
    graph_installation.prove(mails)


def test_two_thousand_messages(graph_installation: GraphInstallation, store: Mailbox) -> None:
    mails = [mail(n) for n in range(2000)]
    store.deliver(*mails)
    graph_installation.account("support", SUPPORT)
    outcome = fetch(graph_installation)
    assert (outcome.status, outcome.counts.new_tickets, outcome.counts.deleted) == (FetchStatus.OK, 2000, 2000)
    batches = 2000 // 50
    assert len(graph_installation.graph.requests) == 1 + 8 + 2 * 2000 + batches
    assert graph_installation.graph.connections <= 8
    assert outcome.seconds < 60
