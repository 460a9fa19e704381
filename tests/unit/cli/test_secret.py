"""Secrets as people type them: never an argument, never shown, asked for once it is clear what for."""

from __future__ import annotations

import io
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


def test_a_client_secret_is_kept_by_its_profiles_name(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "entra.toml"
    file.write_text(
        '[[oauth_profile]]\nname = "Contoso EU"\nprovider = "microsoft"\ntenant = "contoso.example"\n'
        'client_id = "11111111-2222-3333-4444-555555555555"\nclient_authentication = "secret"\n'
        '[[incoming_account]]\nname = "the boss"\ntype = "MSGRAPH"\nusername = "boss@contoso.example"\n'
        'authentication = "oauth2"\noauth_profile = "contoso eu"\n',
        encoding="utf-8",
    )
    applied = run("apply", str(file))
    assert applied.code == 0
    assert "Next, its client secret: mailadmin secret set 'profile/Contoso EU/client-secret'\n" in applied.out
    assert "Next, somebody signs in: mailadmin oauth2 authorize 'the boss'\n" in applied.out
    assert "password" not in applied.out
    piped(monkeypatch, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
    ended = run("secret", "set", "profile/Contoso EU/client-secret")
    assert ended.code == 2
    assert "that is the secret's ID, not its value" in ended.err
    assert "aaaaaaaa" not in ended.out + ended.err
    piped(monkeypatch, f"{MARKER}~+%\n")
    ended = run("secret", "set", "profile/Contoso EU/client-secret")
    assert ended.code == 0
    assert "Kept: profile/Contoso EU/client-secret" in ended.out
    assert "mailadmin check" not in ended.out
    assert run("secret", "list", "--json").json == [{"ref": "profile/Contoso EU/client-secret"}]
    exported = run("export").out
    assert 'tenant = "contoso.example"' in exported
    assert MARKER not in exported
    assert run("secret", "delete", "profile/Contoso EU/client-secret").code == 0


def test_a_token_cannot_be_typed(run: Run) -> None:
    ended = run("secret", "set", "incoming/support/token-cache")
    assert ended.code == 2
    assert "client-secret" in ended.err


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The text comes on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
