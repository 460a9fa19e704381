"""What holds for every mail, with everything switched on: a decision, clean texts, and no say for untrusted headers."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import Answers, CustomerFacts, Decision, DecisionKind, outcome_of
from mailadmin.domain.external_numbers import ExternalNumberRule
from mailadmin.domain.filters import Action, Condition, Filter
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.domain.x_headers import X_HEADERS
from mailadmin.postmaster import decide, parse, prepare, write_response
from tests.unit.postmaster.samples import NOW, NUMBER, OTHER_NUMBER, ROUTING, TRUSTED, UNTRUSTED, ticket

QUEUES = {key: replace(facts, sender_address=f"{key[:3]}@example.org") for key, facts in ROUTING.queues.items()}
EVERYTHING = replace(
    ROUTING,
    queues=QUEUES,
    follow_up_by_body=True,
    follow_up_by_attachments=True,
    follow_up_by_raw=True,
    sender_check="numbers",
    plus_addressing=True,
    accept_aliases=True,
    further_hooks=("Call#", "Case"),
    external_numbers=(ExternalNumberRule(name="r", number_pattern=r"Incident-(\d+)", in_body=True, dynamic_field="N"),),
    filters=(Filter(name="f", conditions=(Condition("Subject", "a"),), actions=(Action("X-OTOBO-Title", "t"),)),),
    responses={
        (queue, kind): AutoResponse(name=kind.value, type=kind, body="<OTOBO_Body:3> <OTOBO_CustomerName>")
        for queue in QUEUES
        for kind in ResponseType
    },
    no_response_pattern="(MAILER-DAEMON|postmaster)@",
)
ANSWERS = Answers(
    by_number={NUMBER: ticket(participants=frozenset({"ann@customer.example"}))},
    by_message_id={
        "<1@a>": (ticket(id=1, queue="Sales", state="closed successful"), ticket(id=2, state="new")),
        "<2@a>": (ticket(id=3, queue="Billing::Invoices", state="closed successful", owner="gone", lock="lock"),),
    },
    by_field={("n", "77"): (ticket(id=4),)},
    customers={"ann@customer.example": CustomerFacts("ann", "Ann", "ann@customer.example", "ACME")},
    companies={"customer.example": "ACME"},
    responses={"bob@customer.example": 40},
)

_LINES = st.sampled_from(
    [
        "From: Ann <ann@customer.example>",
        "From: bob@customer.example",
        "From: nobody",
        "To: support+x@example.org, sales@example.org",
        "Reply-To: a@b.example, support@example.org, \x01@x",
        f"Subject: Re: [Ticket#{NUMBER}] a",
        f"Subject: Call#{OTHER_NUMBER} Incident-77",
        "In-Reply-To: <1@a>",
        "References: <0@a> <2@a>",
        "Message-ID: <9@a>",
        "Date: Fri, 20 Nov 2026 10:00:00 +0100",
        "Date: Mon, 01 Jan 0001 00:00:00 +1400",
        "Received: x; Mon, 01 Jan 0001 00:00:00 +1400",
        "Received: x; Fri, 31 Dec 9999 23:59:59 -1200",
        "Precedence: bulk",
        "Auto-Submitted: ;",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "Content-Type: text/html",
    ]
)
_ORDERS = st.builds(
    "{}: {}".format,
    st.sampled_from(
        [name for header in X_HEADERS for name in (header.members or (f"{header.name}Room",))]
        + ["X-OTRS-Queue", "x-otobo-unheard-of"]
    ),
    st.sampled_from(
        ["yes", "no", "0", "Sales", "closed successful", "+2d", "ann", f"Ticket#{NUMBER}", "\x00", "=?utf-8?q?=00?="]
    ),
)
_BODIES = st.sampled_from([b"Hello", f"Ticket#{NUMBER} Incident-77".encode(), b"--b\n\n\n--b--", b"\xff\x00"])


def mail_of(lines: list[str], body: bytes) -> bytes:
    return "\n".join(lines).encode() + b"\n\n" + body


def decided(raw: bytes, *, trusted: bool = False) -> Decision:
    prepared = prepare(parse(raw), TRUSTED if trusted else UNTRUSTED, EVERYTHING, NOW)
    decision = decide(prepared, ANSWERS)
    if decision.response:
        write_response(decision.response, decision, decision.ticket or ticket(), EVERYTHING, prepared)
    return decision


@settings(max_examples=200)
@given(st.lists(st.one_of(_LINES, _ORDERS), max_size=14), st.one_of(_BODIES, st.binary(max_size=200)), st.booleans())
def test_every_mail_gets_a_decision_whose_texts_any_database_takes(
    lines: list[str], body: bytes, trusted: bool
) -> None:
    decision = decided(mail_of(lines, body), trusted=trusted)
    assert decision.kind is not DecisionKind.COPY
    assert (decision.ticket is None) is (
        decision.kind in {DecisionKind.NEW_TICKET, DecisionKind.IGNORED, DecisionKind.HELD}
    )
    told = json.dumps([[name, value] for name, value in outcome_of(decision)]) + json.dumps(
        [[because.step, dict(because.facts)] for because in decision.because]
    )
    assert "\\u0000" not in told
    assert "\\ud8" not in told


@settings(max_examples=200)
@given(st.lists(_LINES, min_size=1, max_size=10), st.lists(_ORDERS, max_size=6), _BODIES)
def test_untrusted_headers_change_nothing(lines: list[str], orders: list[str], body: bytes) -> None:
    plain, with_orders = decided(mail_of(lines, body)), decided(mail_of([*orders, *lines], body))
    stripped = tuple(because for because in with_orders.because if because.step != "headers_stripped")
    assert replace(with_orders, because=stripped) == plain
