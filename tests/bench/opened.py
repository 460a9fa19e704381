"""The window on an installation, as ``mailadmin`` opens it."""

from __future__ import annotations

import gc
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
        self.painted = Painted(self.pages.incoming.table.viewport())
        self.pages.incoming.model.modelReset.connect(self.painted.forget)
        super().begin()

    @property
    def usable(self) -> bool:
        """Whether the accounts are on the screen."""
        return bool(self.pages.incoming.model.rowCount()) and self.painted.since(0)


def quiet(session: Session) -> None:
    """Wait until nothing is done beside the event loop any more; the schedule's task never ends."""
    until(lambda: not {task.objectName() for task in session.tasks.running} - {"schedule"})


@contextmanager
def opened(options: Options) -> Iterator[Session]:
    """What :func:`mailadmin.gui.application.run` does around the event loop; begins when the window is usable.

    It remembers nothing of its last time but that the schedule is paused.
    """
    assert options.home is not None
    (options.home / "window.ini").write_text("[schedule]\npaused=true\n")
    gc.freeze()  # as mailadmin.__main__ does when all is loaded
    qt_log.to_the_log()
    qt = application.make_application(["mailadmin"])
    setattr(application, "Session", _Watched)  # noqa: B010  (its own name there is not for others)
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
