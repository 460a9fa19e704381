from __future__ import annotations

import base64
import hashlib

import pytest

from mailadmin.domain.decisions import AccountFacts, Decision
from mailadmin.postmaster import parse, part_content
from tests.unit.postmaster.samples import decided, mail, problems, routing, steps

PNG = b"\x89PNG\r\n\x1a\n not really"
PNG64 = base64.b64encode(PNG).decode()


def multipart(kind: str, *parts: bytes | str, boundary: str = "b0", **headers: str) -> bytes:
    """A mail of several parts; a part is its header lines, an empty line and its content."""
    octets = [part if isinstance(part, bytes) else part.encode() for part in parts]
    body = b"".join(f"--{boundary}\n".encode() + part + b"\n" for part in octets) + f"--{boundary}--\n".encode()
    return mail(body, Content_Type=f'multipart/{kind}; boundary="{boundary}"', **headers)


def part(content: str, content_type: str = "text/plain; charset=utf-8", **headers: str) -> str:
    lines = [f"Content-Type: {content_type}"] + [
        f"{name.replace('_', '-')}: {value}" for name, value in headers.items()
    ]
    return "\n".join(lines) + "\n\n" + content


def nested(kind: str, *parts: str, boundary: str) -> str:
    body = "".join(f"--{boundary}\n{one}\n" for one in parts) + f"--{boundary}--\n"
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{body}"


def names(decision: Decision) -> list[tuple[str, str]]:
    return [(draft.path, draft.filename) for draft in decision.article.attachments]


# --- the body ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "octets"),
    [
        ("8bit", "Grüße\n".encode()),
        ("quoted-printable", b"Gr=C3=BC=C3=9Fe\n"),
        ("base64", base64.encodebytes("Grüße\n".encode())),
        ("BASE64 ", b"R3LDvMOfZQ"),
        ("x-uuencode", b"begin 644 x\n'1W+#O,.?90``\n`\nend\n"),
    ],
)
def test_a_single_text_is_the_body_in_any_encoding(encoding: str, octets: bytes) -> None:
    raw = mail(octets, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding=encoding)
    article = decided(raw).article
    assert article.body.strip() == "Grüße"
    assert article.attachments == ()


PRINTER = "Hello my printer is broken please help"


@pytest.mark.parametrize(
    "text",
    [
        PRINTER,
        "please help me with this printer thanks ab",
        "Hello, my printer is broken.\nPlease help.\n",
        "Hello\n\nmy printer broke\n",
        "<p>Hello</p>",
        "Grüße aus Köln",
    ],
)
@pytest.mark.parametrize("encoding", ["base64", "Base64 "])
def test_plain_text_that_is_labelled_as_base64_is_read_and_it_is_said(text: str, encoding: str) -> None:
    decision = decided(mail(text, Content_Transfer_Encoding=encoding))
    assert decision.article.body == text
    assert decision.article.attachments == ()
    assert "encoding_wrong" in problems(decision.because)
    below = multipart("mixed", part(text, Content_Transfer_Encoding=encoding), part("footer"))
    assert text in decided(below).article.body


def test_a_footer_below_base64_does_not_make_it_plain() -> None:
    raw = mail(base64.encodebytes(PRINTER.encode() * 3) + b"-- \nlist\n", Content_Transfer_Encoding="base64")
    decision = decided(raw)
    assert decision.article.body.startswith(PRINTER * 3)
    assert "encoding_wrong" not in problems(decision.because)


@pytest.mark.parametrize("width", [4, 8, 16, 60, 76, 996])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 11, 12, 13, 500])
def test_base64_of_any_width_is_no_plain_text(width: int, size: int) -> None:
    text = "Größe " * 100
    encoded = base64.b64encode(text.encode()[:size])
    lines = b"\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    raw = mail(lines, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="base64")
    assert parse(raw).body_text == text.encode()[:size].decode(errors="replace")
    assert "encoding_wrong" not in problems(parse(raw).problems)


def test_line_ends_of_the_wire_are_line_ends_of_text() -> None:
    assert decided(mail("one\r\ntwo\rthree\n")).article.body == "one\ntwo\nthree\n"


def test_empty_and_missing_bodies_are_empty() -> None:
    assert decided(b"").article.body == ""
    assert decided(mail("")).article.body == ""


