"""Prepare this machine and checkout: system packages, virtual environment, the project itself.

    python3 packaging/setup/prepare.py run     what the application needs
    python3 packaging/setup/prepare.py test    that, and what checks and tests need

What was done is remembered by fingerprint in ``.venv``; a second call does nothing. Standard library only: it runs
before anything is installed. MAILADMIN_SKIP_SYSTEM_PACKAGES=1 leaves the system packages to you.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
    sys.exit(
        f"mailadmin needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
        "If a newer one is installed, name it: make PYTHON=python3.12 ..."
    )

import node_packages
import system_packages
import virtual_environment
from system_packages import SetupError

ROOT = Path(__file__).resolve().parents[2]
PURPOSES = ("run", "test")
"""Each includes the ones before it."""
OPENID_PROVIDER = Path("tests", "servers", "openid")
"""A test server that is made of npm packages."""


def main(arguments: list[str]) -> int:
    """Prepare for the purpose named; the exit code."""
    if len(arguments) != 1 or arguments[0] not in PURPOSES:
        print(f"usage: prepare.py {'|'.join(PURPOSES)}", file=sys.stderr)
        return 2
    started = time.monotonic()
    try:
        worked = prepare(arguments[0])
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 1
    if worked:
        print(f"Prepared in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def prepare(purpose: str) -> bool:
    """Do what is not done yet; whether there was anything to do.

    :raises SetupError: with a sentence that says what to do
    """
    venv = ROOT / ".venv"
    stamps = virtual_environment.Stamps(venv / "prepared.json")
    serving = PURPOSES[PURPOSES.index(purpose) :]  # an environment made for tests serves the application as well
    worked = False

    if not stamps.holds("system", *map(_lists_fingerprint, serving)):
        worked = _install_system_packages(purpose)

    if not stamps.holds("lock", *map(_lock_fingerprint, serving)):
        worked = True
        print(f"Installing what {_lock(purpose).relative_to(ROOT)} names into .venv ...", flush=True)
        if not stamps.holds("lock", *map(_lock_fingerprint, PURPOSES)):
            virtual_environment.make(venv)
        virtual_environment.install_lock(venv, _lock(purpose))
        stamps.put("lock", _lock_fingerprint(purpose))

    project = fingerprint(ROOT / "pyproject.toml")
    if not stamps.holds("project", project):
        worked = True
        virtual_environment.install_project(venv, ROOT)
        stamps.put("project", project)

    if purpose == "test":
        worked = _install_node_packages(venv, stamps) or worked

    if not stamps.holds("system", *map(_lists_fingerprint, serving)):  # only now there is sure to be a place for it
        stamps.put("system", _lists_fingerprint(purpose))
    return worked


def fingerprint(*files: Path, also: str = "") -> str:
    """A digest of the files' content and of ``also``."""
    digest = hashlib.sha256(also.encode())
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _lists(purpose: str) -> list[Path]:
    included = PURPOSES[: PURPOSES.index(purpose) + 1]
    return [Path(__file__).with_name(f"{name}.packages") for name in included]


def _lists_fingerprint(purpose: str) -> str:
    return fingerprint(*_lists(purpose))


def _lock(purpose: str) -> Path:
    return ROOT / "packaging" / "requirements" / f"{purpose}.lock"


def _lock_fingerprint(purpose: str) -> str:
    # An environment holds on to its place and its interpreter: a moved checkout or another Python needs a new one.
    return fingerprint(_lock(purpose), also=f"{ROOT} {sys.base_prefix} {sys.version_info[:2]}")


def _install_node_packages(venv: Path, stamps: virtual_environment.Stamps) -> bool:
    """Install what is not there yet; whether there was anything to do."""
    folder = ROOT / OPENID_PROVIDER
    wanted = fingerprint(*node_packages.named_in(folder))
    if stamps.holds("node", wanted) and node_packages.are_there(folder):
        return False
    node_packages.install(venv, folder)
    stamps.put("node", wanted)
    return True


def _install_system_packages(purpose: str) -> bool:
    """Install what is missing; whether anything was."""
    if os.environ.get("MAILADMIN_SKIP_SYSTEM_PACKAGES"):
        return False
    packages = system_packages.missing(system_packages.named_in(*_lists(purpose)))
    if packages:
        system_packages.install(packages)
    return bool(packages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
