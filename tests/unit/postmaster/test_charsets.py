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
        ("win-1250", "ž"),
        ("x-windows-1253", "Ω"),
        ("cp-850", "é"),
        ("IBM852", "š"),
        ("8859-2", "ł"),
        ("ISO-8859-8-e", "ש"),
        ("iso_8859-5:1988", "П"),
        ("latin-9", "€"),
        ("_iso-2022-jp$ESC", "日本"),
        ("utf8mb3", "€"),
        ("x-mac-cyrillic", "П"),
        ("windows-936", "汉"),
    ],
)
def test_charsets_are_known_by_the_names_mail_uses(label: str, text: str) -> None:
    assert decode(text.encode(codec(label)), label) == (text, "")


def test_what_is_called_latin_1_is_read_as_windows_1252() -> None:
    assert decode(b"\x93quoted\x94 \x80", "iso-8859-1") == ("“quoted” €", "")


def test_octets_windows_1252_does_not_have_are_read_as_latin_1() -> None:
    assert decode(b"\x81\xe4", "iso-8859-1") == ("\x81ä", "")


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "latin1"])
def test_utf_8_that_is_called_latin_1_is_read_as_utf_8_and_it_is_said(label: str) -> None:
    assert decode("Grüße €".encode(), label) == ("Grüße €", "charset_wrong")
    assert decode("Gr\xfc\xdfe".encode("latin-1"), label) == ("Grüße", "")


def test_latin_1_that_is_called_utf_8_is_read_as_latin_1_and_it_is_said() -> None:
    assert decode("Grüße aus Köln".encode("latin-1"), "utf-8") == ("Grüße aus Köln", "charset_wrong")


def test_utf_8_that_is_damaged_or_cut_off_stays_utf_8() -> None:
    assert decode("Grü".encode() + b"\xdfe and more", "utf-8") == ("Grü\ufffde and more", "charset_damaged")
    assert decode("Grü".encode()[:-1], "utf-8") == ("Gr\ufffd", "charset_damaged")


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_is_known_without_a_label_and_without_a_mark(order: str) -> None:
    octets = "Hello, ä".encode(f"utf-16-{order}")
    assert decode(octets) == ("Hello, ä", "")
    assert decode(octets, "utf-16") == ("Hello, ä", "")
    assert decode(octets, "x-unknown") == ("Hello, ä", "charset_unknown")


@pytest.mark.parametrize("octets", [b"a\0b\0c", b"\0\0\0\0", b"a\0", b"one\0two\0three\0four"])
def test_a_few_nuls_are_no_utf_16(octets: bytes) -> None:
    assert decode(octets)[0] == octets.decode().replace("\0", "\ufffd")


@pytest.mark.parametrize("label", ["", "us-ascii", "ANSI_X3.4-1968"])
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


@pytest.mark.parametrize(
    "label",
    [
        *("punycode", "punycode-", "punycode+", "Punycode_", "idna-", "undefined:", "unicode_escape", "unicode-escape"),
        *("unicode+escape", "unicode:escape", "unicode--escape", "raw_unicode_escape-", "raw.unicode.escape"),
        *("hex", "rot13", "zlib-", "base64", "quopri", "uu"),
    ],
)
def test_codecs_that_are_no_charsets_are_refused_by_any_spelling(label: str) -> None:
    assert codec(label) == ""
    assert decode(b"C:\\x41 \\u0041-a", label) == ("C:\\x41 \\u0041-a", "charset_unknown")


def test_odd_punctuation_in_a_label_changes_nothing() -> None:
    assert decode(b"\x93a\x94", "latin+1") == ("“a”", "")
    assert decode("Grüße aus Köln".encode("latin-1"), "utf_8-") == ("Grüße aus Köln", "charset_wrong")
