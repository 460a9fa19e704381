"""The ledger and the inbox: nothing lost, nothing twice, whatever the sources look like and whoever comes at once."""

from __future__ import annotations

import threading

import pytest

from mailadmin.domain.decisions import ArticleDraft, Decision, DecisionKind
from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.messages import DecidedMessage, InboxState, IntakeContext, Leftover, ServerState, digest
from mailadmin.storage import Storage
from mailadmin.storage.ledger import chunks

from .conftest import OpenAgain
from .samples import AT, decision, item, mailbox, stored, then_fail, ticket, took

ODD_SOURCES = (
    "INBOX/1/7",
    "inbox/1/7",
    "INBOX/1/7 ",
    "INBOX/1/70",
    "INBOX/12/7",
    "Entwürfe/1/7",
    "100%_[x]/1/7",
    "uidl:a\0b#1",
    "uidl:\udcff\udcfe#1",
    "uidl:\u00e9#1",
    "uidl:e\u0301#1",
)


def test_every_octet_of_a_source_counts(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    batch = [item(source) for source in ODD_SOURCES]
    ids = took(storage.inbox.intake(mailbox_id, context, batch))
    assert ids == sorted(set(ids))
    known = storage.inbox.known(mailbox_id, [*ODD_SOURCES, "INBOX/1/8"])
    assert {source: row.id for source, row in known.items()} == dict(zip(ODD_SOURCES, ids, strict=True))
    assert storage.inbox.intake(mailbox_id, context, batch) == [None] * len(batch)


def test_a_ledger_row_says_what_was_taken_in(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    entry = item("INBOX/1/7", b"Subject: x\n\nbody\n")
    (inbox_id,) = took(storage.inbox.intake(mailbox_id, context, [entry]))
    row = storage.inbox.known(mailbox_id, ["INBOX/1/7"])["INBOX/1/7"]
    assert (row.id, row.source, row.digest, row.server_size) == (inbox_id, "INBOX/1/7", entry.digest, len(entry.raw))
    assert (row.state, row.server_state, row.copied_to) == (InboxState.STORED, ServerState.PENDING, "")


def test_the_ledger_belongs_to_the_mailbox(storage: Storage) -> None:
    _, one, context = mailbox(storage, name="one")
    _, two, _ = mailbox(storage, name="two")
    storage.inbox.intake(one, context, [item("INBOX/1/7")])
    assert storage.inbox.known(two, ["INBOX/1/7"]) == {}
    assert storage.inbox.intake(two, context, [item("INBOX/1/7")]) != [None]


def test_octets_are_kept_exactly(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    raws = [b"Subject: x\r\n\r\nbody\r\n\r\n", b"\0\xff\xfe no header\r\r\n", bytes(range(256)) * 1000]
    batch = [item(f"INBOX/1/{uid}", raw) for uid, raw in enumerate(raws)]
    ids = took(storage.inbox.intake(mailbox_id, context, batch))
    assert [storage.inbox.raw(inbox_id) for inbox_id in ids] == raws
    assert storage.inbox.raw(max(ids) + 1) is None


def test_a_source_twice_in_one_batch_is_taken_once(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    first, second = storage.inbox.intake(mailbox_id, context, [item("INBOX/1/7", b"1"), item("INBOX/1/7", b"2")])
    assert first is not None
    assert second is None
    assert storage.inbox.raw(first) == b"1"


def test_many_messages_keep_their_order_and_are_all_known(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    sources = [f"INBOX/1/{uid}" for uid in range(1201)]
    ids = took(storage.inbox.intake(mailbox_id, context, [item(source) for source in sources]))
    assert ids == sorted(ids)
    assert {row.source: row.id for row in storage.inbox.known(mailbox_id, sources).values()} == dict(
        zip(sources, ids, strict=True)
    )
    digests = [digest(b"Subject: " + source.encode()) for source in sources]
    assert len(storage.inbox.same_mail(mailbox_id, None, digests)) == 1201
    assert len(storage.inbox.begin(ids)) == 1201
    assert storage.inbox.claim(ids) == dict.fromkeys(ids, "")
    storage.inbox.set_server_state(ids, ServerState.DONE)
    assert storage.inbox.unfinished(mailbox_id, "") == []


def test_an_intake_inside_a_transaction_goes_with_it(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.inbox.intake(mailbox_id, context, [item("INBOX/1/7")]))
    assert storage.inbox.known(mailbox_id, ["INBOX/1/7"]) == {}


def test_one_source_taken_in_by_two_at_once_is_one_message(storage: Storage, opened: OpenAgain) -> None:
    _, mailbox_id, context = mailbox(storage)
    both = threading.Barrier(2)
    got: list[list[int | None]] = []
    batch = [item(f"INBOX/1/{uid}") for uid in range(40)]

    def take(one: Storage, mine: list[range]) -> None:
        both.wait()
        got.extend(one.inbox.intake(mailbox_id, context, [batch[uid] for uid in part]) for part in mine)

    parts = [range(start, start + 10) for start in range(0, 40, 10)]
    turned = [range(start + 9, start - 1, -1) for start in range(0, 40, 10)]
    threads = [threading.Thread(target=take, args=(opened(), mine)) for mine in (parts, turned)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [inbox_id for part in got for inbox_id in part if inbox_id is not None]
    assert len(ids) == len(set(ids)) == 40
    assert sum(len(part) for part in got) == 80
    assert len(storage.inbox.list()) == 40


def test_two_accounts_on_one_mailbox_write_in_turn(storage: Storage, opened: OpenAgain) -> None:
    """Without taking turns they would wait for each other's rows for ever."""
    _, mailbox_id, context = mailbox(storage)
    one, two = item("INBOX/1/1"), item("INBOX/1/2")
    other, got = opened(), []
    thread = threading.Thread(target=lambda: got.append(other.inbox.intake(mailbox_id, context, [two, one])))
    with storage.transaction():
        first = took(storage.inbox.intake(mailbox_id, context, [one]))
        thread.start()
        thread.join(0.2)  # it cannot end; without the lock it would have its first row by then
        first += took(storage.inbox.intake(mailbox_id, context, [two]))
    thread.join()
    assert got == [[None, None]]
    assert sorted(message.id for message in storage.inbox.list()) == first


def test_unfinished_rows_are_found_by_the_octets_their_source_begins_with(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    ids = took(storage.inbox.intake(mailbox_id, context, [item(source) for source in ODD_SOURCES]))
    by_source = dict(zip(ODD_SOURCES, ids, strict=True))

    def found(prefix: str) -> set[str]:
        return {row.source for row in storage.inbox.unfinished(mailbox_id, prefix)}

    assert found("INBOX/1/") == {"INBOX/1/7", "INBOX/1/7 ", "INBOX/1/70"}
    assert found("100%_[x]/") == {"100%_[x]/1/7"}
    assert found("uidl:\udcff") == {"uidl:\udcff\udcfe#1"}
    assert found("") == set(ODD_SOURCES)
    storage.inbox.set_server_state([by_source["INBOX/1/7"]], ServerState.DONE)
    storage.inbox.set_server_state([by_source["INBOX/1/7 "]], ServerState.GONE)
    storage.inbox.set_server_state([by_source["INBOX/1/70"]], ServerState.FAILED, "NO \0 not now")
    assert found("INBOX/1/") == {"INBOX/1/70"}
    message = storage.inbox.get(by_source["INBOX/1/70"])
    assert message is not None
    assert (message.server_state, message.server_words) == (ServerState.FAILED, "NO \ufffd not now")


def test_where_copies_went_is_remembered(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    ids = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1"), item("INBOX/1/2")]))
    storage.inbox.set_copied({ids[0]: "Arch\udcffive/9/1"})
    storage.inbox.set_copied({})
    assert [row.copied_to for row in storage.inbox.unfinished(mailbox_id, "INBOX/")] == ["Arch\udcffive/9/1", ""]


def test_the_same_mail_is_looked_for_in_the_mailbox_and_among_the_accounts_own(storage: Storage) -> None:
    added, here, context = mailbox(storage, name="one")
    other, there, _ = mailbox(storage, name="two")
    mail, key = b"Subject: same\r\n", digest(b"Subject: same\r\n")
    (first,) = took(storage.inbox.intake(here, context, [item("INBOX/1/1", mail)]))
    storage.inbox.intake(here, context, [item("INBOX/2/1", mail, duplicate_of=first)])
    storage.inbox.intake(here, context, [item("INBOX/2/2", mail)])
    assert storage.inbox.same_mail(here, None, [key, digest(b"other")]) == {key: first}
    assert storage.inbox.same_mail(there, other.id, [key]) == {}
    assert storage.inbox.same_mail(there, None, [key]) == {}
    assert storage.inbox.same_mail(there, added.id, [key]) == {key: first}
    storage.inbox.intake(there, context, [item("INBOX/3/1", mail, duplicate_of=first)])
    assert storage.inbox.same_mail(there, other.id, [key]) == {key: first}, "here it is a duplicate already"


def test_a_duplicate_keeps_no_octets_of_its_own_but_shows_those_of_the_first(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    (first,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1", b"same\r\n")]))
    again = item("INBOX/2/1", b"same\n", duplicate_of=first)
    (second,) = took(storage.inbox.intake(mailbox_id, context, [again]))
    message = storage.inbox.get(second)
    assert message is not None
    assert (message.state, message.duplicate_of, message.size) == (InboxState.DUPLICATE, first, 5)
    assert storage.inbox.raw(second) == b"same\r\n"
    with storage._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM inbox_raw").scalar() == 1
    assert storage.inbox.begin([first, second])[0].id == first
    assert storage.inbox.claim([first, second]) == {first: ""}


def test_a_message_too_big_is_recorded_once_and_can_be_had_later(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    assert storage.inbox.too_big(mailbox_id, context, [("INBOX/1/1", 50_000_000), ("INBOX/1/2", 60)], 32768) == 2
    assert storage.inbox.too_big(mailbox_id, context, [("INBOX/1/1", 50_000_000), ("INBOX/1/3", 70)], 32768) == 1
    assert storage.inbox.too_big(mailbox_id, context, [], 32768) == 0
    row = storage.inbox.known(mailbox_id, ["INBOX/1/1"])["INBOX/1/1"]
    assert (row.state, row.server_state, row.digest) == (InboxState.TOO_BIG, ServerState.KEPT, None)
    message = storage.inbox.get(row.id)
    assert message is not None
    assert (message.reason_code, message.reason_facts) == ("too-big", {"size": "50000000", "limit_kb": "32768"})
    assert (message.sha256, message.size) == ("", 50_000_000)
    assert storage.inbox.unfinished(mailbox_id, "") == []
    assert storage.inbox.same_mail(mailbox_id, None, [digest(b"big")]) == {}

    big = item("INBOX/1/1", b"big", replaces=row.id)
    assert storage.inbox.intake(mailbox_id, context, [item("INBOX/1/9"), big])[1] == row.id
    message = storage.inbox.get(row.id)
    assert message is not None
    assert (message.state, message.server_state, message.reason_code) == (InboxState.STORED, ServerState.PENDING, "")
    assert storage.inbox.raw(row.id) == b"big"
    assert storage.inbox.intake(mailbox_id, context, [big]) == [None], "it is too big no more"


def test_an_attempt_is_counted_before_the_message_is_handed_out(storage: Storage) -> None:
    _, mailbox_id, _ = mailbox(storage)
    context = IntakeContext(
        None, "gone", trusted=True, queue="Misc", ticket_type="Incident", images_as_attachments=True
    )
    ids = took(storage.inbox.intake(mailbox_id, context, [item(f"INBOX/1/{uid}", b"%d" % uid) for uid in range(3)]))
    storage.inbox.claim(ids[1:2])
    (alone,) = storage.inbox.begin([ids[2]])
    assert (alone.id, alone.attempts) == (ids[2], 1)
    assert storage.inbox.leftovers(None) == [Leftover(ids[0], 0, begun=False), Leftover(ids[2], 1, begun=True)]
    got = storage.inbox.begin([ids[2], ids[0], ids[1], 999])
    assert [(each.id, each.raw, each.attempts) for each in got] == [(ids[0], b"0", 0), (ids[2], b"2", 1)]
    assert got[0].context == context
    assert got[0].received_at == AT
    assert storage.inbox.leftovers(None) == [Leftover(ids[0], 0, begun=True), Leftover(ids[2], 1, begun=True)]
    with pytest.raises(BugError), storage.transaction():
        storage.inbox.begin(ids)
    assert storage.inbox.begin([ids[2]])[0].attempts == 2


def test_a_message_is_claimed_by_one(storage: Storage, opened: OpenAgain) -> None:
    ids = stored(storage, *(f"INBOX/1/{uid}" for uid in range(20)))
    both = threading.Barrier(2)
    got: list[dict[int, str]] = []

    def claim(one: Storage) -> None:
        both.wait()
        got.append(one.inbox.claim(ids))

    threads = [threading.Thread(target=claim, args=(opened(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got[0] | got[1] == dict.fromkeys(ids, "")
    assert not got[0].keys() & got[1].keys()


def test_a_claim_that_is_rolled_back_frees_the_message(storage: Storage) -> None:
    ids = stored(storage, "INBOX/1/1")
    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.inbox.claim(ids))
    assert storage.inbox.claim(ids) == dict.fromkeys(ids, "")


def test_what_was_decided_is_shown(storage: Storage) -> None:
    written = ticket(storage, "2026112010000012", message_id="<a@example.org>")
    made = decision(message_id="<a@example.org>")
    ignored: Decision = decision(DecisionKind.IGNORED)
    (other,) = stored(storage, "INBOX/1/2")
    with storage.transaction():
        storage.inbox.claim([written.inbox_id, other])
        storage.inbox.decided(
            [
                DecidedMessage(written.inbox_id, InboxState.PROCESSED, made, written.ticket_id, written.article_id),
                DecidedMessage(other, InboxState.IGNORED, ignored),
            ]
        )
    message = storage.inbox.get(written.inbox_id)
    assert message is not None
    assert (message.state, message.decision_kind, message.because) == (
        InboxState.PROCESSED,
        "new_ticket",
        made.because,
    )
    assert (message.ticket, message.article_id) == ("2026112010000012", written.article_id)
    assert (message.message_id, message.sender, message.subject) == (
        "<a@example.org>",
        "Ann <ann@example.org>",
        "It burns",
    )
    assert message.processed_at is not None
    assert message.processed_at >= message.fetched_at
    left = storage.inbox.get(other)
    assert left is not None
    assert (left.state, left.ticket, left.article_id) == (InboxState.IGNORED, "", None)


def test_lists_are_newest_first_and_filtered(storage: Storage) -> None:
    written = ticket(storage, "2026112010000012")
    ids = stored(storage, "INBOX/1/1", "INBOX/1/2")
    with storage.transaction():
        storage.inbox.claim([written.inbox_id])
        storage.inbox.decided(
            [
                DecidedMessage(
                    written.inbox_id, InboxState.PROCESSED, decision(message_id="<100%@x>"), written.ticket_id, None
                )
            ]
        )

    def listed(**wanted: object) -> list[int]:
        return [message.id for message in storage.inbox.list(**wanted)]  # type: ignore[arg-type]

    assert listed() == [*reversed(ids), written.inbox_id]
    assert listed(limit=1) == [ids[1]]
    assert listed(state=InboxState.PROCESSED) == [written.inbox_id]
    assert listed(text="it BURNS") == listed(text="ann@") == listed(text="100%@") == [written.inbox_id]
    assert listed(text="100_@") == []
    assert listed(account=storage.inbox.list()[0].account) == [*reversed(ids)]
    assert listed(account="nobody") == []


SET_ASIDE = (InboxState.QUARANTINED, InboxState.HELD, InboxState.IGNORED)


def set_aside(storage: Storage, inbox_id: int, state: InboxState) -> None:
    if state is InboxState.QUARANTINED:
        storage.inbox.begin([inbox_id])
        storage.inbox.quarantine(inbox_id, "killed-the-process", {"attempts": "2"})
        return
    with storage.transaction():
        storage.inbox.claim([inbox_id])
        storage.inbox.decided([DecidedMessage(inbox_id, state, decision(DecisionKind(state.value)), None, None)])


def state_of(storage: Storage, inbox_id: int) -> InboxState:
    message = storage.inbox.get(inbox_id)
    assert message is not None
    return message.state


def test_a_quarantined_message_says_why(storage: Storage) -> None:
    one, two = stored(storage, "INBOX/1/1", "INBOX/1/2")
    storage.inbox.quarantine(one, "killed-the-process", {"attempts": "2"})
    message = storage.inbox.get(one)
    assert message is not None
    assert (message.state, message.reason_code, message.reason_facts) == (
        InboxState.QUARANTINED,
        "killed-the-process",
        {"attempts": "2"},
    )
    assert storage.inbox.raw(one) is not None
    with storage.transaction():
        storage.inbox.claim([two])
        storage.inbox.quarantine(two, "processing-failed", {"detail": "\ud800"})
    assert state_of(storage, two) is InboxState.QUARANTINED


def test_a_processed_message_is_not_touched_by_hand(storage: Storage) -> None:
    written = ticket(storage, "2026112010000012")
    with storage.transaction():
        storage.inbox.claim([written.inbox_id])
        storage.inbox.decided(
            [DecidedMessage(written.inbox_id, InboxState.PROCESSED, decision(), written.ticket_id, written.article_id)]
        )
    for act in (
        storage.inbox.reopen,
        storage.inbox.archive,
        lambda inbox_id: storage.inbox.quarantine(inbox_id, "x", {}),
        lambda inbox_id: storage.inbox.discard(inbox_id, "why"),
        lambda inbox_id: storage.inbox.set_context_queue(inbox_id, "Misc"),
        lambda inbox_id: storage.inbox.assigned(inbox_id, written.ticket_id, written.article_id, ArticleDraft()),
    ):
        with pytest.raises(UserFixableError) as caught:
            act(written.inbox_id)
        assert caught.value.code is Code.WRONG_STATE
        assert caught.value.facts == {"what": str(written.inbox_id), "state": "processed"}
        with pytest.raises(UserFixableError) as caught:
            act(999)
        assert caught.value.code is Code.UNKNOWN_MESSAGE


@pytest.mark.parametrize("state", SET_ASIDE)
def test_a_message_that_was_set_aside_is_reopened_discarded_archived_or_assigned(
    storage: Storage, state: InboxState
) -> None:
    written = ticket(storage, "2026112010000012")
    reopened, discarded, archived, assigned = ids = stored(storage, *(f"INBOX/2/{uid}" for uid in range(4)))
    for inbox_id in ids:
        set_aside(storage, inbox_id, state)
    storage.inbox.set_context_queue(reopened, "Misc")
    storage.inbox.reopen(reopened)
    (again,) = storage.inbox.begin([reopened])
    assert (again.attempts, again.context.queue) == (1, "Misc")
    message = storage.inbox.get(reopened)
    assert message is not None
    assert (message.reason_code, message.decision_kind, message.because, message.processed_at) == ("", "", (), None)

    storage.inbox.discard(discarded, "junk")
    message = storage.inbox.get(discarded)
    assert message is not None
    assert (message.state, message.reason_facts) == (InboxState.DISCARDED, {"why": "junk"})
    assert storage.inbox.raw(discarded) is not None

    storage.inbox.archive(archived)
    message = storage.inbox.get(archived)
    assert message is not None
    assert (message.state, message.reason_code) == (InboxState.IGNORED, "archived-by-hand")

    storage.inbox.assigned(assigned, written.ticket_id, written.article_id, ArticleDraft())
    message = storage.inbox.get(assigned)
    assert message is not None
    assert (message.state, message.ticket) == (InboxState.PROCESSED, "2026112010000012")


def test_troubles_are_counted_until_they_are_over(storage: Storage) -> None:
    _, one, _ = mailbox(storage, name="one")
    _, two, _ = mailbox(storage, name="two")
    assert storage.inbox.record_trouble(one, "uidl:\udcff#1", "NIL \0") == 1
    assert storage.inbox.record_trouble(one, "uidl:\udcff#1", "cut off") == 2
    assert storage.inbox.record_trouble(one, "INBOX/1/1", "NIL") == 1
    assert storage.inbox.troubles(two) == {}
    trouble = storage.inbox.troubles(one)["uidl:\udcff#1"]
    assert (trouble.attempts, trouble.detail) == (2, "cut off")
    assert trouble.first_seen <= storage.now()
    storage.inbox.clear_troubles(two, ["INBOX/1/1"])
    storage.inbox.clear_troubles(one, ["uidl:\udcff#1"])
    assert list(storage.inbox.troubles(one)) == ["INBOX/1/1"]


def test_chunks_hold_everything_once() -> None:
    assert [value for chunk in chunks(range(1001)) for value in chunk] == list(range(1001))
    assert max(len(chunk) for chunk in chunks(range(1001))) == 500
    assert list(chunks([])) == []
