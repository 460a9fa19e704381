"""Secrets of OAuth2 on the command line, with --debug on every command: nowhere to be found, whatever was said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from mailadmin.domain.accounts import AccountType
from tests.evidence import Evidence, marked
from tests.integration.fetch.conftest import mail
from tests.servers.dovecot import GOOD
from tests.servers.openid import DESKTOP_CERTIFICATE, DESKTOP_SECRET, SECRETS, OpenIdProvider
from tests.servers.token_dovecot import TokenDovecot

from .conftest import CommandLine
from .test_oauth2 import LOGIN, SECONDS, configuration

_BROWSER = """#!/bin/sh
# what anybody on this computer can see of us and of the program that started us
for process in $$ $PPID; do
    tr '\\0' '\\n' < /proc/$process/cmdline
    tr '\\0' '\\n' < /proc/$process/environ
done > {folder}/seen.$$
printf %s "$1" > {folder}/link
"""


class Desk:
    """Somebody at a terminal, with a browser; everything that is said is taken down."""

    def __init__(self, mailadmin: CommandLine, provider: OpenIdProvider, folder: Path) -> None:
        self.mailadmin = mailadmin
        self.provider = provider
        self.folder = folder
        self.evidence = Evidence(folder)
        self.browser = folder / "browser"
        self.browser.write_text(_BROWSER.format(folder=folder))
        self.browser.chmod(0o700)
        os.mkfifo(folder / "link")

    def __call__(self, *argv: str, given: bytes = b"", code: int = 0) -> None:
        """Run a command."""
        ended = self.mailadmin(*argv, "--debug", given=given)
        self.evidence.say(" ".join(argv), ended.out + ended.err)
        assert ended.code == code, ended.words

    def sign_in(self, person: Callable[[str, str], object], *more: str, code: int = 0) -> None:
        """``oauth2 authorize``, with somebody at the browser."""
        with subprocess.Popen(
            [sys.executable, "-m", "mailadmin", "oauth2", "authorize", "orders", "--debug", *more],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.mailadmin.environment | {"BROWSER": str(self.browser)},
        ) as process:
            person((self.folder / "link").read_text(), LOGIN)  # waits until there is one
            out, err = process.communicate(timeout=SECONDS)
        self.evidence.say("oauth2 authorize", out + err)
        assert process.returncode == code, out + err


def test_every_command_with_debug_on(
    mailadmin: CommandLine, openid_provider: OpenIdProvider, token_dovecot: TokenDovecot, tmp_path: Path
) -> None:
    marked(openid_provider)
    token_dovecot.clear([LOGIN])
    token_dovecot.deliver(LOGIN, mail(1))
    desk = Desk(mailadmin, openid_provider, tmp_path)
    profile = {"client_id": DESKTOP_SECRET, "client_authentication": "secret"}
    account = {
        "host": GOOD, "port": token_dovecot.port(AccountType.IMAPS), "ca_file": str(token_dovecot.authority.file),
    }  # fmt: skip
    desk("apply", "-", given=configuration(openid_provider, profile, **account))
    desk("secret", "set", "profile/Test/client-secret", given=SECRETS[DESKTOP_SECRET].encode() + b"\n")
    desk.sign_in(openid_provider.deny, code=1)
    openid_provider.echo("token", 400, "invalid_client", times=1)
    desk.sign_in(openid_provider.sign_in, "--json", code=1)
    desk.sign_in(openid_provider.sign_in, "--json")
    seen = list(tmp_path.glob("seen.*"))
    assert len(seen) == 3
    assert all(b"code_challenge" in path.read_bytes() for path in seen)

    desk("check", "incoming/orders", "--json")
    desk("fetch")
    openid_provider.end_access_tokens()
    openid_provider.echo("token", 400, "invalid_grant")
    desk("check", "incoming/orders", code=1)
    desk("fetch", "--json", code=1)
    for command in ("export", "oauth2 status --json", "oauth2 status", "db backup", "oauth2 clear-tokens --yes"):
        desk(*command.split())
    leaks = desk.evidence.search(openid_provider)
    assert not leaks, leaks


def test_a_certificate(mailadmin: CommandLine, openid_provider: OpenIdProvider, tmp_path: Path) -> None:
    marked(openid_provider)
    desk = Desk(mailadmin, openid_provider, tmp_path)
    profile = {
        "provider": "microsoft", "discovery_url": "", "instance_url": openid_provider.instance,
        "tenant": openid_provider.tenant, "client_id": DESKTOP_CERTIFICATE, "client_authentication": "certificate",
        "redirect_host": "localhost",
    }  # fmt: skip
    desk("apply", "-", given=configuration(openid_provider, profile))
    desk("secret", "set", "profile/Test/client-certificate", given=openid_provider.client_certificate.encode())
    openid_provider.echo("token", 401, "invalid_client", times=1)
    desk.sign_in(openid_provider.sign_in, code=1)
    desk("secret", "change-key")
    leaks = desk.evidence.search(openid_provider)
    assert not leaks, leaks
