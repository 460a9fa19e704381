"""How an account is doing, in words (IN-6)."""

from __future__ import annotations

from datetime import UTC, datetime

from mailadmin.domain.accounts import AccountStatus, IncomingAccount, Validity

from .output import shown
from .wording import count, local


def state_of(account: IncomingAccount, status: AccountStatus | None, now: datetime | None = None) -> tuple[str, str]:
    """A stable word (invalid, never-fetched, waiting, failing, ok) and what there is to say."""
    if account.validity is not Validity.VALID:
        return "invalid", f"not fetched: {account.validity.value}"
    if status is None or (status.last_run is None and not status.failures):
        return "never-fetched", "never fetched"
    if status.waiting_until is not None and status.waiting_until > (now or datetime.now(UTC)):
        return "waiting", f"waiting until {local(status.waiting_until)}, as the server asks"
    if status.failures:
        since = f" since {local(status.failing_since)}" if status.failing_since else ""
        words = shown(status.error_server or status.error_code.replace("-", " "))
        return "failing", f"failing{since} ({count(status.failures, 'time')}): {words}"
    return "ok", "ok"
