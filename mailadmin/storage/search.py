"""What lists are searched by: the narrow rows that a search reads, and how they are kept up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from mailadmin.domain.decisions import ArticleDraft
from mailadmin.domain.names import search_key

from .columns import clean
from .mail_tables import InboxMessageRow, InboxSearchRow, TicketRow

_First = aliased(InboxSearchRow)


def contains(embedded: bool, column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column of search keys has this text somewhere.

    Octet by octet, which is what instr and strpos do: LIKE would fold the case again, and only that of ASCII.

    :param embedded: SQLite; else PostgreSQL
    """
    find = func.instr if embedded else func.strpos
    return find(column, search_key(clean(text))) > 0


def in_body(embedded: bool, column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a body has this text somewhere, in any case; bodies are kept as they came, so this folds as it reads.

    SQLite knows the cases of ASCII alone, so there a function of ours does it (see engines).
    """
    if embedded:
        return func.instr(func.search_key(column), search_key(clean(text))) > 0
    return func.strpos(func.lower(column), func.lower(clean(text))) > 0


def joined(*pieces: str) -> str:
    """Several texts as one search key; what is looked for never reaches from one into the next."""
    return search_key("\n".join(pieces))


def took_in(connection: Connection, made: Mapping[bytes, int], rows: Sequence[Mapping[str, Any]]) -> None:
    """Make the rows for messages just taken in: by their account's name, and a duplicate by the words of the first.

    :param made: source key to id
    :param rows: the messages' rows; those that were not made are passed over
    """
    new = {made[row["source_key"]]: row for row in rows if row["source_key"] in made}
    if not new:
        return
    values = [
        {"inbox_id": inbox_id, "account_id": row["account_id"], "names": search_key(row["account_name"]), "words": ""}
        for inbox_id, row in new.items()
    ]
    connection.execute(insert(InboxSearchRow), values)
    if duplicates := [inbox_id for inbox_id, row in new.items() if row.get("duplicate_of") is not None]:
        _copy_words(connection, InboxSearchRow.inbox_id.in_(duplicates))


def fetched_after_all(connection: Connection, inbox_id: int, account_id: int | None, account_name: str) -> None:
    """Write down by which account a message came in the end that was too big at first, and what a duplicate says."""
    values = {"account_id": account_id, "names": search_key(account_name)}
    connection.execute(update(InboxSearchRow).where(InboxSearchRow.inbox_id == inbox_id), values)
    _copy_words(connection, InboxSearchRow.inbox_id == inbox_id)


def decided(connection: Connection, results: Sequence[tuple[int, ArticleDraft, int | None]]) -> None:
    """Write down what messages are found by now that they have been read: (id, what it says, its ticket's id)."""
    tickets = sorted({ticket_id for _, _, ticket_id in results if ticket_id is not None})
    numbers = dict(connection.execute(select(TicketRow.id, TicketRow.number).where(TicketRow.id.in_(tickets))).all())
    statement = (
        update(InboxSearchRow)
        .where(InboxSearchRow.inbox_id == bindparam("row_id"))
        .values(names=InboxSearchRow.names + bindparam("number"))
    )
    rows = [
        {
            "row_id": inbox_id,
            "ticket_id": ticket_id,
            "number": f"\n{numbers[ticket_id]}" if ticket_id in numbers else "",
            "words": joined(draft.message_id, draft.sender, draft.subject),
        }
        for inbox_id, draft, ticket_id in results
    ]
    connection.execute(statement.values(ticket_id=bindparam("ticket_id"), words=bindparam("words")), rows)
    duplicates = select(InboxMessageRow.id).where(InboxMessageRow.duplicate_of.in_([row["row_id"] for row in rows]))
    _copy_words(connection, InboxSearchRow.inbox_id.in_(duplicates))


def into_ticket(connection: Connection, inbox_ids: Sequence[int], ticket_id: int, number: str) -> None:
    """Write down that messages are in this ticket now; they are still found by the number of the one before."""
    statement = update(InboxSearchRow).where(InboxSearchRow.inbox_id.in_(inbox_ids))
    connection.execute(statement.values(ticket_id=ticket_id, names=InboxSearchRow.names + f"\n{number}"))


def retitled(connection: Connection, ticket_ids: Sequence[int]) -> None:
    """Renew what tickets are found by, after a change of title or customer."""
    query = select(TicketRow.id, TicketRow.number, TicketRow.title, TicketRow.customer)
    rows = connection.execute(query.where(TicketRow.id.in_(ticket_ids))).all()
    words = [{"row_id": row.id, "words": joined(row.number, row.title, row.customer)} for row in rows]
    connection.execute(update(TicketRow).where(TicketRow.id == bindparam("row_id")), words)


def _copy_words(connection: Connection, duplicates: ColumnElement[bool]) -> None:
    first = (
        select(_First.words)
        .join(InboxMessageRow, InboxMessageRow.duplicate_of == _First.inbox_id)
        .where(InboxMessageRow.id == InboxSearchRow.inbox_id)
        .scalar_subquery()
    )
    connection.execute(update(InboxSearchRow).where(duplicates).values(words=func.coalesce(first, "")))
