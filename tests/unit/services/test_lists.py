"""Lists of messages and tickets for a window: pages, counts, and what is done with what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import (
    INBOX_STATES,
    POSSIBLE_IN,
    ByHand,
    InboxQuery,
    InboxState,
    Intake,
    ServerState,
    digest,
)
from mailadmin.domain.outcomes import outcomes_of
from mailadmin.domain.tickets import QueueCounts, TicketChange, TicketQuery
from mailadmin.domain.validation import InvalidRecordError
from mailadmin.postmaster import sender_and_subject
from mailadmin.services import inbox

from .conftest import House, mail
from .test_process import CONTEXT, store


@pytest.fixture(params=["imap"])
def family(request: pytest.FixtureRequest) -> str:
    """The way in does not matter here."""
    return str(request.param)


def test_what_a_fetch_counted_is_what_its_list_shows(house: House) -> None:
    for number in range(5):
        house.server.add(mail(number))
    house.server.add(mail(0))
    account = house.account()
    outcome = house.fetch(account)
    counts = outcome.counts
    assert (counts.new_tickets, counts.duplicates) == (5, 1)
    page = house.app.inbox.page(InboxQuery(account="SUPPORT", outcomes=outcomes_of("new_tickets")), limit=3)
    assert [message.subject for message in page] == ["Question 4", "Question 3", "Question 2"]
    (duplicate,) = house.app.inbox.page(InboxQuery(outcomes=outcomes_of("duplicates")))
    assert (duplicate.state, duplicate.subject) == (InboxState.DUPLICATE, "Question 0")
    assert house.app.inbox.count(InboxQuery(text="question 0")) == 2
    assert house.app.inbox.counts()[InboxState.PROCESSED] == 5
    assert house.app.inbox.page(InboxQuery(states=INBOX_STATES)) == []
    assert house.app.inbox.page(InboxQuery(account="gone")) == []


def test_tickets_are_paged_and_counted(house: House) -> None:
    done = house.app.processing.process(store(house, *(mail(number) for number in range(4))))
    house.app.tickets.change(done[0].ticket, TicketChange(state="closed successful"))
    query = TicketQuery(queue="raw", group="open")
    first = house.app.tickets.page(query, limit=2)
    rest = house.app.tickets.page(query, before=first[-1].id, limit=2)
    assert [one.number for one in (*first, *rest)] == [done[place].ticket for place in (3, 2, 1)]
    assert house.app.tickets.count(query) == 3
    assert house.app.tickets.queue_counts()["Raw"] == QueueCounts(3, 4)
    assert [one.number for one in house.app.tickets.page(TicketQuery(text="<M2@EXAMPLE.NET>"))] == [done[2].ticket]


@pytest.mark.parametrize("query", [TicketQuery(state="bogus"), TicketQuery(group="bogus")])
def test_a_state_that_there_is_not_is_a_slip(house: House, query: TicketQuery) -> None:
    with pytest.raises(InvalidRecordError):
        house.app.tickets.page(query)
    with pytest.raises(UserFixableError, match="unknown-queue"):
        house.app.tickets.count(TicketQuery(queue="Nowhere"))


def test_a_reply_to_a_merged_ticket_goes_to_the_other(house: House) -> None:
    one, two = house.app.processing.process(store(house, mail(1), mail(2)))
    target = house.app.tickets.merge(one.ticket, two.ticket)
    assert (target.number, target.articles, target.state) == (two.ticket, 2, "new")
    assert house.app.tickets.get(one.ticket).merged_into == two.ticket
    (reply,) = house.app.processing.process(store(house, mail(3, References="<m1@example.net>")))
    assert (reply.outcome, reply.ticket) == ("follow_up", two.ticket)
    with pytest.raises(UserFixableError) as caught:
        house.app.tickets.change(one.ticket, TicketChange(state="open"))
    assert caught.value.code is Code.TICKET_MERGED


def test_a_message_assigned_to_a_merged_ticket_goes_to_the_other(house: House) -> None:
    one, two = house.app.processing.process(store(house, mail(1), mail(2)))
    house.app.tickets.merge(one.ticket, two.ticket)
    (inbox_id,) = store(house, mail(3))
    house.app.storage.inbox.quarantine(inbox_id, "processing-failed", {"detail": "x"})
    ticket = house.app.inbox.assign(inbox_id, one.ticket)
    assert (ticket.number, ticket.articles) == (two.ticket, 3)
    assert house.app.inbox.get(inbox_id).ticket == two.ticket


def test_work_by_hand_gives_back_the_message_as_it_is_then(house: House) -> None:
    first, second = store(house, mail(1), mail(2))
    for inbox_id in (first, second):
        house.app.storage.inbox.quarantine(inbox_id, "processing-failed", {"detail": "x"})
    assert house.app.inbox.archive(first) == house.app.inbox.get(first)
    discarded = house.app.inbox.discard(second, "spam")
    assert (discarded.state, discarded.reason_facts) == (InboxState.DISCARDED, {"why": "spam"})


@pytest.mark.parametrize("what", ByHand)
@pytest.mark.parametrize("state", InboxState)
def test_work_by_hand_is_possible_in_the_states_it_is_said_to_be(house: House, what: ByHand, state: InboxState) -> None:
    made, inbox_id = (one.inbox_id for one in house.app.processing.process(store(house, mail(1), mail(2))))
    number = house.app.inbox.get(made).ticket
    with house.app.storage._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM article WHERE inbox_id = ?", (inbox_id,))
        connection.exec_driver_sql(
            "UPDATE inbox_message SET state = ?, ticket_id = NULL, article_id = NULL, decision_kind = ? WHERE id = ?",
            (state.value, "copy" if state is InboxState.DUPLICATE else "", inbox_id),
        )
    acts: dict[ByHand, Callable[[], object]] = {
        ByHand.RETRY: lambda: house.app.inbox.retry(inbox_id),
        ByHand.RELEASE: lambda: house.app.inbox.release(inbox_id),
        ByHand.ASSIGN: lambda: house.app.inbox.assign(inbox_id, number),
        ByHand.ARCHIVE: lambda: house.app.inbox.archive(inbox_id),
        ByHand.DISCARD: lambda: house.app.inbox.discard(inbox_id, ""),
    }
    if state in POSSIBLE_IN[what]:
        acts[what]()
        return
    with pytest.raises(UserFixableError) as caught:
        acts[what]()
    assert caught.value.code is Code.WRONG_STATE
    assert house.app.inbox.get(inbox_id).state is state


# --- waiting mail ---


def words(house: House) -> list[tuple[str, str]]:
    return [(message.sender, message.subject) for message in house.app.inbox.page(InboxQuery())]


def test_waiting_mail_is_listed_by_the_words_it_will_have_when_processed(house: House) -> None:
    folded = mail(2, Subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n from far away", From='"Doe, Jane" <jane@example.net>')
    large = mail(3) + b"x" * 100_000
    ids = store(house, mail(1), folded, large)
    waiting = words(house)
    assert waiting == [
        ("Customer 3 <c3@example.net>", "Question 3"),
        ('"Doe, Jane" <jane@example.net>', "Grüße from far away"),
        ("Customer 1 <c1@example.net>", "Question 1"),
    ]
    assert [message.subject for message in house.app.storage.inbox.page(InboxQuery())] == [""] * 3, "nothing written"
    house.app.processing.process(ids)
    assert words(house) == waiting


def test_a_duplicate_of_waiting_mail_is_listed_by_the_same_words(house: House) -> None:
    (first,) = store(house, mail(1))
    mailbox = house.app.storage.accounts.mailbox_id(house.account("other", username="other"))
    double = Intake("INBOX/1/1", mail(1), digest(mail(1)), 1, None, ServerState.DONE, first)
    house.app.storage.inbox.intake(mailbox, CONTEXT, [double])
    assert words(house) == [("Customer 1 <c1@example.net>", "Question 1")] * 2


def test_a_head_that_cannot_be_read_leaves_the_words_empty(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def picky(head: bytes) -> tuple[str, str]:
        if b"Question 2" in head:
            raise RuntimeError("this one stumbles")
        return sender_and_subject(head)

    monkeypatch.setattr(inbox, "sender_and_subject", picky)
    store(house, mail(1), mail(2), b"")
    assert [subject for _, subject in words(house)] == ["", "", "Question 1"]


def test_only_the_head_of_waiting_mail_is_read_and_by_one_query(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[int, bytes]] = []
    heads = house.app.storage.inbox.heads

    def watched(ids: Sequence[int], octets: int) -> dict[int, bytes]:
        asked.append(heads(ids, octets))
        return asked[-1]

    monkeypatch.setattr(house.app.storage.inbox, "heads", watched)
    (done,) = store(house, mail(1))
    house.app.processing.process([done])
    waiting = store(house, mail(2) + b"x" * 50_000, mail(3))
    words(house)
    assert [{inbox_id: len(head) for inbox_id, head in heads.items()} for heads in asked] == [
        {waiting[0]: inbox.HEAD_OCTETS, waiting[1]: len(mail(3))}
    ]
    house.app.inbox.page(InboxQuery(states=frozenset({InboxState.PROCESSED})))
    assert len(asked) == 1, "where nothing waits nothing is read"


def test_a_message_that_may_have_ended_its_process_is_not_looked_into(house: House) -> None:
    (inbox_id,) = store(house, mail(1))
    house.app.storage.inbox.begin([inbox_id])
    assert words(house) == [("", "")]
    house.app.storage.inbox.take_back([inbox_id])
    assert words(house) == [("Customer 1 <c1@example.net>", "Question 1")]
