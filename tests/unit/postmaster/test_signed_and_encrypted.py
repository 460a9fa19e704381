from __future__ import annotations

import base64
import time

import pytest

from mailadmin.domain.decisions import Protection
from mailadmin.postmaster import parse, part_content
from mailadmin.postmaster.bodies import ENCRYPTED_MAIL, ENCRYPTED_TEXT
from mailadmin.postmaster.smime import UnreadableError, Wrapped, Wrapping, unwrap
from tests.unit.postmaster.packages import enveloped, file, signed, signed_in_pieces, tnef
from tests.unit.postmaster.samples import decided, mail, problems
from tests.unit.postmaster.test_bodies_and_attachments import PNG, PNG64, multipart, names, part

TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n".encode()
SIGNED = 'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'
ENVELOPED = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
ARMOUR = "-----BEGIN PGP MESSAGE-----\nVersion: x\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"


def wrapped(octets: bytes, content_type: str = SIGNED, disposition: str = "attachment; filename=smime.p7m") -> bytes:
    return mail(
        base64.encodebytes(octets),
        Content_Type=content_type,
        Content_Disposition=disposition,
        Content_Transfer_Encoding="base64",
    )


def as_part(octets: bytes, content_type: str = SIGNED) -> str:
    return part(base64.encodebytes(octets).decode(), content_type, Content_Transfer_Encoding="base64")


# --- S/MIME: signed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        SIGNED,
        "application/x-pkcs7-mime; smime-type=signed-data",
        "application/pkcs7-mime",
        'application/octet-stream; name="smime.p7m"',
    ],
)
def test_a_mail_signed_opaquely_is_read(content_type: str) -> None:
    disposition = "inline" if "octet" not in content_type else "attachment; filename=smime.p7m"
    raw = wrapped(signed(TEXT), content_type, disposition)
    decision = decided(raw)
    assert decision.article.body == "Grüße\n"
    assert parse(raw).protection is Protection.SIGNED
    assert problems(decision.because) == set()


def test_what_was_signed_has_its_own_attachments_and_the_signature_is_kept() -> None:
    inner = multipart("mixed", part("text"), part(PNG64, "image/png; name=a.png", Content_Transfer_Encoding="base64"))
    raw = wrapped(signed(inner))
    decision = decided(raw)
    assert decision.article.body == "text"
    assert names(decision) == [("1", "smime.p7m"), ("1!2", "a.png")]
    assert part_content(raw, "1!2") == PNG
    assert part_content(raw, "1") == signed(inner)


def test_html_that_was_signed_can_be_cut_out() -> None:
    raw = wrapped(signed(b"Content-Type: text/html\n\n<p>hi</p>"))
    decision = decided(raw)
    assert decision.article.body == "hi"
    assert part_content(raw, "!1!1") == b"<p>hi</p>"
    with pytest.raises(KeyError):
        part_content(raw, "1!2")


def test_a_footer_of_a_list_is_joined_to_what_was_signed() -> None:
    raw = multipart("mixed", as_part(signed(TEXT)), part("footer"))
    assert decided(raw).article.body == "Grüße\nfooter"


def test_alternatives_inside_are_told_from_those_outside() -> None:
    both = (
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n\none\n--a\nContent-Type: text/html\n\n<p>1\n--a--\n"
    )
    inner = multipart("alternative", part("two"), part("<p>2", "text/html"))
    raw = multipart("mixed", both, as_part(signed(inner)))
    assert decided(raw).article.body == "one\ntwo"


def test_html_alone_inside_is_no_alternative_of_a_text_outside() -> None:
    both = (
        "Content-Type: multipart/alternative; boundary=a\n\n--a\n\none\n--a\nContent-Type: text/html\n\n<p>1\n--a--\n"
    )
    raw = multipart("mixed", both, as_part(signed(multipart("alternative", part("<p>2", "text/html")))))
    assert decided(raw).article.body == "one\n2"


def test_a_winmail_in_a_signed_mail_is_unpacked() -> None:
    inner = multipart(
        "mixed",
        part("text"),
        part(
            base64.encodebytes(tnef(file(b"x", b"a.txt"))).decode(),
            "application/ms-tnef",
            Content_Transfer_Encoding="base64",
        ),
    )
    raw = wrapped(signed(inner))
    assert ("1!2!1", "a.txt") in names(decided(raw))
    assert part_content(raw, "1!2!1") == b"x"


def test_signatures_of_signatures_end_somewhere() -> None:
    octets = TEXT
    for _ in range(20):
        head = f"Content-Type: {SIGNED}\nContent-Transfer-Encoding: base64\n\n".encode()
        octets = head + base64.encodebytes(signed(octets))
    raw = mail(octets.partition(b"\n\n")[2], Content_Type=SIGNED, Content_Transfer_Encoding="base64")
    decision = decided(raw)
    assert [path for path, _ in names(decision)] == ["1", "1!1", "1!1!1", "1!1!1!1", "1!1!1!1!1"]
    twice = TEXT
    for _ in range(2):
        head = f"Content-Type: {SIGNED}\nContent-Transfer-Encoding: base64\n\n".encode()
        twice = head + base64.encodebytes(signed(twice))
    assert decided(b"From: a@b.example\n" + twice).article.body == "Grüße\n"


