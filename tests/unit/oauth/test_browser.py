"""Opening a browser: whom it asks, that it never waits, and what the browser does not inherit."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from mailadmin.oauth import browser
from mailadmin.oauth.browser import child_environment, open_link

LINK = "https://login.example.org/authorize?client_id=a&scope=b%20c;$(id)"
Program: TypeAlias = Callable[..., Path]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are shell scripts")


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A computer without browsers and without a display; what was started is ended."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    yield
    for process in browser._running:
        process.kill()
        process.wait()
    browser._running.clear()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes a program that writes down its arguments and ends as told."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(name: str, ending: str = "exit 0") -> Path:
        path = folder / name
        path.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$0" "$@" > {tmp_path}/said.new\n/bin/mv {tmp_path}/said.new {tmp_path}/said\n'
            f"{ending}\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def said(tmp_path: Path) -> list[str]:
    return (tmp_path / "said").read_text().splitlines()


def test_without_a_display_nothing_is_opened(program: Program) -> None:
    program("xdg-open")
    assert not open_link(LINK)


def test_the_system_is_asked_where_there_is_a_display(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program("xdg-open")
    monkeypatch.setenv("DISPLAY", ":1")
    assert open_link(LINK)
    assert said(tmp_path) == [str(path), LINK]  # one word, whatever a shell would make of it


def test_one_that_fails_gives_way_to_the_next(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("xdg-open", "exit 3")
    path = program("firefox")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert open_link(LINK)
    assert said(tmp_path) == [str(path), LINK]


def test_all_that_fail_are_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("xdg-open", "exit 3")
    monkeypatch.setenv("DISPLAY", ":1")
    assert not open_link(LINK)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [("mine", [LINK]), ("mine --new %s", ["--new", LINK]), ("absent:mine 'a b' %s", ["a b", LINK]), ("mine &", [LINK])],
)
def test_the_environment_chooses(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, words: list[str]
) -> None:
    path = program("mine")
    monkeypatch.setenv("BROWSER", chosen)
    assert open_link(LINK)
    assert said(tmp_path) == [str(path), *words]


@pytest.mark.parametrize("chosen", ["w3m", "lynx %s", "'", "", "no-such-program"])
def test_a_text_browser_or_nonsense_is_passed_over(
    program: Program, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    for name in ("w3m", "lynx", "www-browser"):
        program(name)
    monkeypatch.setenv("BROWSER", chosen)
    assert not open_link(LINK)


def test_a_browser_in_the_foreground_is_not_waited_for(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_SECONDS", 0.2)
    program("mine", "exec /bin/sleep 60")
    monkeypatch.setenv("BROWSER", "mine")
    began = time.monotonic()
    assert open_link(LINK)
    assert time.monotonic() - began < 10
    (process,) = browser._running
    assert os.getsid(process.pid) == process.pid  # Ctrl+C in our terminal is not for the browser


def test_only_web_addresses_are_opened(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("mine")
    monkeypatch.setenv("BROWSER", "mine")
    for address in ("file:///etc/passwd", "--help", "javascript:alert(1)", ""):
        assert not open_link(address)


def test_a_browser_does_not_learn_where_our_key_is() -> None:
    own = {"PATH": "/bin", "MAILADMIN_KEY_FILE": "/k", "MAILADMIN_DATABASE": "x", "LD_LIBRARY_PATH": "/opt/lib"}
    assert child_environment(own, bundled=False) == {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib"}


def test_a_browser_gets_the_systems_libraries() -> None:
    own = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/opt/lib", "LD_PRELOAD": "/bundle/x.so"}
    assert child_environment(own, bundled=True) == {"LD_LIBRARY_PATH": "/opt/lib"}
