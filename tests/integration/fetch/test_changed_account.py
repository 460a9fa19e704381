"""An account goes from IMAP to Microsoft Graph and back while mail lies there: nothing of it comes twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, AfterFetch, Authentication, IncomingAccount
from mailadmin.domain.messages import InboxState, ServerState
from mailadmin.domain.outcomes import FetchCounts, FetchStatus
from mailadmin.domain.secrets import Secret
from mailadmin.services.steps import Step
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.graph import GraphServer
from tests.servers.graph_mailboxes import DELETIONS, Mailbox

from .conftest import GraphInstallation, Installation, mail

SUPPORT = "support@contoso.example"


def remade(raw: bytes) -> bytes:
    """A mail as Exchange gives it by Graph: its MIME made anew."""
    header, _, body = raw.partition(b"\r\n\r\n")
    header = header.replace(b"08:00:00 +0000", b"09:00:00 +0100")
    return b"\r\n".join((b"X-MS-Exchange-Organization-SCL: 0", header, b"MIME-Version: 1.0", b"", body))


@dataclass
class Exchange:
    """One mailbox that is seen by IMAP (Dovecot) and by Graph, and one account that opens it either way."""

    by_imap: Installation
    by_graph: GraphInstallation
    user: str
    store: Mailbox

    def deliver(self, *raws: bytes) -> None:
        self.by_imap.dovecot.deliver(self.user, *raws)
        self.store.deliver(*map(remade, raws))

    def account(self, **fields: Any) -> IncomingAccount:
        return self.by_imap.account("support", self.user, **fields)

    def to_graph(self, **fields: Any) -> None:
        with self.by_graph.open() as app:
            (account,) = app.storage.accounts.all()
            values: dict[str, Any] = {
                "host": "",
                "port": None,
                "username": SUPPORT,
                "ca_file": "",
                **self.by_graph.signing_in(app),
            }
            account = app.accounts.change(replace(account, type=AccountType.MSGRAPH, **values, **fields))
            app.tokens.credential_of(account)

    def to_imap(self, before: IncomingAccount) -> None:
        with self.by_graph.open() as app:
            (account,) = app.storage.accounts.all()
            values: dict[str, Any] = {
                name: getattr(before, name) for name in ("type", "host", "port", "username", "ca_file")
            }
            signing_in: dict[str, Any] = {"authentication": Authentication.PASSWORD, "oauth_profile": ""}
            app.accounts.change(replace(account, **values, **signing_in), Secret(PASSWORD))

    def fetch(self) -> FetchCounts:
        with self.by_graph.open() as app:
            (outcome,) = app.fetching.fetch()
        assert (outcome.status, outcome.errors) == (FetchStatus.OK, ())
        return outcome.counts

    def cut_off(self, step: Step) -> bool:
        """Fetch, and break off at a step; whether it was come to."""
        steps: list[Step] = []

        def on_step(reached: Step) -> None:
            steps.append(reached)
            if reached is step:
                raise ZeroDivisionError

        with self.by_graph.open(on_step=on_step) as app:
            app.fetching.fetch()
        return step in steps

    def states(self, state: InboxState) -> list[ServerState]:
        with self.by_graph.open() as app:
            return [message.server_state for message in app.storage.inbox.list() if message.state is state]


@pytest.fixture
def exchange(tmp_path: Path, dovecot: Dovecot, graph: GraphServer, user: str, database_url: str) -> Exchange:
    by_graph = GraphInstallation(tmp_path, graph, database=database_url)
    return Exchange(Installation(tmp_path, dovecot, database_url), by_graph, user, graph.mailbox(SUPPORT))


def test_kept_mail_from_imap_to_graph_and_back(exchange: Exchange) -> None:
    mails = [mail(n, reply_to=n - 1 if n % 3 == 2 else None) for n in range(60)]
    exchange.deliver(*mails, mails[0])
    before = exchange.account(after_fetch=AfterFetch.KEEP)
    counts = exchange.fetch()
    assert (counts.fetched, counts.duplicates) == (61, 1)

    exchange.to_graph()
    # With words of its own: else it would be a copy of the mail that is here, and not another ticket.
    twin = b"List-Id: <list.example.net>\r\n" + mail(1).rstrip() + b"\r\n-- \r\nTo leave this list, write to it.\r\n"
    another_day = mail(2).replace(b"20 Nov", b"27 Nov")
    exchange.deliver(mail(100), twin, another_day)
    counts = exchange.fetch()
    assert (counts.fetched, counts.duplicates, counts.left_on_server) == (64, 61, 64)
    mails += [mail(100), twin, another_day]
    exchange.by_graph.prove([*mails[:60], *map(remade, mails[60:])])
    assert exchange.fetch().fetched == 0

    exchange.to_imap(before)
    exchange.deliver(mail(101))
    counts = exchange.fetch()
    assert (counts.fetched, counts.duplicates, counts.left_on_server) == (4, 3, 65)
    exchange.by_graph.prove([*mails[:60], *map(remade, mails[60:]), mail(101)])

    exchange.to_graph()
    counts = exchange.fetch()
    assert (counts.fetched, counts.duplicates) == (1, 1)
    exchange.by_graph.prove([*mails[:60], *map(remade, mails[60:]), mail(101)])
    assert set(exchange.states(InboxState.DUPLICATE)) == {ServerState.KEPT}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("then", [None, Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED])
@pytest.mark.parametrize("step", [Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED])
def test_killed_before_the_change_and_after_it(exchange: Exchange, step: Step, then: Step | None) -> None:
    """What a crash left on the server by IMAP is deleted by Graph, and not imported again."""
    mails = [mail(n) for n in range(10)]
    exchange.deliver(*mails)
    with exchange.by_graph.open() as app:
        app.storage.settings.set("FetchBatchMessages", 4)
    exchange.account()
    assert exchange.by_imap.fetch("--step", step, "2")[0] == -9
    left = set(map(remade, exchange.by_imap.dovecot.messages(exchange.user)))
    assert 0 < len(left) < 10
    exchange.store.messages = [message for message in exchange.store.messages if message.raw in left]
    exchange.to_graph()
    if then is not None:
        assert exchange.cut_off(then)
    exchange.fetch()
    assert exchange.store.within() == []
    assert set(exchange.store.within(DELETIONS)) == left
    with exchange.by_graph.open() as app:
        ours = [m for m in app.storage.inbox.list() if m.state is InboxState.PROCESSED]
        raws = [app.inbox.raw(message.id) for message in ours]
        assert len(app.tickets.list()) == 10
    numbers = sorted(raw.split(b"Message-ID: <m")[1].split(b"@")[0] for raw in raws)
    assert numbers == sorted(b"%d" % n for n in range(10))
    assert set(exchange.states(InboxState.DUPLICATE)) <= {ServerState.DONE, ServerState.GONE}
