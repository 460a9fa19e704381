"""Fixtures that tests of all packages share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from .dovecot import Dovecot

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


@pytest.fixture
def user() -> str:
    """The name of a mail user that no other test uses."""
    return f"user{next(_users)}"
