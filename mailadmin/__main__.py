"""``mailadmin`` and ``python -m mailadmin``: the window, or the command line when a command is given."""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Run what the command line says; the exit code."""
    multiprocessing.freeze_support()  # a frozen program is started anew for a process of its own
    from mailadmin.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
