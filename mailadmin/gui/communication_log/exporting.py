"""Writing the log to a file: asked for, written in a task, and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from mailadmin.domain.communication import LogQuery
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.gui.sentences import communication
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.services.communication import CommunicationService
from mailadmin.services.communication_export import json_lines

JSON_LINES: Final = ".jsonl"
TEXT: Final = ".txt"


class LogExport(QObject):
    """Asks where to, and writes there what a query finds."""

    done = Signal(object)
    """The Path that was written."""
    failed = Signal(object)
    """A MailadminError."""

    def __init__(self, service: CommunicationService, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._window = parent

    def ask(self, query: LogQuery) -> QFileDialog:
        """Ask for the file: JSON lines for programs, or text for people."""
        dialog = QFileDialog(self._window, self.tr("Export the communication log"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        lines, text = self.tr("JSON lines (*.jsonl)"), self.tr("Text (*.txt)")
        dialog.setNameFilters([lines, text])
        dialog.setDefaultSuffix(JSON_LINES[1:])
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix((TEXT if chosen == text else JSON_LINES)[1:])
        )
        dialog.selectFile(self.tr("communication log"))
        dialog.fileSelected.connect(lambda path: self.write(Path(path), query))
        dialog.open()
        return dialog

    def write(self, path: Path, query: LogQuery) -> None:
        """Write it, in the form that the file's name says."""
        texts = self._text if path.suffix.lower() == TEXT else self._json
        task = self._tasks.task("export the log", lambda task: _write(path, texts(query), task))
        task.succeeded.connect(lambda written: self.done.emit(path))
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _json(self, query: LogQuery) -> Iterator[str]:
        return json_lines(self._service.export(query))

    def _text(self, query: LogQuery) -> Iterator[str]:
        for one, objects in self._service.export(query):
            yield "\n".join(communication.lines(one, objects)) + "\n\n"


def _write(path: Path, texts: Iterator[str], task: Task) -> None:
    """Write a file whose name the user has chosen. Runs in a task; stopped, it leaves no half of a file.

    :raises UserFixableError: FOLDER_NOT_WRITABLE, STOPPED, DATABASE_*
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            for text in texts:
                if task.should_stop():
                    raise UserFixableError(Code.STOPPED)
                file.write(text)
        part.replace(path)
    except OSError as error:
        facts = {"path": path, "detail": error.strerror or str(error)}
        raise UserFixableError(Code.FOLDER_NOT_WRITABLE, facts) from error
    finally:
        part.unlink(missing_ok=True)
