"""What processing knows: everything configured, what is looked up, what one message of a batch tells the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mailadmin.domain.customers import CustomerUser
from mailadmin.domain.decisions import AccountFacts, DecisionKind
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind
from mailadmin.domain.messages import IntakeContext
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.responses import AutoResponse, OutboxState
from mailadmin.domain.settings import SETTINGS
from mailadmin.domain.tickets import TicketChange, TicketQuery
from mailadmin.domain.vocabulary import StateType
from mailadmin.services import process as process_module
from mailadmin.services.snapshot import routing_snapshot

from .conftest import House, mail
from .test_process import CONTEXT, store

pytestmark = pytest.mark.parametrize("family", ["imap"], indirect=True)
TRUSTED = dataclasses.replace(CONTEXT, trusted=True)


def test_the_snapshot_holds_what_is_configured_and_valid(house: House) -> None:
    storage = house.app.storage
    storage.queues.add(Queue(name="Support"))
    storage.addresses.add(MailAddress(address="Help@Example.org", display_name="Help desk", queue="Support"))
    support = storage.queues.by_name("support")
    assert support is not None
    storage.queues.change(dataclasses.replace(support, sender_address="help@example.org"))
    storage.lists.add(ListEntry(kind=ListKind.AGENT, name="Ann"))
    storage.lists.add(ListEntry(kind=ListKind.STATE, name="waiting", state_type=StateType.PENDING_REMINDER))
    storage.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Serial", field_of=FieldOf.ARTICLE))
    storage.external_numbers.add(ExternalNumberRule(name="erp", number_pattern=r"ERP-(\d+)", dynamic_field="Erp"))
    storage.auto_responses.add(AutoResponse(name="hello", subject="s", body="b", queues=("Support",)))
    for key, value in (
        ("PostMaster::Copies", "one ticket"),
        ("PostMaster::UnknownSender", "hold"),
        ("PostmasterMaxEmailsPerAddress", "Boss@example.org=3, x@y.example=0"),
        ("Ticket::FurtherHooks", "Case#, Vorgang "),
    ):
        storage.settings.set(key, value)
    routing = routing_snapshot(storage)
    queue = routing.queues["support"]
    assert (queue.sender_address, queue.sender_name) == ("Help@Example.org", "Help desk")
    assert routing.lists.agents == {"ann": "Ann"}
    assert routing.lists.states["waiting"] == ("waiting", StateType.PENDING_REMINDER)
    assert routing.lists.article_fields == {"serial": "Serial"}
    assert [rule.name for rule in routing.external_numbers] == ["erp"]
    assert {key[0]: one.name for key, one in routing.responses.items()} == {"support": "hello"}
    assert (routing.one_ticket_for_copies, routing.hold_unknown_senders) == (True, True)
    assert routing.max_responses_of == {"boss@example.org": 3, "x@y.example": 0}
    assert routing.further_hooks == ("Case#", "Vorgang")


def test_every_setting_of_postmaster_is_in_the_snapshot(house: House) -> None:
    """A setting that is forgotten would do nothing, and nobody would see it."""
    storage = house.app.storage
    before = routing_snapshot(storage)
    elsewhere = {"Fetch", "Timeout", "CommunicationLog", "PostMasterMaxEmailSize", "Ticket::SubjectSize"}
    other = {
        "PostmasterDefaultQueue": "Misc", "PostmasterDefaultPriority": "1 very low", "PostmasterDefaultState": "open",
        "PostmasterFollowUpState": "new", "PostmasterFollowUpStateClosed": "new", "SystemID": "77",
        "PostmasterMaxEmailsPerAddress": "a@b.example=1", "SendNoAutoResponseRegExp": "x",
    }  # fmt: skip
    for key, setting in SETTINGS.items():
        if key.startswith(tuple(elsewhere)):
            continue
        if isinstance(setting.default, bool):
            value: object = not setting.default
        elif setting.choices:
            value = next(choice for choice in setting.choices if choice != setting.default)
        else:
            value = other.get(key, 7 if isinstance(setting.default, int) else "Other")
        storage.settings.set(key, other.get(key, value))  # type: ignore[arg-type]
        assert routing_snapshot(storage) != before, key
        storage.settings.set(key, None)
    assert routing_snapshot(storage) == before


def test_what_is_configured_is_read_again_only_when_it_has_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def counted(storage: object) -> object:
        read.append(1)
        return routing_snapshot(storage)  # type: ignore[arg-type]

    monkeypatch.setattr(process_module, "routing_snapshot", counted)
    storage = house.app.storage
    for number in range(3):
        house.app.processing.process(store(house, mail(number)))
    assert len(read) == 1
    account = house.account("named")
    added = storage.filters.add(
        Filter(name="f", conditions=(Condition("From", "@"),), actions=(Action("X-OTOBO-Queue", "Misc"),))
    )
    changes: tuple[Callable[[], object], ...] = (
        lambda: storage.filters.change(dataclasses.replace(added, accounts=("named",))),
        lambda: storage.accounts.change(dataclasses.replace(account, name="renamed")),
        lambda: storage.settings.set("PostmasterDefaultState", "open"),
        lambda: storage.settings.set("PostmasterDefaultState", "new"),
        lambda: storage.queues.add(Queue(name="Q")),
        lambda: storage.addresses.add(MailAddress(address="q@example.org", queue="Q")),
        lambda: storage.lists.add(ListEntry(kind=ListKind.AGENT, name="Ann")),
        lambda: storage.external_numbers.add(ExternalNumberRule(name="e", number_pattern="(1)", dynamic_field="E")),
        lambda: storage.auto_responses.add(AutoResponse(name="r", subject="s", body="b", queues=("Q",))),
        lambda: storage.filters.delete(storage.filters.all()[0]),
    )
    for number, change in enumerate(changes, start=2):
        change()
        house.app.processing.process(store(house, mail(100 + number)))
        assert len(read) == number


def test_a_filter_knows_an_account_by_its_name_of_today(house: House) -> None:
    account = house.account("before")
    actions = (Action("X-OTOBO-Queue", "Misc"),)
    house.app.storage.filters.add(
        Filter(name="f", conditions=(Condition("From", "@"),), actions=actions, accounts=("before",))
    )
    ids = store(house, mail(1), context=IntakeContext(account.id, "before", trusted=False))
    house.app.storage.accounts.change(dataclasses.replace(account, name="after"))
    house.app.processing.process(ids)
    assert house.app.tickets.list()[0].queue == "Misc"


def test_the_answers_of_a_batch_count_for_its_next_messages(house: House) -> None:
    storage = house.app.storage
    storage.queues.add(Queue(name="Support"))
    storage.addresses.add(MailAddress(address="support@example.org", display_name="Support", queue="Support"))
    support = storage.queues.by_name("Support")
    assert support is not None
    storage.queues.change(dataclasses.replace(support, sender_address="support@example.org"))
    storage.auto_responses.add(
        AutoResponse(name="hello", subject="Hello", body="<OTOBO_TicketNumber>", queues=("Support",))
    )
    storage.settings.set("PostmasterMaxEmails", 2)
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    done = house.app.processing.process(
        store(house, *(mail(number, From="ann@example.net", Date=now) for number in range(4)))
    )
    drafts = house.app.outbox.page()
    assert [draft.draft.body for draft in reversed(drafts)] == [one.ticket for one in done[:2]]
    assert {draft.state for draft in drafts} == {OutboxState.DRAFT}
    assert storage.outbox.counts(["ann@example.net"]) == {"ann@example.net": 2}
    (later,) = house.app.processing.process(store(house, mail(9, From="ann@example.net", Date=now)))
    assert later.decision is not None
    assert later.decision.response is None
    ids = {draft.message_id for draft in drafts}
    assert len(ids) == 2
    assert all(one.startswith("<") and one.endswith("@example.org>") for one in ids)
    assert house.app.outbox.page(text="ANN@")[0].id == drafts[0].id
    assert house.app.outbox.page(text=done[0].ticket)[0].ticket == done[0].ticket
    assert house.app.outbox.of_ticket(house.app.tickets.get(done[0].ticket)) == [drafts[1]]
    house.app.outbox.discard([drafts[0].id])
    assert house.app.outbox.page()[0].state is OutboxState.DISCARDED
    assert not drafts[1].expired(datetime.now(UTC))
    assert drafts[1].expired(drafts[1].expires)


def test_another_system_s_number_leads_to_the_ticket_of_the_same_batch(house: House) -> None:
    house.app.storage.external_numbers.add(
        ExternalNumberRule(name="erp", number_pattern=r"ERP-(\d+)", dynamic_field="Erp")
    )
    one, two, three = house.app.processing.process(
        store(house, mail(1, Subject="ERP-17 broken"), mail(2, Subject="again ERP-17"), mail(3, Subject="ERP-18"))
    )
    assert (one.outcome, two.outcome, three.outcome) == ("new_ticket", "follow_up", "new_ticket")
    assert two.ticket == one.ticket
    assert house.app.tickets.get(one.ticket).fields == {"Erp": "17"}
    (later,) = house.app.processing.process(store(house, mail(4, Subject="ERP-18 once more")))
    assert later.ticket == three.ticket


def test_a_message_id_in_several_tickets_does_not_break_threading(house: House) -> None:
    house.app.processing.process(store(house, mail(1, Message_ID="<twice@example.net>")))
    (newest,) = house.app.processing.process(store(house, mail(2, Message_ID="<twice@example.net>")))
    (reply,) = house.app.processing.process(store(house, mail(3, In_Reply_To="<twice@example.net>")))
    assert (reply.outcome, reply.ticket) == ("follow_up", newest.ticket)


def test_who_takes_part_is_known_by_every_mail_and_by_the_customer_s_addresses(house: House) -> None:
    house.app.storage.settings.set("PostMaster::FollowUpSenderCheck", "all")
    house.app.storage.customers.add(CustomerUser(login="ann", addresses=("c1@example.net", "ann@home.example")))
    (made,) = house.app.processing.process(store(house, mail(1, Cc="Bob <bob@example.net>")))
    outcomes = {}
    for number, sender in enumerate(("BOB@example.net", "ann@home.example", "eve@evil.example"), start=2):
        reply = mail(number, From=sender, In_Reply_To="<m1@example.net>")
        (done,) = house.app.processing.process(store(house, reply))
        outcomes[sender] = done.ticket == made.ticket
    assert outcomes == {"BOB@example.net": True, "ann@home.example": True, "eve@evil.example": False}
    first, second = mail(10, From="zoe@example.net"), mail(11, From="zoe@example.net", In_Reply_To="<m10@example.net>")
    batch = house.app.processing.process(store(house, first, second))
    assert batch[0].ticket == batch[1].ticket, "who wrote the first mail of a batch takes part for the second"


def test_an_answer_to_an_internal_mail_stays_internal(house: House) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    internal = mail(
        2,
        From="agent@example.org",
        To="expert@example.com",
        Subject=f"[Ticket#{made.ticket}]",
        **{"X-OTOBO-FollowUp-SenderType": "agent", "X-OTOBO-FollowUp-IsVisibleForCustomer": "0"},
    )
    answer = mail(3, From="expert@example.com", In_Reply_To="<m2@example.net>")
    other = mail(4, From="customer@example.com", In_Reply_To="<m1@example.net>")
    house.app.processing.process(store(house, internal, context=TRUSTED))
    house.app.processing.process(store(house, answer, other))
    articles = house.app.tickets.articles(house.app.tickets.get(made.ticket))
    assert [article.visible_for_customer for article in articles] == [True, False, False, True]


def test_everything_a_header_sets_is_written_and_told(house: House) -> None:
    storage = house.app.storage
    for kind, name in ((ListKind.AGENT, "ann"), (ListKind.SERVICE, "Print"), (ListKind.SLA, "Gold")):
        storage.lists.add(ListEntry(kind=kind, name=name))
    storage.lists.add(ListEntry(kind=ListKind.DYNAMIC_FIELD, name="Serial", field_of=FieldOf.ARTICLE))
    headers = {"Owner": "ANN", "Responsible": "ann", "Service": "print", "SLA": "gold", "Type": "unclassified",
               "State-PendingTime": "2027-01-01 10:00:00", "DynamicField-Room": "12"}  # fmt: skip
    headers["DynamicField-Serial"] = "S1"
    new = mail(1, **{f"X-OTOBO-{name}": value for name, value in headers.items()})
    (made,) = house.app.processing.process(store(house, new, context=TRUSTED))
    ticket = house.app.tickets.get(made.ticket)
    assert (ticket.owner, ticket.responsible, ticket.service, ticket.sla, ticket.type) == (
        "ann",
        "ann",
        "Print",
        "Gold",
        "Unclassified",
    )
    assert ticket.pending_until is not None
    assert (ticket.fields, house.app.tickets.articles(ticket)[0].fields) == ({"Room": "12"}, {"Serial": "S1"})
    headers = {"Owner": "", "Service": "", "DynamicField-room": "13", "Priority": "5 very high", "Queue": "Misc"}
    reply = mail(2, In_Reply_To="<m1@example.net>", **{f"X-OTOBO-FollowUp-{k}": v for k, v in headers.items() if v})
    house.app.processing.process(store(house, reply, context=TRUSTED))
    ticket = house.app.tickets.get(made.ticket)
    assert (ticket.queue, ticket.priority, ticket.fields) == ("Misc", "5 very high", {"room": "13"})
    told = {line.event: line.detail for line in house.app.tickets.history(ticket)}
    assert told["Move"] == "Raw -> Misc"
    assert told["PriorityUpdate"] == "3 normal -> 5 very high"
    assert told["TicketDynamicFieldUpdate"] == "room: 12 -> 13"


def test_a_bounce_is_noted_in_the_history_of_its_ticket(house: House) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    bounce = (
        b"From: MAILER-DAEMON@mx.example.net\r\nTo: support@example.org\r\nSubject: Undelivered\r\n"
        b"Message-ID: <bounce@mx.example.net>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        b"Final-Recipient: rfc822; ann@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822-headers\r\n\r\nMessage-ID: <m1@example.net>\r\n\r\n--b--\r\n"
    )
    (done,) = house.app.processing.process(store(house, bounce))
    assert (done.outcome, done.ticket) == ("follow_up", made.ticket)
    told = {line.event: line.detail for line in house.app.tickets.history(house.app.tickets.get(made.ticket))}
    assert "ann@example.net" in told["Bounce"]
    assert "5.1.1" in told["Bounce"]


def test_stored_mail_is_compared_without_finding_itself(house: House) -> None:
    house.app.storage.external_numbers.add(
        ExternalNumberRule(name="erp", number_pattern=r"ERP-(\d+)", dynamic_field="Erp")
    )
    raws = [mail(1, Subject="ERP-1"), mail(2, In_Reply_To="<m1@example.net>"), b"Subject: ERP-2\r\n\r\nno id\r\n"]
    house.app.processing.process(store(house, *raws))
    ticket = house.app.tickets.list(text="ERP-1")[0]
    house.app.tickets.change(ticket.number, TicketChange(priority="5 very high"))
    now = routing_snapshot(house.app.storage)
    then = dataclasses.replace(now, default_queue="Misc")
    at = datetime.now(UTC)
    compared = house.app.processing.compare([(raw, AccountFacts(), at) for raw in raws], now, then)
    kinds = [before.kind for before, _ in compared]
    assert kinds == [DecisionKind.NEW_TICKET, DecisionKind.FOLLOW_UP, DecisionKind.NEW_TICKET]
    assert [(before.queue, after.queue) for before, after in compared] == [
        ("Raw", "Misc"),
        ("Raw", "Raw"),
        ("Raw", "Misc"),
    ]
    assert house.tickets == 2


def test_tickets_are_found_by_what_their_mails_say_if_asked(house: House) -> None:
    raw = mail(1).replace(b"This is message 1.", "Der Drucker im BÜRO über uns brennt".encode())
    house.app.processing.process(store(house, raw, mail(2)))

    def found(text: str, *, bodies: bool) -> int:
        return house.app.tickets.count(TicketQuery(text=text, bodies=bodies))

    assert found("drucker im", bodies=True) == found("büro", bodies=True) == found("BÜRO Über", bodies=True) == 1
    assert found("drucker im", bodies=False) == 0
    assert found("question", bodies=True) == 2
