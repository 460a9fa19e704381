"""The vault with a real keyring: gnome-keyring over D-Bus, in a private session, a new process each time."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from tests.servers.keyring import AVAILABLE, KeyringSession

from . import vault_program

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="needs gnome-keyring and dbus-run-session")

STARTS = 3


@pytest.fixture
def session(tmp_path: Path) -> KeyringSession:
    home = tmp_path / "home"
    home.mkdir()
    return KeyringSession(home)


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    return [sys.executable, vault_program.__file__, str(tmp_path / "mailadmin.db")]


def test_a_secret_outlives_process_and_session_and_is_nowhere_in_clear(
    session: KeyringSession, program: list[str], tmp_path: Path
) -> None:
    assert session.run(*program, "put", "1", "marker-4711").stdout == "kept\n"
    assert session.run(*program, "get", "1").stdout == "marker-4711\n"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 1
    assert not [path for path in files if b"marker-4711" in path.read_bytes()]


def test_the_key_can_be_changed(session: KeyringSession, program: list[str]) -> None:
    session.run(*program, "put", "1", "one")
    assert session.run(*program, "change-key").stdout == "1\n"
    assert session.run(*program, "get", "1").stdout == "one\n"


def test_first_starts_of_several_processes_make_one_key(session: KeyringSession, program: list[str]) -> None:
    done = session.run(*program, "race", str(STARTS))
    assert done.stdout.splitlines() == ["kept"] * STARTS + [f"secret {number}" for number in range(STARTS)], done.stderr


def test_a_locked_keyring_without_a_display_is_locked(session: KeyringSession, program: list[str]) -> None:
    session.run(*program, "put", "1", "one")
    said = session.run(*program, "get", "1", unlocked=False).stdout
    assert said.startswith("keyring-locked")
    assert "Failed to unlock the collection!" in said


def test_a_keyring_that_cannot_be_made_without_a_display_is_locked_and_nothing_is_kept(
    session: KeyringSession, program: list[str]
) -> None:
    said = session.run(*program, "put", "1", "one", unlocked=False).stdout
    assert said.startswith("keyring-locked")
    assert "Prompt dismissed" in said
    assert_empty(program[-1])


def test_without_a_bus_the_keyring_is_missing_and_nothing_is_kept(session: KeyringSession, program: list[str]) -> None:
    assert session.run_without_bus(*program, "put", "1", "one").stdout.startswith("keyring-missing")
    assert_empty(program[-1])


@pytest.mark.parametrize(
    ("backend", "code"),
    [("keyring.backends.null.Keyring", "keyring-swallows"), ("nonsense.X", "keyring-missing")],
)
def test_a_back_end_from_the_environment_that_keeps_nothing_is_noticed(
    session: KeyringSession, program: list[str], backend: str, code: str
) -> None:
    done = session.run_without_bus(*program, "put", "1", "one", PYTHON_KEYRING_BACKEND=backend)
    assert done.stdout.startswith(code), done.stderr
    assert_empty(program[-1])


def test_another_persons_keyring_does_not_hold_the_key(
    session: KeyringSession, program: list[str], tmp_path: Path
) -> None:
    session.run(*program, "put", "1", "one")
    other = tmp_path / "other"
    other.mkdir()
    assert KeyringSession(other).run(*program, "get", "1").stdout.startswith("key-not-in-keyring")


def assert_empty(database: str) -> None:
    connection = sqlite3.connect(database)
    try:
        for table in ("secret", "secret_key"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    finally:
        connection.close()
