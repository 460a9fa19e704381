"""0003: since when a mailbox is ours to fetch.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
READ_IN = (b"read:", b"read;")
"""What was handed in, not fetched, has a source in this range."""


def upgrade() -> None:
    """Add the column; a mailbox that something was fetched from is adopted."""
    op.add_column("mailbox", sa.Column("adopted", MOMENT, nullable=True))
    mailbox = sa.table("mailbox", sa.column("id"), sa.column("adopted", MOMENT))
    message = sa.table("inbox_message", sa.column("mailbox_id"), sa.column("source", sa.LargeBinary()))
    first, end = READ_IN
    fetched = sa.or_(message.c.source < first, message.c.source >= end)
    here = sa.exists().where(message.c.mailbox_id == mailbox.c.id, fetched)
    op.get_bind().execute(sa.update(mailbox).where(here).values(adopted=sa.func.current_timestamp()))
