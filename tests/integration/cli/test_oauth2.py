"""``mailadmin oauth2`` as a process of its own, with a real provider: sign in, see how it stands, forget it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers.openid import DAEMON, DESKTOP, IMAP_SCOPE, SECRETS, OpenIdProvider

from .conftest import CommandLine

LOGIN = "orders@example.org"
SECONDS = 60


def configuration(provider: OpenIdProvider, profile: dict[str, Any] | None = None, **account: Any) -> bytes:
    """A profile of the test provider's, and an account that signs in by it."""
    said_profile = {
        "name": "Test", "provider": "custom", "client_id": DESKTOP, "discovery_url": provider.discovery_url,
        "scopes": f"openid email offline_access {IMAP_SCOPE}", "redirect_host": "127.0.0.1",
        "redirect_path": "/callback", "ca_file": provider.ca_file, **(profile or {}),
    }  # fmt: skip
    said_account = {
        "name": "orders", "type": "IMAPS", "host": "mail.example.org", "username": LOGIN,
        "authentication": "oauth2", "oauth_profile": "Test", **account,
    }  # fmt: skip
    return "\n".join(
        f"[[{table}]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in fields.items())
        for table, fields in (("oauth_profile", said_profile), ("incoming_account", said_account))
    ).encode()


class Running:
    """A command that waits for a sign-in; its words are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.words = ""
        self.rest = ""

    def until(self, pattern: str) -> re.Match[str]:
        """Read its words (standard error with --json) until they match."""
        stream = self.process.stderr
        assert stream is not None
        while (found := re.search(pattern, self.words, re.MULTILINE)) is None:
            line = stream.readline()
            assert line, self.words
            self.words += line
        return found

    @property
    def link(self) -> str:
        return self.until(r"^(https://\S+)$")[1]

    def end(self) -> int:
        out, err = self.process.communicate(timeout=SECONDS)
        self.rest, self.words = out, self.words + err
        return self.process.returncode

    @property
    def json(self) -> Any:
        return json.loads(self.rest)


@pytest.fixture
def start(mailadmin: CommandLine) -> Iterator[Callable[..., Running]]:
    """Start a command with --json, without a browser; what is left over is ended."""
    started = []

    def begin(*argv: str, stdin: Any = subprocess.DEVNULL, **environment: str) -> Running:
        env = {name: value for name, value in mailadmin.environment.items() if name not in {"DISPLAY", "BROWSER"}}
        process = subprocess.Popen(
            [sys.executable, "-m", "mailadmin", *argv, "--json"],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env | environment,
        )  # fmt: skip
        started.append(process)
        return Running(process)

    yield begin
    for process in started:
        with process:
            if process.poll() is None:
                process.kill()


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal: the end where somebody types, and the program's."""
    typing, there = pty.openpty()
    try:
        yield typing, there
    finally:
        os.close(typing)
        os.close(there)


def test_a_sign_in_its_standing_and_forgetting_it(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running], tmp_path: Path
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    (before,) = mailadmin.well("oauth2", "status", "--json").json
    assert (before["account"], before["state"], before["identity"]) == ("orders", "needs sign-in", "")
    assert "mailadmin oauth2 authorize orders" in before["reason"]

    running = start("oauth2", "authorize", "orders", "--debug")
    came_back = openid_provider.sign_in(running.link, LOGIN)
    assert running.end() == 0, running.words
    assert "No browser could be opened here." in running.words
    assert (came_back.status, "You are signed in" in came_back.page) == (200, True)
    assert LOGIN in came_back.page
    assert (running.json["state"], running.json["identity"], running.json["missing"]) == ("signed in", LOGIN, [])

    (now,) = mailadmin.well("oauth2", "status", "--json").json
    assert {"account", "state", "identity", "works_until", "reason"} <= set(now)
    assert (now["state"], now["identity"]) == ("signed in", LOGIN)
    assert "signed in" in mailadmin.well("oauth2", "status").words

    code = came_back.parameters["code"]
    assert code not in running.words + running.rest + mailadmin.log

    assert mailadmin("oauth2", "clear-tokens").code == 2
    assert mailadmin.well("oauth2", "clear-tokens", "--yes", "--json").json == {"cleared": 1}
    assert mailadmin.well("oauth2", "status", "--json").json[0]["state"] == "needs sign-in"
    assert mailadmin.well("oauth2", "clear-tokens", "orders", "--yes", "--json").json == {"cleared": 0}


def test_the_browser_is_opened_where_there_is_one(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running], tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nenv > {tmp_path}/environment\nprintf %s "$1" > {tmp_path}/link\n')
    browser.chmod(0o700)
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    running = start("oauth2", "authorize", "orders", BROWSER=str(browser))
    running.until("^Sign in as orders@example.org in the browser that was opened")
    assert (tmp_path / "link").read_text() == running.link
    assert "MAILADMIN_" not in (tmp_path / "environment").read_text()
    openid_provider.sign_in(running.link, LOGIN)
    assert running.end() == 0, running.words


