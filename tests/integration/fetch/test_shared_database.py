"""Several programs on one PostgreSQL database: the same promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailadmin.domain.accounts import AccountType
from mailadmin.domain.outcomes import FetchStatus
from mailadmin.services.steps import Step
from tests.servers.dovecot import Dovecot

from .conftest import Installation, mail

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def shared(tmp_path: Path, dovecot: Dovecot, database_url: str) -> Installation:
    return Installation(tmp_path, dovecot, database_url)


def test_three_programs_on_three_accounts_of_one_mailbox(shared: Installation, user: str) -> None:
    mails = [mail(n, reply_to=n - 1 if n % 4 == 3 else None) for n in range(60)]
    shared.dovecot.deliver(user, *mails)
    for name in ("a", "b", "c"):
        shared.account(name, user)
    programs = [shared.start() for _ in range(3)]
    for program in programs:
        program.communicate(timeout=120)
    with shared.open() as app:
        assert all(outcome.status is FetchStatus.OK for outcome in app.fetching.fetch())
    shared.prove(mails)
    assert shared.dovecot.messages(user) == []


@pytest.mark.parametrize("step", [Step.STORED_UNCOMMITTED, Step.STORED, Step.ACTED, Step.CLAIMED, Step.WRITTEN])
@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S], ids=lambda kind: kind.value)
def test_killed_at_the_steps_that_count(shared: Installation, user: str, kind: AccountType, step: Step) -> None:
    mails = [mail(n) for n in range(8)]
    shared.dovecot.deliver(user, *mails)
    shared.account("support", user, kind)
    assert shared.fetch("--step", step, "1")[0] == -9
    with shared.open() as app:
        (outcome,) = app.fetching.fetch()
        assert outcome.status is FetchStatus.OK, outcome.errors
    shared.prove(mails)
    assert shared.dovecot.messages(user) == []
