"""Laying a mail out never takes long: whatever is in it, what is handed to Qt is small, shallow and has short words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.gui.mail_view.layout_tables import stacked
from mailadmin.gui.mail_view.safe_html import safe_html
from mailadmin.gui.mail_view.weight import HEAVIEST_WORD, MOST_WEIGHT, light_html, light_text

from .heavy import HTMLS, TEXTS

MOST_ELEMENTS = 7_000
MOST_ITEMS = 1_500
"""Of lists: for each of them Qt counts those before it."""
MOST_PICTURES = 400
MOST_FAMILIES = 200
"""Of fonts that have to be looked for."""
MOST_CELLS = 16_000
"""Cells, each as often as it spans places, twice for each table around it."""
PARTS = st.sampled_from(
    ["<table>", "<tr>", "<td>", "<td colspan=9 rowspan=9>", "</table>", "<ul><li>", "<p>", "<br>", "x" * 400, " "]
)


class Structure(HTMLParser):
    """Counts what takes Qt its time."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.items = self.pictures = 0
        self.families: set[str] = set()
        self.elements = self.cells = self.depth = self.letters = self.word = self.longest_word = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements += 1
        self.depth += tag == "table"
        self.items += tag == "li"
        self.pictures += tag == "img"
        self.families.update(re.findall("font-family:([^;]*)", values.get("style", "")))
        if tag in {"td", "th"}:
            spans = int(values.get("colspan", "1")) * int(values.get("rowspan", "1"))
            assert spans <= 400
            self.cells += spans << self.depth
        if tag not in {"b", "i", "a", "font", "span"}:
            self.word = 0
        for width in re.findall(
            r"(\d+)%", f"{values.get('width', '')};{values.get('style', '').partition('width')[2]}"
        ):
            assert int(width) <= 100

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "table"

    def handle_data(self, data: str) -> None:
        self.letters += len(data)
        for piece in re.findall(r"[^ \t\n]+|[ \t\n]+", data):
            self.word = 0 if piece.isspace() and "\xa0" not in piece else self.word + len(piece)
            self.longest_word = max(self.longest_word, self.word)


def check(html: str) -> None:
    safe = safe_html(html)
    if safe is None:
        return
    built = Structure(safe.html)
    assert built.elements <= MOST_ELEMENTS
    assert built.cells <= MOST_CELLS
    assert built.items <= MOST_ITEMS
    assert built.pictures <= MOST_PICTURES
    assert len(built.families) <= MOST_FAMILIES
    assert built.letters <= MOST_WEIGHT
    assert safe.long_words or built.longest_word <= HEAVIEST_WORD


@pytest.mark.parametrize("name", HTMLS)
def test_html_that_is_built_to_take_long_is_made_small(name: str) -> None:
    check(HTMLS[name])


@given(st.lists(st.tuples(PARTS, st.integers(1, 300)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_mixture_is_made_small(parts: list[tuple[str, int]]) -> None:
    check("".join(part * count for part, count in parts))


@pytest.mark.parametrize("name", TEXTS)
def test_of_a_text_that_takes_long_as_much_is_kept_as_can_be_shown(name: str) -> None:
    text = TEXTS[name]

    light = light_text(text)

    assert light.cut
    assert text.startswith(light.text)
    assert 1_000 <= len(light.text) <= MOST_WEIGHT
    assert light.text.count("\n") <= MOST_WEIGHT // 8
    words = re.findall(r"[^ \t\n]+", light.text)
    assert light.long_words or max(map(len, words), default=0) <= HEAVIEST_WORD


@pytest.mark.parametrize("word", ["word", "Wörter", "слово", "λέξη", "كلمة", "言葉"])
def test_a_mail_of_some_pages_is_shown_whole_in_any_script(word: str) -> None:
    pages = f"{word} " * (15_000 // len(word) if word != "言葉" else 6_000)

    assert light_text(pages).text == pages
    assert not light_text(pages).long_words
    assert not light_html(f"<p>{pages}</p>").cut


def test_a_word_is_one_over_formats_and_no_break_spaces() -> None:
    assert light_html("<p>" + "<b>xxxx</b><i>\xa0</i>" * 1_500 + "</p>").long_words
    assert not light_html("<p>" + "<b>xxxx</b><i> </i>" * 1_500 + "</p>").long_words
    assert not light_html("<p>xxxx</p>" * 2_000).long_words


def test_a_mixture_of_directions_makes_a_word_long_sooner() -> None:
    assert light_text("א1" * 500).long_words
    assert not light_text("x1" * 500).long_words


def test_what_is_cut_is_closed() -> None:
    light = light_html("<table><tr><td><p><b>" + "word " * 50_000 + "</b></p></td></tr></table>")

    assert light.cut
    assert light.text.endswith("word </b></p></td></tr></table>")


def test_a_newsletter_keeps_its_columns_and_loses_what_is_around_them() -> None:
    columns = f"<table><tr><td>{'left ' * 300}</td><td>{'right ' * 300}</td></tr></table>"
    around = "<table><tr><td style='background-color:#eeeeee'>"

    safe = safe_html(around * 7 + columns * 5 + "</td></tr></table>" * 7)

    assert safe is not None
    assert not safe.cut
    assert safe.html.count("<table") == 5
    assert safe.html.count("background-color:#eeeeee") == 7


def test_tables_that_do_no_harm_stay_as_they_are() -> None:
    html = "<table><tbody><tr><td>" * 4 + "word " * 500 + "</td></tr></tbody></table>" * 4

    safe = safe_html(html)

    assert safe is not None
    assert safe.html == html


def test_a_long_table_is_cut_and_stays_a_table() -> None:
    safe = safe_html("<table>" + "<tr><td>a<td>b<td>c</tr>" * 5_000)

    assert safe is not None
    assert safe.cut
    assert safe.html.count("<tr") > 400


def test_columns_are_told_from_rows_in_tables_within_tables() -> None:
    inner = "<table><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody></table>"
    outer = f'<table><tbody><tr><td bgcolor="#ff0000">{inner}</td><td>3</td></tr></tbody></table>'

    assert stacked(outer) == outer.replace(inner, "<div>1</div><div>2</div>")
    assert stacked(outer, every=True) == (
        '<div style="background-color:#ff0000"><div>1</div><div>2</div></div><div>3</div>'
    )


def test_empty_places_of_a_table_count() -> None:
    assert light_html("<table><tr>" + "<td>x</td>" * 500 + "</tr>" + "<tr><td>x</td></tr>" * 500 + "</table>").cut
    assert not light_html("<table>" + "<tr><td>x</td></tr>" * 800 + "</table>").cut
