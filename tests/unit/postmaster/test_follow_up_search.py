"""How a mail finds its ticket: the checks in their order, further candidates, several tickets, strangers (PM-6)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.decisions import Answers, Bounce, Decision, DecisionKind, Lists, RoutingSnapshot, TicketFacts
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.vocabulary import StateType
from mailadmin.postmaster import ParsedMail, decide, parse, prepare
from tests.unit.postmaster.samples import (
    NOW,
    NUMBER,
    OTHER_NUMBER,
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

EVERYTHING = routing(follow_up_by_body=True, follow_up_by_attachments=True, follow_up_by_raw=True)
HOOKED = f"Ticket#{NUMBER}"


def with_attachment(content: bytes, disposition: str = 'attachment; filename="a.txt"', **headers: str) -> bytes:
    """A mail with a text and one attachment, in base64 (so that its octets do not show what is in it)."""
    body = (
        b"--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: text/plain\n"
        b"Content-Disposition: " + disposition.encode() + b"\nContent-Transfer-Encoding: base64\n\n"
    )
    return mail(
        body + b64encode(content) + b"\n--b--\n",
        MIME_Version="1.0",
        Content_Type='multipart/mixed; boundary="b"',
        **headers,
    )


def about(original_id: str, raw: bytes | None = None, **changes: Any) -> ParsedMail:
    """A delivery report about a mail of ours."""
    return replace(parse(raw or mail(From="MAILER-DAEMON@mx.example")), bounce=Bounce(original_id, **changes))


def decided_parsed(mail_: ParsedMail, snapshot: RoutingSnapshot, answers: Answers) -> Decision:
    return decide(prepare(mail_, UNTRUSTED, snapshot, NOW), answers)


# --- each check, and its switch --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "switch", "raw"),
    [
        ("subject", "follow_up_by_subject", mail(Subject=f"Re: {HOOKED}")),
        ("body", "follow_up_by_body", mail(f"Hello\nabout {HOOKED}, please", Content_Type="text/plain")),
        ("attachments", "follow_up_by_attachments", with_attachment(f"see {HOOKED}".encode())),
        ("raw", "follow_up_by_raw", mail(X_Old_Subject=HOOKED)),
    ],
)
def test_a_number_is_found_where_its_check_is_switched_on(by: str, switch: str, raw: bytes) -> None:
    checks: dict[str, Any] = {switch: False}
    off = replace(EVERYTHING, **checks)
    if by in {"subject", "body"}:  # the raw mail holds them, too
        off = replace(off, follow_up_by_raw=False)
    decision = decided(raw, snapshot=EVERYTHING, by_number={NUMBER: ticket()})
    assert step(decision, "follow_up_found") == {"by": by, "value": NUMBER, "ticket": NUMBER}
    assert decided(raw, snapshot=off, by_number={NUMBER: ticket()}).kind is DecisionKind.NEW_TICKET
    assert questions(parse(raw), UNTRUSTED, off).ticket_numbers == ()


def test_body_attachments_and_raw_are_switched_off_at_first() -> None:
    raw = with_attachment(HOOKED.encode(), X_Old_Subject=HOOKED)
    assert questions(parse(raw), UNTRUSTED, routing()).ticket_numbers == ()


def test_the_body_of_an_html_mail_is_searched_as_text() -> None:
    raw = mail(f"<p>about <b>Ticket#</b>{NUMBER}</p>", Content_Type="text/html")
    assert questions(parse(raw), UNTRUSTED, routing(follow_up_by_body=True)).ticket_numbers == (NUMBER,)


@pytest.mark.parametrize(("disposition", "found"), [("inline", ()), ('inline; filename="a.txt"', (NUMBER,))])
def test_what_is_part_of_the_body_is_no_attachment_to_search(disposition: str, found: tuple[str, ...]) -> None:
    raw = with_attachment(HOOKED.encode(), disposition)
    assert questions(parse(raw), UNTRUSTED, routing(follow_up_by_attachments=True)).ticket_numbers == found


def test_the_checks_are_tried_in_their_order() -> None:
    numbers = [f"20261120100000{n:02d}" for n in range(1, 5)]
    mail_ = about(
        "<sent@us>",
        with_attachment(
            f"Ticket#{numbers[2]}".encode(),
            Subject=f"Ticket#{numbers[0]}",
            In_Reply_To="<1@a>",
            X_Note=f"Ticket#{numbers[3]}",
        ).replace(b"Hello", f"Ticket#{numbers[1]}".encode()),
    )
    by_number = {number: ticket(number=number, id=place) for place, number in enumerate(numbers, 1)}
    by_id = {"<sent@us>": (ticket(id=10),), "<1@a>": (ticket(id=11),)}
    found = []
    snapshot = EVERYTHING
    for check in ("bounce", "subject", "references", "body", "attachments", "raw"):
        decision = decided_parsed(mail_, snapshot, Answers(by_number, by_id))
        found.append(step(decision, "follow_up_found")["by"])
        off: dict[str, Any] = {f"follow_up_by_{check}": False}
        snapshot = replace(snapshot, **off)
    assert found == ["bounce", "subject", "references", "body", "attachments", "raw"]


def test_a_number_of_no_ticket_leads_to_the_next_check_and_the_trace_lists_what_was_tried() -> None:
    raw = mail(f"about {HOOKED}", Subject=f"Ticket#{OTHER_NUMBER}", References="<1@a>")
    decision = decided(raw, snapshot=EVERYTHING, by_number={NUMBER: ticket()})
    assert decision.ticket is not None
    assert [facts["by"] for facts in steps(decision, "follow_up_looked")] == ["subject", "references"]
    assert step(decision, "follow_up_found")["by"] == "body"


@pytest.mark.parametrize("prefix", ["TICKET#", "Call ", "Call"])
def test_further_hooks_are_recognised_with_and_without_divider(prefix: str) -> None:
    snapshot = routing(ticket_hook="New#", ticket_hook_divider="-", further_hooks=("TICKET#", "Call", "Call "))
    for between in ("", "-", ": "):
        subject = f"[{prefix}{between}{NUMBER}] Printer"
        assert questions(parse(mail(Subject=subject)), UNTRUSTED, snapshot).ticket_numbers == (NUMBER,), subject
    assert questions(parse(mail(Subject=f"New#{NUMBER}")), UNTRUSTED, snapshot).ticket_numbers == ()


# --- bounces ---------------------------------------------------------------------------------------------------------


def test_a_bounce_finds_the_ticket_of_the_mail_that_bounced() -> None:
    mail_ = about("<sent@us>", status="5.1.1")
    assert prepare(mail_, UNTRUSTED, routing(), NOW).questions.message_ids == ("<sent@us>",)
    decision = decided_parsed(mail_, routing(), Answers(by_message_id={"<sent@us>": (ticket(),)}))
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert decision.bounce == mail_.bounce
    off = routing(follow_up_by_bounce=False)
    assert prepare(mail_, UNTRUSTED, off, NOW).questions.message_ids == ()
    assert decided_parsed(mail_, off, Answers(by_message_id={"<sent@us>": (ticket(),)})).ticket is None


@pytest.mark.parametrize(
    ("queue", "refused"),
    [("Sales", DecisionKind.FOLLOW_UP_REJECTED), ("Billing::Invoices", DecisionKind.FOLLOW_UP_NEW_TICKET)],
)
def test_a_bounce_goes_into_its_ticket_whatever_the_queue_does_with_replies(queue: str, refused: DecisionKind) -> None:
    answers = Answers(by_message_id={"<sent@us>": (ticket(queue=queue, state="closed successful"),)})
    decision = decided_parsed(about("<sent@us>"), routing(), answers)
    assert (decision.kind, decision.new_state) == (DecisionKind.FOLLOW_UP, "open")
    assert step(decision, "follow_up_closed")["reason"] == "bounce"
    off = decided_parsed(about("<sent@us>"), routing(bounce_as_follow_up=False), answers)
    assert off.kind is refused


def test_a_report_that_a_delivery_is_late_does_not_reopen_the_ticket() -> None:
    answers = Answers(by_message_id={"<sent@us>": (ticket(state="closed successful"),)})
    decision = decided_parsed(about("<sent@us>", delayed=True), routing(), answers)
    assert (decision.kind, decision.new_state) == (DecisionKind.FOLLOW_UP, None)
    assert step(decision, "state_kept")["reason"] == "delayed"


# --- one Message-ID in several tickets -------------------------------------------------------------------------------

REPLY = mail(In_Reply_To="<1@a>", To="sales@example.org")


@pytest.mark.parametrize(
    ("tickets", "found", "reason"),
    [
        ([(3, "Raw", "open"), (2, "Sales", "closed successful"), (1, "Support", "open")], 2, "queue"),
        ([(3, "Sales", "closed successful"), (2, "sales", "open"), (1, "Sales", "open")], 2, "queue"),
        ([(3, "Raw", "closed successful"), (2, "Support", "open"), (1, "Raw", "open")], 2, "open"),
        ([(3, "Raw", "closed successful"), (2, "Support", "removed")], 3, "newest"),
    ],
)
def test_several_articles_with_one_message_id_do_not_break_threading(
    tickets: list[tuple[int, str, str]], found: int, reason: str
) -> None:
    known = tuple(ticket(id=id_, queue=queue, state=state) for id_, queue, state in tickets)
    decision = decide(prepare(parse(REPLY), UNTRUSTED, routing(), NOW), Answers(by_message_id={"<1@a>": known}))
    assert decision.ticket is not None
    assert decision.ticket.id == found
    facts = step(decision, "follow_up_found")
    assert (facts["reason"], facts["others"]) == (reason, str(len(tickets) - 1))


def test_one_ticket_with_the_message_id_twice_is_one_ticket() -> None:
    answers = Answers(by_message_id={"<1@a>": (ticket(), ticket())})
    decision = decide(prepare(parse(REPLY), UNTRUSTED, routing(), NOW), answers)
    assert "others" not in step(decision, "follow_up_found")


# --- numbers of other systems ----------------------------------------------------------------------------------------

RULE = ExternalNumberRule(
    name="Vendor",
    from_pattern=r"@vendor\.example",
    number_pattern=r"Incident-(\d+)",
    in_subject=True,
    in_body=True,
    state_types=(StateType.NEW, StateType.OPEN),
    dynamic_field="VendorNumber",
    sender_type="system",
    visible_for_customer=False,
)
VENDOR = "desk@vendor.example"


def external(raw: bytes, *rules: ExternalNumberRule, account: Any = UNTRUSTED, **fields: TicketFacts) -> Decision:
    """Decide with some rules; ``fields``: a ticket by number of the vendor."""
    snapshot = routing(external_numbers=rules or (RULE,))
    by_field = {("vendornumber", number.removeprefix("n")): (found,) for number, found in fields.items()}
    return decide(prepare(parse(raw), account, snapshot, NOW), Answers(by_field=by_field))


def test_an_external_number_leads_to_its_ticket_and_says_who_wrote_and_who_sees_it() -> None:
    raw = mail(From=VENDOR, Subject="INCIDENT-77 solved")
    assert questions(parse(raw), UNTRUSTED, routing(external_numbers=(RULE,))).fields == (("VendorNumber", "77"),)
    decision = external(raw, n77=ticket())
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("system", False)
    assert step(decision, "follow_up_found") == {"by": "external", "value": "77", "ticket": NUMBER, "rule": "Vendor"}
    assert decision.fields == {}


def test_a_header_says_better_who_wrote_the_article_than_the_rule() -> None:
    headers = {"X-OTOBO-FollowUp-SenderType": "agent", "X-OTOBO-FollowUp-IsVisibleForCustomer": "1"}
    decision = external(mail(From=VENDOR, Subject="Incident-77", **headers), account=TRUSTED, n77=ticket())
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("agent", True)


def test_an_external_number_of_no_ticket_goes_into_the_new_one() -> None:
    decision = external(mail("as of Incident-78\nand Incident-79", From=VENDOR, Subject="Incident-77"))
    assert (decision.kind, decision.fields) == (DecisionKind.NEW_TICKET, {"VendorNumber": "78"})
    assert step(decision, "follow_up_looked") == {"by": "external", "tried": "78, 79, 77", "rule": "Vendor"}
    assert step(decision, "external_number") == {"field": "VendorNumber", "value": "78"}
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("customer", True)


def test_the_second_external_number_is_tried_when_the_first_is_of_no_ticket() -> None:
    decision = external(mail("Incident-78 and Incident-79", From=VENDOR), n79=ticket())
    assert decision.kind is DecisionKind.FOLLOW_UP


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"in_subject": False, "in_body": False}, {}),
        ({}, {"From": "somebody@else.example"}),
        ({"in_subject": False}, {}),
    ],
)
def test_a_rule_is_for_its_senders_and_its_places(changes: dict[str, Any], headers: dict[str, str]) -> None:
    raw = mail(**{"From": VENDOR, "Subject": "Incident-77", **headers})
    decision = external(raw, replace(RULE, **changes), n77=ticket())
    assert (decision.kind, decision.fields) == (DecisionKind.NEW_TICKET, {})


def test_a_ticket_in_another_state_is_not_the_one() -> None:
    raw = mail(From=VENDOR, Subject="Incident-77")
    known = ticket(state="closed successful")
    assert external(raw, n77=known).kind is DecisionKind.NEW_TICKET
    assert external(raw, replace(RULE, state_types=()), n77=known).kind is DecisionKind.FOLLOW_UP


def test_a_header_says_better_what_the_field_holds() -> None:
    raw = mail(From=VENDOR, Subject="Incident-77", **{"X-OTOBO-DynamicField-vendorNUMBER": "5"})
    decision = external(raw, account=TRUSTED)
    assert decision.fields == {"vendorNUMBER": "5"}
    assert steps(decision, "external_number") == []


def test_a_new_ticket_after_a_closed_one_carries_the_external_number_on() -> None:
    known = ticket(queue="Billing::Invoices", state="closed successful")
    decision = external(mail(From=VENDOR, Subject="Incident-77"), replace(RULE, state_types=()), n77=known)
    assert (decision.kind, decision.fields) == (DecisionKind.FOLLOW_UP_NEW_TICKET, {"VendorNumber": "77"})
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("system", False)


def test_the_field_is_written_as_the_list_has_it_and_rules_are_switched_off_together() -> None:
    lists = Lists(ticket_fields={"vendornumber": "VENDORnumber"})
    raw = mail(From=VENDOR, Subject="Incident-77")
    snapshot = routing(external_numbers=(RULE,), lists=lists)
    assert decided(raw, snapshot=snapshot).fields == {"VENDORnumber": "77"}
    off = replace(snapshot, follow_up_by_external_number=False)
    assert decided(raw, snapshot=off).fields == {}
    assert questions(parse(raw), UNTRUSTED, off).fields == ()


def test_a_pattern_that_runs_away_is_cut_off_and_it_is_said() -> None:
    rule = replace(RULE, from_pattern="", number_pattern=r"((a|aa)+)+\1+$", in_subject=False)
    decision = external(mail("a" * 5000 + "b", From=VENDOR), rule)
    assert decision.kind is DecisionKind.NEW_TICKET
    assert step(decision, "pattern_failed") == {"name": "Vendor"}


def test_a_pattern_that_is_none_does_no_harm() -> None:
    assert external(mail(From=VENDOR), replace(RULE, number_pattern="(")).kind is DecisionKind.NEW_TICKET


# --- the sender check ------------------------------------------------------------------------------------------------

BY_NUMBER = mail(Subject=f"Re: [{HOOKED}] Printer", From="Mallory <mallory@evil.example>")
BY_REFERENCE = mail(In_Reply_To="<1@a>", From="mallory@evil.example")
PRIVATE = ticket(participants=frozenset({"ann@customer.example", "support@example.org"}))


@pytest.mark.parametrize(
    ("check", "number_lets_in", "reference_lets_in"),
    [("off", True, True), ("numbers", False, True), ("all", False, False)],
)
def test_a_stranger_gets_into_a_ticket_as_the_setting_says(
    check: str, number_lets_in: bool, reference_lets_in: bool
) -> None:
    snapshot = routing(sender_check=check)
    for raw, lets_in in ((BY_NUMBER, number_lets_in), (BY_REFERENCE, reference_lets_in)):
        decision = decided(raw, snapshot=snapshot, by_number={NUMBER: PRIVATE}, by_message_id={"<1@a>": PRIVATE})
        assert decision.kind is (DecisionKind.FOLLOW_UP if lets_in else DecisionKind.NEW_TICKET)
        assert bool(steps(decision, "follow_up_stranger")) is not lets_in


@pytest.mark.parametrize("check", ["numbers", "all"])
def test_who_takes_part_gets_in_whatever_the_case_of_the_address(check: str) -> None:
    raw = mail(Subject=HOOKED, From="Ann <ANN@Customer.example>")
    decision = decided(raw, snapshot=routing(sender_check=check), by_number={NUMBER: PRIVATE})
    assert decision.kind is DecisionKind.FOLLOW_UP


def test_a_second_sender_and_a_display_name_do_not_open_the_door() -> None:
    for sender in ("mallory@evil.example, ann@customer.example", '"ann@customer.example" <mallory@evil.example>', "x"):
        raw = mail(Subject=HOOKED, From=sender)
        decision = decided(raw, snapshot=routing(sender_check="all"), by_number={NUMBER: PRIVATE})
        assert decision.kind is DecisionKind.NEW_TICKET, sender


def test_the_strangers_new_ticket_does_not_carry_the_number_in_its_title() -> None:
    decision = decided(BY_NUMBER, snapshot=routing(sender_check="numbers"), by_number={NUMBER: PRIVATE})
    assert (decision.title, decision.ticket) == ("Re: Printer", None)
    assert step(decision, "follow_up_stranger") == {
        "by": "subject",
        "value": NUMBER,
        "ticket": NUMBER,
        "address": "mallory@evil.example",
    }


def test_a_number_that_does_not_let_in_does_not_end_the_search() -> None:
    raw = mail(Subject=HOOKED, In_Reply_To="<1@a>", From="mallory@evil.example")
    own = ticket(id=9, number=OTHER_NUMBER, participants=frozenset({"mallory@evil.example"}))
    snapshot = routing(sender_check="all")
    decision = decided(raw, snapshot=snapshot, by_number={NUMBER: PRIVATE}, by_message_id={"<1@a>": own})
    assert decision.ticket == own


def test_of_several_tickets_those_count_that_the_sender_takes_part_in() -> None:
    own = ticket(id=1, state="closed successful", participants=frozenset({"mallory@evil.example"}))
    answers = Answers(by_message_id={"<1@a>": (PRIVATE, own)})
    decision = decide(prepare(parse(BY_REFERENCE), UNTRUSTED, routing(sender_check="all"), NOW), answers)
    assert decision.ticket == own


def test_a_bounce_is_nobodys_and_passes_the_sender_check() -> None:
    answers = Answers(by_message_id={"<sent@us>": (PRIVATE,)})
    decision = decided_parsed(about("<sent@us>"), routing(sender_check="all"), answers)
    assert decision.ticket == PRIVATE


@pytest.mark.parametrize(("check", "lets_in"), [("off", True), ("numbers", True), ("all", False)])
def test_a_report_that_only_answers_one_of_our_mails_is_a_reply_like_any_other(check: str, lets_in: bool) -> None:
    """Whoever knows a Message-ID can write a mail that looks like a report and answers it."""
    answers = Answers(by_message_id={"<sent@us>": (PRIVATE,)})
    decision = decided_parsed(about("<sent@us>", certain=False), routing(sender_check=check), answers)
    assert (decision.ticket == PRIVATE) is lets_in


@pytest.mark.parametrize("check", ["numbers", "all"])
def test_an_agent_has_a_part_in_every_ticket(check: str) -> None:
    lists = Lists(agents={"anna": "anna"}, agent_addresses=frozenset({"anna@home.example"}))
    raw = mail(Subject=HOOKED, From="Anna <Anna@Home.example>")
    decision = decided(raw, snapshot=routing(sender_check=check, lists=lists), by_number={NUMBER: PRIVATE})
    assert decision.kind is DecisionKind.FOLLOW_UP
    decision = decided(raw, snapshot=routing(sender_check=check), by_number={NUMBER: PRIVATE})
    assert decision.kind is DecisionKind.NEW_TICKET


@pytest.mark.parametrize(("from_pattern", "lets_in"), [(r"@vendor\.example", True), ("", False)])
def test_an_external_number_lets_in_whom_its_rule_names(from_pattern: str, lets_in: bool) -> None:
    rule = replace(RULE, from_pattern=from_pattern)
    snapshot = routing(sender_check="numbers", external_numbers=(rule,))
    raw = mail(From=VENDOR, Subject="Incident-77")
    assert questions(parse(raw), UNTRUSTED, snapshot).participants
    decision = decided(raw, snapshot=snapshot, by_field={("vendornumber", "77"): (PRIVATE,)})
    assert decision.kind is (DecisionKind.FOLLOW_UP if lets_in else DecisionKind.NEW_TICKET)


def test_a_trusted_mail_is_checked_like_any_other_because_filters_set_the_same_headers() -> None:
    raw = BY_NUMBER.replace(b"Subject", b"X-OTOBO-FollowUp-Priority: 4 high\nSubject")
    decision = decided(raw, TRUSTED, routing(sender_check="numbers"), by_number={NUMBER: PRIVATE})
    assert decision.kind is DecisionKind.NEW_TICKET


@pytest.mark.parametrize(
    ("check", "raw", "asked"),
    [
        ("off", BY_NUMBER, False),
        ("numbers", BY_NUMBER, True),
        ("numbers", BY_REFERENCE, False),
        ("all", BY_REFERENCE, True),
        ("all", mail(), False),
    ],
)
def test_who_takes_part_is_asked_for_only_when_it_matters(check: str, raw: bytes, asked: bool) -> None:
    assert questions(parse(raw), UNTRUSTED, routing(sender_check=check)).participants is asked
