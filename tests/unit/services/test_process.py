"""Processing: batches, culprits, crashes, and what a message leaves behind."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from mailadmin.domain.accounts import Validity
from mailadmin.domain.decisions import ArticleDraft, Decision
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxState, Intake, IntakeContext, ServerState, digest
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.tickets import TicketChange
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.postmaster import article_of, decide, parse
from mailadmin.services import batch as batch_module
from mailadmin.services import contents
from mailadmin.services import process as process_module
from mailadmin.services.process import ATTEMPTS_AT_MOST, ProcessService
from mailadmin.services.steps import Step

from .conftest import House, mail

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)
CONTEXT = IntakeContext(None, "", trusted=False)


def store(house: House, *raws: bytes, context: IntakeContext = CONTEXT) -> list[int]:
    """Rows as a fetch leaves them."""
    mailbox = house.app.storage.accounts.mailbox_id(house.account(f"a{len(house.messages)}"))
    items = [
        Intake(f"INBOX/1/{len(house.messages) + n}", raw, digest(raw), len(raw), None, ServerState.DONE)
        for n, raw in enumerate(raws)
    ]
    return [i for i in house.app.storage.inbox.intake(mailbox, context, items) if i is not None]


def test_one_bad_message_is_quarantined_with_reason_and_context_and_the_others_flow(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(raw: bytes) -> object:
        if b"number 3" in raw or b"message 3" in raw:
            raise RuntimeError("this one kills the parser")
        return parse(raw)

    monkeypatch.setattr(process_module, "parse", picky)
    context = IntakeContext(None, "support", trusted=True, queue="Misc")
    ids = store(house, *(mail(n) for n in range(6)), context=context)
    results = house.app.processing.process(ids)
    assert [r.outcome for r in results] == ["new_ticket"] * 3 + ["quarantined"] + ["new_ticket"] * 2
    bad = house.app.inbox.get(ids[3])
    assert bad.state is InboxState.QUARANTINED
    assert bad.reason_code == Code.PROCESSING_FAILED
    assert "RuntimeError" in bad.reason_facts["detail"]
    assert (bad.account, bad.trusted, bad.queue) == ("support", True, "Misc")
    assert house.app.inbox.raw(ids[3]) == mail(3)
    monkeypatch.undo()
    retried = house.app.inbox.retry(ids[3])
    assert retried is not None
    assert retried.outcome == "new_ticket"
    assert house.app.tickets.list(queue="Misc")[0].queue == "Misc"
    assert house.tickets == 6


def test_a_text_that_no_database_takes_stops_nobody_else(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd_article(article: ArticleDraft) -> ArticleDraft:
        odd = dataclasses.replace(article, subject="a\ud800b", body="\udfff")
        return odd if article.subject == "Question 1" else article

    def odd(*args: Any) -> Decision:
        made = decide(*args)
        return dataclasses.replace(made, article=odd_article(made.article))

    monkeypatch.setattr(batch_module, "decide", odd)
    monkeypatch.setattr(contents, "article_of", lambda mail: odd_article(article_of(mail)))
    ids = store(house, *(mail(number) for number in range(3)))
    results = house.app.processing.process(ids)
    assert [result.outcome for result in results] == ["new_ticket", "quarantined", "new_ticket"]
    assert house.app.inbox.get(ids[1]).subject == "a\ufffdb"


def test_a_culprit_whose_words_cannot_be_kept_is_set_aside_without_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(raw: bytes) -> object:
        if b"message 1." in raw:
            raise RuntimeError
        return parse(raw)

    monkeypatch.setattr(process_module, "parse", picky)
    monkeypatch.setattr(contents, "reading", lambda raw: 1 / 0)
    ids = store(house, *(mail(number) for number in range(3)))
    results = house.app.processing.process(ids)
    assert [result.outcome for result in results] == ["new_ticket", "quarantined", "new_ticket"]
    assert house.app.inbox.get(ids[1]).reason_code == Code.PROCESSING_FAILED


def test_a_culprit_that_somebody_else_has_taken_meanwhile_is_theirs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = store(house, *(mail(number) for number in range(3)))

    def picky(raw: bytes) -> object:
        if b"message 1." in raw:
            if house.app.inbox.get(ids[1]).state is InboxState.STORED:
                house.app.storage.inbox.quarantine(ids[1], "elsewhere", {})
            raise RuntimeError
        return parse(raw)

    monkeypatch.setattr(process_module, "parse", picky)
    assert [result.outcome for result in house.app.processing.process(ids)] == ["new_ticket", "new_ticket"]
    assert house.app.inbox.get(ids[1]).reason_code == "elsewhere"


def test_a_message_that_ended_the_process_twice_is_quarantined_unlooked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Stands for SIGKILL: nothing in the process may catch it."""

    looked_at: list[bytes] = []

    def deadly(raw: bytes) -> object:
        looked_at.append(raw)
        if b"message 1." in raw:
            raise Killed
        return parse(raw)

    monkeypatch.setattr(process_module, "parse", deadly)
    ids = store(house, *(mail(n) for n in range(3)))
    with pytest.raises(Killed):
        house.app.processing.process(ids)
    first = house.app.processing.leftovers(None)
    assert first == [[ids[0]], [ids[1]], [ids[2]]]  # each alone: only the culprit may fall
    assert house.app.processing.process(first[0])[0].outcome == "new_ticket"
    with pytest.raises(Killed):
        house.app.processing.process(first[1])
    looked_at.clear()
    with pytest.raises(Killed):
        house.app.processing.process(house.app.processing.leftovers(None)[0])
    looked_at.clear()
    tried: list[bytes] = []

    def dies(raw: bytes) -> bool:
        tried.append(raw)
        return False

    suspicious = ProcessService(house.app.storage, survives=dies)
    second = suspicious.leftovers(None)
    assert tried == [mail(1)]
    assert second == [[ids[2]]]
    assert looked_at == []
    assert house.app.inbox.get(ids[1]).reason_code == Code.KILLED_TWICE
    assert house.app.processing.process(second[0])[0].outcome == "new_ticket"


