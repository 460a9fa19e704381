"""0002: what lists are searched and sorted by.

Revision ID: 0002
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1000
SAID = ("message_id", "sender", "subject")

Fill = Callable[[Sequence[sa.Row[Any]]], None]

ticket = sa.table("ticket", sa.column("id"), sa.column("number"), sa.column("title"), sa.column("customer"))
message = sa.table(
    "inbox_message",
    *map(sa.column, ("id", "account_id", "account_name", "ticket_id", "duplicate_of")),
    *map(sa.column, SAID),
)


def upgrade() -> None:
    """Add the columns, the table and the indexes, and fill them from what is there."""
    op.add_column("ticket", sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index(op.f("ix_ticket_state_queue_id"), "ticket", ["state", "queue_id"], unique=False)
    op.create_index(op.f("ix_inbox_message_fetched_at"), "inbox_message", ["fetched_at"], unique=False)
    few = sa.text("duplicate_of IS NOT NULL")
    op.create_index(
        op.f("ix_inbox_message_duplicate_of"),
        "inbox_message",
        ["duplicate_of"],
        unique=False,
        sqlite_where=few,
        postgresql_where=few,
    )
    op.create_table(
        "inbox_search",
        sa.Column("inbox_id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox_message.id"], name=op.f("fk_inbox_search_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_inbox_search")),
    )
    _fill_tickets()
    _fill_messages()


def _fill_tickets() -> None:
    update = sa.text("UPDATE ticket SET words = :words WHERE id = :id")

    def fill(rows: Sequence[sa.Row[Any]]) -> None:
        words = [{"id": row.id, "words": _key(row.number, row.title, row.customer)} for row in rows]
        op.get_bind().execute(update, words)

    _in_pieces(sa.select(ticket), ticket.c.id, fill)


def _fill_messages() -> None:
    search = sa.table("inbox_search", *map(sa.column, ("inbox_id", "account_id", "ticket_id", "names", "words")))
    first = message.alias()
    said = [sa.func.coalesce(sa.func.nullif(message.c[name], ""), first.c[name], "").label(name) for name in SAID]
    query = (
        sa.select(
            message.c.id,
            message.c.account_id,
            message.c.ticket_id,
            message.c.account_name,
            sa.func.coalesce(ticket.c.number, "").label("number"),
            *said,
        )
        .outerjoin(ticket, ticket.c.id == message.c.ticket_id)
        .outerjoin(first, first.c.id == message.c.duplicate_of)
    )

    def fill(rows: Sequence[sa.Row[Any]]) -> None:
        values = [
            {
                "inbox_id": row.id,
                "account_id": row.account_id,
                "ticket_id": row.ticket_id,
                "names": _key(row.account_name, row.number),
                "words": _key(*(getattr(row, name) for name in SAID)),
            }
            for row in rows
        ]
        op.get_bind().execute(sa.insert(search), values)

    _in_pieces(query, message.c.id, fill)


def _in_pieces(query: sa.Select[Any], key: sa.ColumnElement[Any], fill: Fill) -> None:
    last = 0
    while rows := op.get_bind().execute(query.where(key > last).order_by(key).limit(AT_ONCE)).all():
        fill(rows)
        last = rows[-1].id


def _key(*pieces: str) -> str:
    return unicodedata.normalize("NFKC", "\n".join(pieces)).casefold()
