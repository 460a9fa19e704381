"""Every test of the storage runs on SQLite and on PostgreSQL, each time with a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailadmin.storage import Storage, open_storage, open_storage_for_upgrade
from tests.servers.postgresql import PostgresServer, postgresql

__all__ = ["postgresql"]

WHO = "tester@here"

OpenAgain = Callable[..., Storage]


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the schema in it, to be copied."""
    name = postgresql.create_database()
    storage = open_storage_for_upgrade(postgresql.url(name), who=WHO, backups=tmp_path_factory.mktemp("backups"))
    storage.upgrade()
    storage.close()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "mailadmin.db"
    open_storage(f"sqlite:///{path}", who=WHO, backups=path.parent).close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with our schema."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "mailadmin.db")
        yield f"sqlite:///{tmp_path}/mailadmin.db"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    name = server.create_database(request.getfixturevalue("postgresql_template"))
    yield server.url(name)
    server.drop_database(name)


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
