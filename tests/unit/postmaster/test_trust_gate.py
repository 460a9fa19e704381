from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import DecisionKind, Lists
from mailadmin.domain.x_headers import COMPUTED_HEADERS
from mailadmin.postmaster import parse, prepare
from tests.unit.postmaster.samples import (
    NOW,
    NUMBER,
    ROUTING,
    TRUSTED,
    UNTRUSTED,
    decided,
    mail,
    routing,
    step,
    steps,
    ticket,
)

ORDERS = {
    "X-OTOBO-Queue": "Sales",
    "X-OTOBO-State": "closed successful",
    "X-OTOBO-Priority": "5 very high",
    "X-OTOBO-Lock": "lock",
    "X-OTOBO-Type": "Incident",
    "X-OTOBO-Title": "From the header",
    "X-OTOBO-CustomerUser": "jdoe",
    "X-OTOBO-CustomerNo": "ACME",
    "X-OTOBO-SenderType": "agent",
    "X-OTOBO-IsVisibleForCustomer": "0",
}


def test_a_trusted_mail_is_obeyed() -> None:
    lists = Lists(types={"incident": "Incident"})
    decision = decided(mail(**ORDERS), TRUSTED, routing(lists=lists))
    assert decision.queue == "Sales"
    assert (decision.state, decision.priority, decision.lock) == ("closed successful", "5 very high", "lock")
    assert (decision.ticket_type, decision.title) == ("Incident", "From the header")
    assert (decision.customer, decision.customer_id) == ("jdoe", "ACME")
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("agent", False)
    applied = {facts["header"] for facts in steps(decision, "header_applied")} | {"X-OTOBO-Queue"}
    assert applied == set(ORDERS)


def test_an_untrusted_mail_is_not_and_the_trace_names_the_headers_without_their_values() -> None:
    plain = decided(mail())
    decision = decided(mail(**ORDERS, **{"x-otobo-ignore": "yes", "X-OTOBO-DynamicField-A": "secret"}), UNTRUSTED)
    assert decision.kind is DecisionKind.NEW_TICKET
    assert (decision.queue, decision.state, decision.priority) == (plain.queue, plain.state, plain.priority)
    assert (decision.title, decision.customer, decision.lock) == (plain.title, plain.customer, plain.lock)
    assert decision.article == plain.article
    stripped = step(decision, "headers_stripped")["headers"]
    assert stripped.split(", ") == [*ORDERS, "x-otobo-ignore", "X-OTOBO-DynamicField-A"]
    assert "secret" not in repr(decision.because)


@pytest.mark.parametrize(
    "name", ["X-OTOBO-Queue", "x-otobo-queue", "X-Otobo-QUEUE", "X-OTOBO-Queue ", "X-OTOBO-Queue\t"]
)
def test_no_way_of_writing_the_name_passes_the_gate(name: str) -> None:
    raw = name.encode() + b": Sales\n" + mail()
    assert decided(raw, UNTRUSTED).queue == "Support"
    assert decided(raw, TRUSTED).queue == "Sales"


def test_a_folded_or_encoded_value_does_not_pass_either() -> None:
    raw = mail(**{"X-OTOBO-Queue": "\n Sales", "X-OTOBO-State": "=?utf-8?q?open?="})
    assert decided(raw, UNTRUSTED).queue == "Support"
    assert decided(raw, UNTRUSTED).state == "new"


def test_headers_of_parts_and_bodies_never_act() -> None:
    raw = mail("--b\nX-OTOBO-Queue: Sales\n\nX-OTOBO-Queue: Sales\n--b--\n", Content_Type="multipart/mixed; boundary=b")
    assert decided(raw, TRUSTED).queue == "Support"


@pytest.mark.parametrize("header", ["State", "Priority", "Lock", "SenderType", "IsVisibleForCustomer", "Ignore"])
def test_an_unknown_value_is_traced_and_the_default_holds(header: str) -> None:
    plain = decided(mail(), TRUSTED)
    decision = decided(mail(**{f"X-OTOBO-{header}": "rubbish"}), TRUSTED)
    assert step(decision, "header_refused") == {"header": f"X-OTOBO-{header}", "value": "rubbish"}
    assert (decision.kind, decision.state, decision.priority, decision.lock) == (
        plain.kind,
        plain.state,
        plain.priority,
        plain.lock,
    )
    assert decision.article == plain.article


