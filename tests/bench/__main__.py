"""What is measured: fetching, deciding, and the window."""

from __future__ import annotations

import argparse

from . import deciding, fetching
from .window import PARTS
from .window import measure as measure_window


def main() -> None:
    """Measure all of it, or one part."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("fetching", "deciding", "window"), help="only this")
    parser.add_argument("--messages", type=int, default=2000, help="in the mailbox (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run, in turn (%(default)s)")
    parser.add_argument("--only", choices=PARTS, help="only this part of the window's part")
    arguments = parser.parse_args()
    if arguments.what in {None, "fetching"}:
        fetching.measure(arguments.messages, arguments.rounds)
    if arguments.what in {None, "deciding"}:
        deciding.measure(arguments.messages, arguments.rounds)
    if arguments.what in {None, "window"}:
        parts = (arguments.only,) if arguments.only else PARTS
        measure_window(arguments.messages, arguments.rounds, parts)


if __name__ == "__main__":
    main()
