"""How two tickets become one, and how whoever writes into a merged ticket ends up in the right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailadmin.domain.decisions import DecisionKind
from mailadmin.domain.errors import Code, UserFixableError

from . import search
from .database import AnyRow
from .ledger import chunks
from .mail_tables import ArticleRow, InboxMessageRow, TicketHistoryRow, TicketRow

MERGED = "merged"
_TICKETS = select(TicketRow.id, TicketRow.number, TicketRow.state, TicketRow.lock, TicketRow.merged_into_id)


class Merger:
    """Merges tickets inside one transaction.

    :param who: user@host, for the history
    :param now: when
    """

    def __init__(self, connection: Connection, who: str, now: datetime) -> None:
        self._connection = connection
        self._who = who
        self._now = now

    def merge(self, number: str, into: str) -> int:
        """Merge a ticket into another, or into the one that this was merged into; that one's id.

        :raises UserFixableError: UNKNOWN_TICKET, TICKET_MERGED, MERGE_INTO_ITSELF
        """
        source, target = self._locked(number, into)
        if source.state == MERGED or target.state == MERGED:
            merged = source if source.state == MERGED else target
            target_number = self._number(merged.merged_into_id)
            facts = {"into": target_number} if target_number else {}
            raise UserFixableError(Code.TICKET_MERGED, {"number": merged.number, **facts})
        if source.id == target.id:
            raise UserFixableError(Code.MERGE_INTO_ITSELF, {"number": number, "into": into})
        self._move(source, target)
        self._close(source, target)
        lines = [
            (source.id, "Merged", f"into {target.number}"),
            (source.id, "StateUpdate", f"{source.state} -> {MERGED}"),
            (target.id, "Merged", f"{source.number} is in here now"),
        ]
        history = [
            {"ticket_id": ticket_id, "at": self._now, "by": self._who, "event": event, "detail": detail}
            for ticket_id, event, detail in lines
        ]
        self._connection.execute(insert(TicketHistoryRow), history)
        return int(target.id)

    def _locked(self, number: str, into: str) -> tuple[AnyRow, AnyRow]:
        """Both tickets, and nobody else writes into them until the transaction ends.

        Others may merge them until both are locked; then it is looked anew where the way of the other one ends.
        """
        source_id, target_id = self._id(number), self._id(into)
        while True:
            rows = locked(self._connection, {source_id, target_id})
            source, target = rows[source_id], rows[target_id]
            if source.merged_into_id is not None or target.merged_into_id is None:
                return source, target
            target_id = target.merged_into_id

    def _move(self, source: AnyRow, target: AnyRow) -> None:
        """Give all mails of one ticket to the other, and what was merged into the one before."""
        connection = self._connection
        of_source = select(ArticleRow.inbox_id).where(ArticleRow.ticket_id == source.id)
        messages = [inbox_id for inbox_id in connection.scalars(of_source) if inbox_id is not None]
        connection.execute(update(ArticleRow).where(ArticleRow.ticket_id == source.id).values(ticket_id=target.id))
        for chunk in chunks([*messages, *copies_of(connection, messages)]):
            here = InboxMessageRow.id.in_(chunk)
            connection.execute(update(InboxMessageRow).where(here).values(ticket_id=target.id))
            search.into_ticket(connection, chunk, target.id, target.number)
        earlier = update(TicketRow).where(TicketRow.merged_into_id == source.id)
        connection.execute(earlier.values(merged_into_id=target.id))

    def _close(self, source: AnyRow, target: AnyRow) -> None:
        values = {"state": MERGED, "lock": "unlock", "merged_into_id": target.id, "changed": self._now}
        self._connection.execute(update(TicketRow).where(TicketRow.id == source.id), values)
        self._connection.execute(update(TicketRow).where(TicketRow.id == target.id), {"changed": self._now})

    def _id(self, number: str) -> int:
        ticket_id: int | None = self._connection.execute(
            select(TicketRow.id).where(TicketRow.number == number)
        ).scalar_one_or_none()
        if ticket_id is None:
            raise UserFixableError(Code.UNKNOWN_TICKET, {"number": number})
        return ticket_id

    def _number(self, ticket_id: int | None) -> str:
        query = select(TicketRow.number).where(TicketRow.id == ticket_id)
        return self._connection.execute(query).scalar_one_or_none() or ""


def copies_of(connection: Connection, messages: Sequence[int]) -> list[int]:
    """The further copies of the mails that these messages are, by id."""
    query = select(InboxMessageRow.id).where(InboxMessageRow.decision_kind == DecisionKind.COPY.value)
    return [
        inbox_id
        for chunk in chunks(messages)
        for inbox_id in connection.scalars(query.where(InboxMessageRow.duplicate_of.in_(chunk)))
    ]


def locked(connection: Connection, ids: Iterable[int]) -> dict[int, AnyRow]:
    """Tickets by id, locked until the transaction ends; in one order everywhere, so that two do not deadlock."""
    query = _TICKETS.order_by(TicketRow.id).with_for_update(key_share=True)
    return {
        row.id: row
        for chunk in chunks(sorted(set(ids)))
        for row in connection.execute(query.where(TicketRow.id.in_(chunk)))
    }


def followed(connection: Connection, ids: Iterable[int]) -> dict[int, AnyRow]:
    """Tickets that are about to be written into, locked, by id; a merged one leads to where it went.

    Whoever decided on a ticket did so before it was locked here: it may have been merged in between.
    """
    rows = locked(connection, ids)
    found = dict(rows)
    while missing := {row.merged_into_id for row in found.values() if row.merged_into_id is not None} - rows.keys():
        rows |= locked(connection, missing)
        found = {ticket_id: _end(row, rows) for ticket_id, row in found.items()}
    return {ticket_id: _end(row, rows) for ticket_id, row in found.items()}


def _end(row: AnyRow, rows: dict[int, AnyRow]) -> AnyRow:
    """As far as the known rows lead; a ring ends somewhere on it."""
    seen = {row.id}
    while row.merged_into_id in rows and row.merged_into_id not in seen:
        row = rows[row.merged_into_id]
        seen.add(row.id)
    return row
