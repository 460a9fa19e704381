from __future__ import annotations

import pytest

from mailadmin.postmaster import clean_text
from mailadmin.postmaster.charsets import codec, decode, superset_of_ascii


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("ks_c_5601-1987", "한작똠"),
        ("windows-1251", "Привет"),
        ("cp-1251", "Привет"),
        ("x-cp1251", "Привет"),
        ("iso-8859-8-i", "שלום"),
        ("GB2312", "汉字"),
        ("x-sjis", "日本語"),
        ("ISO-2022-JP", "日本語"),
        ('"utf-8"', "€"),
        ("utf8mb4", "€"),
        ("unicode-1-1-utf-7", "€"),
        ("macintosh", "é"),
    ],
)
def test_charsets_are_known_by_the_names_mail_uses(label: str, text: str) -> None:
    assert decode(text.encode(codec(label)), label) == (text, "")


def test_what_is_called_latin_1_is_read_as_windows_1252() -> None:
    assert decode(b"\x93quoted\x94 \x80", "iso-8859-1") == ("“quoted” €", "")


def test_octets_windows_1252_does_not_have_are_read_as_latin_1() -> None:
    assert decode(b"\x81\xe4", "iso-8859-1") == ("\x81ä", "")


@pytest.mark.parametrize("label", ["", "us-ascii"])
def test_8_bit_without_a_charset_is_utf_8_if_it_is_and_western_otherwise(label: str) -> None:
    assert decode("ä€".encode(), label) == ("ä€", "")
    assert decode("ä".encode("latin-1"), label) == ("ä", "")


@pytest.mark.parametrize(
    "label", ["x-unknown", "unknown-8bit", "klingon", "a" * 500, "\x00", "rot13", "hex", "punycode"]
)
def test_an_unknown_charset_is_guessed_and_said(label: str) -> None:
    assert decode(b"caf\xe9", label) == ("café", "charset_unknown")


def test_damaged_octets_become_the_replacement_character_and_it_is_said() -> None:
    assert decode(b"a\xffb", "utf-8") == ("a\ufffdb", "charset_damaged")


def test_only_supersets_of_ascii_are_for_headers() -> None:
    assert superset_of_ascii("iso2022_jp_ext")
    assert not any(superset_of_ascii(name) for name in ("utf_7", "utf_16", "hz", "cp037"))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("ä\0\ud800", "ä\ufffd\ufffd"),
        ("ä\n\t\x01", "ä\n\t\x01"),
    ],
)
def test_clean_text_replaces_only_what_no_driver_takes(text: str, clean: str) -> None:
    assert clean_text(text) == clean
