"""Mail that is meant for a queue follows it, whatever else is being written at that moment."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from mailadmin.domain.accounts import Dispatching
from mailadmin.domain.decisions import TicketFacts
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import POSSIBLE_IN, ByHand, DecidedMessage, InboxState
from mailadmin.domain.queues import Queue
from mailadmin.domain.tickets import TicketWrite
from mailadmin.services.routing import RoutingService
from mailadmin.storage import Storage

from .conftest import OpenAgain
from .samples import AT, decision, item, mailbox, took, wait_until_blocked

TO_BE_DECIDED = sorted(POSSIBLE_IN[ByHand.RETRY])


def put(storage: Storage, inbox_id: int, state: InboxState) -> None:
    """Bring a stored message into this state."""
    if state in {InboxState.HELD, InboxState.IGNORED}:
        with storage.transaction():
            storage.inbox.claim([inbox_id])
            storage.inbox.decided([DecidedMessage(inbox_id, state, decision(), None, None)])
    elif state is not InboxState.STORED:
        storage.inbox.quarantine(inbox_id, "x", {})
    if state is InboxState.DISCARDED:
        storage.inbox.discard(inbox_id, "spam")


def meant_for(storage: Storage, queue: str, *sources: str) -> list[int]:
    """Messages of an account that dispatches to this queue."""
    _, mailbox_id, context = mailbox(storage, name=f"to {queue}", queue=queue, dispatching=Dispatching.QUEUE)
    items = [item(source) for source in sources]
    return took(storage.inbox.intake(mailbox_id, dataclasses.replace(context, queue=queue), items))


def renamed(storage: Storage, before: str, after: str) -> None:
    queue = storage.queues.by_name(before)
    assert queue is not None
    RoutingService(storage).change_queue(dataclasses.replace(queue, name=after))


def queue_of(storage: Storage, inbox_id: int) -> str:
    message = storage.inbox.get(inbox_id)
    assert message is not None
    return message.queue


@pytest.mark.parametrize("state", TO_BE_DECIDED)
def test_a_message_that_may_yet_be_processed_follows_its_queue_and_no_other(
    storage: Storage, state: InboxState
) -> None:
    storage.queues.add(Queue(name="Sales"))
    (ours,) = meant_for(storage, "Sales", "INBOX/1/1")
    (theirs,) = meant_for(storage, "Misc", "INBOX/2/1")
    for inbox_id in (ours, theirs):
        put(storage, inbox_id, state)
    renamed(storage, "Sales", "Vendite")
    assert (queue_of(storage, ours), queue_of(storage, theirs)) == ("Vendite", "Misc")


@pytest.mark.parametrize("state", TO_BE_DECIDED)
def test_a_queue_that_mail_in_the_inbox_waits_for_stays(storage: Storage, state: InboxState) -> None:
    queue = storage.queues.add(Queue(name="Sales"))
    (inbox_id,) = meant_for(storage, "Sales", "INBOX/1/1")
    for account in storage.accounts.all():
        storage.accounts.delete(account)
    put(storage, inbox_id, state)
    if state in {InboxState.IGNORED, InboxState.DISCARDED}:
        assert storage.queues.waiting_count("Sales") == 0
        storage.queues.delete(queue)
        return
    assert (storage.queues.waiting_count("Sales"), storage.queues.waiting_count("Misc")) == (1, 0)
    with pytest.raises(UserFixableError) as caught:
        storage.queues.delete(queue)
    assert (caught.value.code, caught.value.facts["used_by"]) == (Code.IN_USE, f"message {inbox_id}")


def test_a_queue_is_renamed_while_its_mail_is_processed(storage: Storage, opened: OpenAgain) -> None:
    """Both want the message and the queue; in the same order, the second waits and none gives up."""
    (inbox_id,) = meant_for(storage, "Raw", "INBOX/1/1")
    other = opened()
    renaming = threading.Thread(target=renamed, args=(other, "Raw", "Entrance"))
    with storage.transaction():
        assert storage.inbox.claim([inbox_id]) == {inbox_id: "Raw"}
        renaming.start()
        wait_until_blocked(storage, renaming)
        facts = TicketFacts(id=-1, number="1", queue="Raw", state="new")
        (written,) = storage.tickets.write([TicketWrite(inbox_id, facts, decision(), AT)])
        storage.inbox.decided(
            [DecidedMessage(inbox_id, InboxState.PROCESSED, decision(), written.ticket_id, written.article_id)]
        )
    renaming.join()
    made = storage.tickets.by_number("1")
    assert made is not None
    assert made.queue == "Entrance"


def test_mail_that_is_stored_while_its_queue_is_renamed_follows(storage: Storage, opened: OpenAgain) -> None:
    account, mailbox_id, context = mailbox(storage, queue="Raw", dispatching=Dispatching.QUEUE)
    other = opened()
    renaming = threading.Thread(target=renamed, args=(other, "Raw", "Entrance"))
    with storage.transaction():
        storage.inbox.lock(mailbox_id, account.id)
        renaming.start()
        wait_until_blocked(storage, renaming)
        context = dataclasses.replace(context, queue="Raw")
        (inbox_id,) = took(storage.inbox.intake(mailbox_id, context, [item("INBOX/1/1")]))
    renaming.join()
    assert queue_of(storage, inbox_id) == "Entrance"


def test_a_claimed_message_tells_the_queue_it_is_meant_for_now(storage: Storage) -> None:
    (inbox_id,) = meant_for(storage, "Misc", "INBOX/1/1")
    (begun,) = storage.inbox.begin([inbox_id])
    renamed(storage, "Misc", "Other")
    assert begun.context.queue == "Misc"
    assert storage.inbox.claim([inbox_id]) == {inbox_id: "Other"}
