"""The tables of mail, as typed mappings: mailboxes and their ledger, the inbox, tickets. See :mod:`.tables`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import NEVER_REUSED, Base
from .columns import Id, Octets, Words


class MailboxRow(Base):
    """A mailbox on a server, whatever accounts open it. The ledger hangs on it.

    ``adopted``: since when it is clear what becomes of the mail that lay there before the first fetch.
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    family: Mapped[str] = mapped_column(String(20))
    host: Mapped[str]
    opened: Mapped[str]
    adopted: Mapped[datetime | None]


class FormerMailboxRow(Base):
    """A mailbox that an account opened before it was changed.

    ``looked_at``: the id of the last message there whose origin was looked at, for the account to know it again.
    """

    __tablename__ = "former_mailbox"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True, autoincrement=False)
    looked_at: Mapped[int] = mapped_column(Id)


class TroubleRow(Base):
    """A message that is listed on the server but could not be had."""

    __tablename__ = "trouble"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True, autoincrement=False)
    source_key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    source: Mapped[str] = mapped_column(Octets)
    attempts: Mapped[int]
    detail: Mapped[str] = mapped_column(Words)
    batch: Mapped[int | None]
    first_seen: Mapped[datetime]


class InboxMessageRow(Base):
    """The ledger and archive: one row for each message that was ever seen in a mailbox, without its octets.

    ``account_name``, ``trusted``, ``queue``, ``ticket_type`` and ``images_as_attachments`` are the account's when the
    message was fetched: they must survive whatever happens to the account. ``origin``: a digest of what stays of a mail
    when a server makes its octets anew, of those alone that an account left in a former mailbox. ``copy_key``: a digest
    that all copies of one mail share, whatever account they came by; of those that were decided. ``held_for``: the
    casefolded address of the sender it is held for, while it is.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint("mailbox_id", "source_key"),
        Index(None, "mailbox_id", "server_state"),
        Index(None, "state", "account_id"),
        Index(None, "fetched_at"),
        # Of duplicates alone, which are few. Only the step says so: to say it here would load all dialects and drivers.
        Index(None, "duplicate_of"),
        Index(None, "origin"),  # of those alone that have one, likewise
        Index(None, "held_for"),  # likewise
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    source: Mapped[str] = mapped_column(Octets)
    source_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("incoming_account.id", ondelete="SET NULL"), index=True)
    account_name: Mapped[str] = mapped_column(String(191))
    trusted: Mapped[bool]
    queue: Mapped[str] = mapped_column(String(191))
    ticket_type: Mapped[str] = mapped_column(String(200))
    images_as_attachments: Mapped[bool]
    trusted_authserv_id: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    origin: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(BigInteger)
    server_size: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    server_state: Mapped[str] = mapped_column(String(20))
    server_words: Mapped[str] = mapped_column(Words, default="")
    copied_to: Mapped[str] = mapped_column(Octets, default="")
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("inbox_message.id"))
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    message_id: Mapped[str] = mapped_column(default="")
    message_id_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    copy_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    held_for: Mapped[str | None] = mapped_column(String(600))
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    reason_code: Mapped[str] = mapped_column(String(60), default="")
    reason_facts: Mapped[str] = mapped_column(default="{}")
    decision_kind: Mapped[str] = mapped_column(String(30), default="")
    because: Mapped[str] = mapped_column(default="[]")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    article_id: Mapped[int | None] = mapped_column(Id)
    """The article made of it, for reading; the constraint is the other way round (article.inbox_id)."""


class InboxSearchRow(Base):
    """What a message is searched by, apart and narrow: a search reads all of these rows, and nothing else.

    Texts are as :func:`mailadmin.domain.names.search_key` makes them, pieces apart by line ends. ``words``: Message-ID,
    sender, subject. ``names``: the account's when it was fetched, and its ticket's numbers. ``account_id`` may be that
    of an account that is gone.
    """

    __tablename__ = "inbox_search"

    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox_message.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int | None] = mapped_column(Id)
    ticket_id: Mapped[int | None] = mapped_column(Id)
    names: Mapped[str]
    words: Mapped[str]


class InboxRawRow(Base):
    """The octets of a message, exactly as the server sent them; apart, so that lists never drag them along."""

    __tablename__ = "inbox_raw"

    inbox_id: Mapped[int] = mapped_column(ForeignKey("inbox_message.id"), primary_key=True, autoincrement=False)
    raw: Mapped[bytes]


class TicketRow(Base):
    """A ticket. ``words`` is what it is searched by."""

    __tablename__ = "ticket"
    __table_args__ = (Index(None, "state", "queue_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[str] = mapped_column(String(191))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"), index=True)
    state: Mapped[str] = mapped_column(String(60))
    priority: Mapped[str] = mapped_column(String(60))
    lock: Mapped[str] = mapped_column(String(20))
    type: Mapped[str]
    customer: Mapped[str]
    customer_id: Mapped[str]
    owner: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    responsible: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    service: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    sla: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    pending_until: Mapped[datetime | None]
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    """The closed ticket whose reply made this one."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    words: Mapped[str] = mapped_column(server_default=text("''"))
    created: Mapped[datetime]
    changed: Mapped[datetime]


