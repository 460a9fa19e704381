from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mailadmin.postmaster import parse, part_content
from mailadmin.postmaster.headers import Headers, date_of, split_header
from mailadmin.postmaster.words import decode_words, parameters
from tests.unit.postmaster.samples import mail, problems

WITH_A_FILE = (
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nHello\n"
    b"--x\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--\n"
)


def shown(raw: bytes) -> tuple[str, list[str], set[str]]:
    found = parse(raw)
    return found.body_text.strip(), [one.filename for one in found.attachments], problems(found.problems)


def headers_of(raw: bytes) -> Headers:
    return split_header(raw).headers


def test_fields_keep_their_order_and_their_octets() -> None:
    fields = headers_of(b"B: 2\r\nA: \xe4\r\n\tx\r\nb: 3\r\n\r\nC: 4\r\n").fields
    assert fields == (("B", b"2"), ("A", b"\xe4\r\n\tx"), ("b", b"3"))


@pytest.mark.parametrize("name", ["From ", "From\t", "Subject  "])
def test_blanks_before_a_colon_make_no_mbox_line(name: str) -> None:
    raw = f"{name}: ann@customer.example\n".encode() + WITH_A_FILE
    assert parse(raw).headers.text(name.strip()) == "ann@customer.example"
    assert shown(raw) == ("Hello", ["a.pdf"], {"header_irregular"})


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"X-A: b\rc\n", "b c"),
        (b"X-A: \rb\n", "b"),
        (b"X-A: b\n\rc\n", "b c"),
        (b"X-A: b\n\r c\n", "b c"),
        (b"X-A: b\rTo: c\n", "b To: c"),
        (b"X-A: b\r\r\n", "b"),
    ],
)
def test_a_cr_that_ends_no_line_is_a_blank_for_every_reader(field: bytes, value: str, end: bytes) -> None:
    raw = b"Subject: x\n" + field + WITH_A_FILE
    raw = re.sub(rb"(?<!\r)\n", end, raw)
    assert parse(raw).headers.text("x-a").split() == value.split()
    assert "to" not in parse(raw).headers
    assert shown(raw) == ("Hello", ["a.pdf"], {"header_irregular"})
    again = b"Subject: " + b"=?utf-8?q?a?= " * 4_100 + end + raw
    assert shown(again) == ("Hello", ["a.pdf"], {"header_irregular", "read_again"})


def test_a_cr_within_a_part_is_no_line_end_for_the_forgiving_reader_either() -> None:
    parts = WITH_A_FILE.replace(b"\n\nAAAA", b"\nX-A: b\rc\n\nAAAA").replace(b"Hello", b"Hello\r--x")
    again = b"Subject: " + b"=?utf-8?q?a?= " * 4_100 + b"\n" + parts
    assert shown(parts) == ("Hello\n--x", ["a.pdf"], set())
    assert shown(again) == ("Hello\n--x", ["a.pdf"], {"read_again"})


@pytest.mark.parametrize("above", [b"", b"Received: from a\r\n"])
def test_a_cr_too_many_at_every_line_end_is_taken_away(above: bytes) -> None:
    raw = above + (b"Subject: x\n" + WITH_A_FILE).replace(b"\n", b"\r\r\n")
    assert shown(raw) == ("Hello", ["a.pdf"], {"line_ends"})
    assert part_content(raw, "2") == b"\0\0\0"


def test_a_cr_too_many_in_a_body_belongs_to_it() -> None:
    raw = mail(b"a\r\r\nb", Content_Type="application/octet-stream", Content_Transfer_Encoding="binary")
    assert part_content(raw, "1") == b"a\r\r\nb"


def test_mbox_from_line_is_tolerated() -> None:
    mail = parse(b"From ann@a.example Fri Nov 20 10:00:00 2026\nSubject: Hi\n\nbody\n")
    assert mail.headers.text("subject") == "Hi"
    assert mail.text == "body\n"


def test_a_line_that_is_no_field_ends_the_header_and_begins_the_body() -> None:
    mail = parse(b"Subject: Hi\nno field here\nTo: later\n\nmore\n")
    assert mail.headers.text("subject") == "Hi"
    assert "to" not in mail.headers
    assert mail.text == "no field here\nTo: later\n\nmore\n"


def test_line_ends_of_an_old_macintosh_are_line_ends() -> None:
    mail = parse(b"Subject: Hi\rTo: a@b.example\r\rbody\r")
    assert mail.headers.text("subject") == "Hi"
    assert mail.text == "body\n"


def test_folds_are_undone_with_one_blank() -> None:
    assert headers_of(b"Subject: one\r\n \t two\r\n\tthree\r\n\r\n").text("subject") == "one two three"


