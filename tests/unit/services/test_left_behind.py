"""An account is changed to another protocol or host while its mail lies there: nothing of it is imported again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount
from mailadmin.domain.messages import InboxState
from mailadmin.domain.outcomes import FetchCounts, FetchStatus
from mailadmin.services.fetch import left_behind
from mailadmin.services.fetch.left_behind import LeftBehind
from mailadmin.services.steps import Step
from mailadmin.storage.former import FormerMailStore

from .conftest import House, mail

KEEP = AfterFetch.KEEP
OLD, NEW = "mail.example.org", "new.example.org"


@pytest.fixture(autouse=True)
def _copies_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here is what the ledger tells again. That a copy makes no second article, it does not know."""
    monkeypatch.setattr("mailadmin.postmaster.preparing.copy_key", lambda mail: None)


def remake(house: House, mark: bytes = b"again") -> None:
    """Let the server make every message anew: one mail, other octets."""
    for message in house.server.mails:
        message.raw = b"X-Made: " + mark + b"\r\n" + message.raw
    house.server.renumber()


def change(house: House, account: IncomingAccount, **fields: Any) -> IncomingAccount:
    stored = house.app.storage.accounts.get(account.id or 0)
    assert stored is not None
    return house.app.accounts.change(replace(stored, **fields))


def move(house: House, account: IncomingAccount, host: str = NEW, **fields: Any) -> IncomingAccount:
    """The account on another server, which makes its octets anew."""
    remake(house, host.encode())
    return change(house, account, host=host, **fields)


def imported(house: House) -> list[bytes]:
    """The Message-IDs of what became tickets."""
    raws = [house.app.inbox.raw(m.id) for m in house.messages if m.state is not InboxState.DUPLICATE]
    return sorted(raw.split(b"Message-ID: <")[1].split(b"@")[0] for raw in raws)


def states(house: House) -> Counter[tuple[str, str]]:
    return Counter((m.state.value, m.server_state.value) for m in house.messages)


def test_what_was_kept_is_a_duplicate_in_the_other_mailbox(house: House) -> None:
    house.server.add(mail(1), mail(2))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    move(house, account)
    house.server.add(mail(3))
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates, counts.new_tickets) == (3, 2, 1)
    assert imported(house) == [b"m1", b"m2", b"m3"]
    assert [m.duplicate_of for m in house.messages] == [None, None, None, 1, 2]
    assert states(house) == {("processed", "kept"): 3, ("duplicate", "kept"): 2}
    assert house.fetch().counts == FetchCounts(seen=3, left_on_server=3), "known by now"


def test_to_the_other_protocol_and_back(house: House) -> None:
    house.server.add(mail(1), mail(2))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    before = house.server.uidvalidity
    remake(house)
    house.server.pop3 = not house.server.pop3
    change(house, account, type=AccountType.IMAPS if account.type is AccountType.POP3S else AccountType.POP3S)
    assert house.fetch().counts.duplicates == 2
    house.server.add(mail(3))
    assert house.fetch().counts.new_tickets == 1
    house.server.pop3, house.server.uidvalidity = not house.server.pop3, before
    for message, raw in zip(house.server.mails, (mail(1), mail(2), b"X-Made: yet again\r\n" + mail(3)), strict=True):
        message.raw = raw
    change(house, account, type=account.type)
    downloads = len(house.server.downloads)
    counts = house.fetch().counts
    assert (counts.seen, counts.fetched, counts.duplicates, counts.new_tickets) == (3, 1, 1, 0)
    assert len(house.server.downloads) == downloads + 1, "what is known there is not had again"
    assert imported(house) == [b"m1", b"m2", b"m3"]


def test_what_a_crash_left_on_the_server_is_deleted_there_and_not_imported(house: House) -> None:
    house.server.add(mail(1), mail(2))
    house.server.refuse_delete = "NO not now"
    account = house.account()
    house.fetch()
    assert states(house) == {("processed", "failed"): 2}
    house.server.refuse_delete = ""
    move(house, account)
    counts = house.fetch().counts
    assert (counts.duplicates, counts.new_tickets, counts.deleted) == (2, 0, 2)
    assert house.server.raws == []
    assert imported(house) == [b"m1", b"m2"]


