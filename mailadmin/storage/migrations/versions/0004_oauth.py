"""0004: OAuth2 profiles, what is known of tokens, and the mailboxes that changed accounts have left.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; an account refers to its profile, where it held a name that was always empty until now."""
    op.create_table(
        "oauth_profile",
        sa.Column("id", ID, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("name_key", sa.String(length=600), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("flow", sa.String(length=30), nullable=False),
        sa.Column("instance_url", sa.String(length=500), nullable=False),
        sa.Column("tenant", sa.String(length=200), nullable=False),
        sa.Column("graph_url", sa.String(length=500), nullable=False),
        sa.Column("discovery_url", sa.String(length=500), nullable=False),
        sa.Column("authorization_url", sa.String(length=500), nullable=False),
        sa.Column("token_url", sa.String(length=500), nullable=False),
        sa.Column("device_url", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=250), nullable=False),
        sa.Column("client_authentication", sa.String(length=20), nullable=False),
        sa.Column("secret_expires", sa.Date(), nullable=True),
        sa.Column("scopes", sa.String(length=2000), nullable=False),
        sa.Column("redirect_host", sa.String(length=20), nullable=False),
        sa.Column("redirect_port", sa.Integer(), nullable=True),
        sa.Column("redirect_path", sa.String(length=200), nullable=False),
        sa.Column("ca_file", sa.String(length=1000), nullable=False),
        sa.Column("validity", sa.String(length=30), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_profile")),
        sa.UniqueConstraint("uid", name=op.f("uq_oauth_profile_uid")),
        sa.UniqueConstraint("name_key", name=op.f("uq_oauth_profile_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "oauth_token",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("profile_uid", sa.String(length=32), nullable=False),
        sa.Column("flow", sa.String(length=30), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("signed_in", MOMENT, nullable=True),
        sa.Column("renewed", MOMENT, nullable=True),
        sa.Column("expires", MOMENT, nullable=True),
        sa.Column("refused", MOMENT, nullable=True),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("died", sa.Integer(), nullable=False),
        sa.Column("renewable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["incoming_account.id"], name=op.f("fk_oauth_token_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_oauth_token")),
    )
    op.create_table(
        "former_mailbox",
        sa.Column("account_id", ID, autoincrement=False, nullable=False),
        sa.Column("mailbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("looked_at", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["incoming_account.id"], name=op.f("fk_former_mailbox_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_former_mailbox_mailbox_id")),
        sa.PrimaryKeyConstraint("account_id", "mailbox_id", name=op.f("pk_former_mailbox")),
    )
    op.add_column("inbox_message", sa.Column("origin", sa.LargeBinary(length=32), nullable=True))
    few = sa.text("origin IS NOT NULL")
    op.create_index(
        op.f("ix_inbox_message_origin"),
        "inbox_message",
        ["origin"],
        unique=False,
        sqlite_where=few,
        postgresql_where=few,
    )
    # In place: remaking the table, as Alembic's batches do on SQLite, would forget which numbers were given already.
    profile = sa.ForeignKey("oauth_profile.id", name=op.f("fk_incoming_account_oauth_profile_id"))
    column = sa.Column("oauth_profile_id", ID, profile, nullable=True)
    op.add_column("incoming_account", column, inline_references=True)
    op.create_index(op.f("ix_incoming_account_oauth_profile_id"), "incoming_account", ["oauth_profile_id"])
    op.drop_column("incoming_account", "oauth_profile")
