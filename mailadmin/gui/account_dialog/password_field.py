"""The password of an account: typed new, or a fixed mask for one that is stored (IN-2)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mailadmin.gui.sentences.wording import translate
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.secret_field import MASK, SecretField, SecretWords
from mailadmin.services.secrets import SecretService

__all__ = ["MASK", "PasswordField"]


class PasswordField(SecretField):
    """A field for a password that is kept elsewhere. Says where.

    :param secrets: asked in a task: a keyring may ask its user
    """

    def __init__(self, secrets: SecretService, tasks: Tasks, parent: QWidget | None = None) -> None:
        words = SecretWords(
            show=translate("PasswordField", "Show the password as it is typed"),
            change=translate("PasswordField", "Change the password"),
        )
        super().__init__(secrets, tasks, words, parent=parent)