@pytest.mark.parametrize("family", ["imap"], indirect=True)
@pytest.mark.parametrize("step", [Step.LISTED, Step.DOWNLOADED, Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED])
def test_cut_off_anywhere_after_the_change(house: House, step: Step) -> None:
    house.server.add(*(mail(n) for n in range(1, 7)))
    account = house.account(after_fetch=KEEP)
    house.app.storage.settings.set("FetchBatchMessages", 2)
    house.fetch()
    move(house, account, after_fetch=AfterFetch.DELETE)

    def cut(reached: Step) -> None:
        if reached is step:
            house.on_step.clear()
            raise ZeroDivisionError

    house.on_step.append(cut)
    assert house.fetch().status is FetchStatus.FAILED
    assert house.fetch().status is FetchStatus.OK
    assert house.server.raws == []
    assert len(imported(house)) == 6
    assert (
        states(house)["processed", "kept"]
        == states(house)["duplicate", "done"] + states(house)["duplicate", "gone"]
        == 6
    )


def test_what_waits_to_be_processed_or_was_set_aside_counts_as_well(house: House) -> None:
    house.server.add(mail(1), mail(2), mail(3))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    database = house.app.storage._database
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE inbox_message SET message_id = '', sender = '', subject = ''")
        connection.exec_driver_sql("UPDATE inbox_message SET state = 'quarantined' WHERE id = 1")
        connection.exec_driver_sql("UPDATE inbox_message SET state = 'ignored' WHERE id = 2")
    move(house, account)
    counts = house.fetch().counts
    assert (counts.duplicates, counts.new_tickets, counts.quarantined) == (3, 0, 0)


# --- several mails of one origin --------------------------------------------------------------------------------------


def copy_by_list(number: int) -> bytes:
    """The mail once more, as a mailing list sends it on."""
    return b"List-Id: <list.example.net>\r\n" + mail(number)


def test_each_mail_left_is_met_once(house: House) -> None:
    house.server.add(mail(1), copy_by_list(1))
    account = house.account(after_fetch=KEEP)
    assert house.fetch().counts.fetched == 2
    move(house, account)
    house.server.add(b"List-Id: <another.example.net>\r\n" + mail(1))
    counts = house.fetch().counts
    assert (counts.duplicates, counts.new_tickets + counts.follow_ups) == (2, 1)
    assert [m.duplicate_of for m in house.messages] == [None, None, None, 1, 2]
    house.server.add(b"List-Id: <third.example.net>\r\n" + mail(1))
    counts = house.fetch().counts
    assert (counts.duplicates, counts.fetched) == (0, 1), "in a later run, too"
    assert imported(house) == [b"m1"] * 4


def test_a_mail_with_the_old_octets_is_met_first(house: House) -> None:
    """The copy that the list sends later is not taken for the one that was left."""
    house.server.add(mail(1))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    change(house, account, host=NEW)
    house.server.mails.insert(0, replace(house.server.mails[0], raw=copy_by_list(1)))
    house.server.renumber()
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates) == (2, 1)
    assert imported(house) == [b"m1"] * 2
    house.server.add(copy_by_list(1).replace(b"list.", b"other."))
    assert house.fetch().counts.duplicates == 0


def test_octets_that_came_twice_are_met_twice(house: House) -> None:
    house.server.add(mail(1), mail(1))
    account = house.account(after_fetch=KEEP)
    assert house.fetch().counts.duplicates == 1
    move(house, account)
    house.server.add(copy_by_list(1))
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates) == (3, 2)
    assert imported(house) == [b"m1"] * 2


def test_octets_that_come_twice_now_leave_the_other_mail_its_match(house: House) -> None:
    house.server.add(mail(1), copy_by_list(1))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    move(house, account)
    house.server.mails.insert(1, replace(house.server.mails[0]))
    house.server.renumber()
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates) == (3, 3)


def test_several_changes_count_each_mail_once(house: House) -> None:
    house.server.add(mail(1))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    move(house, account)
    assert house.fetch().counts.duplicates == 1
    house.server.add(copy_by_list(1))
    assert house.fetch().counts.duplicates == 0
    move(house, account, "newest.example.org")
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates) == (2, 2), "one of the first mailbox, one of the second"
    house.server.add(copy_by_list(1).replace(b"list.", b"other."))
    assert house.fetch().counts.duplicates == 0
    assert imported(house) == [b"m1"] * 3


