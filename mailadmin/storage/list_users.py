"""What uses an entry of one of the plain lists, and what follows when it gets another name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, select, update

from mailadmin.domain.filter_rules import names_entry
from mailadmin.domain.lists import FieldOf, ListEntry, ListKind, is_shipped
from mailadmin.domain.names import name_key
from mailadmin.domain.settings import STATE_KINDS

from .filters import filters_naming
from .mail_tables import ArticleFieldRow, ArticleRow, TicketFieldRow, TicketRow
from .rule_tables import ExternalNumberRow
from .settings import settings_naming
from .tables import AccountRow

_TICKET_COLUMNS: Final = {
    ListKind.AGENT: ("owner", "responsible"),
    ListKind.SERVICE: ("service",),
    ListKind.SLA: ("sla",),
    ListKind.TICKET_TYPE: ("type",),
    ListKind.STATE: ("state",),
}


def users_of(connection: Connection, entry: ListEntry) -> Iterator[str]:
    """What refers to an entry: ``ticket 2026...``, ``filter Spam``, ``setting PostmasterDefaultState``."""
    if is_shipped(entry) and entry.kind is ListKind.STATE:
        yield "mailadmin"  # closing, merging and reopening know the states by these names
    if entry.kind is ListKind.STATE:
        yield from (f"setting {key}" for key in settings_naming(connection, STATE_KINDS, entry.name))
    yield from filters_naming(connection, lambda action: names_entry(action, entry))
    if entry.kind is ListKind.TICKET_TYPE:
        accounts = select(AccountRow.name, AccountRow.ticket_type).where(AccountRow.ticket_type != "")
        for account in connection.execute(accounts.order_by(AccountRow.name_key)).all():
            if name_key(account.ticket_type) == name_key(entry.name):
                yield f"incoming_account {account.name}"
    if entry.kind is ListKind.DYNAMIC_FIELD:
        rules = select(ExternalNumberRow.name, ExternalNumberRow.dynamic_field).order_by(ExternalNumberRow.name_key)
        for rule in connection.execute(rules).all():
            if name_key(rule.dynamic_field) == name_key(entry.name):
                yield f"external_number {rule.name}"
    yield from _tickets(connection, entry)


def _tickets(connection: Connection, entry: ListEntry) -> Iterator[str]:
    query: Any
    for column in _TICKET_COLUMNS.get(entry.kind, ()):
        query = select(TicketRow.number).where(getattr(TicketRow, column) == entry.name)
        if (number := connection.execute(query.limit(1)).scalar()) is not None:
            yield f"ticket {number}"
            return
    if entry.kind is ListKind.DYNAMIC_FIELD:
        query = select(TicketRow.number)
        if entry.field_of is FieldOf.ARTICLE:
            query = query.join(ArticleRow, ArticleRow.ticket_id == TicketRow.id).join(ArticleFieldRow)
            query = query.where(ArticleFieldRow.name_key == name_key(entry.name))
        else:
            query = query.join(TicketFieldRow).where(TicketFieldRow.name_key == name_key(entry.name))
        if (number := connection.execute(query.limit(1)).scalar()) is not None:
            yield f"ticket {number}"


def rename_in_tickets(connection: Connection, entry: ListEntry, after: str) -> None:
    """Tickets name an entry by its name: give them the new one. Dynamic fields move with their values."""
    for column in _TICKET_COLUMNS.get(entry.kind, ()):
        named = getattr(TicketRow, column)
        # In the order of ids, as whoever locks several tickets does.
        query = select(TicketRow.id).where(named == entry.name).order_by(TicketRow.id)
        connection.execute(query.with_for_update()).all()
        connection.execute(update(TicketRow).where(named == entry.name), {column: after})
    if entry.kind is ListKind.DYNAMIC_FIELD:
        _rename_fields(connection, name_key(entry.name), after)


def _rename_fields(connection: Connection, key: str, after: str) -> None:
    """A ticket or article that has a field of the new name already keeps both."""
    table: Any
    owner: Any
    for table, owner in ((TicketFieldRow, "ticket_id"), (ArticleFieldRow, "article_id")):
        has = select(getattr(table, owner)).where(table.name_key == name_key(after)).scalar_subquery()
        mine = update(table).where(table.name_key == key)
        if name_key(after) != key:
            mine = mine.where(getattr(table, owner).not_in(has))
        connection.execute(mine, {"name_key": name_key(after), "name": after})
