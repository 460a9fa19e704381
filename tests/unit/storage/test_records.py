"""Accounts, queues, addresses, settings: kept as entered, changed by one at a time, every change written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from mailadmin.domain.accounts import (
    AccountStatus,
    AccountType,
    AfterFetch,
    Authentication,
    Dispatching,
    IncomingAccount,
    Validity,
)
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import account_lease
from mailadmin.domain.messages import Leftover
from mailadmin.domain.oauth import OAuthProfile, Provider
from mailadmin.domain.outcomes import FetchCounts, FetchRun, FetchStatus
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.settings import SettingValue
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import AT, account, item, mailbox, stored, then_fail, ticket

EVERY_FIELD = IncomingAccount(
    name="Straße",
    type=AccountType.POP3TLS,
    host="pop.example.org",
    port=1110,
    username="ü@example.org",
    authentication=Authentication.OAUTH2,
    oauth_profile="company",
    opens_mailbox="shared@example.org",
    folder="Entwürfe",
    trusted=True,
    trusted_authserv_id="mx.example.org",
    dispatching=Dispatching.QUEUE,
    queue="Misc",
    ticket_type="Incident",
    validity=Validity.INVALID_TEMPORARILY,
    after_fetch=AfterFetch.MOVE,
    move_to="Archive",
    max_message_size_kb=0,
    images_as_attachments=True,
    schedule="*/5 * * * *",
    watch=True,
    fetch_from=date(2026, 1, 31),
    ca_file="/etc/ssl/ours.pem",
    pinned_certificate="ab" * 32,
    comment="All of it.",
)


def same_fields(one: IncomingAccount, other: IncomingAccount) -> bool:
    blank = {"id": None, "uid": None, "version": 0, "created": None, "changed": None}
    return dataclasses.replace(one, **blank) == dataclasses.replace(other, **blank)  # type: ignore[arg-type]


def test_an_account_comes_back_as_it_was_entered(storage: Storage) -> None:
    storage.profiles.add(OAuthProfile(name="company", provider=Provider.MICROSOFT))
    added = storage.accounts.add(EVERY_FIELD)
    assert same_fields(added, EVERY_FIELD)
    assert added.id is not None
    assert added.uid is not None
    assert len(added.uid) == 32
    assert added.version == 1
    assert added.created == added.changed
    assert added.created is not None
    assert added.created.by == "tester@here"
    assert storage.accounts.get(added.id) == added
    assert storage.accounts.by_name("STRASSE") == added
    assert storage.accounts.by_name("nobody") is None
    assert storage.accounts.all() == [added]


def test_adding_an_account_makes_what_goes_with_it(storage: Storage) -> None:
    added = storage.accounts.add(account())
    assert added.id is not None
    assert storage.accounts.status(added.id) == AccountStatus(added.id)
    assert storage.accounts.statuses() == {added.id: AccountStatus(added.id)}
    assert storage.leases.view(account_lease(added.id)) is not None
    with storage._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mailbox").scalar() == 1


def test_accounts_come_by_name(storage: Storage) -> None:
    for name in ("b", "A", "c"):
        storage.accounts.add(account(name))
    assert [each.name for each in storage.accounts.all()] == ["A", "b", "c"]


def test_a_name_is_given_once_in_any_case(storage: Storage) -> None:
    storage.accounts.add(account("Straße"))
    other = storage.accounts.add(account("other"))
    renamed = dataclasses.replace(other, name="strasse")
    acts: list[Callable[[], object]] = [
        lambda: storage.accounts.add(account("STRASSE")),
        lambda: storage.accounts.change(renamed),
    ]
    for act in acts:
        with pytest.raises(UserFixableError) as caught:
            act()
        assert caught.value.code is Code.INVALID_RECORD
        assert caught.value.facts["table"] == "incoming_account"
        assert caught.value.facts["key"] == "name"
        assert caught.value.facts["problem"] == "not-unique"
    assert [each.name for each in storage.accounts.all()] == ["other", "Straße"]


def test_two_accounts_on_one_mailbox_share_it(storage: Storage) -> None:
    one = storage.accounts.add(account("one", host="Mail.Example.org", opens_mailbox="Box"))
    two = storage.accounts.add(account("two", host="mail.example.org.", opens_mailbox="box"))
    other = storage.accounts.add(account("other", host="mail.example.org", opens_mailbox="other"))
    assert storage.accounts.mailbox_id(one) == storage.accounts.mailbox_id(two) != storage.accounts.mailbox_id(other)


def test_the_second_of_two_editors_is_told(storage: Storage, opened: OpenAgain) -> None:
    other = opened(who="ann@there")
    mine = storage.accounts.add(account())
    assert mine.id is not None
    theirs = other.accounts.get(mine.id)
    assert theirs is not None
    changed = other.accounts.change(dataclasses.replace(theirs, comment="theirs"))
    assert changed.version == 2
    assert changed.created == mine.created
    assert changed.changed is not None
    with pytest.raises(UserFixableError) as caught:
        storage.accounts.change(dataclasses.replace(mine, comment="mine"))
    assert caught.value.code is Code.EDIT_CONFLICT
    assert caught.value.facts == {
        "table": "incoming_account",
        "record": "support",
        "changed_by": "ann@there",
        "changed_at": changed.changed.at.isoformat(),
    }
    assert storage.accounts.get(mine.id) == changed
    with pytest.raises(UserFixableError) as caught:
        storage.accounts.delete(mine)
    assert caught.value.code is Code.EDIT_CONFLICT
    other.accounts.delete(changed)
    with pytest.raises(UserFixableError) as caught:
        storage.accounts.change(changed)
    assert caught.value.code is Code.EDIT_CONFLICT


def test_a_deleted_account_leaves_its_mail_and_runs(storage: Storage) -> None:
    added, mailbox_id, context = mailbox(storage)
    assert added.id is not None
    storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")])
    storage.runs.record(FetchRun(added.id, AT, 1.5, FetchStatus.OK, FetchCounts()))
    storage.accounts.delete(added)
    storage.accounts.delete(added)
    assert storage.accounts.all() == []
    assert storage.accounts.statuses() == {}
    assert storage.leases.view(account_lease(added.id)) is None
    (message,) = storage.inbox.list()
    assert (message.account, message.account_id, message.trusted) == ("support", None, True)
    assert storage.inbox.leftovers(None) == [Leftover(message.id, 0, begun=False)]
    assert storage.inbox.list(account="SUPPORT") == [message]
    again = storage.accounts.add(account())
    assert again.id != added.id, "a number is never given twice"
    assert storage.inbox.leftovers(again.id) == []


def test_mail_of_an_account_deleted_in_mid_fetch_is_kept(storage: Storage) -> None:
    added, mailbox_id, context = mailbox(storage)
    assert added.id is not None
    storage.accounts.delete(added)
    assert storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]) != [None]
    storage.runs.record(FetchRun(added.id, AT, 1.5, FetchStatus.FAILED, FetchCounts()))
    (message,) = storage.inbox.list()
    assert (message.account, message.account_id) == ("support", None)


def test_due_and_waiting_times_are_kept_in_utc(storage: Storage) -> None:
    added = storage.accounts.add(account())
    assert added.id is not None
    when = datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=datetime.fromisoformat("2026-01-01T00:00+05:30").tzinfo)
    storage.accounts.set_due(added.id, when)
    storage.accounts.set_waiting(added.id, AT)
    status = storage.accounts.status(added.id)
    assert (status.next_due, status.waiting_until) == (when, AT)
    assert status.next_due is not None
    assert status.next_due.tzinfo is UTC
    storage.accounts.set_due(added.id, None)
    assert storage.accounts.status(added.id).next_due is None


def run(account_id: int, status: FetchStatus, minute: int) -> FetchRun:
    error = (
        ("sign-in-refused", "sign-in", "NO \x00\ud800 bad password") if status is FetchStatus.FAILED else ("", "", "")
    )
    counts = FetchCounts(seen=minute, fetched=2, bytes=5_000_000_000, left_on_server=1)
    return FetchRun(account_id, AT.replace(minute=minute), 2.5, status, counts, *error)


def test_runs_tell_how_an_account_is_doing(storage: Storage) -> None:
    added = storage.accounts.add(account())
    assert added.id is not None
    runs = [
        run(added.id, status, minute)
        for minute, status in enumerate(
            (FetchStatus.OK, FetchStatus.FAILED, FetchStatus.FAILED, FetchStatus.BUSY, FetchStatus.STOPPED)
        )
    ]
    for each in runs:
        storage.runs.record(each)
    status = storage.accounts.status(added.id)
    assert (status.last_run, status.last_good) == (runs[4].started, runs[0].started)
    assert (status.failing_since, status.failures) == (runs[1].started, 2)
    assert (status.error_code, status.error_layer) == ("sign-in-refused", "sign-in")
    assert status.error_server == "NO \ufffd\ufffd bad password"
    latest = storage.runs.last(added.id, limit=3)
    assert latest[0] == runs[4]
    assert [each.status for each in latest] == [FetchStatus.STOPPED, FetchStatus.BUSY, FetchStatus.FAILED]
    storage.runs.record(run(added.id, FetchStatus.OK, 9))
    status = storage.accounts.status(added.id)
    assert (status.failing_since, status.failures, status.error_code, status.error_server) == (None, 0, "", "")


def test_queues_and_addresses_refer_to_each_other_by_name(storage: Storage) -> None:
    queue = storage.queues.add(
        Queue(name="Support::Printers", follow_up=FollowUpOption.REJECT, follow_up_lock=True, group="g", comment="c")
    )
    address = storage.addresses.add(
        MailAddress(address="Support@example.org", display_name="Us", queue="support::printers", comment="c")
    )
    queue = storage.queues.change(dataclasses.replace(queue, sender_address="support@EXAMPLE.org"))
    assert queue.sender_address == "Support@example.org"
    assert storage.addresses.all() == [address]
    assert address.queue == "Support::Printers"
    renamed = storage.queues.change(dataclasses.replace(queue, name="Printers"))
    assert address.id is not None
    moved = storage.addresses.get(address.id)
    assert moved is not None
    assert moved.queue == "Printers", "a renamed queue takes its addresses along"
    assert storage.queues.by_name("printers") == renamed
    assert [each.name for each in storage.queues.all()] == ["Junk", "Misc", "Postmaster", "Printers", "Raw"]


@pytest.mark.parametrize("kind", ["account", "address", "queue"])
def test_a_reference_to_what_is_not_there_is_refused(storage: Storage, kind: str) -> None:
    adds: dict[str, Callable[[], object]] = {
        "account": lambda: storage.accounts.add(account(queue="Nowhere", dispatching=Dispatching.QUEUE)),
        "address": lambda: storage.addresses.add(MailAddress(address="a@example.org", queue="Nowhere")),
        "queue": lambda: storage.queues.add(Queue(name="New", sender_address="nobody@example.org")),
    }
    with pytest.raises(UserFixableError) as caught:
        adds[kind]()
    assert caught.value.code is Code.INVALID_RECORD
    assert caught.value.facts["key"] == ("sender_address" if kind == "queue" else "queue")


def test_what_is_used_is_not_deleted(storage: Storage) -> None:
    def user_of(delete: object, record: Queue | MailAddress) -> str:
        with pytest.raises(UserFixableError) as caught:
            delete(record)  # type: ignore[operator]
        assert caught.value.code is Code.IN_USE
        return caught.value.facts["used_by"]

    queue = storage.queues.add(Queue(name="Support"))
    served = storage.accounts.add(account(queue="Support", dispatching=Dispatching.QUEUE))
    assert user_of(storage.queues.delete, queue) == "incoming_account support"
    storage.accounts.delete(served)
    address = storage.addresses.add(MailAddress(address="support@example.org", queue="Support"))
    assert user_of(storage.queues.delete, queue) == "address support@example.org"
    misc = storage.queues.by_name("misc")
    assert misc is not None
    misc = storage.queues.change(dataclasses.replace(misc, sender_address="support@example.org"))
    assert user_of(storage.addresses.delete, address) == "queue Misc"
    storage.queues.change(dataclasses.replace(misc, sender_address=""))
    storage.addresses.delete(address)
    storage.queues.delete(queue)
    ticket(storage, "2026112010000012")
    raw = storage.queues.by_name("raw")
    assert raw is not None
    assert user_of(storage.queues.delete, raw) == "ticket 2026112010000012"
    assert storage.queues.by_name("Support") is None


@pytest.mark.parametrize(
    ("key", "value"), [("SystemID", "007"), ("FetchParallel", 3), ("PostmasterAutoHTML2Text", False)]
)
def test_settings_keep_their_type_and_go_back_to_the_default(storage: Storage, key: str, value: SettingValue) -> None:
    default = storage.settings.load()[key]
    storage.settings.set(key, value)
    loaded = storage.settings.load()
    assert loaded[key] == value
    assert type(loaded[key]) is type(value)
    storage.settings.set(key, None)
    assert storage.settings.load()[key] == default
    assert storage.settings.load().changed == {}


def test_a_setting_of_another_program_version_is_left_alone(storage: Storage) -> None:
    storage.settings.set("SystemID", "12")
    with storage._database.writing() as connection:
        connection.exec_driver_sql("UPDATE setting SET key = 'OfTomorrow'")
    assert storage.settings.load().changed == {}


def test_every_change_is_written_down_field_by_field(storage: Storage, opened: OpenAgain) -> None:
    added = storage.accounts.add(account(fetch_from=date(2026, 1, 31)))
    now = opened(who="ann@there").accounts.change(dataclasses.replace(added, comment="new", port=1993))
    storage.settings.set("FetchParallel", 3)
    storage.settings.set("FetchParallel", 3)
    storage.accounts.delete(now)
    deleted, setting, changed, first = storage.audit.list()
    assert (first.table, first.record, first.action, first.by) == ("incoming_account", "support", "add", "tester@here")
    assert first.changes["host"] == (None, "mail.example.org")
    assert first.changes["fetch_from"] == (None, "2026-01-31")
    assert (changed.by, changed.changes) == ("ann@there", {"port": (None, 1993), "comment": ("", "new")})
    assert (setting.table, setting.record, setting.changes) == ("settings", "FetchParallel", {"value": (8, 3)})
    assert (deleted.action, deleted.changes["comment"]) == ("delete", ("new", None))
    assert storage.audit.list(limit=1) == [deleted]


def test_a_change_that_fails_is_not_written_down(storage: Storage) -> None:
    added = storage.accounts.add(account())
    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.accounts.change(dataclasses.replace(added, comment="x")))
    assert len(storage.audit.list()) == 1


def test_messages_of_an_account_are_found_by_its_present_name(storage: Storage) -> None:
    stored(storage, "INBOX/1/1")
    (added,) = storage.accounts.all()
    storage.accounts.change(dataclasses.replace(added, name="Renamed"))
    (message,) = storage.inbox.list(account="renamed")
    assert message.account == "Renamed"
    assert storage.inbox.list(account=added.name) == []
