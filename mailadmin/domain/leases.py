"""Leases keep two fetches of one account apart, across threads, processes and workstations (DESIGN 4, FE-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

LEASE_SECONDS: Final = 60
HEARTBEAT_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease. ``started`` is the process's start time in seconds, which tells a pid used again."""

    host: str
    pid: int
    started: float
    user: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid})"


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that was taken. It is still ours as long as the row's generation is this one and has not expired."""

    name: str
    holder: Holder
    generation: int


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease row as it stands. ``holder`` None: free. Times are aware UTC by the database's clock."""

    name: str
    holder: Holder | None
    generation: int
    expires: datetime | None
    expired: bool


def account_lease(account_id: int) -> str:
    """The name of an account's lease."""
    return f"account:{account_id}"


def token_lease(account_id: int) -> str:
    """The name of the lease under which an account's access token is renewed."""
    return f"token:{account_id}"


ORPHANS_LEASE: Final = "orphans"
"""The lease under which stored messages without an account (``mailadmin read``, deleted accounts) are processed."""
