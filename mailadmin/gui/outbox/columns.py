"""How outgoing messages are shown in a list: two lines each, so that the text beside them has room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon

from mailadmin.domain.outside_text import shown
from mailadmin.domain.responses import OutboxMessage, OutboxState
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import configured, times
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate

_A_NUMBER: Final = "2026112010000017"
"""As wide as ticket numbers are."""
_ICONS: Final = {
    OutboxState.DRAFT: ("pencil-outline", Tone.ACCENT),
    OutboxState.DISCARDED: ("trash-can-outline", Tone.QUIET),
    configured.EXPIRED: ("clock-alert-outline", Tone.QUIET),
}


def state_of(message: OutboxMessage) -> str:
    """What has become of a message; a draft whose time is over is expired."""
    return configured.outbox_state_of(message, datetime.now(UTC))


def state_icon(state: str) -> QIcon:
    """The icon beside the word for a state; of a newer version's state none."""
    return icon(*_ICONS[state]) if state in _ICONS else QIcon()


def state_line(message: OutboxMessage) -> str:
    """When a draft expires; empty for what is none any more."""
    if state_of(message) != OutboxState.DRAFT:
        return ""
    return _expires(message.expires)


def _expires(moment: datetime) -> str:
    when = times.relative(moment, datetime.now(UTC), short=True)
    return translate("Outbox", "expires {when}").format(when=when)


def recipients(message: OutboxMessage) -> str:
    """Whom it is for."""
    return shown(", ".join((*message.draft.to, *message.draft.cc)))


COLUMNS: Final[tuple[Column[OutboxMessage], ...]] = (
    Column(
        key="state",
        title=lambda: translate("Outbox", "State"),
        text=lambda one: configured.outbox_state(state_of(one)),
        second=state_line,
        tooltip=lambda one: translate("Outbox", "Expires: {when}").format(when=times.exact(one.expires)),
        icon=lambda one: state_icon(state_of(one)),
        width=23,
        words=lambda: [
            *map(configured.outbox_state, _ICONS),
            *(_expires(datetime.now(UTC) + timedelta(hours=hours)) for hours in (11, 24)),
        ],
    ),
    Column(
        key="message",
        title=lambda: translate("Outbox", "Message"),
        text=recipients,  # first, as in every outbox: subjects of responses all begin alike
        second=lambda one: shown(one.draft.subject),
        tooltip=lambda one: f"{recipients(one)}\n{shown(one.draft.subject)}",
        stretch=True,
        width=18,
        fixed=True,
    ),
    Column(
        key="ticket",
        title=lambda: translate("Outbox", "Ticket"),
        text=lambda one: one.ticket,
        tooltip=lambda one: one.ticket,
        width=20,
        words=lambda: [_A_NUMBER],
    ),
    Column(
        key="created",
        title=lambda: translate("Outbox", "Created"),
        text=lambda one: times.relative(one.created, datetime.now(UTC), short=True),
        tooltip=lambda one: times.exact(one.created),
        width=10,
        shown=False,  # when it expires says as much
    ),
)
