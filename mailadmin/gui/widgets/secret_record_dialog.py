"""The dialog of a record that has a secret: what to do when the key to the secrets is not at hand."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.errors import KEY_CODES, MailadminError
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Tasks

from .message_bar import Kind, Notice
from .record_dialog import RecordDialog

R = TypeVar("R")


class SecretRecordDialog(RecordDialog[R]):
    """Shows one record that is saved with a secret."""

    secrets_setup_wanted = Signal()
    """No key for secrets is at hand; call :meth:`secrets_changed` when that was seen to."""

    def __init__(self, title: str, record: R, table: str, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(title, record, table, tasks, parent)
        self._no_key: Notice | None = None

    @abstractmethod
    def ask_where(self) -> None:
        """Have the fields of secrets say anew where secrets are kept."""

    def secrets_changed(self) -> None:
        """Where secrets are kept may be another place now."""
        self.ask_where()
        if self._no_key is not None and self._no_key in self.bar.notices:
            self._no_key.dismiss()
        self._no_key = None

    @override
    def show_failure(self, error: MailadminError) -> None:
        if error.code not in KEY_CODES:
            super().show_failure(error)
            return
        said = self.tr("Nothing was saved. {why}").format(why=errors.sentence(error))
        self._no_key = self.bar.show_notice(Kind.ERROR, said, details=errors.server_words(error))
        self._no_key.add_action(self.tr("Set up the &key..."), self.secrets_setup_wanted.emit)
