"""The demo: real services on a throw-away database and a built-in mail server with sample mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mailadmin.demo import DemoServer, demo_file
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.services.accounts import AccountService
from mailadmin.services.configuration import ApplyService
from mailadmin.services.fetch import FetchService
from mailadmin.services.stoppable import never


class DemoService:
    """Configures and fetches the demo mailbox, by the same services as any other."""

    def __init__(self, apply: ApplyService, accounts: AccountService, fetching: FetchService) -> None:
        self._apply = apply
        self._accounts = accounts
        self._fetching = fetching

    @contextmanager
    def mailbox(self) -> Iterator[None]:
        """The demo's mail server while the block lasts, with the demo's queues, addresses and account on it.

        Nothing is fetched yet.

        :raises UserFixableError: DEMO_MISSING, or what the vault says
        """
        with DemoServer() as server:
            self._apply.apply(demo_file(host=server.host, port=server.port, username=server.username))
            for account in self._accounts.all():
                self._accounts.change(account, server.password)
            yield

    def run(
        self,
        on_progress: Callable[[FetchProgress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = never,
    ) -> list[FetchOutcome]:
        """Start the server, apply the demo's file, fetch everything, stop the server."""
        with self.mailbox():
            return self._fetching.fetch(on_progress=on_progress, should_stop=should_stop)
