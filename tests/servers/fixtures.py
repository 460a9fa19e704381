"""Fixtures that tests of all packages share."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .certificates import Authority
from .dovecot import Dovecot
from .graph import GraphServer
from .keyring import KeyringSession
from .openid import IMAP_SCOPE, OpenIdProvider
from .token_dovecot import TokenDovecot

if TYPE_CHECKING:
    from .browser import Chromium

_users = itertools.count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot for the whole session; with xdist each worker has its own."""
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def running_openid_provider() -> Iterator[OpenIdProvider]:
    """An OpenID provider for the whole session; with xdist each worker has its own."""
    provider = OpenIdProvider()
    try:
        yield provider
    finally:
        provider.stop()


@pytest.fixture
def openid_provider(running_openid_provider: OpenIdProvider) -> OpenIdProvider:
    """The OpenID provider as if it had just been started."""
    running_openid_provider.reset()
    return running_openid_provider


@pytest.fixture
def browser(openid_provider: OpenIdProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chromium]:
    """A browser that ``$BROWSER`` names and that trusts the OpenID provider; it is started by opening a link."""
    from .browser import Chromium  # loads selenium, which no other test needs

    folder = tmp_path / "browser"
    folder.mkdir()
    chromium = Chromium(folder, openid_provider.ca_file)
    monkeypatch.setenv("BROWSER", chromium.command)
    yield chromium
    chromium.close()


@pytest.fixture
def unlocked_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringSession]:
    """A desktop's keyring, unlocked, that this process finds on its session bus; empty at first."""
    from keyring.backends import SecretService

    home = tmp_path / "desktop"
    home.mkdir()
    session = KeyringSession(home)
    with session.bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        # chosen once in a process, perhaps by a test that had no bus
        monkeypatch.setattr("keyring.core._keyring_backend", SecretService.Keyring())  # type: ignore[no-untyped-call]
        yield session


@contextlib.contextmanager
def _running(server: TokenDovecot) -> Iterator[TokenDovecot]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def token_dovecot(running_openid_provider: OpenIdProvider) -> Iterator[TokenDovecot]:
    """A Dovecot that takes tokens of the OpenID provider, for the whole session."""
    with _running(TokenDovecot(running_openid_provider)) as server:
        yield server


@pytest.fixture(scope="session")
def scope_dovecot(running_openid_provider: OpenIdProvider) -> Iterator[TokenDovecot]:
    """The same, but a token must have been granted the scope for IMAP."""
    with _running(TokenDovecot(running_openid_provider, scope=IMAP_SCOPE)) as server:
        yield server


@pytest.fixture
def slow_dovecot(running_openid_provider: OpenIdProvider) -> Iterator[TokenDovecot]:
    """The same as the first, but slow to refuse; a new one for each test, as it remembers refusals."""
    with _running(TokenDovecot(running_openid_provider, slow_to_refuse=True)) as server:
        yield server


@pytest.fixture(scope="session")
def graph_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for Microsoft Graph."""
    return Authority(tmp_path_factory.mktemp("graph"))


@pytest.fixture
def graph(graph_authority: Authority) -> Iterator[GraphServer]:
    """A Microsoft Graph without mailboxes."""
    with GraphServer.running(graph_authority) as server:
        yield server


@pytest.fixture
def user() -> str:
    """The name of a mail user that no other test uses."""
    return f"user{next(_users)}"
