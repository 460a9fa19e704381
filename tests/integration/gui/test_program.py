"""The windowed program as a process: started, started again, ended by the system, and in trouble."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program on a home of this test's, without a display; it is ended at the end."""
    started: list[subprocess.Popen[str]] = []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAILADMIN_")},
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "HOME": str(tmp_path),
    }

    def starts(*arguments: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "mailadmin", "--debug", "--home", str(tmp_path / "home"), *arguments]
        process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield starts
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it says until it says these words; fails when it ends before."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended with {process.wait()}:\n{said}")


def test_it_shows_its_window_and_ends_in_good_order_when_the_system_says_so(start: Start, tmp_path: Path) -> None:
    process = start()
    read_until(process, "the window is shown")
    assert (tmp_path / "home" / "mailadmin.db").is_file()
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "Destroyed while thread" not in said
    assert (tmp_path / "home" / "window.ini").is_file()


def test_a_second_start_raises_the_first_window_and_ends(start: Start) -> None:
    first = start()
    read_until(first, "the window is shown")
    second = start()
    said = second.communicate(timeout=60)[1]
    assert second.returncode == 0
    assert "another window on this database is open" in said
    assert "the window is shown" not in said
    read_until(first, "asked to show the window")
    assert first.poll() is None


def test_a_window_that_was_killed_stands_up_again(start: Start) -> None:
    first = start()
    read_until(first, "the window is shown")
    first.kill()
    first.wait()
    read_until(start(), "the window is shown")


def test_a_database_that_cannot_be_opened_is_told_and_not_touched(start: Start, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "mailadmin.db"
    file.write_bytes(b"this is no database" * 100)
    process = start()
    said = read_until(process, "could not open")
    assert "database-damaged" in said
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert file.read_bytes() == b"this is no database" * 100


def test_a_folder_that_cannot_be_used_is_told(start: Start, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    process = start()
    said = read_until(process, "could not open")
    assert "folder-not-writable" in said
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0


_LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def test_closing_with_a_locked_database_never_aborts_the_process(start: Start, tmp_path: Path) -> None:
    first = start()
    read_until(first, "the window is shown")
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    argv = [sys.executable, "-c", _LOCKING, str(tmp_path / "home" / "mailadmin.db")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as locking:
        assert locking.stdout is not None
        assert locking.stdout.readline() == "locked\n"
        process = start()
        read_until(process, "the window is shown")
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=100)[1]
        locking.communicate("")
    assert process.returncode == 0, said
    assert "Destroyed while thread" not in said


def test_pictures_of_everything_are_taken_without_a_display(start: Start, tmp_path: Path) -> None:
    process = start("demo", "--screenshots", str(tmp_path / "pictures"))
    said = process.communicate(timeout=240)[1]
    assert process.returncode == 0, said
    names = {path.stem for path in (tmp_path / "pictures").glob("*.png")}
    light = {name.removeprefix("light-") for name in names if name.startswith("light-")}
    dark = {name.removeprefix("dark-") for name in names if name.startswith("dark-")}
    assert light == dark
    assert light >= {
        "welcome", "incoming", "inbox", "archive", "tickets", "queues", "addresses", "account-add", "account-check",
        "account-delete", "queue-add", "address-add", "secrets", "first-fetch", "why-is-it-here", "help",
    }  # fmt: skip
    assert min(path.stat().st_size for path in (tmp_path / "pictures").glob("*.png")) > 3000
    assert not (tmp_path / "home").exists()
