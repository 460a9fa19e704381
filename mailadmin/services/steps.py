"""The moments of a fetch by name. Tests stop the process at each of them to prove that nothing is lost or doubled."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias


class Step(enum.StrEnum):
    """In the order of one message's journey."""

    LEASE_TAKEN = "lease-taken"
    OPENED = "opened"
    LISTED = "listed"
    DOWNLOADED = "downloaded"
    STORED_UNCOMMITTED = "stored-uncommitted"
    STORED = "stored"
    COPIED = "copied"
    COPY_RECORDED = "copy-recorded"
    ACTED = "acted"
    ACTION_RECORDED = "action-recorded"
    FINISHING = "finishing"
    FINISHED = "finished"
    FINISH_RECORDED = "finish-recorded"
    PROCESSING = "processing"
    CLAIMED = "claimed"
    DECIDED = "decided"
    WRITTEN = "written"
    PROCESSED = "processed"
    LEASE_RELEASED = "lease-released"


OnStep: TypeAlias = Callable[[Step], None]


def ignore_step(step: Step) -> None:
    """What happens at a step in daily life: nothing."""