# --- what is not the same ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "new",
    [mail(1, Date="Fri, 20 Nov 2026 08:00:01 +0000"), mail(1, Message_ID="<M1@example.net>")],
    ids=["date", "message-id"],
)
def test_another_date_or_message_id_is_another_mail(house: House, new: bytes) -> None:
    house.server.add(mail(1))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    move(house, account)
    house.server.mails.clear()
    house.server.add(new)
    counts = house.fetch().counts
    assert (counts.fetched, counts.duplicates) == (1, 0)


def test_without_a_message_id_the_octets_decide(house: House) -> None:
    nameless = [mail(n).replace(b"Message-ID", b"X-Id") for n in (1, 2)]
    house.server.add(*nameless)
    account = house.account(after_fetch=KEEP)
    house.fetch()
    change(house, account, host=NEW)
    house.server.mails[1].raw = b"X-Made: again\r\n" + nameless[1]
    counts = house.fetch().counts
    assert (counts.duplicates, counts.new_tickets) == (1, 1)


def test_what_was_seen_to_be_deleted_is_not_expected_elsewhere(house: House) -> None:
    house.server.add(mail(1))
    account = house.account()
    assert house.fetch().counts.deleted == 1
    change(house, account, host=NEW)
    house.server.add(copy_by_list(1))
    assert house.fetch().counts.duplicates == 0


def test_what_was_too_big_is_imported_when_it_is_not_any_more(house: House) -> None:
    house.server.add(mail(1) + b"x" * 3000)
    account = house.account(after_fetch=KEEP, max_message_size_kb=1)
    assert house.fetch().counts.too_big == 1
    move(house, account, max_message_size_kb=100)
    assert house.fetch().counts.new_tickets == 1


def test_what_another_account_fetches_from_the_former_mailbox_is_that_ones(house: House) -> None:
    """A mail to two addresses comes to both, also when one account opened the other's mailbox once."""
    account = house.account(after_fetch=KEEP)
    house.fetch()
    change(house, account, username="sales@example.org")
    other = house.account("other", after_fetch=KEEP)
    house.server.add(mail(1))
    assert house.fetch(other).counts.new_tickets == 1
    remake(house)
    stored = house.app.storage.accounts.get(account.id or 0)
    assert stored is not None
    assert house.fetch(stored).counts.duplicates == 0


def test_what_an_account_fetched_that_is_no_more_counts(house: House) -> None:
    house.server.add(mail(1), mail(2))
    first = house.account(after_fetch=KEEP)
    house.fetch()
    house.app.accounts.delete(first)
    account = house.account("new", after_fetch=KEEP)
    assert house.fetch().counts.fetched == 0
    move(house, account)
    assert house.fetch().counts.duplicates == 2


# --- what it costs, and how it ends -----------------------------------------------------------------------------------


def test_an_account_that_was_never_changed_is_asked_about_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for method in ("unlooked", "headers", "set_origins", "left", "met"):
        monkeypatch.delattr(FormerMailStore, method)
    house.server.add(mail(1), mail(2))
    account = house.account(after_fetch=KEEP)
    assert house.fetch().status is FetchStatus.OK
    change(house, account, folder="INBOX", comment="nothing of it")
    house.server.add(mail(3))
    assert house.fetch().counts.new_tickets == 1


def test_looking_back_goes_on_where_it_was_halted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "AT_ONCE", 2)
    house.server.add(*(mail(n) for n in range(1, 8)))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    account = move(house, account)
    mailbox_id = house.app.storage.accounts.mailbox_id(account)
    answers = iter([False, False, True])
    assert not LeftBehind(house.app.storage, account.id or 0, mailbox_id).look(lambda: next(answers))
    assert list(house.app.storage.former.mailboxes(account.id or 0, mailbox_id).values()) == [4]
    downloads = list(house.server.downloads)
    with monkeypatch.context() as patch:
        patch.setattr(LeftBehind, "look", lambda *_: False)
        assert house.fetch().counts.fetched == 0
    assert house.server.downloads == downloads, "nothing is had before it can be told again"
    assert house.fetch().counts.duplicates == 7


def test_a_dry_run_says_so_and_writes_nothing(house: House) -> None:
    house.server.add(mail(1), mail(2))
    account = house.account(after_fetch=KEEP)
    house.fetch()
    account = move(house, account)
    house.server.add(mail(3))
    for _ in range(2):
        (outcome,), _ = house.app.dry_run.fetch([account], 0, None, lambda: False)
        assert (outcome.counts.duplicates, outcome.counts.new_tickets) == (2, 1)
        assert list(house.app.storage.former.mailboxes(account.id or 0, 0).values()) == [0]
        assert len(house.messages) == 2
