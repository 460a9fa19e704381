"""The process is killed (SIGKILL) at each step and at random moments, and started again: none lost, none twice."""

from __future__ import annotations

import random

import pytest

from mailadmin.domain.accounts import AccountType, AfterFetch
from mailadmin.services.steps import Step

from .conftest import Installation, mail

POP3_ONLY = {Step.FINISH_RECORDED}
COPY_ONLY = {Step.COPIED, Step.COPY_RECORDED}
NOT_HERE = {
    AccountType.IMAPS: POP3_ONLY | COPY_ONLY,
    AccountType.POP3S: COPY_ONLY,
}
CASES = [(kind, step) for kind in NOT_HERE for step in Step if step not in NOT_HERE[kind]]


def small_batches(installation: Installation, messages: int = 4) -> None:
    with installation.open() as app:
        app.storage.settings.set("FetchBatchMessages", messages)


def fill(installation: Installation, user: str, count: int) -> list[bytes]:
    mails = [mail(n, reply_to=n - 1 if n % 3 == 2 else None) for n in range(count)]
    installation.dovecot.deliver(user, *mails)
    return mails


@pytest.mark.parametrize(("kind", "step"), CASES, ids=lambda value: getattr(value, "value", None))
def test_killed_at_each_step(installation: Installation, user: str, kind: AccountType, step: Step) -> None:
    small_batches(installation)
    mails = fill(installation, user, 10)
    installation.account("support", user, kind)
    once = {Step.LEASE_TAKEN, Step.OPENED, Step.LISTED, Step.FINISHING, Step.FINISHED, Step.FINISH_RECORDED}
    last = Step.LEASE_RELEASED
    count = "1" if step in once or step is last or step is Step.ACTION_RECORDED else "2"
    status, _ = installation.fetch("--step", step, count)
    assert status == -9, "the fetch came to this step"
    status, result = installation.fetch()
    assert (status, result["status"]) == (0, "ok"), result
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []


@pytest.mark.parametrize("step", [Step.COPIED, Step.COPY_RECORDED, Step.ACTED])
def test_killed_while_moving_without_move(installation: Installation, user: str, step: Step) -> None:
    from tests.servers.dovecot import NO_MOVE

    small_batches(installation)
    mails = fill(installation, user, 6)
    installation.account("support", user, host=NO_MOVE, after_fetch=AfterFetch.MOVE, move_to="Archive")
    assert installation.fetch("--step", step, "1")[0] == -9
    assert installation.fetch()[1]["status"] == "ok"
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []
    copies = installation.dovecot.messages(user, "Archive")
    if step is Step.COPIED:  # the one moment that no ledger can see: a copy nobody has noted yet
        assert set(copies) == set(mails)
    else:
        assert sorted(copies) == sorted(mails)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [AccountType.IMAPS, AccountType.POP3S], ids=["IMAPS", "POP3S"])
def test_killed_at_random_moments(installation: Installation, user: str, kind: AccountType) -> None:
    chance = random.Random(20261120)
    small_batches(installation, 7)
    mails = fill(installation, user, 150)
    installation.account("support", user, kind)
    assert installation.fetch("--step", Step.STORED, "3")[0] == -9, "killed at least once"
    for _ in range(10):
        installation.fetch("--after", str(chance.uniform(0.01, 0.6)))
        if not installation.dovecot.messages(user):
            break
    status, result = installation.fetch()
    assert (status, result["status"]) == (0, "ok"), result
    installation.prove(mails)
    assert installation.dovecot.messages(user) == []