@pytest.mark.parametrize("value", ["", "0"])
def test_empty_and_zero_count_as_not_there(value: str) -> None:
    orders = b"".join(f"X-OTOBO-{name}: {value}\n".encode() for name in ("Title", "State", "Queue", "Ignore"))
    decision = decided(orders + mail(Subject="Hi"), TRUSTED)
    assert (decision.title, decision.state, decision.queue) == ("Hi", "new", "Support")
    assert steps(decision, "header_refused") == steps(decision, "queue_passed_over") == []


@pytest.mark.parametrize("value", ["yes", "TRUE", "oh yes please"])
def test_ignore_drops_a_trusted_mail_only(value: str) -> None:
    raw = mail(**{"X-OTOBO-Ignore": value})
    assert decided(raw, TRUSTED).kind is DecisionKind.IGNORED
    assert step(decided(raw, TRUSTED), "ignored")["value"] == value
    assert decided(raw, UNTRUSTED).kind is DecisionKind.NEW_TICKET


def test_follow_up_headers_act_on_a_reply_and_the_others_do_not() -> None:
    raw = mail(
        Subject=f"Re: Ticket#{NUMBER}",
        **{
            "X-OTOBO-FollowUp-State": "pending reminder",
            "X-OTOBO-FollowUp-Priority": "1 very low",
            "X-OTOBO-FollowUp-Lock": "tmp_lock",
            "X-OTOBO-FollowUp-Queue": "sales",
            "X-OTOBO-FollowUp-Title": "New title",
            "X-OTOBO-FollowUp-SenderType": "system",
            "X-OTOBO-FollowUp-IsVisibleForCustomer": "no",
            "X-OTOBO-SenderType": "agent",
            "X-OTOBO-State": "open",
        },
    )
    decision = decided(raw, TRUSTED, by_number={NUMBER: ticket()})
    assert decision.kind is DecisionKind.FOLLOW_UP
    assert (decision.queue, decision.new_queue) == ("Support", "Sales")
    assert (decision.new_state, decision.new_priority, decision.new_lock) == (
        "pending reminder",
        "1 very low",
        "tmp_lock",
    )
    assert decision.new_title == "New title"
    assert (decision.article.sender_type, decision.article.visible_for_customer) == ("system", False)


@pytest.mark.parametrize(("queue", "reason"), [("Nowhere", "unknown"), ("Old", "invalid")])
def test_a_follow_up_queue_that_cannot_take_it_changes_nothing(queue: str, reason: str) -> None:
    raw = mail(Subject=f"Re: Ticket#{NUMBER}", **{"X-OTOBO-FollowUp-Queue": queue})
    decision = decided(raw, TRUSTED, by_number={NUMBER: ticket()})
    assert decision.new_queue is None
    assert step(decision, "queue_passed_over")["reason"] == reason


def test_state_keep_keeps_the_state() -> None:
    raw = mail(Subject=f"Re: Ticket#{NUMBER}", **{"X-OTOBO-FollowUp-State-Keep": "1", "X-OTOBO-FollowUp-State": "open"})
    decision = decided(raw, TRUSTED, by_number={NUMBER: ticket(state="closed successful")})
    assert decision.new_state is None
    assert step(decision, "state_kept")["reason"] == "header"


