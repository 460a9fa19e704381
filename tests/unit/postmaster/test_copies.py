"""What the copies of one mail share, whatever accounts they came by."""

from __future__ import annotations

from base64 import b64encode
from quopri import encodestring
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.decisions import AccountFacts
from mailadmin.postmaster import parse, prepare
from mailadmin.postmaster.copies import copy_key
from tests.unit.postmaster.samples import NOW, routing

HEADER = {
    "Message-ID": "<1@customer.example>",
    "Date": "Fri, 20 Nov 2026 10:00:00 +0100",
    "From": "Ann Lee <ann@customer.example>",
    "Subject": "The printer on the third floor does not work any more",
}
TEXT = "Hello,\n\nthe printer is broken.\n"


def written(
    header: dict[str, str] | None = None, body: str = TEXT, *, added: tuple[str, ...] = (), crlf: bool = False
) -> bytes:
    """A mail; ``added`` are header lines put on top, as servers do."""
    lines = [*added, *(f"{name}: {value}" for name, value in (HEADER | (header or {})).items() if value)]
    text = "\n".join(lines) + "\n\n" + body
    return text.replace("\n", "\r\n").encode() if crlf else text.encode()


KEY = copy_key(parse(written()))


def test_it_is_a_digest_and_prepare_gives_it() -> None:
    assert KEY is not None
    assert len(KEY) == 32
    for account in (AccountFacts("a"), AccountFacts("b", trusted=True, queue="Raw", images_as_attachments=True)):
        assert prepare(parse(written()), account, routing(), NOW).copy_key == KEY


_ADDED = st.lists(
    st.sampled_from(
        [
            "Received: from a by b; Fri, 20 Nov 2026 09:00:01 +0000",
            "Received: from c by d\n\tfor <sales@example.org>; Fri, 20 Nov 2026 09:00:09 +0000",
            "Delivered-To: sales@example.org",
            "X-Original-To: support@example.org",
            "Return-Path: <ann@customer.example>",
            "Authentication-Results: mx.example.org; dkim=pass",
            "To: support@example.org",
            "Cc: sales@example.org",
            "Bcc: raw@example.org",
            "X-OTOBO-Queue: Sales",
            "X-Spam-Score: 1.2",
            "MIME-Version: 1.0",
        ]
    ),
    max_size=8,
)


@given(added=_ADDED, crlf=st.booleans(), end=st.sampled_from(["", "\n", "\n\n", " \n"]))
def test_what_servers_add_on_the_way_makes_no_difference(added: list[str], crlf: bool, end: str) -> None:
    assert copy_key(parse(written(body=TEXT + end, added=tuple(added), crlf=crlf))) == KEY


@pytest.mark.parametrize(
    "raw",
    [
        written({"Subject": "The printer on the third floor\n does not work any more"}),
        written({"Subject": "=?utf-8?q?The_printer_on_the_third_floor?= does not work any more"}),
        written({"Date": "Fri, 20 Nov 2026 09:00:00 GMT"}),
        written({"From": "=?utf-8?q?Ann?= Lee\n <ANN@customer.example>"}),
        written({"Message-ID": "\n <1@customer.example>"}),
        written({"Content-Transfer-Encoding": "base64"}, b64encode(TEXT.encode()).decode()),
        written({"Content-Transfer-Encoding": "quoted-printable"}, encodestring(TEXT.encode()).decode()),
    ],
)
def test_what_servers_write_anew_makes_no_difference(raw: bytes) -> None:
    assert copy_key(parse(raw)) == KEY


@pytest.mark.parametrize(
    "raw",
    [
        written({"Subject": "Another"}),
        written({"Date": "Fri, 20 Nov 2026 10:00:01 +0100"}),
        written({"From": "bob@customer.example"}),
        written({"Message-ID": "<2@customer.example>"}),
        written(body="Hello,\n\nthe printer works.\n"),
        written({"Content-Type": "text/html"}),
        written({"From": "", "Subject": ""}),
    ],
)
def test_another_mail_is_no_copy(raw: bytes) -> None:
    assert copy_key(parse(raw)) not in {None, KEY}