def test_a_message_that_is_harmless_by_itself_is_not_blamed_for_a_machine_that_is_switched_off(house: House) -> None:
    (inbox_id,) = store(house, mail(1))
    for _ in range(ATTEMPTS_AT_MOST - 1):
        house.app.storage.inbox.begin([inbox_id])  # and the power went
    assert house.app.processing.leftovers(None) == [[inbox_id]]
    house.app.storage.inbox.begin([inbox_id])
    assert house.app.processing.leftovers(None) == []
    assert house.app.inbox.get(inbox_id).state is InboxState.QUARANTINED


def test_a_message_is_processed_once_however_many_try(house: House) -> None:
    ids = store(house, *(mail(n) for n in range(20)))
    results: list[int] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        results.extend(len(house.app.processing.process([one])) for one in ids)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 20
    assert house.tickets == 20


def test_no_message_is_blamed_for_a_database_or_a_lease_in_trouble(house: House) -> None:
    ids = store(house, mail(1))

    def trouble() -> None:
        raise UserFixableError(Code.DATABASE_LOCKED, {"url": "x"})

    for _ in range(ATTEMPTS_AT_MOST + 1):
        with pytest.raises(UserFixableError):
            house.app.processing.process(ids, trouble)
    (waiting,) = house.app.storage.inbox.leftovers(None)
    assert (waiting.attempts, waiting.begun) == (0, False)


def test_nothing_of_a_batch_remains_when_its_commit_is_not_allowed(house: House) -> None:
    ids = store(house, mail(1), mail(2))

    def lost() -> None:
        raise UserFixableError(Code.LEASE_LOST, {"name": "x"})

    with pytest.raises(UserFixableError, match="lease-lost"):
        house.app.processing.process(ids, lost)
    assert [m.state for m in house.messages] == [InboxState.STORED] * 2
    assert house.tickets == 0


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.DECIDED, Step.WRITTEN])
def test_a_failure_inside_the_transaction_leaves_no_half_ticket(house: House, step: Step) -> None:
    ids = store(house, mail(1), mail(2))

    class Killed(BaseException):
        pass

    def kill(now: Step) -> None:
        if now is step:
            raise Killed

    house.on_step.append(kill)
    with pytest.raises(Killed):
        house.app.processing.process(ids)
    assert house.tickets == 0
    assert [m.state for m in house.messages] == [InboxState.STORED] * 2
    house.on_step.clear()
    for batch in house.app.processing.leftovers(None):
        house.app.processing.process(batch)
    assert house.tickets == 2


