from __future__ import annotations

import pytest

from mailadmin.domain.decisions import Answers, DecisionKind, Lists
from mailadmin.postmaster import parse
from tests.unit.postmaster.samples import (
    NUMBER,
    OTHER_NUMBER,
    ROUTING,
    UNTRUSTED,
    decided,
    mail,
    questions,
    routing,
    step,
    steps,
    ticket,
)


def numbers(subject: str, **changes: object) -> tuple[str, ...]:
    return questions(parse(mail(Subject=subject)), UNTRUSTED, routing(**changes)).ticket_numbers


# --- questions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        f"[Ticket#{NUMBER}] Printer",
        f"Re: ticket#{NUMBER}",
        f"AW: TICKET#: {NUMBER}",
        f"Ticket#:{NUMBER}",
        f"xTicket#:  {NUMBER}x",
        f"=?utf-8?q?Ticket=23{NUMBER}?=",
        f"Ticket#\n {NUMBER[:0]}Ticket#{NUMBER}",
    ],
)
def test_a_number_behind_the_hook_is_found(subject: str) -> None:
    assert numbers(subject) == (NUMBER,)


@pytest.mark.parametrize(
    "subject",
    [
        f"Ticket# {NUMBER}",
        f"Ticket#:   {NUMBER}",
        NUMBER,
        "Ticket#2026112099000017",
        "Ticket#20261120100",
        "Ticket#٢٠٢٦١١٢٠١٠٠٠٠٠١٧",
        f"Ticket {NUMBER}",
    ],
)
def test_what_only_looks_like_one_is_not(subject: str) -> None:
    assert numbers(subject) == ()


def test_every_number_is_asked_for_in_order_and_once() -> None:
    subject = f"Ticket#{OTHER_NUMBER} Ticket#{NUMBER} Ticket#{OTHER_NUMBER}"
    assert numbers(subject) == (OTHER_NUMBER, NUMBER)


def test_hook_divider_and_system_id_are_settings() -> None:
    assert numbers("Call+*-2026112099000017", ticket_hook="Call+*", ticket_hook_divider="-", system_id="99")
    assert numbers("Ticket#2026112099000017", check_system_id=False) == ("2026112099000017",)


def test_references_are_asked_for_newest_first_in_brackets_and_once() -> None:
    raw = mail(References="<1@a> <2@a>\n <3@a> <2@a>", In_Reply_To="<3@a>")
    assert questions(parse(raw), UNTRUSTED, ROUTING).message_ids == ("<3@a>", "<2@a>", "<1@a>")


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b>", ("<a@b>",)),
        ("a@b", ("<a@b>",)),
        ("<a@b> (your mail of Monday)", ("<a@b>",)),
        ("Your message of Monday", ()),
        ("<a\n b@c>", ("<ab@c>",)),
        ("<>", ()),
    ],
)
def test_in_reply_to_is_the_bracketed_word_else_the_whole_value(value: str, ids: tuple[str, ...]) -> None:
    assert questions(parse(mail(In_Reply_To=value)), UNTRUSTED, ROUTING).message_ids == ids


def test_checks_that_are_switched_off_ask_nothing() -> None:
    raw = mail(Subject=f"Ticket#{NUMBER}", In_Reply_To="<a@b>")
    off = routing(follow_up_by_subject=False, follow_up_by_references=False)
    assert questions(parse(raw), UNTRUSTED, off) == questions(parse(mail()), UNTRUSTED, ROUTING)
    known = ticket()
    assert decided(raw, snapshot=off, by_number={NUMBER: known}, by_message_id={"<a@b>": known}).ticket is None


def test_a_flood_of_references_is_cut_at_the_newest() -> None:
    raw = mail(References=" ".join(f"<{n}@a>" for n in range(5000)))
    ids = questions(parse(raw), UNTRUSTED, ROUTING).message_ids
    assert (len(ids), ids[0]) == (100, "<4999@a>")


# --- which ticket --------------------------------------------------------------------------------------------------


def test_the_subject_comes_before_the_references() -> None:
    raw = mail(Subject=f"Ticket#{NUMBER}", In_Reply_To="<a@b>")
    decision = decided(raw, by_number={NUMBER: ticket(id=1)}, by_message_id={"<a@b>": ticket(id=2)})
    assert decision.ticket is not None
    assert decision.ticket.id == 1
    assert step(decision, "follow_up_found") == {"by": "subject", "value": NUMBER, "ticket": NUMBER}


def test_a_number_of_no_ticket_does_not_end_the_search() -> None:
    raw = mail(Subject=f"Ticket#{OTHER_NUMBER} Ticket#{NUMBER}")
    decision = decided(raw, by_number={NUMBER: ticket()})
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert step(decision, "follow_up_looked") == {"by": "subject", "tried": OTHER_NUMBER}


