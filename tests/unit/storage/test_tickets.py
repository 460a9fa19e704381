"""Tickets: numbers nobody shares, replies that find their ticket, batches written whole."""

from __future__ import annotations

import dataclasses
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from mailadmin.domain.decisions import ArticleDraft, AttachmentDraft, DecisionKind, TicketFacts
from mailadmin.domain.errors import BugError, Code, UserFixableError
from mailadmin.domain.tickets import TicketChange, TicketQuery, TicketWrite
from mailadmin.domain.vocabulary import StateType
from mailadmin.storage import Storage
from mailadmin.storage.mail_tables import TicketRow

from .conftest import OpenAgain
from .samples import AT, decision, stored, then_fail, ticket

DAY = date(2026, 11, 20)


def merge(storage: Storage, number: str, target_id: int) -> None:
    with storage._database.writing() as connection:
        statement = update(TicketRow).where(TicketRow.number == number)
        connection.execute(statement.values(state="merged", merged_into_id=target_id))


def test_counters_begin_with_one_each_day(storage: Storage) -> None:
    assert storage.tickets.take_counters(DAY, 3) == 1
    assert storage.tickets.take_counters(DAY, 1) == 4
    assert storage.tickets.take_counters(DAY + timedelta(days=1), 5) == 1
    assert storage.tickets.take_counters(DAY, 2) == 5


def test_counters_of_a_transaction_that_failed_are_given_again(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.tickets.take_counters(DAY, 3))
    assert storage.tickets.take_counters(DAY, 1) == 1


def test_counters_taken_by_many_at_once_are_nobody_elses(storage: Storage, opened: OpenAgain) -> None:
    everybody = threading.Barrier(6)
    taken: list[int] = []

    def take(one: Storage) -> None:
        everybody.wait()
        for _ in range(5):
            first = one.tickets.take_counters(DAY, 3)
            taken.extend(range(first, first + 3))

    storages = [storage, storage, storage, opened(), opened(), opened()]
    threads = [threading.Thread(target=take, args=(one,)) for one in storages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 91))


def test_a_new_ticket_holds_what_was_decided(storage: Storage) -> None:
    (inbox_id,) = stored(storage, "INBOX/1/1")
    draft = ArticleDraft(
        sender="Ann <ann@example.org>",
        to="us@example.org",
        cc="bob@example.org",
        reply_to="ann@home.example",
        subject="It burns 🔥",
        message_id="<a@example.org>",
        in_reply_to="<b@example.org>",
        references="<b@example.org> <c@example.org>",
        date=AT - timedelta(hours=1),
        body="Help!\n",
        body_type="text/html",
        visible_for_customer=False,
        sender_type="agent",
        attachments=(
            AttachmentDraft("b.txt", "text/plain", 3, "00" * 32, "1.2", "cid", "inline"),
            AttachmentDraft("a.txt", "text/plain", 5_000_000_000, "11" * 32, "1.3"),
        ),
    )
    made = decision(title="T" * 300, article=draft)
    facts = TicketFacts(id=-1, number="2026112010000012", queue="Raw", state="new")
    (written,) = storage.tickets.write([TicketWrite(inbox_id, facts, made, AT)])
    assert (written.inbox_id, written.number) == (inbox_id, "2026112010000012")
    found = storage.tickets.by_number("2026112010000012")
    assert found is not None
    assert found.id == written.ticket_id
    assert (found.title, found.queue, found.state, found.priority) == ("T" * 191, "Raw", "new", "3 normal")
    assert (found.lock, found.customer, found.articles, found.created, found.changed) == (
        "unlock",
        "ann@example.org",
        1,
        AT,
        AT,
    )
    (article,) = storage.tickets.articles(written.ticket_id)
    assert article.id == written.article_id
    assert article.inbox_id == inbox_id
    for name in ("sender", "to", "cc", "reply_to", "subject", "message_id", "in_reply_to", "references", "date"):
        assert getattr(article, name) == getattr(draft, name), name
    for name in ("body", "body_type", "visible_for_customer", "sender_type"):
        assert getattr(article, name) == getattr(draft, name), name
    assert (article.decision_kind, article.queue, article.because) == ("new_ticket", "raw", made.because)
    for kept, part in zip(article.attachments, draft.attachments, strict=True):
        assert all(getattr(kept, field.name) == getattr(part, field.name) for field in dataclasses.fields(part))
    (line,) = storage.tickets.history(written.ticket_id)
    assert (line.at, line.by, line.event, line.detail) == (AT, "tester@here", "NewTicket", "raw; 3 normal; new")


