"""The tables of what PostMaster decides by: filters, lists, customers, auto-responses. See :mod:`.tables`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import NEVER_REUSED, Base, Edited
from .columns import Id


class FilterRow(Edited, Base):
    """A PostMaster filter. ``conditions`` and ``actions`` are JSON lists, in order, written as one."""

    __tablename__ = "filter"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    place: Mapped[int]
    stop: Mapped[bool]
    conditions: Mapped[str]
    actions: Mapped[str]
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class FilterAccountRow(Base):
    """An account whose mail a filter is for; a filter without any is for all."""

    __tablename__ = "filter_account"

    filter_id: Mapped[int] = mapped_column(
        ForeignKey("filter.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_account.id"), primary_key=True, autoincrement=False, index=True
    )


class FilterExampleRow(Base):
    """A message pinned to a filter as an example. ``outcome`` is JSON: pairs of name and value."""

    __tablename__ = "filter_example"

    filter_id: Mapped[int] = mapped_column(
        ForeignKey("filter.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    inbox_id: Mapped[int] = mapped_column(
        ForeignKey("inbox_message.id"), primary_key=True, autoincrement=False, index=True
    )
    outcome: Mapped[str]
    pinned: Mapped[datetime]


class ListEntryRow(Edited, Base):
    """An entry of one of the plain lists. ``name_key`` is unique in its list."""

    __tablename__ = "list_entry"
    __table_args__ = (UniqueConstraint("kind", "name_key"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600))
    state_type: Mapped[str | None] = mapped_column(String(20))
    field_of: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class ExternalNumberRow(Edited, Base):
    """How another system's ticket numbers are recognised. ``state_types`` is a JSON list."""

    __tablename__ = "external_number"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    from_pattern: Mapped[str] = mapped_column(String(1000))
    number_pattern: Mapped[str] = mapped_column(String(1000))
    in_subject: Mapped[bool]
    in_body: Mapped[bool]
    state_types: Mapped[str]
    dynamic_field: Mapped[str] = mapped_column(String(191))
    sender_type: Mapped[str] = mapped_column(String(20))
    visible_for_customer: Mapped[bool]
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class CompanyRow(Edited, Base):
    """A customer company."""

    __tablename__ = "company"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(150))
    customer_id_key: Mapped[str] = mapped_column(String(600), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class CompanyDomainRow(Base):
    """A domain whose addresses belong to a company. ``place``: its place among the company's."""

    __tablename__ = "company_domain"

    domain_key: Mapped[str] = mapped_column(String(600), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)
    domain: Mapped[str] = mapped_column(String(253))
    place: Mapped[int]


class CustomerUserRow(Edited, Base):
    """A customer user."""

    __tablename__ = "customer_user"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(191))
    login_key: Mapped[str] = mapped_column(String(600), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class CustomerAddressRow(Base):
    """An address of a customer user. One address belongs to one."""

    __tablename__ = "customer_address"

    address_key: Mapped[str] = mapped_column(String(600), primary_key=True)
    customer_user_id: Mapped[int] = mapped_column(ForeignKey("customer_user.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    place: Mapped[int]


class AutoResponseRow(Edited, Base):
    """An auto-response."""

    __tablename__ = "auto_response"
    __table_args__ = NEVER_REUSED

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    name_key: Mapped[str] = mapped_column(String(600), unique=True)
    type: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(1000))
    body: Mapped[str]
    validity: Mapped[str] = mapped_column(String(30))
    comment: Mapped[str] = mapped_column(String(1000))


class ResponseQueueRow(Base):
    """A queue whose mail an auto-response answers."""

    __tablename__ = "auto_response_queue"

    response_id: Mapped[int] = mapped_column(
        ForeignKey("auto_response.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"), primary_key=True, autoincrement=False, index=True)
