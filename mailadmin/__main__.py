"""``mailadmin`` and ``python -m mailadmin``: the window, or the command line when a command is given."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

    from mailadmin.bootstrap import Options

INTERRUPTED = 130
"""The exit code of a program that was interrupted (128 + SIGINT)."""
TRY_AGAIN = 75
"""The exit code of `read` that was ended early (EX_TEMPFAIL), as the command line has it."""


class Window:
    """The door from the command line to the window, so that neither knows the other. Qt is loaded behind it only."""

    def missing(self) -> str:
        """Why there can be no window: ``not-installed``, ``no-display``, or empty when there can."""
        if importlib.util.find_spec("PySide6") is None:
            return "not-installed"
        shown = sys.platform in {"win32", "darwin"} or any(
            os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        )
        return "" if shown else "no-display"

    def open(self, options: Options) -> int:
        """Show the window until it is closed; the exit code."""
        with _loading():
            from mailadmin.gui.application import run
        return run(options)

    def take_pictures(self, folder: Path) -> int:
        """Write pictures of every page and dialog; the exit code."""
        from mailadmin.gui.pictures import take_pictures

        return take_pictures(folder)


@contextmanager
def _loading() -> Iterator[None]:
    """What is loaded stays: to look through it for garbage would take a fifth of the time, and again later on."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _open_window(window: Window) -> int:
    """The window without the command line, which takes as long to load; the exit code."""
    with _loading():
        from mailadmin import diagnostics
        from mailadmin.bootstrap import Options, begin_log
    diagnostics.install_crash_hook()
    options = Options().completed()
    begin_log(options)
    try:
        return window.open(options)
    except Exception as error:  # noqa: BLE001  (told as the command line tells it)
        from mailadmin.cli.main import told
        from mailadmin.cli.session import Session

        return told(error, Session())


def _signals_mean_later() -> None:
    """A mail server's pipe that is told to end while the program loads: a signal's own exit code bounces the mail."""

    def later(number: int, frame: object) -> NoReturn:
        raise SystemExit(TRY_AGAIN)

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), later)


def main() -> int:
    """Run what the command line says; the exit code."""
    if getattr(sys, "frozen", False):  # such a program is started anew for a process of its own
        import multiprocessing

        multiprocessing.freeze_support()
    if sys.argv[1:2] == ["read"]:
        _signals_mean_later()
    window = Window()
    try:
        if not sys.argv[1:] and not window.missing():
            return _open_window(window)
        with _loading():
            from mailadmin.cli.main import run
    except KeyboardInterrupt:  # loading takes a second; nothing has been done yet
        return INTERRUPTED
    return run(sys.argv[1:], window)


if __name__ == "__main__":
    sys.exit(main())
