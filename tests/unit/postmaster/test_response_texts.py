"""The text of an auto-response (PM-8): placeholders, subject, references, nothing injected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.decisions import Answers, CustomerFacts, Decision, ResponseOrder
from mailadmin.domain.responses import PLACEHOLDERS, AutoResponse, OutboxDraft, ResponseType
from mailadmin.postmaster import PreparedMail, decide, parse, prepare, write_response
from mailadmin.postmaster.numbers import numbers_in
from mailadmin.postmaster.response_texts import subject_with_number
from tests.unit.postmaster.samples import NOW, NUMBER, OTHER_NUMBER, ROUTING, UNTRUSTED, mail, routing, ticket

QUEUES = {
    **ROUTING.queues,
    "support": replace(ROUTING.queues["support"], sender_address="support@example.org", sender_name="Support desk"),
}


def written(
    raw: bytes, body: str = "", subject: str = "", answers: Answers | None = None, **changes: Any
) -> OutboxDraft:
    """The auto-response to a mail that makes a ticket; ``changes`` are of the routing."""
    response = AutoResponse(name="Thanks", type=ResponseType.AUTO_REPLY, subject=subject, body=body)
    snapshot = routing(**{"queues": QUEUES, "responses": {("support", ResponseType.AUTO_REPLY): response}, **changes})
    prepared: PreparedMail = prepare(parse(raw), UNTRUSTED, snapshot, NOW)
    decision: Decision = decide(prepared, answers or Answers())
    order = decision.response or ResponseOrder(response, ("ann@customer.example",))
    known = ticket(title=decision.title, queue=decision.queue, state=decision.state, customer_id=decision.customer_id)
    return write_response(order, decision, known, snapshot, prepared)


def test_the_draft_is_from_the_queue_to_the_sender() -> None:
    draft = written(mail(Subject="Printer", Message_ID="<1@customer.example>"), body="Hello")
    assert draft == OutboxDraft(
        sender="support@example.org",
        sender_name="Support desk",
        to=("ann@customer.example",),
        cc=(),
        subject=f"Re: [Ticket#{NUMBER}] Printer",
        body="Hello",
        in_reply_to="<1@customer.example>",
        references="<1@customer.example>",
        response="Thanks",
        type=ResponseType.AUTO_REPLY,
    )


def test_every_placeholder_is_filled() -> None:
    raw = mail("One\nTwo", Subject="Printer", Date="Fri, 20 Nov 2026 11:30:00 +0100")
    ann = CustomerFacts("alee", "Ann", "ann@customer.example", "ACME")
    body = "\n".join(f"{name}=<OTOBO_{name}>" for name in PLACEHOLDERS)
    draft = written(raw, body, answers=Answers(customers={"ann@customer.example": ann}))
    assert draft.body.splitlines() == [
        f"TicketNumber={NUMBER}",
        "Title=Printer",
        "Queue=Support",
        "State=new",
        "Priority=3 normal",
        "CustomerName=Ann Lee",
        "CustomerAddress=ann@customer.example",
        "CustomerID=ACME",
        "Subject=Printer",
        "Body=> One",
        "> Two",
        "Date=2026-11-20 10:30 UTC",
        "QueueAddress=support@example.org",
        "QueueName=Support desk",
    ]


def test_the_body_is_quoted_as_far_as_the_text_says() -> None:
    raw = mail("\n".join(f"line {n}" for n in range(1, 101)))
    assert written(raw, "<OTOBO_Body:2>").body == "> line 1\n> line 2\n> [...]"
    assert written(raw, "<OTOBO_Body:0>").body == "> [...]"
    assert len(written(raw, "<OTOBO_Body>").body.splitlines()) == 51
    assert len(written(raw, "<OTOBO_Body:100>").body.splitlines()) == 100


def test_an_html_mail_is_quoted_as_text() -> None:
    raw = mail("<p>One</p>", Content_Type="text/html")
    assert written(raw, "<OTOBO_Body>", auto_html_to_text=False).body == "> One"


def test_a_sender_without_a_name_is_called_by_the_address() -> None:
    assert written(mail(From="x@y.example"), "<OTOBO_CustomerName>").body == "x@y.example"


def test_an_unknown_placeholder_stays_and_any_case_will_do() -> None:
    draft = written(mail(Subject="Printer"), "<OTOBO_Nonsense> <otobo_subject>")
    assert draft.body == "<OTOBO_Nonsense> Printer"


def test_what_the_mail_says_is_not_read_for_placeholders() -> None:
    raw = mail("<OTOBO_CustomerID>", Subject="<OTOBO_Body>", From='"<OTOBO_Title>" <x@y.example>')
    draft = written(raw, "<OTOBO_Subject> <OTOBO_CustomerName> <OTOBO_Body>")
    assert draft.body == "<OTOBO_Body> <OTOBO_Title> > <OTOBO_CustomerID>"


# --- the subject -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "changes", "expected"),
    [
        ("Printer", {}, f"Re: [Ticket#{NUMBER}] Printer"),
        ("Printer", {"subject_format": "Right"}, f"Re: Printer [Ticket#{NUMBER}]"),
        ("Printer", {"subject_format": "None"}, "Re: Printer"),
        ("Printer", {"subject_re": ""}, f"[Ticket#{NUMBER}] Printer"),
        ("Printer", {"ticket_hook": "Call", "ticket_hook_divider": "-"}, f"Re: [Call-{NUMBER}] Printer"),
        ("", {}, f"Re: [Ticket#{NUMBER}]"),
        (f"AW: Re[2]: [Ticket#{NUMBER}] RE: Printer", {}, f"Re: [Ticket#{NUMBER}] Printer"),
        (f"Ticket#{OTHER_NUMBER} again", {}, f"Re: [Ticket#{NUMBER}] Ticket#{OTHER_NUMBER} again"),
        ("Report", {}, f"Re: [Ticket#{NUMBER}] Report"),
    ],
)
def test_the_subject_carries_the_number_as_the_settings_say(
    subject: str, changes: dict[str, Any], expected: str
) -> None:
    snapshot = routing(**changes)
    assert subject_with_number(subject, NUMBER, snapshot) == expected
    assert subject_with_number(expected, NUMBER, snapshot) == expected
    if snapshot.subject_format != "None":
        assert NUMBER in numbers_in(expected, snapshot)


def test_a_subject_of_its_own_takes_the_place_of_the_mails() -> None:
    draft = written(mail(Subject="Printer"), subject="Got your mail: <OTOBO_Subject>")
    assert draft.subject == f"Re: [Ticket#{NUMBER}] Got your mail: Printer"


@given(st.text(max_size=200), st.text(max_size=100), st.text(max_size=100))
def test_no_header_can_be_injected(subject: str, sender: str, name: str) -> None:
    raw = mail(
        Subject="=?utf-8?q?a=0D=0ABcc:_x@y.example=00=E2=80=A8?=",
        Message_ID="<a\tb\x01@c>",
        References="<1@a>\x0b<2\x02@a>",
        Reply_To="=?utf-8?q?x=0D=0A?= <x@y.example>",
    )
    draft = written(raw, subject=f"{subject}<OTOBO_Subject><OTOBO_Body>")
    told = [draft.subject, draft.in_reply_to, draft.references, draft.sender, draft.sender_name, *draft.to, *draft.cc]
    assert not [text for text in told for letter in text if ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029"]


def test_a_queues_own_words_are_kept_on_one_line() -> None:
    queues = {"support": replace(QUEUES["support"], sender_name="Desk\r\nBcc: x@y.example")}
    assert written(mail(), queues=queues).sender_name == "Desk Bcc: x@y.example"


# --- threading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "references"),
    [
        ({"References": "<1@a> <2@a>", "In_Reply_To": "<2@a>"}, "<1@a> <2@a> <9@a>"),
        ({"In_Reply_To": "<2@a>"}, "<2@a> <9@a>"),
        ({"In_Reply_To": "<1@a> <2@a>"}, "<9@a>"),
        ({"References": "<9@a> <1@a>"}, "<9@a> <1@a>"),
    ],
)
def test_the_answer_refers_to_the_mail_and_what_that_refers_to(headers: dict[str, str], references: str) -> None:
    draft = written(mail(Message_ID="<9@a>", **headers))
    assert (draft.in_reply_to, draft.references) == ("<9@a>", references)


def test_of_many_references_the_first_and_the_newest_stay() -> None:
    ids = written(mail(Message_ID="<9@a>", References=" ".join(f"<{n}@x>" for n in range(200)))).references.split()
    assert (len(ids), ids[0], ids[-1], ids[-2]) == (20, "<0@x>", "<9@a>", "<199@x>")


def test_a_mail_without_a_message_id_is_answered_without_one() -> None:
    draft = written(mail())
    assert (draft.in_reply_to, draft.references) == ("", "")
