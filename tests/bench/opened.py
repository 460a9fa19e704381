"""The window on an installation, as ``mailadmin`` opens it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from mailadmin.bootstrap import Options
from mailadmin.gui import application, qt_log
from mailadmin.gui.session import Session

from .event_loop import Painted, until


@contextmanager
def opened(options: Options) -> Iterator[Session]:
    """What :func:`mailadmin.gui.application.run` does around the event loop; begins when the accounts are shown."""
    began = time.perf_counter()
    qt_log.to_the_log()
    qt = application.make_application(["mailadmin"])
    program = application.Program(options)
    program.begin()
    until(lambda: bool(program._sessions))
    (session,) = program._sessions
    painted = Painted(session.incoming.table.viewport())
    until(lambda: bool(session.incoming.model.rowCount()) and painted.since(began) and not session.tasks.running)
    try:
        yield session
    finally:
        session.stop_and_close()
        until(lambda: not program._sessions)
        program.end(0)
        qt.quit()
