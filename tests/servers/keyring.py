"""A private D-Bus session with gnome-keyring (Debian: gnome-keyring, dbus-daemon), and programs run inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

AVAILABLE: Final = all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon")))

# The daemon is a child of the session's shell; dbus-run-session ends the bus with the shell, and the daemon with it.
_UNLOCK: Final = 'printf %s pw | gnome-keyring-daemon --unlock --components=secrets >"$HOME/daemon" 2>&1; exec "$@"'
_LOCKED: Final = 'gnome-keyring-daemon --start --components=secrets >"$HOME/daemon" 2>&1; exec "$@"'
_TELL_AND_WAIT: Final = 'printf "%s\\n" "$DBUS_SESSION_BUS_ADDRESS"; cat >/dev/null'


class KeyringSession:
    """Runs programs against a keyring that lives in a folder of its own and ends with each program.

    :param home: the private folder; what the keyring keeps lasts as long as it does
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in ("run", "data", "config"):
            (home / name).mkdir(mode=0o700, exist_ok=True)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a person who has this keyring, no display and no other bus."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return inherited | {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            **more,
        }

    def run(self, *command: str, unlocked: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program in a new session with the keyring unlocked, or started and locked."""
        return self._run(_in_session(_UNLOCK if unlocked else _LOCKED, *command), **more)

    def run_without_bus(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program where there is no session bus."""
        return self._run([*command], **more)

    @contextmanager
    def bus(self) -> Iterator[str]:
        """The address of a bus with the keyring unlocked, which lasts as long as the block: for this very process."""
        process = subprocess.Popen(
            _in_session(_UNLOCK, "sh", "-c", _TELL_AND_WAIT),
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            try:
                yield process.stdout.readline().strip()
            finally:
                process.stdin.close()

    def _run(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _in_session(script: str, *command: str) -> list[str]:
    return ["dbus-run-session", "--", "sh", "-c", script, "sh", *command]
