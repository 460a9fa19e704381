"""What the lists of the page show of a ticket and of its history, as data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon

from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import HistoryEntry, Ticket
from mailadmin.domain.vocabulary import StateType
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import states, times
from mailadmin.gui.widgets.labels import plain_tooltip
from mailadmin.gui.widgets.records import Column

translate = QCoreApplication.translate
_ICONS: Final = {
    StateType.NEW: ("circle", Tone.ACCENT),
    StateType.OPEN: ("circle-outline", Tone.ACCENT),
    StateType.CLOSED: ("check-circle-outline", Tone.GOOD),
    StateType.PENDING_REMINDER: ("clock-outline", Tone.WARNING),
    StateType.PENDING_AUTO: ("clock-outline", Tone.WARNING),
    StateType.REMOVED: ("minus-circle-outline", Tone.QUIET),
    StateType.MERGED: ("call-merge", Tone.QUIET),
}
_WORDS: Final = {
    "StateUpdate": states.ticket_state,
    "PriorityUpdate": states.priority,
    "LockUpdate": states.lock,
}
_CHANGE: Final = " -> "
"""Between before and after in the history's details."""


def state_icon(ticket: Ticket) -> QIcon:
    """The icon beside the word for a ticket's state."""
    if ticket.state == "closed unsuccessful":
        return icon("close-circle-outline", Tone.QUIET)
    return icon(*_ICONS[ticket.state_type])


def title_of(ticket: Ticket) -> str:
    """A ticket's title on one line."""
    return shown(ticket.title) or translate("Tickets", "(no title)")


def customer_and_number(ticket: Ticket) -> str:
    """``customer@example.org · 2026112010000014``."""
    return " · ".join(part for part in (shown(ticket.customer), ticket.number) if part)


def state_of(ticket: Ticket) -> str:
    """A ticket's state in a word; where it went, if it was merged."""
    if ticket.merged_into:
        return translate("Tickets", "merged into {number}").format(number=ticket.merged_into)
    return states.ticket_state(ticket.state)


def _changed(ticket: Ticket) -> str:
    return times.relative(ticket.changed, datetime.now(UTC), short=True)


TICKET_COLUMNS: Final[tuple[Column[Ticket], ...]] = (
    Column(
        key="ticket",
        title=lambda: translate("Tickets", "Ticket"),
        text=title_of,
        second=customer_and_number,
        tooltip=lambda one: plain_tooltip(f"{title_of(one)}\n{customer_and_number(one)}"),
        stretch=True,
        width=16,
        fixed=True,
    ),
    Column(
        key="state",
        title=lambda: translate("Tickets", "State"),
        text=state_of,
        second=_changed,
        icon=state_icon,
        tooltip=lambda one: plain_tooltip(
            translate("Tickets", "{state}\nCreated {created}\nChanged {changed}").format(
                state=state_of(one), created=times.exact(one.created), changed=times.exact(one.changed)
            )
        ),
        width=9,
    ),
    Column(
        key="articles",
        title=lambda: translate("Tickets", "Mails"),
        text=lambda one: times.number(one.articles),
        tooltip=lambda one: times.messages(one.articles),
        numeric=True,
        width=3,
    ),
    Column(
        key="number",
        title=lambda: translate("Tickets", "Number"),
        text=lambda one: one.number,
        width=18,
        shown=False,
    ),
    Column(
        key="customer",
        title=lambda: translate("Tickets", "Customer"),
        text=lambda one: shown(one.customer),
        tooltip=lambda one: plain_tooltip(shown(one.customer)),
        elide=Qt.TextElideMode.ElideMiddle,
        width=20,
        shown=False,
    ),
    Column(key="queue", title=lambda: translate("Tickets", "Queue"), text=lambda one: one.queue, width=16, shown=False),
    Column(
        key="priority",
        title=lambda: translate("Tickets", "Priority"),
        text=lambda one: states.priority(one.priority),
        width=12,
        shown=False,
    ),
    Column(key="owner", title=lambda: translate("Tickets", "Owner"), text=lambda one: one.owner, width=12, shown=False),
    Column(key="type", title=lambda: translate("Tickets", "Type"), text=lambda one: one.type, width=12, shown=False),
    Column(
        key="service",
        title=lambda: translate("Tickets", "Service"),
        text=lambda one: shown(one.service),
        tooltip=lambda one: plain_tooltip(shown(one.service)),
        elide=Qt.TextElideMode.ElideMiddle,
        width=16,
        shown=False,
    ),
    Column(
        key="changed",
        title=lambda: translate("Tickets", "Changed"),
        text=_changed,
        tooltip=lambda one: times.exact(one.changed),
        width=12,
        shown=False,
    ),
)


def _detail(entry: HistoryEntry) -> str:
    """What changed: names of states, priorities and locks as people know them."""
    word = _WORDS.get(entry.event, shown)
    before, arrow, after = entry.detail.partition(_CHANGE)
    if not arrow:
        return shown(entry.detail)
    return translate("Tickets", "{before} → {after}").format(before=word(before), after=word(after))


HISTORY_COLUMNS: Final[tuple[Column[tuple[int, HistoryEntry]], ...]] = (
    Column(
        key="at",
        title=lambda: translate("Tickets", "When"),
        text=lambda row: times.exact(row[1].at),
        second=lambda row: shown(row[1].by),
        sort=lambda row: row[0],
        tooltip=lambda row: times.relative(row[1].at, datetime.now(UTC)),
        width=16,
    ),
    Column(
        key="event",
        title=lambda: translate("Tickets", "What"),
        text=lambda row: states.history_event(row[1].event),
        second=lambda row: _detail(row[1]) or " ",
        tooltip=lambda row: plain_tooltip(_detail(row[1])),
        stretch=True,
    ),
)
