"""What a conversation is read from: a ticket, its mails, its history. Everything here runs in tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxMessage
from mailadmin.domain.responses import OutboxMessage
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket
from mailadmin.gui.mail_view import AnyAttachment, MailAccess, MailContent
from mailadmin.services.inbox import InboxService
from mailadmin.services.outbox import OutboxService
from mailadmin.services.tickets import TicketService


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket with its mails, its history and what the outbox holds for it, oldest first."""

    ticket: Ticket
    articles: Sequence[Article]
    history: Sequence[HistoryEntry]
    outgoing: Sequence[OutboxMessage] = ()


@dataclass(frozen=True, slots=True)
class OpenedArticle:
    """A mail ready to be shown.

    ``access`` is None when its octets are gone, ``message`` is its entry in the inbox or archive.
    """

    content: MailContent
    access: MailAccess | None
    message: InboxMessage | None


class TicketReader:
    """Reads tickets and their mails."""

    def __init__(self, tickets: TicketService, inbox: InboxService, outbox: OutboxService) -> None:
        self._tickets = tickets
        self._outbox = outbox
        self._inbox = inbox

    def conversation(self, number: str) -> Conversation:
        """A ticket with all of its mails.

        :raises UserFixableError: UNKNOWN_TICKET
        """
        ticket = self._tickets.get(number)
        articles, history = self._tickets.articles(ticket), self._tickets.history(ticket)
        return Conversation(ticket, articles, history, self._outbox.of_ticket(ticket))

    def article(self, article: Article) -> OpenedArticle:
        """One of the mails, with its HTML as it was sent."""
        message = self._message(article)
        try:
            html = self._tickets.html(article)
        except UserFixableError as error:
            if error.code is not Code.UNKNOWN_MESSAGE:
                raise
            return OpenedArticle(MailContent.of(article, None), None, message)
        return OpenedArticle(MailContent.of(article, html), self._access(article), message)

    def _message(self, article: Article) -> InboxMessage | None:
        if article.inbox_id is None:
            return None
        try:
            return self._inbox.get(article.inbox_id)
        except UserFixableError as error:
            if error.code is not Code.UNKNOWN_MESSAGE:
                raise
            return None

    def _access(self, article: Article) -> MailAccess:
        return MailAccess(
            source=partial(self._tickets.raw, article),
            attachment=partial(self._attachment, article),
            inline=partial(self._tickets.inline, article),
        )

    def _attachment(self, article: Article, attachment: AnyAttachment) -> bytes:
        return self._tickets.content(article, cast("Attachment", attachment))