def test_of_alternatives_the_text_is_the_body_and_the_html_stays_as_an_attachment() -> None:
    decision = decided(multipart("alternative", part("plain"), part("<p>rich</p>", "text/html; charset=utf-8")))
    assert decision.article.body == "plain"
    assert decision.article.body_type == "text/plain"
    assert names(decision) == [("2", "file-2")]


def test_a_blank_text_alternative_gives_way_to_the_html() -> None:
    decision = decided(multipart("alternative", part(" \n"), part("<p>rich</p>", "text/html")))
    assert decision.article.body == "rich"


def test_texts_below_mixed_are_joined_and_are_no_attachments() -> None:
    decision = decided(multipart("mixed", part("one"), part(PNG64, "image/png; name=a.png"), part("two")))
    assert decision.article.body == "one\ntwo"
    assert names(decision) == [("2", "a.png")]


def test_a_footer_is_joined_to_both_alternatives() -> None:
    both = nested("alternative", part("plain"), part("<p>rich</p>", "text/html"), boundary="b1")
    raw = multipart("mixed", both, part("footer"))
    parsed = parse(raw)
    assert parsed.text == "plain\nfooter"
    assert parsed.html == "<p>rich</p>\n<pre>footer</pre>"


def test_html_below_mixed_is_joined_to_a_text_body_as_text() -> None:
    assert decided(multipart("mixed", part("one"), part("<b>two</b>", "text/html"))).article.body == "one\ntwo"


def test_outside_of_mixed_only_the_first_text_is_the_body() -> None:
    decision = decided(multipart("report", part("Undeliverable"), part("second"), boundary="b"))
    assert decision.article.body == "Undeliverable"
    assert names(decision) == [("2", "file-2")]


@pytest.mark.parametrize(
    "how", [{"Content_Disposition": "attachment"}, {"Content_Disposition": "inline; filename=a.txt"}]
)
def test_a_text_marked_as_a_file_is_an_attachment(how: dict[str, str]) -> None:
    decision = decided(multipart("mixed", part("one"), part("log", **how)))
    assert decision.article.body == "one"
    assert [draft.path for draft in decision.article.attachments] == ["2"]


def test_the_first_text_is_found_behind_an_image() -> None:
    decision = decided(multipart("mixed", part(PNG64, "image/png; name=a.png"), part("text")))
    assert decision.article.body == "text"


def test_a_mail_of_attachments_only_gets_a_line_that_says_so() -> None:
    decision = decided(mail(PNG64, Content_Type='image/png; name="a.png"', Content_Transfer_Encoding="base64"))
    assert decision.article.body == "(no text: see the attachments)"
    (draft,) = decision.article.attachments
    assert (draft.path, draft.filename, draft.size) == ("1", "a.png", len(PNG))


def test_a_text_file_that_is_the_whole_mail_is_body_and_attachment() -> None:
    raw = mail("content", Content_Type="text/plain", Content_Disposition='attachment; filename="notes.txt"')
    decision = decided(raw)
    assert decision.article.body == "content"
    assert names(decision) == [("1", "notes.txt")]


def test_the_charset_of_html_may_stand_in_its_head() -> None:
    html = b'<html><head><meta charset="windows-1251"></head><body>' + "Привет".encode("cp1251") + b"</body></html>"
    raw = mail(html, Content_Type="text/html")
    assert decided(raw).article.body == "Привет"
    assert b'charset="utf-8"' in part_content(raw, "!1")


def test_a_body_beyond_the_limit_is_cut_and_stays_whole_as_an_attachment() -> None:
    raw = mail(b"x" * 1_800_010)
    decision = decided(raw)
    assert len(decision.article.body) == 1_800_000
    assert problems(decision.because) == {"body_cut"}
    (draft,) = decision.article.attachments
    assert draft.size == 1_800_010


# --- HTML ----------------------------------------------------------------------------------------------------------


