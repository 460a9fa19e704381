"""The help says something about every error there is, its pages hold together, and what they promise is so."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import mailadmin
from mailadmin.domain.errors import Code
from mailadmin.domain.settings import SETTINGS
from mailadmin.domain.x_headers import X_HEADERS
from mailadmin.resource_files import resource
from tests.packaging.paths import ROOT


def _rows() -> list[tuple[str, ...]]:
    lines = resource("help/errors.md").read_text(encoding="utf-8").splitlines()
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| `")]


def test_every_code_has_one_row_and_every_row_is_of_a_code() -> None:
    assert Counter(row[0].strip("`") for row in _rows()) == Counter(code.value for code in Code)


def test_every_row_says_what_happened_and_what_to_do() -> None:
    for row in _rows():
        assert len(row) == 3, row
        assert re.search(r"[.`]$", row[1]), row
        assert re.search(r"[.`]$", row[2]), row


def test_settings_that_are_named_exist() -> None:
    named = re.findall(r"`((?:Fetch|Timeout|Post)\w+)`", resource("help/errors.md").read_text(encoding="utf-8"))
    assert set(named) <= set(SETTINGS)
    assert named


PAGES = sorted(path.name for path in resource("help").glob("*.md"))
_LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")


def _page(name: str) -> str:
    return resource(f"help/{name}").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title_and_its_links_lead_to_pages(page: str) -> None:
    text = _page(page)
    assert re.findall(r"^# ", text, re.MULTILINE) == ["# "]
    assert text.startswith("# ")
    assert set(_LINK.findall(text)) <= set(PAGES)


def test_the_contents_lead_to_every_page() -> None:
    assert set(_LINK.findall(_page("index.md"))) == set(PAGES) - {"index.md"}


@pytest.mark.parametrize(
    "words", ["PostMaster mail accounts", "Communication & Notifications", "Add mail account", "Fetch mail"]
)
def test_the_words_of_otobo_are_found_in_the_contents(words: str) -> None:
    assert words in _page("index.md")


def test_the_headers_that_are_explained_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| (X-OTOBO-[\w-]*?)(?:\*Name\*|1 to (\d+))? \|", _page("x-otobo-headers.md"), re.MULTILINE)
    said = Counter((name, int(numbers or 0)) for name, numbers in rows)
    assert said == Counter((header.name, header.numbers) for header in X_HEADERS)


NOT_OF_THE_WINDOW = {
    # Words of OTOBO's.
    "PostMaster mail accounts", "Communication & Notifications", "Email addresses", "Follow up option",
    "PostMaster Filters", "Communication Log",
    # Queues, values of headers, terms that are explained where they stand.
    "Raw", "Postmaster", "Junk", "Misc", "1", "pending", "Name", "e-mail address", "quarantine", "A mail is missing",
    # Other programs.
    "Passwords and Keys", "Keychain Access", "Credential Manager",
}  # fmt: skip


@cache
def _texts_of_the_window() -> frozenset[str]:
    """Every text in the window's source, as a reader knows it: without mnemonics, ellipses and stars."""
    package = Path(str(mailadmin.__file__)).parent / "gui"
    constants = (
        node.value
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(text.replace("&", "").removesuffix(" *").removesuffix("...") for text in constants)


@pytest.mark.parametrize(
    "path", [*(resource(f"help/{page}") for page in PAGES), ROOT / "README.md"], ids=lambda it: it.name
)
def test_what_is_set_off_as_a_name_of_the_window_stands_in_the_window(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)  # *cron* is no emphasis there
    text = re.sub(r"\*\*[^*]+\*\*", "", text)
    named = {" ".join(found.split()) for found in re.findall(r"\*(\S[^*]*?)\*", text)}
    unknown = {name for name in named - NOT_OF_THE_WINDOW if name.removesuffix("...") not in _texts_of_the_window()}
    assert unknown == set()
