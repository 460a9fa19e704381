"""Who is asked what is to become of the mail in a new mailbox: one question after the other."""

from __future__ import annotations

from collections import deque
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from mailadmin.domain.accounts import IncomingAccount
from mailadmin.gui.tasks import Tasks
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import AdoptionService

from .adoption_dialog import AdoptionDialog

SHOWN_AFTER_MILLISECONDS: Final = 600
"""A look that is over sooner, with nothing to ask, shows no dialog at all."""


class AdoptionQuestions(QObject):
    """Shows an :class:`AdoptionDialog` for each account that is asked about, one at a time.

    :param window: what the dialogs belong to
    """

    adopted = Signal(object)
    """An IncomingAccount, as it is stored now, may be fetched."""
    declined = Signal(object)
    """An IncomingAccount is not to be fetched."""
    edit_wanted = Signal(object)
    """An IncomingAccount is to be edited, for it cannot be looked at."""

    def __init__(
        self,
        adoption: AdoptionService,
        accounts: AccountService,
        tasks: Tasks,
        window: QWidget | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._adoption = adoption
        self._accounts = accounts
        self._tasks = tasks
        self._window = window
        self._waiting: deque[IncomingAccount] = deque()
        self._account: IncomingAccount | None = None
        self._dialog: AdoptionDialog | None = None
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MILLISECONDS)
        self._timer.timeout.connect(self._show)

    @property
    def dialog(self) -> AdoptionDialog | None:
        """The one that asks, or looks, now."""
        return self._dialog

    def ask(self, account: IncomingAccount) -> None:
        """Ask about this account when those before it are answered."""
        self._waiting.append(account)
        if self._dialog is None:
            self._next()

    def withdraw(self) -> None:
        """Ask nobody any more; nothing is told about them."""
        self._waiting.clear()
        self._account = None
        if self._dialog is not None:
            self._dialog.done(AdoptionDialog.DialogCode.Rejected)

    def _next(self) -> None:
        self._timer.stop()
        self._dialog = None
        if not self._waiting:
            return
        self._account = self._waiting.popleft()
        self._dialog = AdoptionDialog(self._account, self._adoption, self._accounts, self._tasks, self._window)
        self._dialog.asks.connect(self._show)
        self._dialog.edit_wanted.connect(self.edit_wanted)
        self._dialog.finished.connect(self._on_finished)
        self._dialog.look()
        self._timer.start()

    def _show(self) -> None:
        if self._dialog is not None and not self._dialog.isVisible():
            self._dialog.open()

    def _on_finished(self) -> None:
        account, dialog = self._account, self._dialog
        self._account = None
        answer = dialog.answer if dialog is not None else None
        if dialog is not None:
            dialog.deleteLater()  # one that was never shown is not closed, so it would stay
        self._next()
        if account is not None:
            (self.declined.emit(account) if answer is None else self.adopted.emit(answer))
