"""The demo: real services on a throw-away database and a built-in mail server with sample mail."""

from __future__ import annotations

from collections.abc import Callable

from mailadmin.demo import DemoServer, demo_file
from mailadmin.domain.outcomes import FetchOutcome, FetchProgress
from mailadmin.services.accounts import AccountService
from mailadmin.services.configuration import ApplyService
from mailadmin.services.fetch import FetchService


class DemoService:
    """Configures and fetches the demo mailbox, by the same services as any other."""

    def __init__(self, apply: ApplyService, accounts: AccountService, fetching: FetchService) -> None:
        self._apply = apply
        self._accounts = accounts
        self._fetching = fetching

    def run(
        self,
        on_progress: Callable[[FetchProgress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> list[FetchOutcome]:
        """Start the server, apply the demo's file, fetch everything, stop the server."""
        with DemoServer() as server:
            file = demo_file(host=server.host, port=server.port, username=server.username)
            self._apply.apply(file)
            accounts = self._accounts.all()
            for account in accounts:
                self._accounts.change(account, server.password)
            return self._fetching.fetch(on_progress=on_progress, should_stop=should_stop)
