"""Databases with our schema, ready to be used: copies of a template, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailadmin.storage import open_storage, open_storage_for_upgrade

from .postgresql import PostgresServer, postgresql

__all__ = ["postgresql"]


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the schema in it, to be copied."""
    name = postgresql.create_database()
    storage = open_storage_for_upgrade(
        postgresql.url(name), who="tester@here", backups=tmp_path_factory.mktemp("backups")
    )
    storage.upgrade()
    storage.close()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "mailadmin.db"
    open_storage(f"sqlite:///{path}", who="tester@here", backups=path.parent).close()
    return path


@pytest.fixture
def sqlite_home(tmp_path: Path, sqlite_template: Path) -> Path:
    """The program's home directory, with a fresh database in it."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "mailadmin.db")
    return home


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with our schema."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "mailadmin.db")
        yield f"sqlite:///{tmp_path}/mailadmin.db"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    name = server.create_database(request.getfixturevalue("postgresql_template"))
    yield server.url(name)
    server.drop_database(name)
