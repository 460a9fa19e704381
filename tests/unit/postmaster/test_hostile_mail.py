"""Any octets at all give a decision, in bounded work, with text that any database driver takes."""

from __future__ import annotations

import base64
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import AccountFacts, Answers, Decision
from mailadmin.postmaster import clean_text, decide, parse, part_content, prepare
from tests.unit.postmaster.packages import message, tnef
from tests.unit.postmaster.samples import NOW, ROUTING, TRUSTED, UNTRUSTED, problems, routing

MAILS = sorted((Path(__file__).parent / "mails").glob("*.eml"))
IMAGES = AccountFacts("inbox", trusted=True, images_as_attachments=True)


def texts(value: object) -> Iterator[str]:
    """Every text anywhere in a decision."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from texts(inner)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from texts(getattr(value, name))


def survives(raw: bytes) -> Decision:
    """Decide with every kind of account; every text is clean, every attachment can be had by its path."""
    mail = parse(raw)
    decision = decide(prepare(mail, UNTRUSTED, ROUTING, NOW), Answers())
    others = [decide(prepare(mail, account, ROUTING, NOW), Answers()) for account in (TRUSTED, IMAGES)]
    others.append(decide(prepare(mail, IMAGES, routing(auto_html_to_text=False), NOW), Answers()))
    for one in (decision, *others):
        for text in texts(one):
            assert text == clean_text(text)
        for draft in one.article.attachments[:5]:
            assert len(part_content(raw, draft.path)) == draft.size
    return decision


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_octets(raw: bytes) -> None:
    survives(raw)


FRAGMENTS = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"\n\n",
            b" ",
            b"\t",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
            b"--b",
            b"--b--",
            b"--c",
            b"\n--b\n",
        ),
        *(
            b"From: ",
            b"To: ",
            b"Subject: ",
            b"Content-Type: ",
            b"Content-Transfer-Encoding: ",
            b"Content-Disposition: ",
        ),
        *(b"Date: ", b"References: ", b"In-Reply-To: ", b"X-OTOBO-Queue: ", b"Message-ID: ", b"Content-ID: "),
        *(
            b"multipart/mixed; boundary=b",
            b"multipart/alternative; boundary=c",
            b"text/plain",
            b"text/html",
            b"message/rfc822",
        ),
        *(
            b"base64",
            b"quoted-printable",
            b"x-uuencode",
            b"; charset=",
            b"utf-8",
            b"utf-7",
            b"utf-16",
            b"ks_c_5601-1987",
        ),
        *(
            b"; filename=",
            b"; filename*0*=utf-8''%e4",
            b'"',
            b"\\",
            b"(",
            b")",
            b"<",
            b">",
            b",",
            b";",
            b":",
            b"@",
            b"a@b.example",
        ),
        *(
            b"=?utf-8?q?=C3?=",
            b"=?utf-8?b?pA==?=",
            b"=?x?q?",
            b"?=",
            b"=",
            b"=E4",
            b"Ticket#2026112010000017",
            b"begin 644 a\n",
        ),
        *(
            b"<p>",
            b"<table>",
            b"<blockquote>",
            b"</a>",
            b'<a href="',
            b'<img src="data:image/png;base64,AA==">',
            b"&#0;",
            b"\xe4",
        ),
        *(
            b"multipart/report; report-type=delivery-status; boundary=b",
            b"multipart/encrypted; boundary=b",
            b"message/delivery-status",
            b"Return-Path: <>",
            b"MAILER-DAEMON@x",
            b"Action: failed",
            b"Final-Recipient: rfc822; a@b.example",
            b"Undeliverable",
        ),
        *(
            b"text/calendar; method=REQUEST",
            b"BEGIN:VCALENDAR\n",
            b"BEGIN:VEVENT\n",
            b"SUMMARY:",
            b"DTSTART;TZID=x:",
            b"20261120T140000Z",
            b"RRULE:FREQ=DAILY",
            b"END:VEVENT\n",
        ),
        *(
            b"application/ms-tnef",
            b"application/pkcs7-mime",
            b"\x78\x9f\x3e\x22\x01\x00",
            b"\x02\x02\x90\x06\x00",
            b"\x01\x03\x90\x06\x00",
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
            b"; format=flowed",
            b"-----BEGIN PGP MESSAGE-----\n",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=60).map(b"".join))
@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-16\n\n\xd8\n--b--")
def test_pieces_of_mail_in_any_order(raw: bytes) -> None:
    survives(raw)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MAILS), st.data())
def test_mails_with_octets_changed(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    survives(bytes(raw))


@pytest.mark.parametrize("path", [path for path in MAILS if path.stat().st_size < 700], ids=lambda path: path.stem)
def test_mails_cut_off_at_every_octet(path: Path) -> None:
    raw = path.read_bytes()
    for end in range(len(raw)):
        survives(raw[:end])


def nest(levels: int, inner: bytes = b"\ndeep\n") -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%dz\n\n--b%dz\n" % (n, n) for n in range(levels)) + inner


MANY = b"Content-Type: multipart/mixed; boundary=x\n\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1_000,
        b"Subject: " + b"a " * 500_000 + b"\n\nx",
        b"From: " + b"a@b.example, " * 80_000 + b"\n\nx",
        b"From: " + b"(" * 1_000_000 + b"\n\nx",
        b"From: " + b"<" * 1_000_000 + b"\n\nx",
        b"From: " + b'"\\' * 500_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\nx",
        b"References: " + b"<a@b> " * 160_000 + b"\n\nx",
        b"Subject: a" + b"\n " * 500_000 + b"\n\nx",
        b"Subject: a" + b"\r" * 1_000_000 + b"\n\nx",
        b"".join(b"X-%d: a\n" % n for n in range(10_000)) + b"\nx",
        b"To: a@b.example\n" * 50_000 + b"\nx",
        b"Content-Type: text/plain" + b"; a=b" * 200_000 + b"\n\nx",
        b"Content-Type: text/plain;" + b" " * 1_000_000 + b"\n\nx",
        b"Subject: " + b"Ticket#" * 100_000 + b"\n\nx",
        b"Content-Type: message/rfc822\n\n" * 5_000,
        MANY + b"--x\nContent-Transfer-Encoding: base64\n\n!\n" * 5_000,
        b"Content-Type: text/html\n\n" + b'<img src="data:image/png;base64,' * 30_000,
        b"Content-Type: text/plain; charset=idna\n\n" + b"a." * 200_000,
    ],
    ids=lambda raw: f"{bytes(raw[:24])!r}-{len(raw)}",
)
@pytest.mark.slow
def test_bait_ends_in_a_decision(raw: bytes) -> None:
    survives(raw)


def test_the_text_below_200_levels_is_found() -> None:
    assert survives(nest(200)).article.body == "deep\n"


@pytest.mark.parametrize("levels", [300, 1_000, 50_000])
def test_what_is_nested_too_deep_is_one_text(levels: int) -> None:
    decision = survives(nest(levels))
    assert decision.article.body
    assert "read_again" in problems(decision.because)


def test_nesting_that_would_exhaust_the_stack_does_not_end_the_process() -> None:
    # In a process of its own: a stack that overflows takes the process with it, and no exception tells.
    code = (
        "import threading; threading.stack_size(512 * 1024)\n"
        "from mailadmin.postmaster import parse\n"
        "from tests.unit.postmaster.test_hostile_mail import nest\n"
        "levels = (250, 499, 600, 1_000, 20_000)\n"
        "thread = threading.Thread(target=lambda: [parse(nest(n)) for n in levels])\n"
        "thread.start(); thread.join(); print('survived')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "survived"), done.stderr


def test_a_flood_of_encoded_words_is_kept_from_the_parser_that_takes_quadratic_time_for_it() -> None:
    flood = b"=?utf-8?q?a?= " * 4_100
    assert problems(survives(b"Subject: " + flood + b"\n\nx").because) == {"read_again"}
    assert problems(survives(b"Subject: " + flood[:28_000] + b"\n\nx").because) == set()


def test_thousands_of_parts_are_cut_and_it_is_said() -> None:
    decision = survives(MANY + b"--x\nContent-Type: image/png; name=a.png\n\nx\n" * 5_000 + b"--x--\n")
    assert len(decision.article.attachments) == 1_000
    assert problems(decision.because) == {"parts_left_out"}


def test_attachments_too_deep_for_a_path_are_not_listed_and_it_is_said() -> None:
    decision = survives(nest(100, b"Content-Type: image/png; name=a.png\n\nx\n"))
    assert decision.article.attachments == ()
    assert problems(decision.because) == {"attachments_too_deep"}


def test_the_trace_stays_small_whatever_the_mail_holds() -> None:
    raw = (
        b"From: " + b"a@b.example, " * 5_000 + b"\nTo: " + b"c@d.example, " * 5_000
        + b"\nSubject: " + b"Ticket#2026112010000017 " * 500 + b"\nX-OTOBO-State: " + b"x" * 50_000 + b"\n"
        + MANY + b"--x\nContent-Transfer-Encoding: nonsense\n\nx\n" * 900
    )  # fmt: skip
    decision = decide(prepare(parse(raw), TRUSTED, ROUTING, NOW), Answers())
    assert len(decision.because) < 15
    assert all(len(fact) <= 300 for because in decision.because for fact in because.facts.values())


def seconds(raw: bytes) -> float:
    begun = time.process_time()
    parse(raw)
    return time.process_time() - begun


def test_a_flood_of_header_fields_is_cut_and_it_is_said() -> None:
    mail = parse(b"From: a@b.example\nSubject: a\n" + b"a:\n" * 500_000 + b"To: c@d.example\n\nbody")
    assert len(mail.headers.fields) == 20_000
    assert (mail.headers.text("subject"), mail.body_text, "to" in mail.headers) == ("a", "body", False)
    assert problems(mail.problems) == {"header_cut"}


def rich_text() -> bytes:
    """A winmail.dat whose 100 kB of compressed rich text say a million octets that take their time."""
    start = b"{\\rtf1 " + b"{}\\'e4\\u9 " * 8
    start = start.ljust(-(-len(start) // 8) * 8, b" ")
    body = b"".join(b"\0" + start[at : at + 8] for at in range(0, len(start), 8))
    body += (b"\xff" + struct.pack(">H", 216 << 4 | 14) * 8) * 7_400
    return tnef(message((0x102, 0x1009, struct.pack("<II4sI", len(body) + 12, 0, b"LZFu", 0) + body)))


def test_the_rich_text_of_one_mail_is_bounded_however_many_files_hold_some() -> None:
    one = (
        b"--x\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(rich_text())
    )
    assert seconds(MANY + one * 20 + b"--x--\n") < 5 * seconds(MANY + one + b"--x--\n") + 0.2
    decision = survives(MANY + one * 3 + b"--x--\n")
    assert problems(decision.because) == {"winmail_damaged"}


@pytest.mark.parametrize("filler", [";X-A=1" * 650 + ":1", ":" + "\\," * 1_990, ';A="' + '",";' * 990 + ":1"])
def test_calendars_of_much_that_nobody_is_shown_take_no_time(filler: str) -> None:
    names = ("SUMMARY", "DTSTART", "LOCATION", "ORGANIZER", "ATTENDEE", "RRULE", "STATUS", "COMMENT")
    event = "BEGIN:VEVENT\n" + "\n".join(f"{name}{filler}" for name in names for _ in range(32)) + "\nEND:VEVENT\n"
    calendar = f"BEGIN:VCALENDAR\n{event * 2}END:VCALENDAR\n".encode()
    assert seconds(MANY + (b"--x\nContent-Type: text/calendar\n\n" + calendar) * 4 + b"--x--\n") < 1


@pytest.mark.parametrize("charset", ["punycode", "punycode-", "idna", "unicode_escape", "undefined"])
def test_codecs_that_are_no_charsets_are_not_used_by_any_reader(charset: str) -> None:
    again = b"Subject: " + b"=?utf-8?q?a?= " * 4_100 + b"\n"
    head = again + f"Content-Type: text/plain; charset={charset}\n\n".encode()
    mail = parse(head + b"a-\xe9")
    assert problems(mail.problems) == {"read_again", "charset_unknown"}
    assert mail.body_text == "a-é"
    assert seconds(head + b"a-\xe9" + b"a" * 300_000) < 1
    named = f"Content-Type: multipart/mixed; boundary*={charset}''a-".encode() + b"a" * 300_000
    assert problems(parse(named + b"\n\nx").problems) == {"read_again", "boundary_missing"}
    assert seconds(named + b"\n\nx") < 1


def test_any_amount_of_parameters_is_read_soon_by_the_forgiving_reader() -> None:
    raw = b"Content-Type: multipart/mixed" + b'; a=";"' * 60_000 + b"\n\nx"
    assert problems(parse(raw).problems) == {"read_again", "boundary_missing"}
    assert seconds(raw) < 1


def test_a_panic_of_the_fast_parser_leaves_the_mail_to_the_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What a Rust extension raises when it panics."""

    def panic(_raw: bytes) -> None:
        raise PanicException

    monkeypatch.setattr("mailadmin.postmaster.structure.parse_email_tree", panic)
    encoded = base64.encodebytes(b"Hello")
    assert survives(b"Content-Transfer-Encoding: base64\n\n" + encoded).article.body == "Hello"
