"""How an account is doing, in words (IN-6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mailadmin.domain.accounts import AccountState, AccountStatus, IncomingAccount, Validity, account_state
from mailadmin.domain.errors import Code, Layer

from .wording import count, local

_FAILING: Final[Mapping[str, str]] = {
    Code.HOST_NOT_FOUND: "host not found",
    Code.CONNECTION_REFUSED: "connection refused",
    Code.CONNECTION_TIMED_OUT: "server does not answer",
    Code.CONNECTION_LOST: "connection lost",
    Code.SERVER_BUSY: "server busy",
    Code.SERVER_SILENT: "server does not answer",
    Code.SERVER_GARBAGE: "wrong protocol",
    Code.TLS_EXPIRED: "certificate expired",
    Code.TLS_WRONG_NAME: "certificate not trusted",
    Code.TLS_UNKNOWN_CA: "certificate not trusted",
    Code.TLS_PIN_MISMATCH: "certificate changed",
    Code.TLS_CA_FILE: "certificate file unusable",
    Code.TLS_FAILED: "no encryption",
    Code.STARTTLS_NOT_OFFERED: "no encryption",
    Code.SIGN_IN_REFUSED: "password refused",
    Code.NO_PASSWORD: "no password",
    Code.SIGN_IN_NEEDED: "needs sign-in",
    Code.MAILBOX_REFUSES_TOKEN: "token refused",
    Code.UNKNOWN_PROFILE: "no OAuth2 profile",
    Code.PROFILE_NOT_VALID: "profile not valid",
    Code.OAUTH_REFUSED: "provider refuses",
    Code.OAUTH_UNAVAILABLE: "provider not reached",
    Code.OAUTH_BAD_ANSWER: "provider answers wrongly",
    Code.NO_CLIENT_SECRET: "no client secret",
    Code.BAD_CLIENT_CERTIFICATE: "client certificate faulty",
    Code.SESSION_EXPIRED: "session ended",
    Code.FOLDER_NOT_FOUND: "folder not found",
    Code.FOLDER_NOT_OPENED: "folder cannot be opened",
    Code.TIME_BUDGET_SPENT: "took too long",
}
_FAILING_AT: Final[Mapping[str, str]] = {
    Layer.NAME: "no connection",
    Layer.CONNECT: "no connection",
    Layer.TLS: "no encryption",
    Layer.GREETING: "no connection",
    Layer.SIGN_IN: "sign-in failed",
    Layer.FOLDER: "folder trouble",
    Layer.DOWNLOAD: "download failed",
    Layer.STORE: "database trouble",
    Layer.DELETE: "deleting failed",
    Layer.MOVE: "moving failed",
    Layer.PROCESS: "processing failed",
}
_NOT_VALID: Final = {Validity.INVALID: "invalid", Validity.INVALID_TEMPORARILY: "invalid for a while"}


def trouble(status: AccountStatus) -> str:
    """What an account fails at, in two or three words; never the server's own."""
    return _FAILING.get(status.error_code) or _FAILING_AT.get(status.error_layer, "see mailadmin check")


def brief(account: IncomingAccount, status: AccountStatus | None, now: datetime | None = None) -> str:
    """The same as :func:`state_of` for a narrow column."""
    word, text = state_of(account, status, now)
    if word == "invalid":
        return _NOT_VALID[account.validity]
    if word == "failing" and status is not None:
        return f"failing: {trouble(status)}"
    if word == AccountState.NEEDS_SIGN_IN:
        return "needs sign-in"
    return "waiting, as the server asks" if word == "waiting" else text


def state_of(account: IncomingAccount, status: AccountStatus | None, now: datetime | None = None) -> tuple[str, str]:
    """A stable word (invalid, needs-sign-in, never-fetched, waiting, failing, ok) and what there is to say."""
    state = account_state(account, status, now or datetime.now(UTC))
    if state in {AccountState.INVALID, AccountState.INVALID_TEMPORARILY}:  # one word for both: scripts rely on it
        return AccountState.INVALID.value, f"not fetched: {account.validity.value}"
    return state.value, _said(state, status)


def _said(state: AccountState, status: AccountStatus | None) -> str:
    if state is AccountState.NEEDS_SIGN_IN:
        refused = status.sign_in.since if status is not None and status.sign_in is not None else None
        return f"needs sign-in since {local(refused)}" if refused else "needs sign-in"
    if status is None or state is AccountState.NEVER_FETCHED:
        return "never fetched"
    if state is AccountState.WAITING:
        return f"waiting until {local(status.waiting_until)}, as the server asks"
    if state is AccountState.FAILING:
        since = f" since {local(status.failing_since)}" if status.failing_since else ""
        return f"failing{since} ({count(status.failures, 'time')}): {trouble(status)}"
    return "ok"
