"""The certificate and key of a registration: chosen as a file, read once, and never shown again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QWidget

from mailadmin.domain.errors import Code, MailadminError, UserFixableError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.form import Field
from mailadmin.gui.widgets.message_bar import Kind

LARGEST: Final = 100_000
"""Bytes; a certificate with its chain and key has some thousands."""


def read_pem(path: Path) -> Secret:
    """The contents of a PEM file. Called in a task.

    :raises UserFixableError: BAD_FILE
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserFixableError(
            Code.BAD_FILE, {"path": path, "detail": error.strerror or type(error).__name__}
        ) from None
    if len(content) > LARGEST or not content.isascii() or b"-----BEGIN " not in content:
        raise UserFixableError(Code.BAD_FILE, {"path": path, "detail": "it is not a PEM file"})
    return Secret(content.decode("utf-8", "replace"))  # names around the blocks are in any encoding


class CertificateField(Field):
    """A field for a certificate with its private key, in one PEM file."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        self.edit = QLineEdit()
        self.choose_button = QPushButton()
        self.keep_button = QPushButton()
        super().__init__(self.edit, self.choose_button, self.keep_button, parent=parent)
        self._tasks = tasks
        self._stored = False
        self._chosen: Secret | None = None
        self.edit.setReadOnly(True)
        for button in (self.choose_button, self.keep_button):
            button.setAutoDefault(False)
        self.choose_button.setText(self.tr("Choose file..."))
        self.choose_button.setAccessibleName(self.tr("Choose the file with certificate and private key"))
        self.choose_button.clicked.connect(self._browse)
        self.keep_button.setText(self.tr("Keep the stored one"))
        self.keep_button.clicked.connect(lambda: self.set_stored(stored=True))
        self.set_hint(
            self.tr(
                "One PEM file with the certificate and its private key, without a password. It is read once and kept "
                "encrypted; the certificate alone goes to the provider."
            )
        )
        self.unread = self.add_remark(Kind.ERROR)
        self.set_stored(stored=False)

    @property
    def chosen(self) -> Secret | None:
        """The new certificate with its key; None when there is none."""
        return self._chosen

    def set_stored(self, *, stored: bool) -> None:
        """Say that one is stored, or that there is none."""
        self._stored = stored
        self._chosen = None
        self.unread.say("")
        self.edit.setText(self.tr("stored") if stored else "")
        self.edit.setPlaceholderText(self.tr("none yet"))
        self.keep_button.hide()

    def read(self, path: str) -> None:
        """Read a file in a task."""
        self.unread.say("")
        task = self._tasks.task("read certificate", lambda task: (Path(path).name, read_pem(Path(path))))
        task.succeeded.connect(self._on_read)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Certificate and private key"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("PEM files") + " (*.pem *.crt *.key)", self.tr("All files") + " (*)"])
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def _on_read(self, answer: tuple[str, Secret]) -> None:
        name, self._chosen = answer
        self.edit.setText(self.tr("{file}, not saved yet").format(file=name))
        self.keep_button.setVisible(self._stored)
        self.left.emit()

    def _on_failed(self, error: MailadminError) -> None:
        self.unread.say(errors.sentence(error))
