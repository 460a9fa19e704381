"""The demo as the window opens it: a whole installation that is gone afterwards."""

from __future__ import annotations

from mailadmin.bootstrap import open_demo
from mailadmin.domain.outcomes import FetchStatus
from tests.threads import running


def test_the_demo_is_configured_unfetched_and_gone_afterwards() -> None:
    before = running()
    with open_demo() as app:
        home = app.places.backups.parent
        assert home.is_dir()
        assert app.secrets.where() == "key-file"
        (account,) = app.accounts.all()
        assert app.accounts.has_password(account)
        assert {"Support", "Support::Printers", "Orders", "Billing"} <= {queue.name for queue in app.routing.queues()}
        assert app.tickets.list() == []
        assert app.adoption.needed_now()(account)
        assert app.adoption.look(account).messages > 20
        assert app.checking.check(account).ok
        (outcome,) = app.fetching.fetch()
        assert (outcome.status, bool(app.tickets.list())) == (FetchStatus.OK, True)
    assert not home.parent.exists()
    assert running() == before


def test_two_demos_do_not_know_each_other() -> None:
    with open_demo() as one, open_demo() as other:
        one.fetching.fetch()
        assert one.tickets.list()
        assert other.tickets.list() == []
