"""Mailboxes that accounts opened before, and what they left there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.messages import LONGEST_HEADER, IntakeContext, LeftMail, ServerState
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import item, mailbox, took

ONE, OTHER = b"1" * 32, b"2" * 32


def moved(storage: Storage, account: IncomingAccount, host: str = "new.example.org") -> tuple[IncomingAccount, int]:
    """The account, changed to another server, and its mailbox there."""
    account = storage.accounts.change(replace(account, host=host))
    return account, storage.accounts.mailbox_id(account)


def changed(storage: Storage, **fields: object) -> tuple[IncomingAccount, int, int, IntakeContext]:
    """An account that opened another mailbox before: it, the former mailbox, the present one, its mail's context."""
    account, before, context = mailbox(storage, **fields)
    account, present = moved(storage, account)
    return account, before, present, context


def test_a_change_of_what_is_opened_leaves_a_mailbox_behind(storage: Storage) -> None:
    account, first, _ = mailbox(storage)
    _, other, _ = mailbox(storage, name="other")
    account_id = account.id or 0
    account = storage.accounts.change(replace(account, folder="Archive", type=AccountType.IMAP, comment="same mailbox"))
    assert storage.former.mailboxes(account_id, first) == {}
    account, second = moved(storage, account)
    assert storage.former.mailboxes(account_id, second) == {first: 0}
    account, third = moved(storage, account, "newer.example.org")
    assert storage.former.mailboxes(account_id, third) == {first: 0, second: 0}
    storage.former.set_origins(account_id, first, {7: None, 8: ONE})
    assert storage.former.mailboxes(account_id, third) == {first: 8, second: 0}
    account, _ = moved(storage, account, "mail.example.org")
    assert storage.former.mailboxes(account_id, first) == {second: 0, third: 0}
    account, _ = moved(storage, account)
    assert storage.former.mailboxes(account_id, second) == {first: 0, third: 0}, "left again, it is looked at again"
    assert storage.former.mailboxes(other, other) == {}
    storage.accounts.delete(account)
    assert storage.former.mailboxes(account_id, 0) == {}


def test_a_change_that_is_rolled_back_leaves_nothing_behind(storage: Storage) -> None:
    account, first, _ = mailbox(storage)

    def change_and_fail() -> None:
        with storage.transaction():
            moved(storage, account)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert storage.former.mailboxes(account.id or 0, 0) == {}
    assert storage.accounts.mailbox_id(account) == first


def test_what_was_left_is_looked_at_once(storage: Storage, opened: OpenAgain) -> None:
    account, before, present, context = changed(storage)
    account_id = account.id or 0
    batch = [item(f"INBOX/1/{uid}", server_state=ServerState.KEPT) for uid in range(5)]
    ids = took(storage.inbox.intake(before, context, batch))
    storage.inbox.intake(present, context, [item("INBOX/2/1", server_state=ServerState.KEPT)])
    assert storage.former.unlooked(account_id, before, 0) == ids
    storage.former.set_origins(account_id, before, {ids[0]: ONE, ids[1]: None, ids[2]: OTHER})
    again = opened()
    assert again.former.mailboxes(account_id, present) == {before: ids[2]}
    assert again.former.unlooked(account_id, before, ids[2]) == ids[3:]
    assert again.former.unlooked(account_id, before, 0) == [ids[1], *ids[3:]], "what has an origin is known"
    assert again.former.left(account_id, [before], [ONE, OTHER]) == [
        LeftMail(ONE, ids[0], before),
        LeftMail(OTHER, ids[2], before),
    ]
    assert again.former.left(account_id, [present], [ONE]) == []
    assert again.former.left(account_id, [before], [b"3" * 32]) == []


def test_only_the_header_is_had(storage: Storage) -> None:
    _, before, _, context = changed(storage)
    raw = b"Subject: \0\xff\r\n\r\n" + b"x" * LONGEST_HEADER
    (first,) = took(storage.inbox.intake(before, context, [item("INBOX/1/1", raw)]))
    (twin,) = took(storage.inbox.intake(before, context, [item("INBOX/1/2", b"x", duplicate_of=first)]))
    head = raw[:LONGEST_HEADER]
    assert storage.former.headers([twin, first]) == [(first, first, head), (twin, first, head)]
    assert storage.former.headers([]) == []


def test_left_is_what_lies_on_the_server_and_is_nobody_elses(storage: Storage) -> None:
    account, before, _, context = changed(storage)
    other = storage.accounts.add(replace(account, id=None, uid="", name="other", host="mail.example.org"))
    states = list(ServerState)
    batch = [item(f"INBOX/1/{state.value}", server_state=state) for state in states]
    ids = dict(zip(states, took(storage.inbox.intake(before, context, batch)), strict=True))
    theirs = IntakeContext(other.id, other.name, trusted=False)
    (other_id,) = took(storage.inbox.intake(before, theirs, [item("INBOX/2/1")]))
    storage.inbox.intake(before, context, [item("read:0011", server_state=ServerState.KEPT)])
    storage.inbox.too_big(before, context, [("INBOX/3/1", 99_999_999)], 1)
    done = ids[ServerState.DONE]
    (twin,) = took(storage.inbox.intake(before, context, [item("INBOX/4/1", b"x", duplicate_of=done)]))
    account_id = account.id or 0
    expected = [ids[state] for state in (ServerState.PENDING, ServerState.KEPT, ServerState.FAILED)]
    assert storage.former.unlooked(account_id, before, 0) == [*expected, twin]
    storage.former.set_origins(account_id, before, {**dict.fromkeys(ids.values(), ONE), twin: ONE, other_id: ONE})
    assert [one.first for one in storage.former.left(account_id, [before], [ONE])] == [*expected, done]
    storage.accounts.delete(other)
    assert [one.first for one in storage.former.left(account_id, [before], [ONE])] == [*expected, other_id, done]


def test_how_often_a_mail_was_met_is_counted_by_mailbox(storage: Storage) -> None:
    _, before, present, context = changed(storage)
    one, two, _ = ids = took(storage.inbox.intake(before, context, [item(f"INBOX/1/{uid}") for uid in range(3)]))
    again = [item(f"INBOX/2/{uid}", b"x", duplicate_of=first) for uid, first in enumerate((one, one, two))]
    met = took(storage.inbox.intake(present, context, again))
    storage.inbox.set_server_state(met, ServerState.DONE)
    assert storage.former.met(present, ids) == Counter({one: 2, two: 1})
    assert storage.former.met(before, ids) == Counter(ids)
    assert storage.former.met(present, []) == Counter()