def test_html_alone_becomes_text_and_stays_as_file_1_in_utf_8() -> None:
    raw = mail("<p>Grüße</p>".encode("latin-1"), Content_Type="text/html; charset=iso-8859-1")
    decision = decided(raw)
    assert (decision.article.body, decision.article.body_type) == ("Grüße", "text/plain")
    (draft,) = decision.article.attachments
    assert (draft.path, draft.filename, draft.content_type) == ("!1", "file-1", 'text/html; charset="utf-8"')
    content = part_content(raw, "!1")
    assert content.decode() == "<p>Grüße</p>"
    assert (draft.size, draft.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_the_html_body_of_several_parts_is_named_html() -> None:
    raw = multipart("related", part("<p>hi</p>", "text/html"), part(PNG64, "image/png"))
    assert names(decided(raw)) == [("!1", "file-1.html"), ("2", "file-2")]


def test_html_stays_html_when_it_is_not_to_be_text() -> None:
    decision = decided(mail("<p>hi</p>", Content_Type="text/html"), snapshot=routing(auto_html_to_text=False))
    assert (decision.article.body, decision.article.body_type) == ("<p>hi</p>", "text/html")
    assert decision.article.attachments == ()


def test_images_inside_a_stored_html_body_become_attachments_it_refers_to() -> None:
    raw = mail(f'<p>a<img src="data:image/png;base64,{PNG64}"></p>', Content_Type="text/html")
    decision = decided(raw, snapshot=routing(auto_html_to_text=False))
    (draft,) = decision.article.attachments
    assert (draft.path, draft.filename, draft.content_type) == ("!1#1", "image-1.png", "image/png")
    assert f'src="cid:{draft.content_id[1:-1]}"' in decision.article.body
    assert part_content(raw, "!1#1") == PNG


def test_of_long_html_it_is_said_that_its_end_is_not_in_the_text() -> None:
    long_ = mail(b"<p>" + b"word " * 210_000 + b"</p><p>THE END</p>", Content_Type="text/html")
    decision = decided(long_)
    assert problems(decision.because) == {"body_cut"}
    assert "THE END" not in decision.article.body
    assert part_content(long_, "!1").endswith(b"THE END</p>")
    both = multipart("alternative", part("short"), part("<p>" + "word " * 210_000, "text/html"))
    assert problems(decided(both).because) == set()


def test_images_in_html_do_not_count_for_its_length() -> None:
    image = b'<img src="data:image/png;base64,' + base64.b64encode(b"x" * 900_000) + b'">'
    raw = mail(b"<p>one</p>" + image + b"<p>THE END</p>", Content_Type="text/html")
    assert "THE END" in parse(raw).body_text
    assert problems(parse(raw).problems) == set()


# --- images as attachments -----------------------------------------------------------------------------------------

INLINE = multipart(
    "related",
    part(f'<p>a<img src="cid:logo@x">b<img src="data:image/png;base64,{PNG64}"></p>', "text/html"),
    part(
        PNG64, "image/png", Content_ID="<logo@x>", Content_Disposition="attachment", Content_Transfer_Encoding="base64"
    ),
)
IMAGES = AccountFacts("inbox", images_as_attachments=True)


def test_an_image_the_html_refers_to_is_inline_whatever_its_disposition() -> None:
    draft = decided(INLINE).article.attachments[-1]
    assert (draft.path, draft.disposition, draft.content_id) == ("2", "inline", "<logo@x>")


def test_inline_images_leave_the_body_and_become_attachments_when_the_account_wants_it() -> None:
    decision = decided(INLINE, IMAGES, routing(auto_html_to_text=False))
    assert decision.article.body == "<p>ab</p>"
    found = [(draft.path, draft.disposition, draft.content_id) for draft in decision.article.attachments]
    assert found == [("2", "attachment", ""), ("!1#1", "attachment", "")]
    assert steps(decision, "images") == [{"count": "2"}]


def test_with_a_text_body_the_images_are_listed_as_attachments_too() -> None:
    decision = decided(INLINE, IMAGES)
    assert [draft.path for draft in decision.article.attachments] == ["!1", "2", "!1#1"]
    assert part_content(INLINE, "!1#1") == PNG


# --- attachments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.pdf"', "a_b.pdf"),
        ('attachment; filename="../../etc/passwd"', "_.._etc_passwd"),
        ('attachment; filename="C:\\\\temp\\\\x.pdf"', "C__temp_x.pdf"),
        ("attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%2Epdf", "Grüße.pdf"),
        ("attachment; filename*0*=iso-8859-1''%e4; filename*1=b.pdf", "äb.pdf"),
        ('attachment; filename="=?utf-8?B?4oI=?= =?utf-8?B?rC5wZGY=?="', "_.pdf"),
        ('attachment; filename="=?utf-8?B?w6Q=?= =?utf-8?B?LnBkZg==?="', "ä.pdf"),
        ('attachment; filename="=?utf-8?B?5pel5g==?= =?utf-8?B?nKwucGRm?="', "日本.pdf"),
        ('attachment; filename="file-1"', "File-1"),
        ('attachment; filename="..."', "file-2"),
        ('attachment; filename="a\u202egpj.exe"', "a_gpj.exe"),
        ('attachment; filename="①.txt"', "_.txt"),
        (f'attachment; filename="{"ä" * 200}.pdf"', "ä" * 108 + ".pdf"),
        ("attachment", "file-2"),
    ],
)
def test_file_names_are_cleaned(header: str, name: str) -> None:
    decision = decided(multipart("mixed", part("x"), part("y", "application/pdf", Content_Disposition=header)))
    assert names(decision) == [("2", name)]


