"""What is asked before a verb: into which queue, why, or onto which server."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from mailadmin.domain.accounts import Family, IncomingAccount, Validity
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.queues import Queue
from mailadmin.gui.sentences import errors
from mailadmin.gui.widgets.choices import ChoiceCombo, offer_valid
from mailadmin.gui.widgets.form import Field, add_row
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.question_dialog import QuestionDialog

translate = QCoreApplication.translate


class QueueDialog(QuestionDialog):
    """Into which queue.

    :param own: offer the queue that the account would have chosen, too, and propose it
    """

    queue_chosen = Signal(str)
    """The queue's name; empty: the account's own."""

    def __init__(
        self, title: str, text: str, verb: str, queues: Sequence[Queue], parent: QWidget, *, own: bool
    ) -> None:
        super().__init__(title, text, verb, parent)
        self.queue = ChoiceCombo(self, placeholder=self.tr("Choose a queue"))
        if own:
            self.queue.add_choice("", self.tr("As its account says"))
        offer_valid(self.queue, [(one.name, one.validity) for one in queues], "")
        self.queue.setCurrentIndex(0 if own else -1)
        add_row(self.form, self.tr("&Queue"), Field(self.queue, parent=self))
        self.queue.currentIndexChanged.connect(self._update)
        self._update()

    @override
    def on_accepted(self) -> None:
        self.queue_chosen.emit(self.queue.value)
        self.accept()

    def _update(self) -> None:
        self.verb.setEnabled(self.queue.currentIndex() >= 0)


class DiscardDialog(QuestionDialog):
    """Why nobody wants a message."""

    why_said = Signal(str)
    """In the user's words; may be empty."""

    def __init__(self, title: str, text: str, verb: str, parent: QWidget) -> None:
        super().__init__(title, text, verb, parent)
        self.why = QLineEdit(self)
        self.why.setMaxLength(500)
        hint = self.tr("For those who look later.")
        add_row(self.form, self.tr("&Why"), Field(self.why, hint=hint, parent=self))

    @override
    def on_accepted(self) -> None:
        self.why_said.emit(self.why.text().strip())
        self.accept()


class PutBackDialog(QuestionDialog):
    """Onto which account's server, into which folder. Stays open until it has been done.

    :param subject: what the message is called
    :param account: the name of the account that is proposed
    """

    wanted = Signal(object, str)
    """An IncomingAccount, and a folder; empty: the account's own."""

    def __init__(self, subject: str, accounts: Sequence[IncomingAccount], account: str, parent: QWidget) -> None:
        text = translate(
            "PutBackDialog",
            'The message "{subject}" is written into a folder on the server, exactly as it came. It stays here, too.',
        )
        super().__init__(
            translate("PutBackDialog", "Put back on the server"),
            text.format(subject=subject),
            translate("PutBackDialog", "&Put back"),
            parent,
        )
        self._busy = False
        self._accounts = {one.name: one for one in accounts if one.type.family is Family.IMAP}
        self.account = ChoiceCombo(self, placeholder=self.tr("There is no IMAP account"))
        offer_valid(self.account, [(name, Validity.VALID) for name in self._accounts], "")
        self.account.choose(account if account in self._accounts else next(iter(self._accounts), ""))
        self.folder = QLineEdit(self)
        hint = self.tr("A folder that the next fetch would empty is refused.")
        add_row(self.form, self.tr("&Account"), Field(self.account, parent=self))
        add_row(self.form, self.tr("&Folder"), Field(self.folder, hint=hint, parent=self))
        self.account.currentIndexChanged.connect(self._update)
        self._update()

    @override
    def on_accepted(self) -> None:
        """The verb was pressed: whoever does it closes the dialog, or says why not."""
        self.bar.clear()
        self._set_busy(busy=True)
        self.wanted.emit(self._accounts[self.account.value], self.folder.text().strip())

    @override
    def reject(self) -> None:
        """What is being written already cannot be called off any more."""
        if not self._busy:
            super().reject()

    def show_error(self, error: MailadminError) -> None:
        """It was not done."""
        self._set_busy(busy=False)
        text = errors.sentence(error, self.account.value)
        self.bar.show_notice(Kind.ERROR, text, details=errors.server_words(error))
        self.grow()
        self.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        for widget in (self.account, self.folder, self.cancel):
            widget.setDisabled(busy)
        self._update()

    def _update(self) -> None:
        chosen = self._accounts.get(self.account.value)
        self.verb.setEnabled(chosen is not None and not self._busy)
        self.folder.setPlaceholderText(chosen.folder if chosen is not None else "")
