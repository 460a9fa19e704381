"""Columns that several tables have: validity, comment, when it was changed, and the trash icon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.accounts import AccountState, Stamp, Validity
from mailadmin.domain.messages import InboxState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import states, times

from .records import Column

T = TypeVar("T")
translate = QCoreApplication.translate


class Edited(Protocol):
    """What every record has that an administrator edits."""

    @property
    def id(self) -> int | None:
        """None while it is not stored."""

    @property
    def validity(self) -> Validity:
        """Only what is valid is used."""

    @property
    def comment(self) -> str:
        """For people."""

    @property
    def changed(self) -> Stamp | None:
        """Who changed it last, and when."""


_VALIDITY_ICONS: Final = {
    Validity.VALID: ("check-circle-outline", Tone.GOOD),
    Validity.INVALID: ("minus-circle-outline", Tone.QUIET),
    Validity.INVALID_TEMPORARILY: ("pause-circle-outline", Tone.WARNING),
}


def validity_icon(validity: Validity) -> QIcon:
    """The icon beside the word for a validity."""
    return icon(*_VALIDITY_ICONS[validity])


_ACCOUNT_ICONS: Final = {
    AccountState.OK: ("check-circle-outline", Tone.GOOD),
    AccountState.NEVER_FETCHED: ("circle-outline", Tone.QUIET),
    AccountState.WAITING: ("timer-sand", Tone.WARNING),
    AccountState.NEEDS_SIGN_IN: ("account-alert-outline", Tone.BAD),
    AccountState.FAILING: ("close-circle-outline", Tone.BAD),
    AccountState.INVALID: ("minus-circle-outline", Tone.QUIET),
    AccountState.INVALID_TEMPORARILY: ("pause-circle-outline", Tone.QUIET),
}


def account_icon(state: AccountState) -> QIcon:
    """The icon beside the word for how an account is doing."""
    return icon(*_ACCOUNT_ICONS[state])


_MESSAGE_ICONS: Final = {
    InboxState.QUARANTINED: ("alert-circle-outline", Tone.BAD),
    InboxState.HELD: ("pause-circle-outline", Tone.WARNING),
    InboxState.TOO_BIG: ("weight", Tone.WARNING),
    InboxState.STORED: ("clock-outline", Tone.ACCENT),
    InboxState.PROCESSED: ("check-circle-outline", Tone.GOOD),
    InboxState.IGNORED: ("minus-circle-outline", Tone.QUIET),
    InboxState.DUPLICATE: ("content-duplicate", Tone.QUIET),
    InboxState.DISCARDED: ("trash-can-outline", Tone.QUIET),
}


def message_icon(state: InboxState) -> QIcon:
    """The icon beside the word for what has become of a message."""
    return icon(*_MESSAGE_ICONS[state])


def validity_column(record_of: Callable[[T], Edited]) -> Column[T]:
    """Icon and word."""
    return Column(
        key="validity",
        title=lambda: translate("Columns", "Validity"),
        text=lambda row: states.validity(record_of(row).validity),
        tooltip=lambda row: states.validity(record_of(row).validity),
        icon=lambda row: validity_icon(record_of(row).validity),
        sort=lambda row: list(Validity).index(record_of(row).validity),
        width=15,
    )


def comment_column(record_of: Callable[[T], Edited]) -> Column[T]:
    """The comment; it takes the room that is left."""
    return Column(
        key="comment",
        title=lambda: translate("Columns", "Comment"),
        text=lambda row: record_of(row).comment,
        tooltip=lambda row: record_of(row).comment,
        stretch=True,
    )


def changed_column(record_of: Callable[[T], Edited]) -> Column[T]:
    """When it was changed last, how long ago; exactly and by whom in the tooltip. Hidden until it is asked for."""
    return Column(
        key="changed",
        title=lambda: translate("Columns", "Changed"),
        text=lambda row: _relative(record_of(row).changed),
        sort=lambda row: _moment(record_of(row).changed),
        tooltip=lambda row: _exact(record_of(row).changed),
        width=16,
        shown=False,
    )


def trash_column() -> Column[T]:
    """The icon that deletes a row; the table tells its key, ``delete``."""
    return Column(
        key="delete",
        title=lambda: translate("Columns", "Delete"),
        text=lambda row: translate("Columns", "Delete"),
        tooltip=lambda row: translate("Columns", "Delete"),
        icon=lambda row: icon("trash-can-outline"),
        action=True,
    )


def _moment(stamp: Stamp | None) -> datetime | None:
    return stamp.at if stamp else None


def _relative(stamp: Stamp | None) -> str:
    return times.relative(stamp.at, datetime.now(UTC)) if stamp else ""


def _exact(stamp: Stamp | None) -> str:
    if stamp is None:
        return ""
    return translate("Columns", "{when}, by {who}").format(when=times.exact(stamp.at), who=stamp.by)
