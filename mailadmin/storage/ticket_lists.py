"""Tickets as people see them in lists: pages, newest first, searched and counted."""

from __future__ import annotations

import dataclasses

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import aliased

from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import STATE_GROUPS, QueueCounts, Ticket, TicketQuery

from .database import AnyRow, AnySelect, Database
from .mail_tables import ArticleRow, InboxSearchRow, TicketRow
from .search import contains
from .tables import QueueRow

_Target = aliased(TicketRow)


class TicketLists:
    """Reads tickets for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: TicketQuery, *, before: int | None = None, limit: int | None = None) -> list[Ticket]:
        """Tickets, newest first.

        :param before: only tickets whose id is below this one: that of the last of the page before
        """
        ids = self._matching(query).order_by(TicketRow.id.desc()).limit(limit)
        if before is not None:
            ids = ids.where(TicketRow.id < before)
        with self._database.reading() as connection:
            rows = tickets().where(TicketRow.id.in_(ids)).order_by(TicketRow.id.desc())
            return [ticket(row) for row in connection.execute(rows)]

    def count(self, query: TicketQuery) -> int:
        """How many tickets a query finds."""
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(self._matching(query).subquery())
            number: int = connection.execute(counted).scalar_one()
        return number

    def by_number(self, number: str) -> Ticket | None:
        """One ticket, or None."""
        with self._database.reading() as connection:
            row = connection.execute(tickets().where(TicketRow.number == number)).one_or_none()
        return None if row is None else ticket(row)

    def counts(self) -> dict[str, int]:
        """How many tickets each queue holds, by the queue's name; empty queues included."""
        return {name: counts.total for name, counts in self.queue_counts().items()}

    def queue_counts(self) -> dict[str, QueueCounts]:
        """How many tickets each queue holds, open ones and all, by the queue's name; empty queues included."""
        here = case((TicketRow.state.in_(sorted(STATE_GROUPS["open"])), 1), else_=0)
        each = (
            select(TicketRow.queue_id, func.sum(here).label("open"), func.count().label("total"))
            .group_by(TicketRow.queue_id)
            .subquery()
        )
        query = (
            select(QueueRow.name, func.coalesce(each.c.open, 0), func.coalesce(each.c.total, 0))
            .join(each, each.c.queue_id == QueueRow.id, isouter=True)
            .order_by(QueueRow.name_key)
        )
        with self._database.reading() as connection:
            return {name: QueueCounts(opened, total) for name, opened, total in connection.execute(query)}

    def _matching(self, query: TicketQuery) -> AnySelect:
        """The ids a query finds."""
        ids: AnySelect = select(TicketRow.id)
        if query.queue:
            ids = ids.where(TicketRow.queue_id.in_(_queues(query.queue, below=query.subqueues)))
        if query.group == "closed":  # said by the others: most tickets are closed, and no index helps to find most
            ids = ids.where(TicketRow.state.not_in(sorted(STATE_GROUPS["open"])))
        elif query.group:
            ids = ids.where(TicketRow.state.in_(sorted(STATE_GROUPS[query.group])))
        if query.state:
            ids = ids.where(TicketRow.state == query.state)
        if query.text:
            embedded = self._database.embedded
            mails = select(InboxSearchRow.ticket_id).where(
                InboxSearchRow.ticket_id.is_not(None), contains(embedded, InboxSearchRow.words, query.text)
            )
            ids = ids.where(or_(contains(embedded, TicketRow.words, query.text), TicketRow.id.in_(mails)))
        return ids


def _queues(name: str, *, below: bool) -> AnySelect:
    key = name_key(name)
    here: ColumnElement[bool] = QueueRow.name_key == key
    if below:
        here = or_(here, QueueRow.name_key.startswith(f"{key}::", autoescape=True))
    return select(QueueRow.id).where(here)


def tickets() -> AnySelect:
    """Tickets as lists show them."""
    articles = select(func.count()).where(ArticleRow.ticket_id == TicketRow.id).correlate(TicketRow).scalar_subquery()
    target = select(_Target.number).where(_Target.id == TicketRow.merged_into_id).correlate(TicketRow).scalar_subquery()
    return select(
        *TicketRow.__table__.columns,
        QueueRow.name.label("queue"),
        articles.label("articles"),
        func.coalesce(target, "").label("merged_into"),
    ).join(QueueRow, QueueRow.id == TicketRow.queue_id)


def ticket(row: AnyRow) -> Ticket:
    """One of :func:`tickets`."""
    return Ticket(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Ticket)})
