"""The table of advice, read from the program's resources."""

from __future__ import annotations

from functools import cache

from mailadmin.domain.advice import AdviceTable
from mailadmin.resource_files import resource


@cache
def table() -> AdviceTable:
    """What the words of providers and mail servers mean."""
    return AdviceTable.parse(resource("oauth/advice.toml").read_text(encoding="utf-8"))
