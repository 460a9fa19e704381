"""Each run of a measurement is a process of its own, so that none warms up the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys


def run_alone(module: str, *arguments: str) -> dict[str, float]:
    """What a module's run prints: one JSON object. There is no display, and nothing of this user's is used."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    result: dict[str, float] = json.loads(ended.stdout)
    return result
