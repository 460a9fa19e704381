"""How communications, their connections and messages, and single entries are shown in lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.communication import Communication, LogEntry, LogKind, LogObject, LogStatus, Priority
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import communication, times
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate

_STATUSES: Final = {
    LogStatus.PROCESSING: ("progress-download", Tone.ACCENT),
    LogStatus.SUCCESSFUL: ("check-circle-outline", Tone.GOOD),
    LogStatus.WARNING: ("alert-outline", Tone.WARNING),
    LogStatus.FAILED: ("close-circle-outline", Tone.BAD),
}
_PRIORITIES: Final = {
    Priority.TRACE: ("dots-horizontal", Tone.QUIET),
    Priority.DEBUG: ("dots-horizontal", Tone.QUIET),
    Priority.INFO: ("information-outline", Tone.PLAIN),
    Priority.NOTICE: ("information-outline", Tone.ACCENT),
    Priority.WARN: ("alert-outline", Tone.WARNING),
    Priority.ERROR: ("close-circle-outline", Tone.BAD),
}


def status_icon(status: LogStatus) -> QIcon:
    """The icon beside the word for how something ended."""
    return icon(*_STATUSES[status])


def priority_icon(priority: Priority) -> QIcon:
    """The icon beside the word for how much an entry matters."""
    return icon(*_PRIORITIES[priority])


def _began(one: Communication) -> str:
    return times.relative(one.started, datetime.now(UTC), short=True)


def _took(one: Communication) -> str:
    duration = one.duration
    return "" if duration is None else communication.took(duration.total_seconds())


COMMUNICATIONS: Final[tuple[Column[Communication], ...]] = (
    Column(
        key="status",
        title=lambda: translate("CommunicationLog", "Status"),
        text=lambda one: communication.status(one.status, interrupted=one.interrupted),
        icon=lambda one: status_icon(one.status),
        words=lambda: [communication.status(status) for status in LogStatus],
        width=16,
    ),
    Column(
        key="account",
        title=lambda: translate("CommunicationLog", "Account"),
        text=communication.whose,
        tooltip=communication.whose,
        stretch=True,
        width=14,
        fixed=True,
    ),
    Column(
        key="type",
        title=lambda: translate("CommunicationLog", "Type"),
        text=lambda one: one.account_type,
        width=10,
    ),
    Column(
        key="started",
        title=lambda: translate("CommunicationLog", "Begun"),
        text=_began,
        tooltip=lambda one: times.exact(one.started),
        width=11,
    ),
    Column(key="took", title=lambda: translate("CommunicationLog", "Took"), text=_took, numeric=True, width=12),
    Column(
        key="messages",
        title=lambda: translate("CommunicationLog", "Messages"),
        text=lambda one: times.number(one.messages),
        numeric=True,
        width=8,
    ),
    Column(
        key="failed",
        title=lambda: translate("CommunicationLog", "Failed"),
        text=lambda one: times.number(one.failed_messages) if one.failed_messages else "",
        numeric=True,
        width=6,
    ),
)

OBJECTS: Final[tuple[Column[LogObject], ...]] = (
    Column(
        key="what",
        title=lambda: translate("CommunicationLog", "Connection, message"),
        text=communication.name,
        second=lambda one: ", ".join(
            part for part in (communication.status(one.status), communication.details(one)) if part
        ),
        tooltip=lambda one: "\n".join(part for part in (communication.name(one), communication.details(one)) if part),
        icon=lambda one: status_icon(one.status),
        stretch=True,
        width=18,
        fixed=True,
    ),
    Column(
        key="message",
        title=lambda: translate("CommunicationLog", "Number"),
        text=lambda one: str(one.inbox_id) if one.kind is LogKind.MESSAGE and one.inbox_id is not None else "",
        numeric=True,
        width=6,
    ),
)


def entry_columns(account: Callable[[], str]) -> tuple[Column[LogEntry], ...]:
    """The columns of entries.

    :param account: gives the account's name, which sentences speak of
    """
    return (
        Column(
            key="at",
            title=lambda: translate("CommunicationLog", "Time"),
            text=communication.clock,
            tooltip=lambda one: times.exact(one.at),
            width=11,
        ),
        Column(
            key="priority",
            title=lambda: translate("CommunicationLog", "Priority"),
            text=lambda one: communication.priority(one.priority),
            icon=lambda one: priority_icon(one.priority),
            words=lambda: [communication.priority(priority) for priority in Priority],
            width=11,
        ),
        Column(
            key="what",
            title=lambda: translate("CommunicationLog", "What happened"),
            text=lambda one: communication.entry(one, account()),
            tooltip=lambda one: communication.entry(one, account()),
            stretch=True,
            fixed=True,
            width=20,
        ),
    )
