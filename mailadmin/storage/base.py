"""What tables have in common."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped

from .columns import UtcTime

NEVER_REUSED = {"sqlite_autoincrement": True}
"""SQLite gives the number of a deleted row to the next one, unless told not to."""


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


class Edited:
    """What every record has that administrators edit: a version (optimistic locking), and who wrote it when."""

    version: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
