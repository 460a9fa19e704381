"""The process is killed (SIGKILL) around a renewal: what the provider gave is stored before it is used."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mailadmin.bootstrap import Application, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.leases import token_lease
from mailadmin.domain.oauth import Provider
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.domain.sign_in import SignInState
from mailadmin.services.steps import Step
from tests.integration.fetch.conftest import mail

from .conftest import LOGIN, Office

ROOT = Path(__file__).parents[3]
PATIENCE = 60


def start(office: Office, *arguments: str) -> subprocess.Popen[bytes]:
    """A fetch in a process of its own."""
    program = [sys.executable, "-m", "tests.integration.fetch.driver", str(office.home), *arguments]
    return subprocess.Popen(program, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def signed_in(office: Office) -> IncomingAccount:
    """An account that somebody has signed in for, by a provider that gives a new refresh token each time."""
    with open_application(office.options(), open_link=office.open_link) as app:
        app.profiles.add(office.profile(Provider.MICROSOFT, AccountType.IMAPS))
        account = office.account(AccountType.IMAPS)
        return app.accounts.add(account, None, office.authorize(app, account))


def fetched(app: Application, account: IncomingAccount) -> int:
    (outcome,) = app.fetching.fetch([account])
    assert outcome.status is FetchStatus.OK, outcome.errors
    return outcome.counts.fetched


def renewals(office: Office) -> list[int]:
    """The answers to renewals, by their status."""
    calls = office.provider.seen("token")
    return [call.status for call in calls if call.given.get("grant_type") == "refresh_token"]


def test_killed_as_soon_as_a_renewed_token_is_used(office: Office) -> None:
    account = signed_in(office)
    office.dovecot.deliver(LOGIN, mail(1))
    for number in (1, 2):  # the second renewal is by the refresh token that the first one brought
        office.provider.end_access_tokens(LOGIN)
        with start(office, "--step", Step.OPENED, "1") as process:
            assert process.wait(PATIENCE) == -9
        assert renewals(office) == [200] * number
    with open_application(office.options()) as app:
        assert fetched(app, account) == 1
    assert renewals(office) == [200, 200], "the token that the killed process got was there to be used"


@pytest.mark.slow
def test_killed_while_the_provider_is_waited_for(office: Office) -> None:
    account = signed_in(office)
    office.dovecot.deliver(LOGIN, mail(1))
    office.provider.end_access_tokens(LOGIN)
    office.provider.fail("token", 503)
    office.provider.delay("token", 8)
    with start(office) as process:
        try:
            wait_for_holder(office, account)
        finally:
            process.kill()
    office.provider.set(fail={}, delay={})
    begun = time.monotonic()
    with open_application(office.options()) as app:
        assert app.tokens.sign_ins()[account.id or 0].state is SignInState.SIGNED_IN
        assert fetched(app, account) == 1
    assert time.monotonic() - begun < 30, "the lease of the dead is not waited for"


def wait_for_holder(office: Office, account: IncomingAccount) -> None:
    """Until somebody renews the account's token."""
    until = time.monotonic() + PATIENCE
    pause = threading.Event()
    with open_application(office.options()) as app:
        lease = None
        while lease is None or lease.holder is None:
            assert time.monotonic() < until
            pause.wait(0.05)
            lease = app.storage.leases.view(token_lease(account.id or 0))
