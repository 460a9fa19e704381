"""Secrets as people type them: never an argument, never shown, asked for once it is clear what for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mailadmin import diagnostics

from .conftest import Run

MARKER = "Marker-wort-77"


class _Terminal:
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "argv",
    [
        ["secret", "set", "incoming/support/password", MARKER],
        ["secret", "set", "incoming/support/password", f"-{MARKER}"],
        ["secret", "set", "incoming/support/password", f"--{MARKER}=x"],
        ["secret", "set", "incoming/support/password", "--", MARKER],
        ["secret", "set", f"--password={MARKER}", "incoming/support/password"],
        ["secret", "set", MARKER],
        ["secret", "set-passphrase", MARKER],
        ["secret", "unlock", MARKER, "--debug"],
    ],
)
def test_a_secret_among_the_arguments_is_refused_and_not_shown(run: Run, home: Path, argv: list[str]) -> None:
    for ended in (run(*argv), run(argv[0], "--json", *argv[1:])):
        assert ended.code == 2
        assert MARKER not in ended.out + ended.err
    for log in home.rglob("*.log"):
        assert MARKER not in log.read_text(encoding="utf-8")


def test_what_to_do_instead_is_told_in_text_and_json(run: Run) -> None:
    ended = run("secret", "set", "incoming/support/password", MARKER, "--json")
    assert ended.json["error"]["text"].startswith("A password is never an argument")
    assert "it is read from standard input." in ended.err


def test_a_secret_among_the_arguments_is_hidden_from_the_log(run: Run) -> None:
    run("secret", "unlock", "Marker-wort-88")
    assert diagnostics.SECRETS.scrub("it was Marker-wort-88") == "it was ***"


def test_an_unknown_account_is_told_before_its_password_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr("getpass.getpass", asked.append)
    ended = run("secret", "set", "incoming/nobody/password", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "unknown-account")
    assert asked == []


def test_typing_nothing_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: "")
    ended = run("secret", "set-passphrase")
    assert ended.code == 2
    assert "nothing was typed" in ended.err
