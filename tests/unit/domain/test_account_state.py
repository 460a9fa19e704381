"""How an account is doing, in one word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailadmin.domain.accounts import (
    AccountState,
    AccountStatus,
    AccountType,
    IncomingAccount,
    Validity,
    account_state,
)

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
ACCOUNT = IncomingAccount(name="a", type=AccountType.IMAPS)
GOOD = AccountStatus(1, last_run=NOW, last_good=NOW)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (None, AccountState.NEVER_FETCHED),
        (AccountStatus(1), AccountState.NEVER_FETCHED),
        (AccountStatus(1, failures=1), AccountState.FAILING),
        (GOOD, AccountState.OK),
        (replace(GOOD, failures=2, failing_since=NOW), AccountState.FAILING),
        (replace(GOOD, failures=2, waiting_until=NOW + timedelta(minutes=1)), AccountState.WAITING),
        (replace(GOOD, waiting_until=NOW), AccountState.OK),
    ],
)
def test_the_state_follows_from_the_last_runs(status: AccountStatus | None, state: AccountState) -> None:
    assert account_state(ACCOUNT, status, NOW) is state


@pytest.mark.parametrize(
    ("validity", "state"),
    [
        (Validity.INVALID, AccountState.INVALID),
        (Validity.INVALID_TEMPORARILY, AccountState.INVALID_TEMPORARILY),
    ],
)
def test_an_account_that_is_not_used_is_nothing_else(validity: Validity, state: AccountState) -> None:
    failing = replace(GOOD, failures=2, waiting_until=NOW + timedelta(minutes=1))
    assert account_state(replace(ACCOUNT, validity=validity), failing, NOW) is state
