"""Each run of a measurement is a process of its own, so that none warms up the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache

Result = dict[str, float]


def run_alone(module: str, *arguments: str) -> Result:
    """What a module's run prints: one JSON object. There is no display, and nothing is fetched but by the run."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment())
    result: Result = json.loads(ended.stdout)
    return result


@cache
def _environment() -> dict[str, str]:
    """Everybody's but the first start finds its modules compiled; whoever measures may have switched that off."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": _compiled().name}


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="mailadmin-bench-")