def test_without_a_message_id_there_are_no_copies() -> None:
    assert copy_key(parse(written({"Message-ID": ""}))) is None
    assert copy_key(parse(b"")) is None


@pytest.mark.parametrize("date", ["", "today"])
def test_without_a_date_there_are_no_copies(date: str) -> None:
    """A program that says the same each night, with the same Message-ID, says it each night."""
    assert copy_key(parse(written({"Date": date}))) is None


def multipart(
    content: bytes, content_type: str = "application/pdf", name: str = "a.pdf", *, crlf: bool = False
) -> bytes:
    body = (
        f"--b\nContent-Type: text/plain\n\n{TEXT}\n--b\nContent-Type: {content_type}\n"
        f'Content-Disposition: attachment; filename="{name}"\n'
    )
    if content_type.startswith("text/"):
        body += f"\n{content.decode()}\n--b--\n"
    else:
        body += f"Content-Transfer-Encoding: base64\n\n{b64encode(content).decode()}\n--b--\n"
    return written({"Content-Type": 'multipart/mixed; boundary="b"'}, body, crlf=crlf)


def test_attachments_count_by_their_content() -> None:
    assert copy_key(parse(multipart(b"1"))) == copy_key(parse(multipart(b"1", crlf=True)))
    assert copy_key(parse(multipart(b"1"))) not in {copy_key(parse(multipart(b"2"))), KEY}


def test_an_attached_text_is_the_same_with_other_line_ends() -> None:
    text = b"one\ntwo"
    by_pipe = copy_key(parse(multipart(text, "text/csv", "a.csv")))
    assert copy_key(parse(multipart(text, "text/csv", "a.csv", crlf=True))) == by_pipe
    assert copy_key(parse(multipart(text + b" \n\n", "text/csv", "a.csv"))) == by_pipe


@pytest.mark.parametrize("content_type", ["text/csv", "message/rfc822", "application/json"])
def test_an_attached_text_or_mail_with_other_words_makes_another_mail(content_type: str) -> None:
    monday, tuesday = (plain_multipart(b"disk;" + state, content_type) for state in (b"ok\n", b"BURNING\n"))
    assert copy_key(parse(monday)) != copy_key(parse(tuesday))
    assert copy_key(parse(monday)) == copy_key(parse(monday.replace(b"\n", b"\r\n")))
    in_another_place = plain_multipart(b"di sk;ok\n", content_type)
    assert copy_key(parse(monday)) != copy_key(parse(in_another_place)), "blanks within a line are content"


def plain_multipart(content: bytes, content_type: str) -> bytes:
    """A mail with an attachment that is sent as it is, in lines."""
    body = (
        f"--b\nContent-Type: text/plain\n\n{TEXT}\n--b\nContent-Type: {content_type}\n"
        f'Content-Disposition: attachment; filename="a"\n\n{content.decode()}\n--b--\n'
    )
    return written({"Content-Type": 'multipart/mixed; boundary="b"'}, body)


@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_blanks_at_the_ends_of_lines_make_no_difference(content_type: str) -> None:
    with_blanks = written({"Content-Type": content_type}, TEXT.replace("\n", " \t\n"))
    assert copy_key(parse(with_blanks)) == copy_key(parse(written({"Content-Type": content_type})))


def test_many_blanks_are_read_in_one_pass() -> None:
    bait = plain_multipart((b" " * 200_000 + b"x\n \n") * 5, "text/csv")
    begun = perf_counter()
    assert copy_key(parse(bait)) is not None
    assert perf_counter() - begun < 3


@given(st.binary(max_size=300))
def test_any_octets_at_all_give_a_key_or_none(raw: bytes) -> None:
    key = copy_key(parse(b"Message-ID: <1@a>\nDate: Fri, 20 Nov 2026 10:00:00 +0100\n" + raw))
    assert key is None or len(key) == 32
