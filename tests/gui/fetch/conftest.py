"""A desk and its panel on real services; every host is a mail server in memory of its own."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.domain.accounts import AccountType, AfterFetch, IncomingAccount
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.outcomes import FetchOutcome
from mailadmin.domain.ports import LayerReached, Mailbox, ServerAccess
from mailadmin.domain.secrets import Secret
from mailadmin.gui.fetch.adoption_dialog import AdoptionDialog
from mailadmin.gui.fetch.desk import FetchDesk
from mailadmin.gui.fetch.panel import FetchPanel
from mailadmin.gui.tasks import Tasks
from tests.servers.memory import MemoryServer


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


class Gate:
    """Holds a server at a moment until a test lets it go on."""

    def __init__(self, server: MemoryServer, moment: str = "message") -> None:
        self.reached = threading.Event()
        self.open = threading.Event()
        server.before[moment] = self._wait

    def _wait(self) -> None:
        self.reached.set()
        self.open.wait(30)


@dataclass
class House:
    """The services, the window's part of them, and what they said."""

    app: Application
    servers: dict[str, MemoryServer]
    desk: FetchDesk
    panel: FetchPanel
    window: QMainWindow
    bot: QtBot
    outcomes: list[FetchOutcome] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def account(self, name: str, *mails: bytes, fetched: bool = True, **fields: Any) -> IncomingAccount:
        """A stored account on a server of its own.

        :param fetched: it was fetched before (when its mailbox was empty), so nobody asks; it is due again
        """
        host = f"{name}.example.org"
        values = {"host": host, "username": f"{name}@example.org", "after_fetch": AfterFetch.DELETE, **fields}
        account = self.app.accounts.add(IncomingAccount(name=name, type=AccountType.IMAPS, **values), Secret("pw"))
        if fetched:
            self.app.fetching.fetch([account])
            self.app.storage.accounts.set_due(account.id or 0, None)
        self.servers[host].add(*mails)
        return account

    def server(self, account: IncomingAccount) -> MemoryServer:
        return self.servers[account.host]

    def gate(self, account: IncomingAccount, moment: str = "message") -> Gate:
        gate = Gate(self.server(account), moment)
        self.gates.append(gate)
        return gate

    gates: list[Gate] = field(default_factory=list)

    def fetch(self, *accounts: IncomingAccount) -> list[FetchOutcome]:
        """Fetch by the desk and wait for the end."""
        with self.bot.waitSignal(self.desk.all_ended, timeout=20_000):
            self.desk.fetch(accounts)
        return self.outcomes

    def outcome(self, account: IncomingAccount) -> FetchOutcome:
        return next(one for one in reversed(self.outcomes) if one.account_id == account.id)

    def outcome_names(self) -> set[str]:
        return {one.name for one in self.outcomes}

    def until(self, condition: Callable[[], object]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def question(self) -> AdoptionDialog:
        """The dialog that asks; waits until it does."""
        self.until(lambda: self._asking() is not None)
        dialog = self._asking()
        assert dialog is not None
        return dialog

    def _asking(self) -> AdoptionDialog | None:
        dialog = self.desk._questions.dialog
        there = dialog is not None and dialog.isVisible() and dialog.pages.currentWidget() is not dialog._looking
        return dialog if there else None

    def state(self, account: IncomingAccount) -> str:
        """What the panel says of an account."""
        return self.cell(account, "state")

    def cell(self, account: IncomingAccount | None, key: str) -> str:
        keys = [column.key for column in self.panel.model.columns]
        row = [one.account.id if one.account else None for one in self.panel.model.records].index(
            account.id if account else None
        )
        return str(self.panel.model.index(row, keys.index(key)).data())

    @property
    def tickets(self) -> int:
        return len(self.app.tickets.list())


@pytest.fixture
def servers() -> dict[str, MemoryServer]:
    """A mail server in memory for each host name."""
    return defaultdict(MemoryServer)


@pytest.fixture
def hosts_app(sqlite_home: Path, servers: dict[str, MemoryServer]) -> Iterator[Application]:
    """The services on a fresh database; each host is a server of its own."""

    def open_mailbox(
        access: ServerAccess,
        password: Secret,
        on_layer: Callable[[LayerReached], None],
        interrupt: Interrupt | None = None,
        /,
    ) -> Mailbox:
        return servers[access.host].open(access, password, on_layer, interrupt)

    options = Options(home=sqlite_home, key_file=sqlite_home / "key")
    with open_application(options, open_mailbox=open_mailbox) as application:
        yield application


@pytest.fixture
def house(hosts_app: Application, servers: dict[str, MemoryServer], tasks: Tasks, qtbot: QtBot) -> Iterator[House]:
    window = QMainWindow()
    app = hosts_app
    desk = FetchDesk(app.fetching, app.dry_run, app.adoption, app.accounts, tasks, window)
    panel = FetchPanel(desk, window)
    window.setCentralWidget(panel)
    window.resize(1100, 400)
    window.show()
    made = House(app, servers, desk, panel, window, qtbot)
    desk.ended.connect(made.outcomes.append)
    desk.said.connect(made.said.append)
    yield made
    for gate in made.gates:
        gate.open.set()
    desk.stop_all()
    qtbot.waitUntil(lambda: not desk.busy and not tasks.running, timeout=20_000)
    window.close()
    window.deleteLater()
