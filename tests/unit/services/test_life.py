"""The life of a mail by its Message-ID; and what by hand and at the pipe must not be lost on the way."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxState, IntakeContext
from mailadmin.services import process as process_module

from .conftest import House, mail
from .test_process import CONTEXT, store

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)


def test_every_copy_of_a_mail_is_found_with_what_the_log_says(house: House) -> None:
    house.server.add(mail(1))
    one, two = house.account("one"), house.account("two", username="other@example.org")
    house.fetch(one)
    house.server.add(mail(1))
    house.fetch(two)
    for written in ("<m1@example.net>", "m1@example.net", "  < m1@example.net > "):
        lives = house.app.life.of(written)
        assert [life.message.account for life in lives] == ["one", "two"]
    assert [life.message.state for life in lives] == [InboxState.PROCESSED, InboxState.DUPLICATE]
    assert all(life.message.because and life.message.ticket for life in lives)
    assert all(life.log for life in lives)
    assert house.app.life.of("<m2@example.net>") == house.app.life.of("<>") == []


def test_a_duplicate_of_the_same_octets_is_part_of_its_life(house: House) -> None:
    account = house.account()
    house.server.add(mail(1))
    house.fetch(account)
    house.server.add(mail(1))
    house.fetch(account)
    first, second = house.app.life.of("<m1@example.net>")
    assert second.message.duplicate_of == first.message.id


def test_retry_keeps_account_trust_proof_and_queue(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """OTOBO replays what failed as trusted mail of no account."""
    account = house.account("keeps")
    context = IntakeContext(account.id, "keeps", trusted=True, queue="Misc", ticket_type="Unclassified")
    proving = dataclasses.replace(context, trusted_authserv_id="mx.example.org")
    untrusted = dataclasses.replace(context, trusted=False)
    orders: dict[str, Any] = {"X-OTOBO-Priority": "5 very high"}
    with monkeypatch.context() as patch:
        patch.setattr(process_module, "Batch", lambda *_: 1 / 0)
        ids = [
            store(house, mail(number, **orders), context=each)[0]
            for number, each in enumerate((context, proving, untrusted))
        ]
        for inbox_id in ids:
            house.app.processing.process([inbox_id])
    assert {house.app.inbox.get(one).state for one in ids} == {InboxState.QUARANTINED}
    house.app.accounts.delete(account)
    tickets = []
    for inbox_id in ids:
        done = house.app.inbox.retry(inbox_id)
        assert done is not None
        tickets.append(house.app.tickets.get(done.ticket))
    assert [ticket.priority for ticket in tickets] == ["5 very high", "3 normal", "3 normal"]
    assert {(ticket.queue, ticket.type) for ticket in tickets} == {("Misc", "Unclassified")}
    assert {house.app.inbox.get(one).account for one in ids} == {"keeps"}


def test_release_passes_over_what_headers_and_filters_say(house: House) -> None:
    ids = store(house, mail(1, **{"X-OTOBO-Ignore": "yes"}), context=dataclasses.replace(CONTEXT, trusted=True))
    house.app.processing.process(ids)
    released = house.app.inbox.release(ids[0])
    assert released is not None
    assert released.outcome == "new_ticket"


def test_what_is_handed_in_is_safe_once_it_is_committed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise UserFixableError(Code.DATABASE_FULL, {"url": "x", "detail": "full"})

    with monkeypatch.context() as patch:
        patch.setattr(house.app.processing, "process", full)
        assert house.app.reading.read(mail(1)) is None
    (message,) = house.messages
    assert message.state is InboxState.STORED
    with monkeypatch.context() as patch:
        patch.setattr(house.app.storage.inbox, "intake", full)
        with pytest.raises(UserFixableError, match="database-full"):
            house.app.reading.read(mail(2))
    assert len(house.messages) == 1
    again = house.app.reading.read(mail(1))
    assert again is not None
    assert again.outcome == "duplicate"
    house.app.fetching.fetch([])
    assert house.tickets == 1