def test_the_newest_known_reference_wins() -> None:
    raw = mail(Subject=f"Ticket#{OTHER_NUMBER}", References="<1@a> <2@a> <3@a>")
    decision = decided(raw, by_message_id={"<1@a>": ticket(id=1), "<2@a>": ticket(id=2)})
    assert decision.ticket is not None
    assert decision.ticket.id == 2
    assert [facts["by"] for facts in steps(decision, "follow_up_looked")] == ["subject", "references"]


def test_nothing_known_makes_a_new_ticket_and_says_what_was_tried() -> None:
    decision = decided(mail(Subject=f"Ticket#{NUMBER}", In_Reply_To="<a@b>"))
    assert decision.kind is DecisionKind.NEW_TICKET
    assert {facts["tried"] for facts in steps(decision, "follow_up_looked")} == {NUMBER, "<a@b>"}


# --- what it changes -----------------------------------------------------------------------------------------------

REPLY = mail(Subject=f"Re: [Ticket#{NUMBER}] Printer")


@pytest.mark.parametrize(
    ("state", "closed_setting", "new_state"),
    [
        ("new", "", None),
        ("open", "", None),
        ("pending reminder", "", "open"),
        ("pending auto close+", "", "open"),
        ("merged", "", "open"),
        ("closed successful", "", "open"),
        ("closed successful", "pending reminder", "pending reminder"),
        ("removed", "new", "new"),
        ("pending reminder", "new", "open"),
    ],
)
def test_the_state_after_a_reply(state: str, closed_setting: str, new_state: str | None) -> None:
    snapshot = routing(follow_up_state_closed=closed_setting)
    decision = decided(REPLY, snapshot=snapshot, by_number={NUMBER: ticket(state=state)})
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert decision.new_state == new_state


@pytest.mark.parametrize(
    ("queue", "state", "lock", "new_lock"),
    [
        ("Support", "closed successful", "unlock", "lock"),
        ("Support", "closed successful", "lock", None),
        ("Support", "open", "unlock", None),
        ("Raw", "closed successful", "unlock", None),
        ("Gone", "closed successful", "unlock", None),
    ],
)
def test_the_lock_after_a_reply(queue: str, state: str, lock: str, new_lock: str | None) -> None:
    snapshot = routing(lists=Lists(agents={"ada": "Ada"}))
    known = ticket(queue=queue, state=state, lock=lock, owner="Ada")
    assert decided(REPLY, snapshot=snapshot, by_number={NUMBER: known}).new_lock == new_lock


@pytest.mark.parametrize(
    ("queue", "state", "kind"),
    [
        ("Support", "closed successful", DecisionKind.FOLLOW_UP),
        ("Sales", "open", DecisionKind.FOLLOW_UP),
        ("Sales", "merged", DecisionKind.FOLLOW_UP),
        ("Sales", "closed unsuccessful", DecisionKind.FOLLOW_UP_REJECTED),
        ("sales", "removed", DecisionKind.FOLLOW_UP_REJECTED),
        ("Billing::Invoices", "pending reminder", DecisionKind.FOLLOW_UP),
        ("Billing::Invoices", "closed successful", DecisionKind.FOLLOW_UP_NEW_TICKET),
    ],
)
def test_the_queues_option_counts_for_closed_tickets_only(queue: str, state: str, kind: DecisionKind) -> None:
    known = ticket(queue=queue, state=state)
    decision = decided(REPLY, by_number={NUMBER: known})
    assert decision.kind is kind
    assert decision.ticket == known


def test_a_rejected_reply_keeps_its_article_and_changes_nothing() -> None:
    decision = decided(REPLY, by_number={NUMBER: ticket(queue="Sales", state="closed successful")})
    assert decision.article.body == "Hello"
    assert (decision.queue, decision.new_state, decision.new_lock) == ("Sales", None, None)
    assert step(decision, "follow_up_closed")["option"] == "reject"


def test_a_new_ticket_for_a_reply_loses_the_old_number_and_is_dispatched_anew() -> None:
    known = ticket(queue="Billing::Invoices", state="closed successful")
    decision = decided(REPLY, by_number={NUMBER: known})
    assert decision.title == "Re: Printer"
    assert decision.article.subject == f"Re: [Ticket#{NUMBER}] Printer"
    assert (decision.queue, decision.state) == ("Support", "new")


def test_other_numbers_stay_in_the_title() -> None:
    raw = mail(Subject=f"Ticket#{NUMBER} and Ticket#{OTHER_NUMBER}")
    decision = decided(raw, by_number={NUMBER: ticket(queue="Billing::Invoices", state="closed successful")})
    assert decision.title == f"and Ticket#{OTHER_NUMBER}"


def test_questions_and_decisions_see_the_same_candidates() -> None:
    mail_, known = parse(REPLY), ticket()
    asked = questions(mail_, UNTRUSTED, ROUTING)
    answers = Answers(dict.fromkeys(asked.ticket_numbers, known), {})
    assert answers.by_number == {NUMBER: known}
