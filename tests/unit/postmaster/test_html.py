from __future__ import annotations

import pytest

from mailadmin.postmaster.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>", " - a\n - b"),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a  b\nc"),
        ("a &euro; &#8364; &#x20ac; &amp;", "a € € € &"),
        ("<style>p {color: red}</style><script>x()</script><title>t</title>text<!-- no -->", "text"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ('a<span style="color: red; DISPLAY : none">hidden</span>b', "ab"),
        ("<blockquote>one<br>two<blockquote>deep</blockquote></blockquote>after", "> one\n> two\n>\n> > deep\n\nafter"),
        ("", ""),
        ("   ", ""),
        ("no tags", "no tags"),
        ('<?xml version="1.0" encoding="utf-16"?><p>ä</p>', "ä"),
    ],
)
def test_html_as_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_links_are_numbered_once_each_and_listed() -> None:
    html = (
        '<a href="https://a.example/">one</a> <a href="mailto:x@y.example">two</a> <a href="https://a.example/">3</a>'
    )
    assert html_to_text(html) == "one [1] two [2] 3 [1]\n\n[1] https://a.example/\n[2] mailto:x@y.example"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "#top", "", "/relative", "vbscript:x"])
def test_only_addresses_one_may_open_are_listed(target: str) -> None:
    assert html_to_text(f'<a href="{target}">text</a>') == "text"


def test_nothing_is_lost_below_hundreds_of_tags_that_were_never_closed() -> None:
    text = html_to_text("<font>a" * 600 + "the end<style>x</style>")
    assert text.endswith("the end")
    assert text.count("a") == 600


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>" * 30_000,
        "<blockquote>x<br>" * 20_000,
        '<p style="margin-top: 99999em; padding-left: 99999em">x</p>' * 2_000,
        "<style>" * 50_000,
        "<" * 200_000,
        "&#" * 100_000,
        " " * 500_000 + "x",
        "<pre>" + " " * 500_000 + "x",
        "<table><tr><td>" + "x" * 50_000 + "</td></tr>" + "<tr><td>y</td></tr>" * 5_000 + "</table>",
    ],
    ids=["tables", "quotes", "margins", "styles", "brackets", "entities", "blanks", "pre", "wide-column"],
)
def test_bait_does_not_grow(html: str) -> None:
    assert len(html_to_text(html)) <= 2 * len(html)


def test_nul_and_lone_surrogates_do_not_stop_it() -> None:
    assert html_to_text("a\0b\ud800c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("tag", ['<div type="cite">', "<DIV class=x TYPE=Cite>", "<blockquote>"])
def test_quotations_are_marked_however_they_are_written(tag: str) -> None:
    end = "</blockquote>" if tag == "<blockquote>" else "</div>"
    assert html_to_text(f"<p>mine</p>{tag}yours{end}") == "mine\n\n> yours"
