"""An installation in a temporary home, with accounts on a real Dovecot or by Graph, and fetches in processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, Authentication, Encryption, IncomingAccount
from mailadmin.domain.messages import InboxState, digest
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider
from mailadmin.domain.secrets import Secret
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot
from tests.servers.graph import GraphServer
from tests.servers.provider import MemoryProvider

ROOT = Path(__file__).parents[3]
CLIENT_ID = "6731de76-14a6-49ae-97bc-6eba6914391e"


def mail(number: int, *, size: int = 300, reply_to: int | None = None) -> bytes:
    """A message of about that many octets; equal numbers make equal octets."""
    reply = f"In-Reply-To: <m{reply_to}@example.net>\r\n" if reply_to is not None else ""
    head = (
        f"From: Customer {number} <c{number}@example.net>\r\nTo: support@example.org\r\nSubject: Question {number}\r\n"
        f"Message-ID: <m{number}@example.net>\r\n{reply}Date: Fri, 20 Nov 2026 08:00:00 +0000\r\n\r\n"
    )
    line = f"This is line after line of message {number}.\r\n"
    return (head + line * max(1, size // len(line))).encode()


class Home:
    """A home folder with a database; :meth:`open` gives its services in this process."""

    home: Path
    database: str | None

    @contextmanager
    def open(self, **options: Any) -> Iterator[Application]:
        with open_application(Options(self.database, self.home, self.home / "key"), **options) as app:
            yield app

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


@dataclass
class Installation(Home):
    """With accounts of Dovecot's users."""

    home: Path
    dovecot: Dovecot
    database: str | None = None

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


@dataclass
class GraphInstallation(Home):
    """With accounts by Microsoft Graph, that an application signs in for.

    ``provider`` gives the tokens; Graph takes the newest. Processes of their own are given that once more.
    """

    home: Path
    graph: GraphServer
    provider: MemoryProvider = field(default_factory=lambda: MemoryProvider(life=timedelta(days=1)))
    database: str | None = None

    def __post_init__(self) -> None:
        self.provider.clock.now = datetime.now(UTC)
        self.provider.after = self.take

    def take(self) -> None:
        """Let Graph take the newest token, and no other."""
        self.graph.tokens.clear()
        self.graph.tokens[f"access-{self.provider.number}"] = frozenset()

    def command(self, *arguments: str) -> list[str]:
        return super().command("--token", str(self.provider.number), *arguments)

    @contextmanager
    def open(self, **options: Any) -> Iterator[Application]:
        with super().open(**{"open_client": self.provider.open, **options}) as app:
            yield app

    def account(self, name: str, mailbox: str, **fields: Any) -> IncomingAccount:
        """A stored account, with its token."""
        with self.open() as app:
            values = {**self.signing_in(app), "username": mailbox, **fields}
            account = app.accounts.add(IncomingAccount(name=name, type=AccountType.MSGRAPH, **values))
            app.tokens.credential_of(account)
        return account

    def signing_in(self, app: Application) -> dict[str, Any]:
        """How accounts sign in: by the one profile, which is made when it is not there."""
        if app.storage.profiles.by_name("cloud") is None:
            profile = OAuthProfile(
                name="cloud",
                provider=Provider.MICROSOFT,
                flow=Flow.CLIENT_CREDENTIALS,
                tenant="contoso.example",
                client_id=CLIENT_ID,
                client_authentication=ClientAuthentication.SECRET,
                graph_url=f"https://localhost:{self.graph.port}",
                ca_file=self.graph.ca_file,
            )
            app.profiles.add(profile, Secret("client secret"))
        return {"authentication": Authentication.OAUTH2, "oauth_profile": "cloud"}


@pytest.fixture
def graph_installation(tmp_path: Path, graph: GraphServer) -> GraphInstallation:
    return GraphInstallation(tmp_path, graph)


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot) -> Installation:
    return Installation(tmp_path, dovecot)