def test_file_names_are_given_once() -> None:
    sent = ["a.pdf", "a.pdf", "A.PDF", "B.PDF", "b.pdf", "a-1.pdf"]
    parts = [part("y", f"application/pdf; name={name}") for name in sent]
    decision = decided(multipart("mixed", part("x"), *parts))
    assert [name for _, name in names(decision)] == ["a.pdf", "a-1.pdf", "A-2.PDF", "B.PDF", "b-1.pdf", "a-1-1.pdf"]


def test_nested_mails_are_kept_whole_and_named_by_their_subject() -> None:
    inner = "Subject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\na\n--i--\n"
    raw = multipart(
        "mixed", part("x"), part(inner, "message/rfc822"), part("From: a@b.example\n\nhi", "message/rfc822")
    )
    decision = decided(raw)
    assert names(decision) == [("2", "Re__Grüße.eml"), ("3", "Untitled-1.eml")]
    assert part_content(raw, "2").startswith(b"Subject: Re:")


def test_paths_are_imap_part_numbers_and_lead_back_to_the_content() -> None:
    inner = nested("mixed", part("text"), part(PNG64, "image/png", Content_Transfer_Encoding="base64"), boundary="b1")
    raw = multipart("mixed", inner, part("%PDF", "application/pdf; name=a.pdf"))
    attachments = decided(raw).article.attachments
    assert [draft.path for draft in attachments] == ["1.2", "2"]
    for draft in attachments:
        content = part_content(raw, draft.path)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (draft.size, draft.sha256)


@pytest.mark.parametrize("path", ["", "0", "2", "1.1", "!1", "!", "!1#1", "!1#x", "x"])
def test_a_path_that_leads_nowhere_raises_key_error(path: str) -> None:
    with pytest.raises(KeyError):
        part_content(mail("text"), path)


def test_a_part_that_cannot_be_decoded_stays_with_its_octets_and_is_noted() -> None:
    raw = multipart("mixed", part("x"), part("(not base64)", "image/png", Content_Transfer_Encoding="base64"))
    decision = decided(raw)
    (draft,) = decision.article.attachments
    assert part_content(raw, draft.path) == b"(not base64)"
    assert draft.content_type == "application/octet-stream"
    assert {"problem": "encoding_failed", "part": "2"} in steps(decision, "parse")


def test_base64_that_was_cut_off_is_decoded_as_far_as_it_goes() -> None:
    raw = multipart("mixed", part("x"), part(PNG64[:-7], "image/png", Content_Transfer_Encoding="base64"))
    decision = decided(raw)
    assert part_content(raw, "2") == PNG[: len(part_content(raw, "2"))] != b""
    assert "encoding_damaged" in problems(decision.because)


def test_a_boundary_that_never_comes_leaves_the_text_readable() -> None:
    decision = decided(mail("the text", Content_Type="multipart/mixed; boundary=other"))
    assert decision.article.body == "the text"
    assert "boundary_missing" in problems(decision.because)


def test_empty_attachments_are_kept() -> None:
    (draft,) = decided(multipart("mixed", part("x"), part("", "application/pdf; name=a.pdf"))).article.attachments
    assert draft.size == 0


