"""Who changed what in the configuration (FEATURES OPS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one record. ``changes`` is field to (before, after), plain JSON values, never a secret.

    ``table`` and ``record`` are named as in the file of ``apply``; ``action`` is ``add``, ``change`` or ``delete``.
    """

    at: datetime
    by: str
    table: str
    record: str
    action: str
    changes: Mapping[str, tuple[object, object]]
