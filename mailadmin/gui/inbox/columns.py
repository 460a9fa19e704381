"""How messages are shown in a list: two lines each, so that the message beside them has room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outside_text import shown
from mailadmin.gui.mail_view.why import kind_of
from mailadmin.gui.sentences import states, times, traces
from mailadmin.gui.widgets.columns import message_icon
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate


def subject_of(message: InboxMessage) -> str:
    """A message's subject on one line."""
    return shown(message.subject) or translate("Inbox", "(no subject)")


def _state_tip(message: InboxMessage) -> str:
    said = traces.reason(message.reason_code, message.reason_facts)
    became = traces.outcome(kind_of(message), message.ticket)
    return "\n".join(part for part in (became, said) if part)


COLUMNS: Final[tuple[Column[InboxMessage], ...]] = (
    Column(
        key="state",
        title=lambda: translate("Inbox", "State"),
        text=lambda one: states.inbox_state(one.state),
        second=lambda one: shown(one.account),
        tooltip=_state_tip,
        icon=lambda one: message_icon(one.state),
        width=15,
    ),
    Column(
        key="message",
        title=lambda: translate("Inbox", "Message"),
        text=subject_of,
        second=lambda one: shown(one.sender),
        tooltip=lambda one: f"{subject_of(one)}\n{shown(one.sender)}",
        stretch=True,
        width=18,
        fixed=True,
    ),
    Column(
        key="ticket",
        title=lambda: translate("Inbox", "Ticket"),
        text=lambda one: one.ticket,
        width=16,
        shown=False,
    ),
    Column(
        key="size",
        title=lambda: translate("Inbox", "Size"),
        text=lambda one: times.size(one.size),
        numeric=True,
        width=9,
        shown=False,
    ),
    Column(
        key="when",
        title=lambda: translate("Inbox", "Fetched"),
        text=lambda one: times.relative(one.fetched_at, datetime.now(UTC), short=True),
        tooltip=lambda one: times.exact(one.fetched_at),
        width=10,
    ),
)
