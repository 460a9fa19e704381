"""Whose ticket it is, and whose mail waits until they are known (PM-7, postmaster.md 4.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.decisions import Answers, Bounce, CustomerFacts, Decision, DecisionKind
from mailadmin.postmaster import parse, prepare
from mailadmin.postmaster.deciding import decide
from tests.unit.postmaster.samples import (
    NOW,
    NUMBER,
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

ANN = CustomerFacts("alee", "Ann Lee", "ann@customer.example", "ACME")
BOB = CustomerFacts("Bob", "Bob", "bob@elsewhere.example", "")
KNOWN: dict[str, Any] = {"customers": {"ann@customer.example": ANN}, "logins": {"bob": BOB}}


def customer(decision: Decision) -> tuple[str, str, str]:
    return decision.customer, decision.customer_id, step(decision, "customer")["by"]


def test_sender_and_login_are_asked_for() -> None:
    raw = mail(From="Ann <ANN@customer.example>, bob@x.example", Cc="cc@x.example", **{"X-OTOBO-CustomerUser": "Bob"})
    asked = questions(parse(raw), TRUSTED, routing())
    assert (asked.senders, asked.logins) == (("ANN@customer.example",), ("Bob",))
    assert questions(parse(raw), UNTRUSTED, routing()).logins == ()


def test_the_customer_user_is_found_by_the_senders_address_in_any_case() -> None:
    decision = decided(mail(From="Ann <ANN@Customer.example>"), **KNOWN)
    assert customer(decision) == ("alee", "ACME", "user")


def test_a_header_names_the_customer_user_whose_company_comes_along() -> None:
    raw = mail(**{"X-OTOBO-CustomerUser": "BOB"})
    assert customer(decided(raw, TRUSTED, **KNOWN)) == ("Bob", "", "header")
    assert customer(decided(raw, UNTRUSTED, **KNOWN)) == ("alee", "ACME", "user")


def test_a_customer_user_that_nobody_knows_is_kept_as_the_header_says() -> None:
    assert customer(decided(mail(**{"X-OTOBO-CustomerUser": "Eve"}), TRUSTED, **KNOWN)) == ("Eve", "", "header")


def test_a_company_header_comes_before_every_other_company() -> None:
    headers = {"X-OTOBO-CustomerNo": "Initech"}
    assert decided(mail(**headers), TRUSTED, **KNOWN).customer_id == "Initech"
    assert decided(mail(From="x@y.example", **headers), TRUSTED).customer_id == "Initech"
    assert decided(mail(**headers, **{"X-OTOBO-CustomerUser": "bob"}), TRUSTED, **KNOWN).customer_id == "Initech"


def test_the_company_is_found_by_the_domain_when_nobody_has_the_address() -> None:
    decision = decided(mail(From="new@Customer.Example"), companies={"customer.example": "ACME"}, **KNOWN)
    assert customer(decision) == ("new@customer.example", "ACME", "company")


@pytest.mark.parametrize(("setting", "company"), [(True, "x@y.example"), (False, "")])
def test_an_unknown_senders_address_is_the_company_by_setting(setting: bool, company: str) -> None:
    decision = decided(mail(From="X@y.example"), snapshot=routing(company_of_unknown=setting))
    assert customer(decision) == ("x@y.example", company, "unknown")


def test_the_first_sender_counts_and_cc_never_does() -> None:
    raw = mail(From="x@y.example, ann@customer.example", Cc="ann@customer.example", Reply_To="ann@customer.example")
    assert customer(decided(raw, **KNOWN))[::2] == ("x@y.example", "unknown")


def test_a_reply_leaves_the_customer_alone() -> None:
    decision = decided(mail(Subject=f"Ticket#{NUMBER}"), by_number={NUMBER: ticket()}, **KNOWN)
    assert (decision.customer, decision.customer_id) == ("", "")
    assert steps(decision, "customer") == []


# --- held ------------------------------------------------------------------------------------------------------------

HOLD = routing(hold_unknown_senders=True)


def test_mail_of_somebody_unknown_is_held_for_the_sender() -> None:
    decision = decided(mail(From="X <X@y.example>"), snapshot=HOLD)
    assert (decision.kind, decision.held_for, decision.response) == (DecisionKind.HELD, "x@y.example", None)
    assert decision.article.body == "Hello"
    assert step(decision, "held") == {"address": "X@y.example"}
    assert decided(mail(From="X <X@y.example>")).kind is DecisionKind.NEW_TICKET


def test_a_sender_that_nobody_can_make_known_waits_for_somebody_to_decide() -> None:
    decision = decided(mail(From="a" * 900 + "@x.example"), snapshot=HOLD)
    assert (decision.kind, decision.held_for) == (DecisionKind.HELD, "")


def test_mail_without_any_sender_waits_for_somebody_to_decide() -> None:
    decision = decided(mail(From="nobody"), snapshot=HOLD)
    assert (decision.kind, decision.held_for) == (DecisionKind.HELD, "")


def test_a_customer_user_a_known_company_and_a_trusted_header_let_in() -> None:
    assert decided(mail(), snapshot=HOLD, **KNOWN).kind is DecisionKind.NEW_TICKET
    assert decided(mail(), snapshot=HOLD, companies={"customer.example": "A"}).kind is DecisionKind.NEW_TICKET
    raw = mail(**{"X-OTOBO-CustomerUser": "eve"})
    assert decided(raw, TRUSTED, HOLD).kind is DecisionKind.NEW_TICKET
    assert decided(raw, UNTRUSTED, HOLD).kind is DecisionKind.HELD
    assert decided(mail(**{"X-OTOBO-CustomerNo": "A"}), TRUSTED, HOLD).kind is DecisionKind.HELD


@pytest.mark.parametrize("state", ["open", "closed successful"])
@pytest.mark.parametrize("queue", ["Support", "Sales", "Billing::Invoices"])
def test_a_reply_to_a_ticket_is_never_held(state: str, queue: str) -> None:
    known = ticket(state=state, queue=queue)
    decision = decided(mail(Subject=f"Ticket#{NUMBER}"), snapshot=HOLD, by_number={NUMBER: known})
    assert decision.kind is not DecisionKind.HELD


def test_a_bounce_is_never_held_and_an_ignored_mail_is_ignored() -> None:
    bounce = replace(parse(mail(From="MAILER-DAEMON@mx.example")), bounce=Bounce("<1@us>"))
    assert decide(prepare(bounce, UNTRUSTED, HOLD, NOW), Answers()).kind is DecisionKind.NEW_TICKET
    ignored = decided(mail(**{"X-OTOBO-Ignore": "yes"}), TRUSTED, HOLD)
    assert ignored.kind is DecisionKind.IGNORED


def test_a_stranger_whom_the_sender_check_turns_away_is_held_like_anybody() -> None:
    snapshot = replace(HOLD, sender_check="numbers")
    decision = decided(mail(Subject=f"Ticket#{NUMBER}"), snapshot=snapshot, by_number={NUMBER: ticket()})
    assert decision.kind is DecisionKind.HELD
