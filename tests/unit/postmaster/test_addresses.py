from __future__ import annotations

import pytest

from mailadmin.postmaster.addresses import address_field
from mailadmin.postmaster.headers import Headers


def read(*values: str) -> tuple[list[tuple[str, str]], str]:
    field = address_field(Headers(tuple(("To", value.encode()) for value in values)), "to")
    return [(mailbox.name, mailbox.address) for mailbox in field.mailboxes], field.shown


@pytest.mark.parametrize(
    ("value", "mailboxes", "shown"),
    [
        ("a@b.example", [("", "a@b.example")], "a@b.example"),
        ("<a@b.example>", [("", "a@b.example")], "a@b.example"),
        ("Ann Lee <a@b.example>", [("Ann Lee", "a@b.example")], "Ann Lee <a@b.example>"),
        ('"Lee, Ann" <a@b.example>', [("Lee, Ann", "a@b.example")], '"Lee, Ann" <a@b.example>'),
        ("a@b.example (Ann)", [("Ann", "a@b.example")], "Ann <a@b.example>"),
        ("a@b.example, C <c@d.example>", [("", "a@b.example"), ("C", "c@d.example")], "a@b.example, C <c@d.example>"),
        ("a@b.example; c@d.example", [("", "a@b.example"), ("", "c@d.example")], "a@b.example, c@d.example"),
        ("Ann a@b.example", [("Ann", "a@b.example")], "Ann <a@b.example>"),
        ('"an n"@b.example', [("", '"ann"@b.example')], '"ann"@b.example'),
        ("<@relay.example:a@b.example>", [("", "a@b.example")], "a@b.example"),
        ("< a@b . example >", [("", "a@b.example")], "a@b.example"),
        ("a (x (y) z) @b.example", [("x (y) z", "a@b.example")], '"x (y) z" <a@b.example>'),
        ("=?utf-8?q?J=C3=B6rg?= <a@b.example>", [("Jörg", "a@b.example")], "Jörg <a@b.example>"),
        ('"=?utf-8?q?J=C3=B6rg?=" <a@b.example>', [("Jörg", "a@b.example")], "Jörg <a@b.example>"),
        ("Jörg <a@b.example>", [("Jörg", "a@b.example")], "Jörg <a@b.example>"),
        ("undisclosed-recipients:;", [], "undisclosed-recipients:;"),
        (
            "Team: a@b.example, c@d.example;",
            [("", "a@b.example"), ("", "c@d.example")],
            "Team: a@b.example, c@d.example;",
        ),
        ("root", [("root", "")], "root"),
        ("Lee, Ann <a@b.example>", [("Lee", ""), ("Ann", "a@b.example")], "Lee, Ann <a@b.example>"),
        ('He said "hi" <a@b.example>', [("He said hi", "a@b.example")], "He said hi <a@b.example>"),
        ("", [], ""),
        (",,;:<>", [], ""),
    ],
)
def test_address_fields(value: str, mailboxes: list[tuple[str, str]], shown: str) -> None:
    assert read(value) == (mailboxes, shown)


def test_a_decoded_comma_makes_no_second_address() -> None:
    mailboxes, shown = read("=?utf-8?q?boss=40bank=2Eexample=2C?= <mallory@evil.example>")
    assert mailboxes == [("boss@bank.example,", "mallory@evil.example")]
    assert shown == '"boss@bank.example," <mallory@evil.example>'


def test_a_decoded_quote_cannot_end_the_shown_name() -> None:
    _, shown = read("=?utf-8?q?boss=22_=3Cboss=40bank=2Eexample=3E?= <mallory@evil.example>")
    assert shown == '"boss\\" <boss@bank.example>" <mallory@evil.example>'


def test_an_encoded_address_is_no_address() -> None:
    mailboxes, shown = read("=?utf-8?q?boss=40bank=2Eexample?=")
    assert mailboxes == [("boss@bank.example", "")]
    assert shown == '"boss@bank.example"'


def test_fields_of_one_name_are_read_one_by_one() -> None:
    assert read('"unfinished <a@b.example>', "c@d.example")[0][-1] == ("", "c@d.example")


def test_line_breaks_cannot_come_in_by_decoding() -> None:
    assert read("=?utf-8?q?a=0D=0ABcc=3A_x?= <a@b.example>")[1] == '"a Bcc: x" <a@b.example>'
