"""What a reply changes on its ticket, and who sees it (postmaster.md 3.3, 4.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailadmin.domain.decisions import CustomerFacts, Decision, DecisionKind, Lists
from mailadmin.domain.vocabulary import STATES, StateType
from tests.unit.postmaster.samples import NOW, NUMBER, TRUSTED, decided, mail, routing, step, steps, ticket

SUBJECT = f"Re: [Ticket#{NUMBER}] Printer"
LISTS = Lists(
    agents={"ada": "Ada", "bob": "bob"},
    agent_ids={"7": "bob"},
    services={"mail::inbound": "Mail::Inbound"},
    slas={"gold": "Gold"},
    types={"incident": "Incident"},
    states={
        **{name: (name, kind) for name, kind in STATES.items()},
        "waiting for the vendor": ("Waiting for the vendor", StateType.PENDING_REMINDER),
        "solved": ("Solved", StateType.CLOSED),
    },
    valid_states=frozenset({*STATES, "waiting for the vendor", "solved"}),
    ticket_fields={"room": "Room"},
    article_fields={"mood": "Mood"},
    refused_fields=frozenset({"old"}),
)


def reply(account: Any = TRUSTED, *, headers: dict[str, str] | None = None, **changes: Any) -> Decision:
    """The decision for a reply to a ticket; ``changes`` are of the ticket."""
    raw = mail(Subject=SUBJECT, **(headers or {}))
    return decided(raw, account, routing(lists=LISTS), by_number={NUMBER: ticket(**changes)})


# --- headers of follow-ups -------------------------------------------------------------------------------------------

FOLLOW_UP = {
    f"X-OTOBO-FollowUp-{name}": value
    for name, value in {
        "Owner": "ADA",
        "ResponsibleID": "7",
        "Priority": "4 HIGH",
        "Queue": "sales",
        "Lock": "tmp_lock",
        "State": "waiting for the VENDOR",
        "State-PendingTime": "+2d",
        "Type": "incident",
        "Service": "mail::inbound",
        "SLA": "gold",
        "Title": "A new title",
        "SenderType": "agent",
        "IsVisibleForCustomer": "0",
        "DynamicField-room": "12",
        "DynamicField-Mood": "0",
        "DynamicField-Free": "x",
        "DynamicField-old": "x",
    }.items()
}


def test_a_trusted_reply_changes_what_its_headers_say() -> None:
    decision = reply(headers=FOLLOW_UP)
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert (decision.new_owner, decision.new_responsible) == ("Ada", "bob")
    assert (decision.new_priority, decision.new_queue, decision.new_lock) == ("4 high", "Sales", "tmp_lock")
    assert decision.new_state == "Waiting for the vendor"
    assert decision.new_pending_until == NOW + timedelta(days=2)
    assert (decision.new_type, decision.new_service, decision.new_sla) == ("Incident", "Mail::Inbound", "Gold")
    assert decision.new_title == "A new title"
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("agent", False)
    assert decision.fields == {"Room": "12", "Free": "x"}
    assert decision.article.fields == {"Mood": "0"}
    assert decision.queue == "Support"


def test_headers_for_new_tickets_do_nothing_to_a_reply() -> None:
    plain = {name.replace("FollowUp-", ""): value for name, value in FOLLOW_UP.items()}
    decision, nothing = reply(headers=plain), reply()
    assert (decision.article.sender_type, decision.new_priority, decision.fields) == ("customer", None, {})
    assert {name for name in Decision.__dataclass_fields__ if name.startswith("new_") and getattr(decision, name)} == {
        name for name in Decision.__dataclass_fields__ if name.startswith("new_") and getattr(nothing, name)
    }


def test_what_is_so_already_is_no_change() -> None:
    same = {
        "owner": "Ada",
        "responsible": "bob",
        "priority": "4 high",
        "queue": "Sales",
        "lock": "tmp_lock",
        "state": "Waiting for the vendor",
        "state_type": StateType.PENDING_REMINDER,
        "pending_until": NOW + timedelta(days=2),
        "type": "Incident",
        "service": "Mail::Inbound",
        "sla": "Gold",
        "title": "A new title",
    }
    decision = reply(headers=FOLLOW_UP, **same)
    assert not [name for name in Decision.__dataclass_fields__ if name.startswith("new_") and getattr(decision, name)]


def test_unknown_values_change_nothing_and_are_told() -> None:
    decision = reply(headers={name: "nonsense" for name in FOLLOW_UP if "Dynamic" not in name and "Title" not in name})
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert not [name for name in Decision.__dataclass_fields__ if name.startswith("new_") and getattr(decision, name)]
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("customer", True)
    assert {facts["header"] for facts in steps(decision, "header_refused")} == {
        f"X-OTOBO-FollowUp-{name}"
        for name in (
            "Owner", "ResponsibleID", "Priority", "Lock", "State", "State-PendingTime", "Type", "Service", "SLA",
            "SenderType", "IsVisibleForCustomer",
        )
    }  # fmt: skip
    assert step(decision, "queue_passed_over")["queue"] == "nonsense"


def test_a_refused_reply_obeys_the_headers_of_new_tickets_for_its_article_and_changes_nothing() -> None:
    headers = {
        **FOLLOW_UP,
        "X-OTOBO-SenderType": "system",
        "X-OTOBO-IsVisibleForCustomer": "yes",
        "X-OTOBO-Priority": "5 very high",
    }
    decision = reply(headers=headers, queue="Sales", state="closed successful")
    assert decision.kind is DecisionKind.FOLLOW_UP_REJECTED
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("system", True)
    assert (decision.article.fields, decision.fields) == ({"Mood": "0"}, {})
    assert not [name for name in Decision.__dataclass_fields__ if name.startswith("new_") and getattr(decision, name)]


def test_a_new_ticket_takes_everything_from_its_headers() -> None:
    headers = {name.replace("FollowUp-", ""): value for name, value in FOLLOW_UP.items()}
    headers |= {"X-OTOBO-State-PendingTime": "2026-12-01 08:00:00"}
    decision = decided(mail(**headers), TRUSTED, routing(lists=LISTS))
    assert (decision.owner, decision.responsible) == ("Ada", "bob")
    assert (decision.ticket_type, decision.service, decision.sla) == ("Incident", "Mail::Inbound", "Gold")
    assert (decision.state, decision.lock, decision.queue) == ("Waiting for the vendor", "tmp_lock", "Sales")
    assert decision.pending_until == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (decision.fields, decision.article.fields) == ({"Room": "12", "Free": "x"}, {"Mood": "0"})


# --- states and locks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "state_type", "new_state"),
    [("Solved", StateType.CLOSED, "open"), ("Fresh", StateType.NEW, None), ("Whatever", None, "open")],
)
def test_states_of_ones_own_count_by_their_type(
    state: str, state_type: StateType | None, new_state: str | None
) -> None:
    assert reply(state=state, state_type=state_type).new_state == new_state


def test_a_state_of_ones_own_is_closed_for_the_queue() -> None:
    decision = reply(queue="Sales", state="Solved", state_type=StateType.CLOSED)
    assert decision.kind is DecisionKind.FOLLOW_UP_REJECTED


@pytest.mark.parametrize(("state", "kept"), [("new", None), ("open", None), ("closed successful", None)])
def test_state_keep_keeps_any_state(state: str, kept: None) -> None:
    headers = {"X-OTOBO-FollowUp-State-Keep": "1", "X-OTOBO-FollowUp-State": "solved"}
    decision = reply(headers=headers, state=state)
    assert decision.new_state is kept
    assert step(decision, "state_kept") == {"state": state, "reason": "header"}


def test_a_state_header_counts_for_new_tickets_too() -> None:
    assert reply(headers={"X-OTOBO-FollowUp-State": "solved"}, state="new").new_state == "Solved"


@pytest.mark.parametrize(
    ("owner", "state", "lock", "headers", "new_lock", "reason"),
    [
        ("gone", "open", "lock", {}, "unlock", "owner"),
        ("gone", "closed successful", "lock", {}, "unlock", "owner"),
        ("gone", "open", "unlock", {}, None, ""),
        ("ADA", "closed successful", "unlock", {}, "lock", "closed"),
        ("ada", "open", "lock", {}, None, ""),
        ("", "open", "lock", {}, None, ""),
        ("", "closed successful", "unlock", {}, None, ""),
        ("gone", "open", "lock", {"X-OTOBO-FollowUp-Owner": "ada"}, None, ""),
        ("gone", "open", "lock", {"X-OTOBO-FollowUp-Lock": "tmp_lock"}, "tmp_lock", "header"),
        ("ada", "closed successful", "unlock", {"X-OTOBO-FollowUp-Lock": "unlock"}, None, ""),
    ],
)
def test_the_lock_goes_by_header_owner_and_queue(
    owner: str, state: str, lock: str, headers: dict[str, str], new_lock: str | None, reason: str
) -> None:
    decision = reply(headers=headers, owner=owner, state=state, lock=lock)
    assert decision.new_lock == new_lock
    assert [facts["reason"] for facts in steps(decision, "lock_changed")] == ([reason] if reason else [])


# --- who sees it -----------------------------------------------------------------------------------------------------

EXPERT = "expert@vendor.example"
INTERNAL = {
    "customer": "ann@customer.example",
    "confidants": frozenset({EXPERT, "ann@customer.example"}),
    "internal_ids": frozenset({"<inside@us>"}),
}


def answered(snapshot: Any = None, **headers: str) -> Decision:
    raw = mail(**{"Subject": SUBJECT, **headers})
    return decided(raw, snapshot=snapshot or routing(), by_number={NUMBER: ticket(**INTERNAL)})


@pytest.mark.parametrize(
    ("headers", "by"),
    [
        ({"From": "Expert <EXPERT@vendor.example>"}, "sender"),
        ({"From": "bob@else.example", "Reply_To": EXPERT}, "sender"),
        ({"From": "bob@else.example", "In_Reply_To": "<inside@us>"}, "references"),
        ({"From": "bob@else.example", "In_Reply_To": "inside@us"}, "references"),
        ({"From": "bob@else.example", "References": "<a@b> <inside@us> <c@d>"}, "references"),
    ],
)
def test_an_answer_to_an_internal_mail_stays_internal(headers: dict[str, str], by: str) -> None:
    decision = answered(**headers)
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert decision.article.visible_for_customer is False
    assert step(decision, "article_internal")["by"] == by
    assert answered(routing(visibility_check=False), **headers).article.visible_for_customer is True


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "Ann <ANN@customer.example>", "In_Reply_To": "<inside@us>"},
        {"From": "bob@else.example"},
        {"From": "bob@else.example", "In_Reply_To": "<outside@us>"},
    ],
)
def test_the_customer_and_whoever_answers_something_else_are_seen(headers: dict[str, str]) -> None:
    assert answered(**headers).article.visible_for_customer is True


def test_the_customer_user_of_the_ticket_is_the_customer_by_any_of_the_addresses() -> None:
    ann = CustomerFacts("ann", "Ann Lee", "ann@customer.example", "ACME")
    known = ticket(**{**INTERNAL, "customer": "Ann", "confidants": frozenset({"ann@home.example"})})
    raw = mail(Subject=SUBJECT, From="ann@home.example")
    hidden = decided(raw, by_number={NUMBER: known})
    seen = decided(raw, by_number={NUMBER: known}, customers={"ann@home.example": ann})
    assert (hidden.article.visible_for_customer, seen.article.visible_for_customer) == (False, True)


def test_a_refused_answer_to_an_internal_mail_stays_internal_too() -> None:
    known = ticket(**INTERNAL, queue="Sales", state="closed successful")
    decision = decided(mail(Subject=SUBJECT, From=EXPERT), by_number={NUMBER: known})
    assert decision.kind is DecisionKind.FOLLOW_UP_REJECTED
    assert decision.article.visible_for_customer is False


def test_a_header_says_better_than_the_rule_who_sees_the_article() -> None:
    headers = {"X-OTOBO-FollowUp-IsVisibleForCustomer": "1"}
    raw = mail(Subject=SUBJECT, From=EXPERT, **headers)
    assert decided(raw, TRUSTED, by_number={NUMBER: ticket(**INTERNAL)}).article.visible_for_customer is True
    by_agent = mail(Subject=SUBJECT, From=EXPERT, **{"X-OTOBO-FollowUp-SenderType": "agent"})
    assert decided(by_agent, TRUSTED, by_number={NUMBER: ticket(**INTERNAL)}).article.visible_for_customer is True