@pytest.mark.parametrize("name", ["invoice.xml.p7m", "contract.pdf.p7m"])
def test_a_signed_document_is_an_attachment_and_not_the_mail(name: str) -> None:
    raw = multipart("mixed", part("the invoice"), as_part(signed(b"<xml/>"), f"application/pkcs7-mime; name={name}"))
    decision = decided(raw)
    assert decision.article.body == "the invoice"
    assert names(decision) == [("2", name)]
    assert parse(raw).protection is Protection.NONE


def test_octets_that_were_signed_and_are_no_mail_stay_where_they_are() -> None:
    decision = decided(wrapped(signed(b"\0\1\2\3")))
    assert names(decision) == [("1", "smime.p7m")]
    assert decision.article.body == "(no text: see the attachments)"


def test_certificates_alone_are_an_attachment() -> None:
    raw = multipart("mixed", part("my keys"), as_part(signed(None), "application/pkcs7-mime; name=smime.p7m"))
    assert names(decided(raw)) == [("2", "smime.p7m")]


def test_a_damaged_signed_mail_is_kept_and_it_is_said() -> None:
    decision = decided(wrapped(signed(TEXT)[:-20]))
    assert names(decision) == [("1", "smime.p7m")]
    assert problems(decision.because) == {"signed_unreadable"}


@pytest.mark.parametrize(
    "pieces",
    [
        b"".join(b"\x04\x01" + TEXT[at : at + 1] for at in range(len(TEXT))),
        b"\x04\x81" + bytes([len(TEXT)]) + TEXT,
        b"\x24\x80\x04\x08" + TEXT[:8] + b"\0\0\x04" + bytes([len(TEXT) - 8]) + TEXT[8:],
    ],
)
def test_what_was_signed_may_come_in_pieces(pieces: bytes) -> None:
    assert decided(wrapped(signed_in_pieces(pieces))).article.body == "Grüße\n"


@pytest.mark.parametrize("pieces", [b"\x04\x7fx", b"\x05\x01x"])
def test_pieces_that_are_none_are_refused(pieces: bytes) -> None:
    with pytest.raises(UnreadableError):
        unwrap(signed_in_pieces(pieces))


def test_many_pieces_of_a_usual_length_are_joined() -> None:
    assert unwrap(signed_in_pieces((b"\x04\x4c" + b"x" * 76) * 50_000)).content == b"x" * 3_800_000


def test_a_flood_of_tiny_pieces_is_refused_soon() -> None:
    begun = time.process_time()
    with pytest.raises(UnreadableError):
        unwrap(signed_in_pieces(b"\x04\x01x" * 1_000_000))
    assert time.process_time() - begun < 0.5


def test_pieces_follow_a_piece_that_is_made_of_pieces() -> None:
    pieces = b"\x24\x06\x04\x01a\x04\x01b" + b"\x24\x80\x04\x01c\0\0" + b"\x04\x01d"
    assert unwrap(signed_in_pieces(pieces)).content == b"abcd"


def test_every_prefix_and_every_changed_octet_is_survived() -> None:
    octets = signed(TEXT)
    for end in range(len(octets)):
        decided(wrapped(octets[:end]))
        decided(wrapped(octets[:end] + b"\xff" + octets[end + 1 :]))


def long_(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x84]) + len(content).to_bytes(4) + content


SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