def test_ticket_numbers_follow_each_other_and_pass_over_taken_ones(house: House) -> None:
    ids = store(house, *(mail(n) for n in range(3)))
    numbers = [r.ticket for r in house.app.processing.process(ids)]
    counters = [number[10:15] for number in numbers]
    assert counters == ["00001", "00002", "00003"]
    assert all(number[8:10] == "10" and len(number) == 16 for number in numbers)


def test_a_reply_to_a_closed_ticket_does_what_the_queue_says(house: House) -> None:
    house.app.storage.queues.add(Queue(name="Strict", follow_up=FollowUpOption.REJECT))
    house.app.storage.queues.add(Queue(name="Fresh", follow_up=FollowUpOption.NEW_TICKET))
    outcomes = {}
    for number, queue in enumerate(["Raw", "Strict", "Fresh"], start=1):
        (made,) = house.app.processing.process(
            store(house, mail(number), context=dataclasses.replace(CONTEXT, queue=queue))
        )
        house.app.tickets.change(made.ticket, TicketChange(state="closed successful"))
        reply = mail(100 + number, Subject=f"Re: [Ticket#{made.ticket}] Question {number}")
        (answer,) = house.app.processing.process(store(house, reply))
        outcomes[queue] = (answer.outcome, answer.ticket == made.ticket, house.app.tickets.get(made.ticket).state)
    assert outcomes == {
        "Raw": ("follow_up", True, "open"),
        "Strict": ("follow_up_rejected", True, "closed successful"),
        "Fresh": ("follow_up_new_ticket", False, "closed successful"),
    }


def test_dispatch_by_address_and_the_trace_says_so(house: House) -> None:
    house.app.storage.queues.add(Queue(name="Support"))
    house.app.storage.addresses.add(MailAddress(address="support@example.org", queue="Support"))
    (made,) = house.app.processing.process(store(house, mail(1, To="Support@Example.ORG")))
    ticket = house.app.tickets.get(made.ticket)
    assert ticket.queue == "Support"
    (article,) = house.app.tickets.articles(ticket)
    assert article.because
    assert any("support@example.org" in str(dict(b.facts)).lower() for b in article.because)


