"""Tickets as people see them in lists: pages, newest first, searched and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, case, func, or_, select
from sqlalchemy.orm import aliased

from mailadmin.domain.lists import ListKind
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import CLOSED_TYPES, QueueCounts, Ticket, TicketQuery
from mailadmin.domain.vocabulary import STATES, StateType

from .database import AnyRow, AnySelect, Database
from .ledger import chunks
from .mail_tables import ArticleRow, InboxSearchRow, TicketFieldRow, TicketRow
from .rule_tables import ListEntryRow
from .search import contains, in_body
from .tables import QueueRow

_Target = aliased(TicketRow)
_Before = aliased(TicketRow)
_PLAIN: Final = (
    "id", "number", "title", "queue", "state", "priority", "lock", "type", "customer", "articles", "created",
    "changed", "merged_into", "customer_id", "owner", "responsible", "service", "sla", "pending_until", "continues",
)  # fmt: skip


class TicketLists:
    """Reads tickets for lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: TicketQuery, *, before: int | None = None, limit: int | None = None) -> list[Ticket]:
        """Tickets, newest first.

        :param before: only tickets whose id is below this one: that of the last of the page before
        """
        with self._database.reading() as connection:
            ids = self._matching(connection, query).order_by(TicketRow.id.desc()).limit(limit)
            if before is not None:
                ids = ids.where(TicketRow.id < before)
            return read(connection, TicketRow.id.in_(ids))

    def count(self, query: TicketQuery) -> int:
        """How many tickets a query finds."""
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(self._matching(connection, query).subquery())
            number: int = connection.execute(counted).scalar_one()
        return number

    def by_number(self, number: str) -> Ticket | None:
        """One ticket, or None."""
        with self._database.reading() as connection:
            found = read(connection, TicketRow.number == number)
        return found[0] if found else None

    def counts(self) -> dict[str, int]:
        """How many tickets each queue holds, by the queue's name; empty queues included."""
        return {name: counts.total for name, counts in self.queue_counts().items()}

    def queue_counts(self) -> dict[str, QueueCounts]:
        """How many tickets each queue holds, open ones and all, by the queue's name; empty queues included."""
        with self._database.reading() as connection:
            here = case((TicketRow.state.in_(_open_states(connection)), 1), else_=0)
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
            return {name: QueueCounts(opened, total) for name, opened, total in connection.execute(query)}

    def _matching(self, connection: Connection, query: TicketQuery) -> AnySelect:
        """The ids a query finds."""
        ids: AnySelect = select(TicketRow.id)
        if query.queue:
            ids = ids.where(TicketRow.queue_id.in_(_queues(query.queue, below=query.subqueues)))
        if query.group == "closed":  # said by the others: most tickets are closed, and no index helps to find most
            ids = ids.where(TicketRow.state.not_in(_open_states(connection)))
        elif query.group:
            ids = ids.where(TicketRow.state.in_(_open_states(connection)))
        if query.state:
            ids = ids.where(TicketRow.state == query.state)
        if query.text:
            embedded = self._database.embedded
            mails = select(InboxSearchRow.ticket_id).where(
                InboxSearchRow.ticket_id.is_not(None), contains(embedded, InboxSearchRow.words, query.text)
            )
            found = [contains(embedded, TicketRow.words, query.text), TicketRow.id.in_(mails)]
            if query.bodies:
                bodies = select(ArticleRow.ticket_id).where(in_body(embedded, ArticleRow.body, query.text))
                found.append(TicketRow.id.in_(bodies))
            ids = ids.where(or_(*found))
        return ids


def _queues(name: str, *, below: bool) -> AnySelect:
    key = name_key(name)
    here: ColumnElement[bool] = QueueRow.name_key == key
    if below:
        here = or_(here, QueueRow.name_key.startswith(f"{key}::", autoescape=True))
    return select(QueueRow.id).where(here)


def read(connection: Connection, which: ColumnElement[bool], *, locked: bool = False) -> list[Ticket]:
    """Tickets as lists show them, newest first.

    :param locked: nobody else changes them until the transaction ends
    """
    query = _tickets().where(which).order_by(TicketRow.id.desc())
    rows = connection.execute(query.with_for_update(of=TicketRow) if locked else query).all()
    types = state_types(connection) if rows else {}
    fields = fields_of(connection, (row.id for row in rows))
    return [_ticket(row, types, fields.get(row.id, {})) for row in rows]


def state_types(connection: Connection) -> dict[str, StateType]:
    """The type of every state, valid or not, by casefolded name; the shipped ones are always there."""
    query = select(ListEntryRow.name_key, ListEntryRow.state_type).where(ListEntryRow.kind == ListKind.STATE.value)
    configured = {row.name_key: StateType(row.state_type) for row in connection.execute(query) if row.state_type}
    return {**STATES, **configured}


def fields_of(connection: Connection, ticket_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The dynamic fields of tickets, by the ticket's id and by name."""
    found: dict[int, dict[str, str]] = {}
    query = select(TicketFieldRow.ticket_id, TicketFieldRow.name, TicketFieldRow.value).order_by(
        TicketFieldRow.name_key
    )
    for chunk in chunks(list(ticket_ids)):
        for row in connection.execute(query.where(TicketFieldRow.ticket_id.in_(chunk))):
            found.setdefault(row.ticket_id, {})[row.name] = row.value
    return found


def _open_states(connection: Connection) -> list[str]:
    """The names of the states of tickets that are still worked on, as tickets have them."""
    query = select(ListEntryRow.name, ListEntryRow.state_type).where(ListEntryRow.kind == ListKind.STATE.value)
    names: dict[str, StateType] = dict(STATES)
    names |= {row.name: StateType(row.state_type) for row in connection.execute(query) if row.state_type}
    return sorted(name for name, kind in names.items() if kind not in CLOSED_TYPES)


def _tickets() -> AnySelect:
    articles = select(func.count()).where(ArticleRow.ticket_id == TicketRow.id).correlate(TicketRow).scalar_subquery()
    target = select(_Target.number).where(_Target.id == TicketRow.merged_into_id).correlate(TicketRow).scalar_subquery()
    before = select(_Before.number).where(_Before.id == TicketRow.continues_id).correlate(TicketRow).scalar_subquery()
    return select(
        *TicketRow.__table__.columns,
        QueueRow.name.label("queue"),
        articles.label("articles"),
        func.coalesce(target, "").label("merged_into"),
        func.coalesce(before, "").label("continues"),
    ).join(QueueRow, QueueRow.id == TicketRow.queue_id)


def _ticket(row: AnyRow, types: Mapping[str, StateType], fields: Mapping[str, str]) -> Ticket:
    values = {name: getattr(row, name) for name in _PLAIN}
    return Ticket(**values, state_type=types.get(name_key(row.state), StateType.OPEN), fields=fields)
