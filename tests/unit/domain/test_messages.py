from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.domain.messages import canonical, digest, source_key

MAIL = b"Subject: x\r\n\r\nline one\r\nline two\r\n"


@pytest.mark.parametrize(
    "same",
    [
        MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"\r\n", b"\r"),
        MAIL.replace(b"\r\n", b"\r\r\n"),
        MAIL.rstrip(b"\r\n"),
        MAIL + b"\r\n\r\n",
        MAIL.replace(b"\r\n", b"\n", 1),
    ],
)
def test_one_mail_has_one_digest_whatever_the_server_does_to_its_line_ends(same: bytes) -> None:
    assert digest(same) == digest(MAIL)


def test_another_mail_has_another_digest() -> None:
    assert digest(MAIL.replace(b"two", b"2")) != digest(MAIL)


def test_the_canonical_form_has_crlf_and_no_final_line_end() -> None:
    assert canonical(b"a\nb\rc\r\nd\r\r\n\n") == b"a\r\nb\r\nc\r\nd"
    assert digest(b"a\nb\n") == hashlib.sha256(b"a\r\nb").digest()


@given(st.binary(max_size=60).map(lambda raw: raw.replace(b"x", b"\r").replace(b"y", b"\n")))
def test_canonical_is_a_fixed_point(raw: bytes) -> None:
    assert canonical(canonical(raw)) == canonical(raw)


def test_sources_are_told_apart_by_their_octets() -> None:
    assert source_key("uidl:a#1") != source_key("uidl:A#1")
    assert source_key("uidl:a ") != source_key("uidl:a")
    assert len(source_key("uidl:\udce4")) == 32
