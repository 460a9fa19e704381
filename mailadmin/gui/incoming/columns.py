"""The columns of the table of incoming accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon

from mailadmin.domain.accounts import AccountState, Authentication, Dispatching, IncomingAccount
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import oauth, problems, states, times
from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.records import Column

from .rows import AccountRow, next_text, state_icon, state_text, state_tooltip

_URGENCY: Final = (
    AccountState.NEEDS_SIGN_IN,
    AccountState.FAILING,
    AccountState.WAITING,
    AccountState.NEVER_FETCHED,
    AccountState.OK,
    AccountState.INVALID_TEMPORARILY,
    AccountState.INVALID,
)
"""What the state column is sorted by: what needs somebody comes first."""


def account_columns() -> tuple[Column[AccountRow], ...]:
    """From left to right; those of the header's menu alone come after the comment."""
    return (*_shown(), *_choosable(), _trash())


def _shown() -> tuple[Column[AccountRow], ...]:
    return (
        Column(
            key="state",
            title=lambda: translate("Incoming", "State"),
            text=state_text,
            sort=lambda row: _URGENCY.index(row.state),
            tooltip=state_tooltip,
            icon=state_icon,
            width=19,
            words=lambda: [states.account_state(state) for state in AccountState],
        ),
        Column(
            key="account",
            title=lambda: translate("Incoming", "Account"),
            text=lambda row: row.account.name,
            second=_mailbox,
            sort=lambda row: row.account.name.casefold(),
            tooltip=_account_tooltip,
            width=24,
            fixed=True,
        ),
        Column(
            key="type",
            title=lambda: problems.field_label(problems.ACCOUNT, "type"),
            text=_type,
            tooltip=_type_tooltip,
            width=7,
        ),
        Column(
            key="queue",
            title=lambda: problems.field_label(problems.ACCOUNT, "queue"),
            text=_queue,
            tooltip=_queue_tooltip,
            width=8,
        ),
        Column(
            key="last-good",
            title=lambda: translate("Incoming", "Last good"),
            text=lambda row: times.relative(row.last_good, _now(), short=True),
            sort=lambda row: row.last_good,
            tooltip=_last_good_tooltip,
            width=10,
        ),
        Column(
            key="next",
            title=lambda: translate("Incoming", "Next"),
            text=lambda row: next_text(row, _now(), short=True),
            sort=lambda row: row.next_fetch,
            tooltip=_next_tooltip,
            width=7,
            words=lambda: [translate("Incoming", "due now"), translate("Incoming", "paused")],
        ),
        comment_column(_account),
    )


def _choosable() -> tuple[Column[AccountRow], ...]:
    return (
        _field("host", lambda row: row.account.host, elide=Qt.TextElideMode.ElideMiddle, width=20),
        _field("username", lambda row: row.account.username, elide=Qt.TextElideMode.ElideMiddle, width=20),
        replace(validity_column(_account), shown=False),
        _field("authentication", lambda row: states.authentication(row.account.authentication)),
        _works_until(),
        _field(
            "trusted",
            lambda row: states.trusted(row.account.trusted),
            tooltip=lambda row: states.trusted_description(row.account.trusted),
        ),
        _field("after_fetch", lambda row: states.after_fetch(row.account.after_fetch), width=18),
        changed_column(_account),
        _created(),
    )


def _field(
    name: str,
    text: Callable[[AccountRow], str],
    *,
    tooltip: Callable[[AccountRow], str] | None = None,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    width: int = 10,
) -> Column[AccountRow]:
    return Column(
        key=name.replace("_", "-"),
        title=lambda: problems.field_label(problems.ACCOUNT, name),
        text=text,
        tooltip=tooltip or text,
        elide=elide,
        width=width,
        shown=False,
    )


def _works_until() -> Column[AccountRow]:
    return Column(
        key="works-until",
        title=lambda: translate("Incoming", "Works until"),
        text=lambda row: oauth.works_until(row.sign_in, _now()),
        sort=lambda row: row.sign_in.works_until if row.sign_in else None,
        tooltip=_works_until_tooltip,
        width=12,
        shown=False,
    )


