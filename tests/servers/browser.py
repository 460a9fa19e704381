"""A person at a browser: Chromium, started by the program under test through ``$BROWSER``, driven by its pages.

    browser = Chromium(tmp_path, openid_provider.ca_file)
    monkeypatch.setenv("BROWSER", browser.command)      # the fixture ``browser`` does both
    ...                                                 # the program opens its link
    browser.sign_in("orders@example.org")               # login, consent; returns the heading of the last page
    browser.deny("orders@example.org")

It has a home of its own in which the authority of the test servers is trusted (NSS), reaches nothing but this
machine, and draws no window (``MAILADMIN_TEST_HEADED=1`` shows it). Each start is one process group; only that is
ended.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

AVAILABLE: Final = all(map(shutil.which, ("chromium", "chromedriver", "certutil")))

_SECONDS: Final = 30.0
_LOOK: Final = 0.05
_FLAGS: Final = (
    "--no-sandbox",  # tests may run as root, and see only pages of their own
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",  # a free one; the profile says which
)
_SCRIPT: Final = """#!/bin/sh
echo $$ >>{pids}
export HOME={home}
exec chromium {flags} --user-data-dir={profile} "$1" >{log} 2>&1
"""


class Chromium:
    """One person's browser. Nothing runs until the program under test opens a link."""

    def __init__(self, folder: Path, ca_file: str) -> None:
        self._pids = folder / "chromium.pids"
        self._profile = folder / "profile"
        self._log = folder / "chromium.log"
        home = folder / "browser-home"
        database = home / ".pki" / "nssdb"
        database.mkdir(parents=True)
        for step in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "test servers", "-i", ca_file]):
            subprocess.run(["certutil", "-d", f"sql:{database}", *step], check=True, stdin=subprocess.DEVNULL)
        flags = [*_FLAGS] if os.environ.get("MAILADMIN_TEST_HEADED") else ["--headless", *_FLAGS]
        script = folder / "browser"
        places = {"pids": self._pids, "home": home, "profile": self._profile, "log": self._log}
        quoted = {name: shlex.quote(str(path)) for name, path in places.items()}
        script.write_text(_SCRIPT.format(flags=shlex.join(flags), **quoted))
        script.chmod(0o755)
        self.command = f"{script} %s"
        """What ``$BROWSER`` is to hold."""
        self._driver: webdriver.Chrome | None = None

    def log(self) -> str:
        """What it complained about."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # --- what the person does --------------------------------------------------------------------------------------

    def sign_in(self, login: str) -> str:
        """Sign in, accept, and come back to the program; the heading of its page."""
        self._enter(login)
        return self._press("allow")

    def deny(self, login: str) -> str:
        """Sign in, and cancel where permissions are asked; the heading of the program's page."""
        self._enter(login)
        return self._press("deny")

    def _enter(self, login: str) -> None:
        field = WebDriverWait(self.driver, _SECONDS).until(lambda driver: driver.find_element(By.NAME, "login"))
        field.clear()
        field.send_keys(login)
        self.driver.find_element(By.NAME, "go").click()

    def _press(self, button: str) -> str:
        waiting = WebDriverWait(self.driver, _SECONDS)
        waiting.until(lambda driver: driver.find_element(By.NAME, button)).click()
        waiting.until(
            lambda driver: driver.current_url.startswith("http://") and driver.find_elements(By.TAG_NAME, "h1")
        )
        return str(waiting.until(lambda driver: driver.find_element(By.TAG_NAME, "h1")).text)

    # --- the browser -----------------------------------------------------------------------------------------------

    @property
    def driver(self) -> webdriver.Chrome:
        """Drives the browser that the program has started; waits until there is one."""
        if self._driver is None:
            options = webdriver.ChromeOptions()
            options.debugger_address = f"127.0.0.1:{self._debugging_port()}"
            self._driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        return self._driver

    def _debugging_port(self) -> str:
        told = self._profile / "DevToolsActivePort"
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                lines = told.read_text().splitlines()
                if len(lines) > 1:
                    return lines[0]
            time.sleep(_LOOK)
        raise AssertionError(f"the browser was not started\n{self.log()}")

    def close(self) -> None:
        """Close it, as a person may at any moment. The program can open another."""
        if self._driver is not None:
            self._driver.quit()
            self._driver = None
        groups = [int(line) for line in self._pids.read_text().split()] if self._pids.exists() else []
        self._pids.unlink(missing_ok=True)
        for group in groups:
            _end(group)
        (self._profile / "DevToolsActivePort").unlink(missing_ok=True)


def _end(group: int) -> None:
    """End a process group, gently first; a child of ours is left to whoever started it to be reaped."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + _SECONDS / 3
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        while time.monotonic() < until:
            if not _alive(group):
                return
            time.sleep(_LOOK)


def _alive(group: int) -> bool:
    """Whether a process of the group still runs; those that only wait to be reaped do not count."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = status.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False
