"""Tables that are there for the looks: their cells become blocks where laying them out would take too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TABLES: Final = frozenset({"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"})
"""The elements of tables."""
ATTRIBUTE: Final = re.compile(r'\s([^\s"=<>]+)="([^"]*)"')
"""An attribute as nh3 writes it."""
_TAG: Final = re.compile(rf'<(/?)({"|".join(sorted(TABLES))})((?:\s[^\s"=<>]+="[^"]*")*)\s*>')
_CELLS: Final = frozenset({"caption", "td", "th"})


def stacked(clean: str, *, every: bool = False) -> str:
    """The same HTML with blocks for the tables that have one column only, or for every table.

    :param clean: as nh3 writes it: every element is closed
    """
    tables = list(_tables(clean))
    at = iter(tables)

    def replaced(match: re.Match[str]) -> str:
        if not (every or next(at).one_column):
            return match[0]
        if match[2] not in _CELLS:
            return ""
        return "</div>" if match[1] else f"<div{_of_block(match[3])}>"

    return _TAG.sub(replaced, clean)


@dataclass(slots=True)
class _Table:
    one_column: bool = True
    cells: int = 0


def _tables(clean: str) -> Iterator[_Table]:
    """The table to which each of the tags belongs, in their order."""
    around: list[_Table] = []
    for match in _TAG.finditer(clean):
        if match[2] == "table" and not match[1]:
            around.append(_Table())
        table = around[-1] if around else _Table()
        if match[2] == "table" and match[1] and around:
            around.pop()
        if match[2] == "tr":
            table.cells = 0
        elif match[2] in {"td", "th"} and not match[1]:
            table.cells += 1
            table.one_column = table.one_column and table.cells == 1
        yield table


def _of_block(attributes: str) -> str:
    """What a block keeps of the attributes of a cell."""
    values = dict(ATTRIBUTE.findall(attributes))
    if "bgcolor" in values and "background-color" not in values.get("style", ""):
        values["style"] = ";".join(
            part for part in (values.get("style"), f"background-color:{values['bgcolor']}") if part
        )
    return "".join(f' {name}="{values[name]}"' for name in ("align", "dir", "style") if name in values)
