"""A row of the table: an account with how it is doing, and the words and icons for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from PySide6.QtGui import QIcon

from mailadmin.domain.accounts import (
    AccountState,
    AccountStatus,
    Authentication,
    IncomingAccount,
    Validity,
    account_state,
)
from mailadmin.domain.sign_in import SignIn, SignInState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, sign_ins, states, times
from mailadmin.gui.sentences.wording import QT_TRANSLATE_NOOP, harmless, translate
from mailadmin.gui.widgets.columns import account_icon
from mailadmin.services.accounts import AccountService
from mailadmin.services.schedule import ScheduleService

NEEDS_SOMEBODY: Final = frozenset({AccountState.FAILING, AccountState.NEEDS_SIGN_IN})
"""The states that do not end by themselves."""
_LEFT_ALONE: Final = frozenset({AccountState.NEVER_FETCHED, AccountState.NEEDS_SIGN_IN})
"""The states in which the schedule leaves a valid account alone."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the table shows it.

    ``due`` is when the schedule fetches it next (None: as soon as it looks, or never for an account that is not
    valid). ``progress`` says how far a fetch is that runs in this window; empty when none does. ``scheduled`` says
    whether a schedule runs here at all, ``paused`` whether it stands still.
    """

    account: IncomingAccount
    status: AccountStatus | None
    state: AccountState
    due: datetime | None = None
    progress: str = ""
    scheduled: bool = True
    paused: bool = False

    @property
    def key(self) -> int | None:
        """What makes two rows the same account."""
        return self.account.id

    @property
    def valid(self) -> bool:
        """Whether the account is fetched at all."""
        return self.account.validity is Validity.VALID

    @property
    def awaited(self) -> bool:
        """Whether the schedule will fetch it: a first fetch asks, and one without a sign-in fails."""
        return self.scheduled and self.valid and self.state not in _LEFT_ALONE

    @property
    def busy(self) -> bool:
        """Whether a fetch of this window is at it: the row is locked."""
        return bool(self.progress)

    @property
    def sign_in(self) -> SignIn | None:
        """How it stands with its provider; None for a password."""
        return self.status.sign_in if self.status else None

    @property
    def by_person(self) -> bool:
        """Whether somebody signs in for it, in the browser."""
        by_oauth = self.account.authentication is Authentication.OAUTH2
        return by_oauth and (self.sign_in is None or self.sign_in.state is not SignInState.BY_ITSELF)

    @property
    def last_good(self) -> datetime | None:
        """When the last fetch went well."""
        return self.status.last_good if self.status else None

    @property
    def next_fetch(self) -> datetime | None:
        """When it is fetched next: not before the server's wish for patience is over."""
        if not self.valid:
            return None
        waiting = self.status.waiting_until if self.status else None
        return max((moment for moment in (self.due, waiting) if moment is not None), default=None)


def account_row(
    account: IncomingAccount,
    status: AccountStatus | None,
    due: datetime | None,
    now: datetime,
    *,
    scheduled: bool = True,
) -> AccountRow:
    """The row of an account at a moment (aware)."""
    return AccountRow(account, status, account_state(account, status, now), due, scheduled=scheduled)


def account_rows(accounts: AccountService, schedule: ScheduleService, *, scheduled: bool) -> list[AccountRow]:
    """Every account as it is now. Reads the database.

    :param scheduled: whether a schedule runs here
    """
    due, now = schedule.due_times(), datetime.now(UTC)
    return [
        account_row(one, status, due.get(one.id or 0), now, scheduled=scheduled)
        for one, status in accounts.all_with_status()
    ]


def state_icon(row: AccountRow) -> QIcon:
    """The icon of a row's state."""
    return icon("progress-download", Tone.ACCENT) if row.busy else account_icon(row.state)


def state_text(row: AccountRow) -> str:
    """A row's state in a word or two, or how far its fetch is."""
    return row.progress or states.account_state(row.state, row.status.failures if row.status else 0)


def state_since(row: AccountRow, now: datetime) -> str:
    """Since when a row is in its state, as far as that is known: the time of day, or before today the whole date."""
    since = None
    if row.state is AccountState.NEEDS_SIGN_IN and row.sign_in is not None:
        since = row.sign_in.since
    elif row.state is AccountState.FAILING and row.status is not None:
        since = row.status.failing_since
    if since is None:
        return ""
    today = since.astimezone().date() == now.astimezone().date()
    return times.clock(since) if today else times.exact(since)


def next_text(row: AccountRow, now: datetime, *, short: bool = False) -> str:
    """When the schedule fetches an account next."""
    if not row.awaited:
        return "–"
    if row.paused:
        return translate("Incoming", "paused")
    due = row.next_fetch
    return translate("Incoming", "due now") if due is None or due <= now else times.relative(due, now, short=short)


def state_sentence(row: AccountRow) -> str:
    """Why an account is in its state, in a sentence or two."""
    if row.busy:
        return translate("Incoming", "The mail of this account is being fetched now.")
    if row.state is AccountState.FAILING:
        reason = errors.status_sentence(row.status, row.account) if row.status else ""
        return reason or translate("Incoming", "The last fetch failed. A check tells more.")
    if row.state is AccountState.NEEDS_SIGN_IN and row.sign_in is not None:
        return sign_ins.why_needed(row.sign_in, row.account)
    if row.state is AccountState.OK:
        return translate("Incoming", "The last fetch went well.")
    if row.state is AccountState.WAITING:
        waiting = translate("Incoming", "The server asked to be left alone until {time}; then it is tried again.")
        until = row.status.waiting_until if row.status else None
        return waiting.format(time=times.clock(until) if until else "?")
    return translate("Incoming", _SENTENCES[row.state])


def server_words(row: AccountRow) -> str:
    """What the server, or the provider, said when it failed, on one line; empty when nothing or all is well."""
    if row.state is AccountState.NEEDS_SIGN_IN and row.sign_in is not None:
        return sign_ins.provider_words(row.sign_in)
    failing = row.status is not None and row.state in {AccountState.FAILING, AccountState.WAITING}
    return harmless(row.status.error_server) if failing and row.status is not None else ""


def state_tooltip(row: AccountRow) -> str:
    """The sentence of a state, since when, and the server's own words."""
    lines = [state_sentence(row)]
    if since := state_since(row, datetime.now(UTC)):
        said = translate("Incoming", "It has failed since {time}.")
        if row.state is AccountState.NEEDS_SIGN_IN:
            said = translate("Incoming", "It has needed a sign-in since {time}.")
        lines.append(said.format(time=since))
    if words := said_by_server(row):
        lines.append(words)
    return "\n".join(lines)


def said_by_server(row: AccountRow) -> str:
    """The same with who says it: ``The server says: ...``."""
    words = server_words(row)
    if not words:
        return ""
    if row.state is AccountState.NEEDS_SIGN_IN:
        return translate("Incoming", "The provider says: {words}").format(words=words)
    return translate("Incoming", "The server says: {words}").format(words=words)


_SENTENCES: Final[Mapping[AccountState, str]] = {
    AccountState.NEVER_FETCHED: QT_TRANSLATE_NOOP("Incoming", "Nothing was fetched from this account yet."),
    AccountState.INVALID: QT_TRANSLATE_NOOP(
        "Incoming", "This account is set to invalid: its mail is not fetched and stays on the server."
    ),
    AccountState.INVALID_TEMPORARILY: QT_TRANSLATE_NOOP(
        "Incoming", "This account is set to invalid for a while: its mail is not fetched and stays on the server."
    ),
}
