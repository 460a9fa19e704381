"""Opens a link in the browser of whoever sits there, without waiting for it and without a shell.

Python's ``webbrowser`` waits for a browser that ``$BROWSER`` names, takes the terminal for a text browser, and calls
``xdg-open`` a success whatever becomes of it; so only its rule for ``$BROWSER`` is kept here.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

log = logging.getLogger(__name__)

_SECONDS: Final = 1.0
"""How long a program is watched: one that cannot open the link ends sooner, one that still runs is the browser."""
_TEXT_BROWSERS: Final = frozenset({"browsh", "carbonyl", "elinks", "links", "links2", "lynx", "w3m", "www-browser"})
_OPENERS: Final = (
    ("xdg-open",), ("gio", "open"), ("wslview",), ("x-www-browser",), ("sensible-browser",), ("firefox",),
    ("chromium",), ("google-chrome",),
)  # fmt: skip
_OF_A_BUNDLE: Final = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH")
"""PyInstaller points these at its own libraries, which no other program must load; what was said is in ``..._ORIG``."""

_running: Final[list[subprocess.Popen[bytes]]] = []
"""Browsers that were started here, so that they can be reaped when they have ended."""


def open_link(link: str) -> bool:
    """Open a web address in a browser: the one ``$BROWSER`` names, else the system's.

    Takes a second at most.

    :returns: whether a program took it, which does not say that a page is to be seen
    """
    if not link.startswith(("https://", "http://")):
        return False
    _running[:] = [process for process in _running if process.poll() is None]
    if any(_start(command) for command in _chosen(link)):
        return True
    if sys.platform == "win32":
        return _start_file(link)
    return any(_start(command) for command in _of_the_system(link))


def _chosen(link: str) -> Iterator[list[str]]:
    """The commands of ``$BROWSER``: several after the path separator, each with ``%s`` for the link or without."""
    for said in os.environ.get("BROWSER", "").split(os.pathsep):
        try:
            words = [word for word in shlex.split(said, posix=os.name != "nt") if word != "&"]
        except ValueError:
            continue
        if words and PurePath(words[0]).stem not in _TEXT_BROWSERS:
            yield [word.replace("%s", link) for word in words] if "%s" in said else [*words, link]


def _of_the_system(link: str) -> Iterator[list[str]]:
    if sys.platform == "darwin":
        yield ["/usr/bin/open", link]
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):  # else they would try text browsers
        for opener in _OPENERS:
            yield [*opener, link]


def _start(command: Sequence[str]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    try:
        process = subprocess.Popen(  # noqa: S603  (no shell; what the person or the system chose)
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=child_environment(os.environ),
        )
    except OSError as error:
        log.debug("%s could not be started: %s", command[0], error.strerror)
        return False
    try:
        ended = process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        _running.append(process)
        return True
    log.debug("%s ended with %d", command[0], ended)
    return ended == 0


def _start_file(link: str) -> bool:
    try:
        getattr(os, "startfile")(link)  # noqa: B009  (Windows alone has it)
    except OSError:
        return False
    return True


def child_environment(own: Mapping[str, str], *, bundled: bool = getattr(sys, "frozen", False)) -> dict[str, str]:
    """The environment of a browser: without our places and keys, and with the libraries of the system.

    :param bundled: whether this program brings its own libraries (PyInstaller)
    """
    kept = {name: value for name, value in own.items() if not name.startswith("MAILADMIN_")}
    if not bundled:
        return kept
    for name in _OF_A_BUNDLE:
        kept.pop(name, None)
        if original := kept.pop(f"{name}_ORIG", ""):
            kept[name] = original
    return kept
