"""The help says something about every error there is."""

from __future__ import annotations

import re
from collections import Counter

from mailadmin.domain.errors import Code
from mailadmin.domain.settings import SETTINGS
from mailadmin.resource_files import resource


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