def test_fields_of_one_name_are_joined_with_a_blank() -> None:
    assert headers_of(b"X-A: one\nx-a: two\n\n").text("X-A") == "one two"


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?=", "Grüße aus"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),
        ("=?UTF-8?Q?a?=\n =?utf-8?Q?b?=", "ab"),
        ("=?iso-8859-1?q?a?= =?utf-8?q?b?=", "ab"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8*de?q?=C3=A4?=", "ä"),
        ("=?utf-8?b?w6Q?=", "ä"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-7?q?+ADw-script+AD4-?=", "+ADw-script+AD4-"),
        ("=?ks_c_5601-1987?B?x9HA2w==?=", "한작"),
        ("=?utf-8?q?a=0Ab?=", "a b"),
        ("=?utf-8?q?a=00b?=", "a\ufffdb"),
    ],
)
def test_encoded_words(word: str, text: str) -> None:
    assert headers_of(f"Subject: {word}\n\n".encode()).text("subject") == text


def test_raw_8_bit_is_utf_8_then_the_mails_charset_then_western() -> None:
    assert headers_of("Subject: Grüße\n\n".encode()).text("subject") == "Grüße"
    cyrillic = "Subject: Привет\nContent-Type: text/plain; charset=koi8-r\n\n".encode("koi8-r")
    assert headers_of(cyrillic).text("subject") == "Привет"
    assert headers_of("Subject: Grüße\n\n".encode("latin-1")).text("subject") == "Grüße"


def test_an_encoded_word_in_a_charset_of_no_use_is_read_in_the_mails_charset() -> None:
    assert decode_words("=?utf-16?q?=E4?=", "iso-8859-1") == "ä"


@pytest.mark.parametrize(
    ("value", "token", "found"),
    [
        ('Text/Plain; Charset="utf-8"', "text/plain", {"charset": "utf-8"}),
        ("text/plain; charset = utf-8 ; x=y", "text/plain", {"charset": "utf-8", "x": "y"}),
        ("a/b; n=1; n=2", "a/b", {"n": "1"}),
        ("attachment; filename*=utf-8''%e2%82%ac%20a.pdf", "attachment", {"filename": "€ a.pdf"}),
        ("attachment; filename*=iso-8859-1'de'%e4.pdf", "attachment", {"filename": "ä.pdf"}),
        ("a; f*1=b; f*0=a; f*2*=%63", "a", {"f": "abc"}),
        ("a; f*0*=utf-8''%c3; f*1*=%a4", "a", {"f": "ä"}),
        ('a; f="x;y\\"z"', "a", {"f": 'x;y"z'}),
        ('a; f="C:\\temp\\x.pdf"', "a", {"f": "C:\\temp\\x.pdf"}),
        ('a; f="=?utf-8?q?=C3=A4?="', "a", {"f": "ä"}),
        ('a; f="unfinished', "a", {"f": "unfinished"}),
        ("", "", {}),
    ],
)
def test_parameters(value: str, token: str, found: dict[str, str]) -> None:
    assert parameters(value) == (token, found)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 20 Nov 2026 10:00:00 +0100", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("20 Nov 26 10:00:00 GMT", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("Fri, 32 Nov 2026 10:00:00 +0100", None),
        ("31 Dec 9999 23:59:59 -0100", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date_is_utc_or_nothing(text: str, moment: datetime | None) -> None:
    assert date_of(Headers((("Date", text.encode()),))) == moment


def test_fields_can_be_left_out_and_renamed() -> None:
    headers = headers_of(b"A: 1\nb: 2\na: 3\nC: 4\n\n")
    assert headers.names() == ("A", "b", "C")
    assert headers.names(lambda name: name < "c") == ("A", "b")
    assert headers.without(["A", "c"]).fields == (("b", b"2"),)
    assert headers.without(["nothing"]) is headers
    assert headers.renamed({"a": "Z"}).text("z") == "1 3"


def test_a_text_that_is_set_is_what_it_is() -> None:
    headers = headers_of(b"A: 1\nB: 2\na: 3\n\n").with_values({"A": " =?utf-8?q?x?=\r\n\0\ud800 "})
    assert headers.text("a") == "=?utf-8?q?x?= \ufffd\ufffd"
    assert headers.values("a") == ["=?utf-8?q?x?= \ufffd\ufffd"]
    assert headers.names() == ("B", "A")
    assert headers.with_values({"b": "x"}).text("A") == headers.text("A")
    gone = headers.without(["A"])
    assert "a" not in gone
    assert gone.renamed({"b": "A"}).text("a") == "2"
