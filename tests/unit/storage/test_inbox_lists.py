"""Pages of messages: in order, narrowed, searched in any case and script, counted."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, update

from mailadmin.domain.decisions import ArticleDraft, DecisionKind
from mailadmin.domain.messages import ARCHIVE_STATES, INBOX_STATES, DecidedMessage, InboxQuery, InboxState, ServerState
from mailadmin.domain.outcomes import outcomes_of
from mailadmin.storage import Storage
from mailadmin.storage.mail_tables import InboxMessageRow

from .samples import decision, item, mailbox, stored, then_fail, ticket, took

KINDS = (
    DecisionKind.NEW_TICKET,
    DecisionKind.FOLLOW_UP_NEW_TICKET,
    DecisionKind.FOLLOW_UP,
    DecisionKind.FOLLOW_UP_REJECTED,
    DecisionKind.IGNORED,
    DecisionKind.HELD,
)
STATES = {DecisionKind.IGNORED: InboxState.IGNORED, DecisionKind.HELD: InboxState.HELD}


def decide(
    storage: Storage,
    inbox_id: int,
    kind: DecisionKind = DecisionKind.IGNORED,
    ticket_id: int | None = None,
    **said: str,
) -> None:
    """Say what became of a message, and what it says."""
    state = STATES.get(kind, InboxState.PROCESSED)
    article = dataclasses.replace(ArticleDraft(), **said)  # type: ignore[arg-type]
    storage.inbox.decided([DecidedMessage(inbox_id, state, decision(kind, article=article), ticket_id, None)])


def found(storage: Storage, before: int | None = None, limit: int | None = None, **wanted: object) -> list[int]:
    """The ids of a page; the count of the same query is checked on the way."""
    query = InboxQuery(**wanted)  # type: ignore[arg-type]
    ids = [message.id for message in storage.inbox.page(query, before=before, limit=limit)]
    if before is None and limit is None:
        assert storage.inbox.count(query) == len(ids)
    return ids


def fetched(storage: Storage, inbox_id: int, at: datetime) -> None:
    with storage._database.writing() as connection:
        connection.execute(update(InboxMessageRow).where(InboxMessageRow.id == inbox_id).values(fetched_at=at))


@pytest.mark.parametrize("text", ["", "subject"])
def test_pages_go_from_the_newest_to_the_oldest_and_leave_none_out(storage: Storage, text: str) -> None:
    ids = stored(storage, *(f"INBOX/1/{uid}" for uid in range(7)))
    for inbox_id in ids:
        decide(storage, inbox_id, subject="Subject")
    pages, before = [], None
    while page := found(storage, before=before, limit=3, text=text):
        pages.append(page)
        before = page[-1]
    assert pages == [ids[6:3:-1], ids[3:0:-1], [ids[0]]]


def test_a_page_goes_on_where_the_last_one_ended_whatever_has_come_since(storage: Storage) -> None:
    ids = stored(storage, "INBOX/1/1", "INBOX/1/2", "INBOX/1/3")
    first = found(storage, limit=2)
    stored(storage, "INBOX/1/4")
    assert found(storage, before=first[-1], limit=2) == [ids[0]]


def test_every_state_is_in_the_inbox_or_in_the_archive() -> None:
    assert {*INBOX_STATES, *ARCHIVE_STATES} == set(InboxState)
    assert {InboxState.STORED, InboxState.HELD, InboxState.QUARANTINED, InboxState.TOO_BIG} == INBOX_STATES


@pytest.mark.parametrize("text", ["", "ann"])
def test_lists_show_the_states_asked_for(storage: Storage, text: str) -> None:
    waiting, processed, ignored, held = stored(storage, *(f"INBOX/1/{uid}" for uid in range(4)))
    written = ticket(storage, "1001")
    for inbox_id, kind in ((processed, DecisionKind.FOLLOW_UP), (ignored, KINDS[4]), (held, KINDS[5])):
        decide(storage, inbox_id, kind, written.ticket_id, sender="Ann")
    states = {"archive": ARCHIVE_STATES, "inbox": INBOX_STATES, "processed": frozenset({InboxState.PROCESSED})}
    listed = {name: found(storage, states=these, text=text) for name, these in states.items()}
    inbox = [held] if text else [written.inbox_id, held, waiting]
    assert listed == {"archive": [ignored, processed], "inbox": inbox, "processed": [processed]}
    assert found(storage, states=frozenset()) == []


def test_counts_know_every_state(storage: Storage) -> None:
    waiting, processed = stored(storage, "INBOX/1/1", "INBOX/1/2")
    decide(storage, processed, DecisionKind.NEW_TICKET)
    counts = storage.inbox.counts()
    assert set(counts) == set(InboxState)
    assert {state: number for state, number in counts.items() if number} == {
        InboxState.STORED: 1,
        InboxState.PROCESSED: 1,
    }
    assert waiting != processed


def test_the_numbers_of_a_fetch_open_as_lists(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    ids = took(storage.inbox.intake(mailbox_id, context, [item(f"INBOX/1/{uid}") for uid in range(8)]))
    for inbox_id, kind in zip(ids, KINDS, strict=False):
        decide(storage, inbox_id, kind)
    storage.inbox.quarantine(ids[6], "processing-failed", {})
    (duplicate,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/2/1", duplicate_of=ids[0])]))
    storage.inbox.too_big(mailbox_id, context, [("INBOX/3/1", 10**9)], 1)
    too_big = duplicate + 1
    numbers = ("new_tickets", "follow_ups", "rejected", "ignored", "held", "quarantined", "duplicates", "too_big")
    assert {number: found(storage, outcomes=outcomes_of(number)) for number in numbers} == {
        "new_tickets": [ids[1], ids[0]],
        "follow_ups": [ids[2]],
        "rejected": [ids[3]],
        "ignored": [ids[4]],
        "held": [ids[5]],
        "quarantined": [ids[6]],
        "duplicates": [duplicate],
        "too_big": [too_big],
    }
    assert found(storage, outcomes=outcomes_of("held") | outcomes_of("too_big")) == [too_big, ids[5]]
    assert outcomes_of("seen") == frozenset()


def test_lists_show_what_was_fetched_in_a_time(storage: Storage) -> None:
    ids = stored(storage, *(f"INBOX/1/{uid}" for uid in range(5)))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for place, inbox_id in enumerate(ids):
        fetched(storage, inbox_id, start + timedelta(hours=place))
    fetched(storage, ids[0], start + timedelta(hours=2))  # too big at first
    hour = timedelta(hours=1)
    assert found(storage, fetched_from=start + hour, fetched_until=start + 3 * hour) == [ids[2], ids[1], ids[0]]
    assert found(storage, fetched_from=start + 2 * hour, fetched_until=start + 3 * hour) == [ids[2], ids[0]]
    assert found(storage, fetched_from=start + 3 * hour) == [ids[4], ids[3]]
    assert found(storage, fetched_until=start + 2 * hour) == [ids[1]]
    assert found(storage, fetched_until=start) == []


def test_lists_show_what_became_of_the_copy_on_the_server(storage: Storage) -> None:
    ids = stored(storage, "INBOX/1/1", "INBOX/1/2", "INBOX/1/3")
    storage.inbox.set_server_state([ids[0]], ServerState.DONE)
    storage.inbox.set_server_state([ids[1]], ServerState.FAILED)
    assert found(storage, server_states=frozenset({ServerState.DONE, ServerState.FAILED})) == [ids[1], ids[0]]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"subject": "Grüße aus ÄRGERNIS"}, "GRÜSSE AUS ärger"),
        ({"subject": "Straße"}, "STRASSE"),
        ({"sender": "Иван Петров"}, "ИВАН"),
        ({"subject": "re\u0301sume\u0301"}, "RÉSUMÉ"),
        ({"message_id": "<ABC.1@Example.ORG>"}, "abc.1@example"),
        ({"subject": "100% off_er"}, "100% OFF_"),
        ({"subject": 'it\'s \\ "said"'}, "'s \\ \""),
    ],
)
def test_a_text_is_found_in_any_case_of_any_script(storage: Storage, said: dict[str, str], wanted: str) -> None:
    other, inbox_id = stored(storage, "INBOX/1/1", "INBOX/1/2")
    decide(storage, other, subject="100 of five")
    decide(storage, inbox_id, **said)  # type: ignore[arg-type]
    assert found(storage, text=wanted) == [inbox_id]
    assert found(storage, text=wanted, states=frozenset({InboxState.IGNORED})) == [inbox_id]
    assert found(storage, text=wanted, states=INBOX_STATES) == []


def test_a_text_reaches_from_no_field_into_the_next(storage: Storage) -> None:
    (inbox_id,) = stored(storage, "INBOX/1/1")
    decide(storage, inbox_id, sender="Ann", subject="Printer")
    assert found(storage, text="AnnPrinter") == []
    assert found(storage, text="nothing like it\0\udcff") == []


def test_messages_are_found_by_their_account_under_both_of_its_names(storage: Storage) -> None:
    account, mailbox_id, context = mailbox(storage, name="Büro")
    (inbox_id,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]))
    stored(storage, "INBOX/1/2")
    assert found(storage, text="BÜRO") == [inbox_id], "before anybody has read the message"
    storage.accounts.change(dataclasses.replace(account, name="Empfang"))
    assert found(storage, text="empfang") == found(storage, text="büro") == [inbox_id]
    assert found(storage, account="EMPFANG", text="büro") == [inbox_id]
    assert found(storage, account="Büro") == []
    assert storage.inbox.page(InboxQuery())[-1].account == "Empfang"


def test_a_message_that_was_too_big_is_found_by_the_account_that_fetched_it(storage: Storage) -> None:
    _, mailbox_id, seen = mailbox(storage, name="first")
    _, _, context = mailbox(storage, name="second")
    storage.inbox.too_big(mailbox_id, seen, [("INBOX/1/1", 10**9)], 1)
    (too_big,) = found(storage, text="first")
    storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1", replaces=too_big)])
    assert found(storage, text="second") == [too_big]
    assert found(storage, text="first") == []


def test_a_message_that_was_too_big_and_is_a_duplicate_says_what_the_first_says(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    (first,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]))
    decide(storage, first, subject="Printer")
    storage.inbox.too_big(mailbox_id, context, [("INBOX/1/2", 10**9)], 1)
    too_big = found(storage)[0]
    storage.inbox.intake(mailbox_id, context, [item("INBOX/1/2", duplicate_of=first, replaces=too_big)])
    assert found(storage, text="printer") == [too_big, first]


def test_however_many_duplicates_came_first_no_statement_names_them_all(storage: Storage) -> None:
    """A statement takes 65,535 values at most, on both databases."""
    _, mailbox_id, context = mailbox(storage)
    (first,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]))
    doubles = [item(f"INBOX/2/{uid}", duplicate_of=first) for uid in range(100)]
    storage.inbox.intake(mailbox_id, context, doubles)
    values: list[int] = []
    event.listen(
        storage._database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, _statement, parameters, *_rest: values.append(len(parameters)),
    )
    decide(storage, first, subject="Printer")
    assert max(values) < len(doubles)
    assert len(found(storage, text="printer")) == 101


def test_what_was_decided_is_still_found_by_the_name_of_an_account_that_is_gone(storage: Storage) -> None:
    account, mailbox_id, context = mailbox(storage, name="BÜRO")
    (inbox_id,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]))
    written = ticket(storage, "1001")
    decide(storage, inbox_id, DecisionKind.FOLLOW_UP, written.ticket_id)
    storage.accounts.delete(account)
    assert found(storage, text="büro") == found(storage, text="1001") == [inbox_id]
    assert found(storage, account="büro") == found(storage, account="Büro ") == [inbox_id]


def test_messages_are_found_by_the_number_of_their_ticket(storage: Storage) -> None:
    inbox_id, other, by_hand = stored(storage, "INBOX/1/1", "INBOX/1/2", "INBOX/1/3")
    written = ticket(storage, "2026112010000012")
    decide(storage, inbox_id, DecisionKind.FOLLOW_UP, written.ticket_id)
    decide(storage, other)
    storage.inbox.assigned(by_hand, written.ticket_id, written.article_id, ArticleDraft(subject="Printer"))
    assert found(storage, text="10000012") == [by_hand, inbox_id]
    assert found(storage, text="printer") == [by_hand]


def test_a_duplicate_shows_and_is_found_by_what_the_first_says(storage: Storage) -> None:
    _, mailbox_id, context = mailbox(storage)
    first, unread = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1"), item("INBOX/1/2")]))
    decide(storage, first, sender="Ann", subject="Printer", message_id="<a@example.org>")
    late, early = took(
        storage.inbox.intake(
            mailbox_id, context, [item("INBOX/2/1", duplicate_of=first), item("INBOX/2/2", duplicate_of=unread)]
        )
    )
    assert found(storage, text="printer") == [late, first]
    decide(storage, unread, subject="Scanner")
    assert found(storage, text="scanner") == [early, unread]
    shown = {message.id: (message.sender, message.subject) for message in storage.inbox.page(InboxQuery())}
    assert shown == {
        first: ("Ann", "Printer"),
        late: ("Ann", "Printer"),
        unread: ("", "Scanner"),
        early: ("", "Scanner"),
    }
    assert storage.inbox.get(late) == storage.inbox.page(InboxQuery())[1]


def test_a_quarantined_message_is_found_by_what_could_be_read(storage: Storage) -> None:
    (inbox_id,) = stored(storage, "INBOX/1/1")
    storage.inbox.quarantine(inbox_id, "processing-failed", {}, ArticleDraft(sender="Ann", subject="Printer"))
    (message,) = storage.inbox.page(InboxQuery(text="PRINTER", states=INBOX_STATES))
    assert (message.sender, message.subject, message.state) == ("Ann", "Printer", InboxState.QUARANTINED)


def test_words_that_no_database_takes_do_not_keep_a_message_from_quarantine(storage: Storage) -> None:
    (inbox_id,) = stored(storage, "INBOX/1/1")
    read = ArticleDraft(sender="a\0b", subject="Printer \ud800", message_id="\udfff")
    storage.inbox.quarantine(inbox_id, "processing-failed", {}, read)
    message = storage.inbox.get(inbox_id)
    assert message is not None
    assert (message.sender, message.subject, message.message_id) == ("a\ufffdb", "Printer \ufffd", "\ufffd")
    assert found(storage, text="printer") == [inbox_id]


def test_what_was_decided_in_a_transaction_that_failed_is_not_found(storage: Storage) -> None:
    (inbox_id,) = stored(storage, "INBOX/1/1")
    written = ticket(storage, "1001")
    with pytest.raises(ZeroDivisionError):
        then_fail(
            storage, lambda: decide(storage, inbox_id, DecisionKind.NEW_TICKET, written.ticket_id, subject="Printer")
        )
    assert found(storage, text="printer") == found(storage, text="1001") == []


def test_heads_are_the_first_octets_of_what_waits(storage: Storage) -> None:
    _, box, context = mailbox(storage)
    items = [item("INBOX/1/1", b"Subject: one\r\n\r\nbody"), item("INBOX/1/2", b"short")]
    one, two = took(storage.inbox.intake(box, context, items))
    three, begun = took(storage.inbox.intake(box, context, [item("INBOX/1/3", b"three"), item("INBOX/1/4", b"four")]))
    storage.inbox.quarantine(three, "processing-failed", {})
    storage.inbox.begin([begun])
    assert storage.inbox.heads([one, two, three, begun], 12) == {one: b"Subject: one", two: b"short"}
    assert storage.inbox.heads([], 12) == {}


def test_the_head_of_a_duplicate_is_that_of_the_first_while_it_waits(storage: Storage) -> None:
    _, box, context = mailbox(storage)
    (first,) = took(storage.inbox.intake(box, context, [item("INBOX/1/1", b"the mail")]))
    double = dataclasses.replace(item("INBOX/1/2", b"the mail"), duplicate_of=first)
    (second,) = took(storage.inbox.intake(box, context, [double]))
    assert storage.inbox.heads([second], 3) == {second: b"the"}
    storage.inbox.quarantine(first, "processing-failed", {})
    assert storage.inbox.heads([second], 3) == {}
