"""A PostgreSQL server of our own: private folder, free loopback port, gone at the end. Never the system's service."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

_MEMORY = "/dev/shm"  # making and dropping databases syncs a lot; nothing here must outlive a crash
_STARTS = 5  # another program may take the free port before the server does


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Everybody on this machine may sign in as ``mailadmin`` (trust), who may do everything."""

    port: int

    def create_database(self, template: str = "template0") -> str:
        """Make an empty database (or a copy of one of ours) and give its name."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql+psycopg://mailadmin@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        where = f"host=127.0.0.1 port={self.port} user=mailadmin dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())


def programs() -> Path | None:
    """The folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def _unprivileged() -> str | None:
    """The server refuses to run as root: somebody else who exists."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(*command: str | Path, user: str | None) -> bool:
    done = subprocess.run(
        command, user=user, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    return done.returncode == 0


def _start(binaries: Path, data: Path, log: Path, user: str | None) -> int:
    for _ in range(_STARTS):
        port = _free_port()
        options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB"
        if _run(binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start", user=user):
            return port
    raise RuntimeError(log.read_text() if log.exists() else "pg_ctl start failed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A private PostgreSQL server for the session."""
    binaries = programs()
    if binaries is None:
        pytest.fail("PostgreSQL is not installed (Debian: postgresql)")
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="mailadmin-pg-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    data = folder / "data"
    try:
        if user:
            shutil.chown(folder, user)
        made = _run(
            binaries / "initdb", "-D", data, "-U", "mailadmin", "-A", "trust", "-E", "UTF8", "--no-sync", user=user
        )
        assert made, "initdb failed"
        port = _start(binaries, data, folder / "log", user)
        try:
            yield PostgresServer(port)
        finally:
            assert _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop", user=user)
    finally:
        shutil.rmtree(folder)