class TicketHistoryRow(Base):
    """One line of a ticket's history."""

    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    event: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str]


class TicketCounterRow(Base):
    """How many ticket numbers of a day are taken."""

    __tablename__ = "ticket_counter"

    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class ArticleRow(Base):
    """One mail in a ticket. One inbox message makes one article at most: nothing is brought in twice."""

    __tablename__ = "article"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_message.id"), unique=True)
    sender: Mapped[str]
    recipients: Mapped[str]
    cc: Mapped[str]
    reply_to: Mapped[str]
    subject: Mapped[str]
    message_id: Mapped[str]
    message_id_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    in_reply_to: Mapped[str]
    refers_to: Mapped[str]
    sent_at: Mapped[datetime | None]
    body: Mapped[str]
    body_type: Mapped[str]
    visible_for_customer: Mapped[bool]
    sender_type: Mapped[str] = mapped_column(String(20))
    decision_kind: Mapped[str] = mapped_column(String(30))
    queue: Mapped[str] = mapped_column(String(191))
    because: Mapped[str]
    protection: Mapped[str] = mapped_column(String(20), server_default=text("''"))
    effects: Mapped[str] = mapped_column(server_default=text("'{}'"))
    """JSON: what the mail did to its ticket, for copies of it (:class:`mailadmin.domain.tickets.Effects`)."""
    created: Mapped[datetime]


class TicketFieldRow(Base):
    """A dynamic field of a ticket. ``name_key``: the name casefolded; ``value_key``: SHA-256 of the value."""

    __tablename__ = "ticket_field"
    __table_args__ = (Index(None, "name_key", "value_key"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    name_key: Mapped[str] = mapped_column(String(600), primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    value: Mapped[str]
    value_key: Mapped[bytes] = mapped_column(LargeBinary(32))


class ArticleFieldRow(Base):
    """A dynamic field of an article."""

    __tablename__ = "article_field"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, autoincrement=False)
    name_key: Mapped[str] = mapped_column(String(600), primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    value: Mapped[str]


class MailCopyRow(Base):
    """A row to wait for: whoever decides a copy of this mail holds it until the end of the transaction."""

    __tablename__ = "mail_copy"

    copy_key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class OutboxRow(Base):
    """An outgoing message. ``recipients`` and ``cc`` are JSON lists of bare addresses."""

    __tablename__ = "outbox"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_message.id"), index=True)
    type: Mapped[str] = mapped_column(String(30))
    response: Mapped[str] = mapped_column(String(191))
    message_id: Mapped[str] = mapped_column(String(300), unique=True)
    sender: Mapped[str]
    sender_name: Mapped[str]
    recipients: Mapped[str]
    cc: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    in_reply_to: Mapped[str]
    refers_to: Mapped[str]
    created: Mapped[datetime]
    expires: Mapped[datetime]


class ResponseCountRow(Base):
    """How many auto-responses an address got on a day (loop protection)."""

    __tablename__ = "response_count"

    day: Mapped[date] = mapped_column(primary_key=True)
    address_key: Mapped[str] = mapped_column(String(600), primary_key=True)
    count: Mapped[int]


class AttachmentRow(Base):
    """An attachment's facts; its content is cut out of the raw message at ``path``."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str]
    content_id: Mapped[str]
    disposition: Mapped[str]
