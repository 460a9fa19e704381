"""The tables of the communication log. See :mod:`.tables`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base
from .columns import Id, Octets, Words


class CommunicationRow(Base):
    """One fetch of one account, or one message handed in. ``account_id`` may be that of an account that is gone."""

    __tablename__ = "communication"
    __table_args__ = (Index(None, "started"), Index(None, "status", "started"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(Id)
    account_name: Mapped[str] = mapped_column(String(191))
    account_type: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    connections: Mapped[int]
    messages: Mapped[int]
    failed_messages: Mapped[int]


class CommunicationObjectRow(Base):
    """One connection or one message. ``entries`` is a JSON list: one row a message keeps the writing cheap."""

    __tablename__ = "communication_object"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    communication_id: Mapped[int] = mapped_column(ForeignKey("communication.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    inbox_id: Mapped[int | None] = mapped_column(Id, index=True)
    source: Mapped[str] = mapped_column(Octets)
    highest: Mapped[str] = mapped_column(String(10))
    entries: Mapped[str] = mapped_column(Words)
