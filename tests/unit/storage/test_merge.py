"""Two tickets become one: all mails and all replies to come are in one place, whoever writes at the same moment."""

from __future__ import annotations

import threading

import pytest

from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import DecidedMessage, InboxQuery, InboxState
from mailadmin.domain.tickets import TicketChange, TicketQuery, TicketWrite, Written
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import AT, decision, stored, then_fail, ticket, wait_until_blocked


def read(storage: Storage, number: str) -> Written:
    """A ticket whose message is processed."""
    written = ticket(storage, number, message_id=f"<{number}@example.org>")
    said = decision(message_id=f"<{number}@example.org>")
    storage.inbox.decided(
        [DecidedMessage(written.inbox_id, InboxState.PROCESSED, said, written.ticket_id, written.article_id)]
    )
    return written


def reply(storage: Storage, inbox_id: int, number: str, **changes: str) -> TicketWrite:
    """A reply to a ticket, decided on as the ticket is now."""
    facts = storage.tickets.facts_by_number([number])[number]
    return TicketWrite(inbox_id, facts, decision(DecisionKind.FOLLOW_UP, ticket=facts, **changes), AT)  # type: ignore[arg-type]


def test_a_merged_ticket_gives_its_mails_and_leads_to_the_other(storage: Storage) -> None:
    source, target = read(storage, "1001"), read(storage, "1002")
    storage.tickets.change("1001", TicketChange(lock="lock"))
    storage.tickets.change("1002", TicketChange(state="closed successful"))
    merged_into = storage.tickets.merge("1001", "1002")
    assert (merged_into.number, merged_into.state, merged_into.articles) == ("1002", "closed successful", 2)
    assert merged_into.merged_into == ""
    merged = storage.tickets.by_number("1001")
    assert merged is not None
    assert (merged.state, merged.lock, merged.articles, merged.merged_into) == ("merged", "unlock", 0, "1002")
    articles = storage.tickets.articles(target.ticket_id)
    assert [article.id for article in articles] == [source.article_id, target.article_id]
    message = storage.inbox.get(source.inbox_id)
    assert message is not None
    assert (message.ticket, message.article_id) == ("1002", source.article_id)
    assert storage.tickets.facts_by_message_id(["<1001@example.org>"])["<1001@example.org>"][0].number == "1002"


def test_both_histories_say_it(storage: Storage) -> None:
    source, target = read(storage, "1001"), read(storage, "1002")
    storage.tickets.merge("1001", "1002")
    lines = {
        number: [(line.event, line.detail, line.by) for line in storage.tickets.history(ticket_id)[1:]]
        for number, ticket_id in (("1001", source.ticket_id), ("1002", target.ticket_id))
    }
    who = storage.tickets.history(source.ticket_id)[0].by
    assert lines == {
        "1001": [("Merged", "into 1002", who), ("StateUpdate", "new -> merged", who)],
        "1002": [("Merged", "1001 is in here now", who)],
    }


def test_mails_are_found_by_both_numbers_and_their_tickets_by_their_words(storage: Storage) -> None:
    source, target = read(storage, "1001"), read(storage, "1002")
    storage.tickets.merge("1001", "1002")
    by_number = {
        number: [message.id for message in storage.inbox.page(InboxQuery(text=number, account="a0x"))]
        for number in ("1001", "1002")
    }
    assert by_number == {"1001": [source.inbox_id], "1002": [source.inbox_id]}
    tickets = storage.tickets.page(TicketQuery(text="<1001@example.org>"))
    assert [one.number for one in tickets] == ["1002"]
    assert target.ticket_id == tickets[0].id


def test_a_merge_goes_on_to_where_the_other_ticket_went(storage: Storage) -> None:
    for number in ("1001", "1002", "1003", "1004"):
        read(storage, number)
    storage.tickets.merge("1003", "1004")
    assert storage.tickets.merge("1002", "1003").number == "1004"
    assert storage.tickets.merge("1001", "1002").number == "1004"
    last = storage.tickets.by_number("1004")
    assert last is not None
    assert last.articles == 4


def test_what_was_merged_before_leads_to_the_last_ticket_however_often_it_is_merged_on(storage: Storage) -> None:
    for number in range(1000, 1015):
        read(storage, str(number))
    for number in range(1000, 1014):
        storage.tickets.merge(str(number), str(number + 1))
    first = storage.tickets.by_number("1000")
    assert first is not None
    assert first.merged_into == "1014"
    assert storage.tickets.facts_by_number(["1000"])["1000"].number == "1014"