def test_a_batch_goes_into_new_and_old_tickets_in_its_order(storage: Storage) -> None:
    old = ticket(storage, "2026112010000001")
    ids = stored(storage, *(f"INBOX/2/{uid}" for uid in range(5)))
    known = TicketFacts(old.ticket_id, old.number, "Raw", "closed successful")
    new = [TicketFacts(-1 - index, f"202611201000001{index}", "Raw", "new") for index in range(2)]
    later = AT + timedelta(minutes=5)
    reply = DecisionKind.FOLLOW_UP
    writes = [
        TicketWrite(ids[0], new[1], decision(title="one"), AT),
        TicketWrite(ids[1], known, decision(reply, ticket=known, new_state="open", new_lock="lock"), later),
        TicketWrite(ids[2], new[0], decision(DecisionKind.FOLLOW_UP_NEW_TICKET, ticket=known, title="two"), AT),
        TicketWrite(ids[3], new[1], decision(reply, ticket=new[1], new_state="open"), later),
        TicketWrite(ids[4], known, decision(DecisionKind.FOLLOW_UP_REJECTED, ticket=known), later),
    ]
    written = storage.tickets.write(writes)
    assert [each.inbox_id for each in written] == ids
    assert [each.number for each in written] == [write.ticket.number for write in writes]
    assert written[0].ticket_id == written[3].ticket_id
    assert written[1].ticket_id == written[4].ticket_id == old.ticket_id
    assert [each.article_id for each in written] == sorted({each.article_id for each in written})
    for each in written:
        (article,) = [found for found in storage.tickets.articles(each.ticket_id) if found.id == each.article_id]
        assert article.inbox_id == each.inbox_id

    changed = storage.tickets.by_number(old.number)
    assert changed is not None
    assert (changed.state, changed.lock, changed.articles, changed.changed) == ("open", "lock", 3, later)
    answered = storage.tickets.by_number(new[1].number)
    assert answered is not None
    assert (answered.title, answered.state, answered.lock, answered.articles) == ("one", "open", "unlock", 2)

    events = [(line.event, line.detail) for line in storage.tickets.history(old.ticket_id)][1:]
    assert events == [
        ("FollowUp", "Ann <ann@example.org>"),
        ("StateUpdate", "closed successful -> open"),
        ("LockUpdate", "unlock -> lock"),
        ("FollowUpRejected", "Ann <ann@example.org>"),
    ]
    (line,) = storage.tickets.history(written[2].ticket_id)
    assert line.detail == "raw; 3 normal; new; after 2026112010000001"
    assert storage.tickets.counts() == {"Junk": 0, "Misc": 0, "Postmaster": 0, "Raw": 3}
    assert storage.tickets.write([]) == []


def test_a_batch_is_written_in_few_statements(storage: Storage) -> None:
    ids = stored(storage, *(f"INBOX/1/{uid}" for uid in range(50)))
    writes = [
        TicketWrite(inbox_id, TicketFacts(-1 - index, f"{index}", "Raw", "new"), decision(), AT)
        for index, inbox_id in enumerate(ids)
    ]
    statements: list[str] = []
    event.listen(
        storage._database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: statements.append(statement),
    )
    storage.tickets.write(writes)
    assert len(statements) < 10
    assert len(storage.tickets.page(TicketQuery())) == 50


def test_one_message_makes_one_article_at_most(storage: Storage) -> None:
    written = ticket(storage, "2026112010000012")
    facts = TicketFacts(-1, "2026112010000020", "Raw", "new")
    with pytest.raises(BugError):
        storage.tickets.write([TicketWrite(written.inbox_id, facts, decision(), AT)])
    assert storage.tickets.by_number("2026112010000020") is None, "the ticket is not left without its article"


def test_a_batch_whose_queue_is_gone_is_refused_whole(storage: Storage) -> None:
    misc = storage.queues.by_name("misc")
    assert misc is not None
    (inbox_id,) = stored(storage, "INBOX/1/1")
    storage.queues.delete(misc)
    made = dataclasses.replace(decision(), queue="misc")
    with pytest.raises(UserFixableError) as caught:
        storage.tickets.write([TicketWrite(inbox_id, TicketFacts(-1, "1", "Misc", "new"), made, AT)])
    assert caught.value.code is Code.UNKNOWN_QUEUE
    assert caught.value.facts == {"name": "misc"}


