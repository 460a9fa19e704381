"""Stop: the first signal asks for an orderly end, a second Ctrl-C ends at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ASKED = b"\nStopping in good order. Press Ctrl-C once more to stop at once.\n"


class Stop:
    """Whether somebody has asked for an end. Called, it answers."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask for an orderly end."""
        self._asked.set()


@contextmanager
def stop_on_signals(*, tell: bool) -> Iterator[Stop]:
    """While the block runs, SIGINT and SIGTERM ask for an orderly end, and a SIGINT after that ends the process.

    :param tell: whether to say so on standard error (a terminal with somebody who may press Ctrl-C again)
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def asked(number: int, frame: FrameType | None) -> None:
        if not stop() and tell:
            # Not by way of the stream: the signal may have come in the middle of its own writing.
            os.write(sys.stderr.fileno(), _ASKED)
        stop.ask()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
