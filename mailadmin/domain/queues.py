"""Queues and the e-mail addresses that lead to them (FEATURES PM-1, PM-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .accounts import Stamp, Validity
from .vocabulary import FollowUpOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where a ticket waits for a team. ``name`` may hold a hierarchy (``Support::Printers``).

    ``sender_address`` is an address of the e-mail address list, ``group`` a group's name; both may be empty.
    """

    name: str
    follow_up: FollowUpOption = FollowUpOption.POSSIBLE
    follow_up_lock: bool = False
    sender_address: str = ""
    group: str = ""
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """One of our own addresses; mail sent to it goes to ``queue`` (a queue's name)."""

    address: str
    display_name: str = ""
    queue: str = ""
    validity: Validity = Validity.VALID
    comment: str = ""
    id: int | None = None
    version: int = 0
    created: Stamp | None = None
    changed: Stamp | None = None


SHIPPED_QUEUES: Final = (
    Queue(name="Postmaster", comment="Postmaster queue."),
    Queue(name="Raw", comment="All new mail that no rule sends elsewhere."),
    Queue(name="Junk", comment="All junk mail."),
    Queue(name="Misc", comment="Everything that fits nowhere else."),
)
"""The four queues every database starts with."""
