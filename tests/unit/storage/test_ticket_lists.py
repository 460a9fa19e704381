"""Pages of tickets: in order, by queue and state, searched, counted."""

from __future__ import annotations

import pytest

from mailadmin.domain.decisions import ArticleDraft, DecisionKind, TicketFacts
from mailadmin.domain.messages import DecidedMessage, InboxState
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import STATE_GROUPS, QueueCounts, TicketChange, TicketQuery, TicketWrite
from mailadmin.domain.vocabulary import STATES
from mailadmin.storage import Storage

from .samples import AT, decision, stored, ticket


def found(storage: Storage, before: int | None = None, limit: int | None = None, **wanted: object) -> list[str]:
    """The numbers of a page; the count of the same query is checked on the way."""
    query = TicketQuery(**wanted)  # type: ignore[arg-type]
    numbers = [one.number for one in storage.tickets.page(query, before=before, limit=limit)]
    if before is None and limit is None:
        assert storage.tickets.count(query) == len(numbers)
    return numbers


def mailed(storage: Storage, number: str, **said: str) -> None:
    """A ticket made of a mail that says this."""
    (inbox_id,) = stored(storage, f"INBOX/1/{number}")
    made = decision(title=said.get("subject", ""), article=ArticleDraft(**said))  # type: ignore[arg-type]
    (written,) = storage.tickets.write([TicketWrite(inbox_id, TicketFacts(-1, number, "Raw", "new"), made, AT)])
    done = DecidedMessage(inbox_id, InboxState.PROCESSED, made, written.ticket_id, written.article_id)
    storage.inbox.decided([done])


def test_pages_go_from_the_newest_to_the_oldest_and_leave_none_out(storage: Storage) -> None:
    tickets = [ticket(storage, str(number)) for number in range(1001, 1006)]
    assert found(storage, limit=2) == ["1005", "1004"]
    assert found(storage, before=tickets[3].ticket_id, limit=2) == ["1003", "1002"]
    assert found(storage, before=tickets[1].ticket_id, limit=2) == ["1001"]


def test_every_state_is_open_or_closed() -> None:
    assert STATE_GROUPS["open"] | STATE_GROUPS["closed"] == STATES.keys()
    assert STATE_GROUPS["closed"] == {"closed successful", "closed unsuccessful", "removed", "merged"}


def test_lists_show_the_tickets_of_a_group_or_state(storage: Storage) -> None:
    for number, state in zip(range(1001, 1010), STATES, strict=True):
        ticket(storage, str(number))
        storage.tickets.change(str(number), TicketChange(state=state))
    by_state = dict(zip(STATES, map(str, range(1001, 1010)), strict=True))
    for group, states in STATE_GROUPS.items():
        assert sorted(found(storage, group=group)) == sorted(by_state[state] for state in states)
    assert found(storage, state="pending reminder") == [by_state["pending reminder"]]
    assert found(storage, group="open", state="removed") == []


def test_lists_show_the_tickets_of_a_queue_and_of_those_below_it(storage: Storage) -> None:
    for number, queue in (
        ("1001", "Support"),
        ("1002", "Support::100%"),
        ("1003", "Supporters"),
        ("1004", "A::Support"),
    ):
        storage.queues.add(Queue(name=queue))
        ticket(storage, number)
        storage.tickets.change(number, TicketChange(queue=queue))
    assert found(storage, queue="support") == ["1001"]
    assert found(storage, queue="SUPPORT", subqueues=True) == ["1002", "1001"]
    assert found(storage, queue="support::100%", subqueues=True) == ["1002"]
    assert found(storage, queue="support", group="closed") == []


def test_queues_are_counted_with_their_open_tickets_and_empty_ones_too(storage: Storage) -> None:
    for number in ("1001", "1002", "1003"):
        ticket(storage, number)
    storage.tickets.change("1001", TicketChange(state="closed successful"))
    storage.tickets.change("1002", TicketChange(state="pending reminder"))
    counts = storage.tickets.queue_counts()
    assert list(counts) == ["Junk", "Misc", "Postmaster", "Raw"]
    assert counts["Raw"] == QueueCounts(open=2, total=3)
    assert counts["Junk"] == QueueCounts(0, 0)
    assert storage.tickets.counts() == {"Junk": 0, "Misc": 0, "Postmaster": 0, "Raw": 3}


@pytest.mark.parametrize("text", ["1001", "GRÜSSE", "ИВАН", "<A@EXAMPLE", "petrov@"])
def test_tickets_are_found_by_their_own_words_and_those_of_their_mails(storage: Storage, text: str) -> None:
    mailed(
        storage,
        "1001",
        subject="Grüße",
        sender="Иван <petrov@example.org>",
        message_id="<a@example.org>",
        body="secret",
    )
    mailed(storage, "1002", subject="Other", sender="Bob <bob@example.org>", message_id="<b@example.org>")
    assert found(storage, text=text) == ["1001"]
    assert found(storage, text=text, group="open", queue="raw") == ["1001"]
    assert found(storage, text=text, group="closed") == []
    assert found(storage, text="no such thing") == []


def test_a_ticket_is_found_by_a_later_mail(storage: Storage) -> None:
    mailed(storage, "1001", subject="Printer", sender="Ann")
    (inbox_id,) = stored(storage, "INBOX/2/1")
    facts = storage.tickets.facts_by_number(["1001"])["1001"]
    reply = decision(DecisionKind.FOLLOW_UP, ticket=facts, article=ArticleDraft(sender="Zoe", subject="Toner"))
    (written,) = storage.tickets.write([TicketWrite(inbox_id, facts, reply, AT)])
    storage.inbox.decided(
        [DecidedMessage(inbox_id, InboxState.PROCESSED, reply, written.ticket_id, written.article_id)]
    )
    assert found(storage, text="zoe") == found(storage, text="TONER") == ["1001"]


def test_a_ticket_is_found_by_its_new_title_and_customer_not_by_the_old(storage: Storage) -> None:
    ticket(storage, "1001")
    storage.tickets.change("1001", TicketChange(title="ÜBERLAUF", customer="ÖZGÜR"))
    assert found(storage, text="überlauf") == found(storage, text="özgür") == ["1001"]
    assert found(storage, text="printer burns") == []
    (inbox_id,) = stored(storage, "INBOX/2/1")
    facts = storage.tickets.facts_by_number(["1001"])["1001"]
    reply = decision(DecisionKind.FOLLOW_UP, ticket=facts)
    object.__setattr__(reply, "new_title", "ÄRGER")
    storage.tickets.write([TicketWrite(inbox_id, facts, reply, AT)])
    assert found(storage, text="ärger") == ["1001"]
    assert found(storage, text="überlauf") == []
