from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailadmin.domain.decisions import AccountFacts, DecisionKind
from tests.unit.postmaster.samples import decided, mail, routing, step, steps


def test_a_new_ticket_takes_everything_from_mail_account_and_settings() -> None:
    raw = mail(
        Subject="Printer",
        Cc="Bob <bob@customer.example>",
        Reply_To="desk@customer.example",
        Message_ID="<1@customer.example>",
        In_Reply_To="<0@customer.example>",
        References="<a@b> <0@customer.example>",
        Date="Fri, 20 Nov 2026 10:00:00 +0100",
    )
    account = AccountFacts("inbox", ticket_type="Incident")
    decision = decided(raw, account, routing(default_priority="4 high", default_state="open"))
    assert decision.kind is DecisionKind.NEW_TICKET
    assert (decision.title, decision.state, decision.priority, decision.lock) == ("Printer", "open", "4 high", "unlock")
    assert (decision.ticket_type, decision.customer) == ("Incident", "ann@customer.example")
    article = decision.article
    assert (article.sender, article.to, article.cc) == (
        "Ann Lee <ann@customer.example>",
        "support@example.org",
        "Bob <bob@customer.example>",
    )
    assert (article.reply_to, article.message_id) == ("desk@customer.example", "<1@customer.example>")
    assert (article.in_reply_to, article.references) == ("<0@customer.example>", "<a@b> <0@customer.example>")
    assert article.date == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (article.body, article.body_type) == ("Hello", "text/plain")
    assert (article.sender_type, article.visible_for_customer) == ("customer", True)


@pytest.mark.parametrize("subject", ["", " ", "=?utf-8?q??="])
def test_a_mail_without_a_subject_gets_a_title(subject: str) -> None:
    assert decided(mail(Subject=subject)).title == "(no subject)"


def test_a_title_has_at_most_191_characters() -> None:
    assert decided(mail(Subject="ä" * 300)).title == "ä" * 191


def test_the_customer_is_the_first_sender_and_the_trace_names_the_others() -> None:
    decision = decided(mail(From="Ann <ANN@Customer.example>, mallory@evil.example"))
    assert decision.customer == "ann@customer.example"
    assert step(decision, "customer")["others"] == "mallory@evil.example"


def test_a_sender_without_an_address_is_no_customer() -> None:
    decision = decided(mail(From="nobody"))
    assert (decision.customer, decision.article.sender) == ("", "nobody")


def test_a_spoofed_display_name_is_not_the_customer() -> None:
    decision = decided(mail(From="=?utf-8?q?boss=40example=2Eorg=2C_x?= <mallory@evil.example>"))
    assert decision.customer == "mallory@evil.example"
    assert decision.article.sender == '"boss@example.org, x" <mallory@evil.example>'


@pytest.mark.parametrize(
    ("value", "kept"),
    [("<a@b>", "<a@b>"), (" <A@b>\n (added)", "<A@b>"), ("a@b", "<a@b>"), ("", ""), ("<>", "")],
)
def test_message_ids_are_kept_in_brackets(value: str, kept: str) -> None:
    assert decided(mail(Message_ID=value)).article.message_id == kept


def test_fields_beyond_what_an_article_keeps_are_cut_and_it_is_said() -> None:
    decision = decided(mail(Subject="x" * 5_000, To=", ".join(f"a{n}@b.example" for n in range(2_000))))
    assert len(decision.article.subject) == 3_800
    assert len(decision.article.to) == 16_000
    assert [facts["field"] for facts in steps(decision, "field_cut")] == ["To", "Subject"]
