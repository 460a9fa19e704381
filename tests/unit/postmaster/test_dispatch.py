from __future__ import annotations

from dataclasses import replace

import pytest

from mailadmin.domain.decisions import AccountFacts, QueueFacts
from mailadmin.domain.vocabulary import FollowUpOption
from tests.unit.postmaster.samples import ROUTING, TRUSTED, decided, mail, routing, step, steps


def test_a_trusted_queue_header_comes_first_and_in_any_case() -> None:
    account = AccountFacts("inbox", trusted=True, queue="Raw")
    decision = decided(mail(**{"X-OTOBO-Queue": "billing::INVOICES"}), account)
    assert decision.queue == "Billing::Invoices"
    chosen = step(decision, "queue_chosen")
    assert chosen == {"by": "header", "queue": "Billing::Invoices", "header": "X-OTOBO-Queue"}


def test_the_accounts_queue_ignores_the_address() -> None:
    decision = decided(mail(), AccountFacts("inbox", queue="Sales"))
    assert decision.queue == "Sales"
    assert step(decision, "queue_chosen") == {"by": "account", "queue": "Sales"}


RECIPIENT_HEADERS = ("Resent-To", "Envelope-To", "To", "Cc", "Delivered-To", "X-Original-To")


@pytest.mark.parametrize("position", range(len(RECIPIENT_HEADERS)))
def test_recipient_headers_count_in_their_order(position: int) -> None:
    headers = dict.fromkeys(RECIPIENT_HEADERS[position + 1 :], "invoices@example.org")
    headers |= dict.fromkeys(RECIPIENT_HEADERS[:position], "stranger@elsewhere.example")
    headers[RECIPIENT_HEADERS[position]] = "sales@example.org"
    raw = mail(To="") if "To" in headers else mail()
    raw = b"".join(f"{name}: {value}\n".encode() for name, value in headers.items()) + raw
    decision = decided(raw)
    assert decision.queue == "Sales"
    chosen = step(decision, "queue_chosen")
    assert (chosen["header"], chosen["address"]) == (RECIPIENT_HEADERS[position], "sales@example.org")


def test_the_first_linked_address_of_a_header_wins_whatever_its_case() -> None:
    decision = decided(mail(To="X <x@y.example>, SALES@Example.ORG, support@example.org"))
    assert decision.queue == "Sales"
    assert step(decision, "queue_looked") == {"looked_at": "To: x@y.example"}


def test_an_address_in_a_display_name_does_not_count() -> None:
    decision = decided(mail(To="=?utf-8?q?sales=40example=2Eorg=2C?= <support@example.org>"))
    assert decision.queue == "Support"


def test_bcc_and_from_do_not_count() -> None:
    assert decided(mail(From="sales@example.org", To="", Bcc="sales@example.org")).queue == "Raw"


def test_without_a_linked_address_the_default_queue_gets_it_and_the_trace_says_what_was_looked_at() -> None:
    decision = decided(mail(To="a@b.example", Cc="c@d.example"), snapshot=routing(default_queue="Postmaster"))
    assert decision.queue == "Postmaster"
    assert step(decision, "queue_looked") == {"looked_at": "To: a@b.example; Cc: c@d.example"}
    assert step(decision, "queue_chosen") == {"by": "default", "queue": "Postmaster"}


def test_an_invalid_queue_receives_nothing_and_the_next_rule_applies() -> None:
    account = AccountFacts("inbox", trusted=True, queue="Old")
    raw = mail(To="old@example.org", Cc="sales@example.org", **{"X-OTOBO-Queue": "Old"})
    decision = decided(raw, account)
    assert decision.queue == "Sales"
    passed_over = steps(decision, "queue_passed_over")
    assert [facts["by"] for facts in passed_over] == ["header", "account", "address"]
    assert {facts["reason"] for facts in passed_over} == {"invalid"}
    assert passed_over[-1]["address"] == "old@example.org"


def test_an_unknown_queue_in_a_header_is_passed_over() -> None:
    decision = decided(mail(**{"X-OTOBO-Queue": "Nowhere"}), TRUSTED)
    assert decision.queue == "Support"
    assert step(decision, "queue_passed_over")["reason"] == "unknown"


def test_raw_takes_what_the_default_cannot() -> None:
    decision = decided(mail(To=""), snapshot=routing(default_queue="Old"))
    assert decision.queue == "Raw"
    assert step(decision, "queue_chosen")["by"] == "raw"


def test_then_the_first_valid_queue_and_at_last_the_name_of_the_default() -> None:
    raw = QueueFacts("Raw", False, FollowUpOption.POSSIBLE, False)
    sales = ROUTING.queues["sales"]
    assert decided(mail(), snapshot=routing(queues={"raw": raw, "sales": sales})).queue == "Sales"
    assert decided(mail(), snapshot=routing(queues={})).queue == "Raw"
    assert decided(mail(), snapshot=replace(ROUTING, queues={"raw": raw}, default_queue="")).queue == "Raw"


# --- plus-addressing -------------------------------------------------------------------------------------------------

PLUS = routing(plus_addressing=True)


def test_mail_to_an_address_with_a_plus_goes_where_the_plain_one_goes_by_setting() -> None:
    raw = mail(To="Support+Printer+2@example.org")
    decision = decided(raw, snapshot=PLUS)
    assert decision.queue == "Support"
    assert step(decision, "queue_chosen") == {
        "by": "address",
        "queue": "Support",
        "header": "To",
        "address": "Support+Printer+2@example.org",
        "plain": "support@example.org",
    }
    assert decided(raw).queue == "Raw"


def test_an_exact_address_comes_before_the_plain_one() -> None:
    snapshot = replace(PLUS, addresses={**PLUS.addresses, "support+vip@example.org": "Sales"})
    decision = decided(mail(To="support+vip@example.org"), snapshot=snapshot)
    assert decision.queue == "Sales"
    assert "plain" not in step(decision, "queue_chosen")


def test_when_the_exact_address_leads_to_an_invalid_queue_the_plain_one_counts() -> None:
    snapshot = replace(PLUS, addresses={**PLUS.addresses, "support+old@example.org": "Old"})
    decision = decided(mail(To="support+old@example.org"), snapshot=snapshot)
    assert decision.queue == "Support"
    assert step(decision, "queue_passed_over")["queue"] == "Old"


def test_the_first_address_still_wins_and_a_plus_in_the_domain_or_in_front_is_none() -> None:
    assert decided(mail(To="sales+x@example.org, support@example.org"), snapshot=PLUS).queue == "Sales"
    assert decided(mail(To="+x@example.org, support@exam+ple.org"), snapshot=PLUS).queue == "Raw"
    looked = step(decided(mail(To="who+x@example.org"), snapshot=PLUS), "queue_looked")
    assert looked == {"looked_at": "To: who+x@example.org"}


@pytest.mark.parametrize(
    "address", ["hilfe@xn--bcher-kva.example", "Hilfe@B\u00dcCHER.example.", '"hilfe"@bu\u0308cher.example']
)
def test_an_address_in_another_spelling_leads_to_its_queue(address: str) -> None:
    snapshot = routing(addresses={"hilfe@b\u00fccher.example": "Sales"})
    assert decided(mail(To=address), snapshot=snapshot).queue == "Sales"


def test_the_trace_does_not_grow_with_the_recipients() -> None:
    to = ", ".join(["old@example.org"] * 2_000)
    decision = decided(mail(To=to, Cc=to))
    assert len(steps(decision, "queue_passed_over")) == 1
    assert len(decision.because) < 20
