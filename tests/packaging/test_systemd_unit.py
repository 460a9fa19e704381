"""The systemd unit is well-formed and starts a command that the program has."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .paths import ROOT

UNIT = ROOT / "packaging" / "systemd" / "mailadmin.service"


def _command() -> list[str]:
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return shlex.split(unit["Service"]["ExecStart"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd's own checker is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program, *_ = _command()
    text = UNIT.read_text(encoding="utf-8").replace(program, sys.executable)  # the installed one is not there
    (tmp_path / UNIT.name).write_text(text, encoding="utf-8")

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT.name)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_the_program_accepts_the_units_command_line() -> None:
    program, *arguments = _command()

    result = subprocess.run(
        [sys.executable, "-m", "mailadmin", *arguments, "--help"], check=False, capture_output=True, text=True
    )

    assert Path(program).name == "mailadmin"
    assert result.returncode == 0, result.stderr
    assert "SIGTERM" in result.stdout


def test_an_option_that_the_program_does_not_have_would_be_noticed() -> None:
    _, *arguments = _command()

    result = subprocess.run(
        [sys.executable, "-m", "mailadmin", *arguments, "--no-such-option", "--help"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 2
    assert "--no-such-option" in result.stderr


def test_the_services_state_is_closed_to_others_and_stop_is_by_sigterm() -> None:
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    service = unit["Service"]

    assert service["StateDirectory"] == "mailadmin"
    assert service["StateDirectoryMode"] == "0700"
    assert "KillSignal" not in service
    assert "/var/lib/mailadmin" in _command()
