"""What is measured: fetching, and the window."""

from __future__ import annotations

import argparse

from . import fetching
from .window import PARTS
from .window import measure as measure_window


def main() -> None:
    """Measure all of it, or one half."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("fetching", "window"), help="only this half")
    parser.add_argument("--messages", type=int, default=2000, help="in the mailbox that is fetched (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run, in turn (%(default)s)")
    parser.add_argument("--only", choices=PARTS, help="only this part of the window's half")
    arguments = parser.parse_args()
    if arguments.what != "window":
        fetching.measure(arguments.messages, arguments.rounds)
    if arguments.what != "fetching":
        parts = (arguments.only,) if arguments.only else PARTS
        measure_window(arguments.messages, arguments.rounds, parts)


if __name__ == "__main__":
    main()
