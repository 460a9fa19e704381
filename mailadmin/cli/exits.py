"""Exit codes, as scripts and monitoring rely on them (CLI.md)."""

from __future__ import annotations

from typing import Final

from mailadmin.domain.errors import Code, MailadminError

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
BUSY: Final = 3
TRY_AGAIN: Final = 75
"""``mailadmin read`` alone: EX_TEMPFAIL of sysexits(3). A mail server's pipe bounces on anything else."""

_USAGE: Final = frozenset(
    {
        Code.UNKNOWN_ACCOUNT, Code.UNKNOWN_PROFILE, Code.UNKNOWN_QUEUE, Code.UNKNOWN_SECRET, Code.INVALID_RECORD,
        Code.BAD_FILE, Code.IN_USE, Code.NOT_OFFERED_YET, Code.TWO_KEY_SOURCES, Code.DATABASE_URL,
        Code.DATABASE_URL_HAS_PASSWORD, Code.EMPTY_INPUT,
    }
)  # fmt: skip
"""What was asked for could not be right: a name nobody configured, a file that says what cannot be."""


def exit_code(error: MailadminError) -> int:
    """What a command that failed as a whole ends with: 2 for wrong usage and bad files, else 1."""
    return USAGE if error.code in _USAGE else FAILED
