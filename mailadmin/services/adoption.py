"""Before an account's first fetch: what lies in its mailbox, and what is to become of that (IN-10)."""

from __future__ import annotations

import dataclasses
import enum
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from mailadmin.domain.accounts import AfterFetch, Family, IncomingAccount
from mailadmin.domain.interrupt import Interrupt
from mailadmin.domain.ports import Listed, Mailbox
from mailadmin.postmaster import parse
from mailadmin.services.accounts import AccountService
from mailadmin.services.mailboxes import MailboxOpener
from mailadmin.services.stoppable import never, until_stopped
from mailadmin.storage import Storage

log = logging.getLogger(__name__)

SAMPLE: Final = 5


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """A message by its header: ``date`` as its author's clock says, aware UTC."""

    date: datetime | None
    sender: str
    subject: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What lies in a mailbox. ``bytes`` None: the server does not tell. ``sample``: the newest messages, newest first.

    A header that cannot be read is left out of the sample.

    ``oldest`` and ``newest`` are arrival times, aware UTC; of a POP3 mailbox, of its first and last few messages.
    """

    messages: int
    bytes: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    sample: tuple[SampleMessage, ...] = ()


class AdoptionChoice(enum.StrEnum):
    """What is to become of the mail that is there already."""

    FETCH_ALL = "fetch-all"
    KEEP_ON_SERVER = "keep-on-server"
    ONLY_FROM = "only-from"


class AdoptionService:
    """Asks before a mailbox full of mail is fetched, and perhaps emptied, for the first time."""

    def __init__(self, storage: Storage, accounts: AccountService, mailboxes: MailboxOpener) -> None:
        self._storage = storage
        self._accounts = accounts
        self._mailboxes = mailboxes

    def needed_now(self) -> Callable[[IncomingAccount], bool]:
        """Tells of any account whether nothing was ever fetched from its mailbox, by whichever account, nor adopted.

        As things stand now: the database is asked once, however many accounts are. An account that was fetched, and is
        pointed to another mailbox now, is new there.
        """
        adopted = self._storage.accounts.adopted_now()
        return lambda account: not adopted(account)

    def look(self, account: IncomingAccount, should_stop: Callable[[], bool] = never) -> Adoption:
        """Count, measure and take a sample. Nothing is changed on the server, and nothing but headers downloaded.

        :param should_stop: asked ten times a second; True ends it within a second
        :raises UserFixableError: what the server, the line or the vault says; STOPPED
        """

        def job(interrupt: Interrupt) -> Adoption:
            mailbox = self._mailboxes.open(account, interrupt=interrupt)
            try:
                adoption = _measured(mailbox, account.type.family)
                mailbox.finish()
            except BaseException:
                mailbox.abandon()
                raise
            return adoption

        return until_stopped(job, should_stop)

    def adopt(self, account: IncomingAccount, choice: AdoptionChoice, day: date | None = None) -> IncomingAccount:
        """Save the account as was chosen: as it is, keeping the mail on the server, or fetching from ``day`` on.

        :param day: needed for ONLY_FROM
        :returns: the account as stored
        :raises InvalidRecordError: it breaks rules
        :raises UserFixableError: EDIT_CONFLICT when somebody else has changed it since it was read
        """
        with self._storage.transaction():
            if choice is AdoptionChoice.KEEP_ON_SERVER:
                account = self._accounts.change(dataclasses.replace(account, after_fetch=AfterFetch.KEEP, move_to=""))
            elif choice is AdoptionChoice.ONLY_FROM:
                assert day is not None, "from when on"
                account = self._accounts.change(dataclasses.replace(account, fetch_from=day))
            else:  # chosen for what was on the screen: the folder, what becomes of the copies on the server
                self._storage.accounts.ensure_unchanged(account)
            self._storage.accounts.set_adopted(self._storage.accounts.mailbox_id(account))
        return account


def _measured(mailbox: Mailbox, family: Family) -> Adoption:
    listed = mailbox.list_messages()
    # By POP3 every date costs the header of a message; servers number by arrival, so the ends tell.
    at_ends = {message.handle: message for message in (*listed[:SAMPLE], *listed[-SAMPLE:])}
    dated = list(at_ends.values()) if family is Family.POP3 else listed
    measured = mailbox.measure(dated, dates=True)
    sizes = [message.size for message in (listed if family is Family.POP3 else measured)]
    arrivals = [message.received_at for message in measured if message.received_at is not None]
    return Adoption(
        len(listed),
        sum(size or 0 for size in sizes) if None not in sizes else None,
        min(arrivals, default=None),
        max(arrivals, default=None),
        _sample(mailbox, listed[-SAMPLE:]),
    )


def _sample(mailbox: Mailbox, messages: Sequence[Listed]) -> tuple[SampleMessage, ...]:
    heads = mailbox.headers(messages) if messages else {}
    sample = []
    for message in reversed(messages):
        if message.handle in heads:
            try:
                mail = parse(heads[message.handle])
            except Exception:  # an error of ours must not keep the other mail from being fetched
                log.warning("the header of a message could not be taken apart", exc_info=True)
                continue
            sample.append(SampleMessage(mail.date, mail.headers.text("From"), mail.headers.text("Subject")))
    return tuple(sample)
