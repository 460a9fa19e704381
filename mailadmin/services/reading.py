"""One message on standard input, as a mail server's pipe gives it (PM-11)."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.decisions import Decision
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.leases import ORPHANS_LEASE
from mailadmin.domain.messages import HANDED_IN, InboxMessage, InboxState, Intake, IntakeContext, ServerState, digest
from mailadmin.domain.outcomes import Processed
from mailadmin.postmaster import ParsedMail
from mailadmin.services.fetch.handed_in import HandedIn, logged
from mailadmin.services.fetch.store_room import context_of, queue_as_now
from mailadmin.services.leases import LeaseKeeper
from mailadmin.services.process import ProcessService, facts_of
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

_STDIN: Final = IncomingAccount(name="", type=AccountType.IMAP)
"""Stands for the mailbox of messages that came by no account: no host, no user."""


class ReadService:
    """Takes single messages that are handed in. Untrusted unless the caller says otherwise."""

    def __init__(self, storage: Storage, processing: ProcessService) -> None:
        self._storage = storage
        self._processing = processing

    def read(
        self, raw: bytes, *, account: IncomingAccount | None = None, queue: str = "", trusted: bool = False
    ) -> Processed | None:
        """Commit a message and process it.

        A message that was read before, octet for octet, is not imported again. Once committed the message is safe: a
        failure of processing leaves it in the inbox for the next run.

        :param account: its facts apply, and it is not imported again if this account has fetched it
        :param queue: dispatch to this queue whatever the address
        :returns: what became of it (``duplicate`` with the first one's id and ticket when it was here already); None
            when it is committed and waits
        :raises UserFixableError: EMPTY_INPUT, UNKNOWN_QUEUE, DATABASE_*; then nothing was kept
        """
        with logged(self._storage, account, len(raw)) as taken:
            taken.processed = self._read(raw, account, queue, taken, trusted=trusted)
            return taken.processed

    def _read(
        self, raw: bytes, account: IncomingAccount | None, queue: str, taken: HandedIn, *, trusted: bool
    ) -> Processed | None:
        context = self._context(raw, account, queue, trusted=trusted)
        mailbox_id = self._storage.accounts.mailbox_id(account or _STDIN)
        print_ = digest(raw)
        with self._storage.transaction():
            self._storage.inbox.lock(mailbox_id, context.account_id)
            if not queue:
                context = queue_as_now(self._storage, context)
            first = self._storage.inbox.same_mail(mailbox_id, context.account_id, [print_]).get(print_)
            item = Intake(f"{HANDED_IN}{print_.hex()}", raw, print_, len(raw), None, ServerState.KEPT, first)
            (inbox_id,) = self._storage.inbox.intake(mailbox_id, context, [item])
        if inbox_id is None or first is not None:
            known = first or self._storage.inbox.known(mailbox_id, [item.source])[item.source].id
            message = self._storage.inbox.get(known)
            return Processed(known, context.account_id, InboxState.DUPLICATE, message.ticket if message else "")
        taken.inbox_id = inbox_id
        return self._process(inbox_id)

    def already_here(self, raw: bytes, account: IncomingAccount | None = None) -> InboxMessage | None:
        """The message that :meth:`read` would find to be this one, octet for octet; None when it is new."""
        mailbox_id = self._storage.accounts.find_mailbox(account or _STDIN)
        account_id = account.id if account else None
        print_ = digest(raw)
        # Without a mailbox there is none of this number, but the account may have fetched it from another.
        found = self._storage.inbox.same_mail(mailbox_id or 0, account_id, [print_]).get(print_)
        return self._storage.inbox.get(found) if found is not None else None

    def preview(
        self, raw: bytes, *, account: IncomingAccount | None = None, queue: str = "", trusted: bool = False
    ) -> tuple[ParsedMail, Decision]:
        """What :meth:`read` would make of a message. Changes nothing."""
        context = self._context(raw, account, queue, trusted=trusted)
        return self._processing.preview([(raw, facts_of(context))])[0]

    def _context(self, raw: bytes, account: IncomingAccount | None, queue: str, *, trusted: bool) -> IntakeContext:
        if not raw.strip():
            raise UserFixableError(Code.EMPTY_INPUT)
        if queue and (known := self._storage.queues.by_name(queue)) is None:
            raise UserFixableError(Code.UNKNOWN_QUEUE, {"name": queue})
        context = context_of(account) if account else IntakeContext(None, "", trusted=False)
        return replace(context, trusted=trusted, queue=known.name if queue and known else context.queue)

    def _process(self, inbox_id: int) -> Processed | None:
        """Process this message (one of several that try will have it), and what others had to leave.

        The message is committed: what stands in the way now is no reason to have it delivered again.
        """
        processed: list[Processed] = []
        try:
            processed = self._processing.process([inbox_id])
            self._process_leftovers()
        except UserFixableError as error:
            log.warning("a message was read and waits to be processed: %s", error)
        return processed[0] if processed else None

    def _process_leftovers(self) -> None:
        keeper = LeaseKeeper(self._storage)
        try:
            lease = keeper.take(ORPHANS_LEASE)
            if lease is not None:
                try:
                    for batch in self._processing.leftovers(None):
                        self._processing.process(batch, lambda: keeper.ensure(lease))
                finally:
                    keeper.release(lease)
        finally:
            keeper.close()
