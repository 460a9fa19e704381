"""HTML from strangers: nothing runs, nothing is loaded, nothing hides; what was left out is counted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.gui.mail_view.safe_html import LONGEST_HTML, MOST_IMAGES, SafeHtml, safe_html
from mailadmin.gui.mail_view.safe_style import safe_style

from .tricks import HOSTILE

WORD = re.compile(r"\w+")
TAGS = frozenset(
    WORD.findall(
        "a address b big blockquote br caption center cite code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img "
        "ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var"
    )
)
ATTRIBUTES = frozenset(
    WORD.findall(
        "align alt bgcolor border cellpadding cellspacing color colspan dir face height href rowspan size src start "
        "style type valign width"
    )
)
FORBIDDEN = re.compile(
    r"url\(|expression|import|display|visibility|position|opacity|z-index|behavior|binding|transparent|-\d|\\|/\*", re.I
)
PARTS = st.sampled_from(
    [
        *HOSTILE,
        "<p>",
        "</p>",
        "<table>",
        "<td>",
        "</table>",
        "<a href='",
        "'>",
        '"',
        "<",
        ">",
        "<!--",
        "-->",
        "&lt;",
        "x",
    ]
)


class Checked(HTMLParser):
    """Reads clean HTML as a browser might, and complains."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            text = value or ""
            if name == "src":
                assert text.lower().startswith("cid:")
            elif name == "href":
                assert text.lower().startswith(("http://", "https://", "mailto:"))
            elif name == "style":
                assert not FORBIDDEN.search(text), text
            elif name in {"width", "height", "colspan", "rowspan", "border", "cellpadding", "cellspacing"}:
                assert re.fullmatch(r"\d{1,3}%?", text)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def clean(html: str) -> SafeHtml:
    safe = safe_html(html)
    assert safe is not None
    parser = Checked()
    parser.feed(safe.html)
    parser.close()
    return safe


@pytest.mark.parametrize("trick", HOSTILE)
def test_no_trick_gets_through(trick: str) -> None:
    clean(trick)
    clean(f"<table><tr><td>{trick}</td></tr></table>")
    clean(f"<div><p>before {trick} after</p></div>")


@given(st.lists(PARTS, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_tricks_gets_through(parts: list[str]) -> None:
    clean("".join(parts))


@pytest.mark.parametrize(
    ("html", "pictures", "sheets"),
    [
        ("<p>nothing</p><img src='cid:a'>", 0, 0),
        ("<img src='http://x.example/1.png'><img src=//x.example/2.png><img src='https&#58;//x.example/3.png'>", 3, 0),
        ("<table background='http://x.example/bg.png'><tr><td>x</table>", 1, 0),
        ("<link rel=stylesheet href='http://x.example/x.css'>", 0, 1),
        ("<style>@import url(http://x.example/x.css); p{background:url('//x.example/p.png')}</style>", 0, 2),
        ("<p style='background:url(http://x.example/x.png)'>x</p>", 0, 1),
        ("<style>p { color: red }</style><p>http://x.example/ is only text</p>", 0, 0),
    ],
)
def test_what_would_have_been_loaded_is_counted(html: str, pictures: int, sheets: int) -> None:
    safe = clean(html)

    assert (safe.pictures, safe.sheets) == (pictures, sheets)


def test_words_links_tables_and_looks_stay() -> None:
    safe = clean(
        "<h1>Hello</h1><p style='color:#123456;font-weight:bold'>a <b>b</b> <a href='https://x.example/?a=1&amp;b=2'>c</a>"
        "</p><table border=1><tr><th>d</th><td>e</td></tr></table><ul><li>f</li></ul><blockquote>g</blockquote>"
    )

    assert safe.coloured
    for kept in ("<h1>Hello</h1>", "color:#123456", "font-weight:bold", "https://x.example/?a=1&amp;b=2", "<td>e</td>"):
        assert kept in safe.html


def test_images_of_the_mail_itself_stay_and_are_bounded_to_the_width() -> None:
    safe = clean("<img src='cid:light@x.example' width=400><img src='cid:light@x.example'>")

    assert safe.content_ids == ("cid:light@x.example",)
    assert safe.html.count("max-width:100%") == 2


def test_the_words_of_a_blocked_image_stand_in_its_place_as_text() -> None:
    safe = clean("<img src='http://x.example/l.png' alt='Logo <script>alert(1)</script>'>")

    assert safe.html == "[Logo &lt;script&gt;alert(1)&lt;/script&gt;]"


def test_a_mail_without_colours_follows_the_window() -> None:
    assert not clean("<p style='font-weight:bold'>x</p><font color=white>y</font>").coloured


def test_text_in_the_colour_of_its_ground_loses_it() -> None:
    assert safe_style("color:#fff") == ""
    assert safe_style("color:#abc;background:#aabbcc") == "background-color:#aabbcc"
    assert safe_style("color:#fff;background-color:#000") == "color:#fff;background-color:#000"


def distinct(pattern: str, count: int = 4000) -> str:
    return "".join(pattern.format(number=number) for number in range(count))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<b>" * 50_000 + "x",
        "<ul><li>" * 30_000,
        "<table><tr><td>" * 30_000,
        "<div></x>" * 50_000,
        "</div>" * 40_000 + "<div>" * 40_000,
        distinct("<p><font id={number} color=#{number:06x}>"),
        "<p>" + "<font color=red>" * 200 + "<div>x</div>" * 30_000,
    ],
    ids=["div", "b", "ul", "table", "wrong end", "ends first", "fonts", "formats in blocks"],
)
def test_html_that_is_built_to_hang_its_reader_is_not_read(html: str) -> None:
    assert safe_html(html) is None