def test_tickets_are_found_by_number_and_merged_ones_followed(storage: Storage) -> None:
    written = {number: ticket(storage, number) for number in ("1001", "1002", "1003")}
    merge(storage, "1001", written["1002"].ticket_id)
    merge(storage, "1002", written["1003"].ticket_id)
    found = storage.tickets.facts_by_number(["1001", "1002", "1003", "1004"])
    assert {number: facts.number for number, facts in found.items()} == dict.fromkeys(("1001", "1002", "1003"), "1003")
    assert found["1001"] == TicketFacts(
        written["1003"].ticket_id,
        "1003",
        "Raw",
        "new",
        "unlock",
        "A printer burns",
        state_type=StateType.NEW,
        customer="ann@example.org",
    )
    assert storage.tickets.number_exists(["1001", "1009"]) == {"1001"}
    assert storage.tickets.number_exists([]) == set()


def test_tickets_merged_into_each_other_do_not_go_round_for_ever(storage: Storage) -> None:
    one, two = ticket(storage, "1001"), ticket(storage, "1002")
    merge(storage, "1001", two.ticket_id)
    merge(storage, "1002", one.ticket_id)
    assert storage.tickets.facts_by_number(["1001"])["1001"].state == "merged"


def test_a_merge_is_followed_ten_tickets_far(storage: Storage) -> None:
    chain = [ticket(storage, str(1000 + index)) for index in range(12)]
    for number, target in zip(range(1000, 1011), chain[1:], strict=True):
        merge(storage, str(number), target.ticket_id)
    assert storage.tickets.facts_by_number(["1001"])["1001"].number == "1011"
    assert storage.tickets.facts_by_number(["1000"])["1000"].number == "1010"


def test_a_reply_finds_its_ticket_by_message_id(storage: Storage) -> None:
    long_id = f"<{'x' * 5000}@example.org>"
    ticket(storage, "1001", message_id="<a@example.org>")
    newest = ticket(storage, "1002", message_id="<a@example.org>")
    ticket(storage, "1003", message_id=long_id)
    ticket(storage, "1004", message_id="")
    merged = ticket(storage, "1005", message_id="<m@example.org>")
    merge(storage, "1005", newest.ticket_id)
    found = storage.tickets.facts_by_message_id(
        ["<a@example.org>", "<A@example.org>", long_id, "<m@example.org>", "", "<nobody@example.org>"]
    )
    assert {message_id: facts[0].number for message_id, facts in found.items()} == {
        "<a@example.org>": "1002",
        long_id: "1003",
        "<m@example.org>": "1002",
    }
    assert merged.ticket_id != newest.ticket_id


def test_the_batchs_own_message_ids_are_found_inside_its_transaction(storage: Storage) -> None:
    with storage.transaction():
        ticket(storage, "1001", message_id="<a@example.org>")
        assert storage.tickets.facts_by_message_id(["<a@example.org>"])["<a@example.org>"][0].number == "1001"


def test_lists_are_newest_first_and_filtered(storage: Storage) -> None:
    for number in ("1001", "1002", "1003"):
        ticket(storage, number)
    storage.tickets.change("1002", TicketChange(queue="misc", state="open", title="100% PAPER"))

    def listed(limit: int | None = None, **wanted: str) -> list[str]:
        return [each.number for each in storage.tickets.page(TicketQuery(**wanted), limit=limit)]  # type: ignore[arg-type]

    assert listed() == ["1003", "1002", "1001"]
    assert listed(limit=2) == ["1003", "1002"]
    assert listed(queue="MISC") == listed(state="open") == listed(text="100% paper") == ["1002"]
    assert listed(text="003") == ["1003"]
    assert listed(text="ANN@", queue="raw") == ["1003", "1001"]
    assert listed(text="100_") == listed(queue="nowhere") == []
    assert storage.tickets.by_number("9999") is None


def test_a_change_is_made_field_by_field_and_written_down(storage: Storage) -> None:
    written = ticket(storage, "1001")
    changed = storage.tickets.change(
        "1001", TicketChange(queue="misc", state="open", priority="5 very high", customer="ann@example.org")
    )
    assert (changed.queue, changed.state, changed.priority) == ("Misc", "open", "5 very high")
    assert changed.changed > changed.created
    lines = storage.tickets.history(written.ticket_id)[1:]
    assert {(line.event, line.detail) for line in lines} == {
        ("Move", "Raw -> misc"),
        ("StateUpdate", "new -> open"),
        ("PriorityUpdate", "3 normal -> 5 very high"),
    }
    assert storage.tickets.change("1001", TicketChange(state="open")) == changed, "nothing changed"
    for number, change, code in (
        ("9999", TicketChange(state="open"), Code.UNKNOWN_TICKET),
        ("1001", TicketChange(state="closed successful", queue="Nowhere"), Code.UNKNOWN_QUEUE),
    ):
        with pytest.raises(UserFixableError) as caught:
            storage.tickets.change(number, change)
        assert caught.value.code is code
    assert storage.tickets.by_number("1001") == changed
