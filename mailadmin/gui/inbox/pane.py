"""The message beside the list: what it says, and why it is here."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mailadmin.domain.decisions import ArticleDraft
from mailadmin.domain.errors import MailadminError
from mailadmin.domain.messages import InboxMessage, InboxState
from mailadmin.gui.mail_view import MailAccess, MailContent, MailView, StoryView, why
from mailadmin.gui.sentences import errors
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.services.inbox import InboxService


class MessagePane(QWidget):
    """Reads and shows one message.

    :param open_ticket: the verb that leads on from a message that is in a ticket
    """

    def __init__(self, inbox: InboxService, tasks: Tasks, open_ticket: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._inbox = inbox
        self._open_ticket = open_ticket
        self._shown: InboxMessage | None = None
        self.mail = MailView(tasks, self)
        self.why = StoryView(self.tr("Why it is here"), self)
        self.mail.add_tab(self.why, self.tr("&Why it is here"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.mail)
        self._reader: Loader[InboxMessage, tuple[ArticleDraft, str | None]] = Loader(
            tasks, "read a message", self._read, self
        )
        self._reader.loaded.connect(self._on_read)
        self._reader.failed.connect(self._on_not_read)

    def show_message(self, message: InboxMessage) -> None:
        """Show a message; one that is shown already is read again only if it has octets since."""
        before, self._shown = self._shown, message
        if before == message:
            return
        actions = [self._open_ticket] if message.ticket else []
        self.why.show_story(why.headline(message), why.story(message), why.facts(message), actions)
        if before is not None and before.id == message.id and InboxState.TOO_BIG not in {before.state, message.state}:
            return  # its octets never change
        if message.state is InboxState.TOO_BIG:
            self._show_without_octets(message, why.reason(message))
        else:
            self._reader.load(message)

    def show_nothing(self, text: str = "") -> None:
        """Show no message, and say so (or this)."""
        self._shown = None
        self.mail.show_nothing(text)

    def _read(self, message: InboxMessage) -> tuple[ArticleDraft, str | None]:
        """Runs in a task."""
        return self._inbox.reading(message.id), self._inbox.html(message.id)

    def _on_read(self, message: InboxMessage, answer: tuple[ArticleDraft, str | None]) -> None:
        if self._shown is None or self._shown.id != message.id:
            return
        article, html = answer
        access = MailAccess(
            source=partial(self._inbox.raw, message.id),
            attachment=partial(self._inbox.content, message.id),
            inline=partial(self._inbox.inline, message.id),
        )
        self.mail.show_mail(MailContent.of(article, html), access)

    def _on_not_read(self, error: MailadminError) -> None:
        if self._shown is not None:
            self._show_without_octets(self._shown, errors.sentence(error, self._shown.account))

    def _show_without_octets(self, message: InboxMessage, text: str) -> None:
        self.mail.show_mail(MailContent(sender=message.sender, subject=message.subject, text=text), None)
