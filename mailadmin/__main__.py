"""``mailadmin`` and ``python -m mailadmin``: the window, or the command line when a command is given."""

from __future__ import annotations

import multiprocessing
import sys

INTERRUPTED = 130
"""The exit code of a program that was interrupted (128 + SIGINT)."""


def main() -> int:
    """Run what the command line says; the exit code."""
    multiprocessing.freeze_support()  # a frozen program is started anew for a process of its own
    try:
        from mailadmin.cli.main import run
    except KeyboardInterrupt:  # loading takes a second; nothing has been done yet
        return INTERRUPTED
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