def test_content_ids_are_kept_in_brackets() -> None:
    bare = part("y", "image/png", Content_ID="a@b")
    by_location = part("y", "image/png", Content_Location="http://x.example/a.png")
    drafts = decided(multipart("mixed", part("x"), bare, by_location)).article.attachments
    assert [draft.content_id for draft in drafts] == ["<a@b>", "<http://x.example/a.png>"]


# --- what filters see ----------------------------------------------------------------------------------------------


def attached(content_type: str = "application/pdf; name=a.pdf", **headers: str) -> str:
    return part("x", content_type, **headers)


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        (mail("text"), 0),
        (multipart("mixed", part("text"), attached(Content_Disposition="attachment")), 1),
        (multipart("mixed", part("text"), attached("image/png", Content_Disposition="inline; filename=a.png")), 1),
        (multipart("mixed", part("text"), attached()), 0),
        (multipart("mixed", part("text"), attached("application/pdf", Content_Disposition="attachment")), 0),
        (multipart("alternative", part("text"), part("<p>rich</p>", "text/html")), 0),
        (INLINE, 0),
        (multipart("mixed", *[attached(Content_Disposition="attachment")] * 3), 3),
        (mail("x", Content_Type="application/pdf", Content_Disposition="attachment; filename=a.pdf"), 1),
        (mail("x", Content_Disposition="attachment; filename=a.txt"), 1),
    ],
)
def test_attachments_are_counted_by_name_and_disposition_without_images_the_html_shows(raw: bytes, count: int) -> None:
    parsed = parse(raw)
    assert (parsed.attachment_count, parsed.has_attachments) == (count, count > 0)


def test_a_named_image_the_html_shows_does_not_count_and_one_it_does_not_show_does() -> None:
    image = {"Content_ID": "<logo@x>", "Content_Disposition": 'inline; filename="logo.png"'}
    shown = multipart("related", part('<img src="cid:logo@x">', "text/html"), part("x", "image/png", **image))
    other = multipart("related", part('<img src="cid:else@x">', "text/html"), part("x", "image/png", **image))
    assert (parse(shown).attachment_count, parse(other).attachment_count) == (0, 1)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (mail("plain"), "plain"),
        (mail("<p>rich</p>", Content_Type="text/html"), "rich"),
        (multipart("alternative", part("plain"), part("<p>rich</p>", "text/html")), "plain"),
        (mail("x", Content_Type="application/pdf"), ""),
        (b"", ""),
    ],
)
def test_the_text_that_filters_look_at(raw: bytes, text: str) -> None:
    parsed = parse(raw)
    assert parsed.body_text == text
    assert parsed.body_text is parsed.body_text
    assert parsed.raw is raw


def test_an_encoded_word_cut_into_continuations_is_a_name() -> None:
    header = 'attachment; filename*0="=?utf-8?B?w6Q"; filename*1="=?="; filename*2=".pdf"'
    decision = decided(multipart("mixed", part("x"), part("y", "application/pdf", Content_Disposition=header)))
    assert names(decision) == [("2", "ä.pdf")]


@pytest.mark.parametrize("encoding", ["base64", "nonsense", "x-uuencode"])
def test_a_part_that_cannot_be_decoded_is_never_lost(encoding: str) -> None:
    raw = multipart(
        "mixed",
        part("text"),
        part("\x01\x02\x03!!", "application/pdf; name=a.pdf", Content_Transfer_Encoding=encoding),
    )
    decision = decided(raw)
    assert names(decision) == [("2", "a.pdf")]
    assert part_content(raw, "2") == b"\x01\x02\x03!!"


def test_an_empty_attachment_is_kept() -> None:
    raw = multipart("mixed", part("text"), part("", "application/pdf; name=a.pdf"))
    (draft,) = decided(raw).article.attachments
    assert (draft.filename, draft.size, part_content(raw, "2")) == ("a.pdf", 0, b"")


def test_a_nested_mail_is_one_attachment_and_its_parts_are_not_opened() -> None:
    inner = multipart("mixed", part("inner text"), attached(Content_Disposition="attachment"), Subject="Inner")
    raw = multipart("mixed", part("outer"), part(inner.decode(), "message/rfc822"), boundary="outer")
    decision = decided(raw)
    assert decision.article.body == "outer"
    assert names(decision) == [("2", "Inner.eml")]
