"""The outbox: auto-responses that wait to be sent, and how many an address got on a day (loop protection)."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from mailadmin.domain.names import search_key
from mailadmin.domain.responses import (
    EXPIRES_AFTER,
    OutboxDraft,
    OutboxMessage,
    OutboxState,
    ResponseType,
    ResponseWrite,
)

from .database import AnyRow, Database
from .ledger import chunks
from .mail_tables import OutboxRow, ResponseCountRow, TicketRow

_MESSAGES: Final = select(*OutboxRow.__table__.columns, func.coalesce(TicketRow.number, "").label("ticket")).join(
    TicketRow, TicketRow.id == OutboxRow.ticket_id, isouter=True
)


class OutboxStore:
    """The outgoing messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, writes: Sequence[ResponseWrite]) -> None:
        """Keep auto-responses as drafts that expire, and count them; counts of other days are dropped."""
        if not writes:
            return
        with self._database.writing() as connection:
            now = self._database.now(connection)
            rows = [
                {
                    "state": OutboxState.DRAFT.value,
                    "ticket_id": write.ticket_id,
                    "inbox_id": write.inbox_id,
                    "type": write.draft.type.value,
                    "response": write.draft.response,
                    "message_id": write.message_id,
                    "sender": write.draft.sender,
                    "sender_name": write.draft.sender_name,
                    "recipients": json.dumps(write.draft.to),
                    "cc": json.dumps(write.draft.cc),
                    "subject": write.draft.subject,
                    "body": write.draft.body,
                    "in_reply_to": write.draft.in_reply_to,
                    "refers_to": write.draft.references,
                    "created": now,
                    "expires": now + EXPIRES_AFTER,
                }
                for write in writes
            ]
            connection.execute(insert(OutboxRow), rows)
            counted: dict[str, int] = {}
            for write in writes:
                for address in write.counted:
                    counted[address] = counted.get(address, 0) + 1
            made = self._database.insert(ResponseCountRow)
            connection.execute(delete(ResponseCountRow).where(ResponseCountRow.day < now.date()))
            # In one order everywhere, so that two who answer the same people do not deadlock.
            for address, number in sorted(counted.items()):
                statement = made.values(day=now.date(), address_key=address, count=number).on_conflict_do_update(
                    index_elements=["day", "address_key"], set_={"count": ResponseCountRow.count + number}
                )
                connection.execute(statement)

    def counts(self, addresses: Collection[str]) -> dict[str, int]:
        """How many auto-responses these addresses (casefolded) got today, by the database's clock, in UTC."""
        today = self._database.now().date()
        query = select(ResponseCountRow.address_key, ResponseCountRow.count)
        query = query.where(ResponseCountRow.day == today, ResponseCountRow.count > 0)
        with self._database.reading() as connection:
            return {
                address: number
                for chunk in chunks(sorted(addresses))
                for address, number in connection.execute(query.where(ResponseCountRow.address_key.in_(chunk)))
            }

    def of_ticket(self, ticket_id: int) -> list[OutboxMessage]:
        """The outgoing messages of a ticket, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_MESSAGES.where(OutboxRow.ticket_id == ticket_id).order_by(OutboxRow.id))
            return [_message(row) for row in rows]

    def page(self, text: str = "", *, before: int | None = None, limit: int | None = None) -> list[OutboxMessage]:
        """One page, newest first.

        :param text: a piece of a recipient, the subject or the ticket's number, in any case
        :param before: only messages whose id is below this one
        """
        query = _MESSAGES.order_by(OutboxRow.id.desc())
        if before is not None:
            query = query.where(OutboxRow.id < before)
        with self._database.reading() as connection:
            if not text:
                return [_message(row) for row in connection.execute(query.limit(limit))]
            found: list[OutboxMessage] = []
            # Compared here: SQLite knows the cases of ASCII alone, and an outbox is short.
            for row in connection.execute(query.execution_options(yield_per=500)):
                message = _message(row)
                if _is_found(message, search_key(text)):
                    found.append(message)
                    if limit is not None and len(found) >= limit:
                        break
            return found

    def discard(self, ids: Sequence[int]) -> int:
        """Give drafts up; how many of these were drafts."""
        statement = update(OutboxRow).where(OutboxRow.state == OutboxState.DRAFT.value)
        with self._database.writing() as connection:
            return sum(
                connection.execute(
                    statement.where(OutboxRow.id.in_(chunk)), {"state": OutboxState.DISCARDED.value}
                ).rowcount
                for chunk in chunks(ids)
            )

    def take_back(self, inbox_id: int, counted: Collection[str]) -> bool:
        """Take back the drafts that answer a message, because another copy of it decides.

        Whichever ticket they are of: that may have been merged since.

        :param counted: addresses whose counts went up with them
        :returns: False when one is no draft any more: then all are left
        """
        mine: ColumnElement[bool] = OutboxRow.inbox_id == inbox_id
        with self._database.writing() as connection:
            rows = connection.execute(select(OutboxRow.state, OutboxRow.created).where(mine).with_for_update()).all()
            if any(row.state != OutboxState.DRAFT.value for row in rows):
                return False
            connection.execute(delete(OutboxRow).where(mine))
            for row in rows:
                of_day = ResponseCountRow.day == row.created.date(), ResponseCountRow.count > 0
                fewer = update(ResponseCountRow).where(*of_day, ResponseCountRow.address_key.in_(counted))
                connection.execute(fewer.values(count=ResponseCountRow.count - 1))
            return True


def _is_found(message: OutboxMessage, key: str) -> bool:
    texts = (*message.draft.to, *message.draft.cc, message.draft.subject, message.ticket)
    return any(key in search_key(text) for text in texts)


def _message(row: AnyRow) -> OutboxMessage:
    draft = OutboxDraft(
        sender=row.sender,
        sender_name=row.sender_name,
        to=tuple(json.loads(row.recipients)),
        cc=tuple(json.loads(row.cc)),
        subject=row.subject,
        body=row.body,
        in_reply_to=row.in_reply_to,
        references=row.refers_to,
        response=row.response,
        type=ResponseType(row.type),
    )
    return OutboxMessage(
        id=row.id,
        state=OutboxState(row.state),
        ticket=row.ticket,
        draft=draft,
        message_id=row.message_id,
        created=row.created,
        expires=row.expires,
    )
