"""A secret in a form: typed new, or a fixed mask for one that is stored; never its text, never its length (IN-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from mailadmin.domain.errors import BugError, MailadminError
from mailadmin.domain.secrets import Secret
from mailadmin.gui.sentences import errors, states
from mailadmin.gui.tasks import Tasks
from mailadmin.services.secrets import SecretService

from .form import Field
from .message_bar import Kind

MASK: Final = "\N{BULLET}" * 10
"""What stands for any stored secret."""


@dataclass(frozen=True, slots=True)
class SecretWords:
    """How the buttons beside a secret are called by screen readers."""

    show: str
    change: str


class SecretField(Field):
    """A field for a secret that is kept elsewhere. Says where.

    :param secrets: asked in a task: a keyring may ask its user
    :param words: what its buttons are called
    :param about: what is always said below it
    """

    setup_wanted = Signal()
    """No key is at hand, and somebody wants to do something about it."""

    def __init__(
        self,
        secrets: SecretService,
        tasks: Tasks,
        words: SecretWords,
        *,
        about: str = "",
        parent: QWidget | None = None,
    ) -> None:
        self.edit = QLineEdit()
        self.reveal_button = QPushButton()
        self.change_button = QPushButton()
        self.keep_button = QPushButton()
        self.setup_button = QPushButton()
        buttons = (self.reveal_button, self.change_button, self.keep_button, self.setup_button)
        super().__init__(self.edit, *buttons, parent=parent)
        self._secrets = secrets
        self._tasks = tasks
        self._about = about
        self._where = ""
        self._stored = False
        self._masked = False
        for button in buttons:
            button.setAutoDefault(False)
        self.reveal_button.setText(self.tr("Show"))
        self.reveal_button.setAccessibleName(words.show)
        self.reveal_button.setCheckable(True)
        self.reveal_button.toggled.connect(self._on_reveal)
        self.change_button.setText(self.tr("Change..."))
        self.change_button.setAccessibleName(words.change)
        self.change_button.clicked.connect(self._on_change)
        self.keep_button.setText(self.tr("Keep the stored one"))
        self.keep_button.clicked.connect(lambda: self.set_stored(stored=True))
        self.setup_button.setText(self.tr("Set up the key..."))
        self.setup_button.setAccessibleName(self.tr("Set up where passwords and secrets are kept"))
        self.setup_button.clicked.connect(self.setup_wanted)
        self.setup_button.hide()
        self.no_key = self.add_remark(Kind.WARNING)
        self._say_where(self.tr("Looking where it is kept …"))
        self.set_stored(stored=False)

    @property
    def masked(self) -> bool:
        """Whether the stored secret is meant."""
        return self._masked

    @property
    def typed(self) -> Secret | None:
        """The new secret; None when there is none."""
        return None if self._masked or not self.edit.text() else Secret(self.edit.text())

    def set_about(self, about: str) -> None:
        """Say something else below it, besides where it is kept."""
        self._about = about
        self._say_where(self._where)

    def set_stored(self, *, stored: bool) -> None:
        """Show the mask of a stored secret, or an empty box for a new one."""
        self._stored = stored
        self._show(masked=stored)

    def ask_where(self) -> None:
        """Find out where secrets are kept, and whether they can be; say it when it is known."""
        masked = self._masked

        def work(task: object) -> str:
            if not masked:  # reading about a stored one must not make a keyring ask
                self._secrets.ready()
            return self._secrets.where()

        task = self._tasks.task("where secrets are kept", work)
        task.succeeded.connect(self._on_where)
        task.failed.connect(self._on_no_key)
        self._tasks.start(task)

    def _show(self, *, masked: bool) -> None:
        self._masked = masked
        self.edit.setReadOnly(masked)
        self.reveal_button.setChecked(False)
        self._set_readable(readable=masked)
        self.edit.setText(MASK if masked else "")
        self.reveal_button.setVisible(not masked)
        self.change_button.setVisible(masked)
        self.keep_button.setVisible(not masked and self._stored)

    def _say_where(self, where: str) -> None:
        self._where = where
        self.set_hint(" ".join(part for part in (self._about, where) if part))

    def _on_reveal(self, shown: bool) -> None:
        self.reveal_button.setText(self.tr("Hide") if shown else self.tr("Show"))
        self._set_readable(readable=shown or self._masked)

    def _set_readable(self, *, readable: bool) -> None:
        """The echo mode sets hints of its own; no keyboard on the screen learns what is typed, readable or not."""
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if readable else QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(
            self.edit.inputMethodHints()
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )

    def _on_change(self) -> None:
        self._show(masked=False)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ask_where()

    def _on_where(self, where: str) -> None:
        self.setup_button.hide()
        self.no_key.say("")
        self._say_where(states.keys_kept(where))

    def _on_no_key(self, error: MailadminError) -> None:
        self.setup_button.setVisible(not isinstance(error, BugError))
        self._say_where("")
        self.no_key.say(errors.sentence(error))
