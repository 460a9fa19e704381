"""The help says something about every error there is, its pages hold together, and what they promise is so."""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import re
import typing
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import mailadmin
from mailadmin.bootstrap import Options, open_application
from mailadmin.domain.errors import Code
from mailadmin.domain.filters import Action, Condition
from mailadmin.domain.settings import SETTINGS
from mailadmin.domain.x_headers import X_HEADERS
from mailadmin.postmaster import parse
from mailadmin.postmaster.authentication import prove_sender
from mailadmin.resource_files import resource
from mailadmin.services.configuration.records import TABLES, Table
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
    "PostMaster Filters", "Communication Log", "Customer Users", "Auto Responses", "Queues ↔ Auto Responses",
    "System Configuration", "Types", "Dynamic Fields",
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


# --- X-OTOBO headers ---


def test_the_mail_that_is_shown_as_proven_is_proven() -> None:
    section = _page("x-otobo-headers.md").partition("## Proven by your mail server")[2].partition("\n## ")[0]
    (mail,) = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    server = re.search(r"here `([^`]+)`", section)
    assert server is not None
    headers = parse(f"{mail}\n".encode()).headers
    assert prove_sender(headers, server[1]).by == "dkim"
    assert prove_sender(headers, "mx.example.com").reason == "no_results"


# --- the file of the configuration ---

_FILE = "configuration-file.md"
_SHARED = {"validity", "comment"}


def _explained() -> Iterator[tuple[str, str, str, str]]:
    """Table, key, values and default of every row; of settings and of what all records have, without a table."""
    table = ""
    for line in _page(_FILE).splitlines():
        if line.startswith("#"):
            named = re.findall(r"\[\[(\w+)\]\]", line)
            table = named[0] if len(named) == 1 else ""
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5:
            first, *cells = cells
            table = first.strip("`[]") or table
        if len(cells) == 4 and cells[0].startswith("`"):
            yield table, ".".join(re.findall(r"`([^`]+)`", cells[0])), cells[1], cells[2]


def _keys_of(table: Table[Any]) -> Iterator[tuple[str, dataclasses.Field[Any], Any]]:
    """Every key that a file may use in a table, with its field and type; of conditions and actions as well."""
    hints = typing.get_type_hints(table.record)
    fields = {field.name: field for field in dataclasses.fields(table.record)}
    for key, name in table.keys.items():
        yield key, fields[name], hints[name]
        for part in (Condition, Action):
            if typing.get_args(hints[name])[:1] == (part,):
                parts = typing.get_type_hints(part)
                for inner in dataclasses.fields(part):
                    yield f"{key}.{inner.name}", inner, parts[inner.name]


def _written(value: object) -> str:
    """A default as the page says it; empty where it is told in words."""
    if value in (dataclasses.MISSING, None):
        return ""
    if value == ():
        return "`[]`"
    return f"`{str(value).lower()}`" if isinstance(value, (bool, int)) else f'`"{value}"`'


def test_every_table_and_key_of_the_file_is_explained_and_no_other() -> None:
    rows = [(table, key) for table, key, _, _ in _explained() if table]
    there = [(table.name, key) for table in TABLES for key, _, _ in _keys_of(table) if key not in _SHARED]
    assert Counter(rows) == Counter(there)
    shared = {key for table, key, _, _ in _explained() if not table and key not in SETTINGS}
    assert shared == _SHARED
    assert all(table.keys.keys() >= _SHARED for table in TABLES)


def test_the_defaults_of_the_file_are_those_there_are_and_every_choice_is_named() -> None:
    told = {(table, key): (values, default) for table, key, values, default in _explained()}
    for table in TABLES:
        for key, field, hint in _keys_of(table):
            values, default = told["" if key in _SHARED else table.name, key]
            needed = default.startswith("needed") and field.default in (dataclasses.MISSING, "", (), None)
            assert needed or _written(field.default) in {default, ""}, (key, default)
            kinds = [kind for kind in (hint, *typing.get_args(hint)) if inspect.isclass(kind)]
            for kind in kinds if not str(hint).startswith("tuple") else ():
                if issubclass(kind, enum.StrEnum):
                    assert re.findall(r'`"([^"`]+)"`', values) == [member.value for member in kind], key


def test_every_setting_stands_in_the_page_of_the_file_with_its_default_and_its_bounds() -> None:
    told = {key: (values, default) for table, key, values, default in _explained() if not table and key not in _SHARED}
    assert list(told) == list(SETTINGS)
    for key, (values, default) in told.items():
        setting = SETTINGS[key]
        assert default == _written(setting.default), key
        if setting.choices:
            assert values == ", ".join(f'`"{choice}"`' for choice in setting.choices)
        if setting.minimum is not None:
            assert values == f"{setting.minimum} to {setting.maximum}"


def test_the_examples_of_the_file_can_be_applied_and_have_a_record_of_every_table(tmp_path: Path) -> None:
    examples = "\n".join(re.findall(r"```toml\n(.*?)```", _page(_FILE), re.DOTALL))
    with open_application(Options(home=tmp_path, key_file=tmp_path / "key")) as application:
        plan = application.configuration.apply(examples)
        assert application.configuration.apply(examples).empty
    assert {what for what, _ in plan.add} == {table.name for table in TABLES}
    assert {change.what for change in plan.change} == {"settings"}