ODD_NAMES = [
    "X-OTOBO-Queue",
    "x-otobo-queue",
    "X_OTOBO_Queue",
    "X-OTOBO.Queue",
    "-X-OTOBO-Queue",
    "X--OTOBO--Queue",
    "XOTOBOQueue",
    "'X-OTOBO-Queue'",
    "X-OTRS-Queue",
    "x-znuny-queue",
    "X_Znuny_Queue",
    "X-OTOBO-",
    "X-OTOBO",
    "X-OTOBO-DynamicField-A",
    "X-OTOBO-Bounce",
    "X-OTOBO-Loop",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_odd_spelling_stays_on_an_untrusted_mail(name: str) -> None:
    raw = f"{name}: Sales\n".encode() + mail()
    prepared = prepare(parse(raw), UNTRUSTED, routing(accept_aliases=True), NOW)
    assert name not in prepared.headers
    assert [because.facts["headers"] for because in prepared.trace] == [name]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ODD_NAMES),
            st.sampled_from(["", " ", "\t"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
            st.integers(0, 4),
        ),
        max_size=6,
    )
)
def test_an_untrusted_mail_is_the_same_whatever_orders_are_put_into_it(added: list[tuple[str, str, str, int]]) -> None:
    lines = mail(Subject="Hi", Message_ID="<a@b.example>").split(b"\n")
    plain = prepare(parse(b"\n".join(lines)), UNTRUSTED, ROUTING, NOW)
    for name, blank, value, place in added:
        lines.insert(place, f"{name}{blank}: {value}\n folded".encode())
    with_orders = prepare(parse(b"\n".join(lines)), UNTRUSTED, ROUTING, NOW)
    assert with_orders.headers.fields == plain.headers.fields
    assert (with_orders.questions, with_orders.copy_key) == (plain.questions, plain.copy_key)


def test_other_headers_that_sound_alike_stay() -> None:
    prepared = prepare(parse(b"X-Otto-Bot: 1\nX-OTR: 2\nOTOBO: 3\nX-Zn: 4\n" + mail()), UNTRUSTED, ROUTING, NOW)
    assert all(name in prepared.headers for name in ("X-Otto-Bot", "X-OTR", "OTOBO", "X-Zn"))
    assert prepared.trace == ()


@pytest.mark.parametrize("prefix", ["X-OTRS-", "x-znuny-", "X-ZNUNY-"])
def test_aliases_act_on_trusted_accounts_when_they_are_switched_on(prefix: str) -> None:
    raw = f"{prefix}Queue: Sales\n".encode() + mail()
    accepting = routing(accept_aliases=True)
    decision = decided(raw, TRUSTED, accepting)
    assert decision.queue == "Sales"
    assert step(decision, "aliases_taken")["headers"] == f"{prefix}Queue"
    assert decided(raw, TRUSTED).queue == "Support"
    assert decided(raw, UNTRUSTED, accepting).queue == "Support"


def test_the_header_itself_counts_before_its_alias() -> None:
    raw = mail(**{"X-OTRS-Queue": "Raw", "X-OTOBO-Queue": "Sales", "X-Znuny-Queue": "Postmaster"})
    assert decided(raw, TRUSTED, routing(accept_aliases=True)).queue == "Sales"
    raw = mail(**{"X-Znuny-Queue": "Postmaster", "X-OTRS-Queue": "Raw"})
    assert decided(raw, TRUSTED, routing(accept_aliases=True)).queue == "Raw"


@pytest.mark.parametrize("name", sorted(COMPUTED_HEADERS))
def test_what_is_computed_never_comes_from_a_mail(name: str) -> None:
    raw = f"{name}: 1\n".encode() + mail()
    for account in (TRUSTED, UNTRUSTED):
        assert name not in prepare(parse(raw), account, ROUTING, NOW).headers
    assert step(decided(raw, TRUSTED), "reserved_removed")["headers"] == name
    alias = name.replace("x-otobo", "x-otrs").encode() + b": 1\n" + mail()
    assert name not in prepare(parse(alias), TRUSTED, routing(accept_aliases=True), NOW).headers


@pytest.mark.parametrize(
    ("header", "value", "loop"),
    [
        ("Mailing-List", "x", True),
        ("Precedence", "bulk", True),
        ("X-Loop", "me@example.org", True),
        ("X-No-Loop", "1", True),
        ("Auto-Submitted", "auto-replied", True),
        ("Auto-Submitted", "Auto-Generated; x=y", True),
        ("Auto-Submitted", "no", False),
        ("X-OTOBO-Loop", "yes", True),
        ("X-OTOBO-Loop", "no", False),
        ("X-OTOBO-Loop", "false", False),
        ("List-Id", "<x.example.org>", True),
        ("Importance", "high", False),
    ],
)
def test_a_loop_is_recognised(header: str, value: str, loop: bool) -> None:
    headers = prepare(parse(mail(**{header: value})), TRUSTED, ROUTING, NOW).headers
    assert (headers.text("X-OTOBO-Loop") == "yes") is loop
