"""The tables of configuration and bookkeeping, as typed mappings; those of mail are in :mod:`.mail_tables`.

What they promise is in the columns; what is done with them is in the stores. Alembic steps never import these modules:
they say for themselves what they make, and a test compares the two. Columns for what administrators type have the
widths of the rules that check them; columns for facts of mail are unbounded text, because mail is.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import NEVER_REUSED, Base, Edited
from .columns import Id, Words


class QueueRow(Edited, Base):
    """A queue."""

    __tablename__ = "queue"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    follow_up: Mapped[str] = mapped_column(String(20))
    follow_up_lock: Mapped[bool]
    sender_address_id: Mapped[int | None] = mapped_column(ForeignKey("mail_address.id", use_alter=True))
    group_name: Mapped[str] = mapped_column(String(200))
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class MailAddressRow(Edited, Base):
    """An address of ours, and the queue its mail goes to."""

    __tablename__ = "mail_address"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(600), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"), index=True)
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class ProfileRow(Edited, Base):
    """An OAuth2 profile. Its secrets are in :class:`SecretRow`."""

    __tablename__ = "oauth_profile"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    flow: Mapped[str] = mapped_column(String(30))
    instance_url: Mapped[str] = mapped_column(String(500))
    tenant: Mapped[str] = mapped_column(String(200))
    graph_url: Mapped[str] = mapped_column(String(500))
    discovery_url: Mapped[str] = mapped_column(String(500))
    authorization_url: Mapped[str] = mapped_column(String(500))
    token_url: Mapped[str] = mapped_column(String(500))
    device_url: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(250))
    client_authentication: Mapped[str] = mapped_column(String(20))
    secret_expires: Mapped[date | None]
    scopes: Mapped[str] = mapped_column(String(2000))
    redirect_host: Mapped[str] = mapped_column(String(20))
    redirect_port: Mapped[int | None]
    redirect_path: Mapped[str] = mapped_column(String(200))
    ca_file: Mapped[str] = mapped_column(String(1000))
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class AccountRow(Edited, Base):
    """An incoming account."""

    __tablename__ = "incoming_account"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    type: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(String(200))
    port: Mapped[int | None]
    username: Mapped[str] = mapped_column(String(200))
    authentication: Mapped[str] = mapped_column(String(20))
    oauth_profile_id: Mapped[int | None] = mapped_column(ForeignKey("oauth_profile.id"), index=True)
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
    precedence: Mapped[int] = mapped_column(server_default=text("100"))
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


class TokenRow(Base):
    """What is known of an account's token; the token itself is in :class:`SecretRow`."""

    __tablename__ = "oauth_token"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    profile_uid: Mapped[str] = mapped_column(String(32))
    flow: Mapped[str] = mapped_column(String(30))
    username: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(Words)
    subject: Mapped[str] = mapped_column(Words)
    scopes: Mapped[str] = mapped_column(Words)
    signed_in: Mapped[datetime | None]
    renewed: Mapped[datetime | None]
    expires: Mapped[datetime | None]
    refused: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(100))
    server: Mapped[str] = mapped_column(Words)
    died: Mapped[int]
    renewable: Mapped[bool]


class SettingRow(Base):
    """A setting that differs from its default. ``value`` is JSON."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(191), primary_key=True)
    value: Mapped[str]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


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
