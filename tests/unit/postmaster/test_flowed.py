from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailadmin.postmaster.flowed import unflowed
from tests.unit.postmaster.samples import decided, mail


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("one \ntwo\nthree\n", "one two\nthree\n"),
        ("one\n\ntwo \n\nthree", "one\n\ntwo \nthree"),
        ("> one \n> two\nmine\n", "> one two\nmine\n"),
        ("> one \n>> two \nmine", "> one \n>> two \nmine"),
        (">> a \n>> b\n>\n", ">> a b\n>\n"),
        (" From me\n  two blanks", "From me\n two blanks"),
        ("text \n-- \nAnn\n", "text \n-- \nAnn\n"),
        ("> -- \n> Bob \n", "> -- \n> Bob \n"),
        ("", ""),
        ("\n", "\n"),
        ("ends \n", "ends \n"),
    ],
)
def test_lines_that_end_with_a_blank_are_joined(text: str, joined: str) -> None:
    assert unflowed(text) == joined


def test_the_blank_may_be_no_part_of_the_text() -> None:
    assert unflowed("日本 \n語\n", keep_spaces=False) == "日本語\n"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain; format=flowed", "one two\n"),
        ("text/plain; Format=Flowed; DelSp=Yes", "onetwo\n"),
        ("text/plain; format=fixed", "one \ntwo\n"),
        ("text/plain", "one \ntwo\n"),
    ],
)
def test_the_content_type_says_whether(content_type: str, body: str) -> None:
    assert decided(mail("one \r\ntwo\r\n", Content_Type=content_type)).article.body == body


@given(st.text(alphabet="a >-\n", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    assert unflowed(text).replace(">", " ").split() == text.replace(">", " ").split()


def test_a_text_of_one_endless_line_is_joined_in_linear_time() -> None:
    assert len(unflowed("a \n" * 500_000)) == 1_000_001
