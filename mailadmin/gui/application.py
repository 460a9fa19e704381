"""The windowed program from its first to its last moment: one start, opening the database, sessions, the end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressDialog

from mailadmin import __version__, diagnostics
from mailadmin.bootstrap import Application, Options, open_application, open_demo, places
from mailadmin.domain.errors import BugError, MailadminError

from . import language, qt_log, theme
from .crash_notice import CrashNotices
from .icons import icon
from .sentences import errors
from .session import Session
from .settings import WindowSettings
from .signals import SystemSignals
from .single_instance import Place, SingleInstance
from .tasks import Tasks

log = logging.getLogger(__name__)

OPENING_SHOWN_AFTER: Final = 600
"""Milliseconds an opening may take before it is shown: an upgrade, a server far away."""
SWITCH_SECONDS: Final = 0.001
SECONDS_TO_END: Final = 5.0

Opening = Callable[[], AbstractContextManager[Application]]


def run(options: Options) -> int:
    """Show the window until it is closed; the exit code.

    :param options: completed with the environment
    """
    qt_log.to_the_log()
    application = make_application(sys.argv[:1])
    program = Program(options)
    if not program.begin():
        return 0
    code = application.exec()
    return program.end(code)


def make_application(argv: list[str]) -> QApplication:
    """The QApplication, named and with its icon."""
    # The thread of the window gets its turn five times sooner while others fetch; measured, that costs them nothing.
    sys.setswitchinterval(SWITCH_SECONDS)
    application = QApplication(argv)
    application.setApplicationName("mailadmin")
    application.setApplicationDisplayName("mailadmin")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("mailadmin")
    application.setWindowIcon(icon("email-multiple-outline"))
    language.install(application)
    application.setQuitOnLastWindowClosed(False)  # a dialog closed while the database opens ends nothing
    return application


@dataclass(frozen=True, slots=True)
class _Opened:
    """An application with what closes it."""

    application: Application
    closing: ExitStack


class Program(QObject):
    """Opens the database, shows it in a session, and beside it the demo in another.

    :param options: where things are
    """

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._where = places(options)
        self._data = self._where.backups.parent
        config = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        self._keys = Path(config) / "mailadmin"
        # An installation of its own remembers its window in its own folder.
        self.settings = WindowSettings(self._data / "window.ini" if options.home is not None else None, self)
        self._options = self._with_remembered_key(options)
        self._tasks = Tasks(self)
        self._instance = SingleInstance(self._data, self._where.database, self)
        self._signals = SystemSignals(self)
        self._sessions: list[Session] = []
        self._ending: list[Session] = []
        """Their windows are closed, but a task does not come to its end."""
        self._crashes = CrashNotices(self)
        self._box: QMessageBox | None = None
        self._progress: QProgressDialog | None = None

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Those with a window, in the order in which they were opened."""
        return tuple(self._sessions)

    def begin(self) -> bool:
        """Open the database and show it; False when a window on it is open already (and has been raised)."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, self.settings.colours)
        theme.follow_system(application, lambda: self.settings.colours)
        self._instance.called.connect(self._on_called)
        self._signals.asked_to_end.connect(self._on_asked_to_end)
        return self._begin()

    def _begin(self) -> bool:
        try:
            place = self._instance.take()
        except MailadminError as error:
            self._tell_failure(error, self._begin)
            return True
        if place is Place.CALLED:
            log.info("another window on this database is open; it was raised")
            return False
        if place is Place.TAKEN:
            self._tell_taken()
            return True
        self._open(lambda: open_application(self._options), demo=False)
        return True

    def end(self, code: int) -> int:
        """After the event loop: make sure that no thread is left to be torn down."""
        self._instance.release()
        self._signals.restore()
        self._crashes.end()
        left = self._tasks.wait(SECONDS_TO_END)
        for session in (*self._sessions, *self._ending):
            left += session.tasks.wait(SECONDS_TO_END)
        if left:
            # A name server that does not answer cannot be interrupted. All that matters is committed; a thread torn
            # down with the interpreter would abort the process.
            log.warning("ended without waiting for: %s", ", ".join(task.objectName() for task in left))
            logging.shutdown()
            os._exit(code)
        return code

    # --- opening ---

    def _with_remembered_key(self, options: Options) -> Options:
        remembered = self.settings.text("key_file")
        if not remembered or options.key_file or options.passphrase_file:
            return options
        return replace(options, key_file=Path(remembered))

    def _open(self, opening: Opening, *, demo: bool) -> None:
        def enter(task: object) -> _Opened:
            with ExitStack() as stack:
                application = stack.enter_context(opening())
                return _Opened(application, stack.pop_all())

        task = self._tasks.task("open the database", enter)
        task.succeeded.connect(lambda opened: self._on_opened(opened, demo=demo))
        task.failed.connect(lambda error: self._on_failed(error, opening, demo=demo))
        self._tasks.start(task)
        QTimer.singleShot(OPENING_SHOWN_AFTER, self, self._show_opening)

    def _show_opening(self) -> None:
        if self._tasks.running and self._progress is None:
            text = self.tr(
                "Opening the database. After an update it is backed up and upgraded first; this takes a while."
            )
            self._progress = QProgressDialog(text, "", 0, 0)
            self._progress.setWindowTitle("mailadmin")
            self._progress.setCancelButton(None)  # Qt takes none for none
            self._progress.setWindowModality(Qt.WindowModality.ApplicationModal)
            self._progress.show()

    def _opened_or_not(self) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None

    def _on_opened(self, opened: _Opened, *, demo: bool) -> None:
        self._opened_or_not()
        settings = self.settings if not demo else WindowSettings(opened.application.places.logs / "window.ini", self)
        try:
            session = Session(opened.application, opened.closing.close, settings, self._keys, demo=demo, parent=self)
        except Exception as error:
            log.exception("the window could not be built")
            opened.closing.close()
            self._tell_failure(BugError(f"{type(error).__name__} while the window was built"), self._begin)
            return
        session.demo_wanted.connect(self._open_demo)
        session.ended.connect(self._on_ended)
        session.closed.connect(self._on_closed)
        self._sessions.append(session)
        session.begin()

    def _on_failed(self, error: MailadminError, opening: Opening, *, demo: bool) -> None:
        self._opened_or_not()
        self._tell_failure(error, lambda: self._open(opening, demo=demo))

    def _tell_taken(self) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "mailadmin",
            self.tr(
                "mailadmin is running on this database already, but its window does not answer. "
                "End that process, then start again."
            ),
        )
        box.finished.connect(self._quit_if_alone)
        self._open_box(box)

    def _tell_failure(self, error: MailadminError, again_by: Callable[[], object]) -> None:
        """Why nothing could be shown, and another try."""
        log.error("could not open: %s", error)
        box = QMessageBox(QMessageBox.Icon.Critical, "mailadmin", errors.sentence(error))
        box.setTextFormat(Qt.TextFormat.PlainText)
        details = [part for part in (errors.server_words(error), str(diagnostics.log_file() or "")) if part]
        box.setDetailedText(diagnostics.SECRETS.scrub("\n".join(details)))
        again = box.addButton(self.tr("&Try again"), QMessageBox.ButtonRole.AcceptRole)
        leave = box.addButton(self.tr("&Close"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(again)
        box.setEscapeButton(leave)
        again.clicked.connect(lambda: again_by())
        leave.clicked.connect(self._quit_if_alone)
        self._open_box(box)

    def _open_box(self, box: QMessageBox) -> None:
        """Show a box that has no window to belong to: held here, or it would be gone before it is seen."""
        self._box = box
        box.open()

    def _open_demo(self) -> None:
        for session in self._sessions:
            if session.demo:
                session.window.bring_to_front()
                return
        self._open(open_demo, demo=True)

    # --- what happens ---

    def _on_called(self) -> None:
        log.info("asked to show the window")
        for session in self._sessions:
            session.window.bring_to_front()
            return

    def _on_asked_to_end(self) -> None:
        for session in list(self._sessions):
            session.stop_and_close()
        self._quit_if_alone()

    def _on_ended(self, session: Session) -> None:
        self._sessions.remove(session)
        self._ending.append(session)
        self._quit_if_alone()

    def _on_closed(self, session: Session) -> None:
        self._ending.remove(session)
        session.deleteLater()

    def _quit_if_alone(self) -> None:
        if not self._sessions:
            QApplication.quit()
