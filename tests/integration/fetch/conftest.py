"""An installation in a temporary home, with accounts on a real Dovecot, and fetches in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, Encryption, IncomingAccount
from mailadmin.domain.messages import InboxState, digest
from mailadmin.domain.secrets import Secret
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot

ROOT = Path(__file__).parents[3]


def mail(number: int, *, size: int = 300, reply_to: int | None = None) -> bytes:
    """A message of about that many octets; equal numbers make equal octets."""
    reply = f"In-Reply-To: <m{reply_to}@example.net>\r\n" if reply_to is not None else ""
    head = (
        f"From: Customer {number} <c{number}@example.net>\r\nTo: support@example.org\r\nSubject: Question {number}\r\n"
        f"Message-ID: <m{number}@example.net>\r\n{reply}Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\r\n"
    )
    line = f"This is line after line of message {number}.\r\n"
    return (head + line * max(1, size // len(line))).encode()


@dataclass
class Installation:
    """A home folder with a database; :meth:`open` gives its services in this process."""

    home: Path
    dovecot: Dovecot
    database: str | None = None

    @contextmanager
    def open(self, **options: Any) -> Iterator[Application]:
        with open_application(Options(self.database, self.home, self.home / "key"), **options) as app:
            yield app

    def account(self, name: str, user: str, kind: AccountType = AccountType.IMAPS, **fields: Any) -> IncomingAccount:
        """A stored account of a Dovecot user."""
        encrypted = kind.encryption is not Encryption.NONE
        values = {
            "host": GOOD,
            "port": self.dovecot.port(kind),
            "username": user,
            "ca_file": str(self.dovecot.authority.file) if encrypted else "",
            **fields,
        }
        with self.open() as app:
            return app.accounts.add(IncomingAccount(name=name, type=kind, **values), Secret(PASSWORD))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.integration.fetch.driver", str(self.home), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A fetch in a process of its own."""
        place = {"MAILADMIN_DATABASE": self.database} if self.database else {}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env={**os.environ, **place},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def fetch(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run a fetch to its end, or its death: exit status and the first account's result."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=120)
        if process.returncode == 0:
            assert errors == ""
            return 0, json.loads(output.splitlines()[0])
        assert process.returncode == -9, errors
        return process.returncode, {}

    def prove(self, expected: list[bytes]) -> None:
        """None lost, none twice, tickets whole: by the digests of what is in the database."""
        with self.open() as app:
            inbox = app.storage.inbox.list()
            assert [m for m in inbox if m.state not in {InboxState.PROCESSED, InboxState.DUPLICATE}] == []
            ours = [m for m in inbox if m.state is InboxState.PROCESSED]
            found = Counter(digest(app.inbox.raw(m.id)) for m in ours)
            assert found == Counter(digest(raw) for raw in expected)
            articles = [a for ticket in app.tickets.list() for a in app.tickets.articles(ticket)]
            assert Counter(a.inbox_id for a in articles) == Counter(m.id for m in ours)
            assert all(ticket.articles for ticket in app.tickets.list())
            numbers = [ticket.number for ticket in app.tickets.list()]
            assert len(numbers) == len(set(numbers))


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot) -> Installation:
    return Installation(tmp_path, dovecot)
