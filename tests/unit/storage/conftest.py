"""Every test of the storage runs on SQLite and on PostgreSQL, each time with a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailadmin.storage import Storage, open_storage

WHO = "tester@here"

OpenAgain = Callable[..., Storage]


@pytest.fixture
def url(database_url: str) -> str:
    """The URL of a fresh database with our schema."""
    return database_url


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[OpenAgain]:
    """Opens the test's database, as often as asked; all are closed at the end."""
    storages: list[Storage] = []

    def open_again(who: str = WHO, patience: float = 30) -> Storage:
        storages.append(open_storage(url, who=who, backups=tmp_path / "backups", patience=patience))
        return storages[-1]

    yield open_again
    for storage in storages:
        storage.close()


@pytest.fixture
def storage(opened: OpenAgain) -> Storage:
    """An open database."""
    return opened()
