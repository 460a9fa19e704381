"""The promises of fetching, against a server that can be made to do anything."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from mailadmin.domain.accounts import AfterFetch, Validity
from mailadmin.domain.errors import Code, Layer
from mailadmin.domain.leases import Holder, account_lease
from mailadmin.domain.messages import InboxState, ServerState
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.ports import ActionReport, Listed
from mailadmin.services.fetch import FetchOptions, rounds
from mailadmin.services.fetch import account as account_module
from mailadmin.services.fetch.account import AccountFetch
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.steps import Step
from tests.servers.memory import Mail, MemoryMailbox

from .conftest import House, mail

imap_only = pytest.mark.parametrize("family", ["imap"], indirect=True)
pop3_only = pytest.mark.parametrize("family", ["pop3"], indirect=True)


def states(house: House) -> Counter[tuple[str, str]]:
    return Counter((m.state.value, m.server_state.value) for m in house.messages)


def test_mail_becomes_tickets_and_leaves_the_server(house: House) -> None:
    house.server.add(*(mail(n) for n in range(120)))
    house.account()
    outcome = house.fetch()
    assert outcome.status is FetchStatus.OK
    counts = outcome.counts
    assert (counts.seen, counts.fetched, counts.new_tickets, counts.deleted) == (120, 120, 120, 120)
    assert counts.left_on_server == 0
    assert counts.bytes == sum(len(mail(n)) for n in range(120))
    assert house.server.raws == []
    assert house.tickets == 120
    assert states(house) == {("processed", "done"): 120}
    assert [house.app.inbox.raw(m.id) for m in house.messages] == [mail(n) for n in range(120)]


def test_a_second_fetch_brings_nothing_twice(house: House) -> None:
    house.server.add(mail(1))
    house.account(after_fetch=AfterFetch.KEEP)
    house.fetch()
    again = house.fetch()
    assert (again.counts.seen, again.counts.fetched, again.counts.left_on_server) == (1, 0, 1)
    assert house.tickets == 1
    assert house.server.downloads == [mail(1)]
    assert states(house) == {("processed", "kept"): 1}


def test_a_reply_in_the_same_batch_finds_its_ticket(house: House) -> None:
    house.server.add(mail(1), mail(2, In_Reply_To="<m1@example.net>"), mail(3, References="<m2@example.net>"))
    house.account()
    counts = house.fetch().counts
    assert (counts.new_tickets, counts.follow_ups) == (1, 2)
    (ticket,) = house.app.tickets.list()
    assert ticket.articles == 3


@imap_only
def test_moved_mail_lies_in_the_other_folder_once(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.account(after_fetch=AfterFetch.MOVE, move_to="Archive")
    counts = house.fetch().counts
    assert (counts.moved, counts.deleted, counts.left_on_server) == (2, 0, 0)
    assert house.server.folders["Archive"] == [mail(1), mail(2)]


@imap_only
def test_without_move_a_copy_is_not_made_twice_when_the_delete_has_to_be_repeated(house: House) -> None:
    house.server.native_move = False
    house.server.add(mail(1))
    house.account(after_fetch=AfterFetch.MOVE, move_to="Archive")
    house.server.refuse_delete = "NO not now"
    first = house.fetch()
    assert first.status is FetchStatus.FAILED
    assert first.error is not None
    assert (first.error.code, first.error.layer, first.error.server) == (Code.MOVE_FAILED, Layer.MOVE, "NO not now")
    house.server.refuse_delete = ""
    assert house.fetch().counts.moved == 1
    assert house.server.folders["Archive"] == [mail(1)]
    assert house.server.raws == []


def test_a_failed_delete_is_said_and_repeated_without_importing_again(house: House) -> None:
    house.server.add(mail(1))
    house.account()
    house.server.refuse_delete = "NO [NOPERM] not yours"
    first = house.fetch()
    assert first.error is not None
    assert (first.error.code, first.error.server) == (Code.DELETE_FAILED, "NO [NOPERM] not yours")
    assert states(house) == {("processed", "failed"): 1}
    assert house.messages[0].server_words == "NO [NOPERM] not yours"
    house.server.refuse_delete = ""
    second = house.fetch()
    assert second.status is FetchStatus.OK
    assert (second.counts.fetched, second.counts.deleted) == (0, 1)
    assert house.tickets == 1


@imap_only
def test_others_flagged_messages_stand_in_the_way_of_an_expunge_and_it_is_said(house: House) -> None:
    house.server.add(mail(1))
    house.server.others_deleted = 3
    house.account()
    error = house.fetch().error
    assert error is not None
    assert (error.code, error.facts["count"]) == (Code.EXPUNGE_UNSAFE, "3")
    assert house.server.raws == [mail(1)]


@imap_only
def test_what_an_earlier_run_flagged_is_expunged_as_one_whole(house: House) -> None:
    house.app.storage.settings.set("FetchBatchMessages", 2)
    house.account()
    house.server.add(*(mail(n) for n in range(5)))
    house.server.refuse_delete = "NO"
    house.fetch()
    house.server.refuse_delete = ""
    for flagged in house.server.mails[1:4]:
        flagged.deleted = True
    batches: list[int] = []
    delete = MemoryMailbox.delete

    def counting(self: MemoryMailbox, messages: Sequence[Listed]) -> ActionReport:
        batches.append(len(messages))
        return delete(self, messages)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryMailbox, "delete", counting)
        assert house.fetch().counts.deleted == 5
    assert batches == [3, 2]


@imap_only
def test_what_others_flagged_deleted_is_not_touched(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.server.mails[0].deleted = True
    house.account()
    counts = house.fetch().counts
    assert (counts.seen, counts.fetched, counts.left_on_server) == (2, 1, 1)
    assert house.server.raws == [mail(1)]


@pop3_only
def test_a_refused_quit_leaves_everything_owed(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.account()
    house.server.refuse_quit = "-ERR some messages not removed"
    outcome = house.fetch()
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.facts["count"]) == (Code.QUIT_REFUSED, "2")
    assert outcome.counts.deleted == 0
    house.server.refuse_quit = ""
    again = house.fetch()
    assert (again.counts.fetched, again.counts.deleted) == (0, 2)
    assert house.tickets == 2


@pop3_only
def test_deletions_count_only_when_quit_was_answered(house: House) -> None:
    house.server.add(mail(1))
    house.account()
    house.server.lose_on = "finish"
    seen_at_the_end: list[object] = []
    house.server.before["list"] = lambda: house.server.before.update(
        list=lambda: seen_at_the_end.append(states(house))  # at the second connection of the same run
    )
    outcome = house.fetch()
    assert seen_at_the_end == [{("stored", "pending"): 1}] or seen_at_the_end == [{("processed", "pending"): 1}]
    assert (outcome.status, outcome.counts.deleted) == (FetchStatus.OK, 1)
    assert house.tickets == 1


@pop3_only
def test_a_uidl_that_comes_back_with_another_mail_is_a_new_message(house: House) -> None:
    house.account()
    house.server.mails = [Mail("same", mail(1))]
    house.fetch()
    house.server.mails = [Mail("same", mail(2))]
    second = house.fetch()
    assert (second.counts.fetched, second.counts.deleted) == (1, 1)
    house.server.mails = [Mail("same", mail(3))]
    house.fetch()
    assert house.tickets == 3
    assert [m.source for m in house.messages] == ["uidl:same#1", "uidl:same#2", "uidl:same#3"]


@pop3_only
def test_a_reused_uidl_is_proved_before_the_owed_delete(house: House) -> None:
    house.account()
    house.server.mails = [Mail("same", mail(1))]
    house.server.lose_on = "finish"
    house.fetch()
    house.server.mails = [Mail("same", mail(2))]  # deleted elsewhere; a new mail took its UIDL
    house.fetch()
    assert house.tickets == 2
    assert {house.app.inbox.raw(m.id) for m in house.messages} == {mail(1), mail(2)}


@pop3_only
def test_a_kept_uidl_with_another_size_is_looked_at_again(house: House) -> None:
    house.account(after_fetch=AfterFetch.KEEP)
    house.server.mails = [Mail("same", mail(1))]
    house.fetch()
    house.server.mails = [Mail("same", mail(1000))]
    assert house.fetch().counts.fetched == 1
    assert house.fetch().counts.fetched == 0
    assert house.tickets == 2


@pop3_only
def test_two_messages_that_share_a_uidl_are_both_fetched(house: House) -> None:
    house.account()
    house.server.mails = [Mail("same", mail(1)), Mail("same", mail(2))]
    counts = house.fetch().counts
    assert (counts.fetched, counts.new_tickets, counts.deleted) == (2, 2, 2)


def test_one_mail_listed_twice_is_one_ticket_and_one_duplicate(house: House) -> None:
    house.account()
    house.server.add(mail(1), mail(1))
    counts = house.fetch().counts
    assert (counts.fetched, counts.new_tickets, counts.duplicates, counts.deleted) == (2, 1, 1, 2)
    first, second = house.messages
    assert second.duplicate_of == first.id
    assert second.state is InboxState.DUPLICATE


def test_a_mail_put_back_by_hand_is_a_duplicate_and_deleted_again(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    house.fetch()
    house.server.add(mail(1).replace(b"\r\n", b"\n"))  # through another client, with other line ends
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates, counts.new_tickets, counts.deleted) == (1, 1, 0, 1)
    assert house.server.raws == []


@imap_only
@pytest.mark.parametrize("after", [AfterFetch.KEEP, AfterFetch.DELETE])
def test_a_changed_uidvalidity_imports_nothing_twice(house: House, after: AfterFetch) -> None:
    house.account(after_fetch=after)
    house.server.add(mail(1), mail(2))
    house.server.refuse_delete = "NO" if after is AfterFetch.DELETE else ""
    house.fetch()
    house.server.refuse_delete = ""
    house.server.renumber()
    house.server.add(mail(3))
    counts = house.fetch().counts
    assert (counts.new_tickets, counts.duplicates) == (1, 2)
    assert house.tickets == 3
    assert len(house.server.raws) == (3 if after is AfterFetch.KEEP else 0)


@imap_only
def test_owed_messages_of_an_old_uidvalidity_are_gone(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    house.server.refuse_delete = "NO"
    house.fetch()
    house.server.refuse_delete = ""
    house.server.renumber()
    house.fetch()
    assert states(house) == {("processed", "gone"): 1, ("duplicate", "done"): 1}


def test_a_message_that_somebody_else_removed_is_gone(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    house.server.refuse_delete = "NO"
    house.fetch()
    house.server.mails.clear()
    assert house.fetch().status is FetchStatus.OK
    assert states(house) == {("processed", "gone"): 1}


def test_servers_without_lasting_names_are_told_by_digest(house: House) -> None:
    house.server.names_last = False
    house.account(after_fetch=AfterFetch.KEEP)
    house.server.add(mail(1), mail(2))
    house.fetch()
    house.server.add(mail(3))
    counts = house.fetch().counts
    assert (counts.fetched, counts.new_tickets) == (1, 1)
    assert house.tickets == 3
    assert all(m.source.startswith("sha256:") for m in house.messages)


def test_on_servers_without_lasting_names_owed_messages_end_well(house: House) -> None:
    house.server.names_last = False
    house.account()
    house.server.add(mail(1), mail(2))
    house.server.refuse_delete = "NO"
    house.fetch()
    house.server.refuse_delete = ""
    house.server.mails.pop()
    assert house.fetch().counts.deleted == 1
    assert states(house) == {("processed", "done"): 1, ("processed", "gone"): 1}


def test_two_accounts_on_one_mailbox_import_nothing_twice(house: House) -> None:
    first = house.account("first", after_fetch=AfterFetch.KEEP)
    second = house.account("second", host="MAIL.example.org", after_fetch=AfterFetch.KEEP)
    house.server.add(*(mail(n) for n in range(30)))
    house.app.fetching.fetch([first, second])
    house.app.fetching.fetch([first, second])
    assert house.tickets == 30
    assert len(house.messages) == 30


def test_a_changed_host_imports_nothing_twice(house: House) -> None:
    account = house.account(after_fetch=AfterFetch.KEEP)
    house.server.add(mail(1))
    house.fetch()
    from dataclasses import replace

    house.app.accounts.change(replace(account, host="imap.example.org"))
    house.server.add(mail(2))
    counts = house.fetch().counts
    assert (counts.new_tickets, counts.duplicates) == (1, 1)
    assert house.tickets == 2


def test_a_too_big_message_is_reported_once_and_fetched_when_the_limit_rises(house: House) -> None:
    from dataclasses import replace

    big = mail(1) + b"x" * 2000
    account = house.account(max_message_size_kb=1)
    house.server.add(big, mail(2))
    first = house.fetch()
    assert first.status is FetchStatus.OK
    assert (first.counts.too_big, first.counts.fetched, first.counts.left_on_server) == (1, 1, 1)
    assert house.server.downloads == [mail(2)]
    row = next(m for m in house.messages if m.state is InboxState.TOO_BIG)
    assert row.reason_facts["size"] == str(len(big))
    assert house.fetch().counts.too_big == 0
    house.app.accounts.change(replace(account, max_message_size_kb=0))
    last = house.fetch()
    assert (last.counts.fetched, last.counts.new_tickets, last.counts.deleted) == (1, 1, 1)
    assert house.server.raws == []
    assert house.app.inbox.raw(row.id) == big


def test_a_limit_counts_what_is_newly_downloaded(house: House) -> None:
    house.account()
    house.server.add(*(mail(n) for n in range(7)))
    assert house.fetch(options=FetchOptions(limit=3)).counts.fetched == 3
    assert house.server.raws == [mail(n) for n in range(3, 7)]
    assert house.fetch(options=FetchOptions(limit=3)).counts.fetched == 3
    assert house.fetch(options=FetchOptions(limit=3)).counts.fetched == 1


@imap_only
def test_older_mail_stays_when_an_account_fetches_from_a_date(house: House) -> None:
    house.account(fetch_from=date(2026, 11, 1))
    house.server.add(mail(1), mail(2), mail(3))
    house.server.mails[0].received_at = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    house.server.mails[1].received_at = datetime(2026, 11, 1, tzinfo=UTC)
    counts = house.fetch().counts
    assert (counts.fetched, counts.left_on_server) == (2, 1)
    assert house.server.raws == [mail(1)]


@imap_only
def test_one_fetch_can_go_back_further_than_the_account_does(house: House) -> None:
    account = house.account(fetch_from=date(2026, 11, 15))
    house.server.add(mail(1), mail(2))
    house.server.mails[0].received_at = datetime(2026, 10, 1, tzinfo=UTC)
    house.server.mails[1].received_at = datetime(2026, 11, 3, tzinfo=UTC)
    assert house.fetch().counts.fetched == 0
    assert house.fetch(options=FetchOptions(since=date(2026, 11, 1))).counts.fetched == 1
    assert house.server.raws == [mail(1)]
    assert house.app.accounts.get(account.name).fetch_from == date(2026, 11, 15)


def test_one_message_that_ends_the_connection_does_not_stop_the_others(house: House) -> None:
    house.account()
    house.server.add(*(mail(n) for n in range(40)))
    house.server.poison = {mail(17)}
    outcome = house.fetch()
    assert outcome.status is FetchStatus.FAILED
    assert [e.code for e in outcome.errors] == [Code.MESSAGE_UNAVAILABLE]
    assert outcome.counts.new_tickets == 39
    assert house.server.raws == [mail(17)]
    again = house.fetch()
    assert (again.counts.fetched, again.status) == (0, FetchStatus.FAILED)
    house.server.poison = set()
    last = house.fetch()
    assert (last.status, last.counts.fetched) == (FetchStatus.OK, 1)
    assert house.server.raws == []
    mailbox = house.app.storage.accounts.mailbox_id(house.app.accounts.get("support"))
    assert house.app.storage.inbox.troubles(mailbox) == {}


def test_a_message_that_ends_the_connection_is_found_even_when_each_run_gets_one_connection(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "MAX_RECONNECTS", 0)
    house.account()
    house.server.add(*(mail(n) for n in range(9)))
    house.server.poison = {mail(0)}
    for _ in range(12):
        house.fetch()
    assert house.tickets == 8
    assert house.server.raws == [mail(0)]
    house.server.poison = set()
    assert house.fetch().status is FetchStatus.OK
    assert house.tickets == 9


def test_a_size_beyond_all_reason_is_too_big_and_no_more(house: House) -> None:
    house.account()
    house.server.add(mail(1), mail(2))
    house.server.size_of[mail(1)] = 10**20
    outcome = house.fetch()
    assert (outcome.status, outcome.counts.too_big, outcome.counts.fetched) == (FetchStatus.OK, 1, 1)


def test_without_lasting_names_a_too_big_message_is_counted(house: House) -> None:
    house.server.names_last = False
    house.account(max_message_size_kb=1)
    house.server.add(mail(1) + b"x" * 2000)
    assert house.fetch().counts.too_big == 1


def test_what_a_server_leaves_out_is_looked_at_again_and_reported_the_second_time(house: House) -> None:
    house.account()
    house.server.add(mail(1), mail(2))
    house.server.absent = {mail(1)}
    first = house.fetch()
    assert (first.status, first.counts.fetched) == (FetchStatus.OK, 1)
    assert house.server.raws == [mail(1)]
    second = house.fetch()
    assert second.error is not None
    assert second.error.code is Code.MESSAGE_UNAVAILABLE
    house.server.absent = set()
    assert house.fetch().counts.fetched == 1
    assert house.tickets == 2


def test_a_connection_lost_while_downloading_is_taken_up_again(house: House) -> None:
    house.account()
    house.server.add(*(mail(n) for n in range(5)))
    house.server.lose_on = "download"
    outcome = house.fetch()
    assert outcome.status is FetchStatus.OK
    assert outcome.counts.new_tickets == 5
    assert house.server.raws == []


@imap_only
def test_a_connection_lost_after_the_delete_imports_nothing_twice(house: House) -> None:
    house.account()
    house.server.add(mail(1), mail(2))
    house.server.lose_on = "deleted"
    outcome = house.fetch()
    assert outcome.status is FetchStatus.OK
    assert outcome.counts.left_on_server == 0
    assert house.tickets == 2
    assert states(house) == {("processed", "gone"): 2}


def test_the_server_is_not_asked_to_delete_before_the_commit(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    moments: list[str] = []
    house.on_step.append(lambda step: moments.append(step.value))
    house.server.before["delete"] = lambda: moments.append("server asked")
    house.fetch()
    assert moments.index(Step.STORED) < moments.index("server asked")


def test_a_lease_lost_in_mid_fetch_ends_it_before_anything_is_committed_or_deleted(house: House) -> None:
    account = house.account()
    assert account.id is not None
    house.server.add(mail(1))
    stranger = Holder("elsewhere", 1, 0.0, "someone")

    def take_over() -> None:
        house.app.storage.leases.expire(account_lease(account.id or 0))
        assert house.app.storage.leases.take(account_lease(account.id or 0), stranger, lambda holder: False)

    house.server.before["download"] = take_over
    outcome = house.fetch()
    assert outcome.error is not None
    assert outcome.error.code is Code.LEASE_LOST
    assert house.messages == []
    assert house.server.raws == [mail(1)]
    view = house.app.storage.leases.view(account_lease(account.id))
    assert view is not None
    assert view.holder == stranger


def test_a_lease_lost_between_commit_and_delete_deletes_nothing(house: House) -> None:
    account = house.account()
    house.server.add(mail(1))

    def steal(step: Step) -> None:
        if step is Step.STORED:
            house.app.storage.leases.expire(account_lease(account.id or 0))

    house.on_step.append(steal)
    outcome = house.fetch()
    assert [e.code for e in outcome.errors][:1] == [Code.LEASE_LOST]
    assert house.server.raws == [mail(1)]
    house.on_step.clear()
    assert house.fetch().status is FetchStatus.OK
    assert house.tickets == 1
    assert house.server.raws == []


def test_an_account_that_is_fetched_elsewhere_is_busy(house: House) -> None:
    account = house.account()
    house.server.add(mail(1))
    keeper = LeaseKeeper(house.app.storage, Holder("elsewhere", 1, 0.0, "someone"))
    lease = keeper.take(account_lease(account.id or 0))
    assert lease is not None
    outcome = house.fetch()
    assert outcome.status is FetchStatus.BUSY
    assert outcome.error is not None
    assert "someone@elsewhere" in outcome.error.facts["holder"]
    assert house.server.log == []
    keeper.release(lease)
    keeper.close()
    assert house.fetch().status is FetchStatus.OK


def test_an_account_that_is_not_valid_is_not_fetched(house: House) -> None:
    account = house.account(validity=Validity.INVALID_TEMPORARILY)
    assert house.app.fetching.fetch() == []
    assert house.fetch(account).status is FetchStatus.INVALID
    assert house.server.log == []


def test_stop_keeps_what_was_downloaded_and_says_good_bye(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.account()
    house.server.add(*(mail(n) for n in range(20)))
    stop = threading.Event()
    halted = threading.Event()
    halt = AccountFetch.halt

    def halt_and_tell(self: AccountFetch, *, overdue: bool = False) -> None:
        halt(self, overdue=overdue)
        halted.set()

    def in_mid_batch() -> None:
        stop.set()
        assert halted.wait(10)

    monkeypatch.setattr(AccountFetch, "halt", halt_and_tell)
    house.server.before["message"] = in_mid_batch
    outcome = house.fetch(should_stop=stop.is_set)
    assert (outcome.status, outcome.errors) == (FetchStatus.STOPPED, ())
    assert (outcome.counts.fetched, outcome.counts.new_tickets, outcome.counts.deleted) == (1, 1, 1)
    assert "finish" in house.server.log
    assert "abandon" not in house.server.log
    assert house.fetch().status is FetchStatus.OK
    assert house.tickets == 20
    assert house.server.raws == []


def test_a_server_that_hangs_costs_the_budget_and_that_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GRACE_SECONDS", 0.1)
    account = house.account()
    house.server.hang_on = "list"
    outcome = house.fetch(options=FetchOptions(timeout=0.2))
    assert outcome.status is FetchStatus.FAILED
    assert outcome.error is not None
    assert outcome.error.code is Code.TIME_BUDGET_SPENT
    assert house.app.accounts.statuses()[account.id or 0].failures == 1


def test_a_spent_budget_is_said_and_the_rest_comes_next_time(house: House) -> None:
    house.account()
    house.server.add(mail(1))
    outcome = house.fetch(options=FetchOptions(timeout=1e-9))
    assert outcome.error is not None
    assert outcome.error.code is Code.TIME_BUDGET_SPENT
    assert house.fetch().counts.fetched == 1


def test_a_fault_of_ours_in_processing_is_told_and_holds_nothing_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.account()
    house.server.add(mail(1))

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(house.app.processing, "process", fault)
        outcome = house.fetch()
    assert [error.code for error in outcome.errors] == [Code.BUG]
    assert states(house) == {("stored", "done"): 1}
    assert house.fetch().status is FetchStatus.OK
    assert house.tickets == 1


def test_results_are_recorded_for_the_account(house: House) -> None:
    account = house.account()
    house.server.add(mail(1))
    house.fetch()
    house.server.lose_on = "list"
    house.fetch()
    good_then_bad = house.app.accounts.runs(account.id or 0)
    assert [run.status for run in good_then_bad] == [FetchStatus.FAILED, FetchStatus.OK]
    assert good_then_bad[1].counts.new_tickets == 1
    status = house.app.accounts.statuses()[account.id or 0]
    assert status.failures == 1
    assert status.error_code == "connection-lost"
    assert status.last_good is not None


def test_progress_counts_up_to_the_end(house: House) -> None:
    house.account()
    house.server.add(*(mail(n) for n in range(10)))
    seen: list[tuple[int, int]] = []
    house.fetch(on_progress=lambda progress: seen.append((progress.done, progress.total)))
    assert seen[-1] == (10, 10)
    assert seen == sorted(seen)


def test_a_dry_run_decides_and_changes_nothing_anywhere(house: House) -> None:
    account = house.account(max_message_size_kb=1)
    house.server.add(mail(1), mail(2), mail(3) + b"x" * 2000)
    (outcome,), previews = house.app.dry_run.fetch([account], 0, None, lambda: False)
    assert (outcome.counts.seen, outcome.counts.fetched, outcome.counts.new_tickets) == (3, 2, 2)
    assert outcome.counts.too_big == 1
    assert [p.decision.title for p in previews] == ["Question 1", "Question 2"]
    assert house.messages == []
    assert house.tickets == 0
    assert len(house.server.raws) == 3
    assert "delete" not in house.server.log
    assert house.app.accounts.runs(account.id or 0) == []


def test_a_dry_run_sees_replies_to_its_own_mail(house: House) -> None:
    account = house.account()
    house.server.add(mail(1), mail(2, In_Reply_To="<m1@example.net>"))
    (outcome,), _ = house.app.dry_run.fetch([account], 0, None, lambda: False)
    assert (outcome.counts.new_tickets, outcome.counts.follow_ups) == (1, 1)


def test_a_kept_message_stays_kept_when_the_rule_changes_to_delete(house: House) -> None:
    from dataclasses import replace

    account = house.account(after_fetch=AfterFetch.KEEP)
    house.server.add(mail(1))
    house.fetch()
    house.app.accounts.change(replace(account, after_fetch=AfterFetch.DELETE))
    house.server.add(mail(2))
    assert house.fetch().counts.deleted == 1
    assert house.server.raws == [mail(1)]


def test_octets_are_kept_exactly_as_the_server_sent_them(house: House) -> None:
    odd = b"Subject: odd\r\nX: \xff\xfe\r\n\r\n.\r\nbare\nlf\rcr \x00 nul\r\n.." + b"y" * 3000
    house.account()
    house.server.add(odd)
    assert house.fetch().status is FetchStatus.OK
    (message,) = house.messages
    assert house.app.inbox.raw(message.id) == odd
    assert message.server_state is ServerState.DONE