@pytest.mark.parametrize(
    "octets",
    [
        b"\x30\x80" * 100_000,
        b"\x30" * 1_000_000,
        b"\x24\x80" * 500_000,
        b"",
        long_(0x30, long_(0x06, b"\x81" * 400_000 + b"\x01")),
        b"\x3f" + b"\xff" * 400_000 + b"\x01\x00",
        long_(0x30, SIGNED_DATA + b"\x3f" + b"\xff" * 400_000 + b"\x01\x00"),
        long_(0x30, SIGNED_DATA + long_(0xA0, long_(0x30, b"\x02\x01\x01\x31\x80" + b"\x05\x00" * 1_000_000))),
        long_(0x30, b"\x06\xff" + b"\xff" * 400_000),
    ],
    ids=lambda octets: f"{octets[:8].hex()}-{len(octets)}",
)
def test_bait_is_refused_soon(octets: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(UnreadableError):
        unwrap(octets)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("identifier", "wrapping"),
    [
        ("2a864886f70d010703", Wrapping.ENCRYPTED),
        ("2a864886f70d010704", Wrapping.ENCRYPTED),
        ("2a864886f70d010706", Wrapping.ENCRYPTED),
        ("2a864886f70d0109100117", Wrapping.ENCRYPTED),
        ("2a864886f70d0109100109", Wrapping.OTHER),
        ("2a864886f70d010701", Wrapping.OTHER),
    ],
)
@pytest.mark.parametrize("frame", ["30{:02x}{}", "3080{1}0000"])
def test_the_identifier_says_what_it_is(identifier: str, wrapping: Wrapping, frame: str) -> None:
    content = f"06{len(identifier) // 2:02x}{identifier}a0020500"
    assert unwrap(bytes.fromhex(frame.format(len(content) // 2, content))) == Wrapped(wrapping)


@pytest.mark.parametrize("protocol", ["application/pkcs7-signature", "application/pgp-signature"])
def test_of_a_mail_with_a_detached_signature_the_first_part_is_the_body(protocol: str) -> None:
    raw = multipart("signed", part("text"), part("MIAG", f"{protocol}; name=signature"))
    decision = decided(raw)
    assert decision.article.body == "text"
    assert names(decision) == [("2", "signature")]
    assert parse(raw).protection is Protection.SIGNED


def test_a_text_signed_in_line_is_signed() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n"
    )
    assert parse(mail(text)).protection is Protection.SIGNED
    assert decided(mail(text)).article.body == text


# --- encrypted -----------------------------------------------------------------------------------------------------


def test_an_enveloped_mail_is_kept_and_labelled() -> None:
    raw = wrapped(enveloped(), ENVELOPED)
    decision = decided(raw)
    assert decision.article.body == ENCRYPTED_MAIL
    assert names(decision) == [("1", "smime.p7m")]
    assert parse(raw).protection is Protection.ENCRYPTED
    assert part_content(raw, "1") == enveloped()
    assert problems(decision.because) == set()


def test_the_octets_and_not_the_label_say_what_it_is() -> None:
    assert parse(wrapped(enveloped(), SIGNED)).protection is Protection.ENCRYPTED
    assert parse(wrapped(signed(TEXT), ENVELOPED)).protection is Protection.SIGNED


def test_what_nobody_can_read_and_nothing_calls_signed_is_taken_for_encrypted() -> None:
    assert parse(wrapped(b"rubbish", ENVELOPED)).protection is Protection.ENCRYPTED
    assert parse(wrapped(b"rubbish", "application/pkcs7-mime")).protection is Protection.ENCRYPTED


def test_an_encrypted_mail_in_a_signed_one_is_encrypted() -> None:
    head = f"Content-Type: {ENVELOPED}\nContent-Transfer-Encoding: base64\n\n".encode()
    raw = wrapped(signed(head + base64.encodebytes(enveloped())))
    assert parse(raw).protection is Protection.ENCRYPTED
    assert [path for path, _ in names(decided(raw))] == ["1", "1!1"]


PGP_MIME = [
    part("Version: 1", "application/pgp-encrypted"),
    part(ARMOUR, "application/octet-stream; name=encrypted.asc"),
]


def test_pgp_mime_is_kept_and_labelled() -> None:
    raw = multipart("encrypted", *PGP_MIME)
    decision = decided(raw)
    assert decision.article.body == ENCRYPTED_MAIL
    assert names(decision) == [("1", "file-1"), ("2", "encrypted.asc")]
    assert parse(raw).protection is Protection.ENCRYPTED


def test_pgp_mime_that_a_server_has_taken_apart_is_known_still() -> None:
    raw = multipart("mixed", part(""), *PGP_MIME)
    assert parse(raw).protection is Protection.ENCRYPTED
    assert decided(raw).article.body == ENCRYPTED_MAIL


def test_words_beside_what_is_encrypted_are_kept() -> None:
    raw = multipart("mixed", as_part(enveloped(), ENVELOPED), part("list footer"))
    assert decided(raw).article.body == f"{ENCRYPTED_MAIL}\n\nlist footer"
    html = multipart("mixed", as_part(enveloped(), ENVELOPED), part("<p>footer</p>", "text/html"))
    assert decided(html).article.body.split() == [*ENCRYPTED_MAIL.split(), "footer"]
    made = next(draft for draft in decided(html).article.attachments if draft.path.startswith("!"))
    assert len(part_content(html, made.path)) == made.size


def test_armour_in_line_is_kept_and_labelled() -> None:
    raw = mail(ARMOUR)
    assert parse(raw).protection is Protection.ENCRYPTED
    assert decided(raw).article.body == f"{ENCRYPTED_TEXT}\n\n{ARMOUR}"


@pytest.mark.parametrize(
    "text",
    [
        "How do I read this?\n" + "Long words. " * 40 + "\n" + ARMOUR,
        "> " + ARMOUR.replace("\n", "\n> "),
        "-----BEGIN PGP MESSAGE-----\n",
        "-----BEGIN PGP MESSAGE-----\n" * 30_000,
    ],
)
def test_a_text_that_only_speaks_of_armour_is_not_encrypted(text: str) -> None:
    assert parse(mail(text)).protection is Protection.NONE
    assert decided(mail(text)).article.body == text


def test_a_plain_mail_is_not_protected() -> None:
    assert parse(mail("hi")).protection is Protection.NONE
