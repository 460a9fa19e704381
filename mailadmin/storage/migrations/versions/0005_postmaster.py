"""0005: what PostMaster decides by (filters, lists, customers, auto-responses), the outbox, the communication log.

Revision ID: 0005
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SHIPPED_STATES = (
    ("new", "new"),
    ("closed successful", "closed"),
    ("closed unsuccessful", "closed"),
    ("open", "open"),
    ("removed", "removed"),
    ("pending reminder", "pending reminder"),
    ("pending auto close+", "pending auto"),
    ("pending auto close-", "pending auto"),
    ("merged", "merged"),
)
ROWS_AT_ONCE = 500


def upgrade() -> None:
    """Make the tables and columns, and fill the lists every database starts with."""
    _rules()
    _customers()
    _mail()
    _log()
    _columns()
    _message_id_keys()
    _shipped_lists()


def _rules() -> None:
    """What PostMaster decides by."""
    op.create_table(
        "auto_response",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=1000), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_response")),
        sa.UniqueConstraint("name_key", name=op.f("uq_auto_response_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "external_number",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("from_pattern", sa.String(length=1000), nullable=False),
        sa.Column("number_pattern", sa.String(length=1000), nullable=False),
        sa.Column("in_subject", sa.Boolean(), nullable=False),
        sa.Column("in_body", sa.Boolean(), nullable=False),
        sa.Column("state_types", sa.Text(), nullable=False),
        sa.Column("dynamic_field", sa.String(length=191), nullable=False),
        sa.Column("sender_type", sa.String(length=20), nullable=False),
        sa.Column("visible_for_customer", sa.Boolean(), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_number")),
        sa.UniqueConstraint("name_key", name=op.f("uq_external_number_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "filter",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter")),
        sa.UniqueConstraint("name_key", name=op.f("uq_filter_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "list_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("state_type", sa.String(length=20), nullable=True),
        sa.Column("field_of", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_entry")),
        sa.UniqueConstraint("kind", "name_key", name=op.f("uq_list_entry_kind_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "auto_response_queue",
        sa.Column("response_id", ID, autoincrement=False, nullable=False),
        sa.Column("queue_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_auto_response_queue_queue_id")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["auto_response.id"], name=op.f("fk_auto_response_queue_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "queue_id", name=op.f("pk_auto_response_queue")),
    )
    op.create_index(op.f("ix_auto_response_queue_queue_id"), "auto_response_queue", ["queue_id"], unique=False)
    op.create_table(
        "filter_account",
        sa.Column("filter_id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["incoming_account.id"], name=op.f("fk_filter_account_account_id")),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name=op.f("fk_filter_account_filter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("filter_id", "account_id", name=op.f("pk_filter_account")),
    )
    op.create_index(op.f("ix_filter_account_account_id"), "filter_account", ["account_id"], unique=False)
    op.create_table(
        "filter_example",
        sa.Column("filter_id", ID, autoincrement=False, nullable=False),
        sa.Column("inbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("pinned", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filter.id"], name=op.f("fk_filter_example_filter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox_message.id"], name=op.f("fk_filter_example_inbox_id")),
        sa.PrimaryKeyConstraint("filter_id", "inbox_id", name=op.f("pk_filter_example")),
    )
    op.create_index(op.f("ix_filter_example_inbox_id"), "filter_example", ["inbox_id"], unique=False)


def _customers() -> None:
    """Customer users and companies."""
    op.create_table(
        "company",
        sa.Column("id", ID, nullable=False),
        sa.Column("customer_id", sa.String(length=150), nullable=False),
        sa.Column("customer_id_key", sa.String(length=600), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("customer_id_key", name=op.f("uq_company_customer_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "company_domain",
        sa.Column("domain_key", sa.String(length=600), nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_company_domain_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("domain_key", name=op.f("pk_company_domain")),
    )
    op.create_index(op.f("ix_company_domain_company_id"), "company_domain", ["company_id"], unique=False)
    op.create_table(
        "customer_user",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", sa.String(length=191), nullable=False),
        sa.Column("login_key", sa.String(length=600), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company_id", ID, nullable=True),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_customer_user_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_user")),
        sa.UniqueConstraint("login_key", name=op.f("uq_customer_user_login_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_user_company_id"), "customer_user", ["company_id"], unique=False)
    op.create_table(
        "customer_address",
        sa.Column("address_key", sa.String(length=600), nullable=False),
        sa.Column("customer_user_id", ID, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_user_id"],
            ["customer_user.id"],
            name=op.f("fk_customer_address_customer_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_customer_address")),
    )
    op.create_index(
        op.f("ix_customer_address_customer_user_id"), "customer_address", ["customer_user_id"], unique=False
    )


def _mail() -> None:
    """What mail brings along, and the outbox."""
    op.create_table(
        "mail_copy",
        sa.Column("copy_key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("copy_key", name=op.f("pk_mail_copy")),
    )
    op.create_table(
        "response_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("address_key", sa.String(length=600), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "address_key", name=op.f("pk_response_count")),
    )
    op.create_table(
        "ticket_field",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_key", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_field_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "name_key", name=op.f("pk_ticket_field")),
    )
    op.create_index(op.f("ix_ticket_field_name_key_value_key"), "ticket_field", ["name_key", "value_key"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("inbox_id", ID, nullable=True),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("response", sa.String(length=191), nullable=False),
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("cc", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("refers_to", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox_message.id"], name=op.f("fk_outbox_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outbox_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_inbox_id"), "outbox", ["inbox_id"], unique=False)
    op.create_index(op.f("ix_outbox_ticket_id"), "outbox", ["ticket_id"], unique=False)
    op.create_table(
        "article_field",
        sa.Column("article_id", ID, autoincrement=False, nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_field_article_id")),
        sa.PrimaryKeyConstraint("article_id", "name_key", name=op.f("pk_article_field")),
    )


def _log() -> None:
    """The communication log."""
    op.create_table(
        "communication",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("account_name", sa.String(length=191), nullable=False),
        sa.Column("account_type", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT, nullable=True),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("failed_messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communication")),
    )
    op.create_index(op.f("ix_communication_started"), "communication", ["started"], unique=False)
    op.create_index(op.f("ix_communication_status_started"), "communication", ["status", "started"], unique=False)
    op.create_table(
        "communication_object",
        sa.Column("id", ID, nullable=False),
        sa.Column("communication_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT, nullable=True),
        sa.Column("inbox_id", ID, nullable=True),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("highest", sa.String(length=10), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["communication_id"],
            ["communication.id"],
            name=op.f("fk_communication_object_communication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communication_object")),
    )
    op.create_index(
        op.f("ix_communication_object_communication_id"), "communication_object", ["communication_id"], unique=False
    )
    op.create_index(op.f("ix_communication_object_inbox_id"), "communication_object", ["inbox_id"], unique=False)


def _columns() -> None:
    """What is new in tables that are there."""
    op.add_column(
        "article", sa.Column("protection", sa.String(length=20), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("article", sa.Column("effects", sa.Text(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column(
        "inbox_message",
        sa.Column("trusted_authserv_id", sa.String(length=200), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("inbox_message", sa.Column("message_id_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("inbox_message", sa.Column("copy_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("inbox_message", sa.Column("held_for", sa.String(length=600), nullable=True))
    op.create_index(op.f("ix_inbox_message_copy_key"), "inbox_message", ["copy_key"], unique=False)
    op.create_index(op.f("ix_inbox_message_message_id_key"), "inbox_message", ["message_id_key"], unique=False)
    op.add_column(
        "incoming_account", sa.Column("precedence", sa.Integer(), server_default=sa.text("100"), nullable=False)
    )
    op.add_column("ticket", sa.Column("owner", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "ticket", sa.Column("responsible", sa.String(length=200), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("ticket", sa.Column("service", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("ticket", sa.Column("sla", sa.String(length=200), server_default=sa.text("''"), nullable=False))
    op.add_column("ticket", sa.Column("pending_until", MOMENT, nullable=True))

    few = sa.text("held_for IS NOT NULL")
    op.create_index(
        op.f("ix_inbox_message_held_for"), "inbox_message", ["held_for"], sqlite_where=few, postgresql_where=few
    )
    # In place: remaking the table, as Alembic's batches do on SQLite, would forget which numbers were given already.
    before = sa.ForeignKey("ticket.id", name=op.f("fk_ticket_continues_id"))
    op.add_column("ticket", sa.Column("continues_id", ID, before, nullable=True), inline_references=True)


def _message_id_keys() -> None:
    """Mail that is there already is to be found by its Message-ID, too."""
    bind = op.get_bind()
    message = sa.table(
        "inbox_message", sa.column("id"), sa.column("message_id"), sa.column("message_id_key", sa.LargeBinary)
    )
    if bind.dialect.name == "postgresql":  # a statement for every message would take very long there
        octets = sa.func.convert_to(message.c.message_id, sa.literal_column("'UTF8'"))
        keys = sa.update(message).values(message_id_key=sa.func.sha256(octets))
        bind.execute(keys.where(message.c.message_id != ""))
        return
    update = (
        sa.update(message).where(message.c.id == sa.bindparam("row_id")).values(message_id_key=sa.bindparam("digest"))
    )
    last = 0
    while True:
        query = sa.select(message.c.id, message.c.message_id).where(message.c.id > last).order_by(message.c.id)
        rows = bind.execute(query.limit(ROWS_AT_ONCE)).all()
        if not rows:
            return
        last = rows[-1].id
        digests = [
            {"row_id": row.id, "digest": hashlib.sha256(row.message_id.encode("utf-8", "surrogatepass")).digest()}
            for row in rows
            if row.message_id
        ]
        if digests:
            bind.execute(update, digests)


def _shipped_lists() -> None:
    """OTOBO's states and its one ticket type, and the types that accounts and tickets name."""
    bind = op.get_bind()
    entry = sa.table(
        "list_entry",
        *(sa.column(name) for name in ("kind", "name", "name_key", "state_type", "email", "validity", "comment")),
        *(sa.column(name) for name in ("version", "created_by", "changed_by")),
        sa.column("created_at", MOMENT),
        sa.column("changed_at", MOMENT),
    )
    named = {"unclassified": "Unclassified"}
    for table, name in (("incoming_account", "ticket_type"), ("ticket", "type")):
        query = sa.select(sa.column(name, sa.Text)).select_from(sa.table(table)).distinct()
        for (value,) in bind.execute(query):
            tidied = unicodedata.normalize("NFC", (value or "").strip())  # names are stored so
            if tidied and len(tidied) <= 191:
                named.setdefault(tidied.casefold(), tidied)
    now = datetime.now(UTC)
    if bind.dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    common = {
        "email": "",
        "validity": "valid",
        "comment": "",
        "version": 1,
        "created_at": now,
        "changed_at": now,
        "created_by": "mailadmin",
        "changed_by": "mailadmin",
    }
    rows: list[dict[str, object]] = [
        {"kind": "state", "name": name, "name_key": name, "state_type": kind, **common} for name, kind in SHIPPED_STATES
    ]
    rows += [
        {"kind": "ticket_type", "name": name, "name_key": key, "state_type": None, **common}
        for key, name in named.items()
    ]
    bind.execute(sa.insert(entry), rows)