def test_work_by_hand_assign_archive_discard_release(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    ids = store(house, *(mail(n) for n in range(10, 14)))
    for inbox_id in ids:
        house.app.storage.inbox.quarantine(inbox_id, "processing-failed", {"detail": "x"})
    ticket = house.app.inbox.assign(ids[0], made.ticket)
    assert ticket.articles == 2
    house.app.inbox.archive(ids[1])
    house.app.inbox.discard(ids[2], "spam")
    released = house.app.inbox.release(ids[3], "Junk")
    assert released is not None
    assert house.app.tickets.get(released.ticket).queue == "Junk"
    assert [house.app.inbox.get(i).state.value for i in ids] == ["processed", "ignored", "discarded", "processed"]
    with pytest.raises(UserFixableError, match="wrong-state"):
        house.app.inbox.discard(ids[3], "no")
    with pytest.raises(UserFixableError, match="unknown-ticket"):
        house.app.inbox.assign(ids[1], "4711")
    with pytest.raises(UserFixableError, match="unknown-message"):
        house.app.inbox.raw(999_999)


def test_an_ignored_message_is_released_and_a_discarded_one_can_be_tried_again(house: House) -> None:
    (inbox_id,) = store(house, mail(1, **{"X-OTOBO-Ignore": "yes"}), context=IntakeContext(None, "", trusted=True))
    (ignored,) = house.app.processing.process([inbox_id])
    assert ignored.outcome == "ignored"
    again = house.app.inbox.retry(inbox_id)
    assert again is not None
    assert again.outcome == "ignored"
    house.app.inbox.discard(inbox_id, "not wanted")
    released = house.app.inbox.release(inbox_id, "Misc")
    assert released is not None
    assert (released.outcome, house.app.tickets.get(released.ticket).queue) == ("new_ticket", "Misc")


def test_a_message_that_waits_can_be_processed_by_hand(house: House) -> None:
    (inbox_id,) = store(house, mail(1))
    done = house.app.inbox.retry(inbox_id)
    assert done is not None
    assert done.outcome == "new_ticket"


def test_what_an_account_left_is_processed_when_it_is_not_valid_any_more(house: House) -> None:
    account = house.account()
    assert account.id is not None
    store(house, mail(1), context=IntakeContext(account.id, account.name, trusted=False))
    house.app.accounts.set_validity([account], Validity.INVALID)
    assert house.app.fetching.fetch([]) == []
    assert house.tickets == 1


def test_a_message_read_for_an_account_is_processed_at_once(house: House) -> None:
    account = house.account(validity=Validity.INVALID)
    done = house.app.reading.read(mail(1), account=account)
    assert done is not None
    assert house.tickets == 1


def test_filters_that_nothing_goes_by_are_slips(house: House) -> None:
    with pytest.raises(UserFixableError, match="unknown-account"):
        house.app.inbox.list(account="nope")
    with pytest.raises(UserFixableError, match="not-a-choice"):
        house.app.tickets.list(state="bogus")
    assert house.app.tickets.list(state="NEW") == []
    house.account("quiet")
    assert house.app.inbox.list(account="quiet") == []


def test_numbers_beyond_all_reason_are_unknown(house: House) -> None:
    with pytest.raises(UserFixableError, match="unknown-message"):
        house.app.inbox.get(10**20)
    with pytest.raises(UserFixableError, match="unknown-account"):
        house.app.accounts.get(str(10**20))


def test_one_message_is_read_once_and_processed(house: House) -> None:
    first = house.app.reading.read(mail(1), queue="misc")
    assert first is not None
    assert house.app.tickets.get(first.ticket).queue == "Misc"
    again = house.app.reading.read(mail(1))
    assert again is not None
    assert (again.outcome, again.inbox_id, again.ticket) == ("duplicate", first.inbox_id, first.ticket)
    assert house.tickets == 1
    with pytest.raises(UserFixableError, match="empty-input"):
        house.app.reading.read(b" \r\n")
    with pytest.raises(UserFixableError, match="unknown-queue"):
        house.app.reading.read(mail(2), queue="Nowhere")
    _, decision = house.app.reading.preview(mail(3))
    assert decision.title == "Question 3"
    assert house.tickets == 1


def test_messages_read_at_the_same_time_are_all_processed(house: House) -> None:
    start = threading.Barrier(4)

    def read(number: int) -> None:
        start.wait()
        house.app.reading.read(mail(number))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.tickets == 4


def test_a_read_message_that_the_account_has_fetched_is_not_imported_again(house: House) -> None:
    account = house.account()
    house.server.add(mail(1))
    house.fetch()
    again = house.app.reading.read(mail(1), account=account)
    assert again is not None
    assert again.outcome == "duplicate"
    assert house.tickets == 1


def test_an_attachment_is_cut_out_of_the_raw_message(house: House) -> None:
    raw = (
        b"From: a@example.net\r\nSubject: with file\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nsee file\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="x.bin"\r\n\r\nAAECAw==\r\n--b--\r\n'
    )
    (made,) = house.app.processing.process(store(house, raw))
    (article,) = house.app.tickets.articles(house.app.tickets.get(made.ticket))
    (attachment,) = article.attachments
    assert (attachment.filename, attachment.size) == ("x.bin", 4)
    assert house.app.tickets.content(article, attachment) == bytes([0, 1, 2, 3])
