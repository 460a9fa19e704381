"""Words, tables and documents: harmless, aligned, nothing cut, one document on standard output."""

from __future__ import annotations

import json
import re

import pytest
from rich.cells import cell_len

from mailadmin.cli.output import Column, elided
from mailadmin.domain.outside_text import shown, shown_lines

from .samples import HOSTILE, Seen

_COLUMNS = [Column("Id", right=True), Column("Subject", least=12), Column("State", whole=True)]
_ROWS = [["7", "Störung: Telefonanlage im Bürogebäude fällt täglich aus", "quarantined"], ["12", "kurz", "processed"]]


def test_control_and_direction_characters_are_shown_not_acted_on() -> None:
    assert shown(HOSTILE) == "\\x1b]0;pwned\\x07[bold]Gruß[/bold] \\x9b2J\\u202eevil next :smile:"
    assert shown("a\tb\nc") == "a b c"
    assert shown("\ud800") == "\\ud800"


def test_lines_and_tabs_of_a_body_stay() -> None:
    assert shown_lines("a\r\nb\rc\td\x1b[2J") == "a\nb\nc       d\\x1b[2J"


@pytest.mark.parametrize("width", [None, 80])
def test_text_from_mails_is_neither_markup_nor_emoji_nor_escape(width: int | None) -> None:
    seen = Seen(width=width)
    seen.output.table(_COLUMNS, [["1", HOSTILE, "new"]])
    seen.output.say(shown("[bold]x[/bold] :smile:"))
    seen.output.bullet(shown("[red]y[/red]"))
    seen.output.pairs([("From", HOSTILE)])
    said = seen.out
    assert "[bold]x[/bold] :smile:" in said
    assert "[red]y[/red]" in said
    assert "\x1b]" not in said
    assert "\x07" not in said
    assert "\x9b" not in said
    assert "\u202e" not in said


def test_a_pipe_gets_plain_aligned_text_without_colour_or_frames() -> None:
    seen = Seen()
    seen.output.table(_COLUMNS, _ROWS)
    assert seen.out.isprintable() or "\x1b" not in seen.out
    assert seen.out.splitlines() == [
        "Id  Subject                                                  State",
        " 7  Störung: Telefonanlage im Bürogebäude fällt täglich aus  quarantined",
        "12  kurz                                                     processed",
    ]


@pytest.mark.parametrize("width", [30, 40, 80, 120])
def test_nothing_is_cut_at_any_width(width: int) -> None:
    seen = Seen(width=width)
    seen.output.table(_COLUMNS, _ROWS)
    words = "".join(seen.out.split())
    for word in ["Störung:", "Telefonanlage", "Bürogebäude", "täglich", "quarantined", "processed", "12"]:
        assert word in words


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_terminal(width: int) -> None:
    seen = Seen(width=width)
    seen.output.table(_COLUMNS, _ROWS)
    seen.output.say("word " * 60)
    seen.output.bullet("word " * 60)
    seen.output.entry("Sign-in", "failed", "word " * 60)
    plain = [line.split("\x1b[0m")[-1] if "\x1b" in line else line for line in seen.out.splitlines()]
    assert max(map(len, plain)) <= width


_ADDRESSES = [
    Column("Title", least=20),
    Column("Customer", least=16, elide=True),
    Column("Priority", whole=True, drop=2),
    Column("Changed", whole=True, drop=1),
]
_ADDRESS = "a-very-long-name@department.example.org"


def _plain(seen: Seen) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", seen.out)


def test_columns_that_do_not_fit_a_terminal_go_the_least_important_first() -> None:
    seen = Seen(width=60)
    seen.output.table(_ADDRESSES, [["Telefonanlage", _ADDRESS, "3 normal", "2026-11-20 12:00"]])
    said = _plain(seen)
    assert "Changed" in said
    assert "Priority" not in said
    assert said.splitlines()[-1] == "More columns: widen the window, or --json"


def test_an_address_keeps_both_its_ends() -> None:
    seen = Seen(width=60)
    seen.output.table(_ADDRESSES, [["Telefonanlage", _ADDRESS, "3 normal", "2026-11-20 12:00"]])
    assert re.search(r"a-very-\S*\u2026\S*le\.org", _plain(seen))
    assert elided("anna@example.com", 16) == "anna@example.com"
    assert cell_len(elided("日本語日本語日本語", 8)) <= 8


def test_a_pipe_gets_every_column_whole() -> None:
    seen = Seen()
    seen.output.table(_ADDRESSES, [["Telefonanlage", _ADDRESS, "3 normal", "2026-11-20 12:00"]])
    assert _ADDRESS in seen.out
    assert "Priority" in seen.out
    assert "More columns" not in seen.out


def test_other_columns_give_way_before_a_word_is_broken() -> None:
    seen = Seen(width=44)
    columns = [Column("Title", least=10), Column("Queue", least=5)]
    seen.output.table(columns, [["word " * 10, "Support::Printers"]])
    assert "Support::Printers" in _plain(seen)


def test_a_sentence_stays_one_line_in_a_pipe() -> None:
    seen = Seen()
    seen.output.say("word " * 100)
    assert len(seen.out.splitlines()) == 1


def test_wide_characters_keep_the_columns_aligned() -> None:
    seen = Seen()
    seen.output.table([Column("A"), Column("B")], [["日本語", "x"], ["ab", "y"]])
    assert seen.out.splitlines()[1:] == ["日本語  x", "ab      y"]


def test_with_json_every_word_goes_to_standard_error() -> None:
    seen = Seen(as_json=True)
    seen.output.say("words")
    seen.output.document({"a": "ü\x9b\u202e\x1b"})
    assert seen.err == "words\n"
    assert json.loads(seen.out) == {"a": "ü\x9b\u202e\x1b"}
    assert seen.out == '{"a": "ü\\u009b\\u202e\\u001b"}\n'


def test_a_document_survives_an_encoding_that_lacks_its_characters() -> None:
    seen = Seen(as_json=True)
    seen.stdout.encoding = "ascii"
    seen.output.document(["ü€"])
    assert seen.out.isascii()
    assert json.loads(seen.out) == ["ü€"]


def test_pairs_without_a_value_are_left_out() -> None:
    seen = Seen()
    seen.output.pairs([("From", "a"), ("Cc", ""), ("Subject", "b")])
    assert seen.out == "From     a\nSubject  b\n"
    seen.output.pairs([("Cc", "")])
    assert seen.out == "From     a\nSubject  b\n"


def test_octets_on_a_terminal_are_shown_harmlessly() -> None:
    seen = Seen(width=80)
    seen.output.octets(b"Subject: x\r\n\r\n\x1b[2J\xff")
    assert seen.out == "Subject: x\n\n\\x1b[2J�"
