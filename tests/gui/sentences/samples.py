"""The tables of texts, and the facts that each code and problem is declared with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mailadmin.domain import errors, validation
from mailadmin.domain.accounts import AccountStatus
from mailadmin.domain.errors import Code
from mailadmin.domain.validation import Problem
from mailadmin.gui import sentences

PACKAGE = Path(sentences.__file__).parent
_DECLARED = re.compile(r'^    (\w+) = "[^"]*"  # ([\w, ()]+?)(?:: .*)?(?:  # noqa.*)?$', re.MULTILINE)
_MARKS = {"translate", "QT_TRANSLATE_NOOP"}
_NUMBERS = {"count", "attempts", "seconds", "retry_after", "minimum", "maximum", "days_left"}


def _declared(module: Path) -> dict[str, list[str]]:
    found = {}
    for name, facts in _DECLARED.findall(module.read_text(encoding="utf-8")):
        bare = re.sub(r"\([^)]*\)", "", facts)
        found[name] = [fact for part in bare.split(",") if (fact := part.strip()).isidentifier()]
    return found


def _values(names: list[str], value: str) -> dict[str, str]:
    return {name: "3" if name in _NUMBERS else value.format(name=name) for name in names}


def facts_of_code(code: Code, value: str = "value-of-{name}") -> dict[str, str]:
    """Every fact a code is declared with, each with a value of its own."""
    return _values(_declared(Path(errors.__file__)).get(code.name, []), value)


def facts_of_problem(problem: Problem, value: str = "value-of-{name}") -> dict[str, str]:
    """Every fact a problem is declared with."""
    return _values(_declared(Path(validation.__file__)).get(problem.name, []), value)


def status(code: str = "", layer: str = "") -> AccountStatus:
    """The status of an account whose last fetch failed so."""
    return AccountStatus(1, failures=1, error_code=code, error_layer=layer)


def texts() -> Iterator[str]:
    """Every text that is marked for translation, as Python reads it."""
    for module in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _MARKS:
                text = node.args[1]
                if isinstance(text, ast.Constant):
                    yield str(text.value)
