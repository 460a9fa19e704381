"""One mail that reaches several accounts: what becomes of it is a matter of its copies, not of their order."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailadmin.domain.accounts import AccountType, Dispatching, IncomingAccount
from mailadmin.domain.errors import MailadminError, UserFixableError
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.messages import InboxMessage, InboxState, Intake, ServerState, digest
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.tickets import TicketChange
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.services.fetch.store_room import context_of
from mailadmin.services.inbox import InboxService
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.process import ProcessService
from mailadmin.services.steps import Step
from mailadmin.services.tickets import TicketService
from mailadmin.storage import Storage, open_storage

from .conftest import mail

NAMES = ("Anna", "bert", "Carl", "dora")
QUEUES = ("Sales", "Support", "Misc")
ONE_TICKET, PER_QUEUE = "one ticket", "one per queue"
ORDERS = {
    "X-OTOBO-Priority": "5 very high",
    "X-OTOBO-State": "open",
    "X-OTOBO-Queue": "Sales",
    "X-OTOBO-Owner": "nobody-knows",
    "X-OTOBO-Title": "As a header says",
    "X-OTOBO-CustomerUser": "cu-header",
    "X-OTOBO-DynamicField-Origin": "header",
    "X-OTOBO-SenderType": "agent",
    "X-OTOBO-FollowUp-State": "closed successful",
    "X-OTOBO-FollowUp-Priority": "1 very low",
    "X-OTOBO-FollowUp-Queue": "Support",
    "X-OTOBO-FollowUp-DynamicField-Origin": "reply",
    "X-OTOBO-FollowUp-State-PendingTime": "2027-01-01 10:00:00",
}


@dataclass(frozen=True)
class Reached:
    """An account that a copy of the mail reaches, with a filter of its own."""

    precedence: int
    trusted: bool = False
    queue: str = ""
    sets: tuple[tuple[str, str], ...] = ()


class World:
    """A database with queues, accounts and an administrator."""

    def __init__(self, storage: Storage, reached: Sequence[Reached], policy: str) -> None:
        self.storage = storage
        self.processing = ProcessService(storage)
        self.tickets = TicketService(storage)
        self.inbox = InboxService(storage, self.processing, self.tickets, MailboxOpener(storage, None, None))  # type: ignore[arg-type]
        storage.settings.set("PostMaster::Copies", policy)
        for name in QUEUES[:2]:
            storage.queues.add(Queue(name=name))
        storage.addresses.add(MailAddress(address="sales@example.org", queue="Sales"))
        for queue in storage.queues.all():
            if queue.name == "Sales":
                storage.queues.change(replace(queue, sender_address="sales@example.org"))
        storage.auto_responses.add(AutoResponse(name="thanks", subject="Thanks", body="!", queues=("Sales",)))
        follow_up = ResponseType.AUTO_FOLLOW_UP
        storage.auto_responses.add(AutoResponse(name="noted", type=follow_up, body="!", queues=("Sales",)))
        self.accounts = [self._account(name, one) for name, one in zip(NAMES, reached, strict=False)]
        self._arrived = 0

    def _account(self, name: str, one: Reached) -> IncomingAccount:
        account = IncomingAccount(
            name=name,
            type=AccountType.IMAPS,
            host="mail.example.org",
            username=name,
            trusted=one.trusted,
            queue=one.queue,
            dispatching=Dispatching.QUEUE if one.queue else Dispatching.ADDRESS,
            precedence=one.precedence,
        )
        stored = self.storage.accounts.add(account)
        if one.sets:
            actions = tuple(Action(header, value) for header, value in one.sets)
            conditions = (Condition("Message-ID", "copied"),)
            self.storage.filters.add(
                Filter(name=f"of {name}", conditions=conditions, actions=actions, accounts=(name,))
            )
        return stored

    def arrive(self, account: IncomingAccount, raw: bytes) -> int:
        """Store a message as a fetch leaves it."""
        self._arrived += 1
        item = Intake(f"INBOX/1/{self._arrived}", raw, digest(raw), len(raw), None, ServerState.DONE)
        mailbox = self.storage.accounts.mailbox_id(account)
        (inbox_id,) = self.storage.inbox.intake(mailbox, context_of(account), [item])
        assert inbox_id is not None
        return inbox_id

    def take(self, *numbers: int, raw: bytes) -> list[int]:
        """Copies by these accounts, processed in one batch; each as its server passes it on."""
        ids = [self.arrive(self.accounts[n], f"Delivered-To: {NAMES[n]}@x.example\r\n".encode() + raw) for n in numbers]
        self.processing.process(ids)
        return ids

    def message(self, inbox_id: int) -> InboxMessage:
        return self.inbox.get(inbox_id)

    def outcome(self) -> object:
        """Everything that came of it, numbers and times aside."""
        accounts = {one.id: one.account for one in self.storage.inbox.list()}
        tickets = []
        for ticket in self.tickets.list():
            articles = [
                (
                    accounts[article.inbox_id or 0],
                    article.decision_kind,
                    article.queue,
                    article.sender_type,
                    article.visible_for_customer,
                    article.subject,
                    article.body,
                    tuple(sorted(article.fields.items())),
                    tuple(part.sha256 for part in article.attachments),
                    tuple(sorted(copy.account for copy in article.copies)),
                )
                for article in self.tickets.articles(ticket)
            ]
            facts = self.storage.tickets.facts_by_id([ticket.id])[ticket.id]
            answers = [(one.draft.response, one.draft.to) for one in self.storage.outbox.of_ticket(ticket.id)]
            plain = replace(facts, id=0, number="")
            tickets.append((str(plain), sorted(ticket.fields.items()), articles, answers, ticket.continues))
        counted = self.storage.outbox.counts(["c1@example.net"])
        states = {one.account: one.state.value for one in self.storage.inbox.list() if "copied" in one.message_id}
        return sorted(tickets, key=str), sorted(states.items()), counted


@contextmanager
def world(template: Path, reached: Sequence[Reached], policy: str = PER_QUEUE) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "mailadmin.db")
        storage = open_storage(f"sqlite:///{folder}/mailadmin.db", who="tester@here", backups=Path(folder))
        try:
            yield World(storage, reached, policy)
        finally:
            storage.close()


TODAY = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def now_mail(number: int, **headers: str) -> bytes:
    """A mail of this hour: only such are answered by themselves."""
    return mail(number, Date=TODAY, **headers)


PARENT = now_mail(100, Message_ID="<parent@example.net>")
X = {name.replace("-", "_"): value for name, value in ORDERS.items()}
COPIED = now_mail(1, Message_ID="<copied@example.net>", To="sales@example.org", **X)
REPLY = now_mail(1, Message_ID="<copied@example.net>", In_Reply_To="<parent@example.net>", **X)

sets = st.lists(
    st.sampled_from([*ORDERS.items(), ("X-OTOBO-Ignore", "yes"), ("X-OTOBO-Queue", "Misc"), ("X-OTOBO-Loop", "yes")]),
    max_size=3,
    unique_by=lambda action: action[0],
).map(tuple)
accounts = st.builds(Reached, st.integers(1, 3), st.booleans(), st.sampled_from(("", *QUEUES)), sets)


Run: TypeAlias = Callable[["World", tuple[int, ...]], None]
"""Lets copies by these accounts, by number, come in this order."""


def permuted(template: Path, reached: list[Reached], policy: str, run: Run) -> None:
    """Let the copies come in every order; all must come to the same."""
    outcomes = {}
    for order in itertools.permutations(range(len(reached))):
        with world(template, reached, policy) as here:
            run(here, order)
            outcomes[order] = here.outcome()
    first = next(iter(outcomes.values()))
    for order, outcome in outcomes.items():
        assert outcome == first, order


def one_by_one(raw: bytes) -> Run:
    def run(here: World, order: tuple[int, ...]) -> None:
        for number in order:
            here.take(number, raw=raw)

    return run


def at_once(raw: bytes) -> Run:
    def run(here: World, order: tuple[int, ...]) -> None:
        here.take(*order, raw=raw)

    return run


def pairs(raw: bytes) -> Run:
    def run(here: World, order: tuple[int, ...]) -> None:
        for start in range(0, len(order), 2):
            here.take(*order[start : start + 2], raw=raw)

    return run


def after_parent(run: Run, option: FollowUpOption | None, queue: str) -> Run:
    """The mail is a reply to a ticket, which is closed unless ``option`` is None."""

    def prepared(here: World, order: tuple[int, ...]) -> None:
        stored = here.storage.queues.by_name(queue)
        assert stored is not None
        here.storage.queues.change(replace(stored, follow_up=option or FollowUpOption.POSSIBLE))
        (inbox_id,) = here.take(0, raw=PARENT)
        change = TicketChange(queue=queue, state="closed successful" if option else "open")
        here.tickets.change(here.message(inbox_id).ticket, change)
        run(here, order)

    return prepared


EXAMPLES = int(os.environ.get("MAILADMIN_COPIES_EXAMPLES", "12"))
"""More of them find more: hundreds take minutes."""

few = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@few
@given(
    st.lists(accounts, min_size=2, max_size=3),
    st.sampled_from((ONE_TICKET, PER_QUEUE)),
    st.sampled_from((one_by_one, at_once, pairs)),
)
def test_new_tickets_are_the_same_in_any_order(
    sqlite_template: Path,
    reached: list[Reached],
    policy: str,
    how: Callable[[bytes], Run],
) -> None:
    permuted(sqlite_template, reached, policy, how(COPIED))


@few
@given(
    st.lists(accounts, min_size=2, max_size=3),
    st.sampled_from((ONE_TICKET, PER_QUEUE)),
    st.sampled_from((one_by_one, at_once, pairs)),
    st.sampled_from((None, *FollowUpOption)),
    st.sampled_from(("Sales", "Support")),
)
def test_follow_ups_are_the_same_in_any_order(
    sqlite_template: Path,
    reached: list[Reached],
    policy: str,
    how: Callable[[bytes], Run],
    option: FollowUpOption | None,
    queue: str,
) -> None:
    permuted(sqlite_template, reached, policy, after_parent(how(REPLY), option, queue))


@pytest.mark.slow
@pytest.mark.parametrize("policy", [ONE_TICKET, PER_QUEUE])
@pytest.mark.parametrize("how", [one_by_one, at_once, pairs])
def test_four_copies_in_all_orders(sqlite_template: Path, policy: str, how: Callable[[bytes], Run]) -> None:
    reached = [
        Reached(3, queue="Sales", sets=(("X-OTOBO-Priority", "1 very low"), ("X-OTOBO-FollowUp-State", "open"))),
        Reached(2, trusted=True),
        Reached(2, queue="Misc", sets=(("X-OTOBO-DynamicField-Origin", "filter"),)),
        Reached(1, queue="Sales", sets=(("X-OTOBO-FollowUp-Queue", "Misc"),)),
    ]
    permuted(sqlite_template, reached, policy, how(COPIED))
    permuted(sqlite_template, reached, policy, after_parent(how(REPLY), None, "Support"))


def test_one_ticket_of_all_copies_in_the_queue_of_the_account_that_stands_first(sqlite_template: Path) -> None:
    reached = [Reached(9, queue="Support"), Reached(1, queue="Sales")]
    for policy, queues in ((ONE_TICKET, ["Sales"]), (PER_QUEUE, ["Sales", "Support"])):
        with world(sqlite_template, reached, policy) as here:
            (first,) = here.take(0, raw=COPIED)
            (second,) = here.take(1, raw=COPIED)
            assert sorted(ticket.queue for ticket in here.tickets.list()) == queues
            if policy == ONE_TICKET:
                assert (here.message(first).state, here.message(first).duplicate_of) == (InboxState.DUPLICATE, second)
                assert here.message(second).state is InboxState.PROCESSED
                (ticket,) = here.tickets.list()
                assert [one.event for one in here.tickets.history(ticket)] == ["NewTicket", "CopyTakesOver", "Move"]


def test_a_copy_to_the_same_queue_is_a_duplicate_and_keeps_its_octets(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1), Reached(2)]) as here:
        (first,) = here.take(0, raw=COPIED)
        (second,) = here.take(1, raw=COPIED)
        copy = here.message(second)
        assert (copy.state, copy.duplicate_of, copy.decision_kind) == (InboxState.DUPLICATE, first, "copy")
        assert copy.ticket == here.message(first).ticket
        assert here.inbox.raw(second).startswith(b"Delivered-To: bert@")
        assert here.inbox.raw(first).startswith(b"Delivered-To: Anna@")
        assert [one.step for one in copy.because][-1] == "copy-of"
        again = here.arrive(here.accounts[1], here.inbox.raw(second))
        same = here.storage.inbox.same_mail(
            here.storage.accounts.mailbox_id(here.accounts[1]), None, [digest(here.inbox.raw(second))]
        )
        assert list(same.values()) == [second], "octets are those of the copy, not of the first"
        assert again


def test_what_somebody_has_changed_since_stays_theirs(sqlite_template: Path) -> None:
    reached = [
        Reached(9, queue="Support", sets=(("X-OTOBO-Priority", "4 high"), ("X-OTOBO-DynamicField-Origin", "first"))),
        Reached(1, queue="Sales", sets=(("X-OTOBO-Priority", "2 low"), ("X-OTOBO-DynamicField-Origin", "second"))),
    ]
    with world(sqlite_template, reached, ONE_TICKET) as here:
        (first,) = here.take(0, raw=COPIED)
        change = TicketChange(queue="Misc", fields={"Origin": "mine"}, title="By hand")
        here.tickets.change(here.message(first).ticket, change)
        (second,) = here.take(1, raw=COPIED)
        (ticket,) = here.tickets.list()
        assert (ticket.queue, ticket.fields, ticket.title) == ("Misc", {"Origin": "mine"}, "By hand")
        assert ticket.priority == "2 low"
        (article,) = here.tickets.articles(ticket)
        assert (article.inbox_id, article.queue) == (second, "Sales")


def test_a_ticket_moved_by_hand_into_the_queue_of_a_copy_is_the_one_of_that_queue(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1, queue="Support"), Reached(2, queue="Sales")]) as here:
        (first,) = here.take(0, raw=COPIED)
        here.tickets.change(here.message(first).ticket, TicketChange(queue="Sales"))
        (second,) = here.take(1, raw=COPIED)
        assert here.message(second).duplicate_of == first
        assert len(here.tickets.list()) == 1


def test_a_copy_of_a_mail_whose_ticket_was_merged_is_in_the_other_and_changes_nothing_of_it(
    sqlite_template: Path,
) -> None:
    reached = [Reached(9, queue="Sales"), Reached(1, queue="Sales", sets=(("X-OTOBO-Priority", "5 very high"),))]
    with world(sqlite_template, reached) as here:
        (other,) = here.take(0, raw=PARENT)
        (first,) = here.take(0, raw=COPIED)
        number = here.message(other).ticket
        here.tickets.merge(here.message(first).ticket, number)
        (second,) = here.take(1, raw=COPIED)
        ticket = here.tickets.get(number)
        assert (ticket.articles, ticket.priority) == (2, "3 normal")
        assert here.tickets.articles(ticket)[1].inbox_id == second
        assert (here.message(first).ticket, here.message(second).ticket) == (number, number)


def test_copies_go_along_when_their_ticket_is_merged(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1), Reached(2)]) as here:
        (other,) = here.take(0, raw=PARENT)
        first, second = here.take(0, 1, raw=COPIED)
        here.tickets.merge(here.message(first).ticket, here.message(other).ticket)
        assert here.message(second).ticket == here.message(other).ticket


def test_a_follow_up_that_joins_by_a_copy_reverts_what_the_earlier_one_did(sqlite_template: Path) -> None:
    reached = [
        Reached(
            9, sets=(("X-OTOBO-FollowUp-State", "closed successful"), ("X-OTOBO-FollowUp-Priority", "5 very high"))
        ),
        Reached(1, sets=(("X-OTOBO-FollowUp-Queue", "Misc"),)),
    ]
    with world(sqlite_template, reached) as here:
        (parent,) = here.take(0, raw=PARENT)
        number = here.message(parent).ticket
        here.tickets.change(number, TicketChange(state="open"))
        here.take(0, raw=REPLY)
        assert here.tickets.get(number).state == "closed successful"
        here.take(1, raw=REPLY)
        ticket = here.tickets.get(number)
        assert (ticket.state, ticket.priority, ticket.queue, ticket.articles) == ("open", "3 normal", "Misc", 2)


def test_one_answer_whatever_the_number_of_copies(sqlite_template: Path) -> None:
    reached = [Reached(3, queue="Sales"), Reached(2, queue="Sales"), Reached(1, queue="Sales")]
    with world(sqlite_template, reached) as here:
        for number in range(3):
            here.take(number, raw=COPIED)
        (answer,) = here.storage.outbox.page()
        assert answer.draft.to == ("c1@example.net",)
        assert here.storage.outbox.counts(["c1@example.net"]) == {"c1@example.net": 1}


def test_one_answer_though_the_ticket_was_merged_between_the_copies(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(3), Reached(2), Reached(1)], ONE_TICKET) as here:
        plain = now_mail(1, Message_ID="<copied@example.net>", To="sales@example.org")
        (first,) = here.take(0, raw=plain)
        (other,) = here.take(0, raw=now_mail(7, To="support@example.org"))
        here.tickets.merge(here.message(first).ticket, here.message(other).ticket)
        for number in (1, 2):
            here.take(number, raw=plain)
            assert len(here.storage.outbox.page()) == 1
            assert here.storage.outbox.counts(["c1@example.net"]) == {"c1@example.net": 1}


def test_two_copies_by_one_account_are_the_same_in_any_order(sqlite_template: Path) -> None:
    raws = [now_mail(1, Message_ID="<copied@example.net>", To=f"{to}@example.org") for to in ("sales", "support")]
    queues = []
    for order in ((0, 1), (1, 0)):
        with world(sqlite_template, [Reached(1)], ONE_TICKET) as here:
            here.storage.addresses.add(MailAddress(address="support@example.org", queue="Support"))
            for number in order:
                here.take(0, raw=raws[number])
            queues.append([ticket.queue for ticket in here.tickets.list()])
    assert queues[0] == queues[1]
    assert len(queues[0]) == 1


def test_an_answer_that_is_no_draft_any_more_is_not_written_twice(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(2, queue="Sales"), Reached(1, queue="Sales")]) as here:
        here.take(0, raw=COPIED)
        (answer,) = here.storage.outbox.page()
        here.storage.outbox.discard([answer.id])
        here.take(1, raw=COPIED)
        assert [one.id for one in here.storage.outbox.page()] == [answer.id]


def test_a_copy_by_hand_doubles_nothing(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1, queue="Sales"), Reached(2, queue="Sales")]) as here:
        first, second = here.take(0, 1, raw=COPIED)
        for act in (here.inbox.retry, here.inbox.release):
            done = act(second)
            assert done is not None
            assert done.outcome == "copy"
        assert (len(here.tickets.list()), here.message(second).duplicate_of) == (1, first)
        assert here.tickets.list()[0].articles == 1
        released = here.inbox.release(second, "Misc")
        assert released is not None
        assert (released.outcome, here.tickets.get(released.ticket).queue) == ("new_ticket", "Misc")
        with pytest.raises(UserFixableError, match="wrong-state"):
            here.inbox.retry(second)


def test_a_duplicate_of_the_same_octets_has_nothing_to_process(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1)]) as here:
        (first,) = here.take(0, raw=COPIED)
        item = Intake("INBOX/2/1", b"x", b"d" * 32, 1, None, ServerState.DONE, duplicate_of=first)
        mailbox = here.storage.accounts.mailbox_id(here.accounts[0])
        (same,) = here.storage.inbox.intake(mailbox, context_of(here.accounts[0]), [item])
        assert same is not None
        for act in (here.inbox.retry, here.inbox.release):
            with pytest.raises(UserFixableError, match="wrong-state"):
                act(same)
        assert here.inbox.raw(same) == here.inbox.raw(first)


def test_what_was_put_into_a_ticket_by_hand_is_not_taken_out_by_a_copy(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(9), Reached(1, queue="Sales")], ONE_TICKET) as here:
        (parent,) = here.take(0, raw=PARENT)
        inbox_id = here.arrive(here.accounts[0], COPIED)
        here.storage.inbox.quarantine(inbox_id, "processing-failed", {"detail": "x"})
        here.inbox.assign(inbox_id, here.message(parent).ticket)
        (copy,) = here.take(1, raw=COPIED)
        assert here.message(copy).duplicate_of == inbox_id
        assert len(here.tickets.list()) == 1


def test_a_mail_to_two_queues_is_answered_into_both_when_one_of_the_tickets_is_closed(sqlite_template: Path) -> None:
    reached = [Reached(1, queue="Sales"), Reached(2, queue="Support")]
    with world(sqlite_template, reached) as here:
        sales = here.storage.queues.by_name("Sales")
        assert sales is not None
        here.storage.queues.change(replace(sales, follow_up=FollowUpOption.NEW_TICKET))
        for order in ((0, 1), (1, 0)):
            mark = f"{order[0]}"
            parent = now_mail(7, Message_ID=f"<p{mark}@example.net>")
            one, two = here.take(0, 1, raw=parent)
            here.tickets.change(here.message(one).ticket, TicketChange(state="closed successful"))
            reply = now_mail(8, Message_ID=f"<r{mark}@example.net>", In_Reply_To=f"<p{mark}@example.net>")
            for number in order:
                here.take(number, raw=reply)
            assert here.tickets.get(here.message(two).ticket).articles == 2
            again = [ticket for ticket in here.tickets.list() if ticket.continues == here.message(one).ticket]
            assert [(ticket.queue, ticket.articles) for ticket in again] == [("Sales", 1)]


def test_killed_while_a_copy_takes_over_nothing_has_happened(sqlite_template: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(step: Step) -> None:
        if step is Step.WRITTEN:
            raise Killed

    with world(sqlite_template, [Reached(2, queue="Support"), Reached(1, queue="Sales")], ONE_TICKET) as here:
        (first,) = here.take(0, raw=COPIED)
        before = here.outcome()
        second = here.arrive(here.accounts[1], COPIED)
        with pytest.raises(Killed):
            ProcessService(here.storage, on_step=kill).process([second])
        assert (here.message(first).state, here.message(second).state) == (InboxState.PROCESSED, InboxState.STORED)
        (batch,) = here.processing.leftovers(here.accounts[1].id)
        here.processing.process(batch)
        assert before != here.outcome()
        assert here.message(first).duplicate_of == second


def test_mails_that_share_a_message_id_and_nothing_else_are_no_copies(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1), Reached(2)]) as here:
        here.take(0, raw=now_mail(1, Message_ID="<copied@example.net>"))
        here.take(1, raw=now_mail(2, Message_ID="<copied@example.net>"))
        assert len(here.tickets.list()) == 2


def test_a_mail_that_refers_to_itself_is_no_reply(sqlite_template: Path) -> None:
    with world(sqlite_template, [Reached(1, queue="Sales"), Reached(2, queue="Support")]) as here:
        odd = now_mail(1, Message_ID="<copied@example.net>", References="<copied@example.net>")
        here.take(0, raw=odd)
        here.take(1, raw=odd)
        assert sorted(ticket.queue for ticket in here.tickets.list()) == ["Sales", "Support"]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("policy", [ONE_TICKET, PER_QUEUE])
def test_copies_decided_at_once_by_several_programs_make_one_ticket(
    database_url: str, policy: str, tmp_path: Path
) -> None:
    """Many mails, each in four copies, every copy by another program, all at the same time and in other orders."""
    opened = [open_storage(database_url, who=f"{name}@here", backups=tmp_path) for name in NAMES]
    reached = [Reached(number, queue="Sales") for number in (4, 3, 2, 1)]
    here = World(opened[0], reached, policy)
    reaching = here.accounts
    mails = [now_mail(number, Message_ID=f"<copied{number}@example.net>") for number in range(20)]
    ids = [[here.arrive(account, f"X-By: {account.name}\r\n".encode() + raw) for raw in mails] for account in reaching]
    start = threading.Barrier(4)
    failures: list[MailadminError] = []

    def work(place: int) -> None:
        mine = ids[place] if place % 2 else list(reversed(ids[place]))
        processing = ProcessService(opened[place])
        start.wait()
        try:
            for first in range(0, len(mine), 5):
                processing.process(mine[first : first + 5])
        except MailadminError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert failures == []
        tickets = here.tickets.list()
        assert len(tickets) == 20
        assert {ticket.articles for ticket in tickets} == {1}
        deciders = {here.message(a.inbox_id or 0).account for t in tickets for a in here.tickets.articles(t)}
        assert deciders == {"dora"}
        duplicates = here.storage.inbox.list(state=InboxState.DUPLICATE)
        assert len(duplicates) == 60
        assert len({one.duplicate_of for one in duplicates}) == 20
    finally:
        for storage in opened:
            storage.close()


def test_a_reply_that_belongs_to_another_ticket_by_the_copy_that_decides_goes_there(
    database_url: str, tmp_path: Path
) -> None:
    """The parent made a ticket in each queue; since then one ticket is wanted of all copies."""
    storage = open_storage(database_url, who="tester@here", backups=tmp_path)
    try:
        sets = (("X-OTOBO-FollowUp-State", "closed successful"), ("X-OTOBO-FollowUp-DynamicField-Room", "12"))
        here = World(storage, [Reached(9, queue="Sales", sets=sets), Reached(1, queue="Support")], PER_QUEUE)
        sales, support = (here.message(one).ticket for one in here.take(0, 1, raw=PARENT))
        assert sales != support
        storage.settings.set("PostMaster::Copies", ONE_TICKET)
        (first,) = here.take(0, raw=REPLY)
        assert here.message(first).ticket == sales
        assert (here.tickets.get(sales).state, here.tickets.get(sales).fields) == ("closed successful", {"Room": "12"})
        (second,) = here.take(1, raw=REPLY)
        assert (here.message(first).ticket, here.message(second).ticket) == (support, support)
        before, after = here.tickets.get(sales), here.tickets.get(support)
        assert (before.articles, before.state, before.fields) == (1, "new", {})
        assert (after.articles, here.tickets.articles(after)[1].inbox_id) == (2, second)
        assert here.message(first).duplicate_of == second
    finally:
        storage.close()


def test_fields_are_replaced_where_nobody_has_changed_them_on_any_database(database_url: str, tmp_path: Path) -> None:
    storage = open_storage(database_url, who="tester@here", backups=tmp_path)
    try:
        first = (("X-OTOBO-DynamicField-A", "1"), ("X-OTOBO-DynamicField-B", "1"), ("X-OTOBO-Priority", "4 high"))
        later = (("X-OTOBO-DynamicField-B", "2"), ("X-OTOBO-DynamicField-C", "2"), ("X-OTOBO-DynamicField-D", "2"))
        here = World(
            storage, [Reached(9, queue="Support", sets=first), Reached(1, queue="Sales", sets=later)], ONE_TICKET
        )
        (one,) = here.take(0, raw=COPIED)
        here.tickets.change(here.message(one).ticket, TicketChange(fields={"D": "mine"}))
        (two,) = here.take(1, raw=COPIED)
        (ticket,) = here.tickets.list()
        assert ticket.fields == {"B": "2", "C": "2", "D": "mine"}
        assert (ticket.queue, ticket.priority) == ("Sales", "3 normal")
        (article,) = here.tickets.articles(ticket)
        assert [copy.inbox_id for copy in article.copies] == [one]
        assert here.message(two).state is InboxState.PROCESSED
    finally:
        storage.close()
