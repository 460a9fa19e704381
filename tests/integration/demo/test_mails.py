"""The sample mails are what they are meant to be, read by the standard library's email package."""

from __future__ import annotations

import email.policy
import io
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from typing import cast

import pytest

from mailadmin.demo import mails, sample_mails
from mailadmin.resource_files import resource

NAMES = sorted(path.name.removesuffix(".eml") for path in resource("demo").glob("*.eml"))
BROKEN = "22-broken-cut-off"
WHOLE = [name for name in NAMES if name != BROKEN]


def _raw(name: str) -> bytes:
    return sample_mails()[NAMES.index(name)]


def _mail(name: str) -> EmailMessage:
    (name,) = [full for full in NAMES if full.startswith(name)]
    return BytesParser(policy=email.policy.default).parsebytes(_raw(name))


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return cast("str", body.get_content())


def _attachments(mail: EmailMessage) -> list[EmailMessage]:
    return list(mail.iter_attachments())


def test_there_are_two_dozen_in_the_order_of_their_names() -> None:
    assert len(sample_mails()) == 24
    assert [int(name[:2]) for name in NAMES] == list(range(1, 25))
    assert [resource(f"demo/{name}.eml").read_bytes() for name in NAMES] == sample_mails()


def test_line_ends_are_crlf_even_when_a_checkout_changed_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    changed = tmp_path_factory.mktemp("demo")
    for name, raw in zip(NAMES, sample_mails(), strict=True):
        (changed / f"{name}.eml").write_bytes(raw.replace(b"\r\n", b"\n"))
    before = sample_mails()
    monkeypatch.setattr(mails, "resource", lambda name: changed)

    assert sample_mails() == before
    assert all(raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") for raw in before)


def test_dates_rise_within_two_days() -> None:
    dates = [datetime.fromisoformat(_mail(name)["Date"].datetime.isoformat()) for name in NAMES]
    assert dates == sorted(dates)
    assert dates[-1] - dates[0] < timedelta(days=2)
    assert dates[0] > datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", NAMES)
def test_every_address_is_one_reserved_for_examples(name: str) -> None:
    mail = _mail(name)
    texts = [_raw(name).decode("latin-1"), *(str(value) for value in mail.values())]
    texts += [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
    hosts = re.findall(r"@([\w.-]+\w)", "\n".join(texts))
    assert hosts
    assert {host for host in hosts if not re.fullmatch(r"([\w-]+\.)*example\.(org|com|net)", host)} == set()


@pytest.mark.parametrize("name", WHOLE)
def test_all_but_the_broken_one_are_faultless(name: str) -> None:
    for part in _mail(name).walk():
        assert part.defects == []
        assert [header.defects for header in part.values() if getattr(header, "defects", ())] == []
        if part.get_content_maintype() == "text":
            assert "\ufffd" not in part.get_content()
    head, _, _ = _raw(name).partition(b"\r\n\r\n")
    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("name", "charset", "encoding", "words"),
    [
        ("01", "us-ascii", "7bit", 'stops at "Waiting for the gateway"'),
        ("02", "utf-8", "quoted-printable", "gegenüber der Teeküche meldet"),
        ("03", "iso-8859-1", "quoted-printable", "La sala sarà pronta già lunedì, perciò"),
        ("04", "windows-1252", "8bit", "1.249,50 € ist bei uns zweimal eingegangen –"),
        ("05", "utf-8", "quoted-printable", "<b>“This link has expired”</b>"),
        ("06", "utf-8", "quoted-printable", "mi risponde «Accesso negato»"),
        ("07", "iso-8859-1", "quoted-printable", "die Rampe ist von 7 bis 15 Uhr geöffnet"),
        ("09", "utf-8", "base64", "Türöffner gehen zur Neige"),
        ("12", "utf-8", "8bit", "blinkt währenddessen gelb"),
        ("14", "iso-8859-15", "quoted-printable", "Bei Bestellungen unter 500 €"),
        ("16", "utf-8", "8bit", "Martedì 24 novembre 2026"),
        ("21", "iso-8859-1", "8bit", "L'errore è verso le nove"),
        ("23", "utf-8", "base64", "al primo piano è di nuovo giù 😕"),
    ],
)
def test_texts_come_in_many_charsets_and_encodings(name: str, charset: str, encoding: str, words: str) -> None:
    body = _mail(name).get_body(("plain", "html"))
    assert body is not None
    assert (body.get_content_charset(), body["Content-Transfer-Encoding"]) == (charset, encoding)
    assert words in body.get_content()


def test_some_have_no_plain_text_and_some_have_both() -> None:
    assert _mail("05").get_content_type() == "text/html"
    for name in ("06", "10", "24"):
        assert _mail(name).get_body(("plain",)) is not None
        assert _mail(name).get_body(("html",)) is not None


@pytest.mark.parametrize(
    ("name", "filename", "content_type", "begin"),
    [
        ("07", "Bestellung-4711.pdf", "application/pdf", b"%PDF-1.4"),
        ("08", "screenshot.png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("09", "Übersicht Lagerbestände für München.csv", "text/csv", "Artikel;Größe".encode()),
        ("16", "invito.ics", "application/ics", b"BEGIN:VCALENDAR"),
        ("21", "client.log", "text/plain", b"2026-11-19 08:"),
    ],
)
def test_attachments_have_their_names_and_contents(name: str, filename: str, content_type: str, begin: bytes) -> None:
    (attachment,) = _attachments(_mail(name))
    assert (attachment.get_filename(), attachment.get_content_type()) == (filename, content_type)
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.startswith(begin)


def test_one_is_big() -> None:
    sizes = sorted(map(len, sample_mails()))
    assert 250_000 < sizes[-1] < 350_000
    assert sizes[-2] < 10_000


def test_the_inline_image_is_the_one_the_html_shows() -> None:
    mail = _mail("10")
    (image,) = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    html = mail.get_body(("html",))
    assert html is not None
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in html.get_content()
    assert image.get_content_disposition() == "inline"


def test_replies_refer_to_sample_mails_before_them() -> None:
    first, reply, second = (_mail(name) for name in ("01", "11", "24"))
    assert reply["In-Reply-To"] == first["Message-ID"]
    assert second["In-Reply-To"] == reply["Message-ID"]
    assert second["References"].split() == [first["Message-ID"], reply["Message-ID"]]
    assert len({str(_mail(name)["Message-ID"]) for name in NAMES}) == 24  # one of them is "None"


def test_a_long_subject_is_many_encoded_words_and_one_text() -> None:
    subject = _mail("12")["Subject"]
    assert subject.startswith("Störung: Telefonanlage im Bürogebäude Süd fällt täglich")
    assert subject.endswith("300 und 399 – bitte prüfen (früher gemeldet, ohne Lösung)")
    assert len(subject) > 180
    assert _raw("12-telefonanlage-langer-betreff").count(b"\r\n =?") == 5


def test_machines_wrote_some_of_them() -> None:
    assert _mail("13")["List-Id"].endswith("<printers-announce.lists.example.net>")
    assert _mail("14")["Auto-Submitted"] == "auto-replied"
    bounce = _mail("15")
    assert (bounce.get_content_type(), bounce.get_param("report-type")) == ("multipart/report", "delivery-status")
    (status,) = [part for part in bounce.walk() if part.get_content_type() == "message/delivery-status"]
    _, of_recipient = cast("list[EmailMessage]", status.get_payload())
    assert (of_recipient["Action"], of_recipient["Status"]) == ("failed", "5.1.1")


def test_an_invitation_and_a_forwarded_mail_are_parts_of_their_own() -> None:
    (calendar,) = [part for part in _mail("16").walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "REQUEST"
    (forwarded,) = _attachments(_mail("17"))
    assert forwarded.get_content_type() == "message/rfc822"
    inner = forwarded.get_content()
    assert inner["From"] == "Zeño López <zeno.lopez@example.net>"
    assert "“Gateway\r\ntimeout”" in inner.get_content()


def test_one_goes_to_several_with_another_queue_in_copy() -> None:
    mail = _mail("18")
    assert [address.addr_spec for address in mail["To"].addresses] == [
        "einkauf@example.net",
        "orders@example.org",
        "juergen.kraemer@example.net",
    ]
    assert "billing@example.org" in [address.addr_spec for address in mail["Cc"].addresses]


def test_one_carries_routing_headers_that_nobody_should_believe() -> None:
    assert (_mail("19")["X-OTOBO-Queue"], _mail("19")["To"]) == ("Billing", "support@example.org")


def test_a_spoofed_name_holds_a_comma_and_an_address_but_there_is_one_sender() -> None:
    raw = email.message_from_bytes(_raw("20-spoofed-names"), policy=email.policy.compat32)
    assert [address for _, address in getaddresses([raw["From"]])] == ["mallory@example.net"]
    assert [address for _, address in getaddresses([raw["To"]])] == ["support@example.org"]
    assert "<support@example.org>, " in _mail("20")["From"]


def test_the_broken_one_is_broken() -> None:
    raw = _raw(BROKEN)
    assert not raw.partition(b"\r\n\r\n")[0].isascii()
    mail = _mail(BROKEN)
    assert [type(defect).__name__ for defect in mail.defects] == ["CloseBoundaryNotFoundDefect"]
    (attachment,) = _attachments(mail)
    attachment.get_payload(decode=True)
    assert attachment.defects


def test_one_has_neither_subject_nor_message_id() -> None:
    assert (_mail("23")["Subject"], _mail("23")["Message-ID"]) == (None, None)


def test_a_log_file_of_the_size_it_says_is_text_throughout() -> None:
    (attachment,) = _attachments(_mail("21"))
    lines = io.StringIO(attachment.get_content()).readlines()
    assert len(lines) > 2000
