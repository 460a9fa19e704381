"""Tickets and articles as they are looked up, read and edited. How a batch of mail gets into them: ticket_writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, func, insert, select

from mailadmin.domain.decisions import DecisionKind, Protection
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.names import name_key
from mailadmin.domain.tickets import (
    Article,
    Attachment,
    FurtherCopy,
    HistoryEntry,
    Ticket,
    TicketChange,
    TicketWrite,
    Written,
    field_text,
)

from .database import AnyRow
from .ledger import chunks
from .mail_tables import (
    ArticleFieldRow,
    ArticleRow,
    AttachmentRow,
    InboxMessageRow,
    TicketCounterRow,
    TicketHistoryRow,
    TicketRow,
)
from .tables import AccountRow
from .ticket_changes import EVENTS, FIELD_EVENT, MAX_TITLE, field_detail
from .ticket_facts import TicketFinder
from .ticket_lists import TicketLists, read
from .ticket_merge import Merger
from .ticket_writes import Writer, queue_ids, set_fields, update_tickets
from .traces import load_trace


class TicketStore(TicketFinder, TicketLists):
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
        fields = (
            select(ArticleFieldRow)
            .join(ArticleRow, ArticleRow.id == ArticleFieldRow.article_id)
            .where(ArticleRow.ticket_id == ticket_id)
            .order_by(ArticleFieldRow.name_key)
        )
        with self._database.reading() as connection:
            rows = connection.execute(articles).all()
            parts: dict[int, list[Attachment]] = {row.id: [] for row in rows}
            for part in connection.execute(attachments):
                parts[part.article_id].append(_attachment(part))
            said: dict[int, dict[str, str]] = {row.id: {} for row in rows}
            for field in connection.execute(fields):
                said[field.article_id][field.name] = field.value
            copies = _copies(connection, [row.inbox_id for row in rows if row.inbox_id is not None])
        return [_article(row, tuple(parts[row.id]), said[row.id], copies.get(row.inbox_id, ())) for row in rows]

    def history(self, ticket_id: int) -> list[HistoryEntry]:
        """What happened to a ticket, oldest first."""
        query = select(TicketHistoryRow).where(TicketHistoryRow.ticket_id == ticket_id).order_by(TicketHistoryRow.id)
        with self._database.reading() as connection:
            return [HistoryEntry(row.at, row.by, row.event, row.detail) for row in connection.execute(query)]

    def change(self, number: str, change: TicketChange) -> Ticket:
        """Change fields of a ticket, each with a line of history; what is the same already is left alone.

        :raises UserFixableError: UNKNOWN_TICKET, UNKNOWN_QUEUE, TICKET_MERGED for the state of a merged ticket
        """
        wanted = _wanted(change)
        with self._database.writing() as connection:
            found = read(connection, TicketRow.number == number, locked=True)
            if not found:
                raise UserFixableError(Code.UNKNOWN_TICKET, {"number": number})
            (before,) = found
            changed = {name: value for name, value in wanted.items() if getattr(before, name) != value}
            if "state" in changed and before.merged_into:
                raise UserFixableError(Code.TICKET_MERGED, {"number": number, "into": before.merged_into})
            known = {name_key(name): value for name, value in before.fields.items()}
            fields = {name: (known.get(name_key(name), ""), value) for name, value in change.fields.items()}
            fields = {name: (was, value) for name, (was, value) in fields.items() if was != value}
            if not changed and not fields:
                return before
            lines = [
                (EVENTS[name], f"{field_text(getattr(before, name))} -> {field_text(to)}")
                for name, to in changed.items()
            ]
            lines += [(FIELD_EVENT, field_detail(name, *values)) for name, values in fields.items()]
            now = self._database.now(connection)
            queues = queue_ids(connection, [str(changed["queue"])]) if "queue" in changed else {}
            update_tickets(connection, {before.id: {**changed, "changed": now}}, queues)
            set_fields(connection, {(before.id, name): value for name, (_, value) in fields.items()})
            common = {"ticket_id": before.id, "at": now, "by": self._database.who}
            rows = [{**common, "event": event, "detail": detail} for event, detail in lines]
            connection.execute(insert(TicketHistoryRow), rows)
            return read(connection, TicketRow.id == before.id)[0]

    def merge(self, number: str, into: str) -> Ticket:
        """Merge a ticket into another; the ticket that has the mails of both now.

        :raises UserFixableError: UNKNOWN_TICKET, TICKET_MERGED, MERGE_INTO_ITSELF
        """
        with self._database.writing() as connection:
            target = Merger(connection, self._database.who, self._database.now(connection)).merge(number, into)
            return read(connection, TicketRow.id == target)[0]


def _wanted(change: TicketChange) -> dict[str, object]:
    """The fields to change, dynamic ones apart; what takes a time off gives None."""
    named = {field.name for field in dataclasses.fields(change)} - {"fields", "no_pending"}
    wanted: dict[str, object] = {name: value for name in named if (value := getattr(change, name)) is not None}
    if change.no_pending:
        wanted["pending_until"] = None
    if change.title is not None:
        wanted["title"] = change.title[:MAX_TITLE]
    return {name: wanted[name] for name in EVENTS if name in wanted}


def _attachment(row: AnyRow) -> Attachment:
    return Attachment(**{field.name: getattr(row, field.name) for field in dataclasses.fields(Attachment)})


def _copies(connection: Connection, inbox_ids: Sequence[int]) -> dict[int, tuple[FurtherCopy, ...]]:
    """The further copies of these messages, by the message's id."""
    name = func.coalesce(AccountRow.name, InboxMessageRow.account_name).label("account")
    query = (
        select(InboxMessageRow.id, InboxMessageRow.duplicate_of, name)
        .join(AccountRow, AccountRow.id == InboxMessageRow.account_id, isouter=True)
        .where(InboxMessageRow.decision_kind == DecisionKind.COPY.value)
        .order_by(InboxMessageRow.id)
    )
    found: dict[int, tuple[FurtherCopy, ...]] = {}
    for chunk in chunks(inbox_ids):
        for row in connection.execute(query.where(InboxMessageRow.duplicate_of.in_(chunk))):
            found[row.duplicate_of] = (*found.get(row.duplicate_of, ()), FurtherCopy(row.id, row.account))
    return found


def _article(
    row: AnyRow, attachments: tuple[Attachment, ...], fields: Mapping[str, str], copies: tuple[FurtherCopy, ...]
) -> Article:
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
        fields=fields,
        protection=Protection(row.protection),
        copies=copies,
    )