def test_a_refusal_is_told_with_the_providers_words(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running]
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    running = start("oauth2", "authorize", "orders")
    came_back = openid_provider.deny(running.link, LOGIN)
    assert running.end() == 1
    assert running.json["error"]["code"] == "oauth2-refused"
    assert running.json["error"]["text"] in running.words
    assert "The sign-in did not work" in came_back.page
    assert mailadmin.well("oauth2", "status", "--json").json[0]["state"] == "needs sign-in"


def test_somebody_else_is_not_kept_unless_another_mailbox_is_opened(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running]
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    running = start("oauth2", "authorize", "orders")
    openid_provider.sign_in(running.link, "boss@example.org")
    assert running.end() == 1
    assert running.json["error"]["code"] == "oauth2-wrong-identity"
    assert mailadmin.well("oauth2", "status", "--json").json[0]["state"] == "needs sign-in"

    mailadmin.well("apply", "-", given=configuration(openid_provider, opens_mailbox="shared@example.org"))
    running = start("oauth2", "authorize", "orders")
    openid_provider.sign_in(running.link, "boss@example.org")
    assert running.end() == 0, running.words
    assert "boss@example.org signed in, and not orders@example.org. It is kept" in running.words
    assert running.json["identity"] == "boss@example.org"


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_on_a_terminal_it_is_asked_whether_somebody_else_is_right(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running], answer: str, code: int
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    with terminal() as (typing, there):
        running = start("oauth2", "authorize", "orders", stdin=there)
        openid_provider.sign_in(running.link, "boss@example.org")
        running.until("Keep this sign-in all the same")
        os.write(typing, f"{answer}\n".encode())
        assert running.end() == code, running.words
    assert ("error" in running.json) is bool(code)


def test_the_address_of_the_last_page_can_be_typed(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running]
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    with terminal() as (typing, there):
        running = start("oauth2", "authorize", "orders", stdin=there)
        came_back = openid_provider.sign_in(running.link, LOGIN, deliver=False)
        running.until("Stop with Ctrl-C")
        os.write(typing, b"\nwhat is this?\n")
        running.until("http://127.0.0.1:")
        os.write(typing, f"{came_back.url}\n".encode())
        assert running.end() == 0, running.words
    assert running.json["identity"] == LOGIN


def test_a_sign_in_on_another_device(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running]
) -> None:
    openid_provider.set(deviceInterval=1)
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    running = start("oauth2", "authorize", "orders", "--device")
    code = running.until(r"^([A-Z0-9]{4}-?[A-Z0-9]{4}\S*)$")[1]
    assert openid_provider.enter_device_code(code, LOGIN)
    assert running.end() == 0, running.words
    assert (running.json["state"], running.json["identity"]) == ("signed in", LOGIN)


def test_an_application_signs_in_by_itself(mailadmin: CommandLine, openid_provider: OpenIdProvider) -> None:
    profile = {"client_id": DAEMON, "flow": "client credentials", "client_authentication": "secret"}
    mailadmin.well("apply", "-", given=configuration(openid_provider, {**profile, "scopes": IMAP_SCOPE}))
    missing = mailadmin("oauth2", "authorize", "orders", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (1, "no-client-secret")
    mailadmin.well("secret", "set", "profile/Test/client-secret", given=SECRETS[DAEMON].encode())
    assert mailadmin.well("oauth2", "authorize", "orders", "--json").json["state"] == "by itself"
    assert mailadmin("oauth2", "authorize", "orders", "--device").code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, start: Callable[..., Running], number: signal.Signals
) -> None:
    mailadmin.well("apply", "-", given=configuration(openid_provider))
    running = start("oauth2", "authorize", "orders")
    running.until("Stop with Ctrl-C")
    running.process.send_signal(number)
    assert running.end() == 1
    assert running.json["error"]["code"] == "stopped"
    assert "nothing was changed" in running.json["error"]["text"]


def test_an_account_with_a_password_is_wrong_usage(mailadmin: CommandLine) -> None:
    account = (
        '[[incoming_account]]\nname = "support"\ntype = "IMAPS"\nhost = "mail.example.org"\nusername = "a@b.example"\n'
    )
    mailadmin.well("apply", "-", given=account.encode())
    ended = mailadmin("oauth2", "authorize", "support")
    assert (ended.code, "signs in with a password" in ended.words) == (2, True)
    assert mailadmin("oauth2", "authorize", "nobody").code == 2
    assert mailadmin.well("oauth2", "status", "--json").json == []
    assert "No account signs in by OAuth2." in mailadmin.well("oauth2", "status").words