def _created() -> Column[AccountRow]:
    def moment(row: AccountRow) -> datetime | None:
        return row.account.created.at if row.account.created else None

    def tooltip(row: AccountRow) -> str:
        stamp = row.account.created
        if stamp is None:
            return ""
        return translate("Incoming", "{when}, by {who}").format(when=times.exact(stamp.at), who=stamp.by)

    return Column(
        key="created",
        title=lambda: translate("Incoming", "Created"),
        text=lambda row: times.relative(moment(row), _now()),
        sort=moment,
        tooltip=tooltip,
        width=16,
        shown=False,
    )


def _trash() -> Column[AccountRow]:
    return replace(
        trash_column(),
        icon=_trash_icon,
        tooltip=lambda row: translate("Incoming", "Delete the account {name}. You are asked first.").format(
            name=row.account.name
        ),
    )


def _trash_icon(row: AccountRow) -> QIcon:
    return QIcon() if row.busy else icon("trash-can-outline")


def _now() -> datetime:
    return datetime.now(UTC)


def _account(row: AccountRow) -> IncomingAccount:
    return row.account


def _mailbox(row: AccountRow) -> str:
    parts = (row.account.opens_mailbox or row.account.username, row.account.host)
    return " · ".join(part for part in parts if part)


def _account_tooltip(row: AccountRow) -> str:
    account = row.account
    if not account.host:
        return translate("Incoming", "{name}: mailbox of {username}").format(
            name=account.name, username=account.username
        )
    return translate("Incoming", "{name}: mailbox of {username} on {host}, port {port}, folder {folder}").format(
        name=account.name,
        username=account.opens_mailbox or account.username,
        host=account.host,
        port=account.effective_port or "",
        folder=account.folder,
    )


def _type(row: AccountRow) -> str:
    kind, how = states.type_label(row.account.type), row.account.authentication
    return kind if how is Authentication.PASSWORD else f"{kind}, {states.authentication(how)}"


def _type_tooltip(row: AccountRow) -> str:
    return translate("Incoming", "{type}, signing in by {authentication}").format(
        type=states.type_description(row.account.type), authentication=states.authentication(row.account.authentication)
    )


def _queue(row: AccountRow) -> str:
    if row.account.dispatching is Dispatching.QUEUE:
        return row.account.queue
    return translate("Incoming", "by address")


def _queue_tooltip(row: AccountRow) -> str:
    if row.account.dispatching is Dispatching.QUEUE:
        return translate("Incoming", "New tickets go to the queue {queue}.").format(queue=row.account.queue)
    return translate("Incoming", "The address a mail was sent to decides the queue of a new ticket.")


def _works_until_tooltip(row: AccountRow) -> str:
    if row.sign_in is None:
        return translate("Incoming", "It signs in by a password: nothing is known that would end it.")
    return oauth.works_until_sentence(row.sign_in, _now())


def _last_good_tooltip(row: AccountRow) -> str:
    if row.last_good is None:
        return translate("Incoming", "No fetch of this account went well yet.")
    return translate("Incoming", "The last fetch that went well: {time}").format(time=times.exact(row.last_good))


def _next_tooltip(row: AccountRow) -> str:
    if not row.valid:
        return translate("Incoming", "The schedule leaves accounts alone that are not valid.")
    if not row.scheduled:
        return translate("Incoming", "No schedule runs here.")
    if not row.awaited:
        return translate(
            "Incoming", "The schedule leaves an account alone until it was fetched by hand: you are asked first."
        )
    if row.paused:
        return translate("Incoming", "The schedule is paused; until it is resumed, mail is fetched by hand only.")
    due = row.next_fetch
    if due is None or due <= _now():
        return translate("Incoming", "The schedule fetches this account as soon as it looks again.")
    return translate("Incoming", "The schedule fetches this account next at {time}.").format(time=times.exact(due))