@pytest.mark.parametrize(
    ("number", "into", "code", "facts"),
    [
        ("1001", "1001", Code.MERGE_INTO_ITSELF, {"number": "1001", "into": "1001"}),
        ("1002", "1001", Code.MERGE_INTO_ITSELF, {"number": "1002", "into": "1001"}),
        ("1001", "1003", Code.TICKET_MERGED, {"number": "1001", "into": "1002"}),
        ("1003", "1004", Code.TICKET_MERGED, {"number": "1004"}),
        ("9999", "1001", Code.UNKNOWN_TICKET, {"number": "9999"}),
        ("1003", "9999", Code.UNKNOWN_TICKET, {"number": "9999"}),
    ],
)
def test_what_cannot_be_merged_is_left_alone(
    storage: Storage, number: str, into: str, code: Code, facts: dict[str, str]
) -> None:
    for one in ("1001", "1002", "1003", "1004"):
        read(storage, one)
    if (number, into) != ("1001", "1001"):
        storage.tickets.merge("1001", "1002")
    storage.tickets.change("1004", TicketChange(state="merged"))
    before = storage.tickets.page(TicketQuery())
    with pytest.raises(UserFixableError) as caught:
        storage.tickets.merge(number, into)
    assert (caught.value.code, caught.value.facts) == (code, facts)
    assert storage.tickets.page(TicketQuery()) == before


def test_a_merged_ticket_is_not_reopened(storage: Storage) -> None:
    read(storage, "1001")
    read(storage, "1002")
    storage.tickets.merge("1001", "1002")
    with pytest.raises(UserFixableError) as caught:
        storage.tickets.change("1001", TicketChange(state="open"))
    assert (caught.value.code, caught.value.facts) == (Code.TICKET_MERGED, {"number": "1001", "into": "1002"})
    assert storage.tickets.change("1001", TicketChange(title="Old")).title == "Old"


def test_a_merge_that_fails_half_way_leaves_both_as_they_were(storage: Storage) -> None:
    read(storage, "1001")
    read(storage, "1002")
    before = storage.tickets.page(TicketQuery())
    with pytest.raises(ZeroDivisionError):
        then_fail(storage, lambda: storage.tickets.merge("1001", "1002"))
    assert storage.tickets.page(TicketQuery()) == before


def test_a_reply_decided_on_before_the_merge_goes_where_the_mails_went(storage: Storage) -> None:
    read(storage, "1001")
    target = read(storage, "1002")
    first, second = stored(storage, "INBOX/2/1", "INBOX/2/2")
    replies = [reply(storage, first, "1001", new_state="open"), reply(storage, second, "1002")]
    storage.tickets.merge("1001", "1002")
    written = storage.tickets.write(replies)
    assert [(one.ticket_id, one.number) for one in written] == [(target.ticket_id, "1002")] * 2
    merged, other = storage.tickets.by_number("1001"), storage.tickets.by_number("1002")
    assert merged is not None
    assert other is not None
    assert (merged.state, merged.articles) == ("merged", 0)
    assert (other.state, other.articles) == ("open", 4)


def test_a_reply_written_while_the_merge_begins_is_merged_too(storage: Storage, opened: OpenAgain) -> None:
    read(storage, "1001")
    read(storage, "1002")
    (inbox_id,) = stored(storage, "INBOX/2/1")
    other = opened()
    merging = threading.Thread(target=lambda: other.tickets.merge("1001", "1002"))
    with storage.transaction():
        storage.tickets.write([reply(storage, inbox_id, "1001", new_state="open")])
        merging.start()
        wait_until_blocked(storage, merging)
    merging.join()
    merged, target = storage.tickets.by_number("1001"), storage.tickets.by_number("1002")
    assert merged is not None
    assert target is not None
    assert (merged.state, merged.articles, target.articles) == ("merged", 0, 3)


def test_two_tickets_merged_into_each_other_at_once_become_one(storage: Storage, opened: OpenAgain) -> None:
    read(storage, "1001")
    read(storage, "1002")
    together = threading.Barrier(2)
    refused: list[Code] = []

    def merge(one: Storage, number: str, into: str) -> None:
        together.wait()
        try:
            one.tickets.merge(number, into)
        except UserFixableError as error:
            refused.append(error.code)

    pairs = ((storage, "1001", "1002"), (opened(), "1002", "1001"))
    threads = [threading.Thread(target=merge, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [Code.MERGE_INTO_ITSELF]
    assert sorted(one.articles for one in storage.tickets.page(TicketQuery())) == [0, 2]
