from __future__ import annotations

import base64
import struct
import time

import pytest
import tnefparse

from mailadmin.domain.decisions import Decision
from mailadmin.postmaster import parse, part_content
from mailadmin.postmaster.rtf import decompressed, rtf_to_text
from mailadmin.postmaster.tnef import UnreadableError, unpack
from tests.unit.postmaster.packages import MESSAGE, attribute, file, message, properties, tnef
from tests.unit.postmaster.samples import decided, mail, problems
from tests.unit.postmaster.test_bodies_and_attachments import multipart, names, part

BODY, HTML, RTF, PAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
LONG_NAME, TYPE, DATA, CONTENT_ID, DISPLAY = 0x3707, 0x370E, 0x3701, 0x3712, 0x3001
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The example of [MS-OXRTFCP]: hello world."""


def with_winmail(octets: bytes, *, text: str | None = "see the files", name: str = "winmail.dat") -> bytes:
    packed = part(
        base64.encodebytes(octets).decode(),
        f'application/ms-tnef; name="{name}"',
        Content_Transfer_Encoding="base64",
        Content_Disposition=f'attachment; filename="{name}"',
    )
    return multipart("mixed", *([part(text)] if text is not None else []), packed)


def content(decision: Decision, raw: bytes) -> dict[str, bytes]:
    return {draft.filename: part_content(raw, draft.path) for draft in decision.article.attachments}


def test_the_files_become_attachments_and_the_original_is_kept() -> None:
    octets = tnef(
        file(b"%PDF", b"SHORT~1.PDF", (0x1F, LONG_NAME, "Angebot für Sie.pdf\0".encode("utf-16-le"))),
        file(b"GIF8", b"a.gif", (0x1E, TYPE, b"image/gif\0")),
    )
    raw = with_winmail(octets)
    decision = decided(raw)
    assert decision.article.body == "see the files"
    assert names(decision) == [("2", "winmail.dat"), ("2!1", "Angebot_für_Sie.pdf"), ("2!2", "a.gif")]
    assert [draft.content_type for draft in decision.article.attachments[1:]] == [
        "application/octet-stream",
        "image/gif",
    ]
    assert content(decision, raw) == {"winmail.dat": octets, "Angebot_für_Sie.pdf": b"%PDF", "a.gif": b"GIF8"}
    assert problems(decision.because) == set()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0"])
def test_a_blank_text_beside_it_gives_way_to_its_text(text: str) -> None:
    raw = with_winmail(tnef(message((0x1E, BODY, b"The printer burns\0"))), text=text)
    decision = decided(raw)
    assert decision.article.body == "The printer burns"
    assert names(decision) == [("2", "winmail.dat")]


@pytest.mark.parametrize(
    ("html", "body"), [("<html><body>&nbsp;</body></html>", "text"), ("<IMG src=cid:a>", ""), ("<p>own</p>", "own")]
)
def test_html_beside_it_that_says_nothing_gives_way_as_well(html: str, body: str) -> None:
    packed = part(
        base64.encodebytes(tnef(message((0x1E, BODY, b"text\0")))).decode(),
        "application/ms-tnef",
        Content_Transfer_Encoding="base64",
    )
    assert parse(multipart("mixed", part(html, "text/html"), packed)).body_text == body


def test_the_files_count_as_attachments_and_their_package_does_not() -> None:
    assert parse(with_winmail(tnef(file(b"x", b"a.txt"), file(b"y", b"b.txt")))).attachment_count == 2
    only_rich_text = parse(with_winmail(tnef(message((0x102, RTF, COMPRESSED)))))
    assert not only_rich_text.has_attachments


@pytest.mark.parametrize(
    "how", ["application/vnd.ms-tnef", "Application/MS-TNEF", 'application/octet-stream; name="Winmail.dat"']
)
def test_it_is_known_by_its_type_or_its_name(how: str) -> None:
    raw = multipart(
        "mixed",
        part("text"),
        part(base64.encodebytes(tnef(file(b"x", b"a.txt"))).decode(), how, Content_Transfer_Encoding="base64"),
    )
    assert ("2!1", "a.txt") in names(decided(raw))


def test_equal_names_are_told_apart() -> None:
    decision = decided(with_winmail(tnef(file(b"x", b"a.txt"), file(b"y", b"a.txt"))))
    assert names(decision)[1:] == [("2!1", "a.txt"), ("2!2", "a-1.txt")]


@pytest.mark.parametrize(
    ("entries", "page", "text"),
    [
        ([(0x1E, BODY, b"Gr\xfc\xdfe\0")], 1252, "Grüße"),
        ([(0x1E, BODY, b"\xcf\xf0\xe8\0")], 1251, "При"),
        ([(0x1F, BODY, "日本".encode("utf-16-le"))], 932, "日本"),
        ([(0x03, PAGE, struct.pack("<I", 65001)), (0x102, HTML, "<p>Grüße</p>".encode())], 1252, "Grüße"),
        ([(0x03, PAGE, struct.pack("<I", 1251)), (0x102, HTML, b"<p>\xcf\xf0\xe8</p>")], 1252, "При"),
        ([(0x102, RTF, COMPRESSED)], 1252, "hello world"),
    ],
)
def test_its_body_is_the_body_of_a_mail_without_any(
    entries: list[tuple[int, int, bytes]], page: int, text: str
) -> None:
    octets = tnef(message(*entries), file(b"x", b"a.txt"), page=page)
    decision = decided(with_winmail(octets, text=None))
    assert decision.article.body == text
    assert ("1!1", "a.txt") in names(decision)
    assert decided(with_winmail(octets)).article.body == "see the files"


def test_an_html_body_in_it_is_cut_out_again() -> None:
    raw = with_winmail(tnef(message((0x102, HTML, b"<p>hi</p>"))), text=None)
    decision = decided(raw)
    (_, made) = sorted(decision.article.attachments, key=lambda draft: draft.path, reverse=True)
    assert made.path == "!1!0.1"
    assert part_content(raw, made.path) == b"<p>hi</p>"


def test_the_other_body_of_a_package_is_no_attachment_when_the_mail_has_its_own() -> None:
    octets = tnef(message((0x1E, BODY, b"text\0"), (0x102, HTML, b"<p>hi</p>")))
    assert names(decided(with_winmail(octets))) == [("2", "winmail.dat")]
    assert names(decided(with_winmail(octets, text=None))) == [("1", "winmail.dat"), ("1!0.2", "file-2")]


def test_a_mail_attached_in_it_is_unpacked_as_well() -> None:
    inner = tnef(file(b"deep", b"deep.txt"))
    octets = tnef(file(b"", b"", (0x1E, DISPLAY, b"Forwarded\0"), (0x0D, DATA, MESSAGE + inner)))
    raw = with_winmail(octets)
    decision = decided(raw)
    assert names(decision) == [("2", "winmail.dat"), ("2!1", "Forwarded"), ("2!1!1", "deep.txt")]
    assert content(decision, raw)["deep.txt"] == b"deep"


def test_packages_in_packages_end_somewhere() -> None:
    octets = tnef(file(b"x", b"a.txt"))
    for _ in range(50):
        octets = tnef(file(b"", b"", (0x1E, DISPLAY, b"F\0"), (0x0D, DATA, MESSAGE + octets)))
    paths = [path for path, _ in names(decided(with_winmail(octets)))]
    assert paths == ["2", "2!1", "2!1!1", "2!1!1!1", "2!1!1!1!1"]


def test_what_is_called_so_and_is_none_is_kept_and_it_is_said() -> None:
    decision = decided(with_winmail(b"PK\3\4 a zip"))
    assert names(decision) == [("2", "winmail.dat")]
    assert problems(decision.because) == {"winmail_unreadable"}


def test_what_is_cut_off_gives_what_is_there_and_it_is_said() -> None:
    octets = tnef(file(b"one", b"a.txt"), file(b"two" * 100, b"b.txt"))
    decision = decided(with_winmail(octets[:-200]))
    assert ("2!1", "a.txt") in names(decision)
    assert problems(decision.because) == {"winmail_damaged"}


def test_every_prefix_and_every_changed_octet_is_survived() -> None:
    octets = tnef(
        message((0x1E, BODY, b"text\0"), (0x102, RTF, COMPRESSED), (0x1003, 0x1234, struct.pack("<II", 1, 1))),
        file(b"x", b"a.txt", (0x1F, LONG_NAME, b"a\0b\0")),
    )
    for end in range(len(octets)):
        decided(with_winmail(octets[:end]))
        decided(with_winmail(octets[:end] + b"\xff" + octets[end + 1 :]))


@pytest.mark.parametrize(
    "octets",
    [
        tnef(message((0x1E, BODY, b"x"))).replace(struct.pack("<I", 1), b"\xff\xff\xff\xff"),
        tnef(attribute(1, 0x00069003, b"\xff\xff\xff\xff" + struct.pack("<HHI", 0x1002, 1, 0xFFFFFFFF) + b"\0" * 64)),
        tnef(attribute(1, 0x00069003, b"\xff\xff\xff\xff")),
        tnef(attribute(1, 0x00069003, struct.pack("<IHHI", 1, 0x1E, BODY, 0xFFFFFFFF) + b"\0" * 400_000)),
        tnef(b"\x01" + b"\0" * 3_000_000),
        tnef(file(b"", b"")[:25] * 50_000),
        tnef(message((0x102, RTF, COMPRESSED[:16] + b"\xff\x00\x0f" * 1_000_000))),
    ],
    ids=["all ones", "values", "properties", "empty values", "nothing", "files", "rich text"],
)
def test_bait_in_it_takes_no_time(octets: bytes) -> None:
    begun = time.process_time()
    decided(with_winmail(octets))
    assert time.process_time() - begun < 4


def test_the_library_reads_the_same() -> None:
    octets = tnef(
        message((0x1E, BODY, b"The text\0"), (0x40, 0x0E06, b"\0" * 8), (0x0B, 0x0E1B, b"\1\0")),
        file(b"one", b"a.txt", (0x1E, LONG_NAME, b"a long name.txt\0"), (0x03, 0x3705, struct.pack("<I", 1))),
        file(b"two", b"b.bin"),
    )
    theirs, ours = tnefparse.TNEF(octets), unpack(octets)
    assert [(found.long_filename(), found.data) for found in theirs.attachments] == [
        (found.name, found.content) for found in ours.files
    ]
    assert "".join(theirs.body) == ours.text


def test_no_tnef_is_refused() -> None:
    with pytest.raises(UnreadableError):
        unpack(b"")


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe\par next\tab cell}", "Grüße\nnext\tcell"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0}", "Пр"),
        (rb"{\rtf1 \u26085?\u26412?}", "日本"),
        (rb"{\rtf1 \{a\} \\ b\~c}", "{a} \\ b c"),
        (
            rb"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hello\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}",
            "Hello",
        ),
        (b"no rtf", ""),
        (b"{\\rtf1 " + b"{" * 100_000 + b"deep", "deep"),
    ],
)
def test_rich_text_is_read(rtf: bytes, text: str) -> None:
    assert rtf_to_text(rtf) == text


def test_rich_text_is_decompressed() -> None:
    assert decompressed(COMPRESSED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed(b"\0" * 8 + b"MELA" + b"\0" * 4 + b"{\\rtf1 plain}") == b"{\\rtf1 plain}"
    assert decompressed(b"short") == b""


def test_a_mail_that_is_nothing_but_a_package() -> None:
    raw = mail(
        base64.encodebytes(tnef(message((0x1E, BODY, b"all of it\0")))),
        Content_Type="application/ms-tnef",
        Content_Transfer_Encoding="base64",
    )
    decision = decided(raw)
    assert decision.article.body == "all of it"
    assert names(decision) == [("1", "file-1")]


def test_a_list_of_properties_knows_named_ones() -> None:
    named = struct.pack("<HH", 0x1E, 0x8001) + b"\0" * 16 + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0"
    entries = (
        struct.pack("<I", 2) + named + struct.pack("<II", 1, 2) + b"x\0\0\0" + properties((0x1E, BODY, b"t\0"))[4:]
    )
    assert unpack(tnef(attribute(1, 0x00069003, entries))).text == "t"
