"""Before a mailbox is fetched for the first time: what lies in it, and what is to become of that (IN-10)."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mailadmin.domain.accounts import AfterFetch, IncomingAccount
from mailadmin.domain.errors import MailadminError
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import errors, oauth_errors
from mailadmin.gui.tasks import Task, Tasks
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import embolden, plain_label, quiet_label, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.gui.widgets.script_box import ScriptBox
from mailadmin.services.accounts import AccountService
from mailadmin.services.adoption import Adoption, AdoptionChoice, AdoptionService

from .adoption_question import AdoptionQuestion

SMALL: Final = 20
"""So many messages that stay on the server are fetched without a question: that many tickets are soon looked through,
and nothing is lost by it. Where fetching deletes or moves, one message is enough to ask."""


def needs_question(account: IncomingAccount, adoption: Adoption) -> bool:
    """Whether what lies in the mailbox is worth a question."""
    if not adoption.messages:
        return False
    return account.after_fetch is not AfterFetch.KEEP or adoption.messages > SMALL


class AdoptionDialog(QDialog):
    """Looks at a mailbox in the background, says what is there, and asks. Fetches nothing itself.

    Call :meth:`look`, and open it when it ``asks`` or takes its time.
    """

    asks = Signal()
    """There is something to say or to ask."""
    edit_wanted = Signal(object)
    """The IncomingAccount is to be edited; the dialog has closed."""

    def __init__(
        self,
        account: IncomingAccount,
        adoption: AdoptionService,
        accounts: AccountService,
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.answer: IncomingAccount | None = None
        """The account as it was saved, to be fetched; None: it is not."""
        self._account = account
        self._adoption = adoption
        self._accounts = accounts
        self._tasks = tasks
        self._task: Task | None = None
        self._saving = False
        self.setWindowTitle(self.tr('First fetch of "{account}"').format(account=account.name))
        self._looking = self._build_looking()
        self.question = AdoptionQuestion(self)
        self.question.changed.connect(self._update_fetch)
        self._failure = self._build_failure()
        self.pages = QStackedWidget(self)
        for page in (self._looking, self.question, self._failure):
            self.pages.addWidget(page)
        self._buttons = QDialogButtonBox(self)
        self._build_buttons()
        column = QVBoxLayout(self)
        column.addWidget(self.pages, 1)
        column.addWidget(self._buttons)
        self._show_page(self._looking)

    @override
    def sizeHint(self) -> QSize:
        width = self.fontMetrics().averageCharWidth() * 102
        return QSize(width, max(super().sizeHint().height(), self.heightForWidth(width)))

    def look(self) -> None:
        """Look at the mailbox, in the background."""
        self._show_page(self._looking)
        self._task = task = self._tasks.task("look at a mailbox", self._read)
        task.succeeded.connect(self._on_looked)
        task.failed.connect(self._on_failed)
        self._tasks.start(task)

    @override
    def reject(self) -> None:
        """Cancel, Esc, or the window's own way: while the choice is being saved, it cannot be called off any more."""
        if not self._saving:
            super().reject()

    @override
    def done(self, result: int) -> None:
        """Closed, by whatever way: a look that is under way ends, too."""
        if self._task is not None:
            self._task.stop()
            self._task = None
        super().done(result)

    def _read(self, task: Task) -> tuple[IncomingAccount, Adoption]:
        # Read anew: it may have been edited since, after a first look that failed.
        account = self._accounts.again(self._account)
        return account, self._adoption.look(account, task.should_stop)

    # --- what comes of it ---

    def _on_looked(self, found: object) -> None:
        if self._task is None:  # closed meanwhile
            return
        self._task = None
        assert isinstance(found, tuple)
        self._account, adoption = found
        if not needs_question(self._account, adoption):
            self._adopt(AdoptionChoice.FETCH_ALL)
            return
        self.question.show_mailbox(self._account, adoption)
        self._show_page(self.question)
        self.asks.emit()

    def _on_failed(self, error: MailadminError) -> None:
        if self._task is None:
            return
        self._task = None
        self._why.setText(errors.sentence(error, self._account.name))
        words = errors.quoted_words(error)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._script.show_script(oauth_errors.script(error))
        self._show_page(self._failure)
        self.resize(self.width(), max(self.height(), self.heightForWidth(self.width())))
        self.asks.emit()

    def _on_fetch_clicked(self) -> None:
        if self.question.choice is not None:
            self._adopt(self.question.choice, self.question.chosen_day)

    def _adopt(self, choice: AdoptionChoice, day: date | None = None) -> None:
        self._set_saving(saving=True)
        account = self._account
        self._task = task = self._tasks.task("adopt", lambda task: self._adoption.adopt(account, choice, day))
        task.succeeded.connect(self._on_adopted)
        task.failed.connect(self._on_not_adopted)
        self._tasks.start(task)

    def _on_adopted(self, account: object) -> None:
        if self._task is None:
            return
        assert isinstance(account, IncomingAccount)
        self.answer = account
        self.accept()

    def _on_not_adopted(self, error: MailadminError) -> None:
        if self._task is None:
            return
        self._task = None
        self._set_saving(saving=False)
        self._show_page(self.question)
        notice = self.question.bar.show_notice(Kind.ERROR, errors.sentence(error, self._account.name))
        notice.add_action(self.tr("&Look again"), self.look)
        self.asks.emit()

    def _set_saving(self, *, saving: bool) -> None:
        self._saving = saving
        for widget in (self.pages, self.cancel_button):
            widget.setDisabled(saving)
        self._update_fetch()

    def _on_edit_clicked(self) -> None:
        self.reject()
        self.edit_wanted.emit(self._account)

    # --- building ---

    def _build_looking(self) -> QWidget:
        page = QWidget(self)
        column = QVBoxLayout(page)
        text = self.tr('Looking what is in the mailbox of "{account}" before it is fetched for the first time.')
        label = wrapped_label(text.format(account=self._account.name), page)
        moving = QProgressBar(page)
        moving.setRange(0, 0)
        moving.setTextVisible(False)
        moving.setAccessibleName(self.tr("Looking"))
        column.addStretch()
        column.addWidget(label)
        column.addWidget(moving)
        column.addStretch()
        return page

    def _build_failure(self) -> QWidget:
        page = QWidget(self)
        picture = IconLabel(icon("alert-circle-outline", Tone.BAD), page, scale=2)
        title = embolden(plain_label(self.tr("The mailbox cannot be looked at"), page))
        self._why = plain_label("", page)
        self._words = quiet_label("", page)
        words = QVBoxLayout()
        words.addWidget(title)
        for label in (self._why, self._words):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        self._script = ScriptBox(page)
        words.addWidget(self._script)
        words.addStretch()
        row = QHBoxLayout(page)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return page

    def _build_buttons(self) -> None:
        role = QDialogButtonBox.ButtonRole
        self.fetch_button = self._buttons.addButton(self.tr("&Fetch"), role.AcceptRole)
        self.retry_button = self._buttons.addButton(self.tr("&Try again"), role.ActionRole)
        self.edit_button = self._buttons.addButton(self.tr("&Edit account"), role.ActionRole)
        self.cancel_button: QPushButton = self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.fetch_button.clicked.connect(self._on_fetch_clicked)
        self.retry_button.clicked.connect(self.look)
        self.edit_button.clicked.connect(self._on_edit_clicked)
        self.cancel_button.clicked.connect(self.reject)

    def _show_page(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.fetch_button.setVisible(page is self.question)
        self.retry_button.setVisible(page is self._failure)
        self.edit_button.setVisible(page is self._failure)
        self.cancel_button.setText(self.tr("&Stop") if page is self._looking else self.tr("&Cancel"))
        self._update_fetch()

    def _update_fetch(self) -> None:
        chosen = self.question.choice is not None and not self._saving
        self.fetch_button.setEnabled(chosen)
        self.fetch_button.setDefault(chosen)
