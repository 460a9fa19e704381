"""Whether a mail is answered by itself, and who gets the answer (PM-8, postmaster.md 4.6, RFC 3834)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest

from mailadmin.domain.decisions import AccountFacts, Answers, Bounce, Decision, QueueFacts
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.postmaster import decide, parse, prepare
from mailadmin.postmaster.bounces import ReportKind
from tests.unit.postmaster.samples import (
    NOW,
    NUMBER,
    ROUTING,
    TRUSTED,
    UNTRUSTED,
    decided,
    mail,
    questions,
    routing,
    step,
    steps,
    ticket,
)

ADDRESSED = {
    key: replace(facts, sender_address=f"{facts.name.split('::')[0].lower()}@example.org", sender_name=facts.name)
    for key, facts in ROUTING.queues.items()
}
RESPONSES = {
    (queue, kind): AutoResponse(name=f"{kind} of {queue}", type=kind, subject="Got it", queues=(queue,))
    for queue in ADDRESSED
    for kind in ResponseType
}
ANSWERING = routing(queues=ADDRESSED, responses=RESPONSES)
REPLY = mail(Subject=f"Re: [Ticket#{NUMBER}] Printer")


def answered(raw: bytes, account: AccountFacts = UNTRUSTED, snapshot: Any = ANSWERING, **answers: Any) -> Decision:
    return decided(raw, account, snapshot, **answers)


def name(decision: Decision) -> str:
    assert decision.response is not None
    return decision.response.response.name


def refusal(decision: Decision) -> dict[str, str]:
    """Why there is no auto-response."""
    assert decision.response is None
    facts = step(decision, "response_refused")
    assert facts.pop("response")
    assert facts.pop("type")
    return facts


# --- which text ------------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_answered_with_the_text_of_its_queue() -> None:
    decision = answered(mail())
    assert name(decision) == "auto reply of support"
    assert decision.response is not None
    assert (decision.response.to, decision.response.cc) == (("ann@customer.example",), ())
    assert decision.response.counted == ("ann@customer.example",)
    assert step(decision, "response_ordered") == {
        "response": "auto reply of support",
        "type": "auto reply",
        "to": "ann@customer.example",
    }


@pytest.mark.parametrize(
    ("queue", "state", "expected"),
    [
        ("Support", "open", "auto follow up of support"),
        ("Sales", "closed successful", "auto reject of sales"),
        ("Billing::Invoices", "closed successful", "auto reply/new ticket of support"),
    ],
)
def test_a_reply_is_answered_by_what_becomes_of_it(queue: str, state: str, expected: str) -> None:
    decision = answered(REPLY, by_number={NUMBER: ticket(queue=queue, state=state)})
    assert name(decision) == expected


def test_the_text_is_that_of_the_queue_where_the_ticket_ends_up() -> None:
    raw = mail(Subject=f"Ticket#{NUMBER}", **{"X-OTOBO-FollowUp-Queue": "sales"})
    assert name(answered(raw, TRUSTED, by_number={NUMBER: ticket()})) == "auto follow up of sales"
    raw = mail(**{"X-OTOBO-Queue": "RAW"})
    assert name(answered(raw, TRUSTED)) == "auto reply of raw"


def test_without_a_text_there_is_nothing_to_say() -> None:
    decision = answered(mail(), snapshot=replace(ANSWERING, responses={}))
    assert decision.response is None
    assert steps(decision, "response_refused") == []


@pytest.mark.parametrize(
    "changes", [{"account": TRUSTED, "raw": mail(**{"X-OTOBO-Ignore": "yes"})}, {"snapshot": "hold", "raw": mail()}]
)
def test_ignored_and_held_mail_is_not_answered(changes: dict[str, Any]) -> None:
    snapshot = replace(ANSWERING, hold_unknown_senders=changes.get("snapshot") == "hold")
    decision = answered(changes["raw"], changes.get("account", UNTRUSTED), snapshot)
    assert decision.response is None
    assert steps(decision, "response_refused") == []


# --- to whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "to"),
    [
        ({"From": "Ann <ANN@customer.example>, bob@x.example"}, ("ANN@customer.example",)),
        ({"Reply_To": "desk@customer.example"}, ("desk@customer.example",)),
        ({"Reply_To": "a@x.example, B@x.example, A@X.example"}, ("A@X.example", "B@x.example")),
        ({"Reply_To": "nobody"}, ("ann@customer.example",)),
        ({"Cc": "cc@x.example"}, ("ann@customer.example",)),
    ],
)
def test_the_answer_goes_to_reply_to_else_to_the_sender(headers: dict[str, str], to: tuple[str, ...]) -> None:
    raw = mail(**headers)
    assert questions(parse(raw), UNTRUSTED, ANSWERING).recipients == tuple(address.lower() for address in to)
    decision = answered(raw)
    assert decision.response is not None
    assert decision.response.to == to
    assert decision.response.counted == tuple(address.lower() for address in to)


def test_counts_are_asked_for_only_when_there_are_texts() -> None:
    assert questions(parse(mail()), UNTRUSTED, routing()).recipients == ()


def test_a_mail_that_names_nobody_is_not_answered() -> None:
    assert refusal(answered(mail(From="nobody"))) == {"reason": "no_recipient"}


def test_one_address_that_is_refused_does_not_refuse_the_others() -> None:
    raw = mail(Reply_To="support@example.org, postmaster@x.example, not an@address@x, ok@x.example, full@x.example")
    decision = answered(
        raw,
        snapshot=replace(ANSWERING, no_response_pattern="(MAILER-DAEMON|postmaster)@"),
        responses={"full@x.example": 40},
    )
    assert decision.response is not None
    assert decision.response.to == ("ok@x.example",)
    assert {facts["reason"]: facts["address"] for facts in steps(decision, "response_refused")} == {
        "own": "support@example.org",
        "pattern": "postmaster@x.example",
        "invalid": "an@address@x",
        "limit": "full@x.example",
    }


def test_a_stranger_cannot_have_many_people_answered() -> None:
    decision = answered(mail(Reply_To=", ".join(f"v{n}@x.example" for n in range(100))))
    assert decision.response is not None
    assert len(decision.response.to) == 5
    assert step(decision, "response_refused")["reason"] == "too_many"


@pytest.mark.parametrize(
    ("address", "changes"),
    [
        ("SALES@Example.org", {}),
        ("sales+anything@example.org", {"plus_addressing": True}),
        ("sales+anything@example.org", {}),
        ("raw@example.org", {"addresses": {}}),
        ("sales@example.org.", {}),
        ("hilfe@xn--bcher-kva.example", {"addresses": {"hilfe@b\u00fccher.example": "Sales"}}),
    ],
)
def test_our_own_addresses_are_not_answered(address: str, changes: dict[str, Any]) -> None:
    decision = answered(mail(From=address), snapshot=replace(ANSWERING, **changes))
    assert refusal_if_any(decision) == {"reason": "own", "address": address}


def refusal_if_any(decision: Decision) -> dict[str, str]:
    return {key: value for key, value in step(decision, "response_refused").items() if key in {"reason", "address"}}


@pytest.mark.parametrize("address", ["MAILER-Daemon@mx.example", "Postmaster@x.example", "abuse@x.example"])
def test_addresses_that_the_setting_excepts_are_not_answered(address: str) -> None:
    snapshot = replace(ANSWERING, no_response_pattern="(MAILER-DAEMON|postmaster|abuse)@")
    assert refusal(answered(mail(From=address), snapshot=snapshot))["reason"] == "pattern"


def test_a_setting_that_runs_away_forbids_the_answer() -> None:
    snapshot = replace(ANSWERING, no_response_pattern=r"((a|aa)+)+\1+$")
    decision = answered(mail(From=f"{'a' * 200}@x.example"), snapshot=snapshot)
    assert refusal(decision)["reason"] == "pattern"
    assert step(decision, "pattern_failed") == {"name": "SendNoAutoResponseRegExp"}


@pytest.mark.parametrize(
    ("count", "changes", "sent"),
    [
        (39, {}, True),
        (40, {}, False),
        (0, {"max_responses": 0}, False),
        (40, {"max_responses_of": {"ann@customer.example": 41}}, True),
        (1, {"max_responses_of": {"ann@customer.example": 1}}, False),
    ],
)
def test_an_address_gets_so_many_in_a_day(count: int, changes: dict[str, Any], sent: bool) -> None:
    raw = mail(From="Ann <ANN@customer.example>")
    decision = answered(raw, snapshot=replace(ANSWERING, **changes), responses={"ann@customer.example": count})
    assert (decision.response is not None) is sent
    if not sent:
        assert refusal(decision)["reason"] == "limit"


def test_an_address_for_each_mail_comes_to_the_limit_like_any_other() -> None:
    """Services that answer from ``reply+<a new word>@`` would be answered without end."""
    raw = mail(From="Reply+ABC41@notify.example")
    assert questions(parse(raw), UNTRUSTED, ANSWERING).recipients == ("reply@notify.example",)
    decision = answered(raw, responses={"reply@notify.example": 39})
    assert decision.response is not None
    assert decision.response.to == ("Reply+ABC41@notify.example",)
    assert decision.response.counted == ("reply@notify.example",)
    assert refusal(answered(raw, responses={"reply@notify.example": 40}))["reason"] == "limit"
    several = answered(mail(Reply_To="a+1@x.example, a+2@x.example"))
    assert several.response is not None
    assert several.response.counted == ("a@x.example",), "one answer counts once"


def test_a_long_reply_to_is_read_so_far_and_no_pattern_runs_away_for_each() -> None:
    raw = mail(Reply_To=", ".join(f"{number}{'a' * 200}@x.example" for number in range(2_000)))
    decision = answered(raw, snapshot=replace(ANSWERING, no_response_pattern="a"))
    assert len(steps(decision, "response_refused")) == 20
    begun = perf_counter()
    decision = answered(raw, snapshot=replace(ANSWERING, no_response_pattern=r"((a|aa)+)+\1+$"))
    assert decision.response is None
    assert len(steps(decision, "pattern_failed")) == 1
    assert perf_counter() - begun < 2


@pytest.mark.parametrize("letter", ["\u0390", "\u00df"])
def test_what_is_counted_fits_its_column(letter: str) -> None:
    decision = answered(mail(From=letter * 220 + "@x.example"))
    assert decision.response is not None
    assert all(len(key) <= 600 for key in decision.response.counted)


# --- what is never answered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "nobody"),
        ("Auto-Submitted", "auto-generated; owner-email=x@y.example"),
        ("Auto-Submitted", "Auto-Notified (vacation)"),
        ("Precedence", "bulk"),
        ("Precedence", "LIST"),
        ("Precedence", "junk"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
        ("X-Loop", "no"),
        ("X-No-Loop", "1"),
        ("List-Id", "Friends <friends.lists.example>"),
        ("List-Unsubscribe", "<mailto:x@y.example>"),
        ("Mailing-List", "x"),
        ("X-Autoreply", "yes"),
        ("X-Autoreply-From", "a@b.example"),
        ("X-Mail-Autoreply", "1"),
        ("X-Autoresponder", "1"),
        ("X-MS-Exchange-Inbox-Rules-Loop", "a@b.example"),
        ("X-FC-MachineGenerated", "true"),
        ("Delivered-To", "Autoresponder"),
        ("Return-Path", "<MAILER-DAEMON>"),
        ("Return-Path", "<mailer-daemon@mx.example>"),
        ("Subject", "Automatic reply: The printer"),
        ("Subject", "Out of Office: The printer"),
        ("Subject", "out of office"),
        ("Subject", "Out of Office AutoReply: The printer"),
        ("Subject", "Auto-Reply: The printer"),
        ("Subject", "Automatische Antwort: Der Drucker"),
        ("Subject", "Abwesenheitsnotiz"),
        ("Subject", "Abwesenheitsnotiz: Der Drucker"),
        ("Subject", "R\u00e9ponse automatique : L'imprimante"),
    ],
)
def test_machines_and_lists_are_not_answered(header: str, value: str) -> None:
    decision = answered(mail(**{header: value}))
    assert refusal(decision) == {"reason": "loop", "header": header, "value": value}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "no"),
        ("Auto-Submitted", ";"),
        ("Auto-Submitted", "No (a person wrote this)"),
        ("Precedence", "normal"),
        ("Precedence", "first-class"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN"),
        ("Return-Path", "<ann@customer.example>"),
        ("X-OTOBO-Loop", "yes"),
        ("Delivered-To", "autoresponder@example.org"),
        ("Subject", "Out of office hours nobody answers the telephone"),
        ("Subject", "Your automatic reply: it is wrong"),
        ("Subject", "Automatic replying does not work"),
        ("Subject", "Abwesenheitsnotiz einrichten geht nicht"),
    ],
)
def test_people_are_answered_whatever_their_programs_write(header: str, value: str) -> None:
    assert answered(mail(**{header: value})).response is not None


def test_a_second_field_of_a_name_counts_as_well() -> None:
    raw = b"Auto-Submitted: no\nAuto-Submitted: auto-replied\n" + mail()
    assert refusal(answered(raw))["value"] == "auto-replied"


@pytest.mark.parametrize(("value", "sent"), [("yes", False), ("1", False), ("no", True), ("FALSE", True)])
def test_a_trusted_loop_header_forbids_the_answer(value: str, sent: bool) -> None:
    decision = answered(mail(**{"X-OTOBO-Loop": value}), TRUSTED)
    assert (decision.response is not None) is sent


def test_a_filter_may_say_that_it_is_no_loop_after_all() -> None:
    rule = Filter(
        name="web form",
        conditions=(Condition("From", "ann@"),),
        actions=(Action("X-OTOBO-Loop", "no"),),
    )
    snapshot = replace(ANSWERING, filters=(rule,))
    assert answered(mail(Precedence="bulk"), snapshot=snapshot).response is not None
    assert answered(mail(Precedence="bulk", Return_Path="<>"), snapshot=snapshot).response is None


@pytest.mark.parametrize("value", ["<>", " < > "])
def test_an_empty_return_path_is_not_answered(value: str) -> None:
    assert refusal(answered(mail(Return_Path=value)))["reason"] == "return_path"


@pytest.mark.parametrize(
    "changes", [{"bounce": Bounce("")}, {"report": ReportKind.RECEIPT}, {"report": ReportKind.DELIVERED}]
)
def test_reports_are_not_answered(changes: dict[str, Any]) -> None:
    mail_ = replace(parse(mail()), **changes)
    decision = decide(prepare(mail_, UNTRUSTED, ANSWERING, NOW), Answers())
    assert refusal(decision)["reason"] == "report"


@pytest.mark.parametrize(
    ("date", "received", "sent"),
    [
        ("Thu, 19 Nov 2026 13:00:01 +0100", "", True),
        ("Thu, 19 Nov 2026 12:59:59 +0100", "", False),
        ("Fri, 20 Nov 2026 11:00:00 +0000", "Wed, 18 Nov 2026 11:00:00 +0000", False),
        ("Wed, 18 Nov 2026 11:00:00 +0000", "Fri, 20 Nov 2026 11:00:00 +0000", False),
        ("Fri, 20 Nov 2026 11:00:00 +0000", "Fri, 20 Nov 2026 11:00:00 +0000", True),
        ("", "Wed, 18 Nov 2026 11:00:00 -0000", False),
        ("Sat, 21 Nov 2026 11:00:00 +0000", "nonsense", True),
        ("", "", True),
        ("Mon, 01 Jan 0001 00:00:00 +1400", "Mon, 01 Jan 0001 00:00:00 +1400", False),
    ],
)
def test_old_mail_is_not_answered_by_date_or_arrival(date: str, received: str, sent: bool) -> None:
    raw = mail(Date=date, Received=f"from a by b with ESMTP id 1; {received}" if received else "")
    decision = answered(raw)
    assert (decision.response is not None) is sent or date.startswith("Mon, 01 Jan 0001")
    if decision.response is None:
        assert refusal(decision)["reason"] == "old"


def test_how_old_a_mail_is_goes_by_when_it_is_decided() -> None:
    raw = mail(Date="Fri, 20 Nov 2026 11:00:00 +0000")
    assert answered(raw, at=NOW + timedelta(hours=22)).response is not None
    assert answered(raw, at=NOW + timedelta(hours=24)).response is None


def test_mail_that_waited_here_is_old_when_it_is_let_go() -> None:
    raw = mail(Date="Fri, 20 Nov 2026 11:00:00 +0000", **{"X-OTOBO-State-PendingTime": "+2d"})
    late = prepare(parse(raw), TRUSTED, ANSWERING, NOW, NOW + timedelta(days=1))
    decision = decide(late, Answers())
    assert refusal(decision)["reason"] == "old"
    assert decision.pending_until == NOW + timedelta(days=2), "times to wait are reckoned from the fetch on"
    assert decide(prepare(parse(raw), TRUSTED, ANSWERING, NOW), Answers()).response is not None


def test_an_automatic_reply_joins_its_ticket_all_the_same() -> None:
    decision = answered(mail(Subject=f"Automatic reply: [Ticket#{NUMBER}] Printer"), by_number={NUMBER: ticket()})
    assert decision.kind == "follow_up"
    assert refusal(decision)["reason"] == "loop"


@pytest.mark.parametrize("state", ["closed successful", "removed"])
def test_a_new_ticket_that_is_closed_already_is_not_answered(state: str) -> None:
    decision = answered(mail(**{"X-OTOBO-State": state}), TRUSTED)
    assert refusal(decision) == {"reason": "closed", "value": state}


@pytest.mark.parametrize("sender_type", ["agent", "system"])
def test_who_is_no_customer_is_not_answered(sender_type: str) -> None:
    decision = answered(mail(**{"X-OTOBO-SenderType": sender_type}), TRUSTED)
    assert refusal(decision) == {"reason": "sender_type", "value": sender_type}


def test_a_queue_without_an_address_to_send_from_is_silent() -> None:
    queues = {"support": QueueFacts("Support", True, FollowUpOption.POSSIBLE, False)}
    decision = answered(mail(), snapshot=replace(ANSWERING, queues=queues))
    assert refusal(decision) == {"reason": "no_sender", "value": "Support"}
