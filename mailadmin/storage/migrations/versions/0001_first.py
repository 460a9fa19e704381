"""0001: the first schema.

Revision ID: 0001
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SHIPPED_QUEUES = (
    ("Postmaster", "Postmaster queue."),
    ("Raw", "All new mail that no rule sends elsewhere."),
    ("Junk", "All junk mail."),
    ("Misc", "Everything that fits nowhere else."),
)


def upgrade() -> None:
    """Make all tables, and the four queues every database starts with."""
    _configuration()
    _secrets()
    _tickets()
    _ledger()
    _articles()
    _fetching()
    _shipped_queues()


def _configuration() -> None:
    """Queues, addresses, accounts, settings, and who changed them."""
    op.create_table(
        "queue",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("follow_up", sa.String(length=20), nullable=False),
        sa.Column("follow_up_lock", sa.Boolean(), nullable=False),
        sa.Column("sender_address_id", ID, nullable=True),
        sa.Column("group_name", sa.String(length=200), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_address_id"], ["mail_address.id"], name=op.f("fk_queue_sender_address_id"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("name_key", name=op.f("uq_queue_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mail_address",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=600), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_mail_address_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_address")),
        sa.UniqueConstraint("address_key", name=op.f("uq_mail_address_address_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mail_address_queue_id"), "mail_address", ["queue_id"], unique=False)
    if op.get_bind().dialect.name != "sqlite":  # SQLite takes a reference to a table that is yet to come
        op.create_foreign_key(
            op.f("fk_queue_sender_address_id"), "queue", "mail_address", ["sender_address_id"], ["id"]
        )
    op.create_table(
        "incoming_account",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("authentication", sa.String(length=20), nullable=False),
        sa.Column("oauth_profile", sa.String(length=200), nullable=False),
        sa.Column("opens_mailbox", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=250), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("trusted_authserv_id", sa.String(length=200), nullable=False),
        sa.Column("dispatching", sa.String(length=20), nullable=False),
        sa.Column("queue_id", ID, nullable=True),
        sa.Column("ticket_type", sa.String(length=200), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("after_fetch", sa.String(length=20), nullable=False),
        sa.Column("move_to", sa.String(length=250), nullable=False),
        sa.Column("max_message_size_kb", sa.Integer(), nullable=True),
        sa.Column("images_as_attachments", sa.Boolean(), nullable=False),
        sa.Column("schedule", sa.String(length=200), nullable=False),
        sa.Column("watch", sa.Boolean(), nullable=False),
        sa.Column("fetch_from", sa.Date(), nullable=True),
        sa.Column("ca_file", sa.String(length=1000), nullable=False),
        sa.Column("pinned_certificate", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_incoming_account_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_account")),
        sa.UniqueConstraint("name_key", name=op.f("uq_incoming_account_name_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_incoming_account_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_incoming_account_queue_id"), "incoming_account", ["queue_id"], unique=False)
    op.create_table(
        "account_status",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("next_due", MOMENT, nullable=True),
        sa.Column("last_run", MOMENT, nullable=True),
        sa.Column("last_good", MOMENT, nullable=True),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("error_layer", sa.String(length=30), nullable=False),
        sa.Column("error_server", sa.Text(), nullable=False),
        sa.Column("waiting_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["incoming_account.id"], name=op.f("fk_account_status_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_status")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=191), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )


def _secrets() -> None:
    """The key record and the sealed secrets."""
    op.create_table(
        "secret_key",
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("kdf", sa.Text(), nullable=False),
        sa.CheckConstraint("slot = 1", name=op.f("ck_secret_key_one_key")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_secret_key")),
        sa.UniqueConstraint("key_id", name=op.f("uq_secret_key_key_id")),
    )
    op.create_table(
        "secret",
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("owner_uid", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("row_uid", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["secret_key.key_id"], name=op.f("fk_secret_key_id")),
        sa.PrimaryKeyConstraint("owner", "owner_uid", "kind", name=op.f("pk_secret")),
        sa.UniqueConstraint("row_uid", name=op.f("uq_secret_row_uid")),
    )


def _tickets() -> None:
    """Tickets, their numbers and their history."""
    op.create_table(
        "ticket",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("title", sa.String(length=191), nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("priority", sa.String(length=60), nullable=False),
        sa.Column("lock", sa.String(length=20), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("merged_into_id", ID, nullable=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["merged_into_id"], ["ticket.id"], name=op.f("fk_ticket_merged_into_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_ticket_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_ticket_queue_id"), "ticket", ["queue_id"], unique=False)
    op.create_table(
        "ticket_history",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_history_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_history")),
    )
    op.create_index(op.f("ix_ticket_history_ticket_id"), "ticket_history", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_counter",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_counter")),
    )


def _ledger() -> None:
    """The mailboxes, the ledger of their messages, and the octets."""
    op.create_table(
        "mailbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("family", sa.String(length=20), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("identity", name=op.f("uq_mailbox_identity")),
    )
    op.create_table(
        "inbox_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("mailbox_id", ID, nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("source_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("account_name", sa.String(length=191), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.String(length=191), nullable=False),
        sa.Column("ticket_type", sa.String(length=200), nullable=False),
        sa.Column("images_as_attachments", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("server_size", sa.BigInteger(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=True),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("server_state", sa.String(length=20), nullable=False),
        sa.Column("server_words", sa.Text(), nullable=False),
        sa.Column("copied_to", sa.LargeBinary(), nullable=False),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("processed_at", MOMENT, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("reason_facts", sa.Text(), nullable=False),
        sa.Column("decision_kind", sa.String(length=30), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("article_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["incoming_account.id"], name=op.f("fk_inbox_message_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["duplicate_of"], ["inbox_message.id"], name=op.f("fk_inbox_message_duplicate_of")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_inbox_message_mailbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_inbox_message_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
        sa.UniqueConstraint("mailbox_id", "source_key", name=op.f("uq_inbox_message_mailbox_id_source_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inbox_message_account_id"), "inbox_message", ["account_id"], unique=False)
    op.create_index(op.f("ix_inbox_message_digest"), "inbox_message", ["digest"], unique=False)
    op.create_index(
        op.f("ix_inbox_message_mailbox_id_server_state"), "inbox_message", ["mailbox_id", "server_state"], unique=False
    )
    op.create_index(op.f("ix_inbox_message_state_account_id"), "inbox_message", ["state", "account_id"], unique=False)
    op.create_table(
        "inbox_raw",
        sa.Column("inbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox_message.id"], name=op.f("fk_inbox_raw_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_inbox_raw")),
    )
    if op.get_bind().dialect.name == "postgresql":  # most of it is base64: compressing it costs more than it saves
        op.execute("ALTER TABLE inbox_raw ALTER COLUMN raw SET STORAGE EXTERNAL")
    op.create_table(
        "trouble",
        sa.Column("mailbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("source_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_trouble_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "source_key", name=op.f("pk_trouble")),
    )


def _articles() -> None:
    """Articles and their attachments."""
    op.create_table(
        "article",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("cc", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message_id_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_type", sa.Text(), nullable=False),
        sa.Column("visible_for_customer", sa.Boolean(), nullable=False),
        sa.Column("sender_type", sa.String(length=20), nullable=False),
        sa.Column("decision_kind", sa.String(length=30), nullable=False),
        sa.Column("queue", sa.String(length=191), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox_message.id"], name=op.f("fk_article_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_article_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_article_inbox_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_article_message_id_key"), "article", ["message_id_key"], unique=False)
    op.create_index(op.f("ix_article_ticket_id"), "article", ["ticket_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_attachment_article_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_article_id"), "attachment", ["article_id"], unique=False)


def _fetching() -> None:
    """Leases and past fetches."""
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("holder_host", sa.Text(), nullable=True),
        sa.Column("holder_pid", sa.BigInteger(), nullable=True),
        sa.Column("holder_started", sa.Double(), nullable=True),
        sa.Column("holder_user", sa.Text(), nullable=True),
        sa.Column("expires", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "fetch_run",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("new_tickets", sa.Integer(), nullable=False),
        sa.Column("follow_ups", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("too_big", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("left_on_server", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("error_layer", sa.String(length=30), nullable=False),
        sa.Column("error_server", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["incoming_account.id"], name=op.f("fk_fetch_run_account_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch_run")),
    )
    op.create_index(op.f("ix_fetch_run_account_id_id"), "fetch_run", ["account_id", "id"], unique=False)


def _shipped_queues() -> None:
    now = datetime.now(UTC)
    if op.get_bind().dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    stamp = {"created_at": now, "created_by": "mailadmin", "changed_at": now, "changed_by": "mailadmin"}
    rows = [
        {
            "name": name,
            "name_key": name.casefold(),
            "follow_up": "possible",
            "follow_up_lock": False,
            "group_name": "",
            "validity": "valid",
            "comment": comment,
            "version": 1,
            **stamp,
        }
        for name, comment in SHIPPED_QUEUES
    ]
    columns = (sa.column(name, MOMENT if name.endswith("_at") else None) for name in rows[0])
    op.bulk_insert(sa.table("queue", *columns), rows)
