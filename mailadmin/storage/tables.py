"""The tables, as typed mappings. What they promise is in the columns; what is done with them is in the stores.

Alembic steps never import this module: they say for themselves what they make, and a test compares the two.
Columns for facts of mail are unbounded text, because mail is; columns for what administrators type have the widths
of the rules that check them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .columns import Id, Octets, UtcTime, Words

# SQLite gives the number of a deleted row to the next one, unless told not to.
_NEVER_REUSED = {"sqlite_autoincrement": True}


class Base(DeclarativeBase):
    """What all tables share: how constraints are named, and how Python types are kept."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, bytes: LargeBinary, str: Text}  # noqa: RUF012  (SQLAlchemy's own way)


class _Edited:
    """What every record has that administrators edit: a version (optimistic locking), and who wrote it when."""

    version: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


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


class QueueRow(_Edited, Base):
    """A queue."""

    __tablename__ = "queue"
    __table_args__ = _NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    follow_up: Mapped[str] = mapped_column(String(20))
    follow_up_lock: Mapped[bool]
    sender_address_id: Mapped[int | None] = mapped_column(ForeignKey("mail_address.id", use_alter=True))
    group_name: Mapped[str] = mapped_column(String(200))
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class MailAddressRow(_Edited, Base):
    """An address of ours, and the queue its mail goes to."""

    __tablename__ = "mail_address"
    __table_args__ = _NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(600), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"), index=True)
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class AccountRow(_Edited, Base):
    """An incoming account."""

    __tablename__ = "incoming_account"
    __table_args__ = _NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    type: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(200))
    port: Mapped[int | None]
    username: Mapped[str] = mapped_column(String(200))
    authentication: Mapped[str] = mapped_column(String(20))
    oauth_profile: Mapped[str] = mapped_column(String(200))
    opens_mailbox: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(250))
    trusted: Mapped[bool]
    trusted_authserv_id: Mapped[str] = mapped_column(String(200))
    dispatching: Mapped[str] = mapped_column(String(20))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"), index=True)
    ticket_type: Mapped[str] = mapped_column(String(200))
    validity: Mapped[str] = mapped_column(String(30))
    after_fetch: Mapped[str] = mapped_column(String(20))
    move_to: Mapped[str] = mapped_column(String(250))
    max_message_size_kb: Mapped[int | None]
    images_as_attachments: Mapped[bool]
    schedule: Mapped[str] = mapped_column(String(200))
    watch: Mapped[bool]
    fetch_from: Mapped[date | None]
    ca_file: Mapped[str] = mapped_column(String(1000))
    pinned_certificate: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(String(1000))


class AccountStatusRow(Base):
    """How an account is doing; kept apart from what administrators edit."""

    __tablename__ = "account_status"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    next_due: Mapped[datetime | None]
    last_run: Mapped[datetime | None]
    last_good: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str] = mapped_column(String(60), default="")
    error_layer: Mapped[str] = mapped_column(String(30), default="")
    error_server: Mapped[str] = mapped_column(Words, default="")
    waiting_until: Mapped[datetime | None]


class SettingRow(Base):
    """A setting that differs from its default. ``value`` is JSON."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(191), primary_key=True)
    value: Mapped[str]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class TicketRow(Base):
    """A ticket. ``words`` is what it is searched by."""

    __tablename__ = "ticket"
    __table_args__ = (Index(None, "state", "queue_id"), _NEVER_REUSED)

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
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    words: Mapped[str] = mapped_column(server_default=text("''"))
    created: Mapped[datetime]
    changed: Mapped[datetime]


class InboxMessageRow(Base):
    """The ledger and archive: one row for each message that was ever seen in a mailbox, without its octets.

    ``account_name``, ``trusted``, ``queue``, ``ticket_type`` and ``images_as_attachments`` are the account's when the
    message was fetched: they must survive whatever happens to the account.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint("mailbox_id", "source_key"),
        Index(None, "mailbox_id", "server_state"),
        Index(None, "state", "account_id"),
        Index(None, "fetched_at"),
        # Of duplicates alone, which are few. Only the step says so: to say it here would load all dialects and drivers.
        Index(None, "duplicate_of"),
        _NEVER_REUSED,
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
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
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
    __table_args__ = _NEVER_REUSED

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
    created: Mapped[datetime]


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


class LeaseRow(Base):
    """Who may do something alone, and until when. ``holder_host`` NULL: free."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(191), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger, default=0)
    holder_host: Mapped[str | None]
    holder_pid: Mapped[int | None] = mapped_column(BigInteger)
    holder_started: Mapped[float | None]
    holder_user: Mapped[str | None]
    expires: Mapped[datetime | None]


class FetchRunRow(Base):
    """One past fetch of one account."""

    __tablename__ = "fetch_run"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("incoming_account.id", ondelete="SET NULL"))
    started: Mapped[datetime]
    seconds: Mapped[float]
    status: Mapped[str] = mapped_column(String(20))
    seen: Mapped[int]
    fetched: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    new_tickets: Mapped[int]
    follow_ups: Mapped[int]
    ignored: Mapped[int]
    rejected: Mapped[int]
    held: Mapped[int]
    duplicates: Mapped[int]
    quarantined: Mapped[int]
    too_big: Mapped[int]
    deleted: Mapped[int]
    moved: Mapped[int]
    left_on_server: Mapped[int]
    error_code: Mapped[str] = mapped_column(String(60))
    error_layer: Mapped[str] = mapped_column(String(30))
    error_server: Mapped[str] = mapped_column(Words)


class SecretKeyRow(Base):
    """The one encryption key of this database, without the key: a second row cannot be."""

    __tablename__ = "secret_key"
    __table_args__ = (CheckConstraint("slot = 1", name="one_key"),)

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, default=1)
    key_id: Mapped[str] = mapped_column(String(64), unique=True)
    check_value: Mapped[bytes]
    wrapped: Mapped[bytes | None]
    kdf: Mapped[str]


class SecretRow(Base):
    """A sealed secret. It refers to the key it is sealed with, so none is ever kept under a key that is gone."""

    __tablename__ = "secret"

    owner: Mapped[str] = mapped_column(String(20), primary_key=True)
    owner_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    row_uid: Mapped[str] = mapped_column(String(64), unique=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("secret_key.key_id"))
    nonce: Mapped[bytes]
    sealed: Mapped[bytes]


class AuditRow(Base):
    """Who changed what. ``changes`` is JSON: field to [before, after]; secrets are never in it."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str] = mapped_column(String(60))
    record: Mapped[str]
    action: Mapped[str] = mapped_column(String(20))
    changes: Mapped[str]
