"""The files of a mail: what they are called, how large they are, and saving them. They are never opened from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outside_text import shown
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import errors, times
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.labels import quiet_label
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.gui.widgets.page import action_button
from mailadmin.gui.widgets.records import Column, RecordModel
from mailadmin.gui.widgets.table import RecordTable

from .content import AnyAttachment, MailAccess
from .file_dialogs import ask_file, ask_folder
from .file_names import safe_file_name, write, write_new

translate = QCoreApplication.translate
_LONGEST_TOLD: Final = 500
"""Characters of a name or a type."""
_MOST_TOLD: Final = 3
"""Different reasons why something was not saved."""
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


def _told(text: str) -> str:
    """What the mail says of an attachment."""
    return shown(text[:_LONGEST_TOLD])


def _picture(attachment: AnyAttachment) -> str:
    kind = attachment.content_type[:_LONGEST_TOLD].lower()
    return next((picture for start, picture in _PICTURES if kind.startswith(start)), "file-outline")


_COLUMNS: Final[tuple[Column[AnyAttachment], ...]] = (
    Column(
        key="name",
        title=lambda: translate("Attachments", "Name"),
        text=file_name,
        tooltip=lambda one: _told(one.filename),
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
        text=lambda one: _told(one.content_type.partition(";")[0]),
        tooltip=lambda one: _told(one.content_type),
        width=14,
    ),
)


@dataclass(frozen=True, slots=True)
class _Written:
    """Attachments that became files, and the names of those that did not."""

    paths: tuple[Path, ...]
    failed: tuple[tuple[str, MailadminError], ...]


def _written(
    access: MailAccess, attachments: Sequence[AnyAttachment], names: Sequence[str], folder: Path, task: Task
) -> _Written:
    """Write attachments into a folder; one that fails does not keep the others from it. Runs in a task."""
    paths: list[Path] = []
    failed: list[tuple[str, MailadminError]] = []
    for one, name in zip(attachments, names, strict=True):
        if task.should_stop():  # the window closes
            break
        try:
            paths.append(write_new(folder, name, access.attachment(one)))
        except MailadminError as error:
            failed.append((name, error))
    return _Written(tuple(paths), tuple(failed))


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
        self.bar = MessageBar(self)
        """What could not be saved."""
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
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
        self._save(tuple(self.model.records), self.tr("Save all attachments"))

    def save(self, attachments: Sequence[AnyAttachment]) -> None:
        """Ask where to save these, and do it; several go into one folder, where nothing is replaced."""
        self._save(tuple(attachments), self.tr("Save attachments"))

    def _save(self, attachments: tuple[AnyAttachment, ...], title: str) -> None:
        """Ask; whatever mail is shown when that is answered, these are read from the one that is shown now."""
        if not attachments:
            return
        access = self._access
        assert access is not None, "attachments come with a way to read them"
        if len(attachments) > 1:
            ask_folder(self, title, partial(self._write_all, access, attachments))
        else:
            one = attachments[0]
            ask_file(self, self.tr("Save the attachment"), file_name(one), partial(self._write_one, access, one))

    def _write_one(self, access: MailAccess, attachment: AnyAttachment, path: Path) -> None:
        task = self._tasks.task("save an attachment", lambda _: write(path, access.attachment(attachment)))
        task.succeeded.connect(self._on_saved)
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _write_all(self, access: MailAccess, attachments: tuple[AnyAttachment, ...], folder: Path) -> None:
        names = [file_name(one) for one in attachments]

        def work(task: Task) -> _Written:
            return _written(access, attachments, names, folder, task)

        task = self._tasks.task("save attachments", work)
        task.succeeded.connect(partial(self._on_all_saved, folder))
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _on_saved(self, path: Path) -> None:
        self.said.emit(self.tr('Saved "{path}"').format(path=path))

    def _on_all_saved(self, folder: Path, done: _Written) -> None:
        count = len(done.paths)
        if not done.failed:
            self.said.emit(self.tr("Saved %n files to {folder}", "", count).format(folder=folder))
            return
        whys = list(dict.fromkeys(errors.sentence(error) for _, error in done.failed))
        text = self.tr("{count} of {all} files were saved to {folder}. {why}").format(
            count=times.number(count),
            all=times.number(count + len(done.failed)),
            folder=shown(str(folder)),
            why=" ".join(whys[:_MOST_TOLD]),
        )
        lines = [self.tr("Not saved: {name}").format(name=name) for name, _ in done.failed]
        lines += [self.tr("Saved: {name}").format(name=path.name) for path in done.paths]
        self.bar.show_notice(Kind.WARNING, text, details="\n".join(lines))

    def _action(self, text: str, picture: str, act: object) -> QAction:
        action = QAction(icon(picture), text, self)
        action.triggered.connect(act)
        self.addAction(action)
        return action

    def _update(self) -> None:
        self.save_action.setEnabled(bool(self.table.selected()))
        self.save_all_action.setEnabled(bool(self.model.records))
