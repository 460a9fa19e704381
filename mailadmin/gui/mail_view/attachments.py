"""The files of a mail: what they are called, how large they are, and saving them. They are never opened from here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.outside_text import shown
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import times
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.labels import quiet_label
from mailadmin.gui.widgets.page import action_button
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable

from .content import AnyAttachment, MailAccess
from .file_dialogs import ask_file, ask_folder
from .file_names import safe_file_name, write, write_new

translate = QCoreApplication.translate
_PICTURES: Final = (
    ("image/", "file-image-outline"),
    ("audio/", "file-music-outline"),
    ("video/", "file-video-outline"),
    ("text/", "file-document-outline"),
    ("message/", "email-outline"),
    ("application/pdf", "file-pdf-box"),
    ("application/zip", "zip-box-outline"),
)


def file_name(attachment: AnyAttachment) -> str:
    """The name under which an attachment is shown and saved."""
    return safe_file_name(attachment.filename, translate("Attachments", "attachment"))


def _picture(attachment: AnyAttachment) -> str:
    kind = attachment.content_type.lower()
    return next((picture for start, picture in _PICTURES if kind.startswith(start)), "file-outline")


_COLUMNS: Final[tuple[Column[AnyAttachment], ...]] = (
    Column(
        key="name",
        title=lambda: translate("Attachments", "Name"),
        text=file_name,
        tooltip=lambda one: shown(one.filename),
        icon=lambda one: icon(_picture(one)),
        elide=Qt.TextElideMode.ElideMiddle,
        stretch=True,
    ),
    Column(
        key="size",
        title=lambda: translate("Attachments", "Size"),
        text=lambda one: times.size(one.size),
        sort=lambda one: one.size,
        numeric=True,
        width=9,
    ),
    Column(
        key="type",
        title=lambda: translate("Attachments", "Type"),
        text=lambda one: shown(one.content_type.partition(";")[0]),
        tooltip=lambda one: shown(one.content_type),
        width=14,
    ),
)


class AttachmentsView(QWidget):
    """Lists the attachments of a mail and saves them."""

    said = Signal(str)
    """What just happened."""
    failed = Signal(object)
    """A MailadminError."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._access: MailAccess | None = None
        self.model: RecordModel[AnyAttachment] = RecordModel(_COLUMNS, lambda one: (one.path, one.sha256), self)
        self.table: RecordTable[AnyAttachment] = RecordTable(self.model, self.tr("Attachments"), self)
        self.setFocusProxy(self.table)
        self.save_action = self._action(self.tr("&Save..."), "content-save-outline", self.save_selected)
        self.save_all_action = self._action(self.tr("Save a&ll..."), "content-save-all-outline", self.save_all)
        self.table.set_context_actions([self.save_action, self.save_all_action])
        why = quiet_label(
            self.tr(
                "Attachments are not opened from here: what strangers send may be harmful. "
                "Save them where your virus scanner looks."
            ),
            self,
            wrapped=True,
        )
        row = QHBoxLayout()
        row.addWidget(action_button(self.save_action, self))
        row.addWidget(action_button(self.save_all_action, self))
        row.addStretch()
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addWidget(why)
        column.addLayout(row)
        self.table.selection_changed.connect(self._update)
        self.table.chosen.connect(lambda one: self.save([one]))
        self._update()

    def show_mail(self, attachments: Sequence[AnyAttachment], access: MailAccess | None) -> None:
        """Show these attachments."""
        self._access = access
        self.model.show_records([])
        self.model.show_records(attachments)
        if attachments:
            self.table.setCurrentIndex(self.table.filter.index(0, 0))
        self._update()

    def save_selected(self) -> None:
        """Ask where to save what is selected, and do it."""
        self.save(self.table.selected())

    def save_all(self) -> None:
        """Ask for a folder, and save every attachment there."""
        if len(self.model.records) == 1:
            self.save(list(self.model.records))
        else:
            ask_folder(self, self.tr("Save all attachments"), partial(self._write_all, tuple(self.model.records)))

    def save(self, attachments: Sequence[AnyAttachment]) -> None:
        """Ask where to save these, and do it; several go into one folder, where nothing is replaced."""
        if len(attachments) > 1:
            ask_folder(self, self.tr("Save attachments"), partial(self._write_all, tuple(attachments)))
        elif attachments:
            name = file_name(attachments[0])
            ask_file(self, self.tr("Save the attachment"), name, partial(self._write_one, attachments[0]))

    def _write_one(self, attachment: AnyAttachment, path: Path) -> None:
        access = self._access
        assert access is not None, "attachments come with a way to read them"
        self._start(lambda _: [write(path, access.attachment(attachment))])

    def _write_all(self, attachments: Sequence[AnyAttachment], folder: Path) -> None:
        access = self._access
        assert access is not None, "attachments come with a way to read them"
        names = [file_name(one) for one in attachments]

        def work(task: Task) -> list[Path]:
            written = []
            for one, name in zip(attachments, names, strict=True):
                if task.should_stop():
                    raise UserFixableError(Code.STOPPED)
                written.append(write_new(folder, name, access.attachment(one)))
            return written

        self._start(work)

    def _start(self, work: object) -> None:
        task = self._tasks.task("save attachments", work)  # type: ignore[arg-type]
        task.succeeded.connect(self._on_saved)
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _on_saved(self, paths: list[Path]) -> None:
        if len(paths) == 1:
            self.said.emit(self.tr('Saved "{path}"').format(path=paths[0]))
        else:
            text = self.tr("Saved %n files to {folder}", "", len(paths))
            self.said.emit(text.format(folder=paths[0].parent))

    def _action(self, text: str, picture: str, act: object) -> QAction:
        action = QAction(icon(picture), text, self)
        action.triggered.connect(act)
        self.addAction(action)
        return action

    def _update(self) -> None:
        self.save_action.setEnabled(bool(self.table.selected()))
        self.save_all_action.setEnabled(bool(self.model.records))
