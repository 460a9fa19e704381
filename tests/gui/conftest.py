"""A real application on a temporary database, real widgets, and no leftovers: threads, tasks, Qt messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from mailadmin.bootstrap import Application, Options, open_application
from mailadmin.gui import language, theme
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from tests.servers.memory import MemoryServer
from tests.threads import running

from .waiting import end

SECONDS_TO_END = 10


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(scope="session", autouse=True)
def _english(qapp: QApplication) -> None:
    """Plurals and dates as in the program."""
    language.install(qapp)


@pytest.fixture(autouse=True)
def _light(qapp: QApplication) -> None:
    """Every test begins in the same colours."""
    qapp.setStyle("fusion")
    theme.apply(qapp, theme.Scheme.LIGHT)


@pytest.fixture(autouse=True)
def _no_leftover_threads() -> Iterator[None]:
    before = running()
    yield
    left = running() - before  # Qt's own: the registry of tasks answers for them
    for thread in left:
        thread.join(SECONDS_TO_END)
    assert not [thread for thread in left if thread.is_alive()]


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    """The registry of tasks; whatever still runs at the end must end when it is asked to."""
    registry = Tasks()
    yield registry
    end(registry)


@pytest.fixture
def settings(tmp_path: Path, qapp: QApplication) -> WindowSettings:
    """What the window remembers, in a file of this test's."""
    return WindowSettings(tmp_path / "window.ini")


@pytest.fixture
def app(sqlite_home: Path) -> Iterator[Application]:
    """The services on a fresh database, speaking to real mail servers."""
    with open_application(Options(home=sqlite_home, key_file=sqlite_home / "key")) as application:
        yield application


@pytest.fixture
def memory_server() -> MemoryServer:
    """A mail server in memory (IMAP)."""
    return MemoryServer(pop3=False)


@pytest.fixture
def memory_app(sqlite_home: Path, memory_server: MemoryServer) -> Iterator[Application]:
    """The services on a fresh database; every account opens the server in memory."""
    options = Options(home=sqlite_home, key_file=sqlite_home / "key")
    with open_application(options, open_mailbox=memory_server.open) as application:
        yield application
