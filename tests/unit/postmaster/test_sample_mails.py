"""What becomes of the sample mails in mails/: the shape of real ones, in our own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailadmin.domain.decisions import DecisionKind
from tests.unit.postmaster.samples import NUMBER, decided, problems, steps, ticket

MAILS = Path(__file__).parent / "mails"


@dataclass(frozen=True)
class Expected:
    """What a sample mail leads to. ``attachments``: path, name and declared type."""

    sender: str
    subject: str
    queue: str
    body: str
    attachments: list[tuple[str, str, str]] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)
    customer: str | None = None
    to: str | None = None
    cc: str | None = None
    kind: DecisionKind = DecisionKind.NEW_TICKET


ANN = "ann@customer.example"
SAMPLES = {
    "plain": Expected(
        f"Ann Lee <{ANN}>",
        "Printer is out of paper",
        "Support",
        "Hello,\n\nthe printer on the second floor is out of paper.\n\nAnn\n",
        customer=ANN,
        to="Support <support@example.org>",
    ),
    "german-quoted-printable": Expected(
        "Jörg Müller <joerg@kunde.example>",
        "Störung im Büro",
        "Support",
        "Guten Tag,\n\nder Drucker läuft nicht mehr. Der Schaden beträgt 20 €, schöne Grüße\n",
    ),
    "italian-alternative": Expected(
        '"Rossi, Lucia" <lucia@cliente.example>',
        "Perché non stampa?",
        "Sales",
        "Perché non stampa più?",
        [("2", "file-2", "text/html; charset=utf-8")],
        cc="support@example.org",
    ),
    "html-only": Expected(
        "news@shop.example",
        "Your order",
        "Raw",
        "Toner  2\nPaper  10\n\nSee your order [1].\n\n> When will it come?\n\n[1] https://shop.example/order?id=7&x=1",
        [("!1", "file-1", 'text/html; charset="utf-8"')],
    ),
    "attachments": Expected(
        ANN,
        "Pictures",
        "Support",
        "The printer:",
        [
            ("!1.1", "file-1.html", 'text/html; charset="utf-8"'),
            ("1.2", "printer.png", 'image/png; name="printer.png"'),
            ("2", "Angebot_für_Sie.pdf", 'application/pdf; name="Angebot für Sie.pdf"'),
            ("3", "Fwd__toner.eml", "message/rfc822"),
        ],
    ),
    "reply": Expected(
        f"Ann Lee <{ANN}>",
        f"Re: [Ticket#{NUMBER}] Printer is out of paper",
        "Support",
        "Thank you, it prints again.\n\n> We brought paper.\n",
        kind=DecisionKind.FOLLOW_UP,
        customer="",
    ),
    "bounce": Expected(
        "Mail Delivery System <MAILER-DAEMON@mx.example>",
        "Undelivered Mail Returned to Sender",
        "Support",
        "The mail system could not deliver your message.",
        [("2", "file-2", "message/delivery-status"), ("3", "Your_ticket.eml", "message/rfc822")],
        customer="mailer-daemon@mx.example",
    ),
    "broken-base64": Expected(
        ANN,
        "Cut off",
        "Support",
        "The file is attached.",
        [("2", "a.pdf", "application/pdf; name=a.pdf")],
        {"read_again", "encoding_damaged"},
    ),
    "spoofed-name": Expected(
        '"boss@example.org," <mallory@evil.example>',
        "Urgent Bcc: x@y",
        "Support",
        "Pay now.\n",
        customer="mallory@evil.example",
        to='"sales@example.org," <support@example.org>',
    ),
    "eight-bit-headers": Expected("Jörg <joerg@kunde.example>", "Grüße", "Support", "Grüße\n"),
    "russian-koi8": Expected("ivan@client.example", "Привет", "Support", "Принтер не работает\n"),
    "japanese": Expected("taro@kyaku.example", "プリンタ", "Support", "印刷できません\n"),
    "no-header": Expected(
        "",
        "",
        "Raw",
        "Just a few words, no header at all.\nSecond line.\n",
        problems={"header_irregular"},
        customer="",
        to="",
    ),
    "mbox": Expected(ANN, "Out of a mailbox file", "Support", "Text.\n", problems={"header_irregular"}),
    "undisclosed": Expected(
        "newsletter@shop.example",
        "News",
        "Billing::Invoices",
        "Hello all.\n",
        to="undisclosed-recipients:;",
    ),
    "uuencoded": Expected(ANN, "From an old system", "Support", "Grüße"),
    "unknown-charset": Expected(ANN, "Coffee", "Support", "Café\n", problems={"charset_unknown"}),
    "calendar": Expected(
        ANN,
        "Meeting",
        "Support",
        "We meet at ten.",
        [("2", "invite.ics", "text/calendar; method=REQUEST; name=invite.ics")],
    ),
    "invitation": Expected(
        ANN,
        "Meeting",
        "Support",
        "Invitation: Printer\nWhen: Fri 2026-11-20 14:00 to 15:00 (Europe/Berlin)\nWhere: Room 2",
        [("1", "meeting.ics", "text/calendar; method=REQUEST; charset=utf-8; name=meeting.ics")],
    ),
    "winmail": Expected(
        ANN,
        "Rich text",
        "Support",
        "Please see the file.",
        [
            ("1", "winmail.dat", 'application/ms-tnef; name="winmail.dat"'),
            ("1!1", "Angebot_für_Sie.pdf", "application/octet-stream"),
        ],
    ),
    "signed-opaque": Expected(
        ANN,
        "Signed",
        "Support",
        "Viele Grüße",
        [
            ("1", "smime.p7m", 'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'),
            ("1!2", "order.pdf", 'application/pdf; name="order.pdf"'),
        ],
    ),
    "pgp-encrypted": Expected(
        ANN,
        "...",
        "Support",
        "(encrypted mail: it is kept as it came, see the attachments)",
        [
            ("1", "file-1", "application/pgp-encrypted"),
            ("2", "encrypted.asc", "application/octet-stream; name=encrypted.asc"),
        ],
    ),
    "bounce-qmail": Expected(
        "MAILER-DAEMON@mx.example",
        "failure notice",
        "Support",
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
        "<gone@customer.example>:\n550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\n"
        "From: support@example.org\nSubject: Your ticket\nMessage-ID: <ours.1@example.org>\n\nHello.\n",
        customer="mailer-daemon@mx.example",
    ),
}


def test_every_sample_has_an_expectation() -> None:
    assert {path.stem for path in MAILS.glob("*.eml")} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_sample(name: str, line_end: bytes) -> None:
    raw = (MAILS / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", line_end)
    expected = SAMPLES[name]
    decision = decided(raw, by_number={NUMBER: ticket()})
    article = decision.article
    assert decision.kind is expected.kind
    assert (article.sender, article.subject) == (expected.sender, expected.subject)
    assert decision.queue == expected.queue
    assert article.body == expected.body
    attachments = [(draft.path, draft.filename, draft.content_type) for draft in article.attachments]
    assert attachments == expected.attachments
    assert problems(decision.because) == expected.problems
    if expected.customer is not None:
        assert decision.customer == expected.customer
    if expected.to is not None:
        assert article.to == expected.to
    assert expected.cc is None or article.cc == expected.cc


def test_the_spoofed_mail_shows_what_was_stripped() -> None:
    decision = decided((MAILS / "spoofed-name.eml").read_bytes())
    assert steps(decision, "headers_stripped") == [{"headers": "X-OTOBO-Queue, x-otobo-ignore"}]


def test_the_pictures_are_inline_where_the_html_shows_them() -> None:
    decision = decided((MAILS / "attachments.eml").read_bytes())
    found = {draft.path: (draft.disposition, draft.content_id) for draft in decision.article.attachments}
    assert found == {
        "!1.1": ("", ""),
        "1.2": ("inline", "<printer@customer.example>"),
        "2": ("attachment", ""),
        "3": ("", ""),
    }
