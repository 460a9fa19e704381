"""A home for one test, and the command line run in this process."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mailadmin import diagnostics
from mailadmin.cli import main


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run: TypeAlias = Callable[..., Ended]


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever terminal the tests are run in."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything in a folder of the test's own; hooks and log handlers are put back."""
    for name in ("DATABASE", "PASSPHRASE_FILE"):
        monkeypatch.delenv(f"MAILADMIN_{name}", raising=False)
    monkeypatch.setenv("MAILADMIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAILADMIN_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield tmp_path / "home"
    diagnostics.set_up_logging(None, debug=False)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def run(home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run one command in this process."""

    def run_command(*argv: str) -> Ended:
        capfd.readouterr()
        code = main.run(argv)
        said = capfd.readouterr()
        return Ended(code, said.out, said.err)

    return run_command
