"""Lines that somebody types while a command waits for something else."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_CHUNK: Final = 65_536


@contextmanager
def typed_lines(take: Callable[[str], None]) -> Iterator[bool]:
    """While the block runs, each line that is typed on the terminal is handed over, in a thread of its own.

    Gives whether there is a terminal. Read past Python's own buffer, which a thread must not hold when the program
    ends; on Windows, where a terminal cannot be waited for, that thread stays behind.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        yield False
        return
    near, far = socket.socketpair()
    arguments = (sys.stdin.fileno(), far, take)
    reader = threading.Thread(target=_read, args=arguments, name="typed lines", daemon=True)
    reader.start()
    try:
        yield True
    finally:
        near.close()
        if os.name != "nt":
            reader.join()
            far.close()


def _read(terminal: int, ended: socket.socket, take: Callable[[str], None]) -> None:
    rest = b""
    with contextlib.suppress(OSError):  # the terminal is gone
        while True:
            if os.name != "nt":
                ready: list[int] = select.select([terminal, ended.fileno()], [], [])[0]
                if terminal not in ready:
                    return
            octets = os.read(terminal, _CHUNK)
            if not octets:
                return
            *lines, rest = (rest + octets).split(b"\n")
            for line in lines:
                if text := line.decode("utf-8", "replace").strip():
                    take(text)
