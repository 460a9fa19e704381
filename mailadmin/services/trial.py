"""A process of its own for a mail that may be what ended ours."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from mailadmin.postmaster import parse

TRIAL_SECONDS = 60.0


def survives_parsing(raw: bytes, parsing: Callable[[bytes], object] = parse, seconds: float = TRIAL_SECONDS) -> bool:
    """Whether a child process that parses these octets comes to a good end in time.

    :param parsing: what the child does; importable by name
    """
    child = multiprocessing.get_context("spawn").Process(target=parsing, args=(raw,), daemon=True)
    child.start()
    child.join(seconds)
    if child.is_alive():
        child.kill()
        child.join()
    status = child.exitcode
    child.close()
    return status == 0
