"""Real services on a real (SQLite) database and a mail server in memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outcomes import FetchOutcome
from mailadmin.domain.secrets import Secret
from mailadmin.services.steps import Step
from tests.servers.memory import MemoryServer


@dataclass
class House:
    """An application whose accounts all open the same memory server."""

    app: Application
    server: MemoryServer
    on_step: list[Callable[[Step], None]]

    def account(self, name: str = "support", **fields: Any) -> IncomingAccount:
        kind = AccountType.POP3S if self.server.pop3 else AccountType.IMAPS
        fields = {"type": kind, "host": "mail.example.org", "username": "support@example.org", **fields}
        return self.app.accounts.add(IncomingAccount(name=name, **fields), Secret("pw"))

    def fetch(self, *accounts: IncomingAccount, **options: Any) -> FetchOutcome:
        outcomes = self.app.fetching.fetch(list(accounts) or None, **options)
        return outcomes[0]

    @property
    def messages(self) -> list[InboxMessage]:
        return sorted(self.app.storage.inbox.list(), key=lambda message: message.id)

    @property
    def tickets(self) -> int:
        return len(self.app.tickets.list())


def mail(number: int, **headers: str) -> bytes:
    """A small message; equal numbers make equal octets."""
    lines = {
        "From": f"Customer {number} <c{number}@example.net>",
        "To": "support@example.org",
        "Subject": f"Question {number}",
        "Message-ID": f"<m{number}@example.net>",
        "Date": "Fri, 20 Nov 2026 08:00:00 +0000",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return (head + f"\r\nThis is message {number}.\r\n").encode()


@pytest.fixture(params=["imap", "pop3"])
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(tmp_path: Path, family: str, sqlite_template: Path) -> Iterator[House]:
    shutil.copy(sqlite_template, tmp_path / "mailadmin.db")
    server = MemoryServer(pop3=family == "pop3")
    hooks: list[Callable[[Step], None]] = []

    def on_step(step: Step) -> None:
        for hook in hooks:
            hook(step)

    options = Options(home=tmp_path, key_file=tmp_path / "key")
    with open_application(options, open_mailbox=server.open, on_step=on_step) as app:
        yield House(app, server, hooks)
