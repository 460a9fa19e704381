"""The window on an installation, as ``mailadmin`` opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from mailadmin.bootstrap import Options
from mailadmin.gui import application, qt_log
from mailadmin.gui.session import Session

from .event_loop import Painted, until


class _Watched(Session):
    """Knows whether its accounts were painted."""

    @override
    def begin(self) -> None:
        self.painted = Painted(self.incoming.table.viewport())
        self.incoming.model.modelReset.connect(self.painted.forget)
        super().begin()

    @property
    def usable(self) -> bool:
        """Whether the accounts are on the screen, and nothing more is to come."""
        return bool(self.incoming.model.rowCount()) and self.painted.since(0) and not self.tasks.running


@contextmanager
def opened(options: Options) -> Iterator[Session]:
    """What :func:`mailadmin.gui.application.run` does around the event loop; begins when the window is usable."""
    qt_log.to_the_log()
    qt = application.make_application(["mailadmin"])
    application.Session = _Watched  # type: ignore[misc]
    program = application.Program(options)
    program.begin()
    until(lambda: any(isinstance(session, _Watched) and session.usable for session in program._sessions))
    (session,) = program._sessions
    try:
        yield session
    finally:
        session.stop_and_close()
        until(lambda: not program._sessions)
        program.end(0)
        qt.quit()