@pytest.mark.parametrize(
    "html",
    [
        distinct("<p><b id={number}>"),
        distinct("<p><b id={number}><object></b></object>"),
        distinct("<p><b id={number}><table><tr><td></b></td></tr></table>"),
        "<div><object></div></object>" * 15_000,
        "<div><table></div></table>" * 15_000,
        "<a href=http://x.example>" * 20_000,
        "<svg><g>" * 20_000,
        "<style>" * 50_000,
        "<img " * 80_000,
        "<" * 400_000,
        "&" * 400_000,
    ],
)
def test_html_that_makes_parsers_repeat_themselves_does_not_grow(html: str) -> None:
    safe = safe_html(html)

    assert safe is None or len(safe.html) < 20 * len(html)


def test_tables_within_tables_become_text_before_laying_them_out_takes_for_ever() -> None:
    deep = "<table><tr><td>" * 40 + "inside" + "</td></tr></table>" * 40

    safe = clean(deep)

    assert "<table" not in safe.html
    assert "inside" in safe.html


def test_spans_and_widths_are_bounded() -> None:
    html = clean(
        "<table width='101%'><tr><td colspan=21 rowspan=999 width='100%' style='width:999%'>x<td colspan=3 width=999>y"
    ).html

    assert 'colspan="20"' in html
    assert 'rowspan="20"' in html
    assert 'colspan="3"' in html
    assert 'width="999"' in html
    assert not re.search(r"\b(?:101|999)%", html)


def test_a_link_is_no_longer_than_any_browser_takes() -> None:
    assert "href" in clean("<a href='http://x.example/" + "x" * 4_000 + "'>y</a>").html
    assert "href" not in clean("<a href='http://x.example/" + "x" * 9_000 + "'>y</a>").html


def test_a_very_long_mail_is_cut_and_says_so() -> None:
    safe = clean("<p>word</p>" * (LONGEST_HTML // 8))

    assert safe.cut
    assert len(safe.html) <= LONGEST_HTML + 100


def test_only_so_many_images_are_asked_for() -> None:
    safe = clean("".join(f"<img src='cid:{number}'>" for number in range(MOST_IMAGES + 50)))

    assert len(safe.content_ids) == MOST_IMAGES
