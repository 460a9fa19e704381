"""Inbox and archive: what was fetched, and work by hand (FE-5, FE-10)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from mailadmin.domain.accounts import AfterFetch, Family, IncomingAccount
from mailadmin.domain.decisions import (
    AS_IT_CAME,
    ArticleDraft,
    AttachmentDraft,
    Because,
    Decision,
    DecisionKind,
)
from mailadmin.domain.errors import Code, Layer, UserFixableError
from mailadmin.domain.messages import ASSIGNED_BY_HAND, ByHand, InboxMessage, InboxQuery, InboxState, is_possible
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.tickets import Ticket, TicketWrite
from mailadmin.domain.validation import same_folder
from mailadmin.postmaster import part_content, sender_and_subject
from mailadmin.services import contents
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.process import ProcessService, facts_of
from mailadmin.services.tickets import TicketService
from mailadmin.services.trial import survives_parsing
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

MAX_ID = 2**63 - 1
"""The largest number a database column of ours takes."""

HEAD_OCTETS = 16_384
"""How much of a message is read for its sender and subject."""
_MAY_WAIT = frozenset({InboxState.STORED, InboxState.DUPLICATE})
"""States of messages whose octets may not have been processed; a duplicate's are those of the first."""


class InboxService:
    """What an administrator does with single messages."""

    def __init__(
        self,
        storage: Storage,
        processing: ProcessService,
        tickets: TicketService,
        mailboxes: MailboxOpener,
    ) -> None:
        self._storage = storage
        self._processing = processing
        self._tickets = tickets
        self._mailboxes = mailboxes

    def page(self, query: InboxQuery, *, before: int | None = None, limit: int = 200) -> list[InboxMessage]:
        """One page of messages, newest first; an account that there is not has none.

        What is not processed yet has its sender and subject from the head of its octets.

        :param before: the id of the last message of the page before; None: the first page
        """
        page = self._storage.inbox.page(query, before=before, limit=limit)
        waiting = [message.id for message in page if message.state in _MAY_WAIT and not _is_named(message)]
        if not waiting:
            return page
        heads = self._storage.inbox.heads(waiting, HEAD_OCTETS)
        return [_named(message, heads[message.id]) if message.id in heads else message for message in page]

    def count(self, query: InboxQuery) -> int:
        """How many messages a query finds."""
        return self._storage.inbox.count(query)

    def counts(self) -> Mapping[InboxState, int]:
        """How many messages are in each state; every state is there."""
        return self._storage.inbox.counts()

    def list(
        self, *, state: InboxState | None = None, account: str = "", text: str = "", limit: int | None = None
    ) -> list[InboxMessage]:
        """Messages, newest first; ``text`` is looked for as :class:`InboxQuery` says.

        :raises UserFixableError: UNKNOWN_ACCOUNT when neither an account nor a message goes by that name
        """
        found = self._storage.inbox.list(state=state, account=account, text=text, limit=limit)
        if account and not found and not self._goes_by(account):
            names = ", ".join(one.name for one in self._storage.accounts.all())
            raise UserFixableError(Code.UNKNOWN_ACCOUNT, {"name": account, "accounts": names})
        return found

    def get(self, inbox_id: int) -> InboxMessage:
        """One message.

        :raises UserFixableError: UNKNOWN_MESSAGE
        """
        message = self._storage.inbox.get(inbox_id) if 0 < inbox_id <= MAX_ID else None
        if message is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": inbox_id})
        return message

    def raw(self, inbox_id: int) -> bytes:
        """A message's octets, exactly as the server sent them.

        :raises UserFixableError: UNKNOWN_MESSAGE when there are none (too big, not fetched)
        """
        self.get(inbox_id)
        raw = self._storage.inbox.raw(inbox_id)
        if raw is None:
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": inbox_id})
        return raw

    def reading(self, inbox_id: int) -> ArticleDraft:
        """A message to read: header fields, body as text, the facts of its attachments; whatever state it is in.

        A message that cannot be parsed is given as it came, as the body.

        :raises UserFixableError: UNKNOWN_MESSAGE when there are no octets (too big, not fetched)
        """
        raw = self.raw(inbox_id)
        return contents.reading(raw) if self._is_harmless(inbox_id, raw) else contents.as_it_came(raw)

    def html(self, inbox_id: int) -> str | None:
        """The HTML body as sent, decoded; None when there is none. It must be made safe before it is shown.

        :raises UserFixableError: UNKNOWN_MESSAGE
        """
        raw = self.raw(inbox_id)
        return contents.html_of(raw) if self._is_harmless(inbox_id, raw) else None

    def content(self, inbox_id: int, attachment: AttachmentDraft) -> bytes:
        """The decoded content of an attachment that :meth:`reading` named.

        :raises UserFixableError: UNKNOWN_MESSAGE
        """
        return part_content(self.raw(inbox_id), attachment.path)

    def inline(self, inbox_id: int, content_id: str) -> bytes | None:
        """The image that the HTML body refers to as ``cid:...``; None when there is none.

        :raises UserFixableError: UNKNOWN_MESSAGE
        """
        raw = self.raw(inbox_id)
        return contents.image(raw, content_id) if self._is_harmless(inbox_id, raw) else None

    def retry(self, inbox_id: int) -> Processed | None:
        """Process a quarantined, held, ignored or discarded message again, by the rules as they are now.

        With the trust and queue it came with. A copy of a mail does not make a second article of it.

        :returns: what became of it; None when another process was quicker to take it up
        :raises UserFixableError: WRONG_STATE
        """
        return self._again(inbox_id, release=False)

    def release(self, inbox_id: int, queue: str = "") -> Processed | None:
        """Let a message through into a queue (its account's when none is named), whatever its headers ask for.

        :returns: as :meth:`retry`
        :raises UserFixableError: UNKNOWN_QUEUE, WRONG_STATE
        """
        if queue:
            known = self._storage.queues.by_name(queue)
            if known is None:
                raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": queue})
            with self._storage.transaction():
                self._possible(ByHand.RELEASE, inbox_id)
                self._storage.inbox.set_context_queue(inbox_id, known.name)
        return self._again(inbox_id, release=True)

    def assign(self, inbox_id: int, number: str) -> Ticket:
        """Put a message into an existing ticket by hand, or into the one that this was merged into; that one.

        A message that ends every process that takes it apart goes in as it came.

        :raises UserFixableError: UNKNOWN_TICKET, WRONG_STATE (also when a copy of it made an article meanwhile)
        """
        facts = self._storage.tickets.facts_by_number([self._tickets.get(number).number])[number]
        self._possible(ByHand.ASSIGN, inbox_id)
        raw = self.raw(inbox_id)
        because = [Because(ASSIGNED_BY_HAND, {"ticket": number})]
        copy_key = None
        if self._is_harmless(inbox_id, raw):
            (message,) = self._storage.inbox.load([inbox_id])
            prepared, alone = self._processing.decide_alone(raw, facts_of(message.context), message.fetched_at)
            article, copy_key = alone.article, prepared.copy_key
        else:
            article = contents.as_it_came(raw)
            because.append(Because(AS_IT_CAME))
        copies = self._articles(copy_key)
        kind = DecisionKind.FOLLOW_UP
        decision = Decision(kind=kind, article=article, ticket=facts, queue=facts.queue, because=tuple(because))
        with self._storage.transaction():
            self._possible(ByHand.ASSIGN, inbox_id)
            if copy_key is not None:
                self._storage.copies.lock([copy_key])
            if self._articles(copy_key) - copies:  # a copy made one in this instant: the mail is in a ticket already
                facts_of_copy = {"what": str(inbox_id), "state": InboxState.DUPLICATE.value}
                raise UserFixableError(Code.WRONG_STATE, facts_of_copy)
            (written,) = self._storage.tickets.write([TicketWrite(inbox_id, facts, decision, datetime.now(UTC))])
            self._storage.inbox.assigned(inbox_id, written.ticket_id, written.article_id, article, copy_key)
        return self._tickets.get(written.number)

    def archive(self, inbox_id: int) -> InboxMessage:
        """Rest a message in the archive without a ticket; the message as it is now.

        :raises UserFixableError: WRONG_STATE
        """
        with self._storage.transaction():
            self._possible(ByHand.ARCHIVE, inbox_id)
            self._storage.inbox.archive(inbox_id)
        return self.get(inbox_id)

    def discard(self, inbox_id: int, why: str) -> InboxMessage:
        """Acknowledge a message as not wanted; its octets stay, and it is not fetched again; the message as it is now.

        :raises UserFixableError: WRONG_STATE
        """
        with self._storage.transaction():
            self._possible(ByHand.DISCARD, inbox_id)
            self._storage.inbox.discard(inbox_id, why)
        return self.get(inbox_id)

    def put_back(self, inbox_id: int, account: IncomingAccount, folder: str = "") -> str:
        """Append a message's octets to a folder on the server; the folder used.

        :param folder: empty: the account's own folder, which is refused where the next fetch would delete it again
        :raises UserFixableError: WRONG_STATE (``what`` = put-back), or what the server says
        """
        raw = self.raw(inbox_id)
        folder = folder or account.folder
        if account.type.family is not Family.IMAP:
            raise UserFixableError(Code.WRONG_STATE, {"what": "put-back", "state": account.type.value})
        for other in self._storage.accounts.all():
            if (
                other.mailbox == account.mailbox
                and same_folder(other.folder, folder)
                and other.after_fetch is not AfterFetch.KEEP
            ):
                raise UserFixableError(Code.WRONG_STATE, {"what": "put-back", "state": "fetched", "folder": folder})
        mailbox = self._mailboxes.open(account)
        try:
            used = mailbox.append(raw, folder)
        except UserFixableError as error:
            error.layer = error.layer or Layer.STORE
            mailbox.abandon()
            raise
        mailbox.finish()
        return used

    def _is_harmless(self, inbox_id: int, raw: bytes) -> bool:
        """Whether parsing a message ends no process: one that is said to have done so is tried in another first."""
        message = self.get(inbox_id)
        begun = message.state is InboxState.STORED and message.attempts > 0
        return survives_parsing(raw) if begun or message.reason_code == Code.KILLED_TWICE else True

    def _articles(self, copy_key: bytes | None) -> set[int]:
        """The articles that copies of a mail have made until now, by id."""
        if copy_key is None:
            return set()
        return {copy.article_id for copy in self._storage.copies.of_keys([copy_key]).get(copy_key, ())}

    def _goes_by(self, name: str) -> bool:
        """Whether there is an account of that name, or mail of one that is gone."""
        return self._storage.accounts.by_name(name) is not None or bool(self._storage.inbox.list(account=name, limit=1))

    def _again(self, inbox_id: int, *, release: bool) -> Processed | None:
        self._possible(ByHand.RELEASE if release else ByHand.RETRY, inbox_id)
        self._storage.inbox.reopen(inbox_id)
        processed = self._processing.process([inbox_id], release=release)
        return processed[0] if processed else None

    def _possible(self, what: ByHand, inbox_id: int) -> InboxMessage:
        """The message, when this can be done with it."""
        message = self.get(inbox_id)
        if not is_possible(what, message):
            raise UserFixableError(Code.WRONG_STATE, {"what": str(inbox_id), "state": message.state.value})
        return message


def _is_named(message: InboxMessage) -> bool:
    return bool(message.sender or message.subject or message.message_id)


def _named(message: InboxMessage, head: bytes) -> InboxMessage:
    try:
        sender, subject = sender_and_subject(head)
    except Exception:  # an error of ours, found by one message, must not keep the others from being listed
        log.warning("the head of message %s could not be read", message.id, exc_info=True)
        return message
    return replace(message, sender=sender, subject=subject)
