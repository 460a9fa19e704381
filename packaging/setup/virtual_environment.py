"""The virtual environment: exactly what a lock file names, and the project itself, editable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from system_packages import SetupError

BUILT_HERE: Final = frozenset({"authres"})
"""Packages of which there is no wheel."""
_RECORD: Final = re.compile(r"^[A-Za-z0-9][^\n]*\n(?:[ ].*\n)*", re.MULTILINE)
"""A package of a lock file: its line, and those below it that are indented."""


class Stamps:
    """What was done, by fingerprint, in a file inside the environment: a step whose fingerprint is there is skipped."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def holds(self, step: str, *fingerprints: str) -> bool:
        """Whether the step was done with one of these fingerprints."""
        return self._read().get(step) in fingerprints

    def put(self, step: str, fingerprint: str) -> None:
        """Remember that the step was done."""
        self._file.write_text(json.dumps({**self._read(), step: fingerprint}, indent=2) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}


def make(folder: Path) -> None:
    """Make an empty environment in ``folder``, in place of one that is there.

    :raises SetupError: the venv module failed; its own words are printed
    """
    # Of an activated environment the interpreter beneath it: the environment may be the one that is replaced.
    python = getattr(sys, "_base_executable", sys.executable)
    run_quietly([python, "-m", "venv", "--clear", str(folder)], "The virtual environment could not be made")


def install_lock(folder: Path, lock: Path) -> None:
    """Install what the lock names for this machine, by hash, from wherever pip is set up to look.

    The lock is complete, so pip resolves nothing; wheels only, so nothing unlocked is downloaded to build with. What
    has no wheel is pure Python, and is built afterwards with the setuptools of the lock.

    :raises SetupError: pip failed; its own words are printed
    """
    failure = f"What {lock.name} names could not be installed"
    with tempfile.TemporaryDirectory() as place:
        wheels, sources = Path(place) / "wheels.lock", Path(place) / "sources.lock"
        records = _RECORD.findall(lock.read_text(encoding="utf-8"))
        for file, built in ((wheels, False), (sources, True)):
            chosen = [record for record in records if (record.partition("==")[0] in BUILT_HERE) is built]
            file.write_text("".join(chosen), encoding="utf-8")
        install = [*_pip(folder), "install", "--require-hashes", "--no-deps"]
        run_quietly([*install, "--only-binary=:all:", "--requirement", str(wheels)], failure)
        if sources.stat().st_size:
            run_quietly([*install, "--no-build-isolation", "--requirement", str(sources)], failure)


def install_project(folder: Path, root: Path) -> None:
    """Install the project in ``root`` editable, with the setuptools of the lock and without the network.

    :raises SetupError: pip failed; its own words are printed
    """
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(root)]
    run_quietly([*_pip(folder), "install", *options], "mailadmin could not be installed")


def _pip(folder: Path) -> list[str]:
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    return [str(folder / scripts / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def run_quietly(command: list[str], failure: str) -> None:
    """Run a command; show what it printed only if it failed.

    :raises SetupError: it did, with ``failure`` as the text
    """
    result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        sys.stderr.write(result.stdout + result.stderr)
        raise SetupError(f"{failure}; the reason is above.")
