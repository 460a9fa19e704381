"""One fetch in a process of its own that may be killed: ``driver.py HOME [--step STEP COUNT | --after SECONDS]``.

Prints one line of JSON per account. With ``--step`` the process kills itself (SIGKILL) when it comes to that step for
the COUNT-th time; with ``--after`` as long after the first step as said. ``--token`` is the number of the access token
that a provider in memory gives; without it the real ones are asked.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailadmin.bootstrap import Options, open_application, open_oauth_client
from mailadmin.services.steps import Step
from tests.servers.provider import MemoryProvider


def kill_myself() -> None:
    """Go without a word, as on a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Counts steps and ends the process at the one asked for."""

    def __init__(self, step: str, count: int, after: float) -> None:
        self._step = step
        self._left = count
        self._after = after
        self._lock = threading.Lock()

    def __call__(self, step: Step) -> None:
        with self._lock:
            if self._after:
                timer = threading.Timer(self._after, kill_myself)
                timer.daemon = True
                timer.start()
                self._after = 0.0
            if step == self._step:
                self._left -= 1
                if not self._left:
                    kill_myself()


def main() -> None:
    """Fetch all valid accounts of the installation in HOME."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--step", nargs=2, default=("", "1"))
    parser.add_argument("--after", type=float, default=0.0)
    parser.add_argument("--token", type=int)
    arguments = parser.parse_args()
    step, count = arguments.step
    options = Options(home=arguments.home, key_file=arguments.home / "key").completed()
    killer = Killer(step, int(count), arguments.after)
    provider = MemoryProvider(life=timedelta(days=1), number=(arguments.token or 1) - 1)
    provider.clock.now = datetime.now(UTC)
    open_client = provider.open if arguments.token is not None else open_oauth_client
    with open_application(options, on_step=killer, open_client=open_client) as app:
        for outcome in app.fetching.fetch():
            error = str(outcome.error) if outcome.error else ""
            line = {"name": outcome.name, "status": outcome.status, "error": error, **asdict(outcome.counts)}
            print(json.dumps(line), flush=True)  # noqa: T201  (the parent reads it)


if __name__ == "__main__":
    main()
