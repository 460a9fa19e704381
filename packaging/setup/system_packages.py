"""Debian packages: which are missing, and their installation without starting any service.

Called as a program, as root, it installs the packages named: ``python3 system_packages.py dovecot-imapd ...``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = """#!/bin/sh
# Made by the set-up of mailadmin while it installs packages, so that none starts a service; removed right afterwards.
exit 101
"""
INIT_SCRIPTS = Path("/etc/init.d")
SERVICES = ("dovecot", "postgresql")
"""Services that the test packages bring. The tests start servers of their own, so these stay off."""


class SetupError(Exception):
    """The machine cannot be prepared; the text is for the person at the terminal."""


def named_in(*files: Path) -> list[str]:
    """The packages that list files name, in their order; ``#`` begins a comment."""
    lines = [line.partition("#")[0].strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line]


def missing(wanted: list[str]) -> list[str]:
    """Which of these packages are not installed, neither by name nor provided by another.

    :raises SetupError: this is no Debian or one of its kin
    """
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        raise SetupError(
            "This system has no apt-get. Install yourself what corresponds to these Debian packages, "
            f"then start again with MAILADMIN_SKIP_SYSTEM_PACKAGES=1 in the environment: {' '.join(wanted)}"
        )
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}\\t${Package}, ${Provides}\\n"]
    rows = subprocess.run(query, check=True, capture_output=True, text=True).stdout.splitlines()
    there = {
        name.partition("(")[0].strip()
        for status, _, names in (row.partition("\t") for row in rows)
        if status == "installed"
        for name in names.split(",")
    }
    if importlib.util.find_spec("ensurepip"):  # this Python may not be Debian's, or may have it already
        there.add("python3-venv")
    return [name for name in wanted if name not in there]


def install(packages: list[str]) -> None:
    """Install packages, by sudo when we are not root.

    :raises SetupError: neither root nor sudo, or apt-get failed
    """
    by_hand = f"apt-get install --no-install-recommends {' '.join(packages)}"
    command = [sys.executable, "-I", str(Path(__file__).resolve()), *packages]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise SetupError(
                "System packages are missing, and installing them needs root or sudo. "
                f"Ask an administrator of this machine to run: {by_hand}"
            )
        command.insert(0, "sudo")
    print(f"Installing {len(packages)} system packages: {' '.join(packages)}", flush=True)
    with waiting_out(signal.SIGINT):
        code = subprocess.run(command, check=False).returncode
    if code:
        raise SetupError(f"The system packages were not installed. An administrator can do it: {by_hand}")


def install_as_root(packages: list[str]) -> None:
    """Install packages without questions, recommended extras or started services.

    :raises SetupError: apt-get failed; its own words are printed
    """
    with services_kept_still():
        # An old package list, or none to be had (offline), is no reason to give up: the packages may be in the cache.
        apt_get("update", fatal=False)
        apt_get("install", "--yes", "--no-install-recommends", *packages)


def apt_get(*arguments: str, fatal: bool = True) -> None:
    """Run apt-get; what it prints is shown only when it failed and that matters."""
    options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    options += ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    command = ["apt-get", *options, *arguments]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        result = subprocess.run(
            command,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        if result.returncode and fatal:
            output.seek(0)
            sys.stderr.write(output.read())
            raise SetupError(f"apt-get {arguments[0]} failed; its words are above.")


@contextlib.contextmanager
def waiting_out(*signals: signal.Signals) -> Iterator[None]:
    """Let these signals not end us while a command runs.

    Ctrl-C reaches the command as well and ends it when that is safe. If we ended first, ``subprocess`` would kill it:
    packages could be left half configured, and their services without our policy.
    """
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def services_kept_still(policy: Path = POLICY, init_scripts: Path = INIT_SCRIPTS) -> Iterator[None]:
    """Start no service while packages are installed, and none of theirs at the next boot.

    Debian asks ``policy-rc.d`` before it starts a service. An administrator's own file is left as it is; ours is
    removed whatever happens. Services that were there before are not touched.
    """
    before = {name for name in SERVICES if (init_scripts / name).exists()}
    ours = not policy.exists() or policy.read_text(errors="replace") == POLICY_TEXT  # or left by a killed set-up
    try:
        if ours:
            policy.write_text(POLICY_TEXT)
            policy.chmod(0o755)
        yield
    finally:
        if ours:
            policy.unlink(missing_ok=True)
        for name in SERVICES:
            if name not in before and (init_scripts / name).exists():
                subprocess.run(["update-rc.d", name, "disable"], check=False, capture_output=True)


if __name__ == "__main__":
    try:
        with waiting_out(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            install_as_root(sys.argv[1:])
    except SetupError as problem:
        sys.exit(str(problem))
