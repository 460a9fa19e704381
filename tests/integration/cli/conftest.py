"""The command line as a process of its own, on a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType
from tests.servers.dovecot import PASSWORD, Dovecot


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    out: bytes
    err: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        return (self.out + self.err).decode("utf-8")


@dataclass(frozen=True)
class CommandLine:
    """Runs ``python -m mailadmin`` on one home."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILADMIN_")}
        own = {"MAILADMIN_HOME": str(self.home), "MAILADMIN_KEY_FILE": str(self.home.parent / "key")}
        return kept | own | {"PYTHONWARNINGS": "error", "COLUMNS": "80"}

    def __call__(self, *argv: str, given: bytes = b"", **environment: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "mailadmin", *argv],
            input=given,
            capture_output=True,
            env=self.environment | environment,
            check=False,
            timeout=120,
        )
        assert b"Traceback" not in ended.stdout + ended.stderr, ended.stderr.decode()
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def well(self, *argv: str, given: bytes = b"") -> Ended:
        """A run that must end with 0."""
        ended = self(*argv, given=given)
        assert ended.code == 0, ended.words
        return ended

    @property
    def log(self) -> str:
        return (self.home / "logs" / "mailadmin.log").read_text(encoding="utf-8")


@pytest.fixture
def mailadmin(tmp_path: Path) -> CommandLine:
    """The command line, on nothing yet."""
    return CommandLine(tmp_path / "home")


def account_file(dovecot: Dovecot, user: str, name: str = "support", **fields: Any) -> str:
    """A configuration with one account on the test server and a queue for it."""
    kind = AccountType(str(fields.pop("type", "IMAPS")))
    said = {
        "name": name, "type": kind.value, "host": "localhost", "port": dovecot.port(kind), "username": user,
        "ca_file": str(dovecot.authority.file), **fields,
    }  # fmt: skip
    if kind in {AccountType.IMAP, AccountType.POP3}:
        del said["ca_file"]
    lines = "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items())
    queue = '[[queue]]\nname = "Support"\n\n[[address]]\naddress = "support@example.org"\nqueue = "Support"\n'
    return f"{queue}\n[[incoming_account]]\n{lines}\n"


@pytest.fixture
def configured(mailadmin: CommandLine, dovecot: Dovecot, user: str) -> CommandLine:
    """The command line with an account ``support`` and its password."""
    mailadmin.well("apply", "-", given=account_file(dovecot, user).encode())
    mailadmin.well("secret", "set", "incoming/support/password", given=PASSWORD.encode())
    return mailadmin


def mail(number: int, **headers: str) -> bytes:
    """A small message; equal numbers make equal octets."""
    lines = {
        "From": f"Customer {number} <c{number}@example.net>",
        "To": "support@example.org",
        "Subject": f"Question {number}",
        "Message-ID": f"<m{number}@example.net>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return ("".join(f"{name}: {value}\n" for name, value in lines.items()) + f"\nThis is message {number}.\n").encode()
