"""OTOBO's words for queues and tickets: states and their types, priorities, locks, and so on."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class FollowUpOption(enum.StrEnum):
    """What a queue does with a reply to a closed ticket."""

    POSSIBLE = "possible"
    REJECT = "reject"
    NEW_TICKET = "new ticket"


class StateType(enum.StrEnum):
    """OTOBO's ticket state types."""

    NEW = "new"
    OPEN = "open"
    CLOSED = "closed"
    PENDING_REMINDER = "pending reminder"
    PENDING_AUTO = "pending auto"
    REMOVED = "removed"
    MERGED = "merged"


STATES: Final[Mapping[str, StateType]] = MappingProxyType(
    {
        "new": StateType.NEW,
        "open": StateType.OPEN,
        "closed successful": StateType.CLOSED,
        "closed unsuccessful": StateType.CLOSED,
        "removed": StateType.REMOVED,
        "pending reminder": StateType.PENDING_REMINDER,
        "pending auto close+": StateType.PENDING_AUTO,
        "pending auto close-": StateType.PENDING_AUTO,
        "merged": StateType.MERGED,
    }
)
"""Ticket states, as shipped by OTOBO, with their types."""

PRIORITIES: Final = ("1 very low", "2 low", "3 normal", "4 high", "5 very high")
LOCKS: Final = ("unlock", "lock", "tmp_lock")
SENDER_TYPES: Final = ("agent", "system", "customer")
