"""The threads that a test may be asked about."""

from __future__ import annotations

import threading


def running() -> set[threading.Thread]:
    """Those that Python started, the main one included.

    Python makes an object up for every thread of Qt's in which something was logged, and keeps it: those say nothing.
    """
    return {thread for thread in threading.enumerate() if type(thread).__name__ != "_DummyThread"}
