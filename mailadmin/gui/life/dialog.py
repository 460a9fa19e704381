"""The dialog that answers "I sent you a mail, and it is not here": everything known of one Message-ID."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.outside_text import shown
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import Contents
from mailadmin.gui.widgets.labels import embolden, quiet_label, readable_label
from mailadmin.gui.widgets.wrapped_contents import WrappedContents

from . import words
from .cards import LifeCard, UnseenPanel
from .reading import Answer, LifeReader, Question

Button = QDialogButtonBox.ButtonRole
_WIDTH: Final = 120
_LINES: Final = 38


class LifeDialog(QDialog):
    """Takes a Message-ID and tells the life of the mail, copy by copy; of one that never came, where it may be."""

    ticket_wanted = Signal(str)
    """Show the ticket of this number; the dialog closes."""
    message_wanted = Signal(int)
    """Show the entry of inbox or archive with this id; the dialog closes."""
    state_wanted = Signal(object)
    """Show the messages in this InboxState; the dialog closes."""
    accounts_wanted = Signal()
    """Show the accounts; the dialog closes."""
    help_wanted = Signal()
    """F1."""

    def __init__(self, reader: LifeReader, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Life of a mail"))
        self._answer: Answer | None = None
        self._asked = ""
        self._question = Question()
        self.cards: list[LifeCard] = []
        """One for each copy that is shown."""
        self.unseen: UnseenPanel | None = None
        """What is shown of a mail that was never seen."""
        self.message_id = QLineEdit(self)
        self.find_button = QPushButton(self.tr("&Find"), self)
        self.area = QScrollArea(self)
        self.contents = Contents(self.area, self)
        self._build()
        self._loader: Loader[Question, Answer] = Loader(tasks, "look a mail up", reader.answer, self)
        self._loader.loaded.connect(self._on_answer)
        self._loader.failed.connect(self._on_failed)
        QShortcut(QKeySequence("F1"), self, self.help_wanted.emit)
        self._update()

    # --- what others call ---

    def look_up(self, message_id: str) -> None:
        """Tell the life of the mail with this Message-ID."""
        self.message_id.setText(message_id)
        self._find()

    def look_around(self, inbox_id: int) -> None:
        """Tell the life of the mail that this message is a copy of."""
        self._ask(Question(inbox_id=inbox_id))

    @property
    def text(self) -> str:
        """Everything that is shown, as text; empty before anything was asked."""
        return words.as_text(self._asked, self._answer) if self._answer is not None else ""

    # --- building ---

    def _build(self) -> None:
        label = QLabel(self.tr("&Message-ID"), self)
        label.setBuddy(self.message_id)
        self.message_id.setAccessibleName(self.tr("Message-ID"))
        self.message_id.setPlaceholderText("<20261120.1234@example.org>")
        self.message_id.setClearButtonEnabled(True)
        self.message_id.textChanged.connect(self._update)
        self.find_button.clicked.connect(self._find)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.message_id, 1)
        row.addWidget(self.find_button)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(self.tr("Life of a mail"))
        self.area.setBackgroundRole(QPalette.ColorRole.Window)
        self.contents.nothing_there.say(
            self.tr(
                "Every mail carries a Message-ID in its head. Somebody who misses an answer finds it in the mail as it "
                "was sent: open its source, and look for the line that begins with Message-ID."
            )
        )
        self.contents.show_counts(total=0, shown=0)
        buttons = QDialogButtonBox(self)
        self.copy_button = buttons.addButton(self.tr("&Copy as text"), Button.ActionRole)
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        close = buttons.addButton(self.tr("Close"), Button.RejectRole)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        self.find_button.setDefault(True)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.contents, 1)
        column.addWidget(buttons)
        metrics, room = self.fontMetrics(), self.screen().availableSize()
        self.resize(
            min(metrics.averageCharWidth() * _WIDTH, room.width()), min(metrics.height() * _LINES, room.height())
        )
        self.message_id.setFocus()

    # --- asking ---

    def _find(self) -> None:
        wanted = self.message_id.text().strip()
        if wanted:
            self._ask(Question(wanted))

    def _ask(self, question: Question) -> None:
        self._question = question
        self._loader.load(question)

    def _on_answer(self, question: Question, answer: Answer) -> None:
        self._answer = answer
        self._asked = question.message_id
        if answer.copies:
            if question.inbox_id is not None:
                self.message_id.setText(answer.copies[0].message.message_id)
            self._show_copies(answer)
        else:
            self._show_unseen(answer)
        self.contents.show_view()
        self.area.verticalScrollBar().setValue(0)
        self._update()

    def _on_failed(self, error: MailadminError) -> None:
        self._answer = None
        self.contents.show_failure(errors.sentence(error), self.tr("&Try again"), lambda: self._ask(self._question))
        self._update()

    def _update(self) -> None:
        self.find_button.setEnabled(bool(self.message_id.text().strip()))
        self.copy_button.setEnabled(self._answer is not None)

    # --- telling ---

    def _new_page(self) -> QVBoxLayout:
        page = WrappedContents(self.area)
        self.cards, self.unseen = [], None
        self.area.setWidget(page)  # the one before is deleted
        column = QVBoxLayout(page)
        margin = self.fontMetrics().averageCharWidth()
        column.setContentsMargins(0, margin, margin, 0)
        return column

    def _show_copies(self, answer: Answer) -> None:
        column = self._new_page()
        column.addLayout(self._head(answer.copies[0].message, words.count(answer.copies)))
        for at in range(len(answer.copies)):
            card = LifeCard(answer.copies, at, self)
            card.ticket_wanted.connect(self._open_ticket)
            card.message_wanted.connect(self._show_message)
            column.addWidget(card)
            self.cards.append(card)
        column.addStretch()

    def _head(self, message: InboxMessage, count: str) -> QVBoxLayout:
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addWidget(embolden(readable_label(words.subject(message), self), scale=1.15))
        head.addWidget(readable_label(shown(message.sender), self))
        head.addWidget(quiet_label(count, self, wrapped=True))
        return head

    def _show_unseen(self, answer: Answer) -> None:
        column = self._new_page()
        self.unseen = UnseenPanel(answer, self)
        self.unseen.message_chosen.connect(self.look_around)
        self.unseen.state_wanted.connect(self._show_state)
        self.unseen.accounts_wanted.connect(self._show_accounts)
        column.addWidget(self.unseen)
        column.addStretch()

    # --- leading on ---

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)

    def _open_ticket(self, number: str) -> None:
        self.accept()
        self.ticket_wanted.emit(number)

    def _show_message(self, inbox_id: int) -> None:
        self.accept()
        self.message_wanted.emit(inbox_id)

    def _show_state(self, state: object) -> None:
        self.accept()
        self.state_wanted.emit(state)

    def _show_accounts(self) -> None:
        self.accept()
        self.accounts_wanted.emit()
