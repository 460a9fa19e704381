"""Tickets and articles as they are looked up, read and edited. How a batch of mail gets into them: ticket_writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from mailadmin.domain.decisions import TicketFacts
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import Article, Attachment, HistoryEntry, Ticket, TicketChange, TicketWrite, Written

from . import search
from .database import AnyRow
from .ledger import chunks
from .mail_tables import ArticleRow, AttachmentRow, TicketCounterRow, TicketHistoryRow, TicketRow
from .tables import QueueRow
from .ticket_lists import TicketLists, ticket, tickets
from .ticket_merge import Merger
from .ticket_writes import MAX_TITLE, Writer, message_id_key, queue_ids
from .traces import load_trace

_HOPS: Final = 10  # how far a chain of merged tickets is followed
_FACTS: Final = select(
    TicketRow.id,
    TicketRow.number,
    QueueRow.name.label("queue"),
    TicketRow.state,
    TicketRow.lock,
    TicketRow.title,
    TicketRow.merged_into_id,
).join(QueueRow, QueueRow.id == TicketRow.queue_id)
_EVENTS: Final = {
    "title": "TitleUpdate",
    "queue": "Move",
    "state": "StateUpdate",
    "priority": "PriorityUpdate",
    "lock": "LockUpdate",
    "customer": "CustomerUpdate",
}


class TicketStore(TicketLists):
    """The tickets."""

    def take_counters(self, day: date, count: int) -> int:
        """The first of ``count`` consecutive numbers of that day that nobody else gets; they begin with 1."""
        statement = (
            self._database.insert(TicketCounterRow)
            .values(day=day, value=count)
            .on_conflict_do_update(index_elements=["day"], set_={"value": TicketCounterRow.value + count})
            .returning(TicketCounterRow.value)
        )
        with self._database.writing() as connection:
            last: int = connection.execute(statement).scalar_one()
        return last - count + 1

    def number_exists(self, numbers: Sequence[str]) -> set[str]:
        """Which of these ticket numbers are taken."""
        with self._database.reading() as connection:
            return {
                number
                for chunk in chunks(numbers)
                for number in connection.scalars(select(TicketRow.number).where(TicketRow.number.in_(chunk)))
            }

    def facts_by_number(self, numbers: Sequence[str]) -> dict[str, TicketFacts]:
        """The tickets with these numbers, by number; a merged one is followed to the ticket it went into."""
        with self._database.reading() as connection:
            found = {
                row.number: row
                for chunk in chunks(numbers)
                for row in connection.execute(_FACTS.where(TicketRow.number.in_(chunk)))
            }
            return _followed(connection, found)

    def facts_by_message_id(self, message_ids: Sequence[str]) -> dict[str, tuple[TicketFacts, ...]]:
        """The tickets that hold mails with these Message-IDs, by Message-ID, merged ones followed.

        Several mails may carry one Message-ID: the newest article wins.
        """
        by_key = {message_id_key(message_id): message_id for message_id in message_ids if message_id}
        found: dict[str, AnyRow] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(by_key)):
                newest = (
                    select(func.max(ArticleRow.id))
                    .where(ArticleRow.message_id_key.in_(chunk))
                    .group_by(ArticleRow.message_id_key)
                )
                query = (
                    _FACTS.add_columns(ArticleRow.message_id_key)
                    .join(ArticleRow, ArticleRow.ticket_id == TicketRow.id)
                    .where(ArticleRow.id.in_(newest))
                )
                found.update({by_key[row.message_id_key]: row for row in connection.execute(query)})
            return {key: (facts,) for key, facts in _followed(connection, found).items()}

    def write(self, writes: Sequence[TicketWrite]) -> list[Written]:
        """Bring a batch of decided mail into tickets: new tickets, articles, attachments, history.

        :returns: where each of them ended up, in their order
        :raises UserFixableError: UNKNOWN_QUEUE when a new ticket's queue is gone
        """
        if not writes:
            return []
        with self._database.writing() as connection:
            return Writer(connection, self._database.who).write(writes)

    def articles(self, ticket_id: int) -> list[Article]:
        """A ticket's articles with their attachments, oldest first."""
        articles = select(ArticleRow).where(ArticleRow.ticket_id == ticket_id).order_by(ArticleRow.id)
        attachments = (
            select(AttachmentRow)
            .join(ArticleRow, ArticleRow.id == AttachmentRow.article_id)
            .where(ArticleRow.ticket_id == ticket_id)
            .order_by(AttachmentRow.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(articles).all()
            parts: dict[int, list[Attachment]] = {row.id: [] for row in rows}
            for part in connection.execute(attachments):
                parts[part.article_id].append(_attachment(part))
        return [_article(row, tuple(parts[row.id])) for row in rows]

    def history(self, ticket_id: int) -> list[HistoryEntry]:
        """What happened to a ticket, oldest first."""
        query = select(TicketHistoryRow).where(TicketHistoryRow.ticket_id == ticket_id).order_by(TicketHistoryRow.id)
        with self._database.reading() as connection:
            return [HistoryEntry(row.at, row.by, row.event, row.detail) for row in connection.execute(query)]

    def change(self, number: str, change: TicketChange) -> Ticket:
        """Change fields of a ticket, each with a line of history; what is the same already is left alone.

        :raises UserFixableError: UNKNOWN_TICKET, UNKNOWN_QUEUE, TICKET_MERGED for the state of a merged ticket
        """
        wanted = {name: value for name, value in dataclasses.asdict(change).items() if value is not None}
        with self._database.writing() as connection:
            query = tickets().where(TicketRow.number == number)
            row = connection.execute(query.with_for_update(of=TicketRow)).one_or_none()
            if row is None:
                raise UserFixableError(Code.UNKNOWN_TICKET, {"number": number})
            if "title" in wanted:
                wanted["title"] = wanted["title"][:MAX_TITLE]
            changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
            if "state" in changed and row.merged_into:
                raise UserFixableError(Code.TICKET_MERGED, {"number": number, "into": row.merged_into})
            if changed:
                self._change(connection, row, changed)
            return ticket(connection.execute(query).one())

    def merge(self, number: str, into: str) -> Ticket:
        """Merge a ticket into another; the ticket that has the mails of both now.

        :raises UserFixableError: UNKNOWN_TICKET, TICKET_MERGED, MERGE_INTO_ITSELF
        """
        with self._database.writing() as connection:
            target = Merger(connection, self._database.who, self._database.now(connection)).merge(number, into)
            return ticket(connection.execute(tickets().where(TicketRow.id == target)).one())

    def _change(self, connection: Connection, row: AnyRow, changed: dict[str, str]) -> None:
        now = self._database.now(connection)
        values: dict[str, object] = {**changed, "changed": now}
        if queue := values.pop("queue", None):
            values["queue_id"] = queue_ids(connection, [str(queue)])[name_key(str(queue))]
        connection.execute(update(TicketRow).where(TicketRow.id == row.id), values)
        if not changed.keys().isdisjoint({"title", "customer"}):
            search.retitled(connection, [row.id])
        history = [
            {
                "ticket_id": row.id,
                "at": now,
                "by": self._database.who,
                "event": _EVENTS[name],
                "detail": f"{getattr(row, name)} -> {value}",
            }
            for name, value in changed.items()
        ]
        connection.execute(insert(TicketHistoryRow), history)


def _followed(connection: Connection, found: dict[str, AnyRow]) -> dict[str, TicketFacts]:
    """Follow merged tickets to the ones they went into, all of them together, a hop at a time."""
    for _ in range(_HOPS):
        targets = {row.merged_into_id for row in found.values() if row.merged_into_id is not None}
        if not targets:
            break
        rows = {row.id: row for row in _by_ids(connection, targets)}
        found = {key: rows.get(row.merged_into_id, row) for key, row in found.items()}
    return {
        key: TicketFacts(id=row.id, number=row.number, queue=row.queue, state=row.state, lock=row.lock, title=row.title)
        for key, row in found.items()
    }


def _by_ids(connection: Connection, ids: Iterable[int]) -> Iterable[AnyRow]:
    for chunk in chunks(list(ids)):
        yield from connection.execute(_FACTS.where(TicketRow.id.in_(chunk)))


def _attachment(row: AnyRow) -> Attachment:
    return Attachment(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Attachment)})


def _article(row: AnyRow, attachments: tuple[Attachment, ...]) -> Article:
    return Article(
        id=row.id,
        inbox_id=row.inbox_id,
        sender=row.sender,
        to=row.recipients,
        cc=row.cc,
        reply_to=row.reply_to,
        subject=row.subject,
        message_id=row.message_id,
        in_reply_to=row.in_reply_to,
        references=row.refers_to,
        date=row.sent_at,
        body=row.body,
        body_type=row.body_type,
        visible_for_customer=row.visible_for_customer,
        sender_type=row.sender_type,
        attachments=attachments,
        decision_kind=row.decision_kind,
        queue=row.queue,
        because=load_trace(row.because),
        created=row.created,
    )
