"""``mailadmin customers``, and files with filters on the command line."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from mailadmin.cli.problems import fault_sentence
from mailadmin.domain.validation import Problem

from .conftest import Run


def test_customers_are_imported_and_listed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes("login;name;email;company\nann;Änne;ann@x.example;ACME\n".encode("cp1252"))
    assert "There are no customer users yet" in run("customers", "list").out
    dry = run("customers", "import", str(file), "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert "New companies: ACME" in dry.out
    assert "1 to add, 0 to change, 0 as they are. Nothing was changed." in dry.out
    assert run("customers", "list", "--json").json == []
    done = run("customers", "import", str(file), "--json")
    assert done.code == 0
    assert done.json == {
        "added": ["ann"],
        "changed": [],
        "unchanged": 0,
        "companies": ["ACME"],
        "problems": [],
        "released": 0,
    }
    assert run("customers", "list", "--json").json == [
        {
            "login": "ann",
            "name": "Änne",
            "addresses": ["ann@x.example"],
            "company": "ACME",
            "validity": "valid",
            "comment": "",
        }
    ]
    assert "Änne" in run("customers", "list").out


def test_lines_that_are_left_out_are_said_and_end_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"login,email\nann,nonsense\nbob,bob@x.example\n")

    monkeypatch.setattr(sys, "stdin", Stdin())
    ended = run("customers", "import", "-")
    assert ended.code == 1
    assert "Line 2: addresses 1 must be a plain e-mail address" in ended.out
    assert "Done: 1 added, 0 changed, 0 as they were." in ended.out
    Stdin.buffer = io.BytesIO(b"login,email\nann,nonsense\n")
    (problem,) = run("customers", "import", "-", "--json").json["problems"]
    assert (problem["line"], problem["key"], problem["problem"]) == (2, "addresses", "not-an-address")


def test_a_file_that_names_no_columns_ends_with_2(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("ann,Ann\n")
    ended = run("customers", "import", str(file))
    assert ended.code == 2
    assert 'names no column "login"' in ended.err
    assert str(file) in ended.err.replace("\n", "")


def test_what_is_wrong_with_a_condition_says_which_and_what_of_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    file.write_text(
        '[[filter]]\nname = "Spam"\nactions = [{ header = "X-OTOBO-Queue", value = "None" }]\n'
        'conditions = [{ header = "From", pattern = "x" }, { header = "To", pattern = "(" }]\n'
    )
    ended = run("apply", str(file))
    assert ended.code == 2
    assert 'filter "Spam": conditions 2 pattern is not a regular expression: missing )' in ended.err
    assert 'filter "Spam": actions 1 value names the queue "None", which does not exist.' in ended.err
    wrong = file.read_text().replace('pattern = "("', 'patern = "x"')
    file.write_text(wrong)
    assert 'filter "Spam": conditions 2 patern is not known here' in run("apply", str(file)).err


def test_a_plan_shows_conditions_and_released_mail(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    rule = (
        '[[filter]]\nname = "Spam"\nactions = [{{ header = "X-OTOBO-Queue", value = "Junk" }}]\n'
        'conditions = [{{ header = "From", pattern = "{}" }}]\n'
    )
    file.write_text(rule.format("x"))
    assert run("apply", str(file)).code == 0
    file.write_text(rule.format("y"))
    (change,) = run("apply", str(file), "--dry-run", "--json").json["change"]
    assert change["from"] == [{"header": "From", "pattern": "x", "negated": False}]
    assert '"pattern": "y"' in run("apply", str(file), "--dry-run").out.replace("\n", "")


def test_every_number_of_a_fault_has_its_place() -> None:
    facts = {"number": "2", "value": "x"}
    said = fault_sentence("customer_user", "ann", "addresses", Problem.TWICE.value, facts)
    assert said == 'customer_user "ann": addresses 2 ("x") stands there twice.'
